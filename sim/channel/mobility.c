/* SPDX-License-Identifier: ISC */
#include "sim/channel/mobility.h"

#include "node/base/mem.h"

static int64_t since_start_us(const struct mobility *m, struct instant t)
{
	return instant_since_us(t, m->start);
}

static bool is_over(const struct crew *c)
{
	return c->begun && c->at_us >= c->motion.until_us;
}

/* The next step after the one at `at`, or the first one. */
static struct instant next_step(
	const struct mobility *m, struct instant at, const struct channel *ch)
{
	struct instant step = instant_add_us(at, (int64_t)ch->params.step_us);
	struct instant next = m->glide_count > 0 ? step : NEVER;

	for (size_t i = 0; i < m->crew_count; i++) {
		const struct crew *c = &m->crews[i];
		struct instant from = instant_add_us(m->start, c->motion.from_us);

		if (!is_over(c))
			next = instant_min(
				next, c->begun ? step : instant_max(step, from));
	}
	return next;
}

static void glide_show(
	struct mobility *m, uint32_t node, struct instant t, struct channel *ch)
{
	struct glide *g = &m->glides[node];
	__int128 whole = instant_since_us(g->end, g->begin);
	__int128 gone = instant_since_us(t, g->begin);

	if (gone >= whole) {
		g->active = false;
		m->glide_count--;
		gone = whole;
	}
	links_place(&ch->links, node,
		g->from_x_mm + (int64_t)((g->to_x_mm - g->from_x_mm) * gone / whole),
		g->from_y_mm + (int64_t)((g->to_y_mm - g->from_y_mm) * gone / whole));
}

static void step(struct mobility *m, struct instant at, struct channel *ch)
{
	int64_t at_us = since_start_us(m, at);

	for (size_t i = 0; i < m->crew_count; i++) {
		struct crew *c = &m->crews[i];

		if (c->begun)
			crew_walk(c, &ch->links, &m->rng, at_us);
		else if (c->motion.from_us <= at_us)
			crew_begin(c, &ch->links, &m->rng, at_us);
	}
	for (uint32_t i = 0; m->glide_count > 0 && i < m->node_count; i++)
		if (m->glides[i].active)
			glide_show(m, i, at, ch);
}

void mobility_init(struct mobility *m, const struct scenario *s, struct channel *ch,
	struct instant start, struct rng rng)
{
	*m = (struct mobility){ .start = start,
		.next = NEVER,
		.rng = rng,
		.crew_count = s->motion_count,
		.node_count = ch->node_count };
	m->crews = mem_array(s->motion_count, sizeof(m->crews[0]));
	for (size_t i = 0; i < m->crew_count; i++) {
		crew_init(&m->crews[i], &s->motions[i]);
		crew_place(&m->crews[i], &ch->links, &m->rng);
	}
	step(m, start, ch);
	m->next = next_step(m, start, ch);
}

void mobility_fini(struct mobility *m)
{
	for (size_t i = 0; i < m->crew_count; i++)
		crew_fini(&m->crews[i]);
	mem_free(m->crews);
	mem_free(m->glides);
	*m = (struct mobility){ .next = NEVER };
}

struct instant mobility_deadline(const struct mobility *m)
{
	return m->next;
}

void mobility_tick(struct mobility *m, struct instant now, struct channel *ch)
{
	while (instant_due(m->next, now)) {
		struct instant at = m->next;

		channel_tick(ch, at);
		step(m, at, ch);
		m->next = next_step(m, at, ch);
	}
}

/* The node is no longer on its way; it stays where it is now. */
static void glide_end(
	struct mobility *m, uint32_t node, struct instant now, struct channel *ch)
{
	if (!m->glides || !m->glides[node].active)
		return;
	glide_show(m, node, now, ch);
	m->glide_count -= m->glides[node].active;
	m->glides[node].active = false;
}

static void glide_begin(struct mobility *m, struct instant now, const struct action *a,
	struct channel *ch)
{
	const struct links_node *n = &ch->links.nodes[a->a];

	if (!m->glides)
		m->glides = mem_array(m->node_count, sizeof(m->glides[0]));
	m->glides[a->a] = (struct glide){ true, n->x_mm, n->y_mm, a->x_mm, a->y_mm, now,
		instant_add_us(now, a->over_us) };
	m->glide_count++;
	m->next = instant_min(m->next, next_step(m, now, ch));
}

bool mobility_action(struct mobility *m, struct instant now, const struct action *a,
	struct channel *ch, struct text *why)
{
	if (a->kind != ACTION_MOVE)
		return action_apply(a, ch, why);
	glide_end(m, a->a, now, ch);
	if (a->over_us == 0 || !ch->links.nodes[a->a].placed)
		return action_apply(a, ch, why);
	glide_begin(m, now, a, ch);
	return true;
}
