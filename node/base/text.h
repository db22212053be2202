/* SPDX-License-Identifier: ISC */
/*
 * Text built into the caller's buffer, always closed by a zero, cut when full. It stands in
 * for printf in the pure rooms.
 */
#pragma once

#include "node/base/bytes.h"

struct text {
	char *at;    /* caller's buffer */
	size_t len;  /* characters so far, without the zero */
	size_t room; /* size of the buffer, at least 1 */
	bool cut;    /* something did not fit */
};

struct text text_of(char *buffer, size_t room);
void text_string(struct text *t, const char *s);
void text_chars(struct text *t, const char *s, size_t len);
void text_char(struct text *t, char c);
void text_u64(struct text *t, uint64_t v);
void text_i64(struct text *t, int64_t v);
/* Lower-case hex, two digits a byte. */
void text_hex(struct text *t, struct bytes b);
/* An IPv6 address of 16 bytes, RFC 5952. */
void text_ipv6(struct text *t, const uint8_t address[16]);
/* Bytes from strangers: control characters, DEL, backslash, bidi controls, newline and
 * invalid UTF-8 become \xNN, so that a terminal is safe. */
void text_escaped(struct text *t, struct bytes b);
/* Bytes of the valid UTF-8 sequence at p, of which left are there, and its code point; 0 if
 * there is none (RFC 3629). left is at least 1. */
size_t text_utf8_length(const uint8_t *p, size_t left, uint32_t *code);
/* False for the code points that text_escaped does not let through. */
bool text_is_safe(uint32_t code);
