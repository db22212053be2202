/* SPDX-License-Identifier: ISC */
/*
 * What HELLO and TC have in common: who speaks (originator address, key, name), in which
 * order (a 64-bit sequence in the TIMESTAMP TLV, RFC 7182 section 7) and for how long it
 * holds. Every one of these stands exactly once in a message.
 */
#pragma once

#include "routing/rfc5444.h"
#include "routing/routing.h"

enum {
	ANNOUNCE_ICV_EXTENSION = 1, /* RFC 7182: hash id and crypto id in the value */
	ANNOUNCE_ICV_HASH = 0,      /* none: Ed25519 hashes for itself */
	ANNOUNCE_ICV_CRYPTO = 224,  /* experimental range: Ed25519 */
	ANNOUNCE_ICV_KEY_SIZE = 8,  /* key id: the key's first bytes */
	ANNOUNCE_ICV_VALUE = 3 + ANNOUNCE_ICV_KEY_SIZE + 64,
	ANNOUNCE_BODY_MAX = ROUTING_MESSAGE_MAX - ROUTING_ICV_SIZE, /* unsigned body */
	ANNOUNCE_VALIDITY_MAX_MS = 3600000, /* what strangers may ask for */
};

struct announce {
	struct address originator;
	struct node_id key;
	char name[ROUTING_NAME_MAX + 1];
	uint64_t sequence;
	uint64_t validity_ms, interval_ms;
	struct bytes signature; /* ICV value of 64 bytes; none: not signed; borrowed */
};

/* False: something is missing, there twice, or malformed. */
must_use bool announce_parse(struct announce *a, const struct rfc5444_message *m);
/* The TLVs of a, without a signature. */
void announce_write(struct writer *w, const struct announce *a);
