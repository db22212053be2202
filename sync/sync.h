/* SPDX-License-Identifier: ISC */
/*
 * Replication as one machine: folders, who shares them, which versions exist, what is
 * missing, from whom to fetch it and whom to serve. Pure: messages in, messages pulled out,
 * disk work as jobs (sync/store.h), time and luck handed in.
 */
#pragma once

#include "node/base/fill.h"
#include "node/base/instant.h"
#include "node/base/log.h"
#include "node/base/rng.h"
#include "node/wire/drops.h"
#include "sync/store.h"

enum {
	SYNC_FOLDERS_MAX = 256,
	SYNC_MEMBERS_MAX = 1024, /* of one folder */
	SYNC_ENTRIES_MAX =
		4000000, /* of one folder; beyond it is refused with a health line */
	SYNC_PATH_MAX = 64,
};

struct sync_config {
	const struct keypair *self; /* borrowed for life */
	char name[MEMBER_NAME_MAX + 1];
	struct rng rng;
	const struct log *log;       /* borrowed for life */
	struct drops *drops;         /* borrowed for life */
	unsigned gossip_interval_ms; /* 0: 10000 */
};

struct sync;

/* Begins by handing out a JOB_LOAD; commands wait until it is done (sync_loaded). */
struct sync *sync_new(const struct sync_config *config, struct instant now);
void sync_free(struct sync *s); /* NULL is fine; secrets are wiped */
bool sync_loaded(const struct sync *s);

/* Wall-clock time, told by the program when it starts and every second; one of the clocks of
 * which a folder's time is made (clock.c). ms since 1970. */
void sync_wall_clock(struct sync *s, struct instant now, int64_t wall_ms);
/* By how many seconds our clock is ahead of a folder's time (negative: behind), in the folder
 * where it is most. */
int64_t sync_clock_off_s(const struct sync *s, struct instant now);

/* ---- the mesh ---- */

/* A reachable node: the nodes between us and it (addresses), in order. hops 1: none. */
struct sync_route {
	struct node_id id;
	unsigned hops;
	uint32_t metric;
	struct address between[SYNC_PATH_MAX];
	size_t between_count;
};
/* The whole set of reachable nodes, whenever it changed. Partners of a folder are the
 * members with no other member in between; direct neighbours are greeted too. */
void sync_routes(struct sync *s, struct instant now, const struct sync_route *routes,
	size_t count);
/* Without folders nobody has to tell. */
must_use bool sync_wants_routes(const struct sync *s);

/* The process on a node began anew: what it had asked for and been told is forgotten there,
 * so it is greeted again at once and served nothing that it asked for before. */
void sync_peer_restarted(struct sync *s, struct instant now, const struct node_id *id);

/* A MESSAGE_SYNC body that `from` sent, proven by its session. */
void sync_receive(struct sync *s, struct instant now, const struct node_id *from,
	struct bytes body);

enum sync_class { SYNC_CONTROL, SYNC_BULK, SYNC_CLASSES };

struct sync_ready {
	struct node_id id;
	struct address address;
};
/* Peers that we have something for right now, in the class; false past the end. The order
 * rotates, so that no peer starves. Cheap while there is nothing to say. */
must_use bool sync_pending_at(struct sync *s, struct instant now, enum sync_class class,
	size_t i, struct sync_ready *peer);
/* Writes one MESSAGE_SYNC body for peer that fits into w (at least 512 bytes of room).
 * False: nothing to say in this class. */
must_use bool sync_write(struct sync *s, struct instant now, const struct node_id *peer,
	enum sync_class class, struct writer *w);

/* ---- the store ---- */

/* The next job, moved to the caller; NULL: none. */
struct job *sync_job_take(struct sync *s, struct instant now);
/* A finished job, moved back. */
void sync_job_done(struct sync *s, struct instant now, struct job *take);
/* Something under the folder may have changed (a hint from a watch). */
void sync_folder_touched(struct sync *s, struct instant now, const struct hash *folder);

