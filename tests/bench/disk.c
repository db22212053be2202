/* SPDX-License-Identifier: ISC */
/*
 * Scanning and applying beside cp and b2sum on the same files in the same run: 3,000
 * small files of 8 KB (the tree of the demonstration) and one of 100 MB. Works under
 * TMPDIR, or /var/tmp; removes what it made.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "sync/disk/disk.h"

enum { FILES = 3000, FILE_SIZE = 8192, BIG_SIZE = 100 * 1000 * 1000, PATH_ROOM = 256 };

struct side {
	char dir[PATH_ROOM], state[PATH_ROOM];
	struct disk *disk;
	uint64_t versions;
};

static const struct log silent;
static const struct zone_key key = { .epoch = 1, .key = { 1 } };

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

static struct job *new_job(const struct side *s, enum job_kind kind)
{
	struct job *j = job_new(kind);

	j->folder.b[0] = 1;
	j->key = key;
	j->path = mem_string(s->dir);
	return j;
}

static struct job *scan(struct side *s)
{
	struct job *j = new_job(s, JOB_SCAN);

	disk_run(s->disk, j);
	check(j->result == 0);
	return j;
}

static struct hash version_of(uint64_t n)
{
	return hash_tagged("qanat bench version", bytes_of(&n, sizeof(n)));
}

static void adopt(struct side *s, const struct job *scanned)
{
	struct job *j = new_job(s, JOB_RECORDS);

	j->adopts = mem_array(scanned->scan_count + 1, sizeof(*j->adopts));
	for (size_t i = 0; i < scanned->scan_count; i++)
		j->adopts[j->adopt_count++] = (struct adopt){ scanned->scan_items[i].file,
			version_of(++s->versions), false };
	disk_run(s->disk, j);
	check(j->result == 0);
	job_free(j);
}

static void copy_objects(
	struct side *a, struct side *b, uint8_t depth, const struct hash *id)
{
	struct job *j = depth > 0 ? new_job(a, JOB_OBJECT_GET) : NULL;

	if (j == NULL)
		return;
	j->object = *id;
	disk_run(a->disk, j);
	check(j->result == 0);
	if (depth > 1) {
		struct manifest *m = mem_new(sizeof(*m));

		check(manifest_parse(m, bytes_of(j->data, j->data_len)));
		for (unsigned i = 0; i < m->count; i++)
			if (!m->refs[i].hole)
				copy_objects(a, b, (uint8_t)(depth - 1), &m->refs[i].id);
		mem_free(m);
	}
	j->kind = JOB_OBJECT_PUT;
	disk_run(b->disk, j);
	check(j->result == 0);
	job_free(j);
}

static void apply(struct side *s, const struct job *scanned)
{
	for (size_t at = 0; at < scanned->scan_count; at += APPLY_ITEMS_MAX) {
		struct job *j = new_job(s, JOB_APPLY);

		j->apply_items = mem_array(APPLY_ITEMS_MAX, sizeof(*j->apply_items));
		for (size_t i = at; i < scanned->scan_count && i < at + APPLY_ITEMS_MAX;
			i++) {
			const struct scan_item *f = &scanned->scan_items[i];
			struct apply_item *a = &j->apply_items[j->apply_count++];

			*a = (struct apply_item){ .file = f->file,
				.version = version_of(++s->versions),
				.kind = f->kind,
				.name_len = f->name_len,
				.mode = f->mode,
				.mtime_s = f->mtime_s,
				.mtime_ns = f->mtime_ns,
				.size = f->size,
				.content_depth = f->content_depth,
				.content = f->content };
			memcpy(a->name, f->name, f->name_len);
		}
		disk_run(s->disk, j);
		check(j->result == 0);
		for (size_t i = 0; i < j->apply_count; i++)
			check(j->apply_items[i].result == 0);
		job_free(j);
	}
}

/* A program of the system, its output thrown away; seconds. */
static double run(const char *command, const char *a, const char *b)
{
	double begun = seconds();
	pid_t child = fork();
	int status;

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		setenv("A", a, 1);
		setenv("B", b, 1);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	check(waitpid(child, &status, 0) == child && status == 0);
	return seconds() - begun;
}

