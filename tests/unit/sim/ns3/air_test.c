/* SPDX-License-Identifier: ISC */
#include "sim/ns3/air.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/test.h"

enum { S = 1000000 };

/* The status of opening a scenario of this text, with one --set word, or none. */
static int open_text(struct air **a, const char *text, const char *set)
{
	char path[] = "/tmp/qanat-air.XXXXXX", word[64];
	char *const words[] = { word };
	int fd = mkstemp(path), status;

	check(fd >= 0);
	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	check(close(fd) == 0);
	snprintf(word, sizeof(word), "%s", set ? set : "");
	status = air_open(a, path, test_seed(), words, set != NULL);
	check(unlink(path) == 0);
	return status;
}

static struct air *opened(const char *text)
{
	struct air *a;

	EXPECT_EQ(open_text(&a, text, NULL), 0, "the scenario is right");
	return a;
}

/* The first line of the answer. */
static const char *said(struct air *a, int64_t now_us, const char *line)
{
	static char buffer[200];
	FILE *out = fmemopen(buffer, sizeof(buffer), "w");

	check(out != NULL);
	if (!air_answer(a, now_us, line, out))
		fputs("no such command\n", out);
	check(fclose(out) == 0);
	buffer[strcspn(buffer, "\n")] = '\0';
	return buffer;
}

TEST(a_node_hears_its_links_and_senses_one_further)
{
	static const enum air_reach wanted[] = { AIR_NOTHING, AIR_HEARD, AIR_SENSED,
		AIR_NOTHING };
	struct air *a = opened("line 4\n");

	EXPECT_EQ(air_count(a), 4, "all nodes are there");
	EXPECT_STRING(air_name(a, 3), "n3", "with their names");
	for (uint32_t i = 1; i < 4; i++) {
		EXPECT_EQ(air_reach(a, 0, i), wanted[i], "from the first one");
		EXPECT_EQ(air_reach(a, i, 0), wanted[i], "and back");
	}
	air_close(a);
}

TEST(what_happens_does_so_in_time_and_is_announced)
{
	struct air *a = opened("node a 0 0\nnode b 90 0\nrange 100m\n"
			       "at 1s move b 150 0\nat 2s move b 50 0\nat 3s cut a b\n");

	EXPECT_EQ(air_reach(a, 0, 1), AIR_HEARD, "within the range");
	EXPECT_EQ(air_advance(a, 0), 1 * S, "the first move is next");
	EXPECT_EQ(air_advance(a, 1 * S), 2 * S, "then the second one");
	EXPECT_EQ(air_reach(a, 0, 1), AIR_SENSED, "between one range and two");
	EXPECT_EQ(air_advance(a, 2500000), 3 * S, "late, and nothing is left out");
	EXPECT_EQ(air_reach(a, 0, 1), AIR_HEARD, "near again");
	EXPECT_EQ(air_advance(a, 3 * S), INT64_MAX, "nothing more is to come");
	EXPECT_EQ(air_reach(a, 0, 1), AIR_SENSED, "the link is cut, the place is not");
	air_close(a);
}

TEST(who_moves_by_a_model_is_somewhere_else_later)
{
	struct air *a = opened("node a 0 0\nnode b 0 0\nset step 1s\nrange 1m\n"
			       "mobility waypoint b area=1000x1000 speed=10\n");
	bool gone = false;

	for (int64_t now = 0; now < 60 * S; now += S) {
		EXPECT_EQ(air_advance(a, now), now + S, "a step a second");
		gone = gone || air_reach(a, 0, 1) == AIR_NOTHING;
	}
	EXPECT(gone, "who walks away is no longer reached");
	air_close(a);
}

TEST(a_pause_stops_the_scenario_and_the_air)
{
	struct air *a = opened("line 2\nat 1s cut n0 n1\n");

	EXPECT_STRING(said(a, 0, "pause"), "ok", "it can be told");
	EXPECT_EQ(air_advance(a, 5 * S), INT64_MAX, "nothing is due");
	EXPECT_EQ(air_reach(a, 0, 1), AIR_NOTHING, "nobody reaches anybody");
	EXPECT_STRING(said(a, 7 * S, "resume"), "ok", "and told again");
	EXPECT_EQ(air_advance(a, 7 * S), 8 * S, "time goes on where it stood");
	EXPECT_EQ(air_reach(a, 0, 1), AIR_HEARD, "not yet cut");
	air_advance(a, 8 * S);
	EXPECT_EQ(air_reach(a, 0, 1), AIR_NOTHING, "now it is");
	air_close(a);
}

