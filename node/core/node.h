/* SPDX-License-Identifier: ISC */
/*
 * The whole node as one value: frames, jobs, commands and time go in; frames, jobs and
 * events come out. It reads no clock, opens no file and owns no socket, so the same objects
 * run in the daemon, in the simulator and in fuzzers.
 *
 * The program around it: gives every received frame to node_receive, calls node_tick when
 * node_deadline has come, then pulls frames with node_transmit from every interface, jobs
 * with node_job_take and events with node_event_take until there are no more.
 */
#pragma once

#include "node/base/fill.h"
#include "node/base/ids.h"
#include "node/base/instant.h"
#include "node/base/log.h"
#include "node/base/rng.h"
#include "node/crypto/keys.h"
#include "node/inet/door.h"
#include "node/inet/offload.h"
#include "node/inet/packet.h"
#include "node/mesh/mesh.h"
#include "node/wire/drops.h"
#include "node/wire/frame.h"
#include "node/wire/message.h"
#include "routing/routing.h"
#include "sync/sync.h"

enum {
	NODE_INTERFACES_MAX = 16,
	NODE_LINKS_MAX = ROUTING_LINKS_MAX,
	NODE_REMOTES_MAX = 1024, /* end-to-end peers; victim: the one idle longest */
	NODE_SPEED_MAX = 16,     /* measurements at a time, each way */
	/* bytes of an IP packet: what fills four frames over any number of hops of Ethernet's
	 * 1500 (node/core/ip.h); above the 1280 that IPv6 asks of a link (RFC 8200 section 5) */
	NODE_IP_MTU = 4 * (1343 - 7),
	NODE_CARE_MAX = 8,  /* requests of care at a time, each way */
	NODE_CARE_EACH = 2, /* of one node; more, and more often, are refused: busy */
	NODE_CARERS_MAX = 64,
	NODE_CARE_REQUEST_MAX = 1024, /* bytes */
	NODE_CARE_REPLY_MAX = 1 << 20,
	NODE_REFUSED_MAX = 64, /* members that a gateway refuses */
	NODE_CODE_SIZE = 9,    /* bytes of a code for pairing, with its closing zero */
};

/* Where a frame came from or goes on an interface: for UDP a link-local address and port,
 * for raw carriers six bytes of hardware address and port 0. */
struct endpoint {
	uint8_t address[16];
	uint16_t port;
};

struct node_config {
	const struct keypair *self; /* borrowed for life */
	char name[ROUTING_NAME_MAX + 1];
	bool open_mesh; /* take part in the open mesh; else in a private one or in none */
	uint64_t sequence; /* routing sequence to begin with: saved plus a jump ahead */
	struct rng rng;
	const struct log *log; /* borrowed for life */
	unsigned hello_interval_ms, tc_interval_ms,
		gossip_interval_ms; /* 0: the defaults */
};

struct node;

struct node *node_new(const struct node_config *config, struct instant now);
void node_free(struct node *n); /* NULL is fine; secrets are wiped */

const struct node_id *node_self(const struct node *n);
struct address node_address(const struct node *n);

/* The mesh key of the open mesh, which is published on purpose. */
void node_open_mesh_key(uint8_t key[32]);

/* Whether it is in a mesh at all; one in none sends and takes nothing. */
must_use bool node_carries(const struct node *n);

/* The private mesh: invites, revocations, status are asked of this (node/mesh/mesh.h); what
 * must be kept is mesh_save of it, whenever mesh_generation has grown. Valid as long as the
 * node. */
struct mesh *node_mesh(struct node *n);
/* What was kept, right after node_new. False: damaged. */
must_use bool node_mesh_load(struct node *n, struct instant now, struct bytes saved);
/* As mesh_found and mesh_join; -EBUSY: the node is in the open mesh. */
must_use int node_mesh_found(struct node *n, struct instant now, const char *name);
must_use int node_mesh_join(struct node *n, struct instant now, const char *token);

/* Why a neighbour has not let this node in, of late: the name of a drop reason; NULL: none. */
const char *node_refused(const struct node *n, struct instant now);

/* Opens ten minutes in which one node in range may join by the code. As mesh_invite. */
must_use int node_pair_open(struct node *n, struct instant now, char code[NODE_CODE_SIZE],
	int64_t *expires_s);
/* Looks for who has it open; ends with an event. -EINVAL no code, -EEXIST in a mesh, -EBUSY. */
must_use int node_pair_join(struct node *n, struct instant now, const char *code);

/* The node that a text means, as node_find, and members that are not in reach by the beginning
 * of their id; a whole id means itself. */
must_use int node_member_find(
	const struct node *n, struct instant now, const char *text, struct node_id *out);

