/* SPDX-License-Identifier: ISC */
/*
 * A shape makes its own nodes and, but for `random`, its links. Random nodes lie in a
 * square; each is placed where it reaches one placed before, so that the whole is
 * connected, but no more than keep the average at `degree` neighbours.
 */
#include "sim/channel/shapes.h"

#include "node/base/mem.h"
#include "sim/channel/quantity.h"
#include "sim/channel/root.h"

enum { DEGREE_DEFAULT = 6, PLACE_TRIES = 20000 };

static bool count_parse(struct bytes word, uint64_t least, uint64_t most, uint32_t *out)
{
	uint64_t v;

	if (!quantity_parse(word, QUANTITY_COUNT, &v) || v < least || v > most)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool nodes_add(struct scenario *s, uint32_t count)
{
	char buffer[16];

	for (uint32_t i = 0; i < count; i++) {
		struct text name = text_of(buffer, sizeof(buffer));

		text_char(&name, 'n');
		text_u64(&name, i);
		if (!scenario_node_add(s, bytes_of(buffer, name.len)))
			return false;
	}
	return true;
}

static bool both_add(struct scenario *s, uint32_t a, uint32_t b)
{
	struct link_quality q = link_quality_inherited();

	return scenario_link_add(s, a, b, &q) && scenario_link_add(s, b, a, &q);
}

static bool line_add(struct scenario *s, uint32_t first, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (!both_add(s, first + i - 1, first + i))
			return false;
	return true;
}

static bool grid_add(struct scenario *s, uint32_t first, uint32_t width, uint32_t height)
{
	for (uint32_t i = 0; i < width * height; i++) {
		if (i % width > 0 && !both_add(s, first + i - 1, first + i))
			return false;
		if (i >= width && !both_add(s, first + i - width, first + i))
			return false;
	}
	return true;
}

static bool star_add(struct scenario *s, uint32_t first, uint32_t count)
{
	for (uint32_t i = 1; i < count; i++)
		if (!both_add(s, first, first + i))
			return false;
	return true;
}

static bool full_add(struct scenario *s, uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t k = i + 1; k < count; k++)
			if (!both_add(s, first + i, first + k))
				return false;
	return true;
}

/* Nodes from `first` on that were placed before `node` and are in its range. */
static uint64_t reaches(
	const struct scenario *s, uint32_t first, uint32_t node, int64_t mm)
{
	const struct scenario_place *p = &s->places[node];
	uint64_t count = 0;

	for (uint32_t i = first; i < node; i++) {
		int64_t dx = s->places[i].x_mm - p->x_mm,
			dy = s->places[i].y_mm - p->y_mm;

		count += dx * dx + dy * dy <= mm * mm;
	}
	return count;
}

static bool random_add(
	struct scenario *s, uint32_t first, uint32_t degree, const struct rng *rng)
{
	uint32_t count = s->names.count - first;
	uint64_t range, side, links = 0;

	if (s->params.range_mm == 0)
		s->params.range_mm = SCENARIO_RANGE_MM;
	range = s->params.range_mm;
	/* N * pi * range^2 / side^2 = degree + 1, pi as 355/113 */
	side = range * root((uint64_t)count * 355 * 10000 / (113 * (degree + 1))) / 100;
	for (uint32_t node = first; node < s->names.count; node++) {
		struct scenario_place *p = &s->places[node];
		uint64_t due = (uint64_t)(node - first + 1) * degree / 2, k;
		unsigned tries = 0;

		p->placed = true;
		do {
			if (tries++ == PLACE_TRIES)
				return false;
			p->x_mm = (int64_t)rng_below(rng, side + 1);
			p->y_mm = (int64_t)rng_below(rng, side + 1);
			k = reaches(s, first, node, (int64_t)range);
		} while (node > first && (k == 0 || (k > 1 && links + k > due)));
		links += k;
	}
	return true;
}

static bool refuse(struct text *why, const char *what)
{
	text_string(why, what);
	return false;
}

static bool random_parse(struct scenario *s, const struct words *w, const struct rng *rng,
	struct text *why)
{
	struct bytes key = BYTES("degree=");
	uint32_t count, degree = DEGREE_DEFAULT, first = s->names.count;

	if (w->count < 2 || w->count > 3 ||
		!count_parse(w->word[1], 1, SCENARIO_NODES_MAX, &count))
		return refuse(why, "wants: random N [degree=D], N from 1 to 10000");
	if (w->count == 3) {
		struct bytes d = w->word[2];

		if (d.len <= key.len || memcmp(d.data, key.data, key.len) != 0 ||
			!count_parse(bytes_of(d.data + key.len, d.len - key.len), 2, 1000,
				&degree))
			return refuse(why, "wants degree=D, D from 2 to 1000");
	}
	if (!nodes_add(s, count))
		return refuse(why, "too many nodes, or one of these names is taken");
	if (!random_add(s, first, degree, rng))
		return refuse(why, "no connected placing found: raise degree");
	return true;
}

static bool grid_parse(struct scenario *s, const struct words *w, struct text *why)
{
	uint32_t width, height, first = s->names.count;

	if (w->count != 3 || !count_parse(w->word[1], 1, 100, &width) ||
		!count_parse(w->word[2], 1, 100, &height))
		return refuse(why, "wants: grid W H, each from 1 to 100");
	if (!nodes_add(s, width * height) || !grid_add(s, first, width, height))
		return refuse(why, "too many nodes, or one of these names is taken");
	return true;
}

enum shape { SHAPE_LINE, SHAPE_RING, SHAPE_STAR, SHAPE_FULL, SHAPE_GRID, SHAPE_RANDOM };

static bool simple_parse(
	struct scenario *s, const struct words *w, enum shape shape, struct text *why)
{
	uint32_t count, first = s->names.count;
	bool fine;

	if (w->count != 2 || !count_parse(w->word[1], shape == SHAPE_RING ? 3 : 1,
				     shape == SHAPE_FULL ? (uint64_t)SCENARIO_FULL_MAX
							 : (uint64_t)SCENARIO_NODES_MAX,
				     &count))
		return refuse(why, "wants a number of nodes that fits");
	fine = nodes_add(s, count);
	if (fine && shape == SHAPE_STAR)
		fine = star_add(s, first, count);
	else if (fine && shape == SHAPE_FULL)
		fine = full_add(s, first, count);
	else if (fine)
		fine = line_add(s, first, count);
	if (fine && shape == SHAPE_RING)
		fine = both_add(s, first, first + count - 1);
	return fine || refuse(why, "too many nodes, or one of these names is taken");
}

bool shapes_parse(struct scenario *s, const struct words *w, const struct rng *rng,
	bool *is_shape, struct text *why)
{
	static const char *const shape_words[] = { "line", "ring", "star", "full", "grid",
		"random" };
	size_t i = 0;

	while (i < array_len(shape_words) &&
		!bytes_equal(w->word[0], bytes_of_string(shape_words[i])))
		i++;
	*is_shape = i < array_len(shape_words);
	if (!*is_shape)
		return false;
	if (i == SHAPE_GRID)
		return grid_parse(s, w, why);
	if (i == SHAPE_RANDOM)
		return random_parse(s, w, rng, why);
	return simple_parse(s, w, (enum shape)i, why);
}
