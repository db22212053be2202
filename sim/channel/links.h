/* SPDX-License-Identifier: ISC */
/*
 * Who hears whom and who senses whom. A link is directed: `from -> to` means that `to`
 * can decode what `from` sends. It is there when it was set up, or when both nodes are
 * placed and within range, and in both cases not cut and within one group. Who senses a sender: everyone
 * within sense_hops links of it, and every placed node within sense_hops ranges.
 *
 * Lists of hearers and sensers are built when asked for after a change, so that a frame
 * costs only its neighbourhood.
 */
#pragma once

#include "node/base/check.h"

enum { LINK_INHERIT = UINT32_MAX, SIGNAL_EDGE_DB = 85, SIGNAL_NEAR_DB = 20 };

/* What a link is like; LINK_INHERIT (rate: 0) takes the channel's value. */
struct link_quality {
	uint64_t rate_bps; /* unicast */
	uint32_t loss_ppm;
	uint32_t ber_e9;
	uint32_t delay_us;
	uint32_t signal_db; /* at the hearer, in dB below 1 mW */
};

struct link {
	uint32_t to;
	bool set; /* there whatever the distance */
	bool cut;
	struct link_quality quality;
};

struct hearer {
	uint32_t node;
	struct link_quality quality;
};

struct links_node {
	/* private */
	bool placed;
	int64_t x_mm, y_mm;
	uint32_t group;
	struct link *links; /* by rising `to` */
	size_t count, room;
	struct hearer *hearers; /* by rising node */
	size_t hearer_count, hearer_room;
	uint32_t *near; /* placed nodes within sense_hops ranges */
	size_t near_count, near_room;
	uint32_t *sensers; /* without the node itself */
	size_t senser_count, senser_room;
};

/* Where a node is, beside its neighbours along x. */
struct spot {
	int64_t x_mm, y_mm;
	uint32_t node, group;
	bool placed;
};

struct links {
	struct links_node *nodes;
	uint32_t count;
	/* private */
	bool stale; /* lists no longer fit */
	uint64_t range_mm, sense_hops;
	uint64_t *seen; /* marks of the walk in progress */
	uint64_t mark;
	struct spot *order; /* by x */
	uint32_t *band;     /* places in the order, of the sweep in progress */
};

struct link_quality link_quality_inherited(void);

void links_init(struct links *l, uint32_t nodes);
void links_fini(struct links *l);

void links_reach_set(struct links *l, uint64_t range_mm, uint64_t sense_hops);
void links_place(struct links *l, uint32_t node, int64_t x_mm, int64_t y_mm);
/* Nodes of different groups neither hear nor sense each other; all begin in group 0. */
void links_part(struct links *l, uint32_t node, uint32_t group);
/* Puts up the link whatever the distance, no longer cut. */
void links_join(struct links *l, uint32_t from, uint32_t to);
void links_cut(struct links *l, uint32_t from, uint32_t to);
/* The link's own values; the link need not be up. Valid until the next change. */
struct link_quality *links_quality(struct links *l, uint32_t from, uint32_t to);

/* Builds the lists anew if something changed; true if it did. */
bool links_settle(struct links *l);
/* The signal of `from` at `to` over a link of this quality: its own; by the distance where both
 * are placed and there is a range, which is SIGNAL_EDGE_DB at its edge and beyond, and 9 dB
 * more for each half of it; else `otherwise`. */
uint32_t links_signal_db(const struct links *l, uint32_t from, uint32_t to,
	const struct link_quality *q, uint32_t otherwise);
/* NULL when `to` does not hear `from`; only between links_settle and the next change. */
const struct hearer *links_hearer(const struct links *l, uint32_t from, uint32_t to);
