/* SPDX-License-Identifier: ISC */
/* What a crash keeps and may take, and what each fault does. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "sim/disk/sim_disk.h"
#include "tests/test.h"

enum { RUNS = 1000, LONG = 10000 };

static char ones[LONG], twos[LONG];

static struct sim_disk *begin(uint64_t seed)
{
	struct sim_disk *d = sim_disk_new(test_seed() + seed);

	memset(ones, '1', sizeof(ones));
	memset(twos, '2', sizeof(twos));
	sim_disk_now(d, 1700000000000000000);
	sim_disk_mkdir(d, "/d");
	sim_disk_sync(d);
	sim_disk_enter(d);
	return d;
}

static void end(struct sim_disk *d)
{
	sim_disk_leave();
	sim_disk_free(d);
}

static int make(const char *path, const char *data, bool flush)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int result = fd < 0 || write(fd, data, LONG) != LONG ? -errno : 0;

	if (fd >= 0 && !result && flush && fsync(fd) < 0)
		result = -errno;
	if (fd >= 0)
		close(fd);
	return result;
}

static int flush(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), result = fsync(fd);

	close(fd);
	return result;
}

/* How what is at path looks after a crash. */
enum look { NOTHING, SHORT, ONES, TWOS, MIXED, LOOKS };

static enum look look(struct sim_disk *d, const char *path)
{
	enum look l = MIXED;
	uint8_t *data;
	size_t len;

	if (!sim_disk_read(d, path, &data, &len))
		return NOTHING;
	if (len != LONG)
		l = SHORT;
	else if (memcmp(data, ones, LONG) == 0)
		l = ONES;
	else if (memcmp(data, twos, LONG) == 0)
		l = TWOS;
	mem_free(data);
	return l;
}

static void flushed_file(void)
{
	EXPECT_EQ(make("/d/a", ones, true), 0, "made");
}

static void loose_file(void)
{
	EXPECT_EQ(make("/d/a", ones, false), 0, "made");
}

static void over_in_place(void)
{
	EXPECT_EQ(make("/d/a", ones, true), 0, "made");
	EXPECT_EQ(make("/d/a", twos, false), 0, "written over");
}

static void careful_replacement(void)
{
	EXPECT_EQ(make("/d/a", ones, true), 0, "made");
	EXPECT_EQ(make("/d/b", twos, true), 0, "made");
	EXPECT_EQ(rename("/d/b", "/d/a"), 0, "renamed");
}

static void careless_replacement(void)
{
	EXPECT_EQ(make("/d/a", ones, true), 0, "made");
	EXPECT_EQ(make("/d/b", twos, false), 0, "made");
	EXPECT_EQ(rename("/d/b", "/d/a"), 0, "renamed");
}

static void flushed_replacement(void)
{
	careful_replacement();
	EXPECT_EQ(flush("/d"), 0, "the directory is flushed");
}

static void flushed_names_only(void)
{
	EXPECT_EQ(make("/d/a", ones, false), 0, "made");
	EXPECT_EQ(flush("/d"), 0, "the directory is flushed");
}

static void removed(void)
{
	EXPECT_EQ(make("/d/a", ones, true), 0, "made");
	EXPECT_EQ(unlinkat(AT_FDCWD, "/d/a", 0), 0, "removed");
}

static void lied_to(void)
{
	flushed_file();
}

TEST(a_crash_keeps_what_was_flushed_and_may_take_the_rest)
{
	static const struct {
		const char *why;
		void (*run)(void);
		unsigned must; /* looks that must come up in many runs, and no others */
		bool lying;
	} rows[] = {
		{ "a flushed file", flushed_file, 1 << ONES, false },
		{ "a loose file", loose_file,
			1 << NOTHING | 1 << SHORT | 1 << ONES | 1 << MIXED, false },
		{ "written over in place", over_in_place,
			1 << SHORT | 1 << ONES | 1 << TWOS | 1 << MIXED, false },
		{ "replaced after a flush", careful_replacement, 1 << ONES | 1 << TWOS,
			false },
		{ "replaced without one", careless_replacement,
			1 << ONES | 1 << TWOS | 1 << MIXED, false },
		{ "replaced, all flushed", flushed_replacement, 1 << TWOS, false },
		{ "the name flushed, not the bytes", flushed_names_only,
			1 << SHORT | 1 << ONES | 1 << MIXED, false },
		{ "removed", removed, 1 << NOTHING | 1 << ONES, false },
		{ "a disk that lies", lied_to,
			1 << NOTHING | 1 << SHORT | 1 << ONES | 1 << MIXED, true },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		unsigned seen = 0;

		for (uint64_t run = 0; run < RUNS; run++) {
			struct sim_disk *d = begin(run);

			sim_disk_fault(
				d, &(struct sim_disk_faults){ .lying = rows[i].lying });
			rows[i].run();
			sim_disk_crash(d);
			seen |= 1u << look(d, "/d/a");
			end(d);
		}
		EXPECT_EQ(seen, rows[i].must, rows[i].why);
	}
}

