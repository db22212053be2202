/* SPDX-License-Identifier: ISC */
/*
 * What a channel is like: rates, times, window, retries. The defaults are a 20 Mbit/s
 * radio with the times of IEEE 802.11 OFDM. Every parameter has a word by which files and
 * commands set it, and limits that keep the model sane.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/text.h"

enum { SIGNAL_DB_MOST = 120 };

struct channel_params {
	uint64_t unicast_bps;
	uint64_t broadcast_bps;
	uint64_t preamble_us;
	uint64_t ack_us;  /* pause and acknowledgement after a unicast frame */
	uint64_t difs_us; /* idle time before the window is counted down */
	uint64_t slot_us;
	uint64_t cw_min; /* slots are drawn from 0..window, both included */
	uint64_t cw_max;
	uint64_t
		overhead_bytes; /* the MAC's own header and check, sent with each frame */
	uint64_t retries;       /* further tries of a unicast frame: 0..7 */
	uint64_t queue_frames;  /* a node's queue; drop tail */
	uint64_t sense_hops;    /* reach of carrier sense in hops, or in ranges */
	uint64_t range_mm;  /* placed nodes closer than this hear each other; 0: none */
	uint64_t loss_ppm;  /* a try, where the link has no value of its own */
	uint64_t ber_e9;    /* bit errors per 1e9 bits, likewise */
	uint64_t delay_us;  /* from the end of the frame to its delivery, likewise */
	uint64_t signal_db; /* at the receiver, in dB below 1 mW, likewise */
	uint64_t asymmetry_ppm; /* a link loses up to this more, each direction its own */
	uint64_t duplicate_ppm; /* a delivery happens twice */
	uint64_t reorder_ppm;   /* a delivery is late, by up to the delay below */
	uint64_t reorder_delay_us;
	uint64_t corrupt_ppm; /* a delivered frame is damaged, and nobody noticed */
	uint64_t beacon_us;   /* who dozes receives at its multiples only; 0: at once */
	uint64_t step_us;     /* between two places of a node that moves */
};

struct channel_params params_default(void);

/* Sets the parameter called key ("loss", "unicast", ...) from text with a unit ("5%",
 * "20M", "1ms"). False leaves p as it was and says in why what is wrong. */
must_use bool params_set(
	struct channel_params *p, struct bytes key, struct bytes value, struct text *why);

/* The word of parameter number i and its value now; NULL behind the last. */
const char *params_word(const struct channel_params *p, size_t i, uint64_t *value);
