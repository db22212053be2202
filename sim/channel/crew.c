/* SPDX-License-Identifier: ISC */
/* A leg knows its beginning and how much of it is gone, so that rounding never adds up. */
#include "sim/channel/crew.h"

#include "node/base/mem.h"
#include "sim/channel/root.h"

enum {
	LEGS_MOST = 64, /* in one step: places may lie on each other */
	DISC_TRIES = 16,
	NM_PER_MM = 1000000,
	PPM_ONE = 1000000,
	HEADINGS = 4,
};

static int64_t clamp(int64_t v, int64_t least, int64_t most)
{
	return v < least ? least : v > most ? most : v;
}

/* From 0 to most, both included. */
static int64_t draw(const struct rng *rng, int64_t most)
{
	return (int64_t)rng_below(rng, (uint64_t)most + 1);
}

static int64_t speed_draw(const struct motion *m, const struct rng *rng)
{
	return m->slow_mm_s + draw(rng, m->fast_mm_s - m->slow_mm_s);
}

static void leg_begin(struct walker *w, int64_t x_mm, int64_t y_mm, int64_t speed_mm_s)
{
	int64_t dx = x_mm - w->x_mm, dy = y_mm - w->y_mm;

	w->from_x_mm = w->x_mm;
	w->from_y_mm = w->y_mm;
	w->to_x_mm = x_mm;
	w->to_y_mm = y_mm;
	w->len_nm = (int64_t)root((uint64_t)(dx * dx + dy * dy)) * NM_PER_MM;
	w->gone_nm = 0;
	w->speed_mm_s = speed_mm_s;
}

/* Anywhere in the area, border of it left out all around. */
static void leg_anywhere(struct walker *w, const struct motion *m, int64_t border_mm,
	const struct rng *rng)
{
	int64_t x = border_mm + draw(rng, m->width_mm - 2 * border_mm);
	int64_t y = border_mm + draw(rng, m->height_mm - 2 * border_mm);

	leg_begin(w, x, y, speed_draw(m, rng));
}

static void disc_draw(int64_t radius_mm, const struct rng *rng, int64_t *x, int64_t *y)
{
	for (unsigned i = 0; i < DISC_TRIES; i++) {
		*x = draw(rng, 2 * radius_mm) - radius_mm;
		*y = draw(rng, 2 * radius_mm) - radius_mm;
		if (*x * *x + *y * *y <= radius_mm * radius_mm)
			return;
	}
	*x = *y = 0;
}

static void leg_in_disc(struct walker *w, const struct motion *m, const struct rng *rng)
{
	int64_t x, y;

	disc_draw(m->radius_mm, rng, &x, &y);
	leg_begin(w, x, y, m->slow_mm_s);
}

/* The crossing one block further in this direction; false: outside. */
static bool crossing(const struct walker *w, const struct motion *m, unsigned heading,
	int64_t *x, int64_t *y)
{
	static const int64_t dx[HEADINGS] = { 1, 0, -1, 0 };
	static const int64_t dy[HEADINGS] = { 0, 1, 0, -1 };

	*x = w->x_mm + dx[heading % HEADINGS] * m->block_mm;
	*y = w->y_mm + dy[heading % HEADINGS] * m->block_mm;
	return *x >= 0 && *x <= m->width_mm && *y >= 0 && *y <= m->height_mm;
}

/* Straight on, or left or right by chance; back only where nothing else is left. */
static void leg_along_street(
	struct walker *w, const struct motion *m, const struct rng *rng)
{
	bool turns = rng_below(rng, PPM_ONE) < m->turn_ppm;
	unsigned side = rng_below(rng, 2) ? 1 : 3;
	const unsigned wishes[] = { turns ? side : 0, turns ? 4 - side : side,
		turns ? 0 : 4 - side, 2 };
	int64_t x = w->x_mm, y = w->y_mm;

	for (size_t i = 0; i < array_len(wishes); i++) {
		if (!crossing(w, m, w->heading + wishes[i], &x, &y))
			continue;
		w->heading = (w->heading + wishes[i]) % HEADINGS;
		break;
	}
	leg_begin(w, x, y, speed_draw(m, rng));
}

