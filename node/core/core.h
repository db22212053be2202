/* SPDX-License-Identifier: ISC */
/*
 * What the files of this room share: the node's parts. Nobody outside includes it.
 *
 * A link is one of our interfaces and one endpoint of a neighbour; it begins with a verified
 * HELLO and ends when nothing is heard for long. A remote is a node that we talk to end to
 * end: over its link session when it is a neighbour on the chosen path, else over a routed
 * session inside relay messages.
 */
#pragma once

#include "node/base/bucket.h"
#include "node/base/siphash.h"
#include "node/core/node.h"
#include "node/flow/arq.h"
#include "node/mesh/mesh.h"
#include "node/mesh/pairing.h"
#include "node/session/sessions.h"
#include "node/wire/message.h"

enum {
	/* a link without any frame is asked after this whether it still works, and forgotten
	 * after that; or after so many of the pauses that its neighbour means to make */
	LINK_PROBE_MS = 2500,
	LINK_PROBE_PAUSES = 2,
	LINK_SILENT_MS = 12000,
	LINK_LESSON_MS = 1000,
	LINK_NEW_MS =
		1000, /* what the neighbour says of it may still be of the one before */
	LINK_ANSWER_MAX_MS = 2000, /* an answer that took longer counts as this */
	LINK_SILENT_PAUSES = 6,
	PATIENCE_BACK_MS = 3000, /* who was given up and is back so soon was not gone */
	PATIENCE_HALVES_MS = 20000,
	LOSS_DOUBT = 1000000, /* ppm: what is known of so few lost frames says little */
	LOSS_KNOWN = 64 * LOSS_DOUBT, /* beyond, the old ones count half */
	VERIFY_PER_SECOND = 200, /* signature checks that a link may cost us, and burst */
	VERIFY_BURST = 400,
	MEMBERS_PER_SECOND =
		32, /* records of members that a node tells, on all its links */
	VERIFY_STRANGERS = 50, /* a second, of all endpoints that are no link yet */
	OUTBOX_MAX = 32,       /* handshake frames that wait on an interface */
	EVENTS_MAX = 256,      /* victim: the oldest */
	ECHOES_MAX = 256,
	HOP_LIMIT = 64,
	RELAY_HEADER_SIZE = 34,
	DATA_OVERHEAD = FRAME_HEADER_SIZE + FRAME_TAG_SIZE + MESSAGE_HEADER_SIZE + 5,
	STRANDED_MAX = 64,      /* relay messages without a way; victim: the oldest */
	STRANDED_AGAIN_MS = 50, /* they look for one each so long */
	ROUND_HOPS = 8,         /* more than there and back: it goes round */
	HELD_LIMIT = 2 * ARQ_HELD_MAX, /* beyond it a neighbour ignores its credit */
	FEED_BULK = 4, /* own bulk messages that wait for a link at a time */
	FEED_URGENT = 16,
	FEED_ROUTING = 8, /* of routing, for the neighbour */
	REMOTE_QUEUE_MAX = 32,
	RESTART_JUMP =
		1
		<< 16, /* a HELLO's or TC's sequence ahead by this: its node restarted */
	/* an instance is the sequence with which a process began, and then so many bits of luck,
	 * as that may be lost with the state */
	INSTANCE_LUCK_BITS = 16,
	REFUSED_MS = 3000,    /* who was not let in is not listened to for so long */
	REFUSED_US_MS = 1000, /* and tries again after this */
	ROUTES_DELAY_MS = 30, /* damping of what replication is told of routes */
	SPEED_SAMPLES = 1024,
	/* what surrounds a message on its way: DATA, relay header, inner frame, message header */
	ROUTED_OVERHEAD = DATA_OVERHEAD + RELAY_HEADER_SIZE + FRAME_HEADER_SIZE +
			  FRAME_TAG_SIZE + MESSAGE_HEADER_SIZE,
	/* UDP over IPv6 on Ethernet; every interface carries at least this */
	ROUTED_MTU = 1452,
};

/* relay = class:8 hop_limit:8 source:16*8 destination:16*8 frame */
struct relay {
	uint8_t class;
	uint8_t hop_limit;
	struct address source, destination;
	struct bytes frame;
};

