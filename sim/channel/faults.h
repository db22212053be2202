/* SPDX-License-Identifier: ISC */
/*
 * What befalls a reception that is not destroyed: it is lost, late, doubled or damaged by
 * chance, or held back for a node that dozes. A fault that is switched off draws no luck,
 * so that a channel without faults has the same luck as ever.
 */
#pragma once

#include "node/base/rng.h"
#include "sim/channel/links.h"
#include "sim/channel/params.h"

/* True when a frame of so many bits comes through one try over a link of this quality that
 * loses asymmetry_ppm more. */
bool faults_survives(const struct channel_params *p, const struct rng *rng,
	const struct link_quality *q, uint64_t bits, uint64_t asymmetry_ppm);

/* What the directed link loses more than others: 0 to p->asymmetry_ppm. The same salt and
 * nodes give the same. */
uint64_t faults_asymmetry_ppm(
	const struct channel_params *p, uint64_t salt, uint32_t from, uint32_t to);

/* How late a delivery is by `reorder`, in ns; 0: in its turn. */
int64_t faults_late_ns(const struct channel_params *p, const struct rng *rng);

/* By how much later it happens once more by `duplicate`, in ns; 0: it does not. */
int64_t faults_again_ns(const struct channel_params *p, const struct rng *rng);

/* How it is damaged by `corrupt`, for channel_damage; 0: not at all. */
uint64_t faults_damage(const struct channel_params *p, const struct rng *rng);

/* The first beacon that is not before t_ns; t_ns itself without beacons. */
int64_t faults_beacon_ns(const struct channel_params *p, int64_t t_ns);

/* Changes one to four bytes of the frame as damage says, at least one of them for good; 0
 * and an empty frame change nothing. For the programs that keep the frames. */
void channel_damage(uint8_t *frame, size_t len, uint64_t damage);
