/* SPDX-License-Identifier: ISC */
/*
 * A scenario as another simulator's radio needs it: who reaches whom now, and whether a
 * try is lost. sim/channel keeps the graph, the places, the movement and what happens
 * when; of its radio nothing is used. Plain enough to be included from C++.
 *
 * Times are microseconds on the clock of the caller, which begins with 0 and never runs
 * backwards over all calls; time 0 of the scenario is later by every pause.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a node has of another one's transmission. */
enum air_reach { AIR_NOTHING, AIR_SENSED, AIR_HEARD };

/* What a radio is set to, once. */
struct air_radio {
	uint64_t unicast_bps, broadcast_bps;
	unsigned retries; /* further tries of a unicast frame */
	unsigned queue_frames;
};

struct air;

/* Reads the scenario, then `set` KEY=VALUE words of count. 0, or the program's exit status
 * after what is wrong was said on stderr. What a radio of 802.11 decides by itself, or
 * nobody here does, is named there once: it is left out. */
int air_open(struct air **out, const char *path, uint64_t seed, char *const *set,
	unsigned count);
void air_close(struct air *a); /* NULL is fine */

uint32_t air_count(const struct air *a);
const char *air_name(const struct air *a, uint32_t node);
bool air_find(const struct air *a, const char *name, uint32_t *node);
struct air_radio air_radio_of(const struct air *a);

/* Does everything that is due, and tells when to come again; INT64_MAX: no more. */
int64_t air_advance(struct air *a, int64_t now_us);

/* While time stands still nobody reaches anybody. */
void air_pause(struct air *a, int64_t now_us);
void air_resume(struct air *a, int64_t now_us);
bool air_is_paused(const struct air *a);

/* As things stood at the last advance. */
enum air_reach air_reach(const struct air *a, uint32_t from, uint32_t to);
/* Draws whether a frame of len bytes, which `to` hears, is lost by chance. */
bool air_loses(struct air *a, uint32_t from, uint32_t to, uint64_t len);

/* A change of the scenario as a line, or `topology`, `pause`, `resume`; the answer goes to
 * out as sim/ether/README.md has it. False: it is none of these. */
bool air_answer(struct air *a, int64_t now_us, const char *line, FILE *out);

/* Gives each node one of `ranks` processes, so that who reaches whom now share one. */
void air_split(const struct air *a, uint32_t ranks, uint32_t *rank);
/* Two nodes of different processes that reach each other now; false: there are none. */
bool air_crosses(const struct air *a, const uint32_t *rank, uint32_t *x, uint32_t *y);

#ifdef __cplusplus
}
#endif
