/* SPDX-License-Identifier: ISC */
/* What a program may expect of a file system, asked by the calls themselves. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "node/base/text.h"
#include "sim/disk/sim_disk.h"
#include "tests/test.h"

static struct sim_disk *disk;

static void begin(void)
{
	disk = sim_disk_new(1);
	sim_disk_now(disk, 1700000000123456789);
	sim_disk_enter(disk);
	EXPECT_EQ(mkdir("/d", 0755), 0, "a directory is made");
}

static void end(void)
{
	EXPECT_EQ(sim_disk_open_count(disk), 0, "nothing is left open");
	sim_disk_leave();
	sim_disk_free(disk);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	EXPECT(fd >= 0, "a file is opened");
	EXPECT_EQ(write(fd, text, strlen(text)), strlen(text), "it is written");
	EXPECT_EQ(close(fd), 0, "it is closed");
}

/* NULL: it is not there, or not a file. */
static const char *get(const char *path)
{
	static char text[64];
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? NULL : text;
}

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

static uint64_t ino_of(const char *path)
{
	struct stat st;

	EXPECT_EQ(fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW), 0, "it is there");
	return st.st_ino;
}

static void close_any(long fd)
{
	if (fd >= 0)
		close((int)fd);
}

TEST(a_file_holds_what_was_written)
{
	char buffer[8];
	struct stat st;
	int fd;

	begin();
	put("/d/a", "hello");
	EXPECT_STRING(get("/d/a"), "hello", "it is read back");
	fd = open("/d/a", O_RDWR | O_CLOEXEC);
	EXPECT_EQ(pwrite(fd, "J", 1, 0), 1, "a byte is written over");
	EXPECT_EQ(pwrite(fd, "!", 1, 9000), 1, "a byte far behind the end");
	EXPECT_EQ(fstat(fd, &st), 0, "it is looked at");
	EXPECT_EQ(st.st_size, 9001, "it has grown");
	EXPECT_EQ(st.st_mtim.tv_sec, 1700000000, "its time is the disk's clock");
	EXPECT_EQ(st.st_mtim.tv_nsec, 123456789, "to the nanosecond");
	EXPECT_EQ(pread(fd, buffer, 6, 0), 6, "its beginning is read");
	EXPECT_BYTES(bytes_of(buffer, 6), bytes_of("Jello\0", 6), "zeros follow");
	EXPECT_EQ(lseek(fd, 0, SEEK_HOLE), 4096, "a page of data, then a hole");
	EXPECT_EQ(lseek(fd, 4096, SEEK_DATA), 8192, "data begin behind it");
	EXPECT_EQ(error_of(lseek(fd, 9001, SEEK_DATA)), ENXIO, "none behind the end");
	EXPECT_EQ(ftruncate(fd, 2), 0, "it is cut");
	EXPECT_EQ(ftruncate(fd, 4), 0, "it grows again");
	EXPECT_EQ(pread(fd, buffer, 8, 0), 4, "it has four bytes");
	EXPECT_BYTES(bytes_of(buffer, 4), bytes_of("Je\0\0", 4), "what was cut is zero");
	close(fd);
	end();
}

TEST(opening_refuses_what_it_should)
{
	static const struct {
		const char *why, *path;
		int flags, error;
	} rows[] = {
		{ "nothing is there", "/d/none", O_RDONLY, ENOENT },
		{ "it is there already", "/d/a", O_WRONLY | O_CREAT | O_EXCL, EEXIST },
		{ "a link is there", "/d/loose", O_WRONLY | O_CREAT | O_EXCL, EEXIST },
		{ "a link is not followed", "/d/link", O_RDONLY | O_NOFOLLOW, ELOOP },
		{ "a link to nothing", "/d/loose", O_RDONLY, ENOENT },
		{ "a link to itself", "/d/self", O_RDONLY, ELOOP },
		{ "no directory", "/d/a", O_RDONLY | O_DIRECTORY, ENOTDIR },
		{ "no directory on the way", "/d/a/b", O_RDONLY, ENOTDIR },
		{ "a directory is not written", "/d", O_WRONLY, EISDIR },
		{ "no directory above", "/x/y", O_WRONLY | O_CREAT, ENOENT },
	};

	begin();
	put("/d/a", "x");
	EXPECT_EQ(symlinkat("a", AT_FDCWD, "/d/link"), 0, "a link");
	EXPECT_EQ(symlinkat("none", AT_FDCWD, "/d/loose"), 0, "a loose link");
	EXPECT_EQ(symlinkat("self", AT_FDCWD, "/d/self"), 0, "a link to itself");
	for (size_t i = 0; i < array_len(rows); i++) {
		int fd = open(rows[i].path, rows[i].flags | O_CLOEXEC, 0600);

		EXPECT_EQ(error_of(fd), rows[i].error, rows[i].why);
	}
	close_any(open("/d/link", O_RDONLY | O_CLOEXEC));
	EXPECT(get("/d/a") != NULL, "all this changed nothing");
	end();
}

