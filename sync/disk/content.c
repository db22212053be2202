/* SPDX-License-Identifier: ISC */
/* Reading goes straight through the ingest of sync/content.h, writing down the
 * manifests. */
#include "sync/disk/content.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "sync/disk/objects.h"

enum { READ_SIZE = 1024 * 1024 };

/* ---- reading ---- */

struct reading {
	struct folder *f;
	const struct short_id *file;
	struct ingest *ingest;
};

static int drain(struct reading *r)
{
	struct index *ix = &r->f->disk->index;
	struct ingest_object o;
	int err = 0;

	while (!err && ingest_take(r->ingest, &o)) {
		if (o.is_manifest)
			err = packs_put(
				&r->f->disk->packs, ix, &r->f->id, &o.id, o.sealed);
		if (!err)
			err = place_add(ix, r->f->number, r->file, &o.id, o.offset,
				o.is_manifest ? 0 : o.plain_len);
	}
	return err;
}

static int tell(struct reading *r, struct bytes data)
{
	ingest_data(r->ingest, data);
	return drain(r);
}

static int tell_hole(struct reading *r, uint64_t len)
{
	ingest_hole(r->ingest, len);
	return drain(r);
}

static int finish(struct reading *r, struct content *out)
{
	int err;

	ingest_end(r->ingest);
	err = drain(r);
	if (!err)
		ingest_root(r->ingest, &out->depth, &out->root, &out->size);
	return err;
}

static struct reading begin_reading(
	struct folder *f, const struct chunker *c, const struct short_id *file)
{
	return (struct reading){ .f = f, .file = file, .ingest = ingest_new(f->key, c) };
}

