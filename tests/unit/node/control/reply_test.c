/* SPDX-License-Identifier: ISC */
/* The reply codec: what it refuses, and that what was written is read again. */
#include "node/control/reply.h"

#include <errno.h>

#include "node/base/mem.h"
#include "tests/test.h"

TEST(replies_are_refused_for_every_reason)
{
	static const struct {
		const char *why;
		struct bytes in;
		enum reply_verdict verdict;
	} rows[] = {
		{ "nothing yet", BYTES(""), REPLY_PARTIAL },
		{ "a type alone", BYTES("J"), REPLY_PARTIAL },
		{ "half a length", BYTES("J\0\0"), REPLY_PARTIAL },
		{ "half a body", BYTES("J\0\0\0\2{"), REPLY_PARTIAL },
		{ "an unknown type", BYTES("Z\0\0\0\0"), REPLY_BAD },
		{ "an unknown type alone", BYTES("H"), REPLY_BAD },
		{ "JSON beyond 16 MiB", BYTES("J\1\0\0\1"), REPLY_BAD },
		{ "text beyond 1 MiB", BYTES("D\0\20\0\1"), REPLY_BAD },
		{ "progress beyond 1 MiB", BYTES("P\0\20\0\1"), REPLY_BAD },
		{ "an exit without a code", BYTES("X\0\0\0\0"), REPLY_BAD },
		{ "an exit with two codes", BYTES("X\0\0\0\2\0\0"), REPLY_BAD },
		{ "an error with a part missing", BYTES("E\0\0\0\4\0\0\0\0"), REPLY_BAD },
		{ "an error with a part too long", BYTES("E\0\0\0\6\0\1\0\0\0\0"),
			REPLY_BAD },
		{ "an error with a byte too many", BYTES("E\0\0\0\7\0\0\0\0\0\0x"),
			REPLY_BAD },
		{ "an empty answer", BYTES("J\0\0\0\0"), REPLY_WHOLE },
		{ "an exit", BYTES("X\0\0\0\1\6"), REPLY_WHOLE },
	};
	struct reply r;
	size_t size;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(
			reply_parse(&r, rows[i].in, &size), rows[i].verdict, rows[i].why);
}

static struct reply next(struct buffer *b)
{
	struct reply r;
	size_t size = 0;

	EXPECT_EQ(reply_parse(&r, buffer_bytes(b), &size), REPLY_WHOLE, "a whole record");
	b->data += size; /* what was read is stepped over, the body stays where it is */
	b->len -= size;
	return r;
}

TEST(what_was_written_is_read_again_in_order)
{
	struct buffer b, view;
	struct reply r;

	buffer_init(&b, REPLY_BUFFER_MAX);
	EXPECT(reply_write(&b, REPLY_PROGRESS, BYTES("{1}")), "progress");
	EXPECT(reply_write(&b, REPLY_TEXT, BYTES("text\n")), "text");
	reply_answer(&b, BYTES("{}"));
	reply_fail(&b, EXIT_NOT_FOUND, "what", NULL, "fix");
	view = b;
	r = next(&view);
	EXPECT(r.kind == REPLY_PROGRESS && bytes_equal(r.body, BYTES("{1}")), "progress");
	r = next(&view);
	EXPECT(r.kind == REPLY_TEXT && bytes_equal(r.body, BYTES("text\n")), "text");
	r = next(&view);
	EXPECT(r.kind == REPLY_ANSWER && bytes_equal(r.body, BYTES("{}")), "the answer");
	r = next(&view);
	EXPECT(r.kind == REPLY_EXIT && r.code == EXIT_DONE, "its exit code");
	r = next(&view);
	EXPECT(r.kind == REPLY_ERROR, "an error");
	EXPECT_BYTES(r.what, BYTES("what"), "what failed");
	EXPECT_BYTES(r.why, BYTES(""), "why is not known");
	EXPECT_BYTES(r.fix, BYTES("fix"), "what to do");
	r = next(&view);
	EXPECT(r.kind == REPLY_EXIT && r.code == EXIT_NOT_FOUND, "and its exit code");
	EXPECT_EQ(view.len, 0, "nothing more");
	buffer_fini(&b);
}

TEST(an_answer_that_is_too_large_becomes_a_failure)
{
	uint8_t *large = mem_new(REPLY_JSON_MAX + 1);
	struct buffer b, view;

	buffer_init(&b, REPLY_BUFFER_MAX);
	reply_answer(&b, bytes_of(large, REPLY_JSON_MAX + 1));
	view = b;
	EXPECT_EQ(next(&view).kind, REPLY_ERROR, "said as an error");
	EXPECT_EQ(next(&view).code, EXIT_FAILED, "with its exit code");
	mem_free(large);
	buffer_fini(&b);
}

TEST(a_full_buffer_keeps_whole_records_only)
{
	struct buffer b;

	buffer_init(&b, 20);
	EXPECT(reply_write(&b, REPLY_TEXT, BYTES("0123456789")), "the first fits");
	EXPECT(!reply_write(&b, REPLY_TEXT, BYTES("0123456789")), "the second does not");
	EXPECT_EQ(b.len, 15, "and leaves nothing behind");
	EXPECT(!b.overflow, "nor its mark");
	buffer_fini(&b);
}

TEST(long_parts_of_an_error_are_cut)
{
	char *long_text = mem_new(20000);
	struct buffer b, view;

	memset(long_text, 'x', 19999);
	buffer_init(&b, REPLY_BUFFER_MAX);
	reply_fail(&b, EXIT_FAILED, long_text, long_text, long_text);
	view = b;
	EXPECT_EQ(next(&view).fix.len, REPLY_PART_MAX, "at their bound");
	mem_free(long_text);
	buffer_fini(&b);
}

TEST(refusals_end_with_their_exit_codes)
{
	static const struct {
		int err;
		enum exit_code code;
	} rows[] = { { -EPROTO, EXIT_FAILED }, { -ENOSYS, EXIT_FAILED },
		{ -EINVAL, EXIT_USAGE } };

	for (size_t i = 0; i < array_len(rows); i++) {
		struct buffer b, view;

		buffer_init(&b, REPLY_BUFFER_MAX);
		reply_refuse(&b, rows[i].err);
		view = b;
		EXPECT_EQ(next(&view).kind, REPLY_ERROR, "said as an error");
		EXPECT_EQ(next(&view).code, rows[i].code, "with its exit code");
		buffer_fini(&b);
	}
}
