/* SPDX-License-Identifier: ISC */
/*
 * The simulated radio in real time: frames from attached nodes go into the channel, and
 * come out at other nodes when the channel says so. The channel's time is the monotonic
 * clock since the start, less pauses. A late wakeup delays what comes out, never what the
 * channel computes: it works off its plan at the planned times.
 *
 * Unicast frames go to the node that owns the destination address, learnt from the source
 * addresses of what each node sends or said when the node attached.
 *
 * Either all nodes are attached by ports, whose frames are Ethernet, or all by real radios,
 * whose frames are those of 802.11.
 */
#pragma once

#include <ev.h>

#include "node/base/log.h"
#include "sim/channel/mobility.h"
#include "sim/ether/addresses.h"
#include "sim/ether/radio.h"

struct port;
struct capture;
struct hwsim;

/* Frames that never came into the channel, or that a node did not take. */
struct ether_drops {
	uint64_t malformed;           /* no Ethernet header, too long, or from a group */
	uint64_t unknown_destination; /* unicast to an address that no node has */
	uint64_t unsegmented;         /* larger than the interface: offloads are on */
	uint64_t reader_slow;         /* delivered on the air, not taken by the reader */
};

struct frame {
	struct frame *prev, *next;
	struct radio_frame told; /* by a real radio */
	uint32_t len;
	uint8_t data[];
};

struct ether {
	struct ev_loop *loop;
	struct log log;
	struct scenario scenario;
	struct channel channel;
	struct mobility mobility;
	struct addresses addresses;
	struct port **ports;       /* by node; NULL: nothing attached */
	struct ether_drops *drops; /* by node */
	struct hwsim *hwsim;       /* the real radios; NULL: ports */
	struct capture *capture;   /* NULL: none */
	bool paused;
	/* private */
	struct frame *frames; /* all that the channel holds */
	struct rng_seeded luck, moves;
	size_t next_event; /* of the scenario */
	int64_t origin_us; /* of the channel's time on the monotonic clock */
	struct instant now;
	int timer_fd;
	struct instant timer_at;
	ev_io timer;
	ev_prepare prepare;
};

/* Takes the scenario, which is left empty. 0 or a negative errno. */
must_use int ether_init(
	struct ether *e, struct ev_loop *loop, struct scenario *scenario, uint64_t seed);
void ether_fini(struct ether *e);

/* An Ethernet frame that node sends. */
void ether_receive(struct ether *e, uint32_t node, struct bytes frame);
/* Puts a frame into the channel; `told` is NULL without a real radio. False: it is dropped,
 * and counted. */
bool ether_send(struct ether *e, uint32_t node, uint32_t to, struct bytes frame,
	const struct radio_frame *told);

/* Brings the channel up to the clock and hands out what is due. */
void ether_advance(struct ether *e);

/* A change of the channel from now on. False says why not. */
must_use bool ether_act(struct ether *e, const struct action *a, struct text *why);

/* Somebody sends and hears there. */
bool ether_attached(const struct ether *e, uint32_t node);

void ether_pause(struct ether *e);
void ether_resume(struct ether *e);
