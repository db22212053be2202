/* SPDX-License-Identifier: ISC */
/* base64url without padding (RFC 4648 section 5), in the one canonical form only. */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"

/* Characters for len bytes, without a closing zero. */
static inline size_t base64_length(size_t len)
{
	return len / 3 * 4 + (len % 3 != 0 ? len % 3 + 1 : 0);
}

/* Writes base64_length(data.len) characters; no closing zero. */
void base64_write(char *out, struct bytes data);
/* False: a character outside the alphabet, an impossible length, a bit set that stands
 * for nothing, or more than room bytes. */
must_use bool base64_parse(uint8_t *out, size_t room, size_t *len, struct bytes text);
