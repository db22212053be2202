/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "tests/unit/sync/disk/world.h"

static void both(struct world *a, struct world *b)
{
	world_init(a);
	world_init(b);
}

static void done(struct world *a, struct world *b)
{
	expect_same_trees(a, b);
	EXPECT_EQ(settle(b), 0, "what was applied is not taken for an edit");
	world_fini(a);
	world_fini(b);
}

TEST(a_tree_with_hard_names_arrives_as_it_was)
{
	struct world a, b;
	char longest[256];
	struct timespec times[2] = { { 1, 0 }, { 1234567890, 123456789 } };

	both(&a, &b);
	memset(longest, 'n', 255);
	longest[255] = '\0';
	write_text(&a, longest, "longest");
	write_text(&a, "new\nline", "1");
	write_text(&a, "quo'te\"s", "2");
	write_text(&a, "-rf", "3");
	write_text(&a, "trailing ", "4");
	write_text(&a, "\xf0\x9f\x90\x8c emoji", "5");
	write_text(&a, "back\\slash", "6");
	write_text(&a, "empty", "");
	make_directory(&a, "empty directory");
	make_directory(&a, "...");
	write_text(&a, ".../f", "x");
	make_link(&a, "link", "/nowhere at all");
	make_link(&a, "loop", "loop");
	chmod(full_path(&a, "-rf"), 0750);
	chmod(full_path(&a, "..."), 0711);
	utimensat(AT_FDCWD, full_path(&a, "new\nline"), times, 0);
	utimensat(AT_FDCWD, full_path(&a, "link"), times, AT_SYMLINK_NOFOLLOW);
	EXPECT_EQ(replicate(&a, &b), 13, "thirteen items travel");
	done(&a, &b);
}

TEST(changes_of_every_kind_arrive)
{
	struct world a, b;

	both(&a, &b);
	make_directory(&a, "d");
	make_directory(&a, "d/e");
	write_text(&a, "d/e/f", "one");
	write_text(&a, "x", "x");
	write_text(&a, "y", "y");
	write_text(&a, "z", "z");
	make_link(&a, "l", "x");
	replicate(&a, &b);
	expect_same_trees(&a, &b);
	write_text(&a, "x", "x, changed");
	rename_path(&a, "y", "d/y2");
	write_text(&a, "d/y2", "moved and changed");
	remove_path(&a, "z");
	remove_path(&a, "l");
	make_link(&a, "l", "elsewhere");
	chmod(full_path(&a, "d/e/f"), 0400);
	replicate(&a, &b);
	expect_same_trees(&a, &b);
	rename_path(&a, "d", "renamed");
	make_directory(&a, "top");
	rename_path(&a, "renamed", "top/below");
	replicate(&a, &b);
	expect_same_trees(&a, &b);
	remove_path(&a, "top");
	replicate(&a, &b);
	EXPECT(!exists(&b, "top"), "a directory goes with all that is in it");
	done(&a, &b);
}

TEST(names_that_change_hands_in_a_circle_arrive)
{
	struct world a, b;

	both(&a, &b);
	write_text(&a, "1", "one");
	write_text(&a, "2", "two");
	write_text(&a, "3", "three");
	make_directory(&a, "d1");
	make_directory(&a, "d2");
	write_text(&a, "d1/in", "in d1");
	replicate(&a, &b);
	rename_path(&a, "1", "t");
	rename_path(&a, "3", "1");
	rename_path(&a, "2", "3");
	rename_path(&a, "t", "2");
	rename_path(&a, "d1", "t");
	rename_path(&a, "d2", "d1");
	rename_path(&a, "t", "d2");
	EXPECT_EQ(replicate(&a, &b), 5, "as five moves");
	EXPECT(has_text(&b, "1", "three") && has_text(&b, "d2/in", "in d1"),
		"all arrived");
	done(&a, &b);
}

TEST(what_lies_in_a_read_only_directory_arrives)
{
	struct world a, b;
	struct job *j;

	both(&a, &b);
	make_directory(&a, "d");
	write_text(&a, "d/f", "one");
	write_text(&a, "d/g", "one");
	chmod(full_path(&a, "d"), 0555);
	replicate(&a, &b);
	expect_same_trees(&a, &b);
	chmod(full_path(&a, "d"), 0755);
	write_text(&a, "d/f", "two, longer");
	remove_path(&a, "d/g");
	chmod(full_path(&a, "d"), 0555);
	replicate(&a, &b);
	j = scan(&b);
	EXPECT_EQ(j->scan_count, 0, "and the directory is as it was");
	job_free(j);
	done(&a, &b);
}

