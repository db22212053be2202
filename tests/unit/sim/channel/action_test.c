/* SPDX-License-Identifier: ISC */
#include "sim/channel/action.h"

#include "tests/test.h"

static char two_names[2][NAME_MAX_CHARS + 1] = { "a", "b" };
static const struct names names = { two_names, 2 };

static bool parse(struct action *a, const char *line, char out[120])
{
	struct text why = text_of(out, 120);
	struct words w;

	return words_split(&w, bytes_of_string(line)) &&
	       action_parse(a, &w, 0, &names, &why);
}

static void apply(struct channel *ch, const char *line)
{
	char why[120];
	struct text t = text_of(why, sizeof(why));
	struct action a;

	EXPECT(parse(&a, line, why), line);
	EXPECT(action_apply(&a, ch, &t), line);
	links_settle(&ch->links);
}

TEST(words_are_cut_at_blanks_and_end_at_a_hash)
{
	struct words w;

	EXPECT(words_split(&w, BYTES(" a\tbc  d\r# e")) && w.count == 3, "three words");
	EXPECT_BYTES(w.word[1], BYTES("bc"), "the second");
	EXPECT(words_split(&w, BYTES("")) && w.count == 0, "none");
	EXPECT(words_split(&w, BYTES("1 2 3 4 5 6 7 8 9 10 11 12")), "twelve fit");
	EXPECT(!words_split(&w, BYTES("1 2 3 4 5 6 7 8 9 10 11 12 13")),
		"thirteen do not");
}

TEST(actions_change_the_channel)
{
	struct channel_params p = params_default();
	struct rng_seeded luck;
	struct channel ch;

	channel_init(&ch, &p, 2, rng_seeded_init(&luck, 1));
	apply(&ch, "join a b");
	EXPECT(links_hearer(&ch.links, 0, 1) && links_hearer(&ch.links, 1, 0),
		"both ways");
	apply(&ch, "dcut a b");
	EXPECT(!links_hearer(&ch.links, 0, 1) && links_hearer(&ch.links, 1, 0),
		"one way");
	apply(&ch, "djoin a b");
	apply(&ch, "set a b loss=30% rate=5M delay=2ms ber=1e-6");
	EXPECT_EQ(links_hearer(&ch.links, 1, 0)->quality.loss_ppm, 300000,
		"loss, both ways");
	EXPECT_EQ(links_hearer(&ch.links, 0, 1)->quality.rate_bps, 5000000, "rate");
	EXPECT_EQ(links_hearer(&ch.links, 0, 1)->quality.delay_us, 2000, "delay");
	EXPECT_EQ(links_hearer(&ch.links, 0, 1)->quality.ber_e9, 1000, "bit errors");
	apply(&ch, "dset a b loss=default rate=default");
	EXPECT_EQ(links_hearer(&ch.links, 0, 1)->quality.loss_ppm, LINK_INHERIT,
		"the channel's");
	EXPECT_EQ(links_hearer(&ch.links, 0, 1)->quality.rate_bps, 0, "again");
	EXPECT_EQ(
		links_hearer(&ch.links, 0, 1)->quality.delay_us, 2000, "the rest stays");
	EXPECT_EQ(
		links_hearer(&ch.links, 1, 0)->quality.loss_ppm, 300000, "that way too");
	apply(&ch, "set loss 10%");
	EXPECT_EQ(ch.params.loss_ppm, 100000, "a parameter");
	apply(&ch, "set range 50m");
	apply(&ch, "cut a b");
	EXPECT(!links_hearer(&ch.links, 0, 1) && !links_hearer(&ch.links, 1, 0), "cut");
	apply(&ch, "move a -1.5m 2km");
	EXPECT(ch.links.nodes[0].placed && ch.links.nodes[0].x_mm == -1500 &&
			ch.links.nodes[0].y_mm == 2000000,
		"a place");
	channel_fini(&ch);
}

TEST(a_parameter_that_does_not_fit_the_others_is_refused_when_applied)
{
	struct channel_params p = params_default();
	char why[120];
	struct text t = text_of(why, sizeof(why));
	struct rng_seeded luck;
	struct channel ch;
	struct action a;

	channel_init(&ch, &p, 2, rng_seeded_init(&luck, 1));
	EXPECT(parse(&a, "set cwmin 2000", why), "it reads well");
	EXPECT(!action_apply(&a, &ch, &t), "but is above cwmax");
	EXPECT_STRING(why, "cwmin is above cwmax", "and says so");
	EXPECT_EQ(ch.params.cw_min, 15, "nothing changed");
	channel_fini(&ch);
}

TEST(what_is_no_action_is_refused_with_its_reason)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "", "not cut, join, set or move: " },
		{ "cutt a b", "not cut, join, set or move: cutt" },
		{ "cut", "wants a node" },
		{ "cut a", "wants two nodes" },
		{ "cut a c", "no such node: c" },
		{ "cut c a", "no such node: c" },
		{ "cut a a", "a node has no link with itself: a" },
		{ "cut a b c", "too much: c" },
		{ "set a b", "no such parameter: a" },
		{ "dset a b", "wants loss=, ber=, rate= or delay=" },
		{ "set a b loss", "not loss=, ber=, rate= or delay= with a value: loss" },
		{ "set a b los=1%",
			"not loss=, ber=, rate= or delay= with a value: los=1%" },
		{ "set a b loss=2",
			"not loss=, ber=, rate= or delay= with a value: loss=2" },
		{ "set a b rate=1",
			"not loss=, ber=, rate= or delay= with a value: rate=1" },
		{ "set loss 2", "loss: not a fitting value: 2" },
		{ "set loss 0.00000000000000000000001",
			"too long: 0.00000000000000000000001" },
		{ "move a", "wants: move NAME X Y" },
		{ "move a 1 2 3", "wants: move NAME X Y" },
		{ "move a x 2", "not a place: x" },
		{ "move a 1 y", "not a place: y" },
	};
	struct action a;
	char why[120];

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(!parse(&a, rows[i].line, why), rows[i].line);
		EXPECT(strncmp(why, rows[i].why, strlen(rows[i].why)) == 0, rows[i].why);
	}
}
