/* SPDX-License-Identifier: ISC */
/* One table: the word of a key, its unit, its limits, and the models that it fits. */
#include "sim/channel/motion.h"

#include "sim/channel/quantity.h"

enum {
	WAYPOINT = 1 << MOTION_WAYPOINT,
	GROUP = 1 << MOTION_GROUP,
	CONVOY = 1 << MOTION_CONVOY,
	CITY = 1 << MOTION_CITY,
	ALL = WAYPOINT | GROUP | CONVOY | CITY,
	LENGTH_MOST_MM = 1000000000,
	SPEED_MOST_MM_S = 1000000,
};

static const char *const models[] = { "waypoint", "group", "convoy", "city" };

struct row {
	const char *word;
	size_t offset;
	enum quantity_unit unit;
	uint64_t least, most;
	unsigned models;
};

#define AT(field) offsetof(struct motion, field)
#define TIME_MOST ((uint64_t)INT32_MAX * 1000000)

static const struct row rows[] = {
	{ "pause", AT(pause_us), QUANTITY_TIME_US, 0, TIME_MOST, WAYPOINT | GROUP },
	{ "radius", AT(radius_mm), QUANTITY_LENGTH_MM, 0, LENGTH_MOST_MM, GROUP },
	{ "gap", AT(gap_mm), QUANTITY_LENGTH_MM, 0, LENGTH_MOST_MM, CONVOY },
	{ "block", AT(block_mm), QUANTITY_LENGTH_MM, 1000, LENGTH_MOST_MM, CITY },
	{ "turn", AT(turn_ppm), QUANTITY_PART_PPM, 0, 1000000, CITY },
	{ "from", AT(from_us), QUANTITY_TIME_US, 0, TIME_MOST, ALL },
	{ "until", AT(until_us), QUANTITY_TIME_US, 0, TIME_MOST, ALL },
};

static bool refuse(struct text *why, const char *what, struct bytes word)
{
	text_string(why, what);
	text_escaped(why, word);
	return false;
}

static bool length_parse(struct bytes word, uint64_t least, uint64_t most, int64_t *out)
{
	uint64_t v;

	if (!quantity_parse(word, QUANTITY_LENGTH_MM, &v) || v < least || v > most)
		return false;
	*out = (int64_t)v;
	return true;
}

/* WxH */
static bool area_parse(struct motion *m, struct bytes value)
{
	size_t x = 0;

	while (x < value.len && value.data[x] != 'x')
		x++;
	return x + 1 < value.len &&
	       length_parse(
		       bytes_of(value.data, x), 1000, LENGTH_MOST_MM, &m->width_mm) &&
	       length_parse(bytes_of(value.data + x + 1, value.len - x - 1), 1000,
		       LENGTH_MOST_MM, &m->height_mm);
}

static bool ends_in(struct bytes word, struct bytes end)
{
	return word.len >= end.len &&
	       memcmp(word.data + word.len - end.len, end.data, end.len) == 0;
}

/* SLOW..FAST or one SPEED, in metres a second. */
static bool speed_parse(struct motion *m, struct bytes value)
{
	struct bytes slow, fast;
	size_t dots = 0;

	if (ends_in(value, BYTES("m/s")))
		value.len -= 3;
	while (dots + 1 < value.len &&
		(value.data[dots] != '.' || value.data[dots + 1] != '.'))
		dots++;
	if (dots + 1 >= value.len) {
		slow = fast = value;
	} else {
		slow = bytes_of(value.data, dots);
		fast = bytes_of(value.data + dots + 2, value.len - dots - 2);
	}
	return length_parse(slow, 1, SPEED_MOST_MM_S, &m->slow_mm_s) &&
	       length_parse(fast, 1, SPEED_MOST_MM_S, &m->fast_mm_s) &&
	       m->slow_mm_s <= m->fast_mm_s;
}

static bool key_parse(struct motion *m, struct bytes key, struct bytes value)
{
	uint64_t v;

	if (bytes_equal(key, BYTES("area")))
		return area_parse(m, value);
	if (bytes_equal(key, BYTES("speed")))
		return speed_parse(m, value);
	for (size_t i = 0; i < array_len(rows); i++) {
		if (!bytes_equal(key, bytes_of_string(rows[i].word)) ||
			!(rows[i].models >> m->model & 1))
			continue;
		if (!quantity_parse(value, rows[i].unit, &v) || v < rows[i].least ||
			v > rows[i].most)
			return false;
		memcpy((char *)m + rows[i].offset, &v, sizeof(v));
		return true;
	}
	return false;
}

static bool model_parse(struct motion *m, struct bytes word)
{
	for (size_t i = 0; i < array_len(models); i++)
		if (bytes_equal(word, bytes_of_string(models[i]))) {
			m->model = (enum motion_model)i;
			return true;
		}
	return false;
}

/* What only the whole line can tell. */
static bool fits(const struct motion *m, struct text *why)
{
	if (m->width_mm == 0)
		return refuse(why, "wants area=WxH", BYTES(""));
	if (m->model == MOTION_GROUP &&
		(2 * m->radius_mm > m->width_mm || 2 * m->radius_mm > m->height_mm))
		return refuse(
			why, "the group's radius does not fit into the area", BYTES(""));
	if (m->model == MOTION_CITY && m->block_mm > m->width_mm &&
		m->block_mm > m->height_mm)
		return refuse(why, "no block fits into the area", BYTES(""));
	if (m->until_us <= m->from_us)
		return refuse(why, "until is not after from", BYTES(""));
	return true;
}

bool motion_parse(struct motion *m, const struct words *w, const struct names *names,
	struct text *why)
{
	struct bytes key, value;

	*m = (struct motion){ .slow_mm_s = 1000,
		.fast_mm_s = 5000,
		.radius_mm = 50000,
		.gap_mm = 20000,
		.block_mm = 100000,
		.turn_ppm = 500000,
		.until_us = INT64_MAX };
	if (w->count < 3)
		return refuse(why, "wants: mobility MODEL NODES area=WxH", BYTES(""));
	if (!model_parse(m, w->word[1]))
		return refuse(why, "not waypoint, group, convoy or city: ", w->word[1]);
	if (!node_set_add(&m->nodes, names, w->word[2], why))
		return false;
	for (size_t i = 3; i < w->count; i++)
		if (!pair_split(w->word[i], &key, &value) || !key_parse(m, key, value))
			return refuse(
				why, "not a key and value of this model: ", w->word[i]);
	return fits(m, why);
}
