/* SPDX-License-Identifier: ISC */
/*
 * What a node holds of the link-state database, told to one neighbour over its session:
 *
 *   summary = version:8=1 flags:8 from:64 to:64 count:8 count*{ handle:64 sequence:64 }
 *
 * Handles are 64 bits of the routers' addresses, ascending, all within from..to: what the
 * receiver holds in that range and is not listed, the sender lacks.
 */
#pragma once

#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	SUMMARY_VERSION = 1,
	SUMMARY_MAX = 64,    /* entries of one message; more make several */
	SUMMARY_REPLY = 0x1, /* flag: answers a summary, wants none in return */
};

struct summary_entry {
	uint64_t handle, sequence;
};

struct summary {
	bool reply;
	uint64_t from, to;
	unsigned count;
	struct summary_entry entries[SUMMARY_MAX];
};

/* The 64 bits after the prefix that all addresses share. */
uint64_t summary_handle(const struct address *a);

must_use bool summary_parse(struct summary *s, struct bytes body);
void summary_write(struct writer *w, const struct summary *s);