TEST(names_survive_in_the_order_in_which_they_were_made)
{
	unsigned some = 0;

	for (uint64_t run = 0; run < RUNS; run++) {
		struct sim_disk *d = begin(run);
		bool a, b, c;

		make("/d/a", ones, false);
		mkdir("/d/b", 0755);
		rename("/d/a", "/d/b/c");
		sim_disk_crash(d);
		a = sim_disk_exists(d, "/d/a");
		b = sim_disk_exists(d, "/d/b");
		c = sim_disk_exists(d, "/d/b/c");
		EXPECT(!c || (b && !a), "a move survives only after what it needs");
		EXPECT(!b || a || c, "and what came before is never lost");
		some |= 1u << (a + 2 * b + 4 * c);
		end(d);
	}
	EXPECT_EQ(some, 1 << 0 | 1 << 1 | 1 << 3 | 1 << 6, "each beginning comes up");
}

TEST(a_flush_takes_along_what_came_before_unless_the_disk_is_loose)
{
	for (unsigned loose = 0; loose < 2; loose++) {
		unsigned lost = 0;

		for (uint64_t run = 0; run < RUNS; run++) {
			struct sim_disk *d = begin(run);

			sim_disk_fault(d, &(struct sim_disk_faults){ .loose = loose });
			EXPECT_EQ(make("/d/a", ones, false), 0, "made");
			EXPECT_EQ(mkdir("/d/e", 0755), 0, "made");
			EXPECT_EQ(make("/d/e/b", twos, true), 0, "made and flushed");
			sim_disk_crash(d);
			EXPECT_EQ(look(d, "/d/e/b"), TWOS, "with all above it");
			lost += !sim_disk_exists(d, "/d/a");
			end(d);
		}
		EXPECT_EQ(lost > 0, loose, "what came before");
	}
}

TEST(a_failed_flush_loses_the_bytes_and_the_next_says_nothing)
{
	struct sim_disk *d = begin(0);
	int fd;

	EXPECT_EQ(make("/d/a", ones, true), 0, "made");
	fd = open("/d/a", O_RDWR | O_CLOEXEC);
	sim_disk_fault(d, &(struct sim_disk_faults){ .sync = { .at = 1 } });
	EXPECT_EQ(pwrite(fd, twos, LONG, 0), LONG, "written over");
	EXPECT(fsync(fd) < 0 && errno == EIO, "the flush fails");
	EXPECT_EQ(fsync(fd), 0, "the next does not");
	EXPECT_EQ(look(d, "/d/a"), TWOS, "programs still see the new bytes");
	sim_disk_crash(d);
	EXPECT_EQ(look(d, "/d/a"), ONES, "the disk never had them");
	EXPECT(fsync(fd) < 0 && errno == EBADF, "a descriptor does not survive");
	end(d);
}

TEST(a_program_that_ends_loses_nothing)
{
	struct sim_disk *d = begin(0);
	int fd;

	EXPECT_EQ(make("/d/a", ones, false), 0, "made");
	fd = open("/d/a", O_RDONLY | O_CLOEXEC);
	sim_disk_end(d);
	EXPECT_EQ(look(d, "/d/a"), ONES, "the file is there");
	EXPECT(close(fd) < 0 && errno == EBADF, "the descriptor is not");
	EXPECT_EQ(sim_disk_open_count(d), 0, "nothing is open");
	end(d);
}

TEST(a_cut_stops_everything_from_its_call_on)
{
	struct sim_disk *d = begin(0);

	sim_disk_cut(d, 3);
	EXPECT_EQ(mkdir("/one", 0755), 0, "the first change");
	EXPECT_EQ(mkdir("/two", 0755), 0, "the second");
	EXPECT(!sim_disk_dead(d), "the power is there");
	EXPECT(mkdir("/three", 0755) < 0 && errno == EIO, "the third fails");
	EXPECT(sim_disk_dead(d), "the power is gone");
	EXPECT(open("/one", O_RDONLY | O_CLOEXEC) < 0 && errno == EIO,
		"nor can anything be read");
	sim_disk_end(d);
	EXPECT(sim_disk_exists(d, "/two"), "what was done is there");
	EXPECT(!sim_disk_exists(d, "/three"), "what was not is not");
	EXPECT_EQ(mkdir("/three", 0755), 0, "and the disk works again");
	end(d);
}

