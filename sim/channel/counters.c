/* SPDX-License-Identifier: ISC */
/* What a channel has counted, with what is going on now. */
#include "sim/channel/channel.h"

struct channel_counters channel_counters(const struct channel *ch, uint32_t node)
{
	const struct channel_node *n = &ch->nodes[node];
	struct channel_counters c = n->counters;
	int64_t busy_ns = n->busy_ns;

	check(node < ch->node_count);
	if (n->busy > 0)
		busy_ns += ch->now_ns - n->busy_from_ns;
	c.airtime_us = (uint64_t)n->airtime_ns / 1000;
	c.busy_us = (uint64_t)busy_ns / 1000;
	c.queued = n->count;
	return c;
}

void channel_counters_reset(struct channel *ch)
{
	for (uint32_t i = 0; i < ch->node_count; i++) {
		struct channel_node *n = &ch->nodes[i];

		n->counters = (struct channel_counters){ 0 };
		n->airtime_ns = 0;
		n->busy_ns = 0;
		n->busy_from_ns = ch->now_ns;
	}
}
