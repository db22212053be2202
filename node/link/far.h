/* SPDX-License-Identifier: ISC */
/*
 * What the files of the peers carrier share. A far end is one way to one other carrier: a TCP
 * connection, or an address that UDP reaches. A dial is a peer of the settings, which has at
 * most one far end at a time and tries again when that is gone. Nobody outside includes this.
 *
 * All timers count ticks, seconds: those of a far end are in far_tick, those of a dial in
 * dial_tick.
 */
#pragma once

#include "node/link/call.h"
#include "node/link/peers.h"
#include "node/link/hosts.h"
#include "node/link/stream.h"

enum {
	FARS_MAX = PEERS_MAX,
	FAR_CONNECT_S = 6,   /* a connection that is not made in that time is given up */
	FAR_GREETING_S = 5,  /* so is one without a greeting */
	FAR_UNPROVEN_S = 20, /* and one without a session */
	FAR_INCOMING_S = 30, /* the same for who came to us */
	FAR_UDP_S = 6,       /* over UDP the other way is tried after this */
	FAR_STUCK_S = 10, /* a record that does not end, a queue that does not shrink */
	FAR_SILENT_S = 30,
	FAR_KNOCK_S = 10, /* also what keeps a NAT's memory awake */
	FAR_SHOWN_S = 35, /* a token lets somebody in for so long: three knocks */
	DIAL_WAIT_MAX_S = 60,
	PEERS_UDP_BUFFER = 256 << 10,
	PEERS_TURN = 8, /* frames of one far end a turn */
};

enum far_stage {
	FAR_CONNECTING, /* TCP: until the kernel says so */
	FAR_GREETING,   /* until the other side has said who it is */
	FAR_OPEN,       /* frames go both ways */
};

struct dial;

struct far {
	uint32_t id; /* of its events; never 0 */
	bool tcp;
	enum far_stage stage;
	int fd; /* TCP; else -1 */
	struct endpoint endpoint;
	struct dial *dial; /* NULL: it came to us */
	uint64_t instance; /* 0: not said */
	bool proven;       /* a session ran over it at the last tick */
	bool was_proven;
	bool heard, wrote, completed; /* since the last tick */
	bool wants_write;             /* the kernel is asked to say when there is room */
	unsigned age_s, unproven_s, silent_s, partial_s, stuck_s, shown_s;
	uint64_t dropped;
	struct stream_in in;
	struct stream_out out;
};

struct dial {
	struct where where;
	enum peer_state state;
	unsigned since_s, down_s;
	struct resolved found;
	size_t at;       /* which of its addresses is tried */
	bool tcp, other; /* how; this is the second way to the same address */
	bool tcp_worked; /* the way that worked last, which is tried first */
	unsigned wait_s, failures;
	uint32_t question; /* 0: none is open */
	struct far *far;   /* NULL: none now */
	uint64_t instance; /* of whom it met; 0: nobody yet */
	const char *trouble;
};

struct peers {
	struct carrier *carrier;
	const struct rng *rng;
	int epoll, udp, listener; /* udp, listener: -1 when there is none */
	struct where listen;      /* port 0: off */
	struct hosts *hosts;
	uint64_t instance;
	uint8_t token_key[16];
	struct far *fars[FARS_MAX]; /* owned; NULL where free */
	uint32_t last_id;
	bool backwards; /* the last frame for everybody went out from the end of the table */
	struct dial *dials[PEERS_DIALS_MAX]; /* owned */
	size_t dial_count;
	uint32_t last_question;
	struct instant tick_at;
};

/* What an event of epoll is for; far ends have their ids above. */
enum { EVENT_UDP = 1, EVENT_LISTENER, EVENT_RESOLVER, EVENT_FAR };

static inline struct peers *peers_of(const struct carrier *c)
{
	return c->own;
}

/* far.c */
struct far *far_by_id(const struct peers *p, uint32_t id);
/* A TCP one before a UDP one. NULL: nobody. */
struct far *far_by_endpoint(const struct peers *p, const struct endpoint *e);
/* There is room: the caps of dials and of far_make_room make up the table. fd is taken, -1 over
 * UDP. */
struct far *far_add(
	struct peers *p, const struct endpoint *e, struct dial *dial, int fd_take);
/* An address of the mesh: frames to it would go into frames without end. */
bool far_is_inside(const struct endpoint *e);
/* Room for one that comes to us from this address, at the cost of a victim; false: none. */
must_use bool far_make_room(struct peers *p, const struct endpoint *from);
/* Tells its dial as well. */
void far_close(struct peers *p, struct far *f, const char *why);
/* The other side is this instance: of two ways to one, one is given up. False: f is gone. */
bool far_met(struct peers *p, struct far *f, uint64_t instance);
/* Queues a frame, or sends it at once. Over TCP the far end may be closed by it. */
void far_send(struct peers *p, struct far *f, struct bytes frame, bool multicast);
/* What an event says can be done. Frames go to batch; their number. */
size_t far_ready(struct peers *p, struct far *f, uint32_t events, struct datagram *batch,
	size_t max);
void far_tick(struct peers *p, struct far *f);

/* peers_udp.c */
/* Asks the far end of a dial for a token; it may be closed by it. */
void peers_udp_knock(struct peers *p, struct far *f);
size_t peers_udp_receive(struct peers *p, struct datagram *batch, size_t max);
void peers_udp_send(struct peers *p, struct far *f, struct bytes frame);

/* dial.c */
void dial_begin(struct peers *p, struct dial *d);
void dial_tick(struct peers *p, struct dial *d);
void dial_resolved(struct peers *p, const struct resolved *found);
/* Its far end is gone. met: another one leads to the same node. */
void dial_lost(struct peers *p, struct dial *d, const char *why, bool met);

/* peers.c */
/* Segments that every path carries, also where routers do not say what else; before the
 * connection is made. */
void peers_segments(int fd);
struct sockaddr_in6 peers_sockaddr(const struct endpoint *e);