TEST(a_full_disk_takes_what_fits)
{
	struct sim_disk *d = begin(0);
	int fd = open("/d/a", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	sim_disk_fault(d, &(struct sim_disk_faults){ .full = true, .room = 9000 });
	EXPECT_EQ(write(fd, ones, LONG), 8192, "two pages fit");
	EXPECT(write(fd, ones, LONG) < 0 && errno == ENOSPC, "then none");
	EXPECT_EQ(pwrite(fd, twos, 8192, 0), 8192, "what is there can be changed");
	EXPECT_EQ(mkdir("/b", 0755), 0, "a name takes little");
	EXPECT_EQ(mkdir("/c", 0755), 0, "another");
	EXPECT_EQ(mkdir("/e", 0755), 0, "another");
	EXPECT(mkdir("/f", 0755) < 0 && errno == ENOSPC, "but not nothing");
	close(fd);
	sim_disk_fault(d, &(struct sim_disk_faults){ 0 });
	sim_disk_capacity(d, 12288);
	EXPECT_EQ(make("/g", ones, false), -ENOSPC, "a small disk is full as well");
	EXPECT_EQ(unlinkat(AT_FDCWD, "/d/a", 0), 0, "something goes");
	EXPECT_EQ(unlinkat(AT_FDCWD, "/g", 0), 0, "and this");
	EXPECT_EQ(make("/g", ones, false), 0, "then it fits");
	end(d);
}

TEST(a_read_only_disk_can_be_read)
{
	static const struct sim_disk_faults read_only = { .read_only = true };
	struct sim_disk *d = begin(0);
	int fd;

	EXPECT_EQ(make("/d/a", ones, true), 0, "made");
	fd = open("/d/a", O_RDWR | O_CLOEXEC);
	sim_disk_fault(d, &read_only);
	EXPECT(write(fd, twos, 1) < 0 && errno == EROFS, "not written");
	EXPECT(open("/d/a", O_RDWR | O_CLOEXEC) < 0 && errno == EROFS, "not opened");
	EXPECT(mkdir("/b", 0755) < 0 && errno == EROFS, "nothing made");
	EXPECT(mkdir("/d", 0755) < 0 && errno == EEXIST, "what is there is there");
	EXPECT(rename("/d/a", "/d/b") < 0 && errno == EROFS, "nothing renamed");
	EXPECT(unlinkat(AT_FDCWD, "/d/a", 0) < 0 && errno == EROFS, "nor removed");
	EXPECT(fchmod(fd, 0600) < 0 && errno == EROFS, "nor dressed");
	EXPECT_EQ(look(d, "/d/a"), ONES, "it can be read");
	close(fd);
	end(d);
}

TEST(calls_fail_when_they_are_told_to)
{
	struct sim_disk *d = begin(0);
	unsigned failed = 0;
	char buffer[1];
	int fd;

	EXPECT_EQ(make("/d/a", ones, true), 0, "made");
	fd = open("/d/a", O_RDWR | O_CLOEXEC);
	sim_disk_fault(d,
		&(struct sim_disk_faults){ .read = { .at = 2 }, .write = { .at = 1 } });
	EXPECT_EQ(read(fd, buffer, 1), 1, "the first read");
	EXPECT(read(fd, buffer, 1) < 0 && errno == EIO, "the second fails");
	EXPECT_EQ(read(fd, buffer, 1), 1, "the third does not");
	EXPECT(write(fd, twos, 1) < 0 && errno == EIO, "the first write fails");
	EXPECT_EQ(write(fd, ones, 1), 1, "the second does not");
	sim_disk_fault(d, &(struct sim_disk_faults){ .read = { .ppm = 250000 } });
	for (unsigned i = 0; i < 1000; i++)
		failed += pread(fd, buffer, 1, 0) < 0;
	EXPECT(failed > 180 && failed < 320, "one in four by luck");
	close(fd);
	end(d);
}

TEST(a_clone_goes_its_own_way)
{
	struct sim_disk *d = begin(0), *other;
	struct hash a, b;
	size_t n, m;

	EXPECT_EQ(make("/d/a", ones, false), 0, "made");
	other = sim_disk_clone(d, 7);
	a = sim_disk_digest(d, "/", &n);
	b = sim_disk_digest(other, "/", &m);
	EXPECT(id_equal(&a, &b) && n == m && n == 2, "they are alike");
	sim_disk_crash(other);
	EXPECT_EQ(look(other, "/d/a"), ONES, "a clone is flushed");
	sim_disk_write(other, "/d/a", bytes_of(twos, LONG), 0644, 5);
	EXPECT_EQ(look(d, "/d/a"), ONES, "the first does not notice");
	EXPECT_EQ(look(other, "/d/a"), TWOS, "the second has changed");
	sim_disk_free(other);
	end(d);
}

TEST(one_seed_gives_one_crash)
{
	struct hash h[2];
	size_t count;

	for (int i = 0; i < 2; i++) {
		struct sim_disk *d = begin(9);
		struct rng_seeded state;
		struct rng rng = rng_seeded_init(&state, test_seed());

		sim_disk_fill(d, "/d", &rng, 40, 400000);
		sim_disk_sync(d);
		sim_disk_edit(d, "/d", &rng, 40);
		sim_disk_crash(d);
		h[i] = sim_disk_digest(d, "/d", &count);
		end(d);
	}
	EXPECT(id_equal(&h[0], &h[1]), "twice the same");
}
