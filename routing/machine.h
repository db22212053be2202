/* SPDX-License-Identifier: ISC */
/* The routing machine from within: for the files of this room only. */
#pragma once

#include "routing/alternate.h"
#include "routing/flood.h"
#include "routing/mpr.h"
#include "routing/order.h"
#include "routing/routing.h"
#include "routing/spf.h"

enum {
	HELLO_INTERVAL_MS = 8000,
	HELLO_AGAIN_MS =
		400, /* after a change, doubling to the interval: one may get lost */
	HELLO_JITTER_PERCENT = 25, /* RFC 5148 */
	HELLO_STRANGE_MS = 250, /* between two for the sake of strange beats, doubling */
	BEAT_INTERVAL_MS = 562, /* a time code; at most half of HELLO's */
	SAVING_HELLOS = 4, /* who saves power lets so much longer pass between HELLOs, */
	SAVING_BEATS = 8,  /* and between beats */
	BEAT_JITTER_PERCENT = 10,
	HELLO_SOON_MS = 20,        /* a HELLO on change waits so long ... */
	HELLO_SOON_JITTER_MS = 80, /* ... and up to so much longer */
	HELLO_GAP_MS = 200,        /* between two HELLOs on an interface */
	HELLO_BURST = 5, /* so many on change may come so soon one after the other; ... */
	HELLO_EACH_MS = 800, /* ... while changes go on, one each so long */
	/* a refresh tells who is gone; who lacks a TC, the digests */
	TC_INTERVAL_MS = 180000,
	TC_INTERVAL_ROUTER_MS = 1800, /* ... or so long for each router there is */
	TC_JITTER_PERCENT = 10,
	TC_FIRST_MS =
		50, /* a TC on change waits so long, so that changes come together ... */
	TC_LOSS_MS = 5,      /* ... but the others send into a hole until they know */
	TC_EXPECTS_MS = 300, /* the same while more links are about to come */
	TC_METRIC_MS = 1000, /* the same when only metrics changed, or ... */
	TC_METRIC_ROUTER_MS = 20, /* ... so long for each router there is, or ... */
	TC_METRIC_LINK_MS =
		125, /* ... for each link: of many, some change all the time */
	/* one that says only of links that bring nobody nearer waits so long after the last,
	 * or so long for each router there is */
	TC_SPARE_MS = 1000,
	TC_SPARE_ROUTER_MS = 20,
	TC_BACKOFF_MS = 200, /* between two changes, doubling to ... */
	TC_BACKOFF_MAX_MS = 2500,
	TC_BACKOFF_ROUTER_MS = 5, /* ... or so long for each router */
	/* a HELLO that contradicts its speaker's TC is believed so long: it would have sent
	 * another by then */
	TC_CONTRADICTED_MS = 5000,
	LISTED_MS = 20000, /* who has a session lists the link in its TC within this */
	/* above our own past; less than what core takes for a restart */
	OWN_AHEAD = 1 << 15,
	VALIDITY_HALVES = 7,         /* validity in half intervals */
	SPF_GAP_MS = 10,             /* between two searches, doubling to ... */
	SPF_ROUTERS_PER_MS = 1,      /* ... a ms for so many routers that it looked at */
	GATEWAY_NEARER_PERCENT = 80, /* of the present one's metric: worth a change */
};

struct interface {
	uint32_t number; /* core's; 0: place is free */
	struct instant hello_due, hello_last, beat_due;
	int64_t hello_pause_ms;     /* until the next HELLO after this one */
	struct instant hello_spent; /* by those that went out, HELLO_EACH_MS each */
	struct instant strange_due; /* no HELLO for the sake of strange beats before */
	int64_t strange_pause_ms;
	uint16_t packet_number; /* of HELLOs and beats */
	unsigned turn;          /* see listing_links */
};

struct routing {
	struct routing_config config;
	struct interface interfaces[ROUTING_INTERFACES_MAX];
	struct nhdp nhdp;
	struct lsdb lsdb;
	struct flood flood;
	struct repairs repairs;
	struct spf spf;
	struct alternates alternates;
	uint64_t sequence; /* of the next own message */
	uint8_t will_flooding, will_routing;
	bool saving; /* power */
	/* our TC */
	uint16_t ansn;
	uint8_t uplink;  /* ROUTING_UPLINK_* */
	bool tc_changed; /* what it would say is not what the last one said ... */
	bool tc_urgent;  /* ... in something else than that there are more links */
	struct instant tc_due, tc_last;
	int64_t tc_backoff_ms;
	/* routes */
	bool links_dirty;  /* a link changed: look at the graph again */
	bool near_unknown; /* somebody near has no TC yet */
	struct instant spf_last;
	int64_t spf_gap_ms;
	uint64_t lsdb_changes; /* as of the last run */
	uint64_t generation;
	struct routing_counters counters; /* but for route_changes */
	uint64_t digest;
	struct instant digest_changed;
	struct instant ticked; /* what was due then has been told to core */
	/* as of the last call that could change them; see plan() */
	bool planned;
	struct instant deadline, output_due, repair_due;
};

/* routing.c: lets time act on links, and whatever follows from it. */
void routing_settle(struct routing *r, struct instant now);

/* origin.c: what this node says of itself. */
void origin_hello_soon(struct routing *r, struct instant now);
/* The HELLO, or the beat, that is due on the interface in this place. */
void origin_hello(struct routing *r, struct instant now, unsigned place,
	struct routing_output *out);
void origin_beat(struct routing *r, struct instant now, unsigned place,
	struct routing_output *out);
/* A beat came from somebody of whom no HELLO is known: ours makes him send one. */
void origin_strange_beat(struct routing *r, struct instant now, unsigned place);
void origin_links_changed(struct routing *r, struct instant now, bool lost);
void origin_metric_changed(struct routing *r, struct instant now);
void origin_uplink_changed(struct routing *r, struct instant now);
/* Makes our TC and lets it flood, if it is due. */
void origin_tc(struct routing *r, struct instant now);

/* links.c: those that count. */
must_use unsigned links_count(const struct routing *r);
/* A link counts from now on: its end is asked what it holds. */
void links_begin(struct routing *r, struct instant now, struct nhdp_link *l);

/* routes.c: from the graph to routes. */
/* Runs the path search if anything changed and the last run is SPF_GAP_MS ago. */
void routes_update(struct routing *r, struct instant now);
/* The search itself, whether or not it is needed. */
void routes_search(struct routing *r, struct instant now);
/* When it wants to run; NEVER: nothing changed. */
struct instant routes_deadline(const struct routing *r);
