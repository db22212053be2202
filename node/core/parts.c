/* SPDX-License-Identifier: ISC */
/* Packets in parts. */
#include "node/core/parts.h"

#include "node/base/mem.h"

/* Where a part lies in its packet: those before the last are of one size. */
static size_t part_at(const struct part *p)
{
	if (p->index + 1 == p->count)
		return p->total - p->bytes.len;
	return p->index * p->bytes.len;
}

bool part_parse(struct part *p, struct bytes body)
{
	struct reader r = reader_of(body);
	uint8_t zero = read_u8(&r);

	p->id = read_u16(&r);
	p->total = read_u16(&r);
	p->index = read_u8(&r);
	p->count = read_u8(&r);
	p->bytes = read_rest(&r);
	return read_ended(&r) && zero == 0 && p->total <= NODE_IP_MTU && p->count >= 2 &&
	       p->count <= PARTS_COUNT_MAX && p->index < p->count && p->bytes.len >= 1 &&
	       p->bytes.len < p->total && part_at(p) + p->bytes.len <= p->total;
}

void part_write(struct writer *w, const struct part *p)
{
	write_u8(w, 0);
	write_u16(w, p->id);
	write_u16(w, p->total);
	write_u8(w, p->index);
	write_u8(w, p->count);
	write_bytes(w, p->bytes);
}

void parts_init(struct parts *p)
{
	memset(p, 0, sizeof(*p));
	p->bytes = mem_array(PARTS_PACKETS_MAX, NODE_IP_MTU);
}

void parts_fini(struct parts *p)
{
	mem_free(p->bytes);
}

static uint8_t *bytes_at(const struct parts *p, const struct parts_packet *t)
{
	return p->bytes + (size_t)(t - p->packets) * NODE_IP_MTU;
}

static bool is_whole(const struct parts_packet *t)
{
	return t->here == (1u << t->count) - 1;
}

static bool is_older(const struct parts_packet *a, const struct parts_packet *b)
{
	return is_whole(a) == is_whole(b) ? instant_before(a->since, b->since)
					  : is_whole(b);
}

/* Of one sender's packets (from NULL: of all) the one that goes when there is no place. */
static struct parts_packet *victim_of(struct parts *p, const struct address *from)
{
	struct parts_packet *victim = NULL;

	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++) {
		struct parts_packet *t = &p->packets[i];

		if (t->used && (from == NULL || id_equal(&t->from, from)) &&
			(victim == NULL || is_older(t, victim)))
			victim = t;
	}
	return victim;
}

static struct parts_packet *place_for(struct parts *p, const struct address *from)
{
	struct parts_packet *empty = NULL;
	size_t own = 0;

	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++) {
		struct parts_packet *t = &p->packets[i];

		if (!t->used)
			empty = t;
		own += t->used && id_equal(&t->from, from);
	}
	if (own >= PARTS_PEER_MAX)
		return victim_of(p, from);
	return empty != NULL ? empty : victim_of(p, NULL);
}

static struct parts_packet *packet_of(struct parts *p, struct instant now,
	const struct address *from, const struct part *part)
{
	struct parts_packet *t;

	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++) {
		t = &p->packets[i];
		if (t->used && t->id == part->id && t->count == part->count &&
			t->total == part->total && id_equal(&t->from, from))
			return t;
	}
	t = place_for(p, from);
	*t = (struct parts_packet){ .used = true,
		.from = *from,
		.id = part->id,
		.total = part->total,
		.count = part->count,
		.since = now };
	/* what a sender leaves out must not be filled by what another one sent */
	memset(bytes_at(p, t), 0, NODE_IP_MTU);
	return t;
}

void parts_take(struct parts *p, struct instant now, const struct address *from,
	const struct part *part)
{
	struct parts_packet *t = packet_of(p, now, from, part);

	memcpy(bytes_at(p, t) + part_at(part), part->bytes.data, part->bytes.len);
	t->here |= 1u << part->index;
}

/* Whether a was cut before b, of the same flow of the same sender. */
static bool is_before(const struct parts_packet *a, const struct parts_packet *b)
{
	unsigned ahead = (unsigned)(b->id - a->id) & ((1u << PARTS_ID_BITS) - 1);

	return a->id >> PARTS_ID_BITS == b->id >> PARTS_ID_BITS && ahead > 0 &&
	       ahead < 1u << (PARTS_ID_BITS - 1) && id_equal(&a->from, &b->from);
}

/* Until when t waits for earlier packets that lack parts; the past: it need not. */
static struct instant waits_until(const struct parts *p, const struct parts_packet *t)
{
	struct instant until = instant_us(INT64_MIN);

	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++) {
		const struct parts_packet *u = &p->packets[i];

		if (u->used && !is_whole(u) && is_before(u, t))
			until = instant_max(
				until, instant_add_ms(u->since, PARTS_HOLD_MS));
	}
	return until;
}

/* Whether t is the first whole packet of its flow. */
static bool is_first(const struct parts *p, const struct parts_packet *t)
{
	if (!t->used || !is_whole(t))
		return false;
	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++) {
		const struct parts_packet *u = &p->packets[i];

		if (u->used && is_whole(u) && is_before(u, t))
			return false;
	}
	return true;
}

bool parts_next(
	struct parts *p, struct instant now, struct address *from, struct bytes *whole)
{
	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++) {
		struct parts_packet *t = &p->packets[i];

		if (!is_first(p, t) || !instant_due(waits_until(p, t), now))
			continue;
		t->used = false;
		*from = t->from;
		*whole = bytes_of(bytes_at(p, t), t->total);
		return true;
	}
	return false;
}

struct instant parts_deadline(const struct parts *p)
{
	struct instant deadline = NEVER;

	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++)
		if (is_first(p, &p->packets[i]))
			deadline = instant_min(deadline, waits_until(p, &p->packets[i]));
	return deadline;
}

void parts_expire(struct parts *p, struct instant now)
{
	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++)
		if (instant_due(instant_add_ms(p->packets[i].since, PARTS_AGE_MS), now))
			p->packets[i].used = false;
}
