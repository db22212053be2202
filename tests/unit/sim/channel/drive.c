/* SPDX-License-Identifier: ISC */
/* See drive.h. */
#include "tests/unit/sim/channel/drive.h"

void drive_init(
	struct drive *d, const struct channel_params *p, uint32_t nodes, uint64_t seed)
{
	*d = (struct drive){ 0 };
	check(nodes <= DRIVE_NODES_MAX);
	channel_init(&d->ch, p, nodes, rng_seeded_init(&d->luck, seed));
}

void drive_fini(struct drive *d)
{
	channel_fini(&d->ch);
}

static void both(struct drive *d, uint32_t a, uint32_t b)
{
	links_join(&d->ch.links, a, b);
	links_join(&d->ch.links, b, a);
}

void drive_line(struct drive *d)
{
	for (uint32_t i = 1; i < d->ch.node_count; i++)
		both(d, i - 1, i);
}

void drive_full(struct drive *d)
{
	for (uint32_t i = 0; i < d->ch.node_count; i++)
		for (uint32_t k = i + 1; k < d->ch.node_count; k++)
			both(d, i, k);
}

static void send_one(struct drive *d, uint32_t node)
{
	struct channel_frame f = { d->cookie++, d->traffic[node].to, d->traffic[node].len,
		d->rates };

	if (f.len > 0)
		check(channel_send(&d->ch, d->now, node, &f) == CHANNEL_QUEUED);
}

static void digest(struct drive *d, const struct channel_event *e)
{
	uint64_t words[] = { e->kind, e->node, e->to, e->tries, e->delivered, e->cookie,
		(uint64_t)e->at.us };

	for (size_t i = 0; i < array_len(words); i++)
		d->digest = (d->digest ^ words[i]) * 0x100000001b3u + (d->digest >> 31);
}

static void take_all(struct drive *d)
{
	struct channel_event e;

	while (channel_take(&d->ch, &e)) {
		digest(d, &e);
		if (e.kind == CHANNEL_DELIVERY)
			d->arrived[e.node]++;
		if (e.kind != CHANNEL_DONE)
			continue;
		d->done[e.node]++;
		d->failed[e.node] += !e.delivered;
		d->tries[e.node] += e.tries;
		send_one(d, e.node);
	}
}

void drive_run(struct drive *d, int64_t ms)
{
	struct instant end = instant_add_ms(d->now, ms);

	for (uint32_t i = 0; i < d->ch.node_count; i++)
		for (uint64_t k = channel_counters(&d->ch, i).queued; k < 2; k++)
			send_one(d, i);
	for (;;) {
		struct instant at = channel_deadline(&d->ch);

		if (!instant_before(at, end))
			break;
		d->now = instant_max(d->now, at);
		channel_tick(&d->ch, d->now);
		take_all(d);
	}
	d->now = end;
	channel_tick(&d->ch, end);
	take_all(d);
}

bool near_percent(uint64_t value, uint64_t wanted, unsigned percent)
{
	uint64_t gap = value > wanted ? value - wanted : wanted - value;

	return gap * 100 <= wanted * percent;
}
