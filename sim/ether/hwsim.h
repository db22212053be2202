/* SPDX-License-Identifier: ISC */
/*
 * The radios of mac80211_hwsim: the kernel hands out every frame that one of them sends,
 * beacons too, and the ether says who receives it, how loud, and whether it was
 * acknowledged. When the medium goes, the kernel's own, which loses nothing, is back.
 */
#pragma once

#include "node/base/text.h"
#include "sim/ether/ether.h"

struct hwsim;

/* What is lost beside the air. */
struct hwsim_drops {
	uint64_t malformed;     /* messages that lack something */
	uint64_t unknown_radio; /* frames of radios that no node has */
	uint64_t refused; /* deliveries to a radio that is down or on another channel */
	uint64_t overrun; /* times the kernel had more than the socket holds */
};

/* NULL says why: above all, the module is not loaded. */
must_use struct hwsim *hwsim_open(struct ether *e, struct text *why);
void hwsim_close(struct hwsim *h);

/* The node sends and hears by the radio of this hardware address. False: one of both has
 * another one. */
must_use bool hwsim_attach(struct hwsim *h, uint32_t node, const uint8_t radio[6]);
bool hwsim_attached(const struct hwsim *h, uint32_t node);

/* From now on the kernel asks this medium. False says why; there can be only one. */
must_use bool hwsim_register(struct hwsim *h, struct text *why);

const struct hwsim_drops *hwsim_drops(const struct hwsim *h);
void hwsim_drops_reset(struct hwsim *h);

/* For the ether: a frame arrives; its sender is through with it. */
void hwsim_deliver(struct hwsim *h, const struct channel_event *event,
	const struct radio_frame *told, struct bytes frame);
void hwsim_done(struct hwsim *h, const struct channel_event *event,
	const struct radio_frame *told);
