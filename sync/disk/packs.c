/* SPDX-License-Identifier: ISC */
/*
 * A put is not flushed: an object lost with the power is noticed when it is read and
 * fetched once more. What must last (manifests of the user's own files, versions kept
 * for a conflict) is flushed before the index says that it is here.
 */
#include "sync/disk/packs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "node/base/mem.h"

enum {
	HEAD_SIZE = 4 + 32 + 4,
	PACK_SIZE_MAX = 64 * 1024 * 1024,
	PACK_NAME_ROOM = 32,
	MEGABYTE = 1024 * 1024,
};

static const char magic[4] = "QOB1";

bool object_verify(const struct hash *id, struct bytes sealed)
{
	struct hash h = chunk_id(sealed);

	if (id_equal(&h, id))
		return true;
	h = manifest_id(sealed);
	return id_equal(&h, id);
}

uint64_t disk_floor(uint64_t total_bytes)
{
	uint64_t floor = total_bytes / 20;

	if (floor > 256ull * MEGABYTE)
		floor = 256ull * MEGABYTE;
	if (floor < 16ull * MEGABYTE)
		floor = 16ull * MEGABYTE;
	return floor > total_bytes / 4 ? total_bytes / 4 : floor;
}

static int check_room(const struct packs *p)
{
	struct statvfs v;

	if (fstatvfs(p->dir, &v) < 0)
		return -errno;
	if ((uint64_t)v.f_bavail * v.f_frsize <
		disk_floor((uint64_t)v.f_blocks * v.f_frsize))
		return -ENOSPC;
	return 0;
}

static void pack_name(char out[PACK_NAME_ROOM], int64_t number)
{
	snprintf(out, PACK_NAME_ROOM, "%08lld.pack", (long long)number);
}