/* The time of day, told about once a second. */
void node_wall_clock(struct node *n, struct instant now, int64_t wall_ms);

/* ---- interfaces and frames ---- */

/* number: 1..NODE_INTERFACES_MAX, chosen by the caller; mtu: largest frame in bytes. */
void node_interface_add(struct node *n, struct instant now, uint32_t number, size_t mtu);
void node_interface_remove(struct node *n, struct instant now, uint32_t number);

/* At which rate, in bit/s, the radio sends to a neighbour now; 0: it does not know. It is already
 * the lower for the loss of so many tries. */
void node_neighbour_rate(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *neighbour, uint64_t rate_bps, uint32_t lost_ppm);

/* The radio is to learn at which rate it reaches a neighbour: probes follow for a second, one each
 * quarter. False: there is no link to it. */
bool node_neighbour_teach(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *neighbour);

/* The radio gives up frames to a neighbour: the link is asked by a probe whether it still
 * works. */
void node_neighbour_doubt(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *neighbour);

/* One frame as it came; the buffer is changed. multicast: it was sent to the group. */
void node_receive(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *from, uint8_t *frame, size_t len);

struct node_frame {
	bool multicast; /* to the group; else to `to` */
	struct endpoint to;
	uint8_t class; /* enum flow_class of the most urgent message in it */
	size_t len;
	uint8_t bytes[FRAME_MAX];
};
/* The next frame to send on an interface; false: nothing now. */
must_use bool node_transmit(
	struct node *n, struct instant now, uint32_t interface, struct node_frame *out);

void node_tick(struct node *n, struct instant now);
struct instant node_deadline(const struct node *n);

/* ---- the store ---- */

struct job *node_job_take(struct node *n, struct instant now);
void node_job_done(struct node *n, struct instant now, struct job *take);

/* Commands of replication act on this; see sync/sync.h. Valid as long as the node. */
struct sync *node_sync(struct node *n);
const struct routing *node_routing(const struct node *n);
/* How willing this node is to work for others, 0..15; see routing_willingness_set. */
void node_willingness_set(struct node *n, struct instant now, unsigned will);
/* Whether it saves power; see routing_saving_set. */
void node_saving_set(struct node *n, struct instant now, bool saving);

/* What the program must keep over restarts: the routing sequence, saved ahead. */
uint64_t node_sequence(const struct node *n);

/* ---- IP ---- */

/* Carries IP from here on, for the interface that the program has. Without it packets that
 * arrive are dropped. */
void node_ip_enable(struct node *n, struct instant now);
/* A packet that this machine sends into the mesh, and what stood before it in the TUN; it may
 * be longer than NODE_IP_MTU where that says how to cut it. Borrows both. */
void node_ip_send(struct node *n, struct instant now, const struct offload *o,
	const struct packet *p);
/* The next packet for this machine, valid until the next call that gets a frame or a packet;
 * false: none. */
must_use bool node_ip_take(struct node *n, struct packet *out);
/* Who may come in; NULL before node_ip_enable. Valid as long as the node. */
struct door *node_door(struct node *n);

struct node_ip_counters {
	uint64_t packets_in, bytes_in; /* that passed the door */
	uint64_t packets_out, bytes_out;
	/* of these, dropped for a standing queue, for a full one, for age; marked by ECN */
	uint64_t dropped_codel, dropped_full, dropped_old, marked;
	size_t waiting; /* now */
};
void node_ip_counters(const struct node *n, struct node_ip_counters *out);

/* ---- out of the mesh; without node_ip_enable nothing of it happens ---- */

enum node_family { NODE_IPV6, NODE_IPV4, NODE_FAMILIES };

/* What this machine lets members use: ROUTING_UPLINK_*, at first 0. The mesh is told at once;
 * packets for outside come out of node_ip_take, their answers go into node_ip_send. */
void node_gateway_offer(struct node *n, struct instant now, uint8_t flags);
/* Members that may not use it all the same; at most NODE_REFUSED_MAX, in place of those before. */
void node_gateway_refuse(struct node *n, const struct address *members, size_t count);
/* Whether what this machine sends to outside goes by the nearest gateway; at first it does
 * not. */
void node_gateway_use(struct node *n, struct instant now, bool on);

struct node_gateway {
	uint8_t offers;                    /* ROUTING_UPLINK_* */
	struct address via[NODE_FAMILIES]; /* the gateways in use; zero: none */
	uint64_t packets_out, packets_in;  /* passed on for members */
	size_t flows;                      /* of members */
};
void node_gateway_status(const struct node *n, struct node_gateway *out);

/* ---- commands ---- */