struct link {
	bool used;
	uint32_t id; /* never 0, never reused soon */
	uint32_t interface;
	struct endpoint endpoint;
	struct node_id node_id;
	struct address node;
	bool up;            /* has a usable session */
	enum node_down why; /* it is about to end, as link_down will tell */
	/* what came over the session and was not told to routing yet: a frame, an acknowledgement */
	bool alive, acknowledged;
	uint32_t peer, epoch;
	uint64_t instance;       /* of the neighbour's process */
	uint64_t hello_sequence; /* of its last HELLO */
	struct arq arq;          /* owned */
	size_t held;             /* messages that came over it and wait for others */
	/* checks for what came over the session, and for what anybody said from this endpoint */
	struct bucket verify, shouts;
	struct instant heard, made, up_since;
	struct instant
		seen; /* any frame from there that opened; easily forged by a member */
	bool suspect; /* as told to routing */
	struct instant failed;                 /* when it was given up last */
	struct instant refused_until;          /* no handshakes before */
	struct instant lesson_until;           /* a probe at each tick */
	uint64_t told_sent, told_acknowledged; /* of the arq's counters, to routing */
};

struct outbox_frame {
	bool multicast;
	struct endpoint to;
	size_t len;
	uint8_t bytes[SESSION_HANDSHAKE_MAX];
};

struct interface {
	bool used;
	size_t mtu;
	uint64_t multicast_number;
	struct outbox_frame *outbox; /* owned, ring of OUTBOX_MAX */
	size_t outbox_first, outbox_count;
	bool staged; /* a routing message that did not fit any more */
	struct routing_output stage;
	bool line_due; /* our co-founders are to be told to everybody */
	size_t turn;   /* link that is next */
};

struct remote {
	struct address node;
	bool known; /* id is proven */
	struct node_id id;
	bool up; /* has a routed session */
	uint32_t peer, epoch;
	uint64_t instance; /* of its process; 0: not known */
	struct instant used_at;
	struct instant refused_until;
	struct flow_list waiting; /* small messages, whole: kind and body */
	UT_hash_handle hh;
};

struct echo {
	bool used;
	uint64_t token;
	struct address node;
	struct instant sent;
};

struct speed_out {
	bool used, closing;
	uint64_t token, sequence;
	struct address node;
	struct instant until, ask_at, give_up;
};

struct speed_in {
	bool used;
	uint64_t token, bytes, messages;
	struct address from;
	struct instant first, last;
	int64_t least_delay_us;
	size_t samples;
	int64_t *delay_us; /* owned: SPEED_SAMPLES */
};

struct pin {
	struct node_pin pin;
	UT_hash_handle by_name, by_address;
};

struct care;
struct tap;

struct node {
	struct node_config config;
	struct address self;
	struct drops drops;
	/* how long a neighbour's silence is borne at least, and when that last changed */
	int64_t patience_us;
	int64_t answer_us; /* how long neighbours take to answer, smoothed */
	/* frames to neighbours, in ppm: that would be lost if they were broadcasts; that were */
	uint64_t loss_expected, loss_seen;
	struct instant patience_at;
	struct node_counters counters;
	uint8_t mesh_key[32];
	uint64_t instance;
	struct sessions *sessions;    /* owned */
	struct routing *routing;      /* owned */
	struct sync *sync;            /* owned */
	struct mesh *mesh;            /* owned */
	struct pairing *pairing;      /* owned; NULL until it was asked for */
	struct endpoint pairing_with; /* whom a newcomer talks to, and where */
	uint32_t pairing_interface;
	uint64_t revocations, shown; /* of the mesh, as far as noticed */
	struct instant meet_at, line_at;
	struct instant refused_at; /* by a neighbour, last; and why */
	enum mesh_fault refused_for;
	struct ip *ip; /* owned; NULL: no IP is carried */
	struct interface interfaces[NODE_INTERFACES_MAX + 1];
	struct link *links[NODE_LINKS_MAX]; /* owned; the first link_places of them */
	size_t link_places;                 /* so many links were there at a time */
	uint32_t link_generation;
	struct flow_list stranded; /* owned: relay messages that have no way now */
	struct instant stranded_at;
	struct bucket strangers;
	struct bucket
		members; /* what is told of them, so that it leaves air for others */
	struct remote *remotes; /* owned, by address */
	size_t remotes_waiting; /* messages that wait in all of them */
	struct pin *pins;       /* owned, by name and in order of it */
	struct pin *pins_by_address;
	struct node_event *events; /* owned, ring of EVENTS_MAX */
	size_t event_first, event_count;
	struct echo echoes[ECHOES_MAX];
	size_t echo_next;
	bool measuring; /* an echo or a measurement may be in use; false: none is */
	struct speed_out speed_out[NODE_SPEED_MAX];
	struct speed_in speed_in[NODE_SPEED_MAX];
	struct care *care;                             /* owned */
	struct tap *tap;                               /* owned; NULL: nobody looks */
	struct node_traffic traffic[2][MESSAGE_KINDS]; /* in, out */
	uint64_t routes_told; /* routing generation of the last event */
	uint64_t sync_told;   /* that which replication knows */
	struct instant routes_at, second_at;
	struct instant
		ticked; /* what links had due then waits for airtime, not for a tick */
};

