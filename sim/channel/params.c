/* SPDX-License-Identifier: ISC */
/* One table: the word of a parameter, where it lives, its unit and its limits. */
#include "sim/channel/params.h"

#include "sim/channel/quantity.h"

struct row {
	const char *word;
	size_t offset;
	enum quantity_unit unit;
	uint64_t least, most;
};

#define AT(field) offsetof(struct channel_params, field)

static const struct row rows[] = {
	{ "unicast", AT(unicast_bps), QUANTITY_RATE_BPS, 1000, 100000000000 },
	{ "broadcast", AT(broadcast_bps), QUANTITY_RATE_BPS, 1000, 100000000000 },
	{ "preamble", AT(preamble_us), QUANTITY_TIME_US, 0, 100000 },
	{ "ack", AT(ack_us), QUANTITY_TIME_US, 0, 100000 },
	{ "difs", AT(difs_us), QUANTITY_TIME_US, 0, 100000 },
	{ "slot", AT(slot_us), QUANTITY_TIME_US, 1, 10000 },
	{ "cwmin", AT(cw_min), QUANTITY_COUNT, 0, 32767 },
	{ "cwmax", AT(cw_max), QUANTITY_COUNT, 0, 32767 },
	{ "overhead", AT(overhead_bytes), QUANTITY_COUNT, 0, 1024 },
	{ "retries", AT(retries), QUANTITY_COUNT, 0, 7 },
	{ "queue", AT(queue_frames), QUANTITY_COUNT, 1, 65536 },
	{ "sense", AT(sense_hops), QUANTITY_COUNT, 1, 16 },
	{ "range", AT(range_mm), QUANTITY_LENGTH_MM, 0, 1000000000 },
	{ "loss", AT(loss_ppm), QUANTITY_PART_PPM, 0, 1000000 },
	{ "ber", AT(ber_e9), QUANTITY_PART_E9, 0, 1000000000 },
	{ "delay", AT(delay_us), QUANTITY_TIME_US, 0, 60000000 },
	{ "signal", AT(signal_db), QUANTITY_SIGNAL_DB, 1, SIGNAL_DB_MOST },
	{ "asymmetry", AT(asymmetry_ppm), QUANTITY_PART_PPM, 0, 1000000 },
	{ "duplicate", AT(duplicate_ppm), QUANTITY_PART_PPM, 0, 1000000 },
	{ "reorder", AT(reorder_ppm), QUANTITY_PART_PPM, 0, 1000000 },
	{ "reorder-delay", AT(reorder_delay_us), QUANTITY_TIME_US, 1, 60000000 },
	{ "corrupt", AT(corrupt_ppm), QUANTITY_PART_PPM, 0, 1000000 },
	{ "beacon", AT(beacon_us), QUANTITY_TIME_US, 0, 60000000 },
	{ "step", AT(step_us), QUANTITY_TIME_US, 10000, 60000000 },
};

static uint64_t *field(struct channel_params *p, const struct row *row)
{
	return (uint64_t *)(void *)((char *)p + row->offset);
}

struct channel_params params_default(void)
{
	return (struct channel_params){
		.unicast_bps = 20000000,
		.broadcast_bps = 6000000,
		.preamble_us = 20,
		.ack_us = 60,
		.difs_us = 34,
		.slot_us = 9,
		.cw_min = 15,
		.cw_max = 1023,
		.overhead_bytes = 22,
		.retries = 7,
		.queue_frames = 256,
		.sense_hops = 2,
		.signal_db = 50,
		.reorder_delay_us = 20000,
		.step_us = 500000,
	};
}

bool params_set(
	struct channel_params *p, struct bytes key, struct bytes value, struct text *why)
{
	struct channel_params next = *p;
	uint64_t v;

	for (size_t i = 0; i < array_len(rows); i++) {
		if (!bytes_equal(key, bytes_of_string(rows[i].word)))
			continue;
		if (!quantity_parse(value, rows[i].unit, &v) || v < rows[i].least ||
			v > rows[i].most) {
			text_escaped(why, key);
			text_string(why, ": not a fitting value: ");
			text_escaped(why, value);
			return false;
		}
		*field(&next, &rows[i]) = v;
		if (next.cw_min > next.cw_max) {
			text_string(why, "cwmin is above cwmax");
			return false;
		}
		*p = next;
		return true;
	}
	text_string(why, "no such parameter: ");
	text_escaped(why, key);
	return false;
}

const char *params_word(const struct channel_params *p, size_t i, uint64_t *value)
{
	struct channel_params copy = *p;

	if (i >= array_len(rows))
		return NULL;
	*value = *field(&copy, &rows[i]);
	return rows[i].word;
}
