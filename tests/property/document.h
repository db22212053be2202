/* SPDX-License-Identifier: ISC */
/*
 * node/PROTOCOL.md as a test reads it: blocks that begin with ```hex NAME, and tables by
 * the line of their head. Programs run in the root of the tree.
 */
#pragma once

#include <stdio.h>

#include "node/base/mem.h"
#include "tests/test.h"

enum { EXAMPLES_MAX = 80, CELLS_MAX = 6 };

struct example {
	char name[32];
	char chapter[48]; /* under which it stands */
	struct bytes bytes;
};

struct document {
	char *text; /* owned, closed by a zero */
	struct example examples[EXAMPLES_MAX];
	size_t count;
};

static inline int document_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* One block, from behind its name; returns where it ends. */
static inline const char *document_block(struct example *e, const char *at)
{
	const char *end = strstr(at, "\n```");
	uint8_t *out;
	size_t len = 0;

	EXPECT(end != NULL, "every block has an end");
	out = mem_new((size_t)(end - at) / 2 + 1);
	for (; at < end; at++) {
		if (*at == '\n')
			continue;
		EXPECT(document_digit(at[0]) >= 0 && document_digit(at[1]) >= 0,
			"blocks are lower-case hex, two digits a byte");
		out[len++] =
			(uint8_t)(document_digit(at[0]) << 4 | document_digit(at[1]));
		at++;
	}
	e->bytes = bytes_of(out, len);
	return end + 1;
}

/* The last heading of a chapter before `at`. */
static inline void document_chapter(const char *text, const char *at, struct example *e)
{
	const char *found = NULL, *next = text;
	size_t len;

	while ((next = strstr(next, "\n## ")) != NULL && next < at) {
		next += 4;
		found = next;
	}
	EXPECT(found != NULL, "an example stands under a heading");
	len = strcspn(found, "\n");
	EXPECT(len < sizeof(e->chapter), "a heading is short");
	memcpy(e->chapter, found, len);
	e->chapter[len] = '\0';
}

static inline void document_examples(struct document *d)
{
	static const char begin[] = "\n```hex ";
	const char *at = d->text;

	while ((at = strstr(at, begin)) != NULL) {
		struct example *e = &d->examples[d->count];
		size_t len;

		at += sizeof(begin) - 1;
		len = strcspn(at, "\n");
		EXPECT(d->count < EXAMPLES_MAX && len < sizeof(e->name), "there is room");
		memcpy(e->name, at, len);
		e->name[len] = '\0';
		document_chapter(d->text, at, e);
		at = document_block(e, at + len);
		d->count++;
	}
}

/* The whole document, read once. */
static inline struct document *document(void)
{
	enum { DOCUMENT_MAX = 1 << 20 };
	static struct document d;
	FILE *in;

	if (d.text != NULL)
		return &d;
	in = fopen("node/PROTOCOL.md", "re");
	EXPECT(in != NULL, "node/PROTOCOL.md is there");
	d.text = mem_new(DOCUMENT_MAX);
	d.text[fread(d.text, 1, DOCUMENT_MAX - 1, in)] = '\0';
	fclose(in);
	document_examples(&d);
	return &d;
}

static inline struct bytes document_example(const char *name)
{
	const struct document *d = document();

	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->examples[i].name, name) == 0)
			return d->examples[i].bytes;
	return bytes_of(NULL, 0);
}

/* Whether the text has these bytes in hex somewhere. */
static inline bool document_says(struct bytes b)
{
	char hex[129];

	check(b.len <= 64);
	for (size_t i = 0; i < b.len; i++)
		snprintf(hex + 2 * i, 3, "%02x", b.data[i]);
	return strstr(document()->text, hex) != NULL;
}

struct table {
	const char *at; /* the next row */
	char cell[CELLS_MAX][256];
	size_t cells;
};

/* Begins behind the head and the line under it. */
static inline struct table table_find(const char *head)
{
	struct table t = { .at = strstr(document()->text, head) };

	EXPECT(t.at != NULL, head);
	for (int i = 0; i < 2; i++)
		t.at += strcspn(t.at, "\n") + 1;
	return t;
}

/* The next row, split into cells without the spaces around them. False: the table ends. */
static inline bool table_next_row(struct table *t)
{
	t->cells = 0;
	if (*t->at != '|')
		return false;
	while (*++t->at != '\n' && *t->at != '\0') {
		size_t len = strcspn(t->at, "|\n"), from = 0, to = len;

		EXPECT(t->cells < CELLS_MAX && len < sizeof(t->cell[0]), "a row fits");
		while (from < to && t->at[from] == ' ')
			from++;
		while (to > from && t->at[to - 1] == ' ')
			to--;
		memcpy(t->cell[t->cells], t->at + from, to - from);
		t->cell[t->cells++][to - from] = '\0';
		t->at += len;
	}
	t->at += *t->at == '\n';
	return true;
}
