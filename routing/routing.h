/* SPDX-License-Identifier: ISC */
/*
 * Paths through the mesh: neighbour discovery after NHDP (RFC 6130), topology after OLSRv2
 * (RFC 7181) where every node originates TCs, and a link counts only if both ends claim it;
 * messages are RFC 5444. The room knows no keys: core verifies what comes in and signs what
 * goes out. Pure: time and luck are handed in, output is pulled.
 */
#pragma once

#include "node/base/fill.h"
#include "node/base/ids.h"
#include "node/base/instant.h"
#include "node/base/log.h"
#include "node/base/rng.h"
#include "node/wire/drops.h"
#include "node/wire/message.h"

enum {
	ROUTING_NAME_MAX = 31,      /* bytes of an announced name */
	ROUTING_MESSAGE_MAX = 1200, /* bytes of one message, signature included */
	ROUTING_ICV_SIZE = 64 + 16, /* room that core needs to add the signature TLV */
	ROUTING_NODES_MAX = 16384,  /* routers remembered; victim: routing/victim.c */
	ROUTING_LINKS_MAX = 128,    /* links; victim: asymmetric first, then stalest */
	ROUTING_INTERFACES_MAX = 16,
	ROUTING_PATH_MAX = 64, /* hops of the longest path */
};

/* Ways out of the mesh that a router offers, as they stand in TCs; others mean nothing yet. */
enum { ROUTING_UPLINK_IPV6 = 1, ROUTING_UPLINK_IPV4 = 2, ROUTING_UPLINK_ALL = 3 };

struct routing_config {
	struct address self;
	struct node_id self_id;          /* carried in the messages */
	char name[ROUTING_NAME_MAX + 1]; /* announced, may be empty */
	struct rng rng;
	const struct log *log; /* borrowed for life */
	struct drops *drops;   /* borrowed for life */
	uint64_t sequence;     /* first 64-bit sequence to use: saved plus a jump ahead */
	unsigned hello_interval_ms; /* 0: 8000 */
	/* the refresh; changes go out at once, damped. 0: 180000, or 1800 for each router */
	unsigned tc_interval_ms;
};

/* A message split for whoever checks or makes its signature (RFC 7182): the ICV TLV left out,
 * hop limit and hop count zeroed in `covered`. */
struct routing_signed {
	struct address originator;
	struct node_id key;                   /* the originator's public key TLV */
	uint64_t sequence;                    /* TIMESTAMP TLV */
	uint8_t hop_limit;                    /* as it came; signed by nobody */
	uint8_t covered[ROUTING_MESSAGE_MAX]; /* what the signature is over */
	size_t covered_len;
	uint8_t signature[64];
};

/* False: malformed, or without key, sequence or signature. */
must_use bool routing_signed_parse(
	struct routing_signed *s, enum message_kind kind, struct bytes body);
/* The same without `covered` (covered_len is 0): enough to see that it is old, as most are. */
must_use bool routing_signed_peek(
	struct routing_signed *s, enum message_kind kind, struct bytes body);
/* Puts the signature of own `body` (made by routing_take with sign set) into out; returns the
 * length. `covered` of an unsigned body is got by routing_covered. */
size_t routing_signature_attach(
	struct bytes body, const uint8_t signature[64], uint8_t *out, size_t room);
size_t routing_covered(struct bytes body, uint8_t *out, size_t room);

struct routing;

struct routing *routing_new(const struct routing_config *config, struct instant now);
void routing_free(struct routing *r); /* NULL is fine */

/* interface: core's number, 1 and up. */
void routing_interface_add(struct routing *r, struct instant now, uint32_t interface);
void routing_interface_remove(struct routing *r, struct instant now, uint32_t interface);

/* Cheap test before a signature is checked: would this (originator, sequence) change
 * anything? A TC that is known, or older, is not worth a verification. */
must_use bool routing_is_news(const struct routing *r, enum message_kind kind,
	uint32_t interface, const struct address *originator, uint64_t sequence);

/* The sequence of the newest TC of a router; 0: none is known. */
uint64_t routing_sequence_of(const struct routing *r, const struct address *router);

/* A router that must not be one any more, whoever claims links with it: what is known of it
 * goes at the next tick. New TCs of it are the caller's to refuse. */
void routing_forget(struct routing *r, struct instant now, const struct address *router);

/* A TC that was no news came from a link: who is there has it. Not verified: at worst the
 * neighbours get it later, by their digests. One that came first with its hop limit used up
 * is passed on when a copy may go further (RFC 7181 section 16.3.2), for anybody can cut a
 * hop limit down. */
void routing_copy(struct routing *r, struct instant now, uint32_t link,
	const struct routing_signed *copy);

