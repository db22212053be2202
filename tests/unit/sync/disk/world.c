/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/disk/world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"

static char bases[256][64];
static unsigned base_count;

/* By descriptors, since what the tests make is deeper than a path may be. */
static void remove_at(int at, const char *name)
{
	struct dirent *e;
	DIR *d;
	int fd;

	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return;
	if (fchmodat(at, name, 0700, 0) < 0)
		return;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (d == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			remove_at(fd, e->d_name);
	closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

static void remove_bases(void)
{
	for (unsigned i = 0; i < base_count; i++)
		if (bases[i][0] != '\0')
			remove_at(AT_FDCWD, bases[i]);
}

static void keep_log(void *context, enum log_level level, const char *line)
{
	struct world *w = context;

	(void)level;
	snprintf(w->last_log, sizeof(w->last_log), "%s", line);
	if (getenv("TEST_LOG") != NULL)
		fprintf(stderr, "\t%s\n", line);
}

void world_init_at(struct world *w, const char *base)
{
	static uint64_t worlds;

	*w = (struct world){ .versions = 1000000000 * ++worlds,
		.key = { .epoch = 1, .key = { 1, 2, 3 } },
		.folder = { { 0xf0, 0x1d } } };
	w->log = (struct log){ keep_log, w, LOG_DEBUG_ };
	EXPECT_EQ(crypto_start(), 0, "crypto starts");
	snprintf(w->base, sizeof(w->base), "%s", base);
	snprintf(w->state, sizeof(w->state), "%s/state", base);
	snprintf(w->dir, sizeof(w->dir), "%s/dir", base);
	mkdir(w->state, 0700);
	mkdir(w->dir, 0755);
	EXPECT_EQ(disk_open(&w->disk, w->state, &w->log), 0, "a new disk opens");
}

void world_init(struct world *w)
{
	char base[] = "/tmp/qanat-disk-XXXXXX";

	if (base_count == 0)
		atexit(remove_bases);
	EXPECT(mkdtemp(base) != NULL, "a directory is made");
	snprintf(bases[base_count++ % 256], sizeof(bases[0]), "%s", base);
	world_init_at(w, base);
}

void world_fini(struct world *w)
{
	disk_close(w->disk);
	w->disk = NULL;
	for (unsigned i = 0; i < base_count; i++)
		if (strcmp(bases[i], w->base) == 0)
			remove_at(AT_FDCWD, w->base);
}

void world_reopen(struct world *w)
{
	disk_close(w->disk);
	EXPECT_EQ(disk_open(&w->disk, w->state, &w->log), 0, "the disk opens again");
}

/* ---- files ---- */

char *full_path(const struct world *w, const char *path)
{
	static char all[4][8192];
	static unsigned next;
	char *p = all[next++ % 4];

	snprintf(p, sizeof(all[0]), "%s/%s", w->dir, path);
	return p;
}

void write_file(const struct world *w, const char *path, const void *data, size_t len)
{
	int fd = open(full_path(w, path), O_WRONLY | O_CREAT | O_TRUNC, 0644);

	EXPECT(fd >= 0, "a file of the test is opened");
	EXPECT_EQ(write(fd, data, len), len, "a file of the test is written");
	close(fd);
}

void write_text(const struct world *w, const char *path, const char *text)
{
	write_file(w, path, text, strlen(text));
}

void make_directory(const struct world *w, const char *path)
{
	EXPECT_EQ(mkdir(full_path(w, path), 0755), 0, "a directory of the test is made");
}

void make_link(const struct world *w, const char *path, const char *target)
{
	EXPECT_EQ(symlink(target, full_path(w, path)), 0, "a link of the test is made");
}

void rename_path(const struct world *w, const char *from, const char *to)
{
	EXPECT_EQ(rename(full_path(w, from), full_path(w, to)), 0, "the test renames");
}

void remove_path(const struct world *w, const char *path)
{
	remove_at(AT_FDCWD, full_path(w, path));
	EXPECT(!exists(w, path), "the test removes");
}

bool exists(const struct world *w, const char *path)
{
	struct stat st;

	return lstat(full_path(w, path), &st) == 0;
}

bool has_text(const struct world *w, const char *path, const char *text)
{
	char buffer[4096];
	int fd = open(full_path(w, path), O_RDONLY | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));

	if (fd >= 0)
		close(fd);
	return n >= 0 && (size_t)n == strlen(text) &&
	       memcmp(buffer, text, (size_t)n) == 0;
}

/* ---- jobs ---- */

struct job *new_job(const struct world *w, enum job_kind kind)
{
	struct job *j = job_new(kind);

	j->folder = w->folder;
	j->key = w->key;
	j->path = mem_string(w->dir);
	return j;
}

struct job *scan(struct world *w)
{
	struct job *j = new_job(w, JOB_SCAN);

	disk_run(w->disk, j);
	return j;
}

struct hash version_of(uint64_t n)
{
	return hash_tagged("qanat test version", bytes_of(&n, sizeof(n)));
}

void adopt_items(struct world *w, const struct job *scanned)
{
	struct job *j = new_job(w, JOB_RECORDS);

	j->adopts = mem_array(scanned->scan_count + 1, sizeof(*j->adopts));
	for (size_t i = 0; i < scanned->scan_count; i++) {
		const struct scan_item *s = &scanned->scan_items[i];

		j->adopts[j->adopt_count++] = (struct adopt){ s->file,
			version_of(++w->versions), s->change == SCAN_GONE };
	}
	disk_run(w->disk, j);
	EXPECT_EQ(j->result, 0, "versions are adopted");
	job_free(j);
}

size_t settle(struct world *w)
{
	size_t count = 0;

	for (unsigned i = 0; i < 20; i++) {
		struct job *j = scan(w);
		size_t n = j->scan_count;

		EXPECT_EQ(j->result, 0, "a scan succeeds");
		adopt_items(w, j);
		job_free(j);
		count += n;
		if (n == 0)
			return count;
	}
	EXPECT(false, "scans come to an end");
	return count;
}

const struct scan_item *find_item(const struct job *j, const char *name)
{
	for (size_t i = 0; i < j->scan_count; i++)
		if (j->scan_items[i].name_len == strlen(name) &&
			memcmp(j->scan_items[i].name, name, strlen(name)) == 0)
			return &j->scan_items[i];
	return NULL;
}

/* ---- from one disk to another ---- */

static bool copy_refs(struct world *from, struct world *to, struct bytes body)
{
	struct manifest *m = mem_new(sizeof(*m));
	bool good = manifest_parse(m, body);

	for (unsigned i = 0; good && i < m->count; i++)
		if (!m->refs[i].hole)
			good = copy_objects(
				from, to, (uint8_t)(m->depth - 1), &m->refs[i].id);
	mem_free(m);
	return good;
}

bool copy_objects(
	struct world *from, struct world *to, uint8_t depth, const struct hash *id)
{
	struct job *get, *put;
	bool good;

	if (depth == 0)
		return true;
	get = new_job(from, JOB_OBJECT_GET);
	get->object = *id;
	disk_run(from->disk, get);
	good = get->result == 0;
	if (good && depth > 1)
		good = copy_refs(from, to, bytes_of(get->data, get->data_len));
	if (good) {
		put = new_job(to, JOB_OBJECT_PUT);
		put->object = *id;
		put->data = mem_copy(get->data, get->data_len);
		put->data_len = get->data_len;
		disk_run(to->disk, put);
		good = put->result == 0;
		job_free(put);
	}
	job_free(get);
	return good;
}

struct apply_item apply_of(const struct scan_item *i, const struct hash *version)
{
	struct apply_item a = { .file = i->file,
		.parent = i->parent,
		.version = *version,
		.replaces = i->base,
		.kind = i->kind,
		.deleted = i->change == SCAN_GONE,
		.name_len = i->name_len,
		.mode = i->mode,
		.mtime_s = i->mtime_s,
		.mtime_ns = i->mtime_ns,
		.size = i->size,
		.content_depth = i->content_depth,
		.content = i->content };

	memcpy(a.name, i->name, i->name_len);
	return a;
}

int apply_one(struct world *w, const struct apply_item *item)
{
	struct job *j = new_job(w, JOB_APPLY);
	int result;

	j->apply_items = mem_copy(item, sizeof(*item));
	j->apply_count = 1;
	disk_run(w->disk, j);
	result = j->result ? j->result : j->apply_items[0].result;
	job_free(j);
	return result;
}

static void apply_some(struct world *to, const struct scan_item *items, size_t count,
	uint64_t first_version)
{
	struct job *j = new_job(to, JOB_APPLY);

	j->apply_items = mem_array(count, sizeof(*j->apply_items));
	j->apply_count = count;
	for (size_t i = 0; i < count; i++) {
		struct hash v = version_of(first_version + i);

		j->apply_items[i] = apply_of(&items[i], &v);
	}
	disk_run(to->disk, j);
	EXPECT_EQ(j->result, 0, "applying succeeds");
	for (size_t i = 0; i < count; i++)
		EXPECT_EQ(j->apply_items[i].result, 0, "every item is applied");
	job_free(j);
}

size_t replicate(struct world *from, struct world *to)
{
	size_t total = 0;

	for (;;) {
		struct job *j = scan(from);
		uint64_t first = from->versions + 1;
		size_t n = j->scan_count;

		EXPECT_EQ(j->result, 0, "the source is scanned");
		adopt_items(from, j);
		for (size_t i = 0; i < n; i++)
			EXPECT(j->scan_items[i].change == SCAN_GONE ||
					copy_objects(from, to,
						j->scan_items[i].content_depth,
						&j->scan_items[i].content),
				"every object can be had");
		for (size_t i = 0; i < n; i += APPLY_ITEMS_MAX)
			apply_some(to, j->scan_items + i,
				n - i < APPLY_ITEMS_MAX ? n - i : APPLY_ITEMS_MAX,
				first + i);
		total += n;
		job_free(j);
		if (n == 0)
			return total;
	}
}

/* ---- comparing ---- */

static bool same_content(int a, int b, const char *name, off_t size)
{
	char *x = mem_new(1 << 20), *y = mem_new(1 << 20);
	int fa = openat(a, name, O_RDONLY | O_NOFOLLOW);
	int fb = openat(b, name, O_RDONLY | O_NOFOLLOW);
	off_t at = 0;
	bool same = fa >= 0 && fb >= 0;

	while (same && at < size) {
		off_t da = lseek(fa, at, SEEK_DATA), db = lseek(fb, at, SEEK_DATA);
		ssize_t n, m;

		if (da < 0 && db < 0)
			break;
		if (da > at && db > at)
			at = da < db ? da : db;
		n = pread(fa, x, 1 << 20, at);
		m = pread(fb, y, 1 << 20, at);
		same = n > 0 && n == m && memcmp(x, y, (size_t)n) == 0;
		at += n;
	}
	close(fa);
	close(fb);
	mem_free(x);
	mem_free(y);
	return same;
}

static bool same_target(int a, int b, const char *name)
{
	char x[4096], y[4096];
	ssize_t n = readlinkat(a, name, x, sizeof(x)),
		m = readlinkat(b, name, y, sizeof(y));

	return n > 0 && n == m && memcmp(x, y, (size_t)n) == 0;
}

static void same_directories(int a, int b, bool root);

static void same_item(int a, int b, const char *name)
{
	struct stat x, y;

	EXPECT_EQ(fstatat(a, name, &x, AT_SYMLINK_NOFOLLOW), 0, "it is on the left");
	EXPECT_EQ(fstatat(b, name, &y, AT_SYMLINK_NOFOLLOW), 0, "it is on the right");
	EXPECT_EQ(x.st_mode, y.st_mode, "kind and mode are the same");
	if (S_ISDIR(x.st_mode)) {
		int p = openat(a, name, O_RDONLY | O_DIRECTORY);
		int q = openat(b, name, O_RDONLY | O_DIRECTORY);

		same_directories(p, q, false);
		close(p);
		close(q);
		return;
	}
	EXPECT_EQ(x.st_size, y.st_size, "the size is the same");
	EXPECT_EQ(x.st_mtim.tv_sec, y.st_mtim.tv_sec, "the second is the same");
	EXPECT_EQ(x.st_mtim.tv_nsec, y.st_mtim.tv_nsec, "the nanosecond is the same");
	EXPECT(S_ISLNK(x.st_mode) ? same_target(a, b, name)
				  : same_content(a, b, name, x.st_size),
		"the content is the same");
}

static size_t names_of(int fd, char names[][256], size_t room, bool root)
{
	DIR *d = fdopendir(dup(fd));
	struct dirent *e;
	size_t count = 0;

	EXPECT(d != NULL, "a directory of the test can be read");
	rewinddir(d);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
			(root && strcmp(e->d_name, ".qanat") == 0))
			continue;
		EXPECT(count < room, "a directory of the test is small enough");
		snprintf(names[count++], 256, "%s", e->d_name);
	}
	closedir(d);
	qsort(names, count, 256, (int (*)(const void *, const void *))strcmp);
	return count;
}

static void same_directories(int a, int b, bool root)
{
	enum { ROOM = 4096 };
	char(*x)[256] = mem_array(ROOM, 256), (*y)[256] = mem_array(ROOM, 256);
	size_t n = names_of(a, x, ROOM, root), m = names_of(b, y, ROOM, root);

	EXPECT_EQ(n, m, "both have as many names");
	for (size_t i = 0; i < n; i++) {
		EXPECT_STRING(x[i], y[i], "the names are the same");
		same_item(a, b, x[i]);
	}
	mem_free(x);
	mem_free(y);
}

void expect_same_trees(const struct world *a, const struct world *b)
{
	int x = open(a->dir, O_RDONLY | O_DIRECTORY),
	    y = open(b->dir, O_RDONLY | O_DIRECTORY);

	same_directories(x, y, true);
	close(x);
	close(y);
}
