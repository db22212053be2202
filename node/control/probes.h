/* SPDX-License-Identifier: ISC */
/*
 * What ping, trace and speed found out, as plain values and as JSON objects. Ownership,
 * strangers' texts and what becomes null: as in status.h.
 */
#pragma once

#include "node/control/json_out.h"

/* One echo: came back, or will not any more. A progress record. */
struct shown_echo {
	unsigned number;     /* from 1 */
	struct known rtt_us; /* unknown: lost */
	struct known hops;
};

struct shown_ping {
	struct node_id node;
	struct bytes name;
	struct address address;
	unsigned sent, received;
	struct known rtt_min_us, rtt_avg_us, rtt_max_us;
	struct known hops;
};

struct shown_hop {
	struct node_id id;
	struct bytes name;
	bool name_clash;
	struct known rtt_us; /* unknown: it did not answer */
};

struct shown_trace {
	struct node_id node;
	struct bytes name;
	const struct shown_hop *hops; /* first hop first, the node itself last */
	size_t hop_count;
};

/* The result, and each progress record before it. */
struct shown_speed {
	struct node_id node;
	struct bytes name;
	struct known asked_us; /* how long it was to last */
	struct known lasted_us;
	struct known bytes;
	struct known goodput_bps;
	struct known age_p50_us, age_p95_us; /* from sending to arriving */
};

void probes_json_echo(struct buffer *out, const struct shown_echo *e);
void probes_json_ping(struct buffer *out, const struct shown_ping *p);
void probes_json_trace(struct buffer *out, const struct shown_trace *t);
void probes_json_speed(struct buffer *out, const struct shown_speed *s);
