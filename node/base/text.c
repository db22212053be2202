/* SPDX-License-Identifier: ISC */
/* Bounded text. Nothing here can write past the buffer or leave it unclosed. */
#include "node/base/text.h"

#include "node/base/check.h"

static const char hex_digits[] = "0123456789abcdef";

struct text text_of(char *buffer, size_t room)
{
	check(room > 0);
	buffer[0] = '\0';
	return (struct text){ buffer, 0, room, false };
}

void text_chars(struct text *t, const char *s, size_t len)
{
	size_t left = t->room - 1 - t->len;

	if (len > left) {
		t->cut = true;
		len = left;
	}
	memcpy(t->at + t->len, s, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void text_string(struct text *t, const char *s)
{
	text_chars(t, s, strlen(s));
}

void text_char(struct text *t, char c)
{
	text_chars(t, &c, 1);
}

void text_u64(struct text *t, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	text_chars(t, digits + n, sizeof(digits) - n);
}

void text_i64(struct text *t, int64_t v)
{
	if (v < 0)
		text_char(t, '-');
	text_u64(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void text_hex(struct text *t, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++) {
		text_char(t, hex_digits[b.data[i] >> 4]);
		text_char(t, hex_digits[b.data[i] & 15]);
	}
}

static void hex_group(struct text *t, unsigned g)
{
	bool begun = false;

	for (int shift = 12; shift >= 0; shift -= 4) {
		unsigned digit = (g >> shift) & 15;

		begun = begun || digit != 0 || shift == 0;
		if (begun)
			text_char(t, hex_digits[digit]);
	}
}

/* RFC 5952 section 4.2: the longest run of at least two zero groups, the first if equal. */
static void longest_zero_run(const unsigned g[8], int *start, int *len)
{
	*start = -1;
	*len = 1;
	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && g[i + n] == 0)
			n++;
		if (n > *len) {
			*start = i;
			*len = n;
		}
		i += n;
	}
}

void text_ipv6(struct text *t, const uint8_t address[16])
{
	unsigned g[8];
	int start, len;

	for (int i = 0; i < 8; i++)
		g[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
	longest_zero_run(g, &start, &len);
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			text_string(t, "::");
			i += len - 1;
			continue;
		}
		if (i > 0 && i != start + (start >= 0 ? len : 0))
			text_char(t, ':');
		hex_group(t, g[i]);
	}
}

size_t text_utf8_length(const uint8_t *p, size_t left, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80    ? 1
		   : p[0] >= 0xf8 ? 0
		   : p[0] >= 0xf0 ? 4
		   : p[0] >= 0xe0 ? 3
		   : p[0] >= 0xc0 ? 2
				  : 0;

	if (n == 0 || n > left)
		return 0;
	*code = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3fu);
	}
	if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

bool text_is_safe(uint32_t c)
{
	if (c < 0x20 || c == '\\' || (c >= 0x7f && c < 0xa0))
		return false;
	if (c == 0x061c || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029)
		return false;
	return !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069);
}

void text_escaped(struct text *t, struct bytes b)
{
	size_t i = 0;

	while (i < b.len) {
		uint32_t code = 0;
		size_t n = text_utf8_length(b.data + i, b.len - i, &code);

		if (n > 0 && text_is_safe(code)) {
			text_chars(t, (const char *)b.data + i, n);
			i += n;
			continue;
		}
		for (n = n > 0 ? n : 1; n > 0; n--, i++) {
			text_string(t, "\\x");
			text_hex(t, bytes_of(b.data + i, 1));
		}
	}
}
