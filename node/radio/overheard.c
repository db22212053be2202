/* SPDX-License-Identifier: ISC */
/* Radiotap is little-endian; its fields stand in the order of their bits, each aligned to its
 * own size from the beginning of the header (radiotap.org). */
#include "node/radio/overheard.h"

#include <string.h>

/* Bits of the first presence word; what stands behind MCS is not looked for. */
enum field {
	FIELD_TSFT,
	FIELD_FLAGS,
	FIELD_RATE,
	FIELD_CHANNEL,
	FIELD_SIGNAL = 5,
	FIELD_TX_FLAGS = 15,
	FIELD_TRIES_MORE = 17,
	FIELD_MCS = 19,
	FIELDS,
	FIELD_MORE = 31 /* one more presence word follows */
};

static const struct {
	uint8_t align, size;
} fields[FIELDS] = {
	[FIELD_TSFT] = { 8, 8 },
	[FIELD_FLAGS] = { 1, 1 },
	[FIELD_RATE] = { 1, 1 },
	[FIELD_CHANNEL] = { 2, 4 },
	[4] = { 2, 2 },
	[FIELD_SIGNAL] = { 1, 1 },
	[6] = { 1, 1 },
	[7] = { 2, 2 },
	[8] = { 2, 2 },
	[9] = { 2, 2 },
	[10] = { 1, 1 },
	[11] = { 1, 1 },
	[12] = { 1, 1 },
	[13] = { 1, 1 },
	[14] = { 2, 2 },
	[FIELD_TX_FLAGS] = { 2, 2 },
	[16] = { 1, 1 },
	[FIELD_TRIES_MORE] = { 1, 1 },
	[18] = { 4, 8 },
	[FIELD_MCS] = { 1, 3 },
};

enum {
	FLAG_SHORT_PREAMBLE = 0x02,
	FLAG_FCS = 0x10, /* the check of the frame is among its bytes */
	FLAG_DAMAGED = 0x40,
	MCS_KNOWN = 0x07, /* width, number, guard interval */
	MCS_WIDTH = 0x03, /* 1: 40 MHz; 2 and 3: 20 MHz, one half of these */
	MCS_40_MHZ = 1,
	MCS_SHORT_GUARD = 0x04,
	MCS_COUNT = 32, /* with the same modulation on all streams */
	FCS = 4,
	BAND_5_GHZ_FROM = 4000,
	/* Frame control: no version but 0 is known, type 1 is control, 3 is extension. */
	CONTROL_OR_UNKNOWN = 0x07,
	GROUP = 1, /* no transmitter's address has this bit */
};

/* What the header says, as it says it. */
struct header {
	uint8_t flags, rate; /* of 500 kbit/s; 0: not told */
	uint16_t mhz;
	int8_t signal_dbm;
	bool sent;
	uint8_t tries_more;
	uint8_t mcs_known, mcs_flags, mcs;
};

static uint16_t little_u16(struct reader *r)
{
	uint16_t low = read_u8(r);

	return (uint16_t)(low | read_u8(r) << 8);
}

static uint32_t little_u32(struct reader *r)
{
	uint32_t low = little_u16(r);

	return low | (uint32_t)little_u16(r) << 16;
}

static void field_read(struct header *h, unsigned field, struct reader *r)
{
	switch (field) {
	case FIELD_FLAGS:
		h->flags = read_u8(r);
		return;
	case FIELD_RATE:
		h->rate = read_u8(r);
		return;
	case FIELD_CHANNEL:
		h->mhz = little_u16(r);
		return;
	case FIELD_SIGNAL:
		h->signal_dbm = (int8_t)read_u8(r);
		return;
	case FIELD_TX_FLAGS:
		h->sent = true;
		return;
	case FIELD_TRIES_MORE:
		h->tries_more = read_u8(r);
		return;
	case FIELD_MCS:
		h->mcs_known = read_u8(r);
		h->mcs_flags = read_u8(r);
		h->mcs = read_u8(r);
		return;
	}
}

