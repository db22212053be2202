/* SPDX-License-Identifier: ISC */
/*
 * HELLO (RFC 6130 section 4.2): who speaks, and whom it hears on this interface. Beside
 * the standard TLVs it carries a digest of the speaker's link-state database, the loss it
 * sees from each neighbour, and a mark when it lists only some of its links. The message
 * number counts the HELLOs of the interface: gaps are losses.
 */
#pragma once

#include "routing/announce.h"

enum {
	HELLO_WRITE_MAX = 44, /* neighbours that always fit into one message */
	HELLO_PARSE_MAX = 64, /* more in one message are refused */
	HELLO_LOSS_UNKNOWN = 255,
	HELLO_LOSS_ONE = 250, /* everything is lost */
};

enum hello_status { HELLO_LOST = 0, HELLO_SYMMETRIC = 1, HELLO_HEARD = 2 };

struct hello_neighbour {
	struct address node;
	enum hello_status status;
	uint32_t metric_in; /* of the way from it to the speaker; 0: not said */
	uint8_t loss;       /* of its HELLOs at the speaker, in 250ths */
};

struct hello {
	struct announce announce;
	uint16_t number;
	uint64_t
		beat_ms; /* longest time until the next beat or HELLO; 0: it sends no beats */
	uint64_t digest;
	bool has_digest;
	bool partial;
	unsigned count;
	struct hello_neighbour neighbours[HELLO_PARSE_MAX];
};

must_use bool hello_parse(struct hello *h, struct bytes body);
/* At most HELLO_WRITE_MAX neighbours; times are rounded up to a time code. */
void hello_write(struct writer *w, const struct hello *h);
