/* SPDX-License-Identifier: ISC */
/*
 * A file system in memory that can lose its power, fill up, break and lie, all by seeded
 * luck and by a clock that the caller sets. Between sim_disk_enter and sim_disk_leave the
 * file calls of the program (wrapped by the linker, see the Makefile) and SQLite work on
 * it, so that the real code of sync/disk runs on a disk of the simulator. Its root is empty
 * at first; paths are absolute. One thread.
 *
 * What a crash leaves: of the names, sizes, modes and times a prefix of what was done, at
 * least up to what was flushed; of each page of 4 KiB that was not flushed since it was
 * written, by luck the new bytes or the old. fsync flushes the file's bytes and everything
 * done up to the last change of its names, size or mode, that of a directory up to the last
 * change of an entry (as ext4 does); syncfs flushes all.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/ids.h"
#include "node/base/rng.h"

struct sim_disk;

/* Caller frees; the same seed gives the same luck. */
struct sim_disk *sim_disk_new(uint64_t seed);
/* NULL is fine. No program has it open any more. */
void sim_disk_free(struct sim_disk *d);
/* All of d, flushed first, as a new disk with luck of its own: a state directory made once
 * serves many nodes. The pages are shared until one of them is written. */
struct sim_disk *sim_disk_clone(struct sim_disk *from, uint64_t seed);

/* From here on the file calls of this program mean d; borrowed. Pairs do not nest. */
void sim_disk_enter(struct sim_disk *d);
void sim_disk_leave(void);

/* Nanoseconds since 1970: what files are stamped with and CLOCK_REALTIME says. */
void sim_disk_now(struct sim_disk *d, int64_t now_ns);

/* ---- faults ---- */

/* A kind of call fails with EIO at the at-th from now on (1: the next; 0: none), once, and
 * each time with this probability. */
struct sim_disk_luck {
	uint64_t at;
	uint32_t ppm;
};

/* All zero: a good disk. */
struct sim_disk_faults {
	struct sim_disk_luck read, write;
	struct sim_disk_luck
		sync; /* the file's pages are lost, and a second flush says all
				    * is well, as Linux does */
	bool full;    /* once `room` more bytes are taken; statvfs tells nothing */
	uint64_t room;
	bool read_only; /* EROFS */
	bool lying;     /* a flush does nothing */
	bool loose; /* a flush takes only along what it needs, as in btrfs, not all that was
			 * done before it, as in ext4 */
	bool no_swap; /* neither RENAME_EXCHANGE nor RENAME_NOREPLACE */
};

void sim_disk_fault(struct sim_disk *d, const struct sim_disk_faults *f);
/* What is left of them: `at` and `room` are counted down. */
struct sim_disk_faults sim_disk_faults_left(const struct sim_disk *d);
/* What statvfs tells, and where ENOSPC begins; 1 GiB at first. */
void sim_disk_capacity(struct sim_disk *d, uint64_t bytes);

/* ---- crashes ---- */

/* At the k-th call that changes something from now on the power goes: it and all calls
 * after it fail with EIO and change nothing. 1: the next; 0: never. */
void sim_disk_cut(struct sim_disk *d, uint64_t k);
/* The power goes now. */
void sim_disk_kill(struct sim_disk *d);
/* The power has gone, and neither sim_disk_crash nor sim_disk_end was called since. */
bool sim_disk_dead(const struct sim_disk *d);
/* Calls so far that changed something. */
uint64_t sim_disk_calls(const struct sim_disk *d);
/* The power was away and is back: what survived is there, every descriptor is dead
 * (EBADF). */
void sim_disk_crash(struct sim_disk *d);
/* Only the program has ended: every descriptor is dead, nothing is lost. */
void sim_disk_end(struct sim_disk *d);
/* Descriptors and directory streams that are open. */
size_t sim_disk_open_count(const struct sim_disk *d);

/* ---- the disk as a user sees it: no fault and no cut meets him ---- */

/* Makes or replaces a file; missing directories are made. */
void sim_disk_write(struct sim_disk *d, const char *path, struct bytes data,
	uint16_t mode, int64_t mtime_s);
void sim_disk_mkdir(struct sim_disk *d, const char *path);
void sim_disk_symlink(struct sim_disk *d, const char *path, const char *target);
/* A file, or a directory with all in it. False: not there. */
bool sim_disk_remove(struct sim_disk *d, const char *path);
/* False: from is not there, `to` is taken, or lies inside from. */
bool sim_disk_rename(struct sim_disk *d, const char *from, const char *to);
/* False: no regular file. data is owned by the caller, NULL when empty. */
bool sim_disk_read(struct sim_disk *d, const char *path, uint8_t **data, size_t *len);
bool sim_disk_exists(struct sim_disk *d, const char *path);
/* Flushes everything. */
void sim_disk_sync(struct sim_disk *d);
/* Flushes one file or directory, and what goes with it. */
void sim_disk_flush(struct sim_disk *d, const char *path);
/* False: not there. Not of symbolic links. */
bool sim_disk_chmod(struct sim_disk *d, const char *path, uint16_t mode);

/* One thing below a path. */
struct sim_disk_item {
	char *path;     /* owned by the list, as data */
	unsigned depth; /* 1: lies in the path itself */
	enum sim_disk_kind { SIM_DISK_FILE, SIM_DISK_DIRECTORY, SIM_DISK_SYMLINK } kind;
	uint16_t mode;
	int64_t mtime_s;
	uint8_t *data; /* of a file; a link's target */
	size_t len;
};
struct sim_disk_list {
	struct sim_disk_item *items; /* owned */
	size_t count;
	size_t room; /* private */
};
/* All below path but `.qanat` in it, directories before what is in them. */
void sim_disk_list(struct sim_disk *d, const char *path, struct sim_disk_list *out);
void sim_disk_list_fini(struct sim_disk_list *l);

/* Hash over all below path but `.qanat` in it: names, kinds, modes, mtimes, bytes; the
 * order of creation does not matter. The same as memory_digest gives for the same tree.
 * count: files and directories. */
struct hash sim_disk_digest(struct sim_disk *d, const char *path, size_t *count);
/* The i-th path below `path`, for choosing one at random; false past the end. */
bool sim_disk_path_at(struct sim_disk *d, const char *path, size_t i, char *out,
	size_t room, bool *directory);
/* Makes `files` files, of `bytes` random bytes in all, in directories of 16. */
void sim_disk_fill(struct sim_disk *d, const char *path, const struct rng *rng,
	size_t files, size_t bytes);
/* Changes, copies, moves or deletes up to `files` files chosen at random. */
void sim_disk_edit(
	struct sim_disk *d, const char *path, const struct rng *rng, size_t files);
/* Bytes of all files, pages rounded up. */
uint64_t sim_disk_used(const struct sim_disk *d);