TEST(a_deep_tree_arrives)
{
	enum { DEEP = 60 };
	struct world a, b;

	both(&a, &b);
	/* Longer in all than a path may be: made one step at a time. */
	int fd = open(a.dir, O_RDONLY | O_DIRECTORY);

	for (unsigned i = 0; i < DEEP; i++) {
		char name[101];
		int next;

		memset(name, 'a' + (int)(i % 26), 100);
		name[100] = '\0';
		EXPECT_EQ(mkdirat(fd, name, 0755), 0, "a step down is made");
		next = openat(fd, name, O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
	}
	close(openat(fd, "at the bottom", O_WRONLY | O_CREAT, 0644));
	close(fd);
	EXPECT_EQ(replicate(&a, &b), DEEP + 1, "every level travels");
	done(&a, &b);
}

TEST(a_sparse_file_stays_sparse)
{
	struct world a, b;
	struct stat st;
	struct job *j;
	int fd;

	both(&a, &b);
	fd = open(full_path(&a, "sparse"), O_WRONLY | O_CREAT, 0644);
	EXPECT_EQ(ftruncate(fd, 1 << 30), 0, "a gigabyte of nothing");
	EXPECT_EQ(pwrite(fd, "middle", 6, 600000001), 6, "with something in it");
	EXPECT_EQ(pwrite(fd, "end", 3, (1 << 30) - 3), 3, "and at its end");
	close(fd);
	replicate(&a, &b);
	EXPECT_EQ(stat(full_path(&b, "sparse"), &st), 0, "it arrived");
	EXPECT(st.st_blocks < 2048, "and takes less than a megabyte");
	/* Stored zeros and holes are one content. */
	fd = open(full_path(&b, "sparse"), O_WRONLY);
	EXPECT_EQ(posix_fallocate(fd, 0, 1 << 20), 0, "a part is allocated");
	close(fd);
	utimensat(AT_FDCWD, full_path(&b, "sparse"),
		(struct timespec[2]){ st.st_atim, st.st_mtim }, 0);
	j = scan(&b);
	EXPECT_EQ(j->scan_count, 0, "which changes nothing");
	job_free(j);
	done(&a, &b);
}

TEST(a_file_of_many_chunks_arrives)
{
	struct world a, b;
	struct rng rng = test_rng();
	size_t len = 5 * 1000 * 1000 + 17;
	uint8_t *data = mem_new(len);

	both(&a, &b);
	rng_fill(&rng, data, len);
	write_file(&a, "big", data, len);
	replicate(&a, &b);
	expect_same_trees(&a, &b);
	memmove(data + 1000, data + 900, len - 1000);
	write_file(&a, "big", data, len);
	write_file(&a, "copy", data, len);
	replicate(&a, &b);
	mem_free(data);
	done(&a, &b);
}

/* ---- refusals ---- */

/* Item for b of a's file `name`, as a's next version of it. */
static struct apply_item next_version(struct world *a, struct world *b, const char *name)
{
	struct job *j = scan(a);
	struct hash v = version_of(a->versions + 1000);
	struct apply_item item = apply_of(find_item(j, name), &v);

	EXPECT(copy_objects(a, b, item.content_depth, &item.content),
		"its objects travel");
	job_free(j);
	return item;
}

TEST(an_edit_here_makes_a_version_from_there_stale)
{
	struct world a, b;
	struct apply_item item;

	both(&a, &b);
	write_text(&a, "f", "one");
	replicate(&a, &b);
	write_text(&a, "f", "from there");
	item = next_version(&a, &b, "f");
	write_text(&b, "f", "an edit here");
	EXPECT_EQ(apply_one(&b, &item), -ESTALE, "the edit is noticed");
	EXPECT(has_text(&b, "f", "an edit here"), "and stays");
	item.deleted = true;
	EXPECT_EQ(apply_one(&b, &item), -ESTALE, "also by a deletion");
	settle(&b);
	EXPECT_EQ(apply_one(&b, &item), -ESTALE, "and after it was published");
	EXPECT(has_text(&b, "f", "an edit here"), "and stays");
	world_fini(&a);
	world_fini(&b);
}

TEST(a_place_that_is_taken_is_not_overwritten)
{
	struct world a, b;
	struct apply_item item;

	both(&a, &b);
	settle(&b);
	write_text(&a, "f", "from there");
	item = next_version(&a, &b, "f");
	write_text(&b, "f", "unknown here");
	EXPECT_EQ(apply_one(&b, &item), -ESTALE, "an unknown file has the place");
	EXPECT(has_text(&b, "f", "unknown here"), "and keeps it");
	settle(&b);
	EXPECT_EQ(apply_one(&b, &item), -EEXIST, "a known one as well");
	EXPECT(has_text(&b, "f", "unknown here"), "and keeps it");
	world_fini(&a);
	world_fini(&b);
}

TEST(the_same_file_found_here_gets_its_id_from_there)
{
	struct world a, b;
	struct timespec long_ago[2] = { { 1000, 0 }, { 1000, 7 } };
	struct apply_item d, f;
	struct job *j;

	both(&a, &b);
	make_directory(&a, "d");
	make_directory(&b, "d");
	write_text(&a, "d/f", "the same");
	write_text(&b, "d/f", "the same");
	utimensat(AT_FDCWD, full_path(&b, "d/f"), long_ago, 0);
	d = next_version(&a, &b, "d");
	f = next_version(&a, &b, "f");
	job_free(scan(&b));
	EXPECT_EQ(apply_one(&b, &d), 0, "the directory is merged");
	EXPECT_EQ(apply_one(&b, &f), 0, "and the file");
	j = scan(&b);
	EXPECT_EQ(j->scan_count, 0, "nothing is left to tell");
	job_free(j);
	world_fini(&a);
	world_fini(&b);
}

TEST(names_from_others_never_leave_the_folder)
{
	static const struct {
		const char *why, *name;
		uint8_t len;
	} rows[] = {
		{ "up", "..", 2 },
		{ "here", ".", 1 },
		{ "a path", "a/b", 3 },
		{ "an absolute path", "/etc/x", 6 },
		{ "nothing", "", 0 },
		{ "a zero", "a\0b", 3 },
		{ "our own directory", ".qanat", 6 },
		{ "not UTF-8", "\xff", 1 },
	};
	struct world w;

	world_init(&w);
	settle(&w);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct apply_item item = { .file = { { 7 } },
			.version = version_of(1),
			.kind = ENTRY_DIRECTORY,
			.mode = 0755,
			.name_len = rows[i].len };

		memcpy(item.name, rows[i].name, rows[i].len);
		EXPECT_EQ(apply_one(&w, &item), -EINVAL, rows[i].why);
	}
	world_fini(&w);
}

