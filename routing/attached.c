/* SPDX-License-Identifier: ISC */
/* Networks behind routers: kept where they were told, in the TCs of the database. */
#include "routing/machine.h"

bool routing_attached_at(const struct routing *r, size_t i, struct routing_attached *out)
{
	const struct lsdb_router *n = NULL;
	const struct tc_attached *a;
	struct tc t;

	for (uint32_t slot = 0; slot < r->lsdb.slot_count; slot++) {
		n = r->lsdb.slots[slot];
		if (n == NULL || !n->known)
			continue;
		if (i < n->attached)
			break;
		i -= n->attached;
		n = NULL;
	}
	if (n == NULL || !n->known)
		return false;
	check(tc_parse(&t, bytes_of(n->body, n->body_len)) && i < t.attached_count);
	a = &t.attached[i];
	*out = (struct routing_attached){ n->address, a->network, a->prefix, a->hops,
		a->metric, n->own || lsdb_reachable(n) };
	return true;
}