/* A verified HELLO, heard on interface from the link that core numbers `link` (nonzero, one
 * for each pair of our interface and their link-local endpoint). False: counted as dropped. */
bool routing_hello(struct routing *r, struct instant now, uint32_t interface,
	uint32_t link, struct bytes body);
/* A heartbeat under the mesh key, unsigned, from link (0: none that core knows). True: it is
 * new, and from a link whose HELLO is still good: of others no beat proves anything. */
bool routing_beat(struct routing *r, struct instant now, uint32_t interface,
	uint32_t link, struct bytes body);
/* A verified TC from a neighbour, flooded on if new. told: it came over the session, to us alone. */
bool routing_tc(struct routing *r, struct instant now, uint32_t link, bool told,
	struct bytes body);
/* An LSDB summary from a neighbour, over its session: answered by what it lacks. */
bool routing_lsdb(
	struct routing *r, struct instant now, uint32_t link, struct bytes body);

/* A session with the neighbour on this link is up or down: only links with one count. */
void routing_link_usable(
	struct routing *r, struct instant now, uint32_t link, bool usable);
/* Whether the neighbour says that it has no such link, or no more. */
must_use bool routing_link_is_denied(const struct routing *r, uint32_t link);
/* ... or that it was lost: then it has no session either. */
must_use bool routing_link_is_forgotten(const struct routing *r, uint32_t link);
/* What the unicast frames of a link told since the last call: sent, of these acknowledged. */
void routing_link_feedback(struct routing *r, struct instant now, uint32_t link,
	uint32_t sent, uint32_t acknowledged);
/* The rate of a link in bit/s if known (else 0), which is already the lower for the loss of so
 * many tries. */
void routing_link_rate(struct routing *r, struct instant now, uint32_t link,
	uint64_t rate_bps, uint32_t lost_ppm);
/* A frame came over the link's session; acknowledged: it acknowledged one of ours. */
void routing_link_alive(
	struct routing *r, struct instant now, uint32_t link, bool acknowledged);
/* The next link that is silent for longer than is likely: core asks it by a probe. */
must_use bool routing_doubt_take(struct routing *r, struct instant now, uint32_t *link);
/* Probes of the link stay unanswered, but it is too early to give it up: while this lasts
 * other ways are taken where there are any. */
void routing_link_suspect(struct routing *r, uint32_t link, bool suspect);
/* Whether a link that was lost and is back had only been silent: nothing was said meanwhile
 * that would have been lost. */
must_use bool routing_link_was_busy(const struct routing *r, uint32_t link);
/* The larger loss of the HELLOs and beats of the two directions of a link, 0 if unknown. */
must_use uint32_t routing_link_loss_ppm(const struct routing *r, uint32_t link);
/* Frames stay unacknowledged and probes too: the link is lost now. */
void routing_link_failed(struct routing *r, struct instant now, uint32_t link);

/* How long neighbours take to answer by now, in us: as long as that is, the channel is full. */
void routing_answers(struct routing *r, int64_t us);

struct routing_output {
	enum message_kind kind; /* for everybody HELLO, BEAT or TC, for one LSDB or TC */
	bool sign; /* ours: covered, signed and attached by core before it goes out */
	size_t len;
	uint8_t body[ROUTING_MESSAGE_MAX];
};
/* The next message for everybody that is due to go out on an interface. False: none. */
must_use bool routing_take(struct routing *r, struct instant now, uint32_t interface,
	struct routing_output *out);
/* The next one for the neighbour on a link, to be sent reliably, and asked for when there is
 * room for it. */
must_use bool routing_take_link(
	struct routing *r, struct instant now, uint32_t link, struct routing_output *out);

void routing_tick(struct routing *r, struct instant now);
struct instant routing_deadline(struct routing *r);
/* The sequence that the next own message would use; core keeps it with a jump ahead. */
uint64_t routing_sequence(const struct routing *r);

struct routing_route {
	struct address node;
	struct node_id id;
	char name[ROUTING_NAME_MAX + 1]; /* announced by it, unchecked text */
	uint32_t link;                   /* next hop */
	struct address next_hop;
	unsigned hops;
	uint32_t metric; /* sum of link metrics, RFC 7779 scale */
	struct instant since;
};
/* False: not reachable. */
must_use bool routing_route(
	const struct routing *r, const struct address *node, struct routing_route *out);
/* What to do when the route's link fails (RFC 5286, inequality 1): the cheapest way to a
 * node that begins with another link, over a neighbour that will not send it back to us.
 * None leads over a suspect link. Cheap when asked again, until the graph changes. False:
 * there is none, or no route. */
must_use bool routing_alternate(
	struct routing *r, const struct address *node, struct routing_route *out);

