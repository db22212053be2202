/* SPDX-License-Identifier: ISC */
/*
 * Handshake frames byte by byte; every one begins with the header of node/wire/frame.h
 * and ends with mac1:128 mac2:128 (node/session/cookie.h). Integers are big-endian.
 *
 *   type receiver    number     body                                       bytes
 *   1    0           sender's   e:256 sender:32 zero:3344                    502
 *   2    initiator's sender's   e:256 static:384 greeting+tag            185..502
 *   3    responder's sender's   static:384 greeting+tag                  153..470
 *   4    initiator's 0          nonce:192 cookie:128 tag:128                 104
 *
 *   greeting = version:8 id:256 sender:32 receiver:32 payload            (41..358)
 *
 * sender and receiver are session indices, random, not 0; as a header's number they
 * stand in its low 32 bits. What follows e in message 1 is its Noise payload, in the
 * clear but bound by the handshake; a greeting is the payload of messages 2 and 3,
 * sealed. It repeats the indices of the header, so that nobody can exchange them.
 * Message 1 is as large as the largest answer to it. mac2 is 0 but in a message 1 that
 * answers a cookie.
 */
#pragma once

#include "node/session/cookie.h"
#include "node/session/handshake.h"
#include "node/wire/frame.h"

enum {
	GREETING_VERSION = 1,
	GREETING_MIN = 1 + 32 + 4 + 4,
	GREETING_MAX = GREETING_MIN + SESSION_PAYLOAD_MAX,
	ENVELOPE_MACS = 2 * MAC_SIZE,
	ENVELOPE_MIN = FRAME_HEADER_SIZE + ENVELOPE_MACS,
	ENVELOPE_2_MIN = ENVELOPE_MIN + HANDSHAKE_2_OVERHEAD + GREETING_MIN,
	ENVELOPE_2_MAX = ENVELOPE_MIN + HANDSHAKE_2_OVERHEAD + GREETING_MAX,
	ENVELOPE_3_MIN = ENVELOPE_MIN + HANDSHAKE_3_OVERHEAD + GREETING_MIN,
	ENVELOPE_3_MAX = ENVELOPE_MIN + HANDSHAKE_3_OVERHEAD + GREETING_MAX,
	ENVELOPE_1_SIZE = ENVELOPE_2_MAX,
	ENVELOPE_1_PAYLOAD = ENVELOPE_1_SIZE - ENVELOPE_MIN - HANDSHAKE_1_OVERHEAD,
	ENVELOPE_COOKIE_SIZE = ENVELOPE_MIN + COOKIE_NONCE_SIZE + COOKIE_SIZE + 16,
	ENVELOPE_MAX = ENVELOPE_1_SIZE,
};

struct greeting {
	struct node_id id;
	uint32_t sender, receiver;
	struct bytes payload; /* borrowed */
};

must_use bool greeting_parse(struct greeting *g, struct bytes text);
void greeting_write(struct writer *w, const struct greeting *g);

/* What message 1 says in the clear. */
must_use bool opening_parse(uint32_t *sender, struct bytes text);
void opening_write(struct writer *w, uint32_t sender);

/* The session indices of a header, and whether they and its size suit its type. */
must_use bool envelope_parse(const struct frame_header *h, size_t len, uint32_t *sender);
/* What lies between header and mac1; the frame has at least ENVELOPE_MIN bytes. */
struct bytes envelope_body(struct bytes frame);

struct envelope {
	const uint8_t *mesh_key;
	const struct address *sender, *receiver;
};

/* Begins a frame in buf, which has ENVELOPE_MAX bytes. */
struct writer envelope_begin(
	uint8_t *buf, enum frame_type type, uint32_t receiver, uint32_t sender);
/* Appends mac1 and an empty mac2. */
void envelope_end(struct writer *w, const struct envelope *e);
/* Whether the frame has a mac1 and it is right. */
must_use bool envelope_check(const struct envelope *e, struct bytes frame);
/* Sets or clears (cookie NULL) the mac2 of a whole frame. */
void envelope_set_mac2(uint8_t *frame, size_t len, const uint8_t *cookie);
must_use bool envelope_has_mac2(struct bytes frame);
