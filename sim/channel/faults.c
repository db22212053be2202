/* SPDX-License-Identifier: ISC */
#include "sim/channel/faults.h"

#include "sim/channel/chance.h"

enum {
	PPM_ONE = 1000000,
	AGAIN_MOST_US = 2000, /* a double comes within this time */
	DAMAGED_BYTES_MOST = 4,
};

/* One step of splitmix64 (Steele, Lea, Flood): every bit of x moves half of the result. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t inherited(uint32_t own, uint64_t channels)
{
	return own == LINK_INHERIT ? channels : own;
}

static bool happens(const struct rng *rng, uint64_t ppm)
{
	return ppm > 0 && rng_below(rng, PPM_ONE) < ppm;
}

bool faults_survives(const struct channel_params *p, const struct rng *rng,
	const struct link_quality *q, uint64_t bits, uint64_t asymmetry_ppm)
{
	uint64_t loss_ppm = inherited(q->loss_ppm, p->loss_ppm) + asymmetry_ppm;

	if (loss_ppm > PPM_ONE)
		loss_ppm = PPM_ONE;
	return chance_draw(
		rng, chance_survives(loss_ppm, inherited(q->ber_e9, p->ber_e9), bits));
}

uint64_t faults_asymmetry_ppm(
	const struct channel_params *p, uint64_t salt, uint32_t from, uint32_t to)
{
	if (p->asymmetry_ppm == 0)
		return 0;
	return mix(salt ^ mix((uint64_t)from << 32 | to)) % (p->asymmetry_ppm + 1);
}

int64_t faults_late_ns(const struct channel_params *p, const struct rng *rng)
{
	if (!happens(rng, p->reorder_ppm))
		return 0;
	return (int64_t)(1 + rng_below(rng, p->reorder_delay_us)) * 1000;
}

int64_t faults_again_ns(const struct channel_params *p, const struct rng *rng)
{
	if (!happens(rng, p->duplicate_ppm))
		return 0;
	return (int64_t)(1 + rng_below(rng, AGAIN_MOST_US)) * 1000;
}

uint64_t faults_damage(const struct channel_params *p, const struct rng *rng)
{
	uint64_t damage = 0;

	if (!happens(rng, p->corrupt_ppm))
		return 0;
	while (damage == 0)
		damage = rng_u64(rng);
	return damage;
}

int64_t faults_beacon_ns(const struct channel_params *p, int64_t t_ns)
{
	int64_t beacon_ns = (int64_t)p->beacon_us * 1000;

	if (beacon_ns == 0)
		return t_ns;
	return (t_ns + beacon_ns - 1) / beacon_ns * beacon_ns;
}

void channel_damage(uint8_t *frame, size_t len, uint64_t damage)
{
	uint64_t bytes = damage % DAMAGED_BYTES_MOST;
	size_t first;

	if (len == 0 || damage == 0)
		return;
	damage = mix(damage);
	first = damage % len;
	frame[first] ^= (uint8_t)(1 + (damage >> 32) % 255);
	for (; bytes > 0; bytes--) {
		damage = mix(damage);
		if (damage % len != first)
			frame[damage % len] ^= (uint8_t)(1 + (damage >> 32) % 255);
	}
}