/* version:8 pad:8 length:16 present:32 (present:32)* fields, length bytes in all. */
static bool header_read(struct header *h, struct reader *frame, size_t *len)
{
	struct reader peek = *frame, r;
	uint32_t present, more;

	if (read_u8(&peek) != 0)
		return false;
	read_skip(&peek, 1);
	*len = little_u16(&peek);
	r = reader_of(read_bytes(frame, *len));
	read_skip(&r, 4);
	present = more = little_u32(&r);
	while (more >> FIELD_MORE && read_good(&r))
		more = little_u32(&r);
	for (unsigned i = 0; i < FIELDS; i++) {
		size_t at = *len - r.left, align = fields[i].align;
		struct reader field;

		if (!(present >> i & 1))
			continue;
		read_skip(&r, (align - at % align) % align);
		field = reader_of(read_bytes(&r, fields[i].size));
		field_read(h, i, &field);
	}
	return read_good(&r);
}

/* ---- how long it takes ---- */

struct pace {
	uint16_t rate;       /* of 100 kbit/s; 0: not known */
	uint32_t airtime_us; /* of one try */
};

static uint32_t parts(size_t whole, size_t each)
{
	return (uint32_t)((whole + each - 1) / each);
}

/* DSSS and HR/DSSS, 1, 2, 5.5 and 11 Mbit/s: a long preamble and header of 192 us or a short one
 * of 96, which 1 Mbit/s never has (IEEE 802.11-2016 clause 16.3.4). */
static uint32_t dsss_us(uint16_t rate, size_t bytes, bool is_short)
{
	return (is_short && rate > 10 ? 96u : 192u) + parts(bytes * 80, rate);
}

/* Of OFDM and HT in 2.4 GHz, where a frame that names no channel is taken to be: 6 us of silence
 * belong to it (clause 18.5.3.2). */
static uint32_t extension_us(const struct header *h)
{
	return h->mhz < BAND_5_GHZ_FROM ? 6 : 0;
}

/* OFDM, 6 to 54 Mbit/s: a preamble of 16 us and SIGNAL of 4, then symbols of 4 us, in which 16
 * bits of service go before the frame and 6 of tail follow it (clause 17.4.3). */
static uint32_t ofdm_us(const struct header *h, uint16_t rate, size_t bytes)
{
	return 20 + 4 * parts(16 + 8 * bytes + 6, rate * 4u / 10) + extension_us(h);
}

/* HT in its mixed format, whose preamble is 32 us and 4 for each training field of a stream:
 * symbols of 4 us, or of 3.6 with the short guard interval, whose sum is rounded up to 4 us
 * (clauses 19.4.3 and 19.5). */
static struct pace ht_pace(const struct header *h, size_t bytes)
{
	static const uint16_t bits[2][8] = { { 26, 52, 78, 104, 156, 208, 234, 260 },
		{ 54, 108, 162, 216, 324, 432, 486, 540 } };
	static const uint8_t trainings[] = { 1, 2, 4, 4 };
	bool is_wide = (h->mcs_flags & MCS_WIDTH) == MCS_40_MHZ;
	bool is_short = h->mcs_flags & MCS_SHORT_GUARD;
	uint32_t streams = h->mcs / 8u + 1, symbol, symbols;
	uint32_t tenths = is_short ? 36 : 40; /* of a us */

	if (h->mcs >= MCS_COUNT)
		return (struct pace){ 0 };
	symbol = streams * bits[is_wide][h->mcs % 8];
	symbols = parts(16 + 8 * bytes + 6, symbol);
	return (struct pace){ (uint16_t)(symbol * 100 / tenths),
		32 + 4u * trainings[streams - 1] + 4 * parts(symbols * tenths, 40) +
			extension_us(h) };
}

static struct pace pace_of(const struct header *h, size_t bytes)
{
	uint16_t rate = (uint16_t)(h->rate * 5);

	if ((h->mcs_known & MCS_KNOWN) == MCS_KNOWN)
		return ht_pace(h, bytes);
	switch (rate) {
	case 10:
	case 20:
	case 55:
	case 110:
		return (struct pace){ rate,
			dsss_us(rate, bytes, h->flags & FLAG_SHORT_PREAMBLE) };
	case 60:
	case 90:
	case 120:
	case 180:
	case 240:
	case 360:
	case 480:
	case 540:
		return (struct pace){ rate, ofdm_us(h, rate, bytes) };
	}
	return (struct pace){ 0 };
}

/* ---- one frame ---- */

