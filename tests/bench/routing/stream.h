/* SPDX-License-Identifier: ISC */
/* 100 packets a second from one node to another, by a thread of its own; both ends are here. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "tests/bench/routing/mesh.h"

enum {
	STREAM_PORT = 5300,
	STREAM_GAP_US = 10000,
	STREAM_SILENCE_US = 100000,
	STREAM_CALM_US = 1000000,
};

struct stream {
	const struct mesh *m;
	unsigned from, to;
	unsigned sent_max;
	int64_t *arrived_us; /* by number; 0: not yet */
	int64_t began_us, ended_us;
	atomic_uint sent;
	_Atomic int64_t last_us, calm_since_us; /* arrival; after the last silence */
	atomic_bool end;
	pthread_t thread;
};

void stream_start(struct stream *s, unsigned seconds);
/* Packets come, and have since STREAM_CALM_US without a silence. */
bool stream_is_calm(const struct stream *s);
/* Ends it; the number of packets that were lost. */
unsigned stream_end(struct stream *s);
/* The longest silence from the event on, after the end: it began with the last packet
 * before the event or, without lead, with the event. */
int64_t stream_outage_us(struct stream *s, int64_t event_us, bool lead);