/* links.c */
struct link *link_find(struct node *n, uint32_t id);
struct link *link_by_endpoint(
	struct node *n, uint32_t interface, const struct endpoint *e);
/* NULL: the table is full of links that are worth more. */
struct link *link_add(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *e, const struct routing_signed *hello);
void link_remove(struct node *n, struct instant now, struct link *l);
void link_up(struct node *n, struct instant now, struct link *l,
	const struct session_event *e);
void link_down(struct node *n, struct instant now, struct link *l);
/* A neighbour took so long to answer. */
void link_answered(struct node *n, int64_t took_us);
/* How many of the frames to the neighbour get lost. */
must_use uint32_t link_loss_ppm(const struct node *n, const struct link *l);
/* So many frames arrived on a link, and so many did not, as an acknowledgement told. */
void link_learn(
	struct node *n, const struct link *l, uint64_t acknowledged, uint64_t missed);
/* Queues a message for the neighbour; false: it can never fit into a frame there, or the
 * queue is full: counted, and freed. */
bool link_queue(struct node *n, struct link *l, struct flow_item *take);
/* The same without a count, for an item that stays the caller's when refused. */
must_use bool link_takes(const struct node *n, struct link *l, struct flow_item *item);
/* Gives messages that were acknowledged back: frees them, returns their credit. */
void link_items_done(struct node *n, struct instant now, struct flow_list *done);
void links_tick(struct node *n, struct instant now);
/* After everything that can tell of a link's silence: asks, doubts, gives up. */
void links_watch(struct node *n, struct instant now);
/* Takes the process that a session's handshake tells of into *known; false: it is another one
 * than before. Replication is told when a node that was known began anew. */
bool instance_same(struct node *n, struct instant now, const struct session_event *e,
	uint64_t *known);

/* The domain tag of a signed message; who signs and who checks must mean the same. */
static inline const char *signed_tag(enum message_kind kind)
{
	return kind == MESSAGE_HELLO ? "qanat hello 1" : "qanat tc 1";
}

/* receive.c */
/* from: where a multicast frame came from; NULL: it came over the session of l. */
void receive_signed(struct node *n, struct instant now, struct link *l,
	uint32_t interface, const struct endpoint *from, enum message_kind kind,
	struct bytes body);
void receive_message(struct node *n, struct instant now, const struct node_id *from,
	const struct message *m);
/* A frame of a session, from a link or out of a relay message. */
void receive_session(struct node *n, struct instant now, const struct session_path *path,
	struct link *l, uint8_t *frame, size_t len);
/* Takes what happened in the sessions and what they want sent. */
void sessions_pump(struct node *n, struct instant now);

/* forward.c */
must_use bool relay_parse(struct relay *r, struct bytes body);
void relay_write(struct writer *w, const struct relay *r);
void relay_receive(struct node *n, struct instant now, struct link *l, struct bytes body);
/* The link towards a node, never `except` (0: none), and the way it begins; NULL: there is none. */
struct link *way_to(struct node *n, const struct address *node, uint32_t except,
	struct routing_route *route);
/* Queues a relay message for its next hop; false: dropped and counted. except: a link that
 * must not be taken, 0: none. Borrows body. */
bool relay_send(struct node *n, struct instant now, struct bytes body, uint32_t origin,
	uint32_t except);

/* A relay message whose link is gone looks for another way, or waits for one. */
void relay_again(struct node *n, struct instant now, struct flow_item *take);
void relays_tick(struct node *n, struct instant now);

