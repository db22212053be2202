/* SPDX-License-Identifier: ISC */
/*
 * A shared half-duplex radio channel as a value: frames go in, deliveries come out, time
 * and luck are handed in. The model is the distributed coordination function of IEEE
 * 802.11 (section 10.3) as far as it shapes throughput:
 *
 * - a node waits until it senses nothing for DIFS, counts down a drawn number of slots,
 *   stops counting while it senses a transmission, then sends; the start of a
 *   transmission is sensed one slot later, so equal draws collide;
 * - a frame is on the air for preamble + 8 * (length + overhead) / rate, a unicast frame
 *   holds the channel for the acknowledgement too;
 * - two overlapping transmissions that a node hears destroy each other there, and a node
 *   that sends hears nothing; what is sensed but not heard does no harm;
 * - each try is lost by chance; a unicast frame is tried again with a doubled window.
 *
 * A frame of a real radio brings its own rates (rates.h): they say how often it is tried,
 * how long each try is on the air, and by the signal how many of its bits are lost.
 *
 * Not modelled: loss of acknowledgements, capture, rate adaptation, frame aggregation. A
 * frame costs only its neighbourhood. Same parameters, links, calls and luck give the
 * same results everywhere: there is no floating point and no order by address.
 */
#pragma once

#include "node/base/heap.h"
#include "node/base/instant.h"
#include "node/base/rng.h"
#include "sim/channel/faults.h"
#include "sim/channel/links.h"
#include "sim/channel/params.h"
#include "sim/channel/rates.h"

enum { CHANNEL_BROADCAST = UINT32_MAX, CHANNEL_FRAME_MAX = 65535 };

enum channel_verdict { CHANNEL_QUEUED, CHANNEL_QUEUE_FULL, CHANNEL_BAD_LENGTH };

/* All counts of one node since the last reset. What is counted when sending stands at the
 * sender, what is counted when receiving at the receiver the frame was meant for. */
struct channel_counters {
	uint64_t frames; /* frames whose first try went on the air */
	uint64_t bytes;  /* their lengths, once a frame */
	uint64_t tries;
	uint64_t retries; /* tries after the first */
	uint64_t
		airtime_us; /* on the air, acknowledgements of own unicast frames included */
	uint64_t busy_us;   /* something was sensed on the air, or sent */
	uint64_t delivered; /* unicast frames that arrived */
	uint64_t
		unreachable; /* unicast tries towards a node that does not hear this one */
	uint64_t rx_frames;
	uint64_t rx_bytes;
	uint64_t losses;     /* receptions lost by chance */
	uint64_t collisions; /* receptions destroyed by another transmission */
	uint64_t duplicates; /* deliveries that happened a second time */
	uint64_t reordered;  /* deliveries that came late by `reorder` */
	uint64_t corrupted;  /* deliveries of damaged frames */
	uint64_t drops_queue_full;
	uint64_t drops_retry_limit;
	uint64_t drops_bad_length;
	uint64_t queued; /* frames waiting or on the air now; reset leaves it */
};

enum channel_event_kind {
	CHANNEL_TRY, /* node sent a try; only when asked for by channel_report_tries */
	CHANNEL_DELIVERY, /* `to` received the frame of `node`; twice by `duplicate` */
	CHANNEL_DONE, /* node is through with the frame; the last event of its cookie */
};

struct channel_event {
	enum channel_event_kind kind;
	uint32_t node;  /* the sender */
	uint32_t to;    /* receiver; of a try and of done: as given to channel_send */
	uint32_t tries; /* up to here */
	uint32_t
		signal_db; /* of a frame with rates of its own: at the receiver; of a try of
			       a broadcast: at the best one; done: at the sender */
	bool delivered;    /* done: unicast arrived; a broadcast is always true */
	uint64_t cookie;
	uint64_t
		damage; /* delivery: not 0 when damaged on the way; channel_damage does it */
	uint64_t airtime_us; /* done: of all tries */
	struct instant at;   /* try: its start; delivery; done: the end of the last try */
};

