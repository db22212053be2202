/* SPDX-License-Identifier: ISC */
/* The writer of stories, judged by libjansson. */
#include "sim/world/story.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "tests/test.h"

static const struct instant start = { 1000000 };

/* Two files in memory; what was written to them is read back when the story is over. */
struct told {
	struct story *s;
	int lines_fd, page_fd;
	char *lines, *page; /* owned */
};

static void path_of(char path[64], int fd)
{
	snprintf(path, 64, "/proc/self/fd/%d", fd);
}

static struct told told_begin(void)
{
	struct told t = { story_new(start), memfd_create("lines", 0),
		memfd_create("page", 0), NULL, NULL };
	char path[64];

	path_of(path, t.lines_fd);
	EXPECT_EQ(story_lines_open(t.s, path), 0, "the lines are opened");
	path_of(path, t.page_fd);
	EXPECT_EQ(story_page_open(t.s, path), 0, "the page is opened");
	return t;
}

static char *all_of(int fd)
{
	off_t len = lseek(fd, 0, SEEK_END);
	char *text = mem_new((size_t)len + 1);

	EXPECT_EQ(pread(fd, text, (size_t)len, 0), len, "the file is read");
	close(fd);
	return text;
}

static void told_end(struct told *t)
{
	EXPECT_EQ(story_free(t->s), 0, "everything was written");
	t->lines = all_of(t->lines_fd);
	t->page = all_of(t->page_fd);
}

static void told_fini(struct told *t)
{
	mem_free(t->lines);
	mem_free(t->page);
}

/* Line number i as a value, NULL past the end; caller frees. */
static json_t *line_at(const char *lines, size_t i)
{
	const char *end;
	json_t *value;

	EXPECT(lines != NULL, "there are lines");
	for (; i > 0; i--) {
		lines = strchr(lines, '\n');
		if (lines == NULL)
			return NULL;
		lines++;
	}
	end = strchr(lines, '\n');
	if (end == NULL)
		return NULL;
	value = json_loadb(lines, (size_t)(end - lines), JSON_REJECT_DUPLICATES, NULL);
	EXPECT(json_is_object(value), "every line is one object");
	return value;
}