/* A walker of the model has come to the end of its leg. */
static void leg_next(struct crew *c, struct walker *w, const struct rng *rng)
{
	const struct motion *m = &c->motion;

	switch (m->model) {
	case MOTION_WAYPOINT:
		w->pause_us = m->pause_us;
		leg_anywhere(w, m, 0, rng);
		break;
	case MOTION_GROUP:
		if (w != &c->centre) {
			leg_in_disc(w, m, rng);
			break;
		}
		w->pause_us = m->pause_us;
		leg_anywhere(w, m, m->radius_mm, rng);
		break;
	case MOTION_CITY:
		leg_along_street(w, m, rng);
		break;
	case MOTION_CONVOY: /* has no legs */
		break;
	}
}

static void walk(struct crew *c, struct walker *w, const struct rng *rng, int64_t us)
{
	for (unsigned legs = 0; us > 0 && legs < LEGS_MOST; legs++) {
		int64_t pause = w->pause_us < us ? w->pause_us : us;
		int64_t need;

		w->pause_us -= pause;
		us -= pause;
		need = (w->len_nm - w->gone_nm + w->speed_mm_s - 1) / w->speed_mm_s;
		if (need > us) {
			w->gone_nm += w->speed_mm_s * us;
			break;
		}
		us -= need;
		w->x_mm = w->to_x_mm;
		w->y_mm = w->to_y_mm;
		leg_next(c, w, rng);
	}
	if (w->gone_nm == 0)
		return;
	w->x_mm = w->from_x_mm + (w->to_x_mm - w->from_x_mm) * (w->gone_nm / NM_PER_MM) /
					 (w->len_nm / NM_PER_MM);
	w->y_mm = w->from_y_mm + (w->to_y_mm - w->from_y_mm) * (w->gone_nm / NM_PER_MM) /
					 (w->len_nm / NM_PER_MM);
}

/* What the first of a convoy has gone, folded to and fro over the area. */
static int64_t fold(int64_t gone_mm, int64_t width_mm)
{
	int64_t at = gone_mm % (2 * width_mm);

	if (at < 0)
		at += 2 * width_mm;
	return at <= width_mm ? at : 2 * width_mm - at;
}

static void convoy_walk(struct crew *c, const struct rng *rng, int64_t us)
{
	struct walker *lead = &c->centre;
	int64_t turn_nm = c->motion.width_mm * NM_PER_MM;
	int64_t before = lead->gone_nm / turn_nm;

	lead->gone_nm += lead->speed_mm_s * us;
	if (lead->gone_nm / turn_nm != before)
		lead->speed_mm_s = speed_draw(&c->motion, rng);
	lead->gone_nm %= 2 * turn_nm;
}

static void crew_show(const struct crew *c, struct links *l)
{
	const struct motion *m = &c->motion;

	for (size_t i = 0; i < c->count; i++) {
		const struct walker *w = &c->walkers[i];
		int64_t x = w->x_mm, y = w->y_mm;

		if (m->model == MOTION_GROUP) {
			x += c->centre.x_mm;
			y += c->centre.y_mm;
		} else if (m->model == MOTION_CONVOY) {
			x = fold(c->centre.gone_nm / NM_PER_MM - (int64_t)i * m->gap_mm,
				m->width_mm);
			y = c->centre.y_mm;
		}
		links_place(l, w->node, x, y);
	}
}

void crew_init(struct crew *c, const struct motion *m)
{
	size_t count = 0;

	for (size_t k = 0; k < m->nodes.count; k++)
		count += m->nodes.range[k].last - m->nodes.range[k].first + 1;
	*c = (struct crew){ .motion = *m };
	c->walkers = mem_array(count, sizeof(c->walkers[0]));
	for (size_t k = 0; k < m->nodes.count; k++)
		for (uint32_t i = m->nodes.range[k].first; i <= m->nodes.range[k].last;
			i++)
			c->walkers[c->count++].node = i;
}

