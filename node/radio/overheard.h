/* SPDX-License-Identifier: ISC */
/*
 * Who is heard on a radio's channel, how loud, how fast, and for how long: made of what a
 * monitor interface gives, a radiotap header and a frame of IEEE 802.11 up to its transmitter's
 * address. Strangers say all of it, so it is read through the cursor and proves nothing.
 *
 * Counted is the time that frames take on the air by themselves. Acknowledgements, the silence
 * before a frame, and frames that were not heard or whose rate is not told (802.11ac and later)
 * are left out, so a channel is at least as busy as this says. Frames of an A-MPDU share a
 * preamble and are counted with one each.
 */
#pragma once

#include "node/base/instant.h"
#include "node/wire/reader.h"

enum {
	OVERHEARD_MAX = 64, /* transmitters; when full, the one heard longest ago goes */
	OVERHEARD_SECONDS = 5, /* whole ones, of which shares of time are told */
	OVERHEARD_FRAME = 16, /* of each frame: to the end of its transmitter's address */
	OVERHEARD_BYTES = 11454 /* in a frame at most: IEEE 802.11-2016 table 9-19 */
};

/* How it crossed the air. */
struct overheard_frame {
	uint8_t from[6];
	bool sent;           /* by the radio itself, which has heard nothing then */
	int8_t signal_dbm;   /* 0: not told */
	uint16_t rate;       /* in units of 100 kbit/s; 0: not told, or not known here */
	uint32_t airtime_us; /* of all its tries; 0: no rate is told */
};

/* Airtime by seconds. */
struct airtime {
	/* private */
	int64_t second; /* the last one in which anything was added */
	uint64_t us[OVERHEARD_SECONDS + 1];
};

struct overheard_sender {
	uint8_t mac[6];
	uint16_t rate; /* of its last frame whose rate was told; 0: none was */
	uint64_t frames;
	uint64_t airtime_us; /* since it stands here */
	struct airtime late;
	struct instant heard; /* last */
	/* private */
	int16_t signal_16; /* 16ths of dBm, smoothed; 0: not told */
};

/* One of zeros is empty. */
struct overheard {
	struct overheard_sender senders[OVERHEARD_MAX]; /* in no order */
	size_t count;
	struct airtime all, sent; /* sent: by the radio itself; all: that too */
	uint64_t frames;          /* taken */
	uint64_t refused;         /* they say nothing that can be understood */
};

/* head: what the monitor interface gave of the whole, which had so many bytes, the radiotap
 * header among them. Nothing may follow the transmitter's address. False: it is no such frame,
 * or came damaged; *out says nothing then. Never reads beyond head. */
must_use bool overheard_parse(
	struct overheard_frame *out, struct bytes head, size_t whole);
/* The same, into the table. */
void overheard_take(
	struct overheard *o, struct instant now, struct bytes head, size_t whole);

/* NULL: it is not heard. Borrowed until the next frame is taken. */
const struct overheard_sender *overheard_find(
	const struct overheard *o, const uint8_t mac[6]);
/* In dBm; 0: not told. */
int overheard_signal(const struct overheard_sender *s);
/* How much of the last OVERHEARD_SECONDS whole seconds it was, in thousandths, at most all. */
must_use uint32_t airtime_permille(const struct airtime *a, struct instant now);
