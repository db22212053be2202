/* SPDX-License-Identifier: ISC */
/* The codec of replies. A record is refused by its header, before its body is waited for. */
#include "node/control/reply.h"

#include <errno.h>

enum {
	EXIT_BODY_SIZE = 1,
	ERROR_PARTS = 3,
	ERROR_MAX = ERROR_PARTS * (2 + REPLY_PART_MAX)
};

static size_t size_limit(enum reply_kind kind)
{
	switch (kind) {
	case REPLY_ANSWER:
		return REPLY_JSON_MAX;
	case REPLY_PROGRESS:
	case REPLY_TEXT:
	case REPLY_PACKET:
		return REPLY_OTHER_MAX;
	case REPLY_ERROR:
		return ERROR_MAX;
	case REPLY_EXIT:
		return EXIT_BODY_SIZE;
	}
	return 0;
}

static void add_header(struct buffer *out, enum reply_kind kind, size_t len)
{
	uint8_t h[REPLY_HEADER_SIZE] = { (uint8_t)kind, (uint8_t)(len >> 24),
		(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len };

	buffer_add(out, bytes_of(h, sizeof(h)));
}

static struct bytes part_of(const char *s)
{
	struct bytes b = s != NULL ? bytes_of_string(s) : bytes_of(NULL, 0);

	if (b.len > REPLY_PART_MAX)
		b.len = REPLY_PART_MAX;
	return b;
}

static void add_part(struct buffer *out, struct bytes part)
{
	uint8_t length[2] = { (uint8_t)(part.len >> 8), (uint8_t)part.len };

	buffer_add(out, bytes_of(length, sizeof(length)));
	buffer_add(out, part);
}

bool reply_write(struct buffer *out, enum reply_kind kind, struct bytes body)
{
	size_t before = out->len;

	check(kind != REPLY_ERROR && kind != REPLY_EXIT);
	if (body.len > size_limit(kind) || out->overflow)
		return false;
	add_header(out, kind, body.len);
	buffer_add(out, body);
	if (!out->overflow)
		return true;
	buffer_cut(out, before);
	return false;
}

void reply_exit(struct buffer *out, enum exit_code code)
{
	uint8_t body = (uint8_t)code;

	add_header(out, REPLY_EXIT, EXIT_BODY_SIZE);
	buffer_add(out, bytes_of(&body, 1));
}

void reply_fail(struct buffer *out, enum exit_code code, const char *what,
	const char *why, const char *fix)
{
	struct bytes parts[ERROR_PARTS] = { part_of(what), part_of(why), part_of(fix) };
	size_t len = 0;

	for (size_t i = 0; i < ERROR_PARTS; i++)
		len += 2 + parts[i].len;
	add_header(out, REPLY_ERROR, len);
	for (size_t i = 0; i < ERROR_PARTS; i++)
		add_part(out, parts[i]);
	reply_exit(out, code);
}

void reply_refuse(struct buffer *out, int err)
{
	if (err == -ENOSYS)
		reply_fail(out, EXIT_FAILED, "request",
			"this node does not know the command",
			"install the same version of qanat and qanatd, then restart "
			"qanatd");
	else if (err == -EINVAL)
		reply_fail(out, EXIT_USAGE, "request",
			"an argument is missing, unknown, or out of its bounds",
			"qanat COMMAND --help lists them");
	else
		reply_fail(out, EXIT_FAILED, "request", "not in the form of this version",
			"install the same version of qanat and qanatd, then restart "
			"qanatd");
}

void reply_answer(struct buffer *out, struct bytes json)
{
	if (reply_write(out, REPLY_ANSWER, json))
		reply_exit(out, EXIT_DONE);
	else
		reply_fail(out, EXIT_FAILED, "answer", "it is too large",
			"ask about one folder at a time");
}

static bool parse_body(struct reply *r)
{
	struct reader in = reader_of(r->body);

	if (r->kind == REPLY_EXIT) {
		r->code = read_u8(&in);
		return read_ended(&in);
	}
	if (r->kind != REPLY_ERROR)
		return true;
	r->what = read_bytes(&in, read_u16(&in));
	r->why = read_bytes(&in, read_u16(&in));
	r->fix = read_bytes(&in, read_u16(&in));
	return read_ended(&in);
}

enum reply_verdict reply_parse(struct reply *r, struct bytes got, size_t *size)
{
	struct reader in = reader_of(got);
	size_t len, limit;

	*r = (struct reply){ .kind = (enum reply_kind)read_u8(&in) };
	if (!read_good(&in))
		return REPLY_PARTIAL;
	limit = size_limit(r->kind);
	if (limit == 0)
		return REPLY_BAD;
	len = read_u32(&in);
	if (!read_good(&in))
		return REPLY_PARTIAL;
	if (len > limit)
		return REPLY_BAD;
	r->body = read_bytes(&in, len);
	if (!read_good(&in))
		return REPLY_PARTIAL;
	*size = REPLY_HEADER_SIZE + len;
	return parse_body(r) ? REPLY_WHOLE : REPLY_BAD;
}