TEST(tries_are_lost_as_often_as_the_link_says)
{
	struct air *a = opened("line 3\nset loss 0%\nlink n0 n1 loss=30%\n");
	unsigned lost = 0;

	for (unsigned i = 0; i < 10000; i++) {
		lost += air_loses(a, 0, 1, 1500);
		EXPECT(!air_loses(a, 1, 2, 1500), "the other link loses nothing");
	}
	EXPECT(lost > 2700 && lost < 3300, "three of ten, within six deviations");
	EXPECT(air_loses(a, 0, 2, 1500), "who does not hear it has lost it");
	EXPECT_STRING(said(a, 0, "set loss 100%"), "ok", "the channel's loss is set");
	EXPECT(air_loses(a, 1, 2, 1500), "and holds from then on");
	air_close(a);
}

TEST(the_radio_is_the_scenarios)
{
	struct air *a;
	struct air_radio r;

	EXPECT_EQ(open_text(&a, "line 2\nset retries 3\nset queue 9\n", "unicast=24M"), 0,
		"the scenario is right");
	r = air_radio_of(a);
	EXPECT(r.unicast_bps == 24000000 && r.broadcast_bps == 6000000,
		"rates by default or as set");
	EXPECT(r.retries == 3 && r.queue_frames == 9, "retries and queue");
	air_close(a);
}

TEST(every_command_is_answered_also_what_cannot_be_done_here)
{
	static const struct {
		const char *line, *answer;
	} rows[] = {
		{ "doze n1", "error: doze: only qanat-ether and qanat-world do this; "
			     "left out" },
		{ "set n0 n1 rate=6M", "error: rate= and delay= of a link: left out" },
		{ "set difs 1us", "error: 802.11 has its own; left out" },
		{ "set corrupt 1%", "error: only qanat-ether and qanat-world do this; "
				    "left out" },
		{ "set retries 1", "error: unicast, broadcast, retries, queue: set once, "
				   "changes are left out" },
		{ "cut n0 n9", "error: no such node: n9" },
		{ "fly", "no such command" },
		{ "", "no such command" },
		{ "topology", "node n0" },
		{ "join n0 n1", "ok" },
		{ "heal", "ok" },
	};
	struct air *a = opened("line 2\n");

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_STRING(said(a, 0, rows[i].line), rows[i].answer, rows[i].line);
	air_close(a);
}

TEST(a_wrong_scenario_is_refused_as_a_mistake_of_usage)
{
	struct air *a;

	EXPECT_EQ(open_text(&a, "line 2\nfly\n", NULL), 2, "an unknown word");
	EXPECT_EQ(open_text(&a, "line 2\n", "loss=many"), 2, "a wrong value");
	EXPECT_EQ(open_text(&a, "line 2\n", "loss"), 2, "no value");
}

TEST(islands_are_shared_out_and_a_bridge_between_them_is_noticed)
{
	struct air *a = opened("node a\nnode b\nnode c\nnode d\nnode e\n"
			       "link a c\nlink c e\nlink b d\n");
	uint32_t rank[5], x, y;

	air_split(a, 2, rank);
	EXPECT(rank[0] == 0 && rank[2] == 0 && rank[4] == 0, "one island");
	EXPECT(rank[1] == 1 && rank[3] == 1, "the other one");
	EXPECT(!air_crosses(a, rank, &x, &y), "nobody reaches across");
	EXPECT_STRING(said(a, 0, "join d e"), "ok", "a bridge");
	EXPECT(air_crosses(a, rank, &x, &y), "is seen");
	EXPECT(rank[x] != rank[y], "between two processes");
	air_split(a, 2, rank);
	for (uint32_t i = 0; i < 5; i++)
		EXPECT_EQ(rank[i], 0, "all are one island now");
	air_close(a);
}
