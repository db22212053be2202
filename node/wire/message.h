/* SPDX-License-Identifier: ISC */
/*
 * Messages are what frames carry.
 *
 *   message  = kind:8 length:16 body
 *   messages = message* (padding: kind 0 has no length; it ends the list)
 *
 * One const table says of each kind how large it may be, where it may arrive and whether
 * the link delivers it reliably.
 */
#pragma once

#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum message_kind {
	MESSAGE_PAD = 0,
	MESSAGE_HELLO = 1, /* RFC 5444 packet with one signed HELLO */
	MESSAGE_TC = 2,    /* RFC 5444 packet with one signed TC, flooded */
	MESSAGE_LSDB = 3,  /* what this node holds of the link-state database */
	MESSAGE_ACK = 4,   /* which frames of this session arrived */
	MESSAGE_DATA = 5,  /* link sequence and one reliable message */
	MESSAGE_PROBE = 6, /* please acknowledge at once */
	MESSAGE_RELAY = 7, /* a frame of an end-to-end session on its way */
	MESSAGE_ECHO = 8,  /* end to end: please answer */
	MESSAGE_ECHO_REPLY = 9,
	MESSAGE_STREAM = 10, /* end to end: a cell of a channel */
	MESSAGE_SYNC = 11,   /* end to end: replication */
	MESSAGE_IP = 12,     /* end to end: a packet, or a part of one */
	MESSAGE_MEMBER = 13, /* membership: digests, lists, records */
	MESSAGE_CARE = 14,   /* end to end: reading over the mesh */
	MESSAGE_BEAT = 15,   /* RFC 5444 packet without a message: a heartbeat */
	MESSAGE_KINDS
};

/* Where a message may arrive. */
enum message_trust {
	TRUST_MESH = 1, /* multicast frame under the mesh key */
	TRUST_LINK = 2, /* link session with a neighbour */
	TRUST_DATA = 4, /* inside MESSAGE_DATA of a link session */
	TRUST_SESSION =
		8, /* end-to-end session, or MESSAGE_DATA from the neighbour itself */
};

struct message_rule {
	const char *name;
	uint16_t min, max; /* body size, bytes */
	uint8_t trust;     /* or of enum message_trust */
};

extern const struct message_rule message_rules[MESSAGE_KINDS];

enum { MESSAGE_HEADER_SIZE = 3 };

struct message {
	enum message_kind kind;
	struct bytes body; /* borrowed from the frame */
};

enum message_next { MESSAGE_GIVEN, MESSAGE_NONE, MESSAGE_BAD };

/* The next message of r, by kind and size; PAD or the end give NONE. */
enum message_next message_read(struct reader *r, struct message *m);

/* Begins a message and returns what message_end must be given. */
size_t message_begin(struct writer *w, enum message_kind kind);
/* Sets the length. False, and w as before message_begin, when it did not fit. */
bool message_end(struct writer *w, size_t begun);
/* A whole message at once; false, and w as before, when it does not fit. */
bool message_write(struct writer *w, enum message_kind kind, struct bytes body);
