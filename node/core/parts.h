/* SPDX-License-Identifier: ISC */
/*
 * IP packets that come in parts, put together and given on in the order in which their sender
 * cut them: links deliver out of order, and what comes out of order looks like loss to TCP.
 *
 *   part = zero:8 id:16 total:16 index:8 count:8 bytes
 *
 * The upper four bits of an id tell flows apart, the others count the packets of one. A whole
 * packet waits for an earlier one of its flow that lacks parts, PARTS_HOLD_MS at most from
 * that one's first part; nothing is known, and nothing waits, of one without any part here.
 */
#pragma once

#include "node/base/ids.h"
#include "node/base/instant.h"
#include "node/core/node.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	PART_HEADER = 7,
	PARTS_COUNT_MAX = 16, /* of one packet */
	PARTS_FLOWS = 16,     /* of one sender */
	PARTS_ID_BITS = 12,   /* of an id, that count */
	PARTS_PACKETS_MAX =
		32,          /* victim: the oldest that is not whole, else the oldest */
	PARTS_PEER_MAX = 16, /* the same, among this sender's own */
	PARTS_HOLD_MS = 150,
	PARTS_AGE_MS = 2000,
};

struct part {
	uint16_t id, total;   /* total: bytes of the packet, at most NODE_IP_MTU */
	uint8_t index, count; /* index < count, count 2..PARTS_COUNT_MAX */
	struct bytes bytes;   /* borrowed; not empty; of one size but in the last */
};
must_use bool part_parse(struct part *p, struct bytes body);
void part_write(struct writer *w, const struct part *p);

/* A packet, of which some parts are here. */
struct parts_packet {
	bool used;
	struct address from;
	uint16_t id, total;
	uint8_t count;
	uint32_t here; /* a bit for each part */
	struct instant since;
};

struct parts {
	struct parts_packet packets[PARTS_PACKETS_MAX];
	uint8_t *bytes; /* owned: NODE_IP_MTU for each */
};

void parts_init(struct parts *p);
void parts_fini(struct parts *p);
/* Takes a part that from has sent. */
void parts_take(struct parts *p, struct instant now, const struct address *from,
	const struct part *part);
/* The next packet that is whole and has nothing to wait for; false: none. Valid until the
 * next parts_take. */
must_use bool parts_next(
	struct parts *p, struct instant now, struct address *from, struct bytes *whole);
/* When a packet that waits has waited long enough; NEVER: none does. */
struct instant parts_deadline(const struct parts *p);
/* Forgets what is not whole and too old. */
void parts_expire(struct parts *p, struct instant now);
