/* SPDX-License-Identifier: ISC */
#include "sim/channel/names.h"

#include "tests/test.h"

static char many[6][NAME_MAX_CHARS + 1] = { "n0", "n1", "n2", "a", "b..c", "c" };
static const struct names names = { many, 6 };

TEST(nodes_are_a_name_a_range_several_or_all)
{
	static const struct {
		const char *word, *bits;
	} rows[] = {
		{ "n1", "010000" },
		{ "n0..n2", "111000" },
		{ "n2..a", "001100" },
		{ "n1..n1", "010000" },
		{ "a,n0..n1,c", "110101" },
		{ "b..c", "000010" },
		{ "a..b..c", "000110" },
		{ "b..c..c", "000011" },
		{ "all", "111111" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct node_set set = { .count = 0 };
		char bits[] = "000000", buffer[80];
		struct text why = text_of(buffer, sizeof(buffer));

		EXPECT(node_set_add(&set, &names, bytes_of_string(rows[i].word), &why),
			rows[i].word);
		for (size_t k = 0; k < set.count; k++)
			for (uint32_t n = set.range[k].first; n <= set.range[k].last; n++)
				bits[n] = '1';
		EXPECT_STRING(bits, rows[i].bits, rows[i].word);
	}
}

TEST(what_is_no_node_is_refused_with_its_reason)
{
	static const struct {
		const char *word, *why;
	} rows[] = {
		{ "", "no such node: " },
		{ "n3", "no such node: n3" },
		{ "n0,", "no such node: " },
		{ "n0..", "no such node: n0.." },
		{ "..n0", "no such node: ..n0" },
		{ "n0..n9", "no such node: n0..n9" },
		{ "n2..n0", "a range that runs backwards: n2..n0" },
		{ "n0,n0,n0,n0,n0,n0,n0,n0,n0,n0,n0,n0,n0,n0,n0,n0,a",
			"too many ranges of nodes: a" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct node_set set = { .count = 0 };
		char buffer[80];
		struct text why = text_of(buffer, sizeof(buffer));

		EXPECT(!node_set_add(&set, &names, bytes_of_string(rows[i].word), &why),
			rows[i].word);
		EXPECT_STRING(buffer, rows[i].why, "it says why");
	}
}

TEST(a_pair_has_two_sides)
{
	struct bytes key, value;

	EXPECT(pair_split(BYTES("a=b=c"), &key, &value), "the first = parts them");
	EXPECT_BYTES(key, BYTES("a"), "the left side");
	EXPECT_BYTES(value, BYTES("b=c"), "the right side");
	EXPECT(!pair_split(BYTES("ab"), &key, &value), "no = in it");
}
