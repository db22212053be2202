/* SPDX-License-Identifier: ISC */
/*
 * Two nodes with a session between them, and the second one's hand on its keys: it seals
 * whatever the test wants said, as a neighbour that has gone bad would.
 */
#pragma once

#include "node/core/core.h"
#include "node/crypto/seal.h"
#include "tests/unit/node/core/medium.h"

enum { PAIR_VICTIM, PAIR_ROGUE };

/* Both run until their link is up. False: it did not come up. */
static inline bool pair_init(struct medium *m, unsigned count, uint64_t seed)
{
	medium_init(m, count, seed);
	for (unsigned i = 0; i + 1 < count; i++)
		medium_join(m, i, i + 1, true);
	for (unsigned i = 0; i + 1 < count; i++)
		if (!medium_until_reached(m, i, i + 1, 10000))
			return false;
	return true;
}

/* The link of node `at` to node `to`; NULL: none. */
static inline struct link *pair_link(struct medium *m, unsigned at, unsigned to)
{
	struct endpoint e = medium_endpoint(to);

	return link_by_endpoint(m->nodes[at], 1, &e);
}

/* A link sequence that the victim has not heard from the rogue. */
static inline uint32_t pair_sequence(struct medium *m)
{
	const struct link *l = pair_link(m, PAIR_VICTIM, PAIR_ROGUE);

	return l != NULL ? l->arq.sequence_high + 1 : 1;
}

/* Gives the victim a frame of the rogue's session with these messages. */
static inline void pair_say(struct medium *m, struct bytes messages)
{
	struct link *l = pair_link(m, PAIR_ROGUE, PAIR_VICTIM);
	struct endpoint from = medium_endpoint(PAIR_ROGUE);
	uint8_t frame[FRAME_MAX];
	size_t room = sizeof(frame) - FRAME_HEADER_SIZE - FRAME_TAG_SIZE, len;
	uint64_t number;
	uint32_t epoch;

	if (messages.len > room)
		messages.len = room;
	if (l == NULL || !l->up)
		return;
	if (messages.len > 0)
		memcpy(frame + FRAME_HEADER_SIZE, messages.data, messages.len);
	len = sessions_seal(m->nodes[PAIR_ROGUE]->sessions, m->now, l->peer, frame,
		messages.len, &number, &epoch);
	if (len > 0)
		node_receive(m->nodes[PAIR_VICTIM], m->now, 1, &from, frame, len);
}

/* The same with one reliable message; one that fits no frame is not said. */
static inline void pair_say_data(struct medium *m, unsigned kind, struct bytes body)
{
	uint8_t buffer[FRAME_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));
	size_t begun = message_begin(&w, MESSAGE_DATA);

	write_u32(&w, pair_sequence(m));
	write_u8(&w, (uint8_t)kind);
	write_bytes(&w, body);
	if (message_end(&w, begun))
		pair_say(m, writer_bytes(&w));
}

/* The same with a multicast frame under the mesh key. */
static inline void pair_shout(
	struct medium *m, const struct endpoint *from, struct bytes messages)
{
	struct node *rogue = m->nodes[PAIR_ROGUE];
	uint8_t frame[FRAME_MAX];
	size_t before = FRAME_HEADER_SIZE + FRAME_NONCE_SIZE;
	struct writer header = writer_of(frame, FRAME_HEADER_SIZE);

	if (messages.len > sizeof(frame) - before - FRAME_TAG_SIZE)
		messages.len = sizeof(frame) - before - FRAME_TAG_SIZE;
	frame_header_write(&header, &(struct frame_header){ FRAME_MULTICAST, 0, 0, 7 });
	rng_fill(&rogue->config.rng, frame + FRAME_HEADER_SIZE, FRAME_NONCE_SIZE);
	if (messages.len > 0)
		memcpy(frame + before, messages.data, messages.len);
	seal_nonce(rogue->mesh_key, frame + FRAME_HEADER_SIZE,
		bytes_of(frame, FRAME_HEADER_SIZE), frame + before, messages.len);
	node_receive(m->nodes[PAIR_VICTIM], m->now, 1, from, frame,
		before + messages.len + FRAME_TAG_SIZE);
}

/* What the victim has dropped. */
static inline uint64_t pair_dropped(const struct medium *m, enum drop_reason reason)
{
	return node_drops(m->nodes[PAIR_VICTIM])->count[reason];
}

static inline uint64_t pair_dropped_all(const struct medium *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < DROP_REASONS; i++)
		sum += pair_dropped(m, (enum drop_reason)i);
	return sum;
}
