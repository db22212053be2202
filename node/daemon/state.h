/* SPDX-License-Identifier: ISC */
/*
 * The state directory: made with mode 0700 at first start, locked while a node runs on it. It
 * holds the identity, the routing sequence, pinned names, rules and the private mesh; whatever is written there is written beside,
 * flushed and renamed.
 */
#pragma once

#include "node/crypto/keys.h"

struct state {
	int dir;           /* descriptor of the directory */
	int lock;          /* held open: the lock */
	uint64_t saved;    /* the sequence in the file */
	bool new_identity; /* made just now */
};

/* 0, -EBUSY another node runs on it, or the errno of what failed, named in *what. */
must_use int state_open(struct state *s, const char *path, const char **what);
void state_close(struct state *s);
/* Reads the identity or makes one. 0, -EBADMSG damaged, or a negative errno. */
must_use int state_identity(struct state *s, const struct rng *rng, struct keypair *out);
/* The sequence to begin with: above everything that was ever used on this directory. */
must_use int state_sequence_begin(struct state *s, uint64_t *sequence);
/* Saves ahead when `used` comes near to what was saved. */
must_use int state_sequence_keep(struct state *s, uint64_t used);

/* A small text file. Written beside, flushed, renamed; 0 or a negative errno. */
must_use int state_file_put(const struct state *s, const char *name, const char *text);
/* All of it, closed by a zero; 0, -EFBIG it does not fit, or a negative errno. */
must_use int state_file_get(
	const struct state *s, const char *name, char *text, size_t room);
/* 2 * len digits of lower-case hex; false: something else. */
must_use bool state_hex_read(const char *text, uint8_t *out, size_t len);
/* The file of the mesh as it was written; the caller wipes and frees it. 0, -ENOENT none, or a
 * negative errno. */
must_use int state_mesh_read(const struct state *s, uint8_t **take, size_t *len);
must_use int state_mesh_write(const struct state *s, struct bytes body);
