/* SPDX-License-Identifier: ISC */
/*
 * A whole mesh in one process and virtual time. The nodes are the daemon's own objects from
 * node/core down; replaced are, at their ports, the socket (by sim/channel), the clock, the
 * random source and the disk (drive.h). Everything that happens is drawn from one seed and
 * goes into one digest: the same seed gives the same digest with every compiler.
 *
 * World time begins at WORLD_START. A device has a clock of its own, which stands still
 * while it sleeps.
 */
#pragma once

#include "node/base/siphash.h"
#include "node/core/node.h"
#include "node/crypto/hash.h"
#include "sim/channel/mobility.h"
#include "sim/world/drive.h"
#include "sim/world/figures.h"
#include "sim/world/ledger.h"
#include "sim/world/meshes.h"
#include "sync/rights.h"
#include "sim/world/plan.h"
#include "sim/world/story.h"
#include "sim/world/verdicts.h"

#define WORLD_START ((struct instant){ 1000000 })

/* The true time of day when a world begins, ms since 1970. */
#define WORLD_TIME_MS ((int64_t)1700000000000)

enum { WORLD_INTERFACE = 1 };

struct world_frame {
	bool multicast;
	uint8_t class; /* enum flow_class */
	uint32_t
		claimed; /* whom it seems to come from; the sender, but for hostile ones */
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

/* The jobs of one device: one at a time, reads before others. */
struct world_jobs {
	struct job **waiting; /* owned, and the jobs in it */
	size_t count, room;
	struct job *running; /* owned; NULL: the disk is idle */
	struct instant ends;
	bool begun; /* its effect is on the disk already, else it comes at its end */
};

struct world_device {
	struct rng_seeded luck;
	struct keypair self;
	struct address address;
	char name[NAME_MAX_CHARS + 1];
	struct node *node; /* NULL: not running */
	struct drive *drive;
	struct world_jobs jobs;
	struct world_membership membership;
	uint64_t sequence; /* what the node's state directory would hold */
	uint32_t life;
	bool asleep;
	struct instant sleeps_since;
	int64_t slept_us; /* its clock is so much behind the world's */
	struct instant
		next; /* node_deadline in world time, kept while nothing touches it */
	struct instant clock_at; /* when it is told the time of day again */
	bool member, writer;     /* of the folder: as it was invited */
	bool doubtful; /* an APPLY failed, and no scan has told since what stands */
	uint64_t jobs_done, frames_in, frames_out;
	uint64_t tree, tree_changes; /* sum over the folder as of drive_changes */
	UT_hash_handle hh;
};

struct world_ping {
	uint32_t node, other;
	uint64_t token; /* of the last try */
	unsigned tries;
	struct instant next;
	bool answered;
};

struct world_bulk {
	uint32_t node, other;
	uint32_t life; /* of the node that asked */
	uint64_t token, bytes;
	int64_t elapsed_us;
	bool done;
};

struct world {
	struct scenario scenario;
	struct plan plan;
	struct channel channel;
	struct mobility mobility;
	struct rng_seeded luck, judge_luck, move_luck;
	struct rng rng;
	struct instant now;
	struct world_device *devices; /* owned */
	uint32_t count;
	struct world_device *by_address;
	struct world_frame *
		*frames; /* owned: frames on the air or waiting for it; NULL: free */
	uint64_t *free_frames;
	size_t frame_count, frame_room, free_count, free_room;
	struct heap wakes; /* devices by `next`; what does not fit it any more is void */
	struct heap disks; /* devices by the end of the running job */
	struct heap later; /* places in plan.events made while running: starts, wakes */
	size_t next_event, next_action;
	struct plan_event *made; /* owned: what `later` names */
	size_t made_count, made_room;
	bool shared;
	bool index_lost; /* by some member */
	struct hash folder;
	char invites[2][INVITE_TEXT_MAX]; /* of writers, of readers */
	struct world_ping *pings;         /* owned */
	size_t ping_count, ping_room;
	struct world_bulk *bulks; /* owned */
	size_t bulk_count, bulk_room;
	struct ledger ledger;
	uint64_t acts;           /* of people */
	struct hostile *hostile; /* owned; NULL: nobody is */
	struct hash_state trace;
	uint64_t events;
	struct verdicts verdicts;
	struct figures figures;
	const struct log *log;
	uint64_t seed;
	struct story *story; /* borrowed; NULL: nobody listens */
};

/* Takes scenario and plan over. */
void world_init(struct world *w, struct scenario *take_scenario, struct plan *take_plan,
	uint64_t seed, const struct log *log);
void world_fini(struct world *w);
/* Runs until all events have happened and every verdict holds, until one on safety is
 * broken, or the plan's time is over. */
void world_run(struct world *w);

/* One record of the digest; what: four characters. */
void world_trace(struct world *w, const char *what, uint64_t a, uint64_t b, uint64_t c);
/* Tells the story how everything stands. */
void world_tell(struct world *w);
/* Makes an event of the plan happen at a time to come. */
void world_later(struct world *w, const struct plan_event *e);

/* ---- air.c ---- */

struct endpoint air_endpoint(uint32_t device);
/* Puts a frame into the radio's queue of `sender`; `claimed` is whom it seems to come from. */
void air_send(
	struct world *w, uint32_t sender, uint32_t claimed, const struct node_frame *f);
/* All that the radio has to deliver by now. */
void air_deliver(struct world *w);

/* ---- devices.c ---- */

void device_init(struct world *w, uint32_t i);
void device_fini(struct world_device *d);
static inline bool device_on(const struct world_device *d)
{
	return d->node != NULL && !d->asleep;
}
struct instant device_clock(const struct world *w, const struct world_device *d);
void device_start(struct world *w, uint32_t i);
void device_crash(struct world *w, uint32_t i);
void device_sleep(struct world *w, uint32_t i);
void device_wake(struct world *w, uint32_t i);
/* Lets a node that was touched do what it has to do. */
void device_pump(struct world *w, uint32_t i);
void device_frame(
	struct world *w, uint32_t i, uint32_t claimed, uint8_t *bytes, size_t len);
/* Jobs that end now. */
void devices_jobs(struct world *w);

/* ---- doing.c ---- */

void doing_event(struct world *w, const struct plan_event *e);
/* Pings that are to be tried again. */
void doing_pings(struct world *w);
void doing_node_event(struct world *w, uint32_t device, const struct node_event *e);
