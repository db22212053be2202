/* SPDX-License-Identifier: ISC */
/*
 * Links (RFC 6130): who is heard on which interface, whether they hear us, and how much
 * gets lost. A link is advertised, and used, while it is symmetric and core says that a
 * session runs over it. A lost link is believed again after NHDP_HEARD_AGAIN HELLOs, of which
 * a handshake may stand for one, and not before there is a session.
 *
 * At most ROUTING_LINKS_MAX links; the victim is one that is not advertised, those
 * without a session first, of these the one not heard longest: strangers push out no link
 * in use.
 *
 * Timers of a link: heard and symmetric validity; the time it is still told as lost. A
 * validity is stretched by the loss seen, so that steady loss is not taken for silence.
 */
#pragma once

#include "node/base/siphash.h"
#include "routing/hello.h"
#include "routing/lost.h"
#include "routing/twohop.h"

enum {
	NHDP_HEARD_AGAIN = 2,
	NHDP_LOST_HOLD_MS = 2000, /* a lost link is told, and remembered, so long */
	NHDP_EXPECTS_MS = 2000,   /* a new link is expected to be advertised within */
	NHDP_WINDOW = 64,         /* HELLOs over which loss is counted (RFC 7779) */
	NHDP_LOSS_UNKNOWN = UINT32_MAX,
};

/* What is still to be told to the neighbour of a link; see flood.h. */
struct repair {
	struct instant ask_due;  /* NEVER: it need not be asked what it holds */
	struct instant tell_due; /* NEVER: it need not be told what we hold */
	uint64_t parts, replies; /* of the database that it is to be told, in answer */
	uint64_t from;           /* the first handle of the first part that is not told */
	struct instant asked;
	struct instant differs_since; /* digests; NEVER: they do not */
	int64_t backoff_ms;
	uint64_t last_ours, last_theirs; /* digests when the last summary was planned */
	uint32_t credit; /* messages that may go out at once, as of credit_at */
	struct instant credit_at;
	struct instant tcs_due; /* NEVER: none to send */
	uint64_t *tcs; /* bits of slots whose TCs it lacks; owned; NULL: of none */
	uint32_t tcs_words;
};

/* Whose TCs wait to be passed on; see flood.h. */
struct flood_source {
	unsigned waiting; /* TCs that came from there */
	uint64_t served;  /* the turn in which one of them went out last */
};

struct nhdp_link {
	uint32_t number;    /* core's */
	uint32_t interface; /* core's; 0: no HELLO was heard yet */
	unsigned place;     /* of the interface in ours */
	struct address node;
	struct node_id id;
	char name[ROUTING_NAME_MAX + 1];
	uint64_t sequence;      /* of the newest HELLO */
	uint16_t packet_number; /* of the newest HELLO or beat */
	/* as of the newest HELLO, which is signed; beats since, by how far they are ahead of it */
	uint16_t signed_number;
	struct instant signed_at;
	uint64_t signed_window, beats;
	unsigned signed_samples;
	struct instant made, last_heard, heard_until, symmetric_until, lost_until;
	struct instant alive; /* the last frame of its session */
	int64_t interval_us, validity_us;
	int64_t beat_us; /* longest time between two of its packets; 0: it does not say */
	bool usable, lost;
	bool away;     /* it was lost, and no HELLO came since */
	bool was_busy; /* when it came back it had said nothing meanwhile */
	bool doubted;  /* silent for too long; until something is heard */
	bool denied; /* the neighbour's last HELLO, or a TC since, has no such link ... */
	bool forgotten; /* ... and it does not merely hear nothing */
	struct instant
		left_out; /* when it said so; NEVER: it did not, or was asked about it */
	bool suspect;     /* core's probes are not answered */
	unsigned heard_again;
	bool tell;       /* it was: a HELLO is due */
	bool advertised; /* as of the last nhdp_update */
	bool told;       /* our newest TC lists it, and it was never gone since */
	enum hello_status status;    /* as of the last nhdp_update */
	uint64_t window;             /* HELLOs heard (1) and missed (0), newest lowest */
	unsigned samples;            /* bits of it that count */
	uint32_t loss_out_ppm;       /* of our HELLOs, as the neighbour says */
	uint32_t sent, acknowledged; /* unicast frames, old ones counting less */
	struct instant faded;        /* when those were made to count less */
	bool fed;                    /* they are enough to say something */
	uint64_t rate_bps;
	uint32_t rate_lost_ppm;         /* for which the rate is already the lower */
	uint32_t metric_in, metric_out; /* as told: with hysteresis */
	int drifts; /* looks at a radio in a row that found it a little dearer; below 0: cheaper */
	uint64_t digest; /* of the neighbour's database; 0: not said */
	uint8_t will_flooding, will_routing;
	uint8_t mpr, mpr_selector; /* enum hello_mpr: we chose it; it chose us */
	struct twohops twohops;
	struct repair repair;
	struct flood_source flood;
	UT_hash_handle hh;
};

