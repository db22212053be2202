/* SPDX-License-Identifier: ISC */
/* What every example of node/PROTOCOL.md must stand: being taken as it is, and being
 * refused when it is cut short, followed by a byte, or changed where something covers it. */
#pragma once

#include "node/crypto/hash.h"
#include "tests/property/document.h"

enum {
	LONGER_TOO = 1, /* what follows is padding, or not looked at */
	SEALED = 2,     /* any bit changed is refused, but in the free places */
};

struct span {
	size_t from, to;
};

struct example_row {
	const char *name;
	bool (*accepts)(struct bytes b);
	unsigned flags;
	size_t least; /* shorter than this is refused; 0: shorter than the example */
	struct span free[3];
};

static inline const struct example_row *example_row(
	const struct example_row *rows, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static inline void examples_expect_names(const struct example_row *rows, size_t count,
	bool (*is_ours)(const struct example *e))
{
	const struct document *d = document();

	for (size_t i = 0; i < d->count; i++) {
		EXPECT_BYTES(document_example(d->examples[i].name), d->examples[i].bytes,
			"no two examples have one name");
		if (is_ours(&d->examples[i]))
			EXPECT(example_row(rows, count, d->examples[i].name) != NULL,
				d->examples[i].name);
	}
	for (size_t i = 0; i < count; i++)
		EXPECT(document_example(rows[i].name).len > 0, rows[i].name);
}

static inline void examples_expect_accepted(const struct example_row *rows, size_t count)
{
	check(crypto_start() == 0);
	for (size_t i = 0; i < count; i++)
		EXPECT(rows[i].accepts(document_example(rows[i].name)), rows[i].name);
}

static inline void examples_expect_length(const struct example_row *rows, size_t count)
{
	check(crypto_start() == 0);
	for (size_t i = 0; i < count; i++) {
		struct bytes b = document_example(rows[i].name);
		size_t least = rows[i].least > 0 ? rows[i].least : b.len;
		uint8_t *longer = mem_new(b.len + 1);

		EXPECT(b.len > 0, rows[i].name);
		for (size_t len = 0; len < least; len++) {
			/* memory of exactly this size, so that a sanitizer sees a byte too many */
			uint8_t *cut = mem_copy(b.data, len);

			EXPECT(!rows[i].accepts(bytes_of(cut, len)), rows[i].name);
			mem_free(cut);
		}
		memcpy(longer, b.data, b.len);
		longer[b.len] = 0xff;
		EXPECT(rows[i].accepts(bytes_of(longer, b.len + 1)) ==
				((rows[i].flags & LONGER_TOO) != 0),
			rows[i].name);
		mem_free(longer);
	}
}

static inline bool example_is_free(const struct example_row *row, size_t at)
{
	for (size_t i = 0; i < array_len(row->free); i++)
		if (at >= row->free[i].from && at < row->free[i].to)
			return true;
	return false;
}

static inline void examples_expect_seals(const struct example_row *rows, size_t count)
{
	check(crypto_start() == 0);
	for (size_t i = 0; i < count; i++) {
		struct bytes b = document_example(rows[i].name);
		uint8_t *changed = mem_copy(b.data, b.len);

		for (size_t bit = 0; bit < 8 * b.len; bit++) {
			if (!(rows[i].flags & SEALED) ||
				example_is_free(&rows[i], bit / 8))
				continue;
			changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
			EXPECT(!rows[i].accepts(bytes_of(changed, b.len)), rows[i].name);
			changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		mem_free(changed);
	}
}
