/* SPDX-License-Identifier: ISC */
/*
 * A whole mesh in one process and virtual time. The nodes are the daemon's own objects from
 * node/core down; replaced are, at their ports, the socket (by sim/channel), the clock, the
 * random source and the disk (by memory). Everything that happens is drawn from one seed and
 * goes into one digest: the same seed gives the same digest with every compiler.
 */
#pragma once

#include "node/core/node.h"
#include "node/crypto/hash.h"
#include "sync/memory/store.h"
#include "sim/world/plan.h"

struct world_frame {
	bool used, multicast;
	uint32_t from;
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

struct world_job {
	bool used;
	uint32_t node;
	uint32_t life; /* of the node when it was taken */
	struct job *job;
};

struct world_node {
	struct rng_seeded luck;
	struct keypair self;
	struct node *node; /* NULL: crashed */
	struct memory_store *store;
	uint64_t sequence; /* what the node's state directory would hold */
	uint32_t life;
	struct instant next; /* node_deadline, kept while nothing touches the node */
	uint64_t jobs, frames_in, frames_out;
};

struct world_ping {
	uint32_t node, other;
	uint64_t token; /* of the last try */
	unsigned tries;
	struct instant next;
	bool answered;
};

struct world {
	struct scenario scenario;
	struct plan plan;
	struct channel channel;
	struct rng_seeded luck;
	struct rng rng;
	struct instant now;
	struct world_node *nodes; /* owned */
	uint32_t count;
	struct world_frame *frames; /* owned: frames on the air or waiting for it */
	uint64_t *free_frames;
	size_t frame_count, frame_room, free_count, free_room;
	struct world_job *jobs; /* owned */
	size_t job_count, job_room;
	struct heap job_times; /* by time: places in jobs */
	size_t next_event, next_action;
	bool shared;
	struct hash folder;
	char invite[INVITE_TEXT_MAX];
	struct world_ping *pings; /* owned */
	size_t ping_count, ping_room;
	struct hash_state trace;
	uint64_t events;
	struct instant routes_at,
		alike_at; /* when first true and true since; NEVER: not */
	const struct log *log;
	uint64_t seed;
};

/* Takes scenario and plan over. */
void world_init(struct world *w, struct scenario *take_scenario, struct plan *take_plan,
	uint64_t seed, const struct log *log);
void world_fini(struct world *w);
/* Runs until all events have happened and every verdict holds, or the plan's time is over. */
void world_run(struct world *w);

/* verdicts.c */
/* Every live node has the shortest route, in hops of the true graph, to all it can reach. */
bool world_routes_whole(const struct world *w);
/* All members hold the same tree, and nothing is missing. */
bool world_trees_alike(const struct world *w);
/* How many pings were not answered. */
size_t world_pings_lost(const struct world *w);