/* remotes.c */
struct remote *remote_get(struct node *n, struct instant now, const struct address *node);
struct remote *remote_find(struct node *n, const struct address *node);
void remote_up(struct node *n, struct instant now, const struct session_event *e);
void remote_down(struct node *n, const struct session_event *e);
/* Whether the routed session with node has this slot. */
bool remote_is(struct node *n, const struct address *node, uint32_t peer);
/* The node began anew after the sequence `before`, and knows no session from until then. */
void remote_restarted(struct node *n, const struct address *node, uint64_t before);
void remotes_fini(struct node *n);
/* Sends a message end to end as soon as there is a way: at once over a link, else it waits
 * for the session (at most REMOTE_QUEUE_MAX, the oldest is the victim). */
void remote_send(struct node *n, struct instant now, const struct address *node,
	enum message_kind kind, enum flow_class class, struct bytes body);
/* The oldest message that waits for it. */
struct flow_item *remote_waiting_take(struct node *n, struct remote *r);
/* Where a message to node can be queued right now, and its largest body; NULL: not now. */
struct link *remote_ready(struct node *n, struct instant now, const struct address *node,
	enum flow_class class, size_t *room);
/* Queues a message that remote_ready allowed; false: it is lost, and counted. */
bool remote_put(struct node *n, struct instant now, struct link *l,
	const struct address *node, enum message_kind kind, enum flow_class class,
	struct bytes body);

/* feed.c: what this node itself has to say, pulled when a link has room */
void feed(struct node *n, struct instant now);

/* membership.c: a private mesh */
void membership_new(struct node *n, struct instant now);
/* Takes what this node shows of itself into its handshakes. */
void membership_show(struct node *n, struct instant now);
/* Whether whom a handshake has proved is a member; counted when not. */
must_use bool membership_admits(
	struct node *n, struct instant now, const struct session_event *e);
/* Forgets the session, and everything of its kind for REFUSED_MS. */
void membership_refuse(struct node *n, struct instant now, const struct session_event *e);
/* l: NULL for a multicast frame of no link. */
void membership_receive(
	struct node *n, struct instant now, struct link *l, struct bytes body);
/* The neighbour says that he does not let us in. */
void membership_refused(
	struct node *n, struct instant now, struct link *l, struct bytes body);
void membership_feed(struct node *n, struct instant now, struct link *l);
void membership_collect(struct node *n, struct interface *i, struct writer *w);
/* A frame of type 6, mesh or not. */
void pairing_frame_receive(struct node *n, struct instant now, uint32_t interface,
	const struct endpoint *from, struct bytes frame);
void pairing_forget(struct node *n);
void pairing_frames_send(struct node *n, struct instant now);
void membership_tick(struct node *n, struct instant now);
struct instant membership_deadline(const struct node *n);

/* measure.c: echo and speed */
void echo_receive(struct node *n, struct instant now, const struct address *from,
	const struct message *m);
void stream_receive(struct node *n, struct instant now, const struct address *from,
	struct bytes body);
/* One cell of a running measurement for node; false: none wants to send. */
bool speed_cell(struct node *n, struct instant now, const struct speed_out *s,
	size_t room, struct writer *w);
void measure_tick(struct node *n, struct instant now);
struct instant measure_deadline(const struct node *n);

/* names.c */
void pins_fini(struct node *n);

/* care.c */
struct care *care_new(void);
void care_free(struct care *c);
void care_receive(struct node *n, struct instant now, const struct node_id *from,
	struct bytes body);
void care_tick(struct node *n, struct instant now);
struct instant care_deadline(const struct node *n);

/* tap.c: nothing happens while nobody looks */
struct tap_way {
	bool out;
	uint32_t interface;          /* 0: inside relay messages */
	const struct endpoint *peer; /* NULL: everybody */
	const struct address *node;  /* NULL: everybody, or not known yet */
};
/* Keeps what a seal is about to close, or has opened, until the header is known. */
void tap_hold(struct node *n, struct bytes messages);
/* The frame whose clear text was held goes, or came, this way. */
void tap_held(struct node *n, struct instant now, const struct tap_way *way,
	const uint8_t header[FRAME_HEADER_SIZE]);
/* A frame that no seal of ours closes: a handshake. */
void tap_plain(struct node *n, struct instant now, const struct tap_way *way,
	struct bytes frame);

/* traffic.c: messages of a frame that crosses the air, in the clear */
void traffic_count(struct node *n, bool out, struct bytes messages);

/* node.c */
void node_sessions_new(struct node *n, struct instant now);
void event_add(struct node *n, const struct node_event *e);
struct interface *interface_find(struct node *n, uint32_t number);
