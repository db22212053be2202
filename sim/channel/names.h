/* SPDX-License-Identifier: ISC */
/*
 * Lines cut into words, and words that stand for nodes. NODES is a name, a range A..B of all
 * nodes from A to B in the order in which they were made, several of these with commas
 * between, or `all`.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/text.h"

enum { NAME_MAX_CHARS = 31, WORDS_MAX = 12, NODE_RANGES_MAX = 16 };

/* A line cut at blanks; what follows # is left out. */
struct words {
	struct bytes word[WORDS_MAX];
	size_t count;
};

/* False when there are more than WORDS_MAX words. */
must_use bool words_split(struct words *w, struct bytes line);

/* "key=value" to its two sides; false: not such a word. */
must_use bool pair_split(struct bytes word, struct bytes *key, struct bytes *value);

/* Names to numbers: names[i] is node number i. */
struct names {
	char (*names)[NAME_MAX_CHARS + 1];
	uint32_t count;
};

/* False when no node is called so. */
must_use bool names_find(const struct names *names, struct bytes name, uint32_t *node);

struct node_range {
	uint32_t first, last; /* both included */
};

struct node_set {
	struct node_range range[NODE_RANGES_MAX];
	size_t count;
};

/* Adds what one word NODES stands for. False says why. */
must_use bool node_set_add(struct node_set *set, const struct names *names,
	struct bytes word, struct text *why);
