/* SPDX-License-Identifier: ISC */
/*
 * What a node says of itself and of the mesh, as plain values, and as the JSON objects that
 * scripts rely on. Whoever fills a struct owns what it points to; the writers borrow until
 * they return. Texts may come from strangers and are escaped by the writers. What is zero or
 * empty where that means nothing (ids, names, addresses, struct known) is written as null.
 */
#pragma once

#include "node/control/json_out.h"
#include "node/wire/drops.h"

enum shown_interface_type {
	SHOWN_MESH_POINT, /* 802.11s */
	SHOWN_IBSS,
	SHOWN_ETHERNET,
	SHOWN_TAP,
	SHOWN_ETHER, /* the Unix socket of a simulated radio */
	SHOWN_PEERS, /* static peers over TCP and UDP */
};

struct shown_interface {
	const char *name;
	enum shown_interface_type type;
	uint8_t mac[6];
	bool up;
};

/* A peer of the settings, or one that came to us. */
struct shown_peer {
	const char *name;      /* as in the settings */
	const char *transport; /* "tcp" or "udp" */
	const char *state;     /* "resolving", "connecting", "up", "met", "waiting" */
	const char *address;
	struct known port;
	struct known since_us, down_us;
	struct known dropped; /* frames that its queue had no room for */
	const char *trouble;  /* why it failed last */
};

enum shown_severity { SHOWN_INFO, SHOWN_WARNING, SHOWN_ERROR };

/* Something the person running the node should know. status --check fails from warning up. */
struct shown_health {
	const char *code; /* a stable word: "no-mesh", "clock", "disk-full" */
	enum shown_severity severity;
	struct bytes text; /* what is wrong and why */
	struct bytes fix;  /* the command that mends it */
};

struct shown_counter {
	const char *name; /* as in the code */
	uint64_t value;
};

/* Messages of a kind that crossed the air. */
struct shown_traffic {
	const char *kind;
	uint64_t in, out, bytes_in, bytes_out;
};

struct shown_gateway {
	bool offers_ipv6, offers_ipv4;
	struct address uses_ipv6, uses_ipv4; /* zero: none */
};

/* The resolver of NAME.qanat. */
struct shown_dns {
	struct known port; /* unknown: off */
	bool up;
	uint64_t queries;   /* all that came */
	uint64_t answered;  /* of these, about a name or address that is known */
	uint64_t malformed; /* of these, and of what came over streams */
};

/* name: the pinned one, else what the node announces; pinned, clash: node_name of node/core. */
struct shown_status {
	struct node_id id;
	struct bytes name;
	bool name_pinned, name_clash;
	struct address address;
	struct known uptime_us;
	const char *version;
	const struct shown_interface *interfaces;
	size_t interface_count;
	const char *ip_interface; /* NULL: none */
	unsigned ip_mtu;
	bool guarded; /* strangers in range reach no other service of this machine */
	struct shown_gateway gateway;
	size_t neighbours; /* direct neighbours with a session */
	size_t nodes;      /* reachable, this one left out */
	size_t folders;
	const struct shown_health *health;
	size_t health_count;
	const struct shown_counter *counters;
	size_t counter_count;
	const struct shown_traffic *traffic;
	size_t traffic_count;
	const struct drops *drops; /* NULL: none counted */
	struct shown_dns dns;
	const struct shown_peer *peers;
	size_t peer_count;
};

enum shown_session { SHOWN_NO_SESSION, SHOWN_HANDSHAKE, SHOWN_SESSION_UP };

/* What a monitor interface hears of somebody. */
struct shown_overheard {
	bool is; /* heard */
	struct known signal_dbm, rate_bps;
	struct known airtime_permille; /* of the last seconds */
	struct known frames;
};

struct shown_neighbour {
	struct node_id id;
	struct bytes name;
	bool name_pinned, name_clash;
	struct address address;
	struct bytes interface;
	struct address link_local;
	bool symmetric, suspect, saving, mpr, mpr_selector;
	struct known loss_in_ppm, loss_out_ppm;
	struct known rate_bps;
	struct known rtt_us;
	struct known metric;
	struct known last_heard_us; /* ago */
	struct known signal_dbm;    /* of a radio */
	struct shown_overheard overheard;
	enum shown_session session;
};

struct shown_route {
	struct node_id id;
	struct bytes name;
	bool name_pinned, name_clash;
	struct address address;
	unsigned hops;
	struct known metric;
	struct node_id next_hop;
	struct bytes next_name;
	bool next_pinned, next_clash;
	struct bytes interface;
	struct address link_local; /* of the next hop */
	struct known age_us;
};

/* What became of a neighbour as next hop; the words of `verdict` are stable. */
enum shown_verdict {
	SHOWN_CHOSEN,
	SHOWN_ALTERNATE,
	SHOWN_EQUAL,
	SHOWN_DEARER,
	SHOWN_LOOPS,
	SHOWN_SUSPECT,
	SHOWN_NO_WAY,
};

/* One way to a node, by one neighbour. */
struct shown_candidate {
	struct node_id id; /* of the neighbour */
	struct bytes name;
	bool name_pinned, name_clash;
	struct bytes interface;
	struct known link_metric; /* of our link to it */
	struct known metric;      /* of the whole way */
	struct known hops;
	enum shown_verdict verdict;
};

/* A link of the chosen way, and who is behind it. */
struct shown_step {
	struct node_id id;
	struct bytes name;
	bool name_pinned, name_clash;
	struct known metric;
};

/* Why a node is reached as it is. */
struct shown_why {
	const struct shown_step *path; /* first hop first, the node itself last */
	size_t path_count;
	const struct shown_candidate *candidates; /* best first */
	size_t candidate_count;
};

struct shown_map_node {
	struct node_id id;
	struct bytes name;
	bool name_pinned, name_clash;
};

struct shown_map_link {
	struct node_id from, to;
	struct known metric;
	struct known loss_ppm;
	struct known rate_bps;
};

struct shown_map {
	const struct shown_map_node *nodes;
	size_t node_count;
	const struct shown_map_link *links;
	size_t link_count;
};

/* One line of `watch`. */
struct shown_event {
	struct known unix_s;
	const char *event; /* a stable word: "neighbour-up", "folder-synced" */
	struct node_id node;
	struct bytes name; /* of the node */
	bool name_clash;
	struct hash folder;
	struct bytes text; /* for people */
	const char *
		reason; /* why a neighbour is down; a stable word, NULL: not one of these */
	struct bytes interface;
	/* of a route: the next hops before and now, and what it costs */
	struct node_id from, to;
	struct known metric_before, metric, hops;
};

/* Each appends one whole object: qanat.status/1, qanat.neighbours/1, and so on. */
void status_json(struct buffer *out, const struct shown_status *s);
/* qanat.up/1, qanat.down/1: the interfaces that carry the mesh from now on. */
void status_json_interfaces(struct buffer *out, const char *command,
	const struct shown_interface *interfaces, size_t count);
void status_json_neighbours(
	struct buffer *out, const struct shown_neighbour *neighbours, size_t count);
/* why: of the one route; NULL: it was not asked for. */
void status_json_routes(struct buffer *out, const struct shown_route *routes,
	size_t count, const struct shown_why *why);
void status_json_map(struct buffer *out, const struct shown_map *m);
void status_json_event(struct buffer *out, const struct shown_event *e);
