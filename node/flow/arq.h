/* SPDX-License-Identifier: ISC */
/*
 * Reliability of one link. Every transmission has a frame number of its own; a message that
 * was lost goes out again in a new frame under its old link sequence. Acknowledgements name
 * the highest frame number and the missing ones below it, so on a link that keeps order
 * everything older than what was acknowledged, and still open, is lost (as in QUIC, RFC 9002
 * section 6.1, with a reordering threshold of our own). The window follows delivery rate and
 * least round trip; loss never cuts it. Credit counts messages that the neighbour has to
 * hold for others.
 *
 * Timers: ack_at (a delayed acknowledgement), probe_at (nothing acknowledged for long, or no
 * credit), both in arq_deadline.
 */
#pragma once

#include "node/flow/queue.h"

enum {
	ARQ_WINDOW_MIN = 4,      /* frames in flight */
	ARQ_WINDOW_UNKNOWN = 16, /* at first; and the least where frames are lost */
	ARQ_LOSSY_PPM = 30000,
	ARQ_QUEUE_US = 16000, /* what may stand in the radio's queue */
	ARQ_WINDOW_MAX =
		192, /* below ARQ_BITMAP_BITS, so that one acknowledgement says all */
	ARQ_FRAME_ITEMS = 24, /* messages of one frame */
	ARQ_BITMAP_BITS =
		256, /* frames below the highest that an acknowledgement speaks of */
	ARQ_SEQUENCE_BITS = 4096, /* window in which duplicates are known */
	ARQ_HELD_MAX = 48,        /* messages we hold for others from one neighbour */
	ARQ_ACK_FRAMES = 12,    /* acknowledge at the latest after so many frames, but */
	ARQ_ACK_REST_US = 1000, /* not sooner than this after the first of them, unless */
	ARQ_ACK_FRAMES_MAX = 64, /* so many came: fast links work in batches */
	/* also when numbers are missing: on a shared channel an acknowledgement that comes early
	 * destroys the data it contends with */
	ARQ_ACK_DELAY_US = 8000,
	ARQ_PROBE_MIN_US = 20000,
	ARQ_PERSIST_US = 20000,
	/* how likely an answer to all of the probes was lost by chance: doubted; given up */
	ARQ_SUSPECT_PPM = 50000,
	ARQ_SILENT_PPM = 100,
	ARQ_SILENT_PROBES =
		3, /* but not for fewer unanswered ones, nor in less than this: */
	ARQ_SILENT_US =
		100000, /* the neighbour may be busy for a moment; see `patience` */
	/* one who is still heard gets so many probes and so long: a channel may be full */
	ARQ_PROBES_FAILED = 6,
	ARQ_FAILED_US = 1500000,
	ARQ_GONE_US = 2500000, /* one of whom nothing at all is heard so long is gone */
	ARQ_UNANSWERED_US = 10000000, /* and one that answers nothing so long: it may have
				       * lost the session */
};

/* ack = high:64 credit:16 bitmap_len:8 bitmap (bit set: high - 1 - i is missing; frames below
 * the bitmap, down to high - ARQ_BITMAP_BITS + 1, have arrived; nothing is said of others) */
struct arq_ack {
	uint64_t high;
	uint16_t credit;
	struct bytes missing; /* borrowed */
};
must_use bool arq_ack_parse(struct arq_ack *a, struct bytes body);

struct arq_sent {
	uint64_t number;
	struct instant at;
	uint64_t delivered; /* of the link when this was sent */
	struct instant delivered_at;
	uint16_t bytes;
	bool open;
	uint8_t count;
	struct flow_item *items[ARQ_FRAME_ITEMS];
};

struct arq {
	struct flow_queue queue; /* owned: what waits */
	/* how long neighbours take to answer, for the first probes of a link and for all when the
	 * channel is full; borrowed, NULL: not known */
	const int64_t *answer_us;
	/* private */
	struct arq_sent
		*sent; /* ring of sent_room, at most ARQ_WINDOW_MAX * 4, by number */
	size_t sent_first, sent_count, sent_room;
	unsigned in_flight;         /* open frames */
	unsigned in_flight_transit; /* open messages that need credit */
	uint32_t next_sequence;
	uint32_t oldest_sequence; /* none older is unacknowledged */
	uint16_t credit;
	uint64_t answered;           /* highest number that an acknowledgement named */
	int64_t srtt_us, min_rtt_us; /* -1: unknown */
	struct instant min_rtt_at;
	uint64_t delivered; /* bytes acknowledged */
	uint32_t loss_ppm;  /* of frames, smoothed over about 64 of them */
	struct instant delivered_at;
	uint64_t rate
		[2]; /* largest delivery rates, bytes/s, of this and the last period */
	struct instant rate_at;
	uint64_t rate_smooth; /* delivery rate, over some eight acknowledgements */
	unsigned probes;      /* sent since the last answer */
	bool asked;           /* by arq_probe_request, and not answered */
	struct instant probe_at, last_answer, first_probe;
	struct flow_item *staged[ARQ_FRAME_ITEMS];
	uint8_t staged_count;

