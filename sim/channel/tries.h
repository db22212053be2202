/* SPDX-License-Identifier: ISC */
/*
 * What one try of a frame is like: how many there may be, how many bits at what rate, how
 * loud it is where it is heard, and whether it comes through. The channel's parameters say
 * so, or the frame's own rates. For channel.c.
 */
#pragma once

#include "sim/channel/channel.h"

/* The frame that a node has on the air, or is about to send. */
static inline const struct channel_frame *tries_frame(const struct channel_node *n)
{
	return &n->queue[n->head];
}

/* How often its frame is tried in vain before it is given up; of a unicast frame. */
uint64_t tries_most(const struct channel *ch, const struct channel_node *n);
uint64_t tries_bits(const struct channel *ch, const struct channel_frame *f);
/* Of the try that n makes now. `to` is whom it is for; NULL: nobody, or all. */
uint64_t tries_rate_bps(
	const struct channel *ch, const struct channel_node *n, const struct hearer *to);
/* Of `from` at `to`, in dB below 1 mW. */
uint32_t tries_signal_db(const struct channel *ch, uint32_t from, uint32_t to,
	const struct link_quality *q);
/* Of a frame with rates of its own, where it is meant to be heard, at the best place of
 * several; 0: nobody hears it. */
uint32_t tries_best_signal_db(const struct channel *ch, uint32_t node);
/* Chance alone decides; asks for luck. */
bool tries_survives(struct channel *ch, uint32_t node, const struct channel_reception *r);
