/* SPDX-License-Identifier: ISC */
#include "sim/channel/names.h"

static bool refuse(struct text *why, const char *what, struct bytes word)
{
	text_string(why, what);
	text_escaped(why, word);
	return false;
}

bool words_split(struct words *w, struct bytes line)
{
	size_t i = 0;

	w->count = 0;
	while (i < line.len && line.data[i] != '#') {
		size_t start = i;

		while (i < line.len && line.data[i] != '#' && line.data[i] != ' ' &&
			line.data[i] != '\t' && line.data[i] != '\r')
			i++;
		if (i == start) {
			i++;
			continue;
		}
		if (w->count == WORDS_MAX)
			return false;
		w->word[w->count++] = bytes_of(line.data + start, i - start);
	}
	return true;
}

bool pair_split(struct bytes word, struct bytes *key, struct bytes *value)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] != '=')
			continue;
		*key = bytes_of(word.data, i);
		*value = bytes_of(word.data + i + 1, word.len - i - 1);
		return true;
	}
	return false;
}

bool names_find(const struct names *names, struct bytes name, uint32_t *node)
{
	for (uint32_t i = 0; i < names->count; i++) {
		if (!bytes_equal(name, bytes_of_string(names->names[i])))
			continue;
		*node = i;
		return true;
	}
	return false;
}

static bool range_add(struct node_set *set, uint32_t first, uint32_t last,
	struct bytes word, struct text *why)
{
	if (first > last)
		return refuse(why, "a range that runs backwards: ", word);
	if (set->count == NODE_RANGES_MAX)
		return refuse(why, "too many ranges of nodes: ", word);
	set->range[set->count++] = (struct node_range){ first, last };
	return true;
}

/* NAME or A..B; a name may have dots in it. */
static bool part_add(struct node_set *set, const struct names *names, struct bytes part,
	struct text *why)
{
	uint32_t first, last;

	if (names_find(names, part, &first))
		return range_add(set, first, first, part, why);
	if (bytes_equal(part, BYTES("all")) && names->count > 0)
		return range_add(set, 0, names->count - 1, part, why);
	for (size_t i = 1; i + 2 < part.len; i++)
		if (part.data[i] == '.' && part.data[i + 1] == '.' &&
			names_find(names, bytes_of(part.data, i), &first) &&
			names_find(names, bytes_of(part.data + i + 2, part.len - i - 2),
				&last))
			return range_add(set, first, last, part, why);
	return refuse(why, "no such node: ", part);
}

bool node_set_add(struct node_set *set, const struct names *names, struct bytes word,
	struct text *why)
{
	size_t from = 0;

	for (size_t i = 0; i <= word.len; i++) {
		if (i < word.len && word.data[i] != ',')
			continue;
		if (!part_add(set, names, bytes_of(word.data + from, i - from), why))
			return false;
		from = i + 1;
	}
	return true;
}
