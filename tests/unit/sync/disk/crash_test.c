/* SPDX-License-Identifier: ISC */
/*
 * A child scans, applies and is killed at some moment; whatever it was doing, each
 * file that can be seen is one whole version, and the next one brings everything to
 * its end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "tests/unit/sync/disk/world.h"

enum { FILES = 24, KILLS = 60, SIZE_MAX_ = 90000 };

/* Version v of file i: its bytes follow from both numbers, its length as well. */
static size_t content_for(unsigned i, uint64_t v, uint8_t *out)
{
	struct rng_seeded state;
	struct rng rng = rng_seeded_init(&state, v * 1000 + i);
	size_t len = 16 + rng_below(&rng, i % 3 == 0 ? SIZE_MAX_ : 3000);

	rng_fill(&rng, out, len);
	memcpy(out, &v, 8);
	memcpy(out + 8, &len, 8);
	return len;
}

static bool is_whole(const uint8_t *data, size_t len, unsigned i)
{
	uint8_t *want = mem_new(SIZE_MAX_ + 64);
	uint64_t v;
	bool whole = false;

	if (len >= 16) {
		memcpy(&v, data, 8);
		whole = v < 1000000 && content_for(i, v, want) == len &&
			memcmp(want, data, len) == 0;
	}
	mem_free(want);
	return whole;
}

/* f<i> in d or at the top. */
static void expect_whole_files(const char *dir, unsigned *seen)
{
	uint8_t *data = mem_new(SIZE_MAX_ + 64);
	DIR *d = opendir(dir);
	struct dirent *e;

	EXPECT(d != NULL, "the directory is there");
	while ((e = readdir(d)) != NULL) {
		char path[512];
		char *end;
		unsigned i;
		ssize_t n;
		int fd;

		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_type == DT_DIR && e->d_name[0] == 'd')
			expect_whole_files(path, seen);
		if (e->d_type == DT_DIR)
			continue;
		i = (unsigned)strtoul(e->d_name + 1, &end, 10);
		EXPECT(e->d_name[0] == 'f' && end > e->d_name + 1, "no name is foreign");
		fd = open(path, O_RDONLY);
		n = read(fd, data, SIZE_MAX_ + 64);
		close(fd);
		EXPECT(n > 0 && is_whole(data, (size_t)n, i),
			"every file is a whole version");
		++*seen;
	}
	closedir(d);
	mem_free(data);
}

/* The source changes: contents, some names, some files go and come. */
static void change_source(struct world *a, uint64_t round)
{
	static uint8_t data[SIZE_MAX_ + 64];

	for (unsigned i = 0; i < FILES; i++) {
		char top[16], below[16];
		unsigned what = (unsigned)(round + i) % 5;

		snprintf(top, sizeof(top), "f%u", i);
		snprintf(below, sizeof(below), "d/f%u", i);
		if (what == 0 && exists(a, top))
			rename_path(a, top, below);
		else if (what == 1 && exists(a, below))
			rename_path(a, below, top);
		else if (what == 2 && i % 2 == 0 && exists(a, top))
			remove_path(a, top);
		if (what < 4) {
			const char *at = exists(a, below) ? below : top;

			if (what != 2 || i % 2 != 0)
				write_file(a, at, data,
					content_for(i, round * 7 + what, data));
		}
	}
}

static int apply_all(struct world *b, const struct apply_item *items, size_t count)
{
	struct job *j = new_job(b, JOB_APPLY);
	int result;

	j->apply_items = mem_copy(items, count * sizeof(*items));
	j->apply_count = count;
	disk_run(b->disk, j);
	result = j->result;
	for (size_t i = 0; i < count && !result; i++)
		result = j->apply_items[i].result;
	job_free(j);
	return result;
}

static void sleep_us(uint64_t us)
{
	struct timespec t = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };

	nanosleep(&t, NULL);
}

/* Applies in a child, which is killed after us. Whether it came to its end. */
static bool apply_and_kill(
	struct world *b, const struct apply_item *items, size_t count, uint64_t us)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		struct job *j;

		if (disk_open(&b->disk, b->state, &b->log) != 0)
			_exit(2);
		j = scan(b);
		if (j->result != 0 || j->scan_count != 0)
			_exit(3);
		if (apply_all(b, items, count) != 0)
			_exit(4);
		_exit(0);
	}
	sleep_us(us);
	kill(child, SIGKILL);
	EXPECT_EQ(waitpid(child, &status, 0), child, "the child ends");
	if (WIFEXITED(status))
		EXPECT_EQ(WEXITSTATUS(status), 0,
			"what a crash left is no edit, and applies");
	return WIFEXITED(status);
}

/* Everything that a told to b, all at once. */
static size_t collect(struct world *a, struct world *b, struct apply_item *items)
{
	struct job *j = scan(a);
	size_t n = j->scan_count;

	EXPECT(j->result == 0 && n <= APPLY_ITEMS_MAX, "one job holds it");
	for (size_t i = 0; i < n; i++) {
		struct hash v = version_of(a->versions + 1 + i);

		items[i] = apply_of(&j->scan_items[i], &v);
		EXPECT(items[i].deleted || copy_objects(a, b, items[i].content_depth,
						   &items[i].content),
			"every object travels");
	}
	adopt_items(a, j);
	job_free(j);
	return n;
}

