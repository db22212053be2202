/* SPDX-License-Identifier: ISC */
/*
 * Up to three `struct sessions` and a hostile channel between them, in virtual time. The
 * channel loses, doubles, delays and spoils frames by a seeded source; it keeps a record
 * of everything that was ever sent, so that a case can play it again.
 */
#pragma once

#include "node/session/table.h"
#include "tests/test.h"

enum { AIR_NODES = 3, AIR_RECORD = 4096, AIR_FLYING = 1024, AIR_EPOCHS = 512 };

struct air_frame {
	unsigned from, to;
	uint32_t link;
	struct instant due;
	bool came; /* in the record: at least one copy was not lost */
	size_t len;
	uint8_t bytes[SESSION_HANDSHAKE_MAX];
};

struct air_node {
	struct keypair keys;
	struct address address;
	struct rng_seeded rng;
	struct drops drops;
	struct sessions *sessions;
	unsigned ups, downs, opened, confirmed; /* confirmed: frames that were empty */
	uint32_t epoch; /* of the last SESSION_UP or SESSION_OPENED */
	struct session_event last;
	struct session_opened got;
};

struct air {
	struct instant now;
	struct rng rng;
	uint32_t loss_ppm, twice_ppm, spoil_ppm;
	int64_t delay_us, shuffle_us;
	struct air_node nodes[AIR_NODES];
	struct air_frame *flying;
	size_t flying_count;
	struct air_frame *record;
	size_t record_count;
};

/* Nodes sorted by address, so that 0 is the lowest. The case closes it. */
void air_open(struct air *a);
void air_close(struct air *a);
void air_restart(struct air *a, unsigned node);
void air_restart_with(struct air *a, unsigned node, unsigned max_peers);
struct session_path air_path(const struct air *a, uint32_t link, unsigned to);

void air_want(struct air *a, uint32_t link, unsigned from, unsigned to);
/* A data frame of len bytes that holds its own number; false: no session. */
bool air_say(struct air *a, uint32_t link, unsigned from, unsigned to);
bool air_is_up(const struct air *a, uint32_t link, unsigned from, unsigned to);
/* Hands a frame to a node as if it had come from another. */
enum session_verdict air_give(struct air *a, const struct air_frame *f);
/* Takes what all nodes want to send, and lets it fly. */
void air_collect(struct air *a);
/* Takes the next frame of a node out of its outbox; false: none. Nothing flies. */
bool air_take(struct air *a, unsigned from, struct air_frame *f);
/* Time passes: frames arrive, timers tick. */
void air_run(struct air *a, int64_t ms);
/* Without loss until both ends of a path are up; fails the case after a minute. */
void air_join(struct air *a, uint32_t link, unsigned x, unsigned y);
/* Everything about the sessions of a node that must not change when a frame is
 * refused. */
struct hash air_state(const struct air *a, unsigned node);
