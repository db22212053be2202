/* SPDX-License-Identifier: ISC */
/* Objects wherever they are: in packs, or sealed anew from the user's own files. */
#pragma once

#include "sync/disk/folder.h"

/* out has OBJECT_SIZE_MAX bytes, and what it gets was checked against id. key may be
 * NULL: packs only. A place that no longer holds the object is forgotten and its
 * file read again by the next scan. -ENOENT. */
must_use int object_get(struct disk *d, const struct zone_key *key, const struct hash *id,
	uint8_t *out, size_t *len);
/* The objects of a file's present content go into packs and stay, before it is replaced.
 * -ESTALE: the file holds something else by now. */
must_use int objects_keep(struct folder *f, const struct row *r);

void run_object_get(struct disk *d, struct job *j);
void run_object_put(struct disk *d, struct job *j);
void run_check(struct disk *d, struct job *j);
