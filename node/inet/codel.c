/* SPDX-License-Identifier: ISC */
/* RFC 8289 section 5.5 asks about one packet after the other in a loop; here the caller has
 * the loop. */
#include "node/inet/codel.h"

enum {
	COUNT_MAX = 1 << 20,
	REMEMBERED_INTERVALS =
		16, /* RFC 8289 section 5.4: how long the last rate counts */
};

static uint64_t square_root(uint64_t v)
{
	uint64_t root = 0;

	for (uint64_t bit = (uint64_t)1 << 31; bit > 0; bit >>= 1)
		if ((root + bit) * (root + bit) <= v)
			root += bit;
	return root;
}

/* from + interval / sqrt(count), with 10 bits behind the point in the root. */
static struct instant after(struct instant from, uint32_t count)
{
	int64_t root = (int64_t)square_root((uint64_t)count << 20);

	return instant_add_us(from, ((int64_t)CODEL_INTERVAL_US << 10) / root);
}

/* Whether the delay has been above target for an interval. */
static bool stands(
	struct codel *c, struct instant now, int64_t sojourn_us, bool short_queue)
{
	if (sojourn_us < CODEL_TARGET_US || short_queue) {
		c->above = instant_us(0);
		return false;
	}
	if (c->above.us == 0)
		c->above = instant_add_us(now, CODEL_INTERVAL_US);
	return instant_due(c->above, now);
}

static enum codel_advice begin_dropping(struct codel *c, struct instant now)
{
	uint32_t before = c->count - c->last_count;
	bool recent = instant_since_us(now, c->next) <
		      (int64_t)REMEMBERED_INTERVALS * CODEL_INTERVAL_US;

	c->dropping = true;
	c->count = before > 1 && recent ? before : 1;
	c->last_count = c->count;
	c->next = after(now, c->count);
	return CODEL_DROP;
}

enum codel_advice codel_judge(
	struct codel *c, struct instant now, int64_t sojourn_us, bool short_queue)
{
	if (!stands(c, now, sojourn_us, short_queue)) {
		c->dropping = false;
		return CODEL_KEEP;
	}
	if (!c->dropping)
		return begin_dropping(c, now);
	if (!instant_due(c->next, now))
		return CODEL_KEEP;
	if (c->count < COUNT_MAX)
		c->count++;
	c->next = after(c->next, c->count);
	return CODEL_DROP;
}
