/* SPDX-License-Identifier: ISC */
/* A borrowed run of bytes. It owns nothing and lives as long as what it points into. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *data;
	size_t len;
};

/* The bytes of a string literal, without its closing zero. */
#define BYTES(literal) ((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static inline struct bytes bytes_of(const void *data, size_t len)
{
	return (struct bytes){ (const uint8_t *)data, len };
}

static inline struct bytes bytes_of_string(const char *s)
{
	return (struct bytes){ (const uint8_t *)s, strlen(s) };
}

/* Not for secrets: the time it takes depends on the bytes. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
