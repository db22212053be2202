/* SPDX-License-Identifier: ISC */
/*
 * The daemon around one node: sockets, clock, random source, disk thread, control socket.
 * One thread runs the loop; one reading of the clock a wakeup.
 */
#pragma once

#include <ev.h>

#include "node/core/node.h"
#include "node/daemon/battery.h"
#include "node/daemon/ip.h"
#include "node/daemon/monitor.h"
#include "node/daemon/rules.h"
#include "node/daemon/settings.h"
#include "node/daemon/sink.h"
#include "node/daemon/state.h"
#include "node/daemon/uplink.h"
#include "node/daemon/wifi.h"
#include "node/daemon/workers.h"
#include "node/link/carrier.h"
#include "node/link/interfaces.h"
#include "node/link/peers.h"
#include "sync/disk/watch.h"

enum { CLIENTS_MAX = 64, WATCHED_MAX = SYNC_FOLDERS_MAX };

struct daemon;

enum port_kind { PORT_UDP, PORT_ETHER, PORT_PEERS, PORT_RADIO };

/* One interface that the node was told to use; number is its place plus one. */
struct port {
	struct daemon *daemon;
	enum port_kind kind;
	bool used, open;
	char name[SETTINGS_NAME_MAX + 1];
	struct carrier carrier;
	struct interface_state state;
	ev_io io;
	int64_t retry_ms;              /* ether: when to try again */
	size_t waiting, waiting_first; /* frames that the socket would not take */
	struct node_frame *frames;     /* owned: CARRIER_BATCH */
	const char *trouble;           /* why it is not open; NULL: nothing */
};

struct daemon {
	struct settings settings;
	int argc;
	char **argv;
	struct sink sink;
	struct log log;
	struct state state;
	struct keypair self;
	struct rng rng;
	struct node *node;
	int pins_error; /* why pins cannot be changed: errno of their file, or 0 */
	struct workers *workers;
	struct watch *watch;
	struct interfaces *interfaces;
	struct resolver *resolver; /* owned */
	struct port ports[NODE_INTERFACES_MAX];
	struct rules rules;
	struct ip_port ip;
	struct uplink uplink;
	struct wifi wifi;
	struct monitor monitor;
	struct datagram *batch; /* owned: CARRIER_RECEIVE */
	struct instant started;
	struct instant battery_due;          /* when it is looked at next */
	int timer;                           /* timerfd: node_deadline */
	int control;                         /* listening socket, -1: none */
	struct client *clients[CLIENTS_MAX]; /* owned */
	struct hash watched[WATCHED_MAX];
	size_t watched_count;
	uint64_t mesh_kept, mesh_pressing; /* of the mesh, as on the disk */
	uint64_t capture_lost; /* frames that the node's tap had no room for */
	struct instant mesh_kept_at;
	bool stopping;
	struct ev_loop *loop;
	ev_io timer_io, workers_io, interfaces_io, watch_io, wifi_io, control_io;
	ev_signal sigterm, sigint, sighup;
	ev_timer second,
		clients_timer; /* the latter runs while a client has a long request */
	ev_timer told;         /* a stop waits for it */
};

/* loop.c */
must_use int daemon_run(struct daemon *d);
struct instant daemon_now(void);
/* Lets everything that is due happen: frames out, jobs to the disk, events to clients. */
void daemon_pump(struct daemon *d, struct instant now);

/* Reads the configuration again and follows it; where it is wrong, the old one stays. */
void daemon_reread(struct daemon *d, struct instant now);

/* mesh_commands.c */
/* Takes the mesh that the state directory holds, if any; else *what could not be done. */
must_use int mesh_begin(struct daemon *d, struct instant now, const char **what);
/* Writes what has changed; at_once: also what could wait. */
int mesh_keep(struct daemon *d, struct instant now, bool at_once);

/* ports.c */
void ports_open(struct daemon *d, struct instant now);
void ports_close(struct daemon *d, struct instant now);
/* Looks at interfaces again: what vanished, what came back, what was told anew. */
void ports_refresh(struct daemon *d, struct instant now);
/* The same, each second, and what radios know of neighbours. */
void ports_second(struct daemon *d, struct instant now);
/* A port whose carrier is open now, and one that is not any more: why must last. */
void port_opened(struct port *p, struct instant now);
void port_shut(struct port *p, struct instant now, const char *why);
/* The interface of static peers; NULL: it is not open. */
const struct carrier *ports_peers(const struct daemon *d);
/* Sends until sockets are full, budgets are used, or nothing is left. True: more is left. */
bool ports_flush(struct daemon *d, struct instant now);

/* control.c */
must_use int control_open(struct daemon *d);
void control_close(struct daemon *d);
/* An event of the node, for clients that wait for it. */
void control_event(struct daemon *d, struct instant now, const struct node_event *e);
/* Whether a client has a long request. */
bool control_busy(const struct daemon *d);
/* Moves clients with long requests on; called often while there are any. */
void control_tick(struct daemon *d, struct instant now);
