/* SPDX-License-Identifier: ISC */
/*
 * A program at the control socket: one request, then replies until the exit code. A client
 * that does not read is dropped when its replies pass their limit; nothing it does can hold
 * the node up.
 */
#pragma once

#include "node/control/reply.h"
#include "node/control/request.h"
#include "node/daemon/daemon.h"

enum { ECHOES_OPEN = 256 };

struct watching;

struct client_echo {
	uint64_t token;
	unsigned number;
	struct instant sent;
	bool open;
};

struct client {
	struct daemon *daemon;
	int fd; /* -1: another node asks, see care.c */
	ev_io io;
	uint8_t *in; /* owned: REQUEST_SIZE_MAX */
	size_t in_len;
	struct buffer out; /* owned */
	bool parsed;       /* the request is in `request` */
	bool running;      /* it goes on: see client_tick */
	bool ended;        /* the exit code is written: close when all is sent */
	struct request request;
	struct instant begun, next_at;
	/* ping, trace, speed */
	struct address node;
	struct client_echo echoes[ECHOES_OPEN];
	unsigned sent, received, hops;
	int64_t rtt_min_us, rtt_max_us, rtt_sum_us;
	struct address path[ROUTING_PATH_MAX];
	int64_t path_rtt_us[ROUTING_PATH_MAX]; /* -1: no answer yet */
	size_t path_len;
	uint64_t token;
	/* care: what another node is asked, or asks us */
	uint64_t question;
	bool asks;
	/* capture: packets given, lost to this reader, and what he was told is lost */
	uint64_t captured, capture_lost, capture_told;
	uint64_t capture_before; /* what the node had lost when he began */
	char *up_before;         /* owned: the lines that up has replaced; NULL: none */
	/* wait */
	struct hash folder;
	struct watching *watching; /* owned; NULL unless it watches */
};

/* control.c: fd -1 for another node's request. NULL: there are too many clients. */
struct client *client_new(struct daemon *d, int fd);
void client_free(struct client *c);

/* commands.c: whether what was shared or joined is on the disk by now. */
void made_tick(struct client *c, struct instant now);
/* commands.c: begins a parsed request; either ends it or leaves it running. */
void client_begin(struct client *c, struct instant now);
/* NODE or FOLDER of the request; false: the client was answered. */
bool client_node(struct client *c, struct address *out);
bool client_node_id(struct client *c, struct node_id *out);
/* The node that a text means; false: the client was answered. */
bool client_find(struct client *c, const char *text, struct address *out);
bool client_folder(struct client *c, struct hash *out);
/* Ends with a failure: what failed, why, what to do. */
void client_fail(struct client *c, enum exit_code code, const char *what, const char *why,
	const char *fix);
void client_answer(struct client *c, const struct buffer *json);
/* One record of a request that goes on; a client that leaves too many unread is dropped. */
void client_say(struct client *c, enum reply_kind kind, const struct buffer *json);

/* mesh_commands.c */
void mesh_command(struct client *c, struct instant now);
void mesh_event(struct client *c, struct instant now, const struct node_event *e);

/* probes.c: ping, trace, speed */
void probe_begin(struct client *c, struct instant now);
void probe_tick(struct client *c, struct instant now);
void probe_event(struct client *c, struct instant now, const struct node_event *e);

/* care.c: asks another node. False: it is this one that is meant. */
must_use bool care_begin(struct client *c, struct instant now);
void care_ended(struct client *c, const struct node_event *e);
void care_forget(struct client *c);
/* Another node asks. */
void care_asked(struct daemon *d, struct instant now, uint64_t number);
/* Answers it if it has ended; frees it when nobody waits any more. */
void care_settle(struct client *c, struct instant now);

/* waits.c: wait */
void wait_begin(struct client *c, struct instant now);
void wait_tick(struct client *c, struct instant now);

/* watching.c: watch */
void watch_begin(struct client *c, struct instant now);
void watch_tick(struct client *c, struct instant now);
void watch_event(struct client *c, const struct node_event *e);
void watch_end(struct client *c);