struct channel_frame {
	uint64_t cookie;
	uint32_t to; /* a frame to its sender is one that nobody hears */
	uint32_t len;
	/* Its own, borrowed until it is done; NULL: the channel's rates and retries. */
	const struct rates *rates;
};

struct channel_reception {
	uint32_t node;
	bool destroyed;
	bool gone; /* the link went away while the frame was on the air */
	struct link_quality quality;
};

enum channel_radio {
	CHANNEL_IDLE,
	CHANNEL_CONTENDING,
	CHANNEL_SENDING,
	CHANNEL_ACK_WAIT
};

struct channel_node {
	/* private */
	struct channel_frame *queue; /* a ring of room frames */
	size_t head, count, room;
	enum channel_radio radio;
	bool armed;           /* fire_ns stands */
	uint32_t busy;        /* transmissions sensed, own included */
	uint32_t audible;     /* transmissions heard */
	uint64_t generation;  /* of the planned start; older ones are void */
	int64_t busy_from_ns; /* since when busy > 0 */
	int64_t idle_from_ns; /* since when busy == 0 */
	int64_t count_from_ns;
	int64_t fire_ns;
	uint64_t slots, window;
	uint32_t tries;
	bool dozing;
	bool arrived; /* the present unicast try */
	int64_t air_ns, frame_air_ns, last_delivery_ns;
	struct channel_reception *receptions; /* of the transmission on the air */
	size_t reception_count, reception_room;
	uint32_t rx_from; /* sender of the one intact reception here */
	size_t rx_index;  /* its place in the sender's receptions */
	int64_t airtime_ns, busy_ns;
	struct channel_counters counters;
};

struct channel {
	struct channel_params params; /* change with channel_params_apply */
	struct links links;
	uint32_t node_count;
	/* private */
	struct rng rng;
	struct channel_node *nodes;
	int64_t now_ns;
	uint64_t salt; /* of the links' asymmetry; 0: not yet drawn */
	bool report_tries;
	struct heap plan;    /* starts and ends of transmissions */
	struct heap results; /* by time: places in records */
	struct channel_event *records;
	uint64_t *free_records;
	size_t record_count, record_room, free_count, free_room;
};

/* Nodes are numbered from 0; the state behind rng must outlive the channel. */
void channel_init(struct channel *ch, const struct channel_params *params, uint32_t nodes,
	struct rng rng);
void channel_fini(struct channel *ch);

/* New parameters hold from the next try on; frames above a smaller queue stay. */
void channel_params_apply(struct channel *ch, const struct channel_params *params);
/* What arrives at a node that dozes waits for the next beacon, if there are beacons; what
 * waits already comes then, also when the node wakes. */
void channel_doze(struct channel *ch, uint32_t node, bool dozes);
void channel_report_tries(struct channel *ch, bool on);

/* Links are changed through ch->links; a change holds from the last tick on, so tick
 * first. Frames on the air over a link that goes away are lost. */

/* Puts a frame of len bytes into the queue of node. The cookie comes back with each event
 * of the frame. `now` never runs backwards over all calls. */
enum channel_verdict channel_send(struct channel *ch, struct instant now, uint32_t node,
	const struct channel_frame *frame);

/* False: as things stood at the last tick, channel_send would refuse a frame of node. */
bool channel_has_room(const struct channel *ch, uint32_t node);

/* Does everything that is due up to now. */
void channel_tick(struct channel *ch, struct instant now);
/* When to tick next, or NEVER. */
struct instant channel_deadline(struct channel *ch);
/* Hands out the next event that is due at the last tick, in order of time; false:
 * none. */
bool channel_take(struct channel *ch, struct channel_event *event);

struct channel_counters channel_counters(const struct channel *ch, uint32_t node);
void channel_counters_reset(struct channel *ch);

/* Airtime of one try in nanoseconds without waiting: preamble, bits, acknowledgement. */
int64_t channel_airtime_ns(const struct channel_params *p, uint64_t len, bool broadcast);