/* Sends an echo request of `size` bytes (8..1024) to node; the answer is an event with the
 * token, if it comes: nothing tells of one that is lost, and of many in flight the oldest
 * is forgotten. 0, -EINVAL another size, -EHOSTUNREACH no route. */
must_use int node_echo(struct node *n, struct instant now, const struct address *node,
	size_t size, uint64_t *token);

/* Measures goodput to node for `duration_ms`; ends with an event that carries the token. */
must_use int node_speed(struct node *n, struct instant now, const struct address *node,
	unsigned duration_ms, uint64_t *token);

/* Why a link with a neighbour ended. */
enum node_down {
	NODE_DOWN_SESSION, /* its session did: keys are too old, or it has begun a new one */
	NODE_DOWN_UNANSWERED, /* frames to it, and then probes, got no answer */
	NODE_DOWN_SILENT,     /* nothing was heard of it for long */
	NODE_DOWN_RESTARTED,  /* it was started again */
	NODE_DOWN_REPLACED,   /* somebody else speaks from its place */
	NODE_DOWN_INTERFACE,  /* the interface is gone */
	NODE_DOWN_REFUSED,    /* it, or we, are not let in, or not any more */
	NODE_DOWN_CROWDED,    /* its place went to another one */
};

enum node_event_kind {
	NODE_EVENT_ECHO,   /* token, rtt_us, hops */
	NODE_EVENT_SPEED,  /* token, the measurement; result 0, or -ETIMEDOUT */
	NODE_EVENT_ROUTES, /* reachable nodes changed */
	NODE_EVENT_PAIRED, /* of node_pair_join: 0, -EACCES wrong code, -ETIMEDOUT nobody in range
			    * has one open, or as node_mesh_join */
	NODE_EVENT_LINK_UP,
	NODE_EVENT_LINK_DOWN,    /* node, interface, why */
	NODE_EVENT_LINK_SUSPECT, /* node, interface: it may be lost */
	NODE_EVENT_LINK_TRUSTED, /* node, interface: it was not */
	NODE_EVENT_CARE_ASKED,   /* token, node: node_care_answer it */
	NODE_EVENT_CARE_ENDED, /* token, node, result: 0, -ETIMEDOUT, -EACCES, -EBUSY, -EMSGSIZE,
	                          -ECONNRESET */
};

struct node_event {
	enum node_event_kind kind;
	uint64_t token;
	int result;
	struct address node;
	uint32_t interface;
	enum node_down why;
	int64_t rtt_us;
	unsigned hops;
	uint64_t bytes;                 /* SPEED: delivered, each byte once */
	int64_t elapsed_us;             /* SPEED: first to last delivery */
	int64_t age_p50_us, age_p95_us; /* SPEED: how old the data was when it arrived */
};
must_use bool node_event_take(struct node *n, struct node_event *event);

/* ---- care: reading over the mesh ---- */

/* What goes to and fro are bytes whose meaning is the program's; it also decides what may be
 * asked. Only nodes that are allowed get an answer. */

/* Why a request was refused; values of the wire. */
enum node_care_refusal {
	NODE_CARE_FORBIDDEN = 1,
	NODE_CARE_BUSY = 2,
	NODE_CARE_TOO_LARGE = 3,
	NODE_CARE_FORGOTTEN = 4, /* an answer that was not fetched in time */
};

/* False: NODE_CARERS_MAX are allowed already. */
must_use bool node_care_allow(
	struct node *n, struct instant now, const struct node_id *id, bool allowed);

/* Asks node; ends with NODE_EVENT_CARE_ENDED. 0, -EINVAL: no request is so long, -EHOSTUNREACH,
 * -ENOBUFS: too many at a time. */
must_use int node_care_ask(struct node *n, struct instant now, const struct address *node,
	struct bytes request, uint64_t *token);
/* The answer, once it has ended with 0; borrowed until node_care_forget. */
struct bytes node_care_reply(struct node *n, uint64_t token);
/* To be called once for every question, whether it has ended or not. */
void node_care_forget(struct node *n, uint64_t token);

/* What NODE_EVENT_CARE_ASKED asks, borrowed; empty: it was answered, or nobody waits for it any
 * more. */
struct bytes node_care_request(struct node *n, uint64_t token);
/* Copies; more than NODE_CARE_REPLY_MAX bytes are refused as too large. */
void node_care_answer(
	struct node *n, struct instant now, uint64_t token, struct bytes reply);

/* ---- tap ---- */

enum { NODE_TAP_MAX = 1024 }; /* frames that wait; victim: the new one, counted */

/* A frame of ours in the clear: its header, then the messages that its seal hides. Handshakes
 * and pairing are whole, as they cross the air. */
