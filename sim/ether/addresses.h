/* SPDX-License-Identifier: ISC */
/*
 * Which node owns which Ethernet address. A node holds at most ADDRESSES_PER_NODE; one
 * more takes the place of its oldest. The node that used an address last owns it.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

enum { ADDRESS_BYTES = 6, ADDRESSES_PER_NODE = 64 };

struct address;

struct addresses {
	/* private */
	struct address *table;
	struct address **held; /* ADDRESSES_PER_NODE a node */
	uint32_t *oldest;      /* by node: where the next one goes */
	uint32_t nodes;
};

/* xx:xx:xx:xx:xx:xx, which is no group. */
must_use bool address_parse(struct bytes text, uint8_t out[ADDRESS_BYTES]);

void addresses_init(struct addresses *a, uint32_t nodes);
void addresses_fini(struct addresses *a);
void addresses_learn(struct addresses *a, uint32_t node, const uint8_t address[6]);
/* The node has this address no longer; that of another one stays. */
void addresses_forget(struct addresses *a, uint32_t node, const uint8_t address[6]);
/* False: nobody owns it. */
must_use bool addresses_find(
	const struct addresses *a, const uint8_t address[6], uint32_t *node);
