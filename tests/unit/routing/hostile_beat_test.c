/* SPDX-License-Identifier: ISC */
/* What whoever has the mesh key reaches by beats, which nobody signs. */
#include <stdio.h>

#include "routing/beat.h"
#include "routing/machine.h"
#include "tests/unit/routing/net.h"

static bool beat(struct net *n, unsigned at, unsigned from, uint16_t number)
{
	uint8_t body[ROUTING_MESSAGE_MAX];
	struct writer w = writer_of(body, sizeof(body));

	beat_write(&w, &(struct beat){ number, rng_u64(&n->rng) });
	return routing_beat(n->nodes[at].r, n->now, 1, from + 1, writer_bytes(&w));
}

static struct nhdp_link *link_of(struct net *n, unsigned at, unsigned to)
{
	return nhdp_find(&n->nodes[at].r->nhdp, to + 1);
}

TEST(forged_beats_make_no_link)
{
	struct net *n = net_line(3);
	uint64_t generation = routing_generation(n->nodes[0].r);

	for (unsigned i = 0; i < 1000; i++) {
		EXPECT(!beat(n, 0, 2, (uint16_t)i), "of somebody who was never heard");
		EXPECT(!beat(n, 0, 60, (uint16_t)i), "of somebody who is not there");
		net_run(n, 5);
	}
	EXPECT(link_of(n, 0, 2) == NULL && link_of(n, 0, 60) == NULL, "no link");
	EXPECT_EQ(routing_generation(n->nodes[0].r), generation, "no way changes");
	EXPECT(net_is_right(n), "all ways are right");
	net_free(n);
}

TEST(forged_beats_that_run_ahead_make_no_link_seem_lossy)
{
	struct net *n = net_line(3);
	uint32_t before, metric;

	net_run(n, 60000);
	metric = link_of(n, 1, 0)->metric_out;
	net_count_anew(n);
	for (unsigned i = 0; i < 600; i++) {
		uint16_t number = link_of(n, 1, 0)->packet_number;

		/* all that may be taken of 64 ahead, and of 8 */
		(void)beat(n, 1, 0, (uint16_t)(number + 64));
		(void)beat(n, 1, 0, (uint16_t)(number + 8));
		net_run(n, 100);
	}
	before = nhdp_loss_in_ppm(link_of(n, 1, 0), n->now);
	printf("# beats forged for a minute: loss seems %.1f %%\n", before / 1e4);
	EXPECT(before < 500000, "half of them at the most seem lost");
	EXPECT(link_of(n, 1, 0)->metric_out <= 3 * metric, "it costs no more than that");
	EXPECT(net_is_right(n), "the link is in use");
	net_run(n, 60000);
	EXPECT(link_of(n, 1, 0)->metric_out <= metric * 5 / 4,
		"a minute later nothing of it is left");
	net_free(n);
}

TEST(forged_beats_keep_nobody_alive_beyond_his_last_HELLO)
{
	struct net *n = net_line(3);
	struct address gone = net_address(2);
	struct routing_route route;
	int64_t ms = 0, validity_ms = link_of(n, 1, 2)->validity_us / 1000;
	bool believed;

	net_cut(n, 1, 2);
	for (; ms < 120000; ms += 100) {
		(void)beat(n, 1, 2, (uint16_t)(link_of(n, 1, 2)->packet_number + 1));
		net_run(n, 100);
		if (!routing_route(n->nodes[0].r, &gone, &route))
			break;
	}
	printf("# kept alive by forged beats for %.1f s, a HELLO holds %.1f s\n",
		(double)ms / 1e3, (double)validity_ms / 1e3);
	EXPECT(ms <= validity_ms + 2000, "it ends with his last HELLO");
	net_run(n, validity_ms - ms + 2000);
	for (unsigned i = 0; i < 50; i++) {
		believed = link_of(n, 1, 2) != NULL &&
			   beat(n, 1, 2, (uint16_t)(link_of(n, 1, 2)->packet_number + 1));
		EXPECT(!believed, "then no beat of his counts");
		net_run(n, 100);
	}
	net_free(n);
}