struct node_tapped {
	struct instant at;
	bool out;
	uint32_t interface;   /* 0: it travels inside relay messages, end to end */
	struct endpoint peer; /* the other end of the link; zeros: everybody */
	struct address node;  /* the other node; zeros: everybody, or not known yet */
	uint64_t lost;        /* so many found no room since the tap was opened */
	size_t len;
	uint8_t bytes[FRAME_MAX];
};
/* While it is on, frames are kept to be taken; what was not is forgotten when it ends. */
void node_tap(struct node *n, bool on);
must_use bool node_tap_take(struct node *n, struct node_tapped *out);

/* ---- status ---- */

struct node_counters {
	uint64_t frames_in, bytes_in, frames_out, bytes_out;
	uint64_t forwarded; /* messages for others sent on */
	uint64_t
		alternates; /* messages sent another way, as a link was under suspicion */
	uint64_t suspicions;    /* links that were asked whether they are lost, in vain */
	uint64_t false_alarms;  /* of these, that answered after all */
	uint64_t retransmitted; /* messages sent again on a link */
	uint64_t acknowledged;
	uint64_t handshakes, verifications;
	size_t sessions, links, remotes;
};
void node_counters(const struct node *n, struct node_counters *out);
const struct drops *node_drops(const struct node *n);

/* Messages of a kind that crossed the air, one way, and their bytes: what DATA carries counts
 * as what it is, and each time that it is sent. Headers and seals of frames are in none. */
struct node_traffic {
	uint64_t messages, bytes;
};
struct node_traffic node_traffic(const struct node *n, bool out, enum message_kind kind);

struct node_link {
	struct routing_neighbour neighbour;
	struct endpoint endpoint;
	int64_t rtt_us;         /* -1: unknown */
	int64_t session_age_us; /* -1: none */
	uint64_t queued;        /* messages waiting */
};
must_use bool node_link_at(
	const struct node *n, struct instant now, size_t i, struct node_link *out);

/* As routing_candidates. */
size_t node_candidates(struct node *n, const struct address *node,
	struct routing_candidate *out, size_t room);

/* How full each table is, by number; false past the last. */
must_use bool node_fill_at(const struct node *n, size_t i, struct fill *out);

/* ---- names ---- */

enum {
	NODE_PINS_MAX = 1024
}; /* no victim: each was set by the person running the node */

/* A name bound to one key. A key has one pin at most, and a name belongs to one key. */
struct node_pin {
	struct node_id id;
	struct address address;
	char name[ROUTING_NAME_MAX + 1];
};

/* A name that can be pinned: 1..31 bytes of ASCII letters, digits and hyphens, no hyphen at
 * either end, so that it is a label of DNS (RFC 1123 section 2.1). out: in lower case. */
must_use bool node_name_parse(char out[ROUTING_NAME_MAX + 1], const char *text);
/* Pins name to a key, which loses the name it had. 0, -EINVAL no such name, -EEXIST another
 * key has it, -ENOSPC. */
must_use int node_pin(struct node *n, const struct node_id *id, const char *name);
/* False: it had none. */
bool node_unpin(struct node *n, const struct address *node);
/* Number i in order of their names; false past the last. */
must_use bool node_pin_at(const struct node *n, size_t i, struct node_pin *out);
/* NULL: none. Valid until pins change. */
const struct node_pin *node_pin_of(const struct node *n, const struct address *node);
const struct node_pin *node_pin_named(const struct node *n, const char *name);

/* The node that a text means: a pinned name; else an id, the beginning of one (hex, at least 4
 * digits), an address, or an announced name, if it fits one node only. Letters of names and ids
 * count the same in both cases. 0, -ENOENT, or -ENOTUNIQ. */
must_use int node_find_id(const struct node *n, const char *text, struct node_id *out);
must_use int node_find(const struct node *n, const char *text, struct address *out);

/* Who announces what at one moment, made once for a list of nodes. It borrows the node and
 * ends before the node or its pins change. */
struct node_names *node_names_new(const struct node *n);
void node_names_free(struct node_names *s); /* NULL is fine */

struct node_name {
	const char *text; /* the pinned name, else the announced one; may be empty */
	bool pinned;
	bool clash; /* announced by more than one, or pinned to another key */
};
struct node_name node_name_of(
	const struct node_names *s, const struct address *node, const char *announced);

struct node_clash {
	const char *name;           /* in lower case */
	size_t count;               /* reachable nodes that announce it */
	const struct node_pin *pin; /* to whom it is pinned; NULL: nobody */
	struct node_id id;          /* one that announces it and has no pin */
	struct address node;
};
/* The next name that clashes; *at begins with 0. False: no more. */
must_use bool node_clash_next(
	const struct node_names *s, size_t *at, struct node_clash *out);