bool overheard_parse(struct overheard_frame *out, struct bytes head, size_t whole)
{
	struct reader r = reader_of(head);
	struct header h = { 0 };
	struct pace pace;
	uint8_t control;
	size_t len;

	if (!header_read(&h, &r, &len))
		return false;
	/* control:16 duration:16 receiver:48 transmitter:48 (clause 9.2.3) */
	control = read_u8(&r);
	read_skip(&r, 1 + 2 + 6);
	*out = (struct overheard_frame){ .sent = h.sent, .signal_dbm = h.signal_dbm };
	read_copy(&r, out->from, sizeof(out->from));
	if (!read_ended(&r) || (control & CONTROL_OR_UNKNOWN) || (out->from[0] & GROUP) ||
		(h.flags & FLAG_DAMAGED) || whole < len + OVERHEARD_FRAME ||
		whole - len > OVERHEARD_BYTES)
		return false;
	pace = pace_of(&h, whole - len + (h.flags & FLAG_FCS ? 0 : FCS));
	out->rate = pace.rate;
	out->airtime_us = pace.airtime_us * (h.sent ? 1u + h.tries_more : 1u);
	return true;
}

/* ---- the table ---- */

static int64_t second_of(struct instant t)
{
	return t.us / 1000000;
}

static void airtime_add(struct airtime *a, struct instant now, uint32_t us)
{
	const int64_t kept = array_len(a->us);
	int64_t second = second_of(now);

	if (second >= a->second + kept)
		a->second = second - kept; /* nothing of it counts any more */
	while (a->second < second)
		a->us[++a->second % kept] = 0;
	a->us[second % kept] += us;
}

uint32_t airtime_permille(const struct airtime *a, struct instant now)
{
	const int64_t kept = array_len(a->us);
	int64_t second = second_of(now);
	uint64_t us = 0;

	for (int64_t s = second - OVERHEARD_SECONDS; s < second; s++)
		if (s >= 0 && s <= a->second && s > a->second - kept)
			us += a->us[s % kept];
	us /= 1000 * OVERHEARD_SECONDS;
	return us < 1000 ? (uint32_t)us : 1000;
}

/* The count: in none. */
static size_t row_of(const struct overheard *o, const uint8_t mac[6])
{
	size_t i = 0;

	while (i < o->count &&
		memcmp(o->senders[i].mac, mac, sizeof(o->senders[i].mac)) != 0)
		i++;
	return i;
}

/* In a row of its own, or in that of whoever was heard longest ago. */
static struct overheard_sender *sender_begin(struct overheard *o, const uint8_t mac[6])
{
	struct overheard_sender *s = &o->senders[0];

	if (o->count < OVERHEARD_MAX)
		s = &o->senders[o->count++];
	else
		for (size_t i = 1; i < o->count; i++)
			if (instant_before(o->senders[i].heard, s->heard))
				s = &o->senders[i];
	*s = (struct overheard_sender){ .rate = 0 };
	memcpy(s->mac, mac, sizeof(s->mac));
	return s;
}

/* An eighth of the way to the newest. */
static void signal_follow(struct overheard_sender *s, int8_t dbm)
{
	int now_16 = dbm * 16;

	if (dbm == 0)
		return;
	s->signal_16 =
		(int16_t)(s->signal_16 == 0 ? now_16
					    : s->signal_16 + (now_16 - s->signal_16) / 8);
}

void overheard_take(
	struct overheard *o, struct instant now, struct bytes head, size_t whole)
{
	struct overheard_frame f;
	struct overheard_sender *s;
	size_t row;

	if (!overheard_parse(&f, head, whole)) {
		o->refused++;
		return;
	}
	o->frames++;
	airtime_add(&o->all, now, f.airtime_us);
	if (f.sent) {
		airtime_add(&o->sent, now, f.airtime_us);
		return;
	}
	row = row_of(o, f.from);
	s = row < o->count ? &o->senders[row] : sender_begin(o, f.from);
	s->frames++;
	s->heard = now;
	s->airtime_us += f.airtime_us;
	airtime_add(&s->late, now, f.airtime_us);
	signal_follow(s, f.signal_dbm);
	if (f.rate != 0)
		s->rate = f.rate;
}

const struct overheard_sender *overheard_find(
	const struct overheard *o, const uint8_t mac[6])
{
	size_t row = row_of(o, mac);

	return row < o->count ? &o->senders[row] : NULL;
}

int overheard_signal(const struct overheard_sender *s)
{
	return (s->signal_16 + (s->signal_16 < 0 ? -8 : 8)) / 16;
}