	bool heard;
	uint64_t high;
	uint64_t arrived[ARQ_BITMAP_BITS / 64]; /* bit i: high - i arrived */
	unsigned unacknowledged;
	struct instant ack_at, ack_rest; /* when one is due; not for a count before */
	uint16_t credit_told;
	bool sequence_heard;
	bool sequence_doubted; /* a new session: the neighbour may number anew */
	uint32_t sequence_high;
	uint64_t sequences[ARQ_SEQUENCE_BITS / 64];

	/* counters */
	uint64_t frames_sent, frames_acknowledged, frames_lost, messages_again;
};

/* first: the first link sequence, random, so that a neighbour who still knows an earlier life
 * of this link does not take its messages for duplicates. */
void arq_init(struct arq *a, struct instant now, uint32_t first);
/* Gives up everything; items go to `rest` (the caller frees or sends them elsewhere). */
void arq_fini(struct arq *a, struct flow_list *rest);
/* A new session: frames in flight belong to the old one, so their messages wait again.
 * `same` says that the neighbour is the same process as before and knows our sequences. */
void arq_restart(struct arq *a, struct instant now, bool same);

/* ---- sending ---- */

/* May a frame with messages go out now? Acknowledgements and probes always may. */
bool arq_open(const struct arq *a);
/* Appends MESSAGE_DATA messages that wait, urgent classes first, until w is full. */
void arq_fill(struct arq *a, struct instant now, struct writer *w);
/* The frame with what arq_fill staged was sent under this number, or (sent false) was not:
 * then everything waits again. bytes: of the whole frame. */
void arq_fill_done(
	struct arq *a, struct instant now, bool sent, uint64_t number, size_t bytes);
/* A probe is due: one frame may go beyond the window, with MESSAGE_PROBE in it. */
bool arq_probe_due(const struct arq *a, struct instant now);
/* Asks a link that was silent for long whether it still works: probes follow until an
 * answer comes or arq_failed says that none will. */
void arq_probe_request(struct arq *a, struct instant now);
void arq_probe_sent(struct arq *a, struct instant now);
/* Probes are unanswered that are rarely so by chance. loss_ppm: what else is known of the loss
 * of frames on this link, for when too few were sent to tell. */
must_use bool arq_suspect(const struct arq *a, uint32_t loss_ppm);
/* Who answers no probe is to be given up. */
struct arq_patience {
	struct instant
		heard; /* when any frame of it came last: after the first probe it gets
	                         more time */
	uint32_t loss_ppm; /* as for arq_suspect */
	int64_t silent_us; /* silence is borne so long; at least ARQ_SILENT_US */
	bool denied; /* it says that it does not hear us: being heard gives it no time */
	bool forgotten; /* it says that there is no link: it gets two probes */
};
must_use bool arq_failed(
	const struct arq *a, struct instant now, const struct arq_patience *p);

/* ---- receiving ---- */

/* A frame of the session in use arrived; wants says that it carries DATA or PROBE. */
void arq_arrived(
	struct arq *a, struct instant now, uint64_t number, bool wants, bool probe);
/* False: this link sequence was delivered before. */
must_use bool arq_sequence_new(struct arq *a, uint32_t sequence);
bool arq_ack_due(const struct arq *a, struct instant now);
/* There is something to acknowledge at all (to ride on a frame that goes out anyway). */
bool arq_ack_wanted(const struct arq *a);
/* Appends MESSAGE_ACK; held: messages held for others that came over this link. */
void arq_ack_write(struct arq *a, struct writer *w, size_t held);
/* The neighbour was told of little credit, and now there is much: tell it. */
void arq_credit_changed(struct arq *a, struct instant now, size_t held);
/* Messages that are acknowledged go to done, the caller frees them. */
void arq_acknowledged(struct arq *a, struct instant now, const struct arq_ack *ack,
	struct flow_list *done);

/* The first of its timers that is later than `after`. */
struct instant arq_deadline(const struct arq *a, struct instant after);
/* Bytes a second delivered lately, 0: unknown. */
uint64_t arq_rate(const struct arq *a);