TEST(openat2_keeps_to_its_walls)
{
	static const struct {
		const char *why, *path;
		uint64_t resolve;
		int error;
	} rows[] = {
		{ "below", "b/c", RESOLVE_BENEATH, 0 },
		{ "up and down again inside", "b/../b/c", RESOLVE_BENEATH, 0 },
		{ "above the start", "../d", RESOLVE_BENEATH, EXDEV },
		{ "from the root", "/d/b/c", RESOLVE_BENEATH, EXDEV },
		{ "a link out", "out", RESOLVE_BENEATH, EXDEV },
		{ "a link from the root", "absolute", RESOLVE_BENEATH, EXDEV },
		{ "a link inside", "in", RESOLVE_BENEATH, 0 },
		{ "no links at all", "in", RESOLVE_NO_SYMLINKS, ELOOP },
		{ "no links on the way", "way/c", RESOLVE_NO_SYMLINKS, ELOOP },
		{ "links on the way", "way/c", RESOLVE_BENEATH, 0 },
	};
	int dir;

	begin();
	mkdir("/d/b", 0755);
	put("/d/b/c", "x");
	dir = open("/d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	EXPECT_EQ(symlinkat("../d/b/c", dir, "out"), 0, "a link");
	EXPECT_EQ(symlinkat("/d/b/c", dir, "absolute"), 0, "a link");
	EXPECT_EQ(symlinkat("b/c", dir, "in"), 0, "a link");
	EXPECT_EQ(symlinkat("b", dir, "way"), 0, "a link");
	for (size_t i = 0; i < array_len(rows); i++) {
		struct open_how how = { .flags = O_RDONLY | O_CLOEXEC,
			.resolve = rows[i].resolve };
		long fd = syscall(SYS_openat2, dir, rows[i].path, &how, sizeof(how));

		EXPECT_EQ(error_of(fd), rows[i].error, rows[i].why);
		close_any(fd);
	}
	close(dir);
	end();
}

TEST(renaming_keeps_the_rules)
{
	static const struct {
		const char *why, *from, *to;
		unsigned flags;
		int error;
	} rows[] = {
		{ "replaces a file", "/d/a", "/d/b", 0, 0 },
		{ "does not replace when told so", "/d/a", "/d/b", RENAME_NOREPLACE,
			EEXIST },
		{ "swaps two files", "/d/a", "/d/b", RENAME_EXCHANGE, 0 },
		{ "swaps a file and a directory", "/d/a", "/d/e", RENAME_EXCHANGE, 0 },
		{ "cannot swap with nothing", "/d/a", "/d/x", RENAME_EXCHANGE, ENOENT },
		{ "nothing is there", "/d/x", "/d/y", 0, ENOENT },
		{ "no directory over a file", "/d/e", "/d/a", 0, ENOTDIR },
		{ "no file over a directory", "/d/a", "/d/e", 0, EISDIR },
		{ "a directory over an empty one", "/d/f", "/d/e", 0, 0 },
		{ "no directory over a full one", "/d/e", "/d/f", 0, ENOTEMPTY },
		{ "no directory into itself", "/d/f", "/d/f/g", 0, EINVAL },
		{ "nor by a swap", "/d/f", "/d/f/c", RENAME_EXCHANGE, EINVAL },
		{ "nor by a swap from below", "/d/f/c", "/d/f", RENAME_EXCHANGE, EINVAL },
		{ "not over what it is in", "/d/f/c", "/d/f", 0, ENOTEMPTY },
		{ "a name to itself", "/d/a", "/d/a", 0, 0 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t from = 0, to = 0;
		int got;

		begin();
		put("/d/a", "a");
		put("/d/b", "b");
		mkdir("/d/e", 0755);
		mkdir("/d/f", 0755);
		mkdir("/d/f/c", 0755);
		if (rows[i].error == 0) {
			from = ino_of(rows[i].from);
			to = ino_of(rows[i].to);
		}
		got = renameat2(
			AT_FDCWD, rows[i].from, AT_FDCWD, rows[i].to, rows[i].flags);
		EXPECT_EQ(error_of(got), rows[i].error, rows[i].why);
		if (rows[i].error == 0)
			EXPECT_EQ(ino_of(rows[i].to), from, "it has its new name");
		if (rows[i].flags == RENAME_EXCHANGE && rows[i].error == 0)
			EXPECT_EQ(ino_of(rows[i].from), to, "the other has the old one");
		end();
	}
}

TEST(what_is_open_lives_without_a_name)
{
	char buffer[4];
	int fd, again;
	uint64_t ino;

	begin();
	put("/d/a", "old");
	put("/d/b", "new");
	fd = open("/d/a", O_RDONLY | O_CLOEXEC);
	ino = ino_of("/d/a");
	EXPECT_EQ(renameat(AT_FDCWD, "/d/b", AT_FDCWD, "/d/a"), 0, "it is replaced");
	EXPECT_EQ(pread(fd, buffer, 3, 0), 3, "it can still be read");
	EXPECT_BYTES(bytes_of(buffer, 3), bytes_of("old", 3), "as it was");
	put("/d/c", "x");
	EXPECT(ino_of("/d/c") != ino, "its number is not given away");
	again = dup(fd);
	close(fd);
	EXPECT_EQ(pread(again, buffer, 3, 0), 3, "a second descriptor keeps it");
	EXPECT_EQ(error_of(pread(fd, buffer, 3, 0)), EBADF, "the closed one is dead");
	close(again);
	put("/d/e", "x");
	EXPECT_EQ(ino_of("/d/e"), ino, "then the number is used again");
	end();
}

TEST(removing_keeps_the_rules)
{
	int dir;

	begin();
	mkdir("/d/e", 0755);
	put("/d/e/f", "x");
	EXPECT_EQ(error_of(unlinkat(AT_FDCWD, "/d/e", AT_REMOVEDIR)), ENOTEMPTY,
		"a full directory stays");
	EXPECT_EQ(error_of(unlinkat(AT_FDCWD, "/d/e", 0)), EISDIR, "is no file");
	EXPECT_EQ(error_of(unlinkat(AT_FDCWD, "/d/e/f", AT_REMOVEDIR)), ENOTDIR,
		"a file is no directory");
	EXPECT_EQ(unlinkat(AT_FDCWD, "/d/e/f", 0), 0, "a file goes");
	dir = open("/d/e", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	EXPECT_EQ(unlinkat(AT_FDCWD, "/d/e", AT_REMOVEDIR), 0, "an empty one goes");
	EXPECT_EQ(error_of(mkdirat(dir, "g", 0755)), ENOENT, "and takes nothing in");
	close(dir);
	EXPECT_EQ(error_of(linkat(AT_FDCWD, "/d", AT_FDCWD, "/l", 0)), EPERM,
		"a directory has one name");
	put("/a", "x");
	EXPECT_EQ(linkat(AT_FDCWD, "/a", AT_FDCWD, "/b", 0), 0, "a file may have two");
	EXPECT_EQ(ino_of("/a"), ino_of("/b"), "of one inode");
	EXPECT_EQ(error_of(linkat(AT_FDCWD, "/a", AT_FDCWD, "/b", 0)), EEXIST,
		"a link never replaces");
	end();
}

TEST(looks_are_set_and_seen)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
		{ .tv_sec = -5, .tv_nsec = 7 } };
	char target[16], path[64];
	struct statx x;
	int fd;

	begin();
	EXPECT_EQ(symlinkat("where to", AT_FDCWD, "/l"), 0, "a link");
	EXPECT_EQ(utimensat(AT_FDCWD, "/l", times, AT_SYMLINK_NOFOLLOW), 0, "its time");
	EXPECT_EQ(readlinkat(AT_FDCWD, "/l", target, sizeof(target)), 8, "its target");
	fd = open("/l", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	EXPECT_EQ(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &x), 0,
		"a descriptor of the link itself");
	EXPECT_EQ(x.stx_mtime.tv_sec, -5, "a time before 1970");
	EXPECT_EQ(x.stx_mtime.tv_nsec, 7, "with its nanoseconds");
	EXPECT(x.stx_mask & STATX_BTIME, "and a birth");
	close(fd);
	put("/a", "x");
	fd = open("/a", O_PATH | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	EXPECT_EQ(chmod(path, 0600), 0, "a mode through the descriptor's link");
	EXPECT_EQ(statx(AT_FDCWD, "/a", 0, STATX_BASIC_STATS, &x), 0, "it is looked at");
	EXPECT_EQ(x.stx_mode, S_IFREG | 0600, "it is set");
	close(fd);
	end();
}

TEST(a_directory_is_listed_in_order)
{
	char names[64];
	struct text t = text_of(names, sizeof(names));
	struct dirent *e;
	DIR *d;

	begin();
	put("/d/c", "x");
	put("/d/a", "x");
	put("/d/b", "x");
	d = fdopendir(open("/d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	EXPECT(d != NULL, "it is opened");
	for (int i = 0; i < 2; i++, rewinddir(d))
		while ((e = readdir(d)) != NULL)
			text_string(&t, e->d_name);
	EXPECT_STRING(names, "...cab...cab", "each name once, as they were made");
	closedir(d);
	end();
}

TEST(a_lease_is_given_while_nobody_writes)
{
	int reader, writer;

	begin();
	put("/a", "x");
	reader = open("/a", O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(fcntl(reader, F_SETLEASE, F_RDLCK), 0, "nobody writes");
	writer = open("/a", O_WRONLY | O_CLOEXEC);
	EXPECT_EQ(error_of(fcntl(reader, F_SETLEASE, F_RDLCK)), EAGAIN, "one does");
	close(writer);
	close(reader);
	end();
}

TEST(two_disks_and_the_real_one_are_apart)
{
	struct sim_disk *other = sim_disk_new(2);
	struct stat st;

	begin();
	put("/a", "x");
	sim_disk_leave();
	sim_disk_enter(other);
	EXPECT(get("/a") == NULL, "one disk knows nothing of another");
	sim_disk_leave();
	EXPECT_EQ(stat("/proc/self/status", &st), 0, "outside, paths are the kernel's");
	sim_disk_enter(disk);
	EXPECT_EQ(
		error_of(stat("/proc/self/status", &st)), ENOENT, "inside they are not");
	end();
	sim_disk_free(other);
}
