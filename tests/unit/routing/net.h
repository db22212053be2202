/* SPDX-License-Identifier: ISC */
/*
 * A network of routing machines in virtual time: broadcasts get lost, unicast arrives
 * late but arrives, sessions come up a moment after a HELLO was heard. One interface a
 * node; at node i the link to node j has number j + 1. Bodies are signed with zeros, and
 * parsed and tested for news as core would.
 */
#pragma once

#include "node/base/heap.h"
#include "routing/routing.h"
#include "tests/test.h"

enum { NET_MAX = 64 };

struct net_node {
	struct routing *r;
	struct drops drops;
	bool session[NET_MAX];
	uint64_t broadcasts, unicasts, bytes;
	uint32_t last_link[NET_MAX]; /* next hops as of the last count */
	uint64_t route_changes;
};

struct net_event {
	unsigned from, to;
	uint32_t incarnation; /* of the receiver */
	bool session;
	bool told;  /* it came over the session */
	bool doubt; /* core has asked `from` on behalf of `to`: the outcome */
	struct routing_output out;
	struct net_event *next_free;
};

struct net {
	unsigned count;
	struct net_node nodes[NET_MAX];
	uint32_t incarnations[NET_MAX];
	bool up[NET_MAX][NET_MAX];
	uint32_t loss_ppm;
	struct rng rng;
	struct instant now;
	struct heap events;
	struct routing_output captured; /* the newest TC that node `capture` sent */
	unsigned capture;
	bool hurried; /* what machines remember is not looked at after each step */
};

struct net *net_new(unsigned count, uint32_t loss_ppm, struct rng rng);
void net_free(struct net *n);
struct address net_address(unsigned i);
struct node_id net_id(unsigned i);
void net_join(struct net *n, unsigned a, unsigned b);
/* Each to the next. */
void net_join_line(struct net *n);
/* A line without loss in which all have found their ways, some seconds ago. */
struct net *net_line(unsigned count);
void net_cut(struct net *n, unsigned a, unsigned b);
/* Kills node i and starts it anew with this first sequence. */
void net_restart(struct net *n, unsigned i, uint64_t sequence);
void net_run(struct net *n, int64_t ms);
/* Seconds until every node has routes to exactly those it is connected with, each walk
 * along next hops arrives over links that are up, and without loss in the fewest hops;
 * -1: not within `limit_ms`. */
double net_run_until_right(struct net *n, int64_t limit_ms);
bool net_is_right(struct net *n);
/* Forgets what was counted. */
void net_count_anew(struct net *n);
/* Next hops that changed since net_count_anew, all nodes together. */
uint64_t net_route_changes(struct net *n);
/* Signs with zeros. */
size_t net_sign(struct bytes body, uint8_t *out, size_t room);
