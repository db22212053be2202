/* SPDX-License-Identifier: ISC */
/*
 * Drives a channel with saturated senders and counts what comes out. Each node may have
 * one traffic: it keeps two frames in its queue, so that it always has something to send.
 */
#pragma once

#include "sim/channel/channel.h"

enum { DRIVE_NODES_MAX = 64 };

struct traffic {
	uint32_t to;
	uint32_t len; /* 0: this node is silent */
};

struct drive {
	struct channel ch;
	struct rng_seeded luck;
	struct traffic traffic[DRIVE_NODES_MAX];
	const struct rates *rates;         /* of all frames; NULL: the channel's */
	uint64_t arrived[DRIVE_NODES_MAX]; /* deliveries by sender */
	uint64_t done[DRIVE_NODES_MAX];
	uint64_t failed[DRIVE_NODES_MAX];
	uint64_t tries[DRIVE_NODES_MAX];
	uint64_t digest; /* of all events in order */
	uint64_t cookie;
	struct instant now;
};

void drive_init(
	struct drive *d, const struct channel_params *p, uint32_t nodes, uint64_t seed);
void drive_fini(struct drive *d);
/* Links 0-1-2-... in both directions. */
void drive_line(struct drive *d);
void drive_full(struct drive *d);
/* Runs for ms of virtual time. */
void drive_run(struct drive *d, int64_t ms);
/* |value - wanted| is within percent of wanted. */
bool near_percent(uint64_t value, uint64_t wanted, unsigned percent);