static int open_pack(const struct packs *p, int64_t number, int flags)
{
	char name[PACK_NAME_ROOM];
	int fd;

	pack_name(name, number);
	fd = openat(p->dir, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

/* All of it, or a negative errno; -ENODATA: the file ends before. */
static int read_at(int fd, void *out, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n =
			pread(fd, (char *)out + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		done += (size_t)n;
	}
	return 0;
}

static int write_at(int fd, const void *data, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pwrite(fd, (const char *)data + done, len - done,
			(off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		done += (size_t)n;
	}
	return 0;
}

static void write_head(uint8_t head[HEAD_SIZE], const struct hash *id, size_t len)
{
	struct writer w = writer_of(head, HEAD_SIZE);

	write_bytes(&w, bytes_of(magic, sizeof(magic)));
	write_id(&w, id);
	write_u32(&w, (uint32_t)len);
}

/* Length of the record's bytes, 0 when it is none. */
static size_t read_head(const uint8_t head[HEAD_SIZE], struct hash *id)
{
	struct reader r = reader_of(bytes_of(head, HEAD_SIZE));
	struct bytes m = read_bytes(&r, sizeof(magic));
	size_t len;

	*id = read_hash(&r);
	len = read_u32(&r);
	if (!read_ended(&r) || !bytes_equal(m, bytes_of(magic, sizeof(magic))) ||
		len > OBJECT_SIZE_MAX)
		return 0;
	return len;
}

/* ---- the pack that grows ---- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int begin_pack(struct packs *p, struct index *ix)
{
	int err = packs_sync(p);

	if (err)
		return err;
	close_fd(&p->fd);
	p->fd = open_pack(p, p->number + 1, O_RDWR | O_CREAT | O_EXCL);
	if (p->fd < 0)
		return p->fd;
	err = index_run(ix, SQL_PACK_PUT, "ii", p->number + 1, (int64_t)0);
	if (err) {
		char name[PACK_NAME_ROOM];

		/* else the next attempt finds it in its way */
		close_fd(&p->fd);
		pack_name(name, p->number + 1);
		(void)unlinkat(p->dir, name, 0);
		return err;
	}
	p->number++;
	p->size = 0;
	return 0;
}

static int append(
	struct packs *p, struct index *ix, const struct hash *id, struct bytes sealed)
{
	uint8_t head[HEAD_SIZE];
	int err;

	check(sealed.len > 0 && sealed.len <= OBJECT_SIZE_MAX);
	if (p->fd < 0 || p->size + HEAD_SIZE + sealed.len > PACK_SIZE_MAX) {
		err = begin_pack(p, ix);
		if (err)
			return err;
	}
	write_head(head, id, sealed.len);
	err = write_at(p->fd, sealed.data, sealed.len, p->size + HEAD_SIZE);
	if (!err)
		err = write_at(p->fd, head, HEAD_SIZE, p->size);
	if (!err)
		err = index_run(ix, SQL_PACK_GROW, "ii", p->number,
			(int64_t)(p->size + HEAD_SIZE + sealed.len));
	if (err) {
		if (ftruncate(p->fd, (off_t)p->size) < 0)
			err = -EIO;
		return err;
	}
	p->unsynced = true;
	p->size += HEAD_SIZE + sealed.len;
	return 0;
}

int packs_put(struct packs *p, struct index *ix, const struct hash *folder,
	const struct hash *id, struct bytes sealed)
{
	uint64_t at;
	int err = index_run(ix, SQL_OBJECT_GET, "h", id);

	if (err)
		return err < 0 ? err : 0;
	err = check_room(p);
	if (!err)
		err = append(p, ix, id, sealed);
	if (err)
		return err;
	at = p->size - sealed.len;
	return index_run(ix, SQL_OBJECT_PUT, "hiiih", id, p->number, (int64_t)at,
		(int64_t)sealed.len, folder);
}

int packs_sync(struct packs *p)
{
	if (p->fd < 0 || !p->unsynced)
		return 0;
	if (fdatasync(p->fd) < 0 || fsync(p->dir) < 0)
		return -errno;
	p->unsynced = false;
	return 0;
}

/* ---- reading ---- */

static int read_pack(struct packs *p, int64_t number)
{
	int fd;

	if (number == p->number && p->fd >= 0)
		return p->fd;
	if (number == p->read_number && p->read_fd >= 0)
		return p->read_fd;
	fd = open_pack(p, number, O_RDONLY);
	if (fd < 0)
		return fd;
	close_fd(&p->read_fd);
	p->read_fd = fd;
	p->read_number = number;
	return fd;
}

int packs_get(struct packs *p, struct index *ix, const struct hash *id, uint8_t *out,
	size_t *len)
{
	sqlite3_stmt *st = index_bind(ix, SQL_OBJECT_GET, "h", id);
	int found = index_step(ix, st);
	int64_t number, offset;
	int err;

	if (found != 1)
		return found < 0 ? found : -ENOENT;
	number = sqlite3_column_int64(st, 0);
	offset = sqlite3_column_int64(st, 1);
	*len = (size_t)sqlite3_column_int64(st, 2);
	sqlite3_reset(st);
	err = read_pack(p, number);
	if (err >= 0)
		err = *len > OBJECT_SIZE_MAX ? -ENODATA
					     : read_at(err, out, *len, (uint64_t)offset);
	if (!err && object_verify(id, bytes_of(out, *len)))
		return 0;
	if (err && err != -ENODATA && err != -ENOENT)
		return err;
	log_line(ix->log, LOG_WARN_, "store: a damaged object was dropped", NULL);
	err = index_run(ix, SQL_OBJECT_REMOVE, "h", id);
	return err ? err : -ENOENT;
}

/* ---- reclaiming ---- */

static int copy_out(struct packs *p, struct index *ix, int64_t number, uint8_t *buffer)
{
	sqlite3_stmt *st = index_bind(ix, SQL_OBJECTS_IN_PACK, "i", number);
	struct hash *ids = NULL;
	size_t count = 0, room = 0;
	int err;

	while ((err = index_step(ix, st)) == 1) {
		(void)mem_grow(ids, count, room);
		ids[count++] = column_hash(st, 0);
	}
	for (size_t i = 0; i < count && !err; i++) {
		size_t len;

		err = packs_get(p, ix, &ids[i], buffer, &len);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		if (!err)
			err = append(p, ix, &ids[i], bytes_of(buffer, len));
		if (!err)
			err = index_run(ix, SQL_OBJECT_MOVE, "hii", &ids[i], p->number,
				(int64_t)(p->size - len));
	}
	mem_free(ids);
	return err;
}

static int remove_pack(struct packs *p, struct index *ix, int64_t number)
{
	char name[PACK_NAME_ROOM];
	uint8_t *buffer = mem_new(OBJECT_SIZE_MAX);
	int err = index_begin(ix);

	if (!err)
		err = copy_out(p, ix, number, buffer);
	mem_free(buffer);
	if (!err)
		err = packs_sync(p);
	if (!err)
		err = index_run(ix, SQL_PACK_REMOVE, "i", number);
	if (err)
		index_rollback(ix);
	else
		err = index_commit(ix);
	if (err)
		return err;
	if (p->read_number == number)
		close_fd(&p->read_fd);
	pack_name(name, number);
	return unlinkat(p->dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int packs_reclaim(struct packs *p, struct index *ix)
{
	int64_t sparse[16];
	size_t count = 0;
	sqlite3_stmt *st;
	int more, err = 0;

	/* The pack that grows is let go of as well once it is worth it. */
	st = index_bind(ix, SQL_PACKS_SPARSE, "i",
		p->size > 4 * MEGABYTE ? (int64_t)-1 : p->number);
	while ((more = index_step(ix, st)) == 1 && count < array_len(sparse))
		sparse[count++] = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	if (more < 0)
		return more;
	for (size_t i = 0; i < count && !err; i++) {
		if (sparse[i] == p->number) {
			err = begin_pack(p, ix);
			if (err)
				return err;
		}
		err = remove_pack(p, ix, sparse[i]);
	}
	return err;
}

/* ---- opening ---- */

/* Takes in records from `from` on; returns where the last whole one ends. */
static int64_t take_in(struct packs *p, struct index *ix, int64_t number, int64_t from)
{
	static const struct hash nobody;
	int fd = open_pack(p, number, O_RDWR);
	int64_t end = from;
	uint8_t head[HEAD_SIZE];
	struct stat st;
	int err = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		st.st_size = 0;
	while (!err && st.st_size - end > HEAD_SIZE) {
		struct hash id;
		size_t len;

		err = read_at(fd, head, HEAD_SIZE, (uint64_t)end);
		len = err ? 0 : read_head(head, &id);
		if (len == 0 || (int64_t)len > st.st_size - end - HEAD_SIZE)
			break;
		err = index_run(ix, SQL_OBJECT_PUT, "hiiih", &id, number, end + HEAD_SIZE,
			(int64_t)len, &nobody);
		end += HEAD_SIZE + (int64_t)len;
	}
	if (!err && st.st_size > end && ftruncate(fd, (off_t)end) < 0)
		err = -errno;
	close(fd);
	return err ? err : end;
}

/* As index_step: 0 is a pack that the index has not heard of. */
static int known_size(struct index *ix, int64_t number, int64_t *size)
{
	sqlite3_stmt *st = index_bind(ix, SQL_PACKS, "");
	int found;

	while ((found = index_step(ix, st)) == 1 && sqlite3_column_int64(st, 0) != number)
		;
	if (found == 1)
		*size = sqlite3_column_int64(st, 1);
	sqlite3_reset(st);
	return found;
}

static int take_pack(struct packs *p, struct index *ix, int64_t number)
{
	int64_t size = 0, end;
	int found = known_size(ix, number, &size);

	if (found == 0)
		found = index_run(ix, SQL_PACK_PUT, "ii", number, size);
	if (found < 0)
		return found;
	end = take_in(p, ix, number, size);
	if (end < 0)
		return (int)end;
	if (number > p->number) {
		p->number = number;
		p->size = (uint64_t)end;
	}
	return end == size ? 0 : index_run(ix, SQL_PACK_GROW, "ii", number, end);
}

static int take_all(struct packs *p, struct index *ix)
{
	int fd = fcntl(p->dir, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int err;

	if (d == NULL)
		return -errno;
	rewinddir(d);
	err = index_begin(ix);
	for (errno = 0; !err && (e = readdir(d)) != NULL; errno = 0) {
		char *end;
		long long number = strtoll(e->d_name, &end, 10);

		if (number > 0 && strcmp(end, ".pack") == 0)
			err = take_pack(p, ix, number);
	}
	if (!err)
		err = -errno;
	closedir(d);
	if (!err)
		return index_commit(ix);
	index_rollback(ix);
	return err;
}

int packs_open(struct packs *p, struct index *ix, const char *state_dir)
{
	char path[4096];
	int err;

	*p = (struct packs){ .dir = -1, .fd = -1, .read_fd = -1, .read_number = -1 };
	snprintf(path, sizeof(path), "%s/objects", state_dir);
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	p->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->dir < 0)
		return -errno;
	err = take_all(p, ix);
	if (!err && p->number > 0) {
		p->fd = open_pack(p, p->number, O_RDWR);
		err = p->fd < 0 ? p->fd : 0;
	}
	if (err)
		packs_close(p);
	return err;
}

void packs_close(struct packs *p)
{
	close_fd(&p->read_fd);
	close_fd(&p->fd);
	close_fd(&p->dir);
}
