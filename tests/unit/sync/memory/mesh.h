/* SPDX-License-Identifier: ISC */
/*
 * A few replication machines in virtual time: each with a store in memory, joined by links
 * with a rate and a delay. Messages go hop by hop along shortest paths, also through nodes
 * that share nothing; they may be delayed unevenly and lost.
 */
#pragma once

#include "sync/memory/store.h"
#include "sync/sync.h"
#include "tests/test.h"

enum { MESH_NODES = 12, MESH_FOLDER_MAX = 40 };

struct mesh_node {
	struct keypair self;
	struct rng_seeded luck;
	struct memory_store *store;
	struct sync *sync; /* NULL: down */
	struct drops drops;
	uint64_t received_bytes, piece_bytes, sent_bytes, messages;
	bool liar; /* pieces it sends are changed */
	int64_t clock_off_ms;
};

struct mesh;

struct mesh *mesh_new(unsigned count, uint64_t seed);
void mesh_free(struct mesh *m);
struct mesh_node *mesh_node(struct mesh *m, unsigned i);
struct instant mesh_now(const struct mesh *m);
void mesh_link(struct mesh *m, unsigned a, unsigned b, bool up);
void mesh_line(struct mesh *m);
void mesh_loss_ppm(struct mesh *m, uint32_t ppm);
void mesh_jitter_us(struct mesh *m, uint32_t us);
void mesh_rate(struct mesh *m, uint64_t bits_per_second);
void mesh_start(struct mesh *m, unsigned i);
/* What the machine's clock shows: right by off_s, or MESH_1970. */
#define MESH_1970 INT64_MIN
void mesh_clock(struct mesh *m, unsigned i, int64_t off_s);
/* At once, whatever it was doing. */
void mesh_crash(struct mesh *m, unsigned i);
void mesh_run_ms(struct mesh *m, int64_t ms);
/* Runs until every node that runs and shares the folder says settled; false: not in time. */
bool mesh_settle(struct mesh *m, int64_t max_ms);
/* Folder of the mesh: node 0 shares "/f"; others join with the invite it makes. */
void mesh_share(struct mesh *m, unsigned i);
void mesh_join(struct mesh *m, unsigned i, uint8_t rights);
/* The same with an invite of node `by` that is good for so long. */
void mesh_join_by(
	struct mesh *m, unsigned i, unsigned by, uint8_t rights, int64_t valid_s);
void mesh_touch(struct mesh *m, unsigned i);
const struct hash *mesh_folder(const struct mesh *m);
/* Whether all running members' trees and digests are the same. */
bool mesh_alike(struct mesh *m);
struct folder_status mesh_status(struct mesh *m, unsigned i);
void mesh_write(struct mesh *m, unsigned i, const char *path, const char *text);
bool mesh_has(struct mesh *m, unsigned i, const char *path, const char *text);
/* One message as if `from` had sent it. */
void mesh_inject(
	struct mesh *m, unsigned to, const struct node_id *from, struct bytes body);
void mesh_counters_zero(struct mesh *m);
/* For looking into a failure. */
void mesh_explain(struct mesh *m);
/* A line of machines; the first shares the folder. */
struct mesh *mesh_line_of(unsigned count);
/* All others join as writers. */
void mesh_join_all(struct mesh *m, unsigned count);
/* After something was touched: all settle within a minute and are alike, or the case fails. */
void mesh_settle_after_change(struct mesh *m);
