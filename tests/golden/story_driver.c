/* SPDX-License-Identifier: ISC */
/*
 * Writes a made-up story as a page: four nodes, of which one has the name that it is given,
 * a link that goes, a folder that becomes alike, a node that ends.
 *
 *	story_driver PAGE LINES NAME
 */
#include <stdio.h>

#include "sim/world/story.h"

static struct instant at_ms(int64_t ms)
{
	return instant_us(1000000 + ms * 1000);
}

static void tell_links(struct story *s, struct instant now, bool whole)
{
	struct hearer one[] = { { .node = 1 } },
		      both[] = { { .node = 0 }, { .node = 2 } };
	struct hearer ends[] = { { .node = 1 }, { .node = 3 } };
	struct hearer last[] = { { .node = 2 } };

	story_hearers(s, now, 0, one, 1);
	story_hearers(s, now, 1, both, 2);
	story_hearers(s, now, 2, ends, whole ? 2 : 1);
	story_hearers(s, now, 3, last, whole ? 1 : 0);
}

static void tell_folder(struct story *s, struct instant now, uint32_t node,
	const char *state, uint64_t need, const char *tree)
{
	struct story_folder f = { 0, state, 12, need, need * 1000,
		bytes_of(tree, strlen(tree)) };

	story_folder(s, now, node, &f);
}

static void tell_frames(struct story *s)
{
	for (int64_t ms = 0; ms < 8000; ms += 10) {
		struct story_frame all = { (uint32_t)(ms / 10 % 3), STORY_ALL, 90,
			"routing" };
		struct story_frame one = { 0, 1, 1400, "bulk" };

		story_frame(s, at_ms(ms), STORY_SENT, &all);
		all.to = all.from + 1;
		story_frame(s, at_ms(ms + 1), STORY_RECEIVED, &all);
		story_frame(s, at_ms(ms + 2), STORY_SENT, &one);
		story_frame(s, at_ms(ms + 4), ms % 400 == 0 ? STORY_LOST : STORY_RECEIVED,
			&one);
		if (ms == 4000) {
			story_event(s, at_ms(ms + 5), "cut n2 n3");
			tell_links(s, at_ms(ms + 5), false);
			tell_folder(s, at_ms(ms + 5), 1, "synced", 0, "tree");
			story_life(s, at_ms(ms + 5), 3, STORY_DIED);
			story_verdict(s, at_ms(ms + 5), "trees alike", true, NULL);
		}
	}
}

int main(int argc, char **argv)
{
	struct story *s = story_new(at_ms(0));
	struct story_place nowhere = { .placed = false };
	struct story_hop hops[] = { { 1, 1, 1 }, { 2, 1, 2 }, { 3, 1, 3 } };

	if (argc != 4 || story_page_open(s, argv[1]) < 0 ||
		story_lines_open(s, argv[2]) < 0)
		return 2;
	story_begin(s, at_ms(0), "made-up", 7);
	for (uint32_t i = 0; i < 4; i++) {
		char name[8];

		snprintf(name, sizeof(name), "n%u", i);
		story_node(s, at_ms(0), i, i == 2 ? argv[3] : name, &nowhere);
		story_life(s, at_ms(0), i, STORY_BORN);
	}
	tell_links(s, at_ms(0), true);
	tell_folder(s, at_ms(0), 0, "synced", 0, "tree");
	tell_folder(s, at_ms(0), 1, "syncing", 5, "leaf");
	story_routes(s, at_ms(0), 0, 3, hops);
	story_verdict(s, at_ms(0), "trees alike", false, "two trees");
	tell_frames(s);
	story_end(s, at_ms(8000), true, NULL);
	return story_free(s) < 0;
}