static size_t lines_in(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* The value in the script element of this id; caller frees. */
static char *element_of(const char *page, const char *id)
{
	char head[64];
	const char *begin, *end;

	snprintf(
		head, sizeof(head), "<script type=\"application/json\" id=\"%s\">\n", id);
	begin = strstr(page, head);
	EXPECT(begin != NULL, "the page has the element");
	begin += strlen(head);
	end = strstr(begin, "</script>");
	EXPECT(end != NULL, "the element ends");
	return strndup(begin, (size_t)(end - begin));
}

static void tell_one_of_each(struct story *s)
{
	static const uint8_t digest[] = { 0xa1, 0xb2, 0xc3, 0xd4, 0xe5 };
	struct story_place somewhere = { true, -1500, 20 }, nowhere = { .placed = false };
	struct story_frame all = { 0, STORY_ALL, 120, "routing" };
	struct story_frame one = { 0, 1, 1400, "bulk" };
	struct story_folder none = { .state = NULL };
	struct story_folder some = { 2, "syncing", 7, 3, 4096, BYTES("") };
	struct story_hop hops[] = { { 1, 1, 1 }, { 2, 1, 2 } };
	struct hearer hearer = { .node = 1 };
	struct instant t = instant_add_us(start, 12345678);

	some.tree = bytes_of(digest, sizeof(digest));
	story_begin(s, start, "line.world", 7);
	story_node(s, start, 0, "n0", &somewhere);
	story_node(s, start, 1, "n1", &nowhere);
	story_hearers(s, start, 0, &hearer, 1);
	story_life(s, t, 0, STORY_BORN);
	story_life(s, t, 0, STORY_ASLEEP);
	story_life(s, t, 0, STORY_AWAKE);
	story_life(s, t, 0, STORY_DIED);
	story_frame(s, t, STORY_SENT, &all);
	story_frame(s, t, STORY_SENT, &one);
	story_frame(s, t, STORY_RECEIVED, &one);
	story_frame(s, t, STORY_LOST, &one);
	story_folder(s, t, 0, &some);
	story_folder(s, t, 1, &none);
	story_routes(s, t, 0, 2, hops);
	story_routes(s, t, 1, 70, NULL);
	story_ways(s, t, 90, 88, 1);
	story_event(s, t, "cut n0 n1");
	story_verdict(s, t, "trees alike", false, "two trees");
	story_verdict(s, t, "pings lost", true, NULL);
	story_end(s, t, true, "digest 00");
}

static const char *const one_of_each[] = {
	"{\"schema\":\"qanat.story/1\",\"t\":0,\"is\":\"begin\",\"title\":\"line.world\","
	"\"seed\":7}",
	"{\"t\":0,\"is\":\"node\",\"node\":0,\"name\":\"n0\",\"x_mm\":-1500,\"y_mm\":20}",
	"{\"t\":0,\"is\":\"node\",\"node\":1,\"name\":\"n1\",\"x_mm\":null,"
	"\"y_mm\":null}",
	"{\"t\":0,\"is\":\"link\",\"from\":0,\"to\":1,\"up\":true}",
	"{\"t\":12.345678,\"is\":\"born\",\"node\":0}",
	"{\"t\":12.345678,\"is\":\"asleep\",\"node\":0}",
	"{\"t\":12.345678,\"is\":\"awake\",\"node\":0}",
	"{\"t\":12.345678,\"is\":\"died\",\"node\":0}",
	"{\"t\":12.345678,\"is\":\"send\",\"node\":0,\"to\":null,\"bytes\":120,"
	"\"class\":\"routing\"}",
	"{\"t\":12.345678,\"is\":\"send\",\"node\":0,\"to\":1,\"bytes\":1400,"
	"\"class\":\"bulk\"}",
	"{\"t\":12.345678,\"is\":\"receive\",\"node\":1,\"from\":0,\"bytes\":1400,"
	"\"class\":\"bulk\"}",
	"{\"t\":12.345678,\"is\":\"lose\",\"node\":1,\"from\":0,\"bytes\":1400,"
	"\"class\":\"bulk\"}",
	"{\"t\":12.345678,\"is\":\"folder\",\"node\":0,\"folder\":2,\"state\":"
	"\"syncing\",\"files\":7,\"need_files\":3,\"need_bytes\":4096,\"tree\":"
	"\"a1b2c3d4\"}",
	"{\"t\":12.345678,\"is\":\"folder\",\"node\":1,\"folder\":0,\"state\":null,"
	"\"files\":0,\"need_files\":0,\"need_bytes\":0,\"tree\":null}",
	"{\"t\":12.345678,\"is\":\"routes\",\"node\":0,\"count\":2,\"next\":[[1,1,1],"
	"[2,1,2]]}",
	"{\"t\":12.345678,\"is\":\"routes\",\"node\":1,\"count\":70}",
	"{\"t\":12.345678,\"is\":\"ways\",\"pairs\":90,\"routed\":88,\"circles\":1}",
	"{\"t\":12.345678,\"is\":\"event\",\"text\":\"cut n0 n1\"}",
	"{\"t\":12.345678,\"is\":\"verdict\",\"name\":\"trees alike\",\"held\":false,"
	"\"text\":\"two trees\"}",
	"{\"t\":12.345678,\"is\":\"verdict\",\"name\":\"pings lost\",\"held\":true,"
	"\"text\":null}",
	"{\"t\":12.345678,\"is\":\"end\",\"held\":true,\"text\":\"digest 00\"}",
};

TEST(every_record_is_one_object_with_its_fields)
{
	struct told t = told_begin();

	tell_one_of_each(t.s);
	told_end(&t);
	EXPECT_EQ(lines_in(t.lines), array_len(one_of_each), "one line a record");
	for (size_t i = 0; i < array_len(one_of_each); i++) {
		json_t *is = line_at(t.lines, i);
		json_t *expected = json_loads(one_of_each[i], 0, NULL);

		EXPECT(expected != NULL && json_equal(is, expected), one_of_each[i]);
		json_decref(is);
		json_decref(expected);
	}
	told_fini(&t);
}

TEST(the_page_has_the_same_records_and_the_frames_as_numbers)
{
	struct told t = told_begin();
	char *records, *frames;
	json_t *all, *rows;
	size_t k = 0;

	tell_one_of_each(t.s);
	told_end(&t);
	records = element_of(t.page, "records");
	for (size_t i = 0; i < array_len(one_of_each); i++) {
		json_t *is, *expected = json_loads(one_of_each[i], 0, NULL);

		if (json_object_get(expected, "class") == NULL) {
			is = line_at(records, k++);
			EXPECT(json_equal(is, expected), one_of_each[i]);
			json_decref(is);
		}
		json_decref(expected);
	}
	EXPECT_EQ(lines_in(records), k, "and no others");
	frames = element_of(t.page, "frames");
	all = json_loads(frames, JSON_REJECT_DUPLICATES, NULL);
	rows = json_loads("[12345678,0,0,-1,120, 0,4,0,1,1400, 0,5,0,1,1400, "
			  "0,6,0,1,1400]",
		0, NULL);
	EXPECT(json_equal(json_object_get(all, "frames"), rows), "five numbers a frame");
	json_decref(rows);
	rows = json_loads("[\"routing\",\"bulk\"]", 0, NULL);
	EXPECT(json_equal(json_object_get(all, "classes"), rows), "classes by number");
	json_decref(rows);
	json_decref(all);
	free(records);
	free(frames);
	told_fini(&t);
}

TEST(strings_survive_their_escapes_and_cannot_end_the_page)
{
	static const struct {
		const char *why, *in, *out;
	} rows[] = {
		{ "quote, backslash, newline", "a\"b\\c\nd", "a\"b\\c\nd" },
		{ "an escape sequence", "\x1b[31m", "\x1b[31m" },
		{ "the end of a script", "</script><b>", "</script><b>" },
		{ "a comment", "<!--<script>", "<!--<script>" },
		{ "letters", "\xc3\xa9\xe2\x80\xae", "\xc3\xa9\xe2\x80\xae" },
		{ "a lone byte", "a\xff", "a\xef\xbf\xbd" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct told t = told_begin();
		char *records;
		json_t *in_lines, *in_page;

		story_event(t.s, start, rows[i].in);
		told_end(&t);
		records = element_of(t.page, "records");
		in_lines = line_at(t.lines, 0);
		in_page = line_at(records, 0);
		EXPECT_STRING(json_string_value(json_object_get(in_lines, "text")),
			rows[i].out, rows[i].why);
		EXPECT(json_equal(in_lines, in_page), rows[i].why);
		EXPECT(records != NULL && strchr(records, '<') == NULL,
			"nothing opens an element");
		json_decref(in_lines);
		json_decref(in_page);
		free(records);
		told_fini(&t);
	}
}

TEST(what_is_told_again_unchanged_is_not_written_again)
{
	struct told t = told_begin();
	struct story_folder f = { 0, "waiting", 1, 1, 10, BYTES("abcd") }, g = f;
	struct story_place place = { true, 1, 2 };

	g.number = 1;
	for (int64_t i = 0; i < 5; i++) {
		struct instant now = instant_add_us(start, i);

		story_node(t.s, now, 3, "n3", &place);
		story_life(t.s, now, 3, STORY_BORN);
		story_folder(t.s, now, 3, &f);
		story_folder(t.s, now, 3, &g);
		story_folder(t.s, now, 4, &f);
		story_routes(t.s, now, 3, 9, NULL);
		story_verdict(t.s, now, "one", true, NULL);
		story_verdict(t.s, now, "two", true, NULL);
	}
	f.need_files = 0;
	place.x_mm = 2;
	story_folder(t.s, instant_add_us(start, 9), 3, &f);
	story_node(t.s, instant_add_us(start, 9), 3, "n3", &place);
	story_verdict(t.s, instant_add_us(start, 9), "one", false, NULL);
	story_verdict(t.s, instant_add_us(start, 10), "one", true, NULL);
	told_end(&t);
	EXPECT_EQ(lines_in(t.lines), 8 + 4, "once each, and every change");
	told_fini(&t);
}

TEST(links_are_told_as_they_come_and_go)
{
	static const char *const expected[] = {
		"{\"t\":0,\"is\":\"link\",\"from\":5,\"to\":1,\"up\":true}",
		"{\"t\":0,\"is\":\"link\",\"from\":5,\"to\":4,\"up\":true}",
		"{\"t\":0.000001,\"is\":\"link\",\"from\":5,\"to\":1,\"up\":false}",
		"{\"t\":0.000001,\"is\":\"link\",\"from\":5,\"to\":2,\"up\":true}",
		"{\"t\":0.000001,\"is\":\"link\",\"from\":5,\"to\":9,\"up\":true}",
		"{\"t\":0.000002,\"is\":\"link\",\"from\":5,\"to\":2,\"up\":false}",
		"{\"t\":0.000002,\"is\":\"link\",\"from\":5,\"to\":4,\"up\":false}",
		"{\"t\":0.000002,\"is\":\"link\",\"from\":5,\"to\":9,\"up\":false}",
	};
	struct hearer before[] = { { .node = 1 }, { .node = 4 } };
	struct hearer after[] = { { .node = 2 }, { .node = 4 }, { .node = 9 } };
	struct told t = told_begin();

	story_hearers(t.s, start, 5, before, 2);
	story_hearers(t.s, start, 5, before, 2);
	story_hearers(t.s, instant_add_us(start, 1), 5, after, 3);
	story_hearers(t.s, instant_add_us(start, 2), 5, NULL, 0);
	told_end(&t);
	EXPECT_EQ(lines_in(t.lines), array_len(expected), "one line a change");
	for (size_t i = 0; i < array_len(expected); i++) {
		json_t *is = line_at(t.lines, i);
		json_t *should = json_loads(expected[i], 0, NULL);

		EXPECT(json_equal(is, should), expected[i]);
		json_decref(is);
		json_decref(should);
	}
	told_fini(&t);
}

static json_int_t sum_of(const json_t *list)
{
	json_int_t sum = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		sum += json_integer_value(json_array_get(list, i));
	return sum;
}

TEST(a_page_thins_its_frames_and_keeps_their_counts)
{
	enum { TOLD = 2 * STORY_FRAMES_MAX + 1, APART_US = 1000 };
	struct story *s = story_new(start);
	int fd = memfd_create("page", 0);
	struct story_frame f = { 1, 2, 3, "bulk" };
	char path[64], *page, *element;
	json_t *all, *frames;
	json_int_t us = 0;

	path_of(path, fd);
	EXPECT_EQ(story_page_open(s, path), 0, "the page is opened");
	for (int64_t i = 0; i < TOLD; i++)
		story_frame(s, instant_add_us(start, i * APART_US),
			i % 2 == 0 ? STORY_SENT : STORY_RECEIVED, &f);
	EXPECT_EQ(story_free(s), 0, "everything was written");
	page = all_of(fd);
	element = element_of(page, "frames");
	all = json_loads(element, 0, NULL);
	frames = json_object_get(all, "frames");
	EXPECT_EQ(json_integer_value(json_object_get(all, "told")), TOLD, "told");
	EXPECT_EQ(json_integer_value(json_object_get(all, "stride")), 4, "one in four");
	EXPECT_EQ(json_array_size(frames) / 5, STORY_FRAMES_MAX / 2 + 1, "is there");
	for (size_t i = 0; i < json_array_size(frames); i += 5)
		us += json_integer_value(json_array_get(frames, i));
	EXPECT_EQ(us, (TOLD - 1) * (json_int_t)APART_US, "at its time");
	EXPECT_EQ(sum_of(json_object_get(all, "sent")), STORY_FRAMES_MAX + 1,
		"all that were sent are counted");
	EXPECT_EQ(sum_of(json_object_get(all, "received")), STORY_FRAMES_MAX,
		"all that were received are counted");
	EXPECT_EQ(json_integer_value(json_object_get(all, "bucket_us")), 400000,
		"in few enough pieces of time");
	json_decref(all);
	free(element);
	mem_free(page);
}

TEST(a_story_that_is_not_told_costs_nothing)
{
	tell_one_of_each(NULL);
	EXPECT_EQ(story_free(NULL), 0, "and ends well");
}

TEST(what_cannot_be_written_is_said)
{
	struct story *s = story_new(start);

	EXPECT_EQ(story_lines_open(s, "/nowhere/lines"), -ENOENT, "no such folder");
	EXPECT_EQ(story_page_open(s, "/nowhere/page"), -ENOENT, "no such folder");
	EXPECT_EQ(story_lines_open(s, "/dev/full"), 0, "opens");
	story_event(s, start, "lost");
	EXPECT_EQ(story_free(s), -EIO, "a full disk");
}
