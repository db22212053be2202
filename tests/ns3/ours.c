/* SPDX-License-Identifier: ISC */
#include "tests/ns3/ours.h"

#include "node/base/rng.h"
#include "routing/rfc5444.h"

enum { ADDRESSES_MOST = 40, TLVS_ROOM = 8000 };

/* ---- as text ---- */

static void say_bytes(FILE *text, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		fprintf(text, "%02x", b.data[i]);
}

static void say_tlvs(FILE *text, struct bytes tlvs, unsigned addresses)
{
	struct reader r = reader_of(tlvs);
	struct rfc5444_tlv t;

	while (rfc5444_tlv_next(&r, addresses, &t)) {
		fprintf(text, "tlv %u %u %u %u %s ", t.type, t.extension, t.first, t.last,
			t.multi ? "each" : "all");
		say_bytes(text, t.value);
		fputc('\n', text);
	}
}

static void say_message(FILE *text, const struct rfc5444_message *m)
{
	struct reader r = reader_of(m->blocks);
	struct rfc5444_block b;
	struct address a;

	fprintf(text, "message %u %u ", m->type, m->address_size);
	if (m->has_originator)
		say_bytes(text, bytes_of(m->originator.b, m->address_size));
	fprintf(text, " %d %d %d\n", m->has_hop_limit ? m->hop_limit : -1,
		m->has_hop_count ? m->hop_count : -1, m->numbered ? m->number : -1);
	say_tlvs(text, m->tlvs, 0);
	while (rfc5444_block_next(&r, m->address_size, &b)) {
		fprintf(text, "block\n");
		for (unsigned i = 0; i < b.count; i++) {
			unsigned bits = rfc5444_block_address(&b, i, &a);

			say_bytes(text, bytes_of(a.b, m->address_size));
			fprintf(text, "/%u\n", bits);
		}
		say_tlvs(text, b.tlvs, b.count);
	}
}

int ours_read(const uint8_t *packet, size_t len, FILE *text)
{
	struct rfc5444_packet p;
	struct rfc5444_message m;
	struct reader r;

	if (!rfc5444_packet_parse(&p, bytes_of(packet, len)))
		return 0;
	fprintf(text, "packet %d\n", p.numbered ? p.number : -1);
	say_tlvs(text, p.tlvs, 0);
	r = reader_of(p.messages);
	while (rfc5444_message_next(&r, &m))
		say_message(text, &m);
	return 1;
}

/* ---- random ones ---- */

static bool coin(const struct rng *rng)
{
	return rng_below(rng, 2) == 0;
}

static void add_tlvs(struct writer *w, const struct rng *rng, unsigned addresses)
{
	for (uint64_t left = rng_below(rng, 4); left > 0; left--) {
		uint8_t value[600];
		struct rfc5444_tlv t = { .type = (uint8_t)rng_below(rng, 256),
			.extension = coin(rng) ? (uint8_t)rng_below(rng, 256) : 0 };
		size_t each =
			rng_below(rng, 8) == 0 ? rng_below(rng, 14) : rng_below(rng, 4);

		if (addresses > 0) {
			t.first = (uint8_t)rng_below(rng, addresses);
			t.last = (uint8_t)(t.first + rng_below(rng, addresses - t.first));
			if (coin(rng))
				t.first = 0, t.last = (uint8_t)(addresses - 1);
		}
		t.multi = t.last > t.first && each > 0 && coin(rng);
		if (t.multi)
			each *= t.last - t.first + 1U;
		else if (rng_below(rng, 8) == 0)
			each = 250 + rng_below(rng, 20);
		rng_fill(rng, value, each);
		t.value = bytes_of(value, each);
		rfc5444_tlv_write(w, addresses, &t);
	}
}

/* What they share, in front and at the end, differs from block to block. */
static void add_block(struct writer *w, const struct rng *rng, unsigned size)
{
	struct address list[ADDRESSES_MOST], like = { { 0 } };
	uint8_t prefixes[ADDRESSES_MOST];
	struct rfc5444_addresses a = { .size = size,
		.count = 1 + (unsigned)rng_below(rng, ADDRESSES_MOST),
		.list = list };
	size_t head = rng_below(rng, size), tail = rng_below(rng, size - head), begun;
	bool same = coin(rng);

	rng_fill(rng, like.b, size);
	if (coin(rng))
		memset(like.b + size - tail, 0, tail);
	for (unsigned i = 0; i < a.count; i++) {
		list[i] = like;
		rng_fill(rng, list[i].b + head, size - head - tail);
		list[i].b[head] = (uint8_t)i;
		prefixes[i] = (uint8_t)rng_below(rng, 8 * size + 1);
		if (same)
			prefixes[i] = prefixes[0];
	}
	if (coin(rng))
		a.prefixes = prefixes;
	rfc5444_addresses_write(w, &a);
	begun = rfc5444_tlvs_begin(w);
	add_tlvs(w, rng, a.count);
	rfc5444_tlvs_end(w, begun);
}

static void add_message(struct writer *w, const struct rng *rng)
{
	struct rfc5444_message m = { .type = (uint8_t)rng_below(rng, 256),
		.address_size = coin(rng) ? 4 : 16,
		.has_originator = coin(rng),
		.has_hop_limit = coin(rng),
		.has_hop_count = coin(rng),
		.numbered = coin(rng),
		.hop_limit = (uint8_t)rng_below(rng, 256),
		.hop_count = (uint8_t)rng_below(rng, 256),
		.number = (uint16_t)rng_below(rng, 65536) };
	size_t begun, tlvs;

	rng_fill(rng, m.originator.b, m.address_size);
	begun = rfc5444_message_begin(w, &m);
	tlvs = rfc5444_tlvs_begin(w);
	add_tlvs(w, rng, 0);
	rfc5444_tlvs_end(w, tlvs);
	for (uint64_t left = rng_below(rng, 4); left > 0; left--)
		add_block(w, rng, m.address_size);
	rfc5444_message_end(w, begun);
}

size_t ours_make(uint64_t seed, uint8_t *out, FILE *text)
{
	uint8_t room[TLVS_ROOM];
	struct rng_seeded seeded;
	struct rng rng = rng_seeded_init(&seeded, seed);
	struct writer w = writer_of(out, PACKET_ROOM),
		      tlvs = writer_of(room, sizeof(room));
	struct rfc5444_packet p = { .numbered = coin(&rng),
		.has_tlvs = coin(&rng),
		.number = (uint16_t)rng_below(&rng, 65536) };

	if (p.has_tlvs)
		add_tlvs(&tlvs, &rng, 0);
	p.tlvs = writer_bytes(&tlvs);
	rfc5444_packet_write(&w, &p);
	for (uint64_t left = rng_below(&rng, 4); left > 0; left--)
		add_message(&w, &rng);
	check(!w.overflow && ours_read(out, w.len, text));
	return w.len;
}