static ssize_t read_some(int fd, uint8_t *buffer, size_t room, uint64_t at)
{
	ssize_t n;

	do
		n = pread(fd, buffer, room, (off_t)at);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Where data begins at or after `at`, at most size. */
static uint64_t next_data(int fd, uint64_t at, uint64_t size)
{
	off_t data = lseek(fd, (off_t)at, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? size : at;
	return (uint64_t)data < size ? (uint64_t)data : size;
}

static int read_all(struct reading *r, int fd, uint64_t size)
{
	size_t room = size < READ_SIZE ? (size_t)size + 1 : READ_SIZE;
	uint8_t *buffer = mem_new(room);
	uint64_t at = 0;
	ssize_t n = 1;
	int err = 0;

	while (at < size && n > 0 && !err) {
		uint64_t data = next_data(fd, at, size);

		if (data > at) {
			err = tell_hole(r, data - at);
			at = data;
			continue;
		}
		n = read_some(fd, buffer, room, at);
		if (n > 0)
			err = tell(r, bytes_of(buffer, (size_t)n));
		at += n > 0 ? (uint64_t)n : 0;
	}
	mem_free(buffer);
	return n < 0 ? (int)n : err;
}

int content_read(struct folder *f, const struct chunker *c, int fd,
	const struct short_id *file, struct content *out)
{
	struct reading r = begin_reading(f, c, file);
	struct stat st;
	int err = fstat(fd, &st) < 0 ? -errno : 0;

	if (!err)
		err = read_all(&r, fd, (uint64_t)st.st_size);
	if (!err)
		err = finish(&r, out);
	ingest_free(r.ingest);
	return err;
}

int content_of_bytes(struct folder *f, const struct chunker *c, struct bytes data,
	const struct short_id *file, struct content *out)
{
	struct reading r = begin_reading(f, c, file);
	int err = tell(&r, data);

	if (!err)
		err = finish(&r, out);
	ingest_free(r.ingest);
	return err;
}

/* ---- writing ---- */

struct writing {
	struct folder *f;
	const struct short_id *file;
	int fd;
	char *out;   /* NULL: to fd, else into this memory */
	uint64_t at; /* in the file */
	uint64_t size;
	uint8_t *sealed; /* OBJECT_SIZE_MAX */
	uint8_t *plain;  /* CHUNK_PLAIN_MAX */
};

static int put_plain(struct writing *w, size_t len)
{
	size_t done = 0;

	if (w->out != NULL) {
		memcpy(w->out + w->at, w->plain, len);
		return 0;
	}
	while (done < len) {
		ssize_t n =
			pwrite(w->fd, w->plain + done, len - done, (off_t)(w->at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		done += (size_t)n;
	}
	return 0;
}

static int write_chunk(struct writing *w, const struct hash *id, uint64_t want)
{
	struct disk *d = w->f->disk;
	size_t sealed_len, len;
	int err = object_get(d, w->f->key, id, w->sealed, &sealed_len);

	if (err)
		return err;
	if (!chunk_open(w->f->key, bytes_of(w->sealed, sealed_len), w->plain, &len))
		return -EBADMSG;
	if (len == 0 || len != want || len > w->size - w->at)
		return -EBADMSG;
	err = put_plain(w, len);
	if (!err)
		err = place_add(&d->index, w->f->number, w->file, id, w->at, len);
	w->at += len;
	return err;
}

static int write_manifest(
	struct writing *w, const struct hash *id, uint8_t depth, uint64_t want);

static int write_ref(struct writing *w, const struct ref *ref, uint8_t depth)
{
	if (ref->len == 0 || ref->len > w->size - w->at)
		return -EBADMSG;
	if (ref->hole) {
		if (w->out != NULL)
			return -EBADMSG;
		w->at += ref->len;
		return 0;
	}
	if (depth == 1)
		return write_chunk(w, &ref->id, ref->len);
	return write_manifest(w, &ref->id, depth, ref->len);
}

/* Recursion ends by depth, at most CONTENT_DEPTH_MAX. */
static int write_manifest(
	struct writing *w, const struct hash *id, uint8_t depth, uint64_t want)
{
	struct disk *d = w->f->disk;
	struct manifest *m = mem_new(sizeof(*m));
	uint64_t begin = w->at;
	size_t len;
	int err = object_get(d, w->f->key, id, w->sealed, &len);

	if (!err && (!manifest_parse(m, bytes_of(w->sealed, len)) || m->depth != depth))
		err = -EBADMSG;
	if (!err)
		err = place_add(&d->index, w->f->number, w->file, id, 0, 0);
	for (unsigned i = 0; !err && i < m->count; i++)
		err = write_ref(w, &m->refs[i], (uint8_t)(depth - 1));
	mem_free(m);
	if (!err && w->at - begin != want)
		err = -EBADMSG;
	return err;
}

static int write_all(struct writing *w, const struct content *c)
{
	int err;

	w->size = c->size;
	if (c->depth == 0)
		return c->size == 0 ? 0 : -EBADMSG;
	if (c->depth > CONTENT_DEPTH_MAX || c->size == 0 || c->size > INT64_MAX)
		return -EBADMSG;
	w->sealed = mem_new(OBJECT_SIZE_MAX);
	w->plain = mem_new(CHUNK_PLAIN_MAX);
	err = c->depth == 1 ? write_chunk(w, &c->root, c->size)
			    : write_manifest(w, &c->root, c->depth, c->size);
	mem_free(w->sealed);
	mem_free(w->plain);
	return err;
}

int content_write(
	struct folder *f, const struct content *c, int fd, const struct short_id *file)
{
	struct writing w = { .f = f, .file = file, .fd = fd };
	int err = write_all(&w, c);

	if (!err && ftruncate(fd, (off_t)c->size) < 0)
		err = -errno;
	return err;
}

int content_target(struct folder *f, const struct content *c, char *out, size_t room,
	const struct short_id *file)
{
	struct writing w = { .f = f, .file = file, .fd = -1, .out = out };
	int err;

	if (c->size == 0 || c->size >= room || c->size > CHUNK_PLAIN_MAX)
		return -EBADMSG;
	err = write_all(&w, c);
	if (err)
		return err;
	out[c->size] = '\0';
	return strlen(out) == c->size ? 0 : -EBADMSG;
}
