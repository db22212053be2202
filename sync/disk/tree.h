/* SPDX-License-Identifier: ISC */
/*
 * The only way to the user's files: one name at a time under the descriptor of a
 * directory that was reached the same way from the folder's own root. No symbolic link
 * is followed, no other file system entered, and no name is ever used as a path.
 */
#pragma once

#include "node/base/check.h"
#include "node/base/ids.h"
#include "sync/entry.h"

enum { NAME_ROOM = ENTRY_NAME_MAX + 1, TEMP_NAME_ROOM = 40 };

#define OWN_DIRECTORY ".qanat"
/* Prefix of what a person's own hand put in our way and that fits nowhere: never
 * removed. */
#define TEMP_SAVED "saved-"

/* What the file system says of one item. */
struct stamp {
	uint8_t kind; /* enum entry_kind; 0: nothing that can be replicated */
	bool foreign; /* on another file system */
	uint16_t mode;
	uint64_t size, ino;
	int64_t mtime_s, ctime_s, btime_s; /* birth 0: unknown */
	uint32_t mtime_ns, ctime_ns, btime_ns;
};

struct tree {
	int root, own,
		temp; /* the folder, OWN_DIRECTORY in it, "temp" in that; -1: not open */
	uint64_t device, mount; /* private, as the rest */
};

/* 0 or a negative errno. Without the marker only root is open. */
must_use int tree_open(struct tree *t, const char *path);
void tree_close(struct tree *t);
/* 0: the marker is folder's; -ENOENT there is none; -EEXIST it is another folder's. */
must_use int tree_marker(struct tree *t, const struct hash *folder);
must_use int tree_marker_make(struct tree *t, const struct hash *folder);
/* Removes OWN_DIRECTORY with what this room has put there. */
void tree_marker_remove(struct tree *t);

/* A descriptor of the directory or the regular file `name` in `dir`, for reading; caller
 * closes. -ELOOP a symbolic link, -EXDEV another file system, -EINVAL something else. */
must_use int tree_enter(const struct tree *t, int dir, const char *name);
must_use int tree_read(const struct tree *t, int dir, const char *name);
/* 0 or a negative errno; never follows. */
must_use int tree_stamp(
	const struct tree *t, int dir, const char *name, struct stamp *out);
must_use int tree_stamp_fd(const struct tree *t, int fd, struct stamp *out);
/* A symbolic link's target and its length; -ENAMETOOLONG does not fit. */
must_use int tree_link(int dir, const char *name, char *out, size_t room, size_t *len);

/* Content, permissions and place in time are as they were. */
bool stamp_equal(const struct stamp *a, const struct stamp *b);
/* The same without the time of change, which a rename moves. */
bool stamp_alike(const struct stamp *a, const struct stamp *b);
/* One and the same inode, not a later one of the same number. */
bool stamp_same_file(const struct stamp *a, const struct stamp *b);

/* Renames one name; the new one must be free (-EEXIST). */
must_use int tree_move(int from, const char *name, int to, const char *to_name);
/* Swaps two names. -EINVAL when the file system cannot. */
must_use int tree_swap(int from, const char *name, int to, const char *to_name);
/* Permission bits (nine, others kept) and modification time, on what `expected` names. */
must_use int tree_dress(const struct tree *t, int dir, const char *name, uint64_t ino,
	const struct stamp *want);
void temp_name(char out[TEMP_NAME_ROOM], const struct short_id *file);
