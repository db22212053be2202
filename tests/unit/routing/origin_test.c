/* SPDX-License-Identifier: ISC */
#include "routing/machine.h"

#include "tests/unit/routing/golden.h"
#include "tests/unit/routing/net.h"

TEST(origin_spreads_changes_out_and_refreshes_seldom)
{
	struct net *n = net_new(3, 0, test_rng());
	const struct lsdb_router *self;
	struct address a = net_address(0);
	uint64_t before, sequence;
	struct routing *r = n->nodes[0].r;

	net_join(n, 0, 1);
	net_join(n, 1, 2);
	net_run(n, 60000);
	self = lsdb_find(&r->lsdb, &a);
	EXPECT(self->own && r->lsdb.nodes[self->slot].count + self->claim_count == 1,
		"our TC is in our database");
	before = self->ansn;
	sequence = self->sequence;
	net_run(n, 6000);
	EXPECT(self->sequence > sequence, "it is told again after its interval");
	EXPECT_EQ(self->ansn, before, "a refresh keeps the ANSN");
	sequence = self->sequence;
	for (unsigned i = 0; i < 20; i++) {
		origin_links_changed(r, n->now, false);
		net_run(n, 100);
	}
	EXPECT(self->sequence > sequence, "changes go out");
	EXPECT(self->ansn - before <= 6, "but not each on its own");
	net_free(n);
}
