/* SPDX-License-Identifier: ISC */
/*
 * Who may come in through the IP interface. By default nobody: what passes is an answer to
 * what this node began, an ICMP error that quotes such a flow, an echo request within its
 * rate, and what a rule allows. Nothing that goes out is held back.
 *
 * A flow is known from its first outgoing packet, or from its first incoming one that a rule
 * let pass, until it has been idle for its protocol's time. Times are those of RFC 5382 (TCP,
 * 2 h 4 min), RFC 4787 (UDP) and RFC 6092 (both over IPv6), shortened as Linux's conntrack
 * does where both ends have closed. There are no timers: what has run out is thrown away
 * before the table is looked at.
 *
 * `peer` is the node whose session brought a packet, or takes it: the other address of the
 * flow itself, but for what lies behind a gateway. The caller has checked that the packet's
 * source is the peer's to use and that its destination is here.
 */
#pragma once

#include "node/base/bucket.h"
#include "node/base/siphash.h"
#include "node/inet/packet.h"

enum {
	DOOR_FLOWS_MAX = 4096,      /* victim: the flow that was idle longest */
	DOOR_PEER_FLOWS_MAX = 1024, /* the same, among this peer's own */
	DOOR_RULES_MAX = 1024,      /* the newest is refused */
	DOOR_FRAGMENTS = 256,       /* packets in parts; victim: who has the slot */
	DOOR_ECHO_SLOTS = 256,      /* peers that share a slot share its rate */

	DOOR_ECHO_PER_S = 100, /* echo requests let in, all peers together */
	DOOR_ECHO_BURST = 200,
	DOOR_PEER_ECHO_PER_S = 20,
	DOOR_PEER_ECHO_BURST = 40,

	DOOR_TCP_OPENING_S = 120, /* until both sides were heard (conntrack: syn_sent) */
	DOOR_TCP_ESTABLISHED_S = 7440, /* RFC 5382 REQ-5 */
	DOOR_TCP_CLOSING_S = 10,       /* both FINs, or a reset (conntrack: close) */
	DOOR_UDP_S = 120,              /* RFC 4787 REQ-5 */
	DOOR_ICMP_S = 30,              /* conntrack: icmp_timeout */
	DOOR_OTHER_S = 600,            /* conntrack: generic_timeout */
	DOOR_FRAGMENTS_S = 60,         /* RFC 8200 section 4.5 */
};

enum door_verdict {
	DOOR_PASS,
	DOOR_DENY,
	DOOR_RATE, /* an echo request beyond the rate */
	DOOR_VERDICTS
};

/* "pass", "deny", "rate": the names of the counters in status. */
const char *door_verdict_name(enum door_verdict v);

/* What decides how long a flow may be idle. */
enum door_stage {
	DOOR_TCP_OPENING,
	DOOR_TCP_ESTABLISHED,
	DOOR_TCP_CLOSING,
	DOOR_UDP,
	DOOR_ICMP,
	DOOR_OTHER,
	DOOR_STAGES
};

/* "tcp-opening" and so on. */
const char *door_stage_name(enum door_stage s);

/* A rule: peer may reach this port of this protocol. */
struct door_rule {
	struct {
		struct address peer;
		uint16_t port;    /* 0: every port */
		uint8_t protocol; /* 0: everything */
		uint8_t zero;
	} key;
	UT_hash_handle hh; /* private */
};

struct door_peer;

/* A flow as seen from this node: `source` is here, `destination` there. */
struct door_flow {
	struct packet_flow flow;
	enum door_stage stage;
	struct instant heard;     /* last packet, in either direction */
	bool from_peer;           /* a rule let it begin */
	bool shut;                /* its rule was taken back: nothing more comes in */
	bool heard_in, heard_out; /* private, and all below */
	bool fin_in, fin_out;
	struct door_peer *peer;
	struct door_flow *prev, *next;           /* of its stage, idle longest first */
	struct door_flow *peer_prev, *peer_next; /* of its peer, the same */
	UT_hash_handle hh;                       /* by flow */
};

struct door {
	uint64_t verdicts[DOOR_VERDICTS]; /* of door_in */
	uint64_t flows_pushed_out;        /* by a cap, before their time */
	/* private */
	struct door_rule *rules;
	struct door_flow *flows;
	struct door_flow *stages[DOOR_STAGES];
	struct door_peer *peers; /* that have flows */
	struct bucket echo, peer_echo[DOOR_ECHO_SLOTS];
	struct {
		uint64_t hash;
		struct instant until;
	} fragments[DOOR_FRAGMENTS];
};

/* In the caller's memory; fini frees what it came to hold. */
void door_init(struct door *d, struct instant now);
void door_fini(struct door *d);

/* Notes the flow of a packet on its way to peer. */
void door_out(struct door *d, struct instant now, const struct packet *p,
	const struct address *peer);

/* Whether a packet that peer sent may come in; counted in verdicts. */
must_use enum door_verdict door_in(struct door *d, struct instant now,
	const struct packet *p, const struct address *peer);

/* The same for a packet that may only be an answer to what went out: no rule lets it in, nor
 * the rate of echoes. */
must_use enum door_verdict door_in_answer(
	struct door *d, struct instant now, const struct packet *p);

/* Forgets peer's flows: where they come from is somebody else's from here on. */
void door_forget(struct door *d, const struct address *peer);

/* Lets peer reach a port; twice is once. Port is 0 where protocol is 0 or has no ports. False
 * when the table is full. */
must_use bool door_allow(
	struct door *d, const struct address *peer, uint8_t protocol, uint16_t port);

/* Takes all of peer's rules back and shuts the flows that they let begin; what this node
 * begins is answered still. Returns how many rules there were. */
unsigned door_deny(struct door *d, const struct address *peer);

/* Throws away the flows whose time has run out. */
void door_expire(struct door *d, struct instant now);

size_t door_flow_count(const struct door *d);
size_t door_rule_count(const struct door *d);

/* All rules, in the order in which they were added; NULL begins and ends. Valid until the
 * next call that is not const. */
const struct door_rule *door_rule_next(
	const struct door *d, const struct door_rule *after);
/* The same for flows. */
const struct door_flow *door_flow_next(
	const struct door *d, const struct door_flow *after);
