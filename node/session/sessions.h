/* SPDX-License-Identifier: ISC */
/*
 * Sealed sessions with neighbours and end-to-end peers: one machine. A peer slot stands for
 * one path (a link to a neighbour, or a routed way to a node); it holds the session in use,
 * the one before it, and a handshake in progress. Handshakes are exactly
 * Noise_XX_25519_ChaChaPoly_BLAKE2b (Noise revision 34), data frames ChaCha20-Poly1305 under
 * the frame number. Pure: frames in, frames out, time and luck handed in.
 */
#pragma once

#include "node/base/ids.h"
#include "node/base/instant.h"
#include "node/base/log.h"
#include "node/base/rng.h"
#include "node/crypto/keys.h"
#include "node/wire/drops.h"
#include "node/wire/frame.h"

enum {
	SESSIONS_MAX = 4096,       /* peer slots; the victim is the one idle longest */
	SESSION_REKEY_MS = 120000, /* a session older than this is renewed, with jitter */
	SESSION_DEAD_MS = 180000,  /* never seal or open with keys older than this */
	SESSION_HANDSHAKE_MAX = 640, /* bytes of the largest handshake frame */
	SESSION_ENVELOPE_MAX = 502,  /* the largest that is made: relayed it takes 576 */
	SESSION_PAYLOAD_MAX = 317,   /* bytes that core may add to a handshake */
};

/* Where frames of a peer come and go. */
struct session_path {
	uint32_t link;       /* core's number of a link; 0: routed to `node` */
	struct address node; /* the address the peer must prove; never zero */
};

struct session_config {
	const struct keypair *self; /* borrowed for life */
	struct rng rng;
	const struct log *log; /* borrowed for life */
	struct drops *drops;   /* borrowed for life */
	uint8_t mesh_key[32];  /* mac1 is keyed with it */
	unsigned max_peers;    /* at most SESSIONS_MAX */
};

enum session_event_kind {
	SESSION_UP,   /* a new session carries data now: the epoch has changed */
	SESSION_DOWN, /* the slot holds no usable session any more, or was given away */
};

struct session_event {
	enum session_event_kind kind;
	uint32_t peer; /* slot */
	uint32_t epoch;
	struct session_path path;
	struct node_id id;
	uint8_t payload
		[SESSION_PAYLOAD_MAX]; /* what the peer's core added to its handshake */
	size_t payload_len;
};

enum session_verdict {
	SESSION_OPENED, /* `out` is filled; the plain text lies in the frame's buffer */
	SESSION_HANDLED, /* it was a handshake; see sessions_take_frame, sessions_take_event */
	SESSION_DROPPED, /* counted in drops */
};

struct session_opened {
	uint32_t peer; /* slot, valid until the next call that may change slots */
	uint32_t epoch;
	struct node_id id;
	uint64_t number;       /* of the frame, in the session `epoch` */
	struct bytes messages; /* plain text, in the caller's frame buffer */
};

struct sessions;

struct sessions *sessions_new(const struct session_config *config, struct instant now);
void sessions_free(struct sessions *s); /* wipes all keys; NULL is fine */

/* What this node tells every peer inside the sealed part of its handshakes. */
void sessions_payload_set(struct sessions *s, struct bytes payload);

/* One frame of type HANDSHAKE_1..3, COOKIE or DATA that came along path. For DATA frames
 * only the session index decides which peer it is. The buffer is changed. */
enum session_verdict sessions_receive(struct sessions *s, struct instant now,
	const struct session_path *path, uint8_t *frame, size_t len,
	struct session_opened *out);

/* Wants a session along path: starts a handshake unless one runs or a session is up. On a
 * link only the node with the lower address initiates (the call is then a wish that waits
 * for the other side), and says again what waits for an answer for long: the call tells that the
 * neighbour was heard. On a routed path either may, and the lower address wins a tie. */
void sessions_want(
	struct sessions *s, struct instant now, const struct session_path *path);

/* Forgets the peer of a path, keys wiped: the link is gone. Gives SESSION_DOWN if it was up. */
void sessions_forget(struct sessions *s, const struct session_path *path);
/* The same, as the node at the other end has begun anew, or may have. What it has begun with us
 * is kept: only the new one can have. */
void sessions_restarted(struct sessions *s, const struct session_path *path);

/* The slot of a path with a usable session; false: none yet. */
must_use bool sessions_find(
	const struct sessions *s, const struct session_path *path, uint32_t *peer);

/* Makes a data frame from buf: the caller has left FRAME_HEADER_SIZE bytes at its start and
 * put len bytes of messages behind them; room for the tag must follow. Writes header and
 * tag, returns the frame's length and its number and epoch; 0 when the slot has no session. */
must_use size_t sessions_seal(struct sessions *s, struct instant now, uint32_t peer,
	uint8_t *buf, size_t len, uint64_t *number, uint32_t *epoch);

/* Handshake frames that wait to be sent. False: none. buf has SESSION_HANDSHAKE_MAX bytes. */
must_use bool sessions_take_frame(struct sessions *s, struct instant now,
	struct session_path *path, uint8_t *buf, size_t *len);

/* What happened since the last call. False: nothing more. */
must_use bool sessions_take_event(struct sessions *s, struct session_event *event);

void sessions_tick(struct sessions *s, struct instant now);
struct instant sessions_deadline(const struct sessions *s);

/* Number of usable sessions, for status. */
size_t sessions_count(const struct sessions *s);
/* Age of the session in use of a slot in microseconds, -1 if none. */
int64_t sessions_age_us(const struct sessions *s, struct instant now, uint32_t peer);