/* ---- time ---- */

void sync_tick(struct sync *s, struct instant now);
struct instant sync_deadline(const struct sync *s);

/* ---- commands; 0 or a negative errno ---- */

/* The folder's directory `path` exists, absolute and resolved (the program's work). -EEXIST
 * when it is shared already or lies in or around a shared one. */
must_use int sync_share(struct sync *s, struct instant now, const char *path,
	const char *name, struct hash *folder);
/* -EACCES without the right to share; -ENOENT no such folder. text: INVITE_TEXT_MAX. */
must_use int sync_invite(struct sync *s, struct instant now, const struct hash *folder,
	uint8_t rights, unsigned uses, int64_t valid_s, char *text, int64_t *expires_s);
/* -EINVAL no invite, -EBADMSG damaged, -ETIME expired, -EEXIST joined already. */
must_use int sync_join(struct sync *s, struct instant now, const char *invite,
	const char *path, struct hash *folder);
must_use int sync_leave(
	struct sync *s, struct instant now, const struct hash *folder, bool forget);
must_use int sync_pause(
	struct sync *s, struct instant now, const struct hash *folder, bool pause);
/* By name, or by an unambiguous prefix of the id in hex. -ENOENT, or -ENOTUNIQ. */
must_use int sync_folder_find(
	const struct sync *s, const char *name, struct hash *folder);

/* ---- status ---- */

/* How full each table is, by number; false past the last. */
must_use bool sync_fill_at(const struct sync *s, size_t i, struct fill *out);

enum folder_state {
	FOLDER_SYNCED,
	FOLDER_SYNCING,
	FOLDER_SCANNING,
	FOLDER_WAITING, /* something is missing and nobody reachable has it */
	FOLDER_PAUSED,
	FOLDER_ERROR,
};

struct folder_status {
	struct hash id;
	char name[FOLDER_NAME_MAX + 1]; /* text from whoever shared it: escape it */
	const char *path;               /* borrowed until the next call */
	uint8_t rights;
	enum folder_state state;
	uint64_t files, bytes;           /* that exist in the tree as agreed */
	uint64_t need_files, need_bytes; /* not here yet */
	uint64_t rate_bps;               /* received for it, over the last seconds */
	uint64_t received_bytes;         /* since start */
	size_t members, conflicts, errors;
};
must_use bool sync_folder_at(
	const struct sync *s, struct instant now, size_t i, struct folder_status *out);

struct member_status {
	struct node_id id;
	char name[MEMBER_NAME_MAX + 1]; /* escape it */
	uint8_t rights;
	int64_t last_seen_us; /* ago; -1: never since start */
	int64_t need_bytes;   /* that it announced to lack; -1: unknown */
	bool reachable;
	bool agreed; /* its announced state equals ours */
};
must_use bool sync_member_at(const struct sync *s, struct instant now,
	const struct hash *folder, size_t i, struct member_status *out);

/* One version in a conflict; conflicts are numbered by path, versions inside by i. */
struct conflict_status {
	char path[4096]; /* escape it; cut when longer */
	struct hash version;
	struct node_id author;
	uint64_t clock;
	uint64_t size;
	bool deleted, shown;
};
must_use bool sync_conflict_at(const struct sync *s, const struct hash *folder,
	size_t conflict, size_t i, struct conflict_status *out);

must_use bool sync_error_at(const struct sync *s, const struct hash *folder, size_t i,
	const char **path, int *error, const char **reason);

/* Everything this folder has announced by any reachable member is here, in the tree and
 * durable, and they have announced nothing that differs: `wait` returns on it. */
bool sync_folder_settled(
	const struct sync *s, struct instant now, const struct hash *folder);
/* What share or join made is on the disk: a node that begins anew knows the folder. */
bool sync_folder_durable(const struct sync *s, const struct hash *folder);
/* Tagged hash over the agreed tree (paths, kinds, modes, mtimes, content roots), for tests. */
struct hash sync_folder_digest(const struct sync *s, const struct hash *folder);