TEST(a_directory_swapped_for_a_link_leads_nowhere)
{
	struct world a, b, outside;
	struct apply_item item;

	both(&a, &b);
	world_init(&outside);
	make_directory(&a, "d");
	write_text(&a, "d/f", "one");
	replicate(&a, &b);
	write_text(&a, "d/f", "two!");
	item = next_version(&a, &b, "f");
	rename_path(&b, "d", "moved away");
	make_link(&b, "d", outside.dir);
	write_text(&outside, "f", "tripwire");
	EXPECT_EQ(apply_one(&b, &item), -ESTALE, "the link is not entered");
	EXPECT(has_text(&outside, "f", "tripwire"), "what lies behind it is untouched");
	item.deleted = true;
	EXPECT(apply_one(&b, &item) != 0, "nor does a deletion go there");
	EXPECT(has_text(&outside, "f", "tripwire"), "what lies behind it is untouched");
	world_fini(&a);
	world_fini(&b);
	world_fini(&outside);
}

TEST(what_is_missing_or_wrong_leaves_the_old_version)
{
	struct world a, b;
	struct apply_item item, bad;

	both(&a, &b);
	write_text(&a, "f", "one");
	replicate(&a, &b);
	write_text(&a, "f", "from there");
	item = next_version(&a, &b, "f");
	bad = item;
	bad.content.b[0] ^= 1;
	EXPECT_EQ(apply_one(&b, &bad), -ENOENT, "an object is missing");
	bad = item;
	bad.size++;
	EXPECT_EQ(apply_one(&b, &bad), -EBADMSG, "the size is not the content's");
	bad = item;
	bad.content_depth = 2;
	EXPECT_EQ(apply_one(&b, &bad), -EBADMSG, "a chunk is no manifest");
	bad = item;
	bad.parent.b[0] ^= 1;
	EXPECT_EQ(apply_one(&b, &bad), -ENOENT, "the parent is missing");
	EXPECT(has_text(&b, "f", "one"), "the old version stays");
	EXPECT_EQ(apply_one(&b, &item), 0, "and the right one comes");
	EXPECT_EQ(apply_one(&b, &item), 0, "twice is once");
	EXPECT(has_text(&b, "f", "from there"), "it is there");
	world_fini(&a);
	world_fini(&b);
}