TEST(a_kill_at_any_moment_leaves_whole_versions)
{
	static struct apply_item items[APPLY_ITEMS_MAX];
	struct world a, b;
	struct rng rng = test_rng();
	unsigned ended = 0, killed = 0, seen = 0;
	uint64_t longest = 60000;

	world_init(&a);
	world_init(&b);
	make_directory(&a, "d");
	for (uint64_t round = 1; (killed < KILLS || ended == 0) && round < 400; round++) {
		size_t count;
		bool whole = false;

		change_source(&a, round);
		/* Renames within the clock's grain are read once more. */
		count = collect(&a, &b, items);
		disk_close(b.disk);
		for (unsigned try = 0; try < 4 && !whole; try++) {
			whole = apply_and_kill(
				&b, items, count, rng_below(&rng, longest));
			expect_whole_files(b.dir, &seen);
			killed += !whole;
			ended += whole;
		}
		longest = whole && longest > 5000 ? longest * 9 / 10 : longest * 10 / 9;
		EXPECT_EQ(disk_open(&b.disk, b.state, &b.log), 0, "the disk opens again");
		EXPECT_EQ(settle(&b), 0, "nothing is taken for an edit");
		EXPECT_EQ(apply_all(&b, items, count), 0, "what is left is applied");
		expect_same_trees(&a, &b);
	}
	EXPECT(killed >= KILLS, "it was killed often enough");
	EXPECT(ended > 0 && seen > 0, "and sometimes not");
	world_fini(&a);
	world_fini(&b);
}

/* ---- somebody who edits meanwhile ---- */

enum { RACES = 400 };

/* For each byte that comes in, waits a little and renames edit number n over f. */
static _Noreturn void edit_when_told(const struct world *b, int in, int out)
{
	struct rng_seeded state;
	struct rng rng = rng_seeded_init(&state, test_seed());
	char from[256], to[256], go;

	snprintf(from, sizeof(from), "%s.edit", b->dir);
	snprintf(to, sizeof(to), "%s/f", b->dir);
	for (unsigned n = 0; read(in, &go, 1) == 1; n++) {
		char text[32];
		int fd = open(from, O_WRONLY | O_CREAT | O_TRUNC, 0644);

		snprintf(text, sizeof(text), "edit %u", n);
		if (fd < 0 || write(fd, text, strlen(text)) < 0)
			_exit(1);
		close(fd);
		for (uint64_t i = rng_below(&rng, 60000); i > 0; i--)
			__asm__ volatile("");
		if (n % 4 == 3)
			sleep_us(rng_below(&rng, 3000));
		if (rename(from, to) < 0 || write(out, &go, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

/* Version n of f is known on b, long unchanged; the answer is the item that replaces
 * it. */
static struct apply_item prepare_race(struct world *b, unsigned n)
{
	struct timespec long_ago[2] = { { 1000, 0 }, { 1000 + n, 0 } };
	struct apply_item item;
	struct hash v = version_of(1000000 + n);
	struct job *j;

	write_text(b, "f", "the version before");
	utimensat(AT_FDCWD, full_path(b, "f"), long_ago, 0);
	j = scan(b);
	EXPECT_EQ(j->scan_count, 1, "it is told");
	item = apply_of(&j->scan_items[0], &v);
	item.replaces = version_of(b->versions + 1);
	item.deleted = n % 3 == 2;
	item.size = 0;
	item.content_depth = 0;
	item.content = (struct hash){ { 0 } };
	adopt_items(b, j);
	job_free(j);
	return item;
}

TEST(an_edit_in_the_gap_is_never_lost)
{
	struct world b;
	unsigned stale = 0, applied = 0;
	int go[2], done[2];
	char byte = 0;
	pid_t child;

	world_init(&b);
	EXPECT(pipe(go) == 0 && pipe(done) == 0, "pipes are made");
	child = fork();
	if (child == 0) {
		close(go[1]);
		edit_when_told(&b, go[0], done[1]);
	}
	close(go[0]);
	for (unsigned n = 0; n < RACES; n++) {
		struct apply_item item = prepare_race(&b, n);
		char text[32];
		int result;

		EXPECT_EQ(write(go[1], &byte, 1), 1, "the editor is told");
		result = apply_one(&b, &item);
		EXPECT_EQ(read(done[0], &byte, 1), 1, "the edit is made");
		EXPECT(result == 0 || result == -ESTALE, "no other end");
		stale += result != 0;
		applied += result == 0;
		/* The edit came after the scan: before, in or after the gap, it is
		 * there. */
		snprintf(text, sizeof(text), "edit %u", n);
		EXPECT(has_text(&b, "f", text), "the edit is there");
	}
	close(go[1]);
	waitpid(child, NULL, 0);
	EXPECT(applied > 0 && stale > 0, "both came first now and then");
	world_fini(&b);
}
