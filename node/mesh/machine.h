/* SPDX-License-Identifier: ISC */
/* What the files behind mesh.h share. */
#pragma once

#include "node/mesh/mesh.h"

/* A neighbour, and what it is to be told. */
struct mesh_neighbour {
	uint32_t link;
	struct instant digest_at;
	bool digest_due;
	bool list_due[RECORD_CLASSES], list_answers[RECORD_CLASSES];
	uint64_t list_from[RECORD_CLASSES];
	struct {
		uint64_t *at; /* owned: handles, those from `next` on are to be sent */
		size_t next, count, room;
	} wants[RECORD_CLASSES];
};

struct mesh {
	struct mesh_config config;
	bool joined;
	struct mesh_genesis genesis;
	struct hash id;
	uint8_t key[32];
	uint32_t serial; /* of the certificate signed last */
	struct lineage own;
	struct clocks clocks;
	struct roster roster;
	uint32_t
		lenient_s; /* nothing is refused as expired before, by the time of the mesh */
	struct instant tick_at;
	struct mesh_neighbour *neighbours; /* owned; at most MESH_NEIGHBOURS_MAX */
	size_t neighbour_count, neighbour_room;
	uint64_t generation, shown, revocations;
	enum mesh_fault refusal; /* of who came last and was not let in */
};

/* judge.c */
/* Takes a lineage that somebody showed or passed on: all but its dates when wall_s is negative
 * (it is passed on), else with the shower's clock. from: link that needs no telling. */
enum mesh_fault judge_lineage(struct mesh *m, struct instant now, const struct lineage *l,
	int64_t wall_s, uint32_t from);
enum mesh_fault judge_cofounder(
	struct mesh *m, const struct mesh_cofounder *c, uint32_t from);
enum mesh_fault judge_revocation(
	struct mesh *m, const struct mesh_revocation *v, uint32_t from);
/* Counts why not; false but for MESH_FINE. */
bool judge_count(struct mesh *m, enum mesh_fault fault);
/* Our own certificate is at its end: we judge nobody's. */
bool judge_is_lenient(const struct mesh *m, uint32_t now_s);
/* Takes a lineage of our own. */
void judge_adopt(struct mesh *m, struct instant now, const struct lineage *l);

/* spread.c */
void spread_tick(struct mesh *m, struct instant now);
/* Tells everybody but the neighbour on link `except`. */
void spread_news(struct mesh *m, const struct mesh_record *r, uint32_t except);
