/* SPDX-License-Identifier: ISC */
/*
 * A strict JSON writer (RFC 8259) into a growing buffer. Values stand in objects under a key
 * and in arrays without one (key NULL); mixing them up ends the program. Strings may come
 * from strangers: valid UTF-8 is kept, what a terminal must not see becomes \uXXXX, bytes
 * that are no UTF-8 become U+FFFD. What is not known is null, never 0 and never "". The
 * prefix keeps clear of libjansson, which reads JSON in programs and tests.
 */
#pragma once

#include "node/base/ids.h"
#include "node/control/buffer.h"

enum { JSON_OUT_DEPTH_MAX = 12 };

/* A number that may be unknown; zeroed, it is. */
struct known {
	bool is;
	int64_t value;
};

static inline struct known known(int64_t value)
{
	return (struct known){ true, value };
}

/* Unknown when it stands for nothing: negative. */
static inline struct known known_unless_negative(int64_t value)
{
	return (struct known){ value >= 0, value };
}

struct json_out {
	struct buffer *out; /* borrowed for life */
	/* private */
	unsigned depth;
	bool more[JSON_OUT_DEPTH_MAX];
	char closer[JSON_OUT_DEPTH_MAX];
};

/* A writer of one value, an object with "schema": "qanat.SUBJECT/1" as its first member. */
struct json_out json_out_of(struct buffer *out, const char *subject);
/* Closes it; everything opened inside must be closed. */
void json_out_finish(struct json_out *j);

void json_out_object(struct json_out *j, const char *key);
void json_out_array(struct json_out *j, const char *key);
/* Closes the innermost object or array. */
void json_out_close(struct json_out *j);

void json_out_null(struct json_out *j, const char *key);
void json_out_bool(struct json_out *j, const char *key, bool v);
/* What lies above INT64_MAX is written as INT64_MAX: readers hold 63 bits. */
void json_out_u64(struct json_out *j, const char *key, uint64_t v);
void json_out_known(struct json_out *j, const char *key, struct known v);
/* value / 10^digits, at most 9 digits, exact, without closing zeros. */
void json_out_decimal(
	struct json_out *j, const char *key, struct known v, unsigned digits);
/* Microseconds, written as seconds. */
void json_out_seconds(struct json_out *j, const char *key, struct known us);
/* Seconds since 1970, written as an ISO 8601 UTC string. Years 1970 to 9999, else null. */
void json_out_time(struct json_out *j, const char *key, struct known unix_s);
/* Empty is null. */
void json_out_text(struct json_out *j, const char *key, struct bytes text);
/* NULL and "" are null. */
void json_out_string(struct json_out *j, const char *key, const char *s);
/* Both parts and ": " between them as one string; without why, what alone. */
void json_out_reason(
	struct json_out *j, const char *key, struct bytes what, struct bytes why);
/* Lower-case hex; all zero is null. */
void json_out_hex(struct json_out *j, const char *key, struct bytes id);
/* RFC 5952; all zero is null. */
void json_out_address(struct json_out *j, const char *key, const struct address *a);
/* aa:bb:cc:dd:ee:ff; all zero is null. */
void json_out_mac(struct json_out *j, const char *key, const uint8_t mac[6]);