TEST(a_file_open_for_writing_waits)
{
	struct world a, b;
	struct apply_item item;
	int fd;

	both(&a, &b);
	write_text(&a, "f", "one");
	replicate(&a, &b);
	write_text(&a, "f", "from there");
	item = next_version(&a, &b, "f");
	fd = open(full_path(&b, "f"), O_WRONLY | O_APPEND);
	EXPECT_EQ(apply_one(&b, &item), -EBUSY, "somebody may still write");
	EXPECT(has_text(&b, "f", "one"), "his file stays where it is");
	EXPECT_EQ(write(fd, " more", 5), 5, "what he writes");
	close(fd);
	EXPECT(has_text(&b, "f", "one more"), "is not lost");
	EXPECT_EQ(apply_one(&b, &item), -ESTALE, "and is a version of its own");
	world_fini(&a);
	world_fini(&b);
}

TEST(a_directory_with_something_unknown_stays)
{
	struct world a, b;
	struct apply_item item;

	both(&a, &b);
	make_directory(&a, "d");
	replicate(&a, &b);
	write_text(&b, "d/mine", "unknown");
	remove_path(&a, "d");
	item = next_version(&a, &b, "d");
	EXPECT_EQ(apply_one(&b, &item), -ENOTEMPTY, "it is not empty");
	EXPECT(has_text(&b, "d/mine", "unknown"), "and keeps what it has");
	world_fini(&a);
	world_fini(&b);
}

TEST(a_replaced_version_in_conflict_can_still_be_had)
{
	struct world a, b;
	struct job *j;
	struct apply_item item;
	struct hash old;

	both(&a, &b);
	write_text(&a, "f", "the version that is replaced");
	j = scan(&a);
	old = find_item(j, "f")->content;
	job_free(j);
	replicate(&a, &b);
	write_text(&a, "f", "from there");
	item = next_version(&a, &b, "f");
	item.keep_old = true;
	EXPECT_EQ(apply_one(&b, &item), 0, "it is applied");
	j = new_job(&b, JOB_OBJECT_GET);
	j->object = old;
	disk_run(b.disk, j);
	EXPECT_EQ(j->result, 0, "the old content is kept");
	job_free(j);
	world_fini(&a);
	world_fini(&b);
}

TEST(a_directory_goes_only_after_what_the_index_knows_to_be_in_it)
{
	struct world a;
	struct apply_item d, f;
	struct job *j;

	world_init(&a);
	make_directory(&a, "d");
	write_text(&a, "d/f", "x");
	j = scan(&a);
	d = apply_of(find_item(j, "d"), &(struct hash){ { 0 } });
	f = apply_of(find_item(j, "f"), &(struct hash){ { 0 } });
	d.replaces = version_of(a.versions + 1);
	f.replaces = version_of(a.versions + 2);
	adopt_items(&a, j);
	job_free(j);
	d.deleted = f.deleted = true;
	remove_path(&a, "d/f");
	EXPECT_EQ(apply_one(&a, &d), -ENOTEMPTY, "nobody was told yet that f is gone");
	EXPECT_EQ(apply_one(&a, &f), -ESTALE, "it is not where it was");
	EXPECT_EQ(settle(&a), 1, "now it is told");
	EXPECT_EQ(apply_one(&a, &d), 0, "and the directory may go");
	EXPECT(!exists(&a, "d"), "it is gone");
	EXPECT_EQ(settle(&a), 0, "which is not taken for an edit");
	world_fini(&a);
}
