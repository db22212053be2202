/* SPDX-License-Identifier: ISC */
/* Fields stand in the order of their bits, each aligned to its own size, in little-endian.
 * A rate of VHT is left out. */
#include "sim/ether/radiotap.h"

enum {
	HAS_FLAGS = 1 << 1,
	HAS_RATE = 1 << 2,
	HAS_CHANNEL = 1 << 3,
	HAS_SIGNAL = 1 << 5,
	HAS_MCS = 1 << 19,
	CHANNEL_2_GHZ = 0x0080,
	CHANNEL_5_GHZ = 0x0100,
	CHANNEL_CCK_OFDM = 0x0400,
	CHANNEL_OFDM = 0x0040,
	BAND_5_GHZ_FROM = 4000,
	MCS_KNOWN = 0x07, /* width, number, guard */
	MCS_40_MHZ = 0x01,
	MCS_SHORT_GUARD = 0x04,
	HALF_MBIT_KBPS = 500,
	FRAME_RETRY = 0x08, /* in the second byte of the frame control */
	FIELDS_AT = 8,
};

struct fields {
	uint8_t *out;
	size_t len;
	uint32_t present;
};

static void add_u8(struct fields *f, uint8_t value)
{
	f->out[f->len++] = value;
}

static void add_u16(struct fields *f, uint16_t value)
{
	if (f->len & 1)
		add_u8(f, 0);
	add_u8(f, (uint8_t)value);
	add_u8(f, (uint8_t)(value >> 8));
}

static void rate_add(struct fields *f, const struct radio_frame *told, uint32_t place)
{
	if (told->tries[place].flags & (RADIO_RATE_MCS | RADIO_RATE_VHT))
		return;
	f->present |= HAS_RATE;
	add_u8(f, (uint8_t)(told->rates.step[place].rate.kbps / HALF_MBIT_KBPS));
}

static void channel_add(struct fields *f, uint32_t freq_mhz)
{
	bool high = freq_mhz > BAND_5_GHZ_FROM;

	f->present |= HAS_CHANNEL;
	add_u16(f, (uint16_t)freq_mhz);
	add_u16(f,
		high ? CHANNEL_5_GHZ | CHANNEL_OFDM : CHANNEL_2_GHZ | CHANNEL_CCK_OFDM);
}

static void mcs_add(struct fields *f, const struct radio_try *t)
{
	if (!(t->flags & RADIO_RATE_MCS))
		return;
	f->present |= HAS_MCS;
	add_u8(f, MCS_KNOWN);
	add_u8(f, (t->flags & RADIO_RATE_40_MHZ ? MCS_40_MHZ : 0) |
			  (t->flags & RADIO_RATE_SHORT_GUARD ? MCS_SHORT_GUARD : 0));
	add_u8(f, (uint8_t)t->index);
}

static void header_write(struct fields *f)
{
	struct fields head = { .out = f->out };

	add_u16(&head, 0); /* version */
	add_u16(&head, (uint16_t)f->len);
	add_u16(&head, (uint16_t)f->present);
	add_u16(&head, (uint16_t)(f->present >> 16));
}

struct bytes radiotap_add(uint8_t *out, struct bytes frame,
	const struct radio_frame *told, uint32_t number, uint32_t signal_db)
{
	struct fields f = { .out = out, .len = FIELDS_AT, .present = HAS_FLAGS };
	uint32_t place = rates_place(&told->rates, number);

	add_u8(&f, 0); /* whole, unencrypted, without its check */
	rate_add(&f, told, place);
	channel_add(&f, told->freq_mhz);
	if (signal_db > 0) {
		f.present |= HAS_SIGNAL;
		add_u8(&f, (uint8_t)-signal_db);
	}
	mcs_add(&f, &told->tries[place]);
	header_write(&f);
	memcpy(out + f.len, frame.data, frame.len);
	if (number > 1 && frame.len > 1)
		out[f.len + 1] |= FRAME_RETRY;
	return bytes_of(out, f.len + frame.len);
}
