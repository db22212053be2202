/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/sync/disk/world.h"

TEST(a_scan_tells_new_files_directories_and_links)
{
	struct world w;
	struct job *j;
	const struct scan_item *d, *f, *l;

	world_init(&w);
	make_directory(&w, "d");
	write_text(&w, "d/f", "hello");
	make_link(&w, "l", "d/f");
	write_text(&w, "empty", "");
	j = scan(&w);
	EXPECT_EQ(j->result, 0, "the scan succeeds");
	EXPECT_EQ(j->scan_count, 4, "four items are new");
	EXPECT_EQ(j->scan_files, 2, "two regular files are counted");
	EXPECT_EQ(j->scan_bytes, 5, "with their bytes");
	EXPECT_EQ(j->error_count, 0, "nothing is wrong");
	d = find_item(j, "d");
	f = find_item(j, "f");
	l = find_item(j, "l");
	EXPECT(d != NULL && f != NULL && l != NULL && d < f,
		"a directory before its content");
	EXPECT(id_equal(&f->parent, &d->file), "the file lies in the directory");
	EXPECT_EQ(f->change, SCAN_NEW, "it is new");
	EXPECT_EQ(f->content_depth, 1, "small content is one chunk");
	EXPECT_EQ(l->kind, ENTRY_SYMLINK, "a link is a link");
	EXPECT_EQ(l->size, 3, "its content is its target");
	EXPECT_EQ(find_item(j, "empty")->content_depth, 0, "nothing has no content");
	job_free(j);
	world_fini(&w);
}

TEST(what_was_told_and_not_adopted_keeps_its_ids)
{
	struct world w;
	struct job *a, *b, *c;

	world_init(&w);
	write_text(&w, "x", "one");
	a = scan(&w);
	world_reopen(&w);
	rename_path(&w, "x", "y");
	b = scan(&w);
	EXPECT_EQ(b->scan_count, 1, "it is told again");
	EXPECT_EQ(b->scan_items[0].change, SCAN_NEW, "still as new");
	EXPECT(id_equal(&a->scan_items[0].file, &b->scan_items[0].file),
		"under its first id");
	adopt_items(&w, b);
	c = scan(&w);
	job_free(c);
	c = scan(&w);
	adopt_items(&w, c);
	EXPECT_EQ(settle(&w), 0, "after that nothing is new");
	job_free(a);
	job_free(b);
	job_free(c);
	world_fini(&w);
}

TEST(what_changes_between_telling_and_adopting_is_told_once_more)
{
	struct world w;
	struct job *a, *b, *c;

	world_init(&w);
	write_text(&w, "x", "one");
	a = scan(&w);
	write_text(&w, "x", "two, longer");
	b = scan(&w);
	adopt_items(&w, a);
	c = scan(&w);
	EXPECT_EQ(c->scan_count, 1, "the second change is not lost");
	EXPECT_EQ(c->scan_items[0].change, SCAN_CHANGED, "it changes what was adopted");
	EXPECT_EQ(c->scan_items[0].size, 11, "and is the newest");
	job_free(a);
	job_free(b);
	job_free(c);
	world_fini(&w);
}

static struct job *settled_then(struct world *w, void (*change)(const struct world *))
{
	make_directory(w, "d");
	make_directory(w, "d/e");
	write_text(w, "d/e/deep", "deep");
	write_text(w, "a", "content of a");
	write_text(w, "b", "content of b");
	settle(w);
	change(w);
	return scan(w);
}

static void change_content(const struct world *w)
{
	write_text(w, "a", "other content");
}

static void change_mode(const struct world *w)
{
	chmod(full_path(w, "a"), 0600);
}

static void rename_a_file(const struct world *w)
{
	rename_path(w, "a", "d/e/a2");
}

static void rename_a_directory(const struct world *w)
{
	rename_path(w, "d", "z");
}

static void replace_by_rename(const struct world *w)
{
	write_text(w, "a.new", "an editor wrote this");
	rename_path(w, "a.new", "a");
}

