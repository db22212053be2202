/* SPDX-License-Identifier: ISC */
/*
 * From a file to objects and back. The ingest takes long runs of zeros for holes whether
 * the file system stored them or not: so the root depends on the bytes alone, and a file
 * has the same one on every file system.
 */
#pragma once

#include "sync/disk/folder.h"

struct content {
	uint8_t depth;
	struct hash root;
	uint64_t size;
};

/* Reads all of fd. Chunks become fresh places of `file`, manifests go into the packs. */
must_use int content_read(struct folder *f, const struct chunker *c, int fd,
	const struct short_id *file, struct content *out);
/* The same for bytes in memory: a link's target. */
must_use int content_of_bytes(struct folder *f, const struct chunker *c,
	struct bytes data, const struct short_id *file, struct content *out);

/* Writes content into the empty file fd, holes as holes. -ENOENT an object is
 * missing, -EBADMSG it is not what size and depth promise. Chunks become fresh
 * places of `file`. */
must_use int content_write(
	struct folder *f, const struct content *c, int fd, const struct short_id *file);
/* A link's target: closed by a zero. The same errors. */
must_use int content_target(struct folder *f, const struct content *c, char *out,
	size_t room, const struct short_id *file);