void crew_fini(struct crew *c)
{
	mem_free(c->walkers);
	*c = (struct crew){ .count = 0 };
}

void crew_place(struct crew *c, struct links *l, const struct rng *rng)
{
	for (size_t i = 0; i < c->count; i++) {
		uint32_t node = c->walkers[i].node;
		int64_t x = draw(rng, c->motion.width_mm);
		int64_t y = draw(rng, c->motion.height_mm);

		if (!l->nodes[node].placed)
			links_place(l, node, x, y);
	}
}

/* Where the model's first leg begins. */
static void walker_begin(struct crew *c, struct walker *w, const struct rng *rng)
{
	const struct motion *m = &c->motion;
	int64_t r = m->radius_mm, half = m->block_mm / 2;

	if (m->model == MOTION_GROUP) {
		w->x_mm = clamp(w->x_mm - c->centre.x_mm, -r - 1, r + 1);
		w->y_mm = clamp(w->y_mm - c->centre.y_mm, -r - 1, r + 1);
		if (w->x_mm * w->x_mm + w->y_mm * w->y_mm > r * r)
			disc_draw(r, rng, &w->x_mm, &w->y_mm);
	} else if (m->model == MOTION_CITY) {
		w->x_mm = (w->x_mm + half) / m->block_mm * m->block_mm;
		w->y_mm = (w->y_mm + half) / m->block_mm * m->block_mm;
		w->x_mm = clamp(w->x_mm, 0, m->width_mm / m->block_mm * m->block_mm);
		w->y_mm = clamp(w->y_mm, 0, m->height_mm / m->block_mm * m->block_mm);
		w->heading = (unsigned)rng_below(rng, HEADINGS);
	}
	leg_next(c, w, rng);
	w->pause_us = 0;
}

static void centre_begin(struct crew *c, const struct rng *rng)
{
	const struct motion *m = &c->motion;
	struct walker *w = &c->centre;
	int64_t tail_mm = (int64_t)(c->count - 1) * m->gap_mm;

	*w = (struct walker){ .x_mm = c->walkers[0].x_mm, .y_mm = c->walkers[0].y_mm };
	if (m->model == MOTION_GROUP) {
		w->x_mm = clamp(w->x_mm, m->radius_mm, m->width_mm - m->radius_mm);
		w->y_mm = clamp(w->y_mm, m->radius_mm, m->height_mm - m->radius_mm);
		leg_anywhere(w, m, m->radius_mm, rng);
	} else if (m->model == MOTION_CONVOY) {
		w->gone_nm = (w->x_mm > tail_mm ? w->x_mm : tail_mm) % (2 * m->width_mm) *
			     NM_PER_MM;
		w->speed_mm_s = speed_draw(m, rng);
	}
}

void crew_begin(struct crew *c, struct links *l, const struct rng *rng, int64_t at_us)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct links_node *n = &l->nodes[c->walkers[i].node];

		c->walkers[i].x_mm = clamp(n->x_mm, 0, c->motion.width_mm);
		c->walkers[i].y_mm = clamp(n->y_mm, 0, c->motion.height_mm);
	}
	centre_begin(c, rng);
	for (size_t i = 0; i < c->count; i++)
		walker_begin(c, &c->walkers[i], rng);
	c->begun = true;
	c->at_us = at_us;
	crew_show(c, l);
}

void crew_walk(struct crew *c, struct links *l, const struct rng *rng, int64_t at_us)
{
	int64_t us = (at_us < c->motion.until_us ? at_us : c->motion.until_us) - c->at_us;

	if (us <= 0)
		return;
	c->at_us += us;
	if (c->motion.model == MOTION_GROUP)
		walk(c, &c->centre, rng, us);
	if (c->motion.model == MOTION_CONVOY)
		convoy_walk(c, rng, us);
	else
		for (size_t i = 0; i < c->count; i++)
			walk(c, &c->walkers[i], rng, us);
	crew_show(c, l);
}