static void rename_over(const struct world *w)
{
	rename_path(w, "a", "b");
}

static void swap_names(const struct world *w)
{
	rename_path(w, "a", "t");
	rename_path(w, "b", "a");
	rename_path(w, "t", "b");
}

static void add_a_hardlink(const struct world *w)
{
	EXPECT_EQ(
		link(full_path(w, "a"), full_path(w, "zz")), 0, "a second link is made");
}

static void remove_a_directory(const struct world *w)
{
	remove_path(w, "d");
}

static void keep_a_backup(const struct world *w)
{
	rename_path(w, "b", "b.bak");
	write_text(w, "b", "written anew");
}

static void become_a_directory(const struct world *w)
{
	remove_path(w, "a");
	make_directory(w, "a");
}

static void nothing(const struct world *w)
{
	(void)w;
}

TEST(a_scan_tells_what_happened)
{
	static const struct {
		const char *why;
		void (*change)(const struct world *);
		size_t count;
		struct {
			const char *name;
			enum scan_change change;
		} item[4];
	} rows[] = {
		{ "nothing", nothing, 0, { { NULL, 0 } } },
		{ "new content", change_content, 1, { { "a", SCAN_CHANGED } } },
		{ "a new mode", change_mode, 1, { { "a", SCAN_CHANGED } } },
		{ "a file moved", rename_a_file, 1, { { "a2", SCAN_MOVED } } },
		{ "a directory moved, alone", rename_a_directory, 1,
			{ { "z", SCAN_MOVED } } },
		{ "a new inode is the same file", replace_by_rename, 1,
			{ { "a", SCAN_CHANGED } } },
		{ "renamed over another", rename_over, 2, { { "b", SCAN_MOVED } } },
		{ "names swapped", swap_names, 2,
			{ { "a", SCAN_MOVED }, { "b", SCAN_MOVED } } },
		{ "a hard link is a new file", add_a_hardlink, 1,
			{ { "zz", SCAN_NEW } } },
		{ "a directory removed with all", remove_a_directory, 3,
			{ { "deep", SCAN_GONE }, { "e", SCAN_GONE },
				{ "d", SCAN_GONE } } },
		{ "the name keeps the id when both remain", keep_a_backup, 2,
			{ { "b", SCAN_CHANGED }, { "b.bak", SCAN_NEW } } },
		{ "another kind is another file", become_a_directory, 2,
			{ { "a", SCAN_NEW } } },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct world w;
		struct job *j;

		world_init(&w);
		j = settled_then(&w, rows[i].change);
		EXPECT_EQ(j->result, 0, rows[i].why);
		EXPECT_EQ(j->scan_count, rows[i].count, rows[i].why);
		for (size_t k = 0; k < 4 && rows[i].item[k].name != NULL; k++) {
			const struct scan_item *s = find_item(j, rows[i].item[k].name);

			EXPECT(s != NULL, rows[i].why);
			EXPECT_EQ(s->change, rows[i].item[k].change, rows[i].why);
		}
		adopt_items(&w, j);
		EXPECT_EQ(settle(&w), 0, rows[i].why);
		job_free(j);
		world_fini(&w);
	}
}

TEST(gone_children_come_before_their_directories)
{
	struct world w;
	struct job *j;

	world_init(&w);
	j = settled_then(&w, remove_a_directory);
	EXPECT(find_item(j, "deep") < find_item(j, "e") &&
			find_item(j, "e") < find_item(j, "d"),
		"children before parents");
	job_free(j);
	world_fini(&w);
}

TEST(a_missing_marker_is_never_a_deletion)
{
	struct world w;
	struct job *j;

	world_init(&w);
	write_text(&w, "a", "a");
	settle(&w);
	remove_path(&w, ".qanat");
	remove_path(&w, "a");
	j = scan(&w);
	EXPECT_EQ(j->result, -ENOTCONN, "the scan fails");
	EXPECT_EQ(j->scan_count, 0, "and tells nothing gone");
	EXPECT(j->error_count == 1 && strstr(j->errors[0].reason, "mounted") != NULL,
		"it says why");
	job_free(j);
	w.folder.b[5] ^= 1;
	write_text(&w, "b", "b");
	settle(&w);
	w.folder.b[5] ^= 1;
	j = scan(&w);
	EXPECT_EQ(j->result, -EEXIST, "another folder's directory is refused");
	job_free(j);
	world_fini(&w);
}