/* Best first. */
enum routing_verdict {
	ROUTING_CHOSEN,    /* the route */
	ROUTING_ALTERNATE, /* what routing_alternate gives */
	ROUTING_EQUAL,     /* as good as the route, and loop-free */
	ROUTING_DEARER,    /* loop-free too */
	ROUTING_LOOPS,     /* the neighbour might send it back to us */
	ROUTING_SUSPECT,   /* its link may be lost */
	ROUTING_NO_WAY,    /* the neighbour knows none */
};
/* What the neighbour on a link could offer for a node. */
struct routing_candidate {
	struct address neighbour;
	uint32_t link, link_metric;
	uint32_t metric; /* of the whole way; UINT32_MAX: none, or only over us */
	unsigned hops;   /* 0: none */
	enum routing_verdict verdict;
};
/* Fills in at most room candidates for a node, best first; returns how many. */
size_t routing_candidates(struct routing *r, const struct address *node,
	struct routing_candidate *out, size_t room);
/* The nodes of the shortest path, ours left out, the node itself last; returns the hops, 0 if
 * not reachable. */
size_t routing_path(const struct routing *r, const struct address *node,
	struct address out[ROUTING_PATH_MAX]);
/* Route number i in order of (metric, address); false past the end. */
must_use bool routing_route_at(
	const struct routing *r, size_t i, struct routing_route *out);
size_t routing_route_count(const struct routing *r);
/* Grows whenever a route appeared, vanished or changed: callers compare. */
uint64_t routing_generation(const struct routing *r);

/* Ways out of the mesh that this node offers from now on; a change is told at once. */
void routing_uplink_set(struct routing *r, struct instant now, uint8_t flags);
/* The router to leave the mesh by, of those that offer all of `flags`: the nearest, then the
 * one with the lowest address. What *gateway names stays as long as it is there and no other
 * is nearer by a fifth; zeros are nobody. False: there is none, and *gateway is zero. */
bool routing_gateway(const struct routing *r, uint8_t flags, struct address *gateway);

/* How willing this node is to pass on what floods, and what is sent over it: 0 never, 7 by
 * default, 15 always (RFC 7181 section 5.4.8). With us every node tells its links, so that
 * links of a node that is not willing are used all the same where there is no other way. */
void routing_willingness_set(
	struct routing *r, struct instant now, unsigned flooding, unsigned routing);

/* Whether this node saves power: it lets four times as long pass between HELLOs, and eight times
 * between beats. Its HELLOs say so, and neighbours expect no more of it (RFC 5497). */
void routing_saving_set(struct routing *r, struct instant now, bool saving);
/* The longest time, in ms, that the neighbour of a link means to be silent; 0: it does not say. */
must_use int64_t routing_link_pause_ms(const struct routing *r, uint32_t link);

/* A network behind a router, as its TC says (the Attached Network Set of RFC 7181 section
 * 10.5): at most 16 of a router, so as many as ROUTING_NODES_MAX of these. */
struct routing_attached {
	struct address router, network;
	uint8_t prefix;  /* bits */
	uint8_t hops;    /* from the router to it */
	uint32_t metric; /* of these; the way to the router not counted */
	bool reachable;  /* the router is */
};
/* Number i of all that are known, our own too; false past the end. It reads the router's TC. */
must_use bool routing_attached_at(
	const struct routing *r, size_t i, struct routing_attached *out);

struct routing_neighbour {
	struct address node;
	struct node_id id;
	char name[ROUTING_NAME_MAX + 1];
	uint32_t link, interface;
	bool symmetric, usable;
	bool mpr,
		mpr_selector; /* we chose it as a relay, for flooding or routing; it us */
	uint8_t will_flooding, will_routing;
	uint32_t loss_in_ppm, loss_out_ppm; /* UINT32_MAX: unknown */
	uint64_t rate_bps;                  /* 0: unknown */
	uint32_t metric;
	bool suspect; /* it may be lost */
	bool saving;  /* it saves power: it is heard less often */
	struct instant last_heard;
};
must_use bool routing_neighbour_at(
	const struct routing *r, size_t i, struct routing_neighbour *out);

struct routing_counters {
	uint64_t hellos_taken, tcs_taken; /* of others, that told something new */
	uint64_t path_searches;           /* runs of the search for paths */
	uint64_t route_changes;           /* of these, that changed a route */
	uint64_t links_failed;            /* by frames without an answer */
};
void routing_counters(const struct routing *r, struct routing_counters *out);

enum { ROUTING_FILLS = 2 };
/* How full each of ROUTING_FILLS tables is; false past the last. */
must_use bool routing_fill_at(const struct routing *r, size_t i, struct fill *out);

/* A link of the topology for `map`; false past the end. */
struct routing_edge {
	struct address from, to;
	uint32_t metric;
};
must_use bool routing_edge_at(
	const struct routing *r, size_t i, struct routing_edge *out);