struct nhdp {
	struct nhdp_link *links; /* owned; in the order of their coming */
	unsigned count;
	struct lost lost;
	bool mpr_stale; /* something changed that relays are chosen by; see mpr.h */
};

/* What nhdp_update found changed. */
enum nhdp_change {
	NHDP_STATUS = 1,   /* some neighbour should hear of it: a HELLO soon */
	NHDP_TOPOLOGY = 2, /* the set of advertised links */
	NHDP_GONE = 4,     /* a link is none of them any more */
};

void nhdp_init(struct nhdp *all);
void nhdp_fini(struct nhdp *all);
struct nhdp_link *nhdp_find(const struct nhdp *all, uint32_t number);
/* A HELLO of this originator on this interface would be new. */
must_use bool nhdp_is_news(const struct nhdp *all, uint32_t interface,
	const struct address *originator, uint64_t sequence);
/* Whether originator may speak on this link: a link belongs to whom it was heard from
 * until it is lost, so that nobody slips under a session that is being made. */
must_use bool nhdp_is_owner(const struct nhdp_link *l, const struct address *originator);
/* Takes a HELLO; NULL: no room for one more link. */
struct nhdp_link *nhdp_hello(struct nhdp *all, struct instant now, uint32_t number,
	const struct hello *h, const struct address *self);
/* Of a link that was not heard yet, too: sessions may be faster than HELLOs. */
void nhdp_usable(struct nhdp *all, struct instant now, uint32_t number, bool usable);
void nhdp_alive(struct nhdp_link *l, struct instant now, bool acknowledged);
/* A beat with this number: false, and nothing is changed, when it is not new or the link has
 * never had a HELLO. */
must_use bool nhdp_beat(struct nhdp_link *l, struct instant now, uint16_t number);
/* The next advertised link that is silent for longer than its beats and loss explain, once for
 * each silence. False: none. */
must_use bool nhdp_doubt_take(struct nhdp *all, struct instant now, uint32_t *number);
/* When it will give one; NEVER: not without a new link. */
struct instant nhdp_doubt_at(const struct nhdp *all);
/* The least that is thought of the loss of a link of which little was heard yet. */
must_use uint32_t nhdp_loss_presumed_ppm(const struct nhdp_link *l);
void nhdp_failed(struct nhdp_link *l, struct instant now);
/* The neighbour says that it has no such link, or has it no more. */
void nhdp_denied(struct nhdp_link *l, struct instant now);
/* Its metrics anew. look: the radio was asked, and what it says several times in a row is told
 * where it is half as far off as must be told at once. */
void nhdp_cost(struct nhdp_link *l, struct instant now, bool look);
/* What is told of a link changes what it costs; they return its metric_out of before. */
uint32_t nhdp_feedback(
	struct nhdp_link *l, struct instant now, uint32_t sent, uint32_t acknowledged);
uint32_t nhdp_rate(
	struct nhdp_link *l, struct instant now, uint64_t rate_bps, uint32_t lost_ppm);
void nhdp_interface_gone(struct nhdp *all, uint32_t interface);
/* Whether some link was heard a moment ago and is likely to be advertised soon. */
must_use bool nhdp_expects(const struct nhdp *all, struct instant now);
/* Lets time act; returns enum nhdp_change bits. Links may be gone afterwards. */
unsigned nhdp_update(struct nhdp *all, struct instant now);
struct instant nhdp_deadline(const struct nhdp *all);

/* Of the HELLOs of a link, in ppm; NHDP_LOSS_UNKNOWN before there are enough. */
uint32_t nhdp_loss_in_ppm(const struct nhdp_link *l, struct instant now);
