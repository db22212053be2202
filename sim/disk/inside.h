/* SPDX-License-Identifier: ISC */
/* What the files of the simulated disk share. */
#pragma once

#include "sim/disk/sim_disk.h"
#include "sim/disk/state.h"

enum { DESCRIPTOR_BASE = 1 << 30, DESCRIPTORS = 1024, PATH_ROOM = 4096 };

/* What open made; descriptors made by dup share it. */
struct description {
	unsigned refs;
	struct inode *inode; /* of the seen state */
	int flags;
	uint64_t offset; /* of a directory: entries read */
};

struct descriptor {
	struct description *description; /* held; NULL: free */
	unsigned serial; /* part of the number, so that none comes twice */
};

struct sim_disk {
	struct state seen, lying;  /* as programs see it; as it lies on the disk */
	struct operation *journal; /* what is only seen; owned, in order */
	uint64_t numbered;         /* operations so far */

	struct descriptor descriptors[DESCRIPTORS];
	uint64_t free_ino; /* none below is free */
	uint64_t births;
	uint64_t taken; /* of all that is seen */
	uint64_t capacity;
	int64_t now_ns;

	struct sim_disk_faults faults;
	uint64_t calls, cut_at; /* cut_at 0: never */
	bool dead;
	bool user; /* a user's own hand: no faults */
	struct rng rng;
	struct rng_seeded luck;
};

/* Of the program; NULL outside. */
extern struct sim_disk *sim_disk_current;

struct timespec disk_time(const struct sim_disk *d);
/* The strings of o are borrowed. */
void disk_change(struct sim_disk *d, struct operation o);
/* What changed the inode lies on the disk. */
void disk_flush(struct sim_disk *d, const struct inode *i, bool size_only);
void disk_flush_all(struct sim_disk *d);
uint64_t disk_free_ino(struct sim_disk *d);
/* Lets go of what a descriptor had open. */
void disk_let_go(struct sim_disk *d, struct description *p);

/* Before a call that changes something, behind its other checks: 0 or -EIO, -EROFS. */
must_use int disk_may_change(struct sim_disk *d);
/* Before any other call. */
must_use int disk_may_look(const struct sim_disk *d);
/* Whether luck makes this call fail. */
bool disk_unlucky(struct sim_disk *d, struct sim_disk_luck *l);
/* Bytes of len that fit when they take this many pages, as a write would put them. */
must_use int disk_take_room(struct sim_disk *d, uint64_t bytes);
