/* SPDX-License-Identifier: ISC */
/*
 * HELLO (RFC 6130 section 4.2, RFC 7181 section 15): who speaks, whom it hears on this
 * interface, who else is its neighbour, and whom it has chosen as relays. Beside the standard
 * TLVs it carries a digest of the speaker's link-state database, the loss it
 * sees from each neighbour, and a mark when it lists only some of its links. The message
 * number counts the HELLOs of the interface: gaps are losses.
 */
#pragma once

#include "routing/announce.h"

enum {
	HELLO_WRITE_MAX = 34, /* neighbours that always fit into one message */
	HELLO_PARSE_MAX = 64, /* more in one message are refused */
	HELLO_LOSS_UNKNOWN = 255,
	HELLO_LOSS_ONE = 250, /* everything is lost */
};

/* LINK_STATUS; HELLO_NO_LINK is none: a neighbour, but not on this interface. */
enum hello_status {
	HELLO_LOST = 0,
	HELLO_SYMMETRIC = 1,
	HELLO_HEARD = 2,
	HELLO_NO_LINK = 255,
};

/* OTHER_NEIGHB: what it is on other interfaces. */
enum hello_other { HELLO_OTHER_NONE, HELLO_OTHER_LOST, HELLO_OTHER_SYMMETRIC };

/* MPR: chosen by the speaker to pass on what it floods, and as next hop to the speaker. */
enum hello_mpr { HELLO_MPR_FLOODING = 1, HELLO_MPR_ROUTING = 2, HELLO_MPR_ALL = 3 };

/* Willingness to be chosen, 0..15 (RFC 7181 section 5.4.8). */
enum hello_will { WILL_NEVER = 0, WILL_DEFAULT = 7, WILL_ALWAYS = 15 };

struct hello_neighbour {
	struct address node;
	enum hello_status status;
	uint32_t metric_in; /* of the link from it to the speaker; 0: not said */
	uint8_t loss;       /* of its HELLOs at the speaker, in 250ths */
	enum hello_other other;
	uint8_t mpr; /* enum hello_mpr bits */
	/* of the best links with it, whatever the interface; 0: not said */
	uint32_t neighbour_in, neighbour_out;
};

/* Whether the speaker calls it a symmetric neighbour (RFC 6130 section 12.6). */
static inline bool hello_is_symmetric(const struct hello_neighbour *n)
{
	return n->status == HELLO_SYMMETRIC || n->other == HELLO_OTHER_SYMMETRIC;
}

struct hello {
	struct announce announce;
	uint16_t number;
	uint64_t
		beat_ms; /* longest time until the next beat or HELLO; 0: it sends no beats */
	uint64_t digest;
	bool has_digest;
	bool partial;
	uint8_t will_flooding, will_routing; /* not said: WILL_DEFAULT */
	unsigned count;
	struct hello_neighbour neighbours[HELLO_PARSE_MAX];
};

must_use bool hello_parse(struct hello *h, struct bytes body);
/* At most HELLO_WRITE_MAX neighbours, those of this interface first, of these those without
 * another first; times are rounded up to a time code. */
void hello_write(struct writer *w, const struct hello *h);
