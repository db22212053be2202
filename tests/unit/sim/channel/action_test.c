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
	apply(&ch, "set a b loss=30% rate=5M delay=2ms ber=1e-6 signal=-72dBm");
	EXPECT_EQ(links_hearer(&ch.links, 1, 0)->quality.loss_ppm, 300000,
		"loss, both ways");
	EXPECT_EQ(links_hearer(&ch.links, 0, 1)->quality.rate_bps, 5000000, "rate");
	EXPECT_EQ(links_hearer(&ch.links, 0, 1)->quality.delay_us, 2000, "delay");
	EXPECT_EQ(links_hearer(&ch.links, 0, 1)->quality.signal_db, 72, "signal");
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
	apply(&ch, "move b 5 5 over=10s");
	EXPECT_EQ(ch.links.nodes[1].x_mm, 5000, "at its end at once");
	channel_fini(&ch);
}

TEST(nodes_are_parted_healed_put_to_sleep_and_woken)
{
	struct channel_params p = params_default();
	struct rng_seeded luck;
	struct channel ch;

	channel_init(&ch, &p, 2, rng_seeded_init(&luck, 1));
	apply(&ch, "join a b");
	apply(&ch, "part 3 b");
	EXPECT(!links_hearer(&ch.links, 0, 1), "parted");
	apply(&ch, "part 3 a b");
	EXPECT(links_hearer(&ch.links, 0, 1) != NULL, "both in the other group");
	apply(&ch, "part 1 b");
	apply(&ch, "heal");
	EXPECT(links_hearer(&ch.links, 0, 1) != NULL, "healed");
	apply(&ch, "doze a..b");
	EXPECT(ch.nodes[0].dozing && ch.nodes[1].dozing, "both doze");
	apply(&ch, "wake a");
	EXPECT(!ch.nodes[0].dozing && ch.nodes[1].dozing, "one is awake");
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
		{ "", "not cut, join, set, move, part, heal, doze or wake: " },
		{ "cutt a b",
			"not cut, join, set, move, part, heal, doze or wake: cutt" },
		{ "cut", "wants a node" },
		{ "cut a", "wants two nodes" },
		{ "cut a c", "no such node: c" },
		{ "cut c a", "no such node: c" },
		{ "cut a a", "a node has no link with itself: a" },
		{ "cut a b c", "too much: c" },
		{ "set a b", "no such parameter: a" },
		{ "dset a b", "wants loss=, ber=, rate=, delay= or signal=" },
		{ "set a b loss",
			"not loss=, ber=, rate=, delay= or signal= with a value: loss" },
		{ "set a b los=1%", "not loss=, ber=, rate=, delay= or signal= with a "
				    "value: los=1%" },
		{ "set a b loss=2", "not loss=, ber=, rate=, delay= or signal= with a "
				    "value: loss=2" },
		{ "set a b rate=1", "not loss=, ber=, rate=, delay= or signal= with a "
				    "value: rate=1" },
		{ "set loss 2", "loss: not a fitting value: 2" },
		{ "set loss 0.00000000000000000000001",
			"too long: 0.00000000000000000000001" },
		{ "move a", "wants: move NAME X Y [over=TIME]" },
		{ "move a 1 2 3", "not over=TIME: 3" },
		{ "move a 1 2 over=x", "not over=TIME: over=x" },
		{ "move a 1 2 under=1s", "not over=TIME: under=1s" },
		{ "move a 1 2 over=1s 4", "wants: move NAME X Y [over=TIME]" },
		{ "move c 1 2", "no such node: c" },
		{ "part", "wants a node" },
		{ "part a", "wants: part GROUP NODES" },
		{ "part 1", "wants: part GROUP NODES" },
		{ "part 1 c", "no such node: c" },
		{ "part -1 a", "wants: part GROUP NODES" },
		{ "heal a", "too much: a" },
		{ "doze", "wants a node" },
		{ "wake b..a", "a range that runs backwards: b..a" },
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
