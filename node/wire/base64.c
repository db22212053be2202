/* SPDX-License-Identifier: ISC */
/* base64url by shifting six bits at a time through a small register. */
#include "node/wire/base64.h"

static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* 0..63, or 64 for a character outside the alphabet. */
static unsigned value_of(uint8_t c)
{
	const char *at = c != 0 ? strchr(alphabet, c) : NULL;

	return at != NULL ? (unsigned)(at - alphabet) : 64;
}

void base64_write(char *out, struct bytes data)
{
	uint32_t bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < data.len; i++) {
		bits = bits << 8 | data.data[i];
		for (held += 8; held >= 6; held -= 6)
			*out++ = alphabet[bits >> (held - 6) & 63];
	}
	if (held > 0)
		*out = alphabet[bits << (6 - held) & 63];
}

bool base64_parse(uint8_t *out, size_t room, size_t *len, struct bytes text)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t n = 0;

	*len = 0;
	if (text.len % 4 == 1 || text.len / 4 * 3 + (text.len % 4 * 3) / 4 > room)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned v = value_of(text.data[i]);

		if (v > 63)
			return false;
		bits = bits << 6 | v;
		held += 6;
		if (held >= 8) {
			held -= 8;
			out[n++] = (uint8_t)(bits >> held);
		}
	}
	if ((bits & ((1u << held) - 1)) != 0)
		return false;
	*len = n;
	return true;
}