static void open_side(struct side *s, const char *base, const char *name)
{
	snprintf(s->dir, sizeof(s->dir), "%.200s/%s", base, name);
	snprintf(s->state, sizeof(s->state), "%.200s/%s.state", base, name);
	check(mkdir(s->dir, 0755) == 0 && mkdir(s->state, 0700) == 0);
	check(disk_open(&s->disk, s->state, &silent) == 0);
}

static void write_files(const struct side *s, unsigned count, size_t size)
{
	struct rng_seeded state;
	struct rng rng = rng_seeded_init(&state, count);
	uint8_t *data = mem_new(size);

	for (unsigned i = 0; i < count; i++) {
		char path[PATH_ROOM + 16];
		int fd;

		rng_fill(&rng, data, size);
		snprintf(path, sizeof(path), "%s/%u", s->dir, i);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
		check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
		close(fd);
	}
	mem_free(data);
}

static void line(const char *what, unsigned files, double bytes, double s, double peer,
	const char *peer_name)
{
	printf("%-28s %8.0f files/s %7.0f MB/s %8.3f s", what, files / s, bytes / s / 1e6,
		s);
	if (peer > 0)
		printf("   %.2f x %s (%.3f s)", peer / s, peer_name, peer);
	printf("\n");
}

static void bench(const char *base, unsigned files, size_t size, const char *name)
{
	struct side a = { 0 }, b = { 0 };
	char a_name[64], b_name[64], copy[PATH_ROOM];
	double bytes = (double)files * (double)size, begun, scanned, applied, again, sum,
	       cp;
	struct job *j;

	snprintf(a_name, sizeof(a_name), "%s-a", name);
	snprintf(b_name, sizeof(b_name), "%s-b", name);
	snprintf(copy, sizeof(copy), "%.200s/%s-cp", base, name);
	open_side(&a, base, a_name);
	open_side(&b, base, b_name);
	write_files(&a, files, size);
	run("sync", "", "");
	sum = run("find \"$A\" -type f -print0 | xargs -0 b2sum", a.dir, "");
	begun = seconds();
	j = scan(&a);
	scanned = seconds() - begun;
	check(j->scan_count == files);
	adopt(&a, j);
	for (size_t i = 0; i < j->scan_count; i++)
		copy_objects(&a, &b, j->scan_items[i].content_depth,
			&j->scan_items[i].content);
	run("sync", "", "");
	cp = run("cp -a \"$A\" \"$B\" && sync -f \"$B\"", a.dir, copy);
	begun = seconds();
	apply(&b, j);
	applied = seconds() - begun;
	job_free(j);
	begun = seconds();
	j = scan(&b);
	again = seconds() - begun;
	check(j->scan_count == 0);
	job_free(j);
	printf("%s: %u files of %zu bytes\n", name, files, size);
	line("scan, all new", files, bytes, scanned, sum, "b2sum");
	line("apply, flushed", files, bytes, applied, cp, "cp -a and sync");
	line("scan, nothing new", files, bytes, again,
		run("find \"$A\" -newer /etc/passwd", b.dir, ""), "find -newer");
	disk_close(a.disk);
	disk_close(b.disk);
}

int main(void)
{
	const char *under = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/var/tmp";
	char base[PATH_ROOM];

	snprintf(base, sizeof(base), "%.200s/qanat-bench-XXXXXX", under);
	if (crypto_start() != 0 || mkdtemp(base) == NULL)
		return 1;
	bench(base, FILES, FILE_SIZE, "small");
	bench(base, 1, BIG_SIZE, "big");
	return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0;
}
