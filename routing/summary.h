/* SPDX-License-Identifier: ISC */
/*
 * What a node holds of the link-state database, told to one neighbour over its session:
 *
 *   summary = version:8=1 flags:8 from:64 to:64 count:8 count*{ handle:64 sequence:64 }
 *   sums    = version:8=1 flags:8=2 64*{ sum:64 }
 *
 * Handles are 64 bits of the routers' addresses, ascending, all within from..to: what the
 * receiver holds in that range and is not listed, the sender lacks. Sums are the digests of
 * the 64 parts of a large database, by the first six bits of the handles; the receiver
 * tells what it holds in those that differ.
 */
#pragma once

#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	SUMMARY_VERSION = 1,
	SUMMARY_MAX = 64,    /* entries of one message; more make several */
	SUMMARY_REPLY = 0x1, /* flag: answers a summary, wants none in return */
	SUMMARY_SUMS = 0x2,  /* flag: sums, no entries */
	SUMMARY_PARTS = 64,
	SUMMARY_PART_SHIFT = 64 - 6, /* of a handle, to the number of its part */
};

struct summary_entry {
	uint64_t handle, sequence;
};

struct summary {
	bool sums; /* the array of this name; else what comes before it */
	bool reply;
	uint64_t from, to;
	unsigned count;
	struct summary_entry entries[SUMMARY_MAX];
	uint64_t sum[SUMMARY_PARTS];
};

/* The 64 bits after the prefix that all addresses share. */
uint64_t summary_handle(const struct address *a);

must_use bool summary_parse(struct summary *s, struct bytes body);
void summary_write(struct writer *w, const struct summary *s);
