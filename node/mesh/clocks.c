/* SPDX-License-Identifier: ISC */
/* The median of clocks. */
#include "node/mesh/clocks.h"

#include "node/base/mem.h"

#define WALL_SET_S INT64_C(1672531200) /* the year 2023 */

enum { JUMP_S = 60 };

static bool is_set(int64_t wall_s)
{
	return wall_s >= WALL_SET_S && wall_s <= UINT32_MAX;
}

static int64_t base_of(int64_t wall_s, struct instant now)
{
	return wall_s - now.us / 1000000;
}

void clocks_fini(struct clocks *c)
{
	mem_free(c->told);
	memset(c, 0, sizeof(*c));
}

void clocks_own(struct clocks *c, struct instant now, int64_t wall_s)
{
	int64_t base_s = base_of(wall_s, now), moved_s = base_s - c->own_s;

	if (c->set && (moved_s > JUMP_S || moved_s < -JUMP_S))
		c->count = 0;
	c->set = is_set(wall_s);
	c->own_s = base_s;
}

void clocks_tell(
	struct clocks *c, struct instant now, const struct node_id *id, int64_t wall_s)
{
	size_t place = 0;

	if (!is_set(wall_s))
		return;
	if (c->told == NULL)
		c->told = mem_array(CLOCKS_MAX, sizeof(*c->told));
	while (place < c->count && !id_equal(&c->told[place].id, id))
		place++;
	if (place == CLOCKS_MAX) {
		place = 0;
		for (size_t i = 1; i < CLOCKS_MAX; i++)
			if (instant_before(c->told[i].at, c->told[place].at))
				place = i;
	} else if (place == c->count) {
		c->count++;
	}
	c->told[place] = (struct clocks_told){ *id, base_of(wall_s, now), now };
}

void clocks_floor(struct clocks *c, uint32_t signed_s)
{
	if (signed_s > c->floor_s)
		c->floor_s = signed_s;
}

enum side { LOWER, UPPER };

/* One of the two medians of all that are set; false: none is. */
static bool median(const struct clocks *c, enum side side, int64_t also_base_s, bool also,
	int64_t *out)
{
	int64_t all[CLOCKS_MAX + 2];
	size_t n = 0;

	if (c->set)
		all[n++] = c->own_s;
	if (also)
		all[n++] = also_base_s;
	for (size_t i = 0; i < c->count; i++)
		all[n++] = c->told[i].base_s;
	if (n == 0)
		return false;
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && all[k - 1] > all[k]; k--) {
			int64_t swap = all[k];

			all[k] = all[k - 1];
			all[k - 1] = swap;
		}
	*out = all[side == LOWER ? (n - 1) / 2 : n / 2];
	return true;
}

static int64_t median_s(
	const struct clocks *c, enum side side, struct instant now, int64_t also_s)
{
	int64_t base_s;

	if (!median(c, side, base_of(also_s, now), is_set(also_s), &base_s))
		return 0;
	return base_s + now.us / 1000000;
}

static uint32_t at_least_floor(const struct clocks *c, int64_t t)
{
	if (t < c->floor_s)
		return c->floor_s;
	return t > UINT32_MAX ? UINT32_MAX : (uint32_t)t;
}

uint32_t clocks_now_s(const struct clocks *c, struct instant now, int64_t also_s)
{
	return at_least_floor(c, median_s(c, LOWER, now, also_s));
}

uint32_t clocks_latest_s(const struct clocks *c, struct instant now, int64_t also_s)
{
	return at_least_floor(c, median_s(c, UPPER, now, also_s));
}

bool clocks_others(const struct clocks *c)
{
	return c->count > 0;
}

uint32_t clocks_own_s(const struct clocks *c, struct instant now)
{
	int64_t t = c->own_s + now.us / 1000000;

	return c->set && is_set(t) ? (uint32_t)t : 0;
}

bool clocks_are_behind(const struct clocks *c, struct instant now, int64_t also_s)
{
	int64_t t = median_s(c, UPPER, now, also_s);

	return t == 0 || t + CLOCKS_SLACK_S < c->floor_s;
}
