/* SPDX-License-Identifier: ISC */
#include "sim/files/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

static char folder[64];

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	check(f != NULL);
	check(fputs(text, f) >= 0);
	check(fclose(f) == 0);
}

static void folder_make(void)
{
	snprintf(folder, sizeof(folder), "/tmp/qanat-source.XXXXXX");
	check(mkdtemp(folder) != NULL);
	check(mkdir(at("in"), 0700) == 0);
}

static void folder_remove(void)
{
	static const char *const names[] = { "a", "in/b", "in/c", "in", "" };

	for (size_t i = 0; i < array_len(names); i++)
		(void)!remove(at(names[i]));
}

static void expect_where(const struct source *s, unsigned line, const char *wanted)
{
	char where[200];
	struct text t = text_of(where, sizeof(where));

	source_where(s, line, &t);
	EXPECT_STRING(where, at(wanted), "file and line of a line");
}

TEST(a_file_stands_in_the_place_of_the_line_that_includes_it)
{
	char buffer[200];
	struct text why = text_of(buffer, sizeof(buffer));
	struct source s;

	folder_make();
	put("a", "one\ninclude in/b # said here\nfive");
	put("in/b", "two\n  include c\nfour\n");
	put("in/c", "three");
	EXPECT_EQ(source_read(&s, at("a"), &why), 0, "all of it is there");
	EXPECT_BYTES(bytes_of(s.text, s.len), BYTES("one\ntwo\nthree\nfour\nfive\n"),
		"in its order");
	expect_where(&s, 1, "a:1");
	expect_where(&s, 2, "in/b:1");
	expect_where(&s, 3, "in/c:1");
	expect_where(&s, 4, "in/b:3");
	expect_where(&s, 5, "a:3");
	expect_where(&s, 6, "a:4");
	source_fini(&s);
	folder_remove();
}

TEST(what_cannot_be_included_is_refused_with_file_and_line)
{
	static const struct {
		const char *a, *b, *why;
		int err;
	} rows[] = {
		{ "\ninclude", "", "a:2: wants: include FILE", -EINVAL },
		{ "include a b", "", "a:1: wants: include FILE", -EINVAL },
		{ "include in/b", "\n\ninclude b", "in/b:3: includes are nested too deep",
			-ELOOP },
		{ "include a", "", "a:1: includes are nested too deep", -ELOOP },
		{ "include in/none", "",
			"a:1: include: No such file or directory: ", -ENOENT },
		{ "include in", "", "in: Is a directory", -EISDIR },
	};

	folder_make();
	for (size_t i = 0; i < array_len(rows); i++) {
		char buffer[300];
		struct text why = text_of(buffer, sizeof(buffer));
		const char *wanted;
		struct source s;

		put("a", rows[i].a);
		put("in/b", rows[i].b);
		EXPECT_EQ(source_read(&s, at("a"), &why), rows[i].err, rows[i].why);
		wanted = at(rows[i].why);
		EXPECT(strncmp(buffer, wanted, strlen(wanted)) == 0, rows[i].why);
		source_fini(&s);
	}
	folder_remove();
}

TEST(files_have_a_limit_in_number_and_in_size)
{
	char buffer[300];
	struct text why = text_of(buffer, sizeof(buffer));
	struct source s;
	FILE *f;

	folder_make();
	put("in/b", "x\n");
	f = fopen(at("a"), "w");
	check(f != NULL);
	for (unsigned i = 0; i < SOURCE_FILES_MAX; i++)
		fputs("include in/b\n", f);
	fclose(f);
	EXPECT_EQ(source_read(&s, at("a"), &why), -EMFILE, "one file too many");
	source_fini(&s);
	put("a", "");
	check(truncate(at("a"), SOURCE_BYTES_MAX + 1) == 0);
	EXPECT_EQ(source_read(&s, at("a"), &why), -EFBIG, "a byte too many");
	source_fini(&s);
	folder_remove();
}

TEST(a_file_that_is_not_there_is_named)
{
	char buffer[200];
	struct text why = text_of(buffer, sizeof(buffer));
	struct source s;

	EXPECT_EQ(source_read(&s, "/none/here", &why), -ENOENT, "it is not there");
	EXPECT_STRING(buffer, "/none/here: No such file or directory", "so it says");
	source_fini(&s);
}