TEST(what_cannot_be_replicated_is_listed)
{
	struct world w;
	struct job *j;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	world_init(&w);
	make_directory(&w, "d");
	EXPECT_EQ(mkfifo(full_path(&w, "d/fifo"), 0600), 0, "a fifo is made");
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", full_path(&w, "sock"));
	EXPECT_EQ(bind(s, (struct sockaddr *)&a, sizeof(a)), 0, "a socket is made");
	write_text(&w, "bad\xff\xfename", "not UTF-8");
	write_text(&w, "good", "good");
	j = scan(&w);
	EXPECT_EQ(j->result, 0, "the scan goes on");
	EXPECT_EQ(j->scan_count, 2, "the good ones are told");
	EXPECT_EQ(j->error_count, 3, "the three others are listed");
	for (size_t i = 0; i < j->error_count; i++)
		EXPECT(strcmp(j->errors[i].path, "d/fifo") == 0 ||
				strcmp(j->errors[i].path, "sock") == 0 ||
				strcmp(j->errors[i].path, "bad\xff\xfename") == 0,
			"with their paths");
	close(s);
	job_free(j);
	world_fini(&w);
}

TEST(a_symbolic_link_is_never_followed)
{
	struct world w, outside;
	struct job *j;

	world_init(&w);
	world_init(&outside);
	write_text(&outside, "tripwire", "secret");
	make_directory(&w, "d");
	write_text(&w, "d/f", "inside");
	settle(&w);
	remove_path(&w, "d");
	make_link(&w, "d", outside.dir);
	j = scan(&w);
	EXPECT(find_item(j, "tripwire") == NULL, "what lies behind the link is not seen");
	EXPECT_EQ(find_item(j, "f")->change, SCAN_GONE, "what lay there is gone");
	for (size_t i = 0; i < j->scan_count; i++)
		EXPECT(j->scan_items[i].change == SCAN_GONE ||
				j->scan_items[i].kind == ENTRY_SYMLINK,
			"the link is a link");
	job_free(j);
	world_fini(&w);
	world_fini(&outside);
}

TEST(a_large_tree_comes_in_parts)
{
	enum { FILES = SCAN_ITEMS_MAX + 500 };
	struct world w;
	struct job *j;
	size_t total = 0;

	world_init(&w);
	for (unsigned i = 0; i < FILES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "f%05u", i);
		write_file(&w, name, &i, sizeof(i));
	}
	j = scan(&w);
	EXPECT_EQ(j->scan_count, SCAN_ITEMS_MAX, "one answer is full");
	EXPECT(j->scan_more, "and says that there is more");
	adopt_items(&w, j);
	job_free(j);
	total = SCAN_ITEMS_MAX + settle(&w);
	EXPECT_EQ(total, FILES, "every file was told once");
	j = new_job(&w, JOB_SCAN);
	j->want_standing = true;
	disk_run(w.disk, j);
	EXPECT_EQ(j->standing_count, FILES, "all of them stand");
	EXPECT_EQ(j->scan_count, 0, "and nothing differs");
	job_free(j);
	world_fini(&w);
}

TEST(an_unreadable_directory_is_not_gone)
{
	struct world w;
	struct job *j;

	if (geteuid() == 0)
		SKIP("root reads everything");
	world_init(&w);
	make_directory(&w, "d");
	write_text(&w, "d/f", "x");
	settle(&w);
	chmod(full_path(&w, "d"), 0);
	j = scan(&w);
	for (size_t i = 0; i < j->scan_count; i++)
		EXPECT(j->scan_items[i].change != SCAN_GONE, "nothing counts as gone");
	EXPECT(j->error_count > 0, "it is listed");
	job_free(j);
	world_fini(&w);
}
