/* SPDX-License-Identifier: ISC */
/*
 * The tables of a `struct sessions`: peers by slot and by path, handshakes that wait for
 * message 3, and session indices. Everything in it has one owner, the table.
 *
 * Caps and victims: peers, config.max_peers: a peer without a session first, then the
 * one idle longest. Handshakes that wait for message 3, PENDING_MAX: the oldest; at the
 * rate of the global bucket each one still lives PENDING_MAX / LOAD_RATE = 5 s.
 */
#pragma once

#include "node/base/siphash.h"
#include "node/base/bucket.h"
#include "node/session/outbox.h"
#include "node/session/session.h"

enum {
	PENDING_MAX = 1024,
	PENDING_LIFE_MS = 20000,
	ATTEMPT_LIFE_MS = 20000,   /* gives up after that, unless wanted again */
	CONFIRM_LIFE_MS = 10000,   /* so long is message 3 repeated on a link */
	CONFIRM_ROUTED_MS = 60000, /* over several hops */
	RESEND_FIRST_MS = 250,     /* on a link */
	RESEND_ROUTED_MS = 1000,   /* over several hops, which may be busy */
	RESEND_MAX_MS = 5000,
	/* Handshakes that this node begins on links: so many at once until it has a few sessions,
	 * then one after the other, with pauses up to this. One that is not answered holds up the
	 * next for no longer than that, and once. */
	LINKS_AT_ONCE = 2,
	LINKS_FEW = 4,
	LINKS_PAUSE_MAX_MS = 5000,
	LINKS_ALONE_MS = 1000,
	REPLACED_LIFE_MS = 10000, /* a replaced session still opens frames that long */
	UNANSWERED_MS =
		10000,   /* of a routed session: the peer may not have it any more */
	IDLE_MS = 90000, /* a routed peer as idle as this is not renewed */
	REKEY_JITTER_PERCENT = 10,
	REKEY_YIELD_MS =
		10000, /* on a routed path the higher address waits so much longer */
	LOAD_EASY_RATE = 50, /* first messages a second without a cookie */
	LOAD_RATE = 200,     /* handshake messages a second, cookie or not */
};

/* A handshake that we began. Its timers: resend_at, ends_at. */
struct attempt {
	enum stage stage;
	uint32_t index; /* 0 once its session has taken it over */
	struct handshake noise;
	struct session *next; /* STAGE_SENT_3: waits for its first frame */
	struct node_id id; /* STAGE_SENT_3: whom the handshake proved, and its payload */
	uint8_t payload[SESSION_PAYLOAD_MAX];
	size_t payload_len;
	uint8_t frame[ENVELOPE_MAX]; /* what was sent last */
	size_t len;
	int64_t interval_us;
	struct instant sent, resend_at, ends_at;
	bool hurried;     /* a cookie has brought one early resend */
	bool cookie_open; /* this sending has not been answered by a cookie */
};

/* One path. Its timers: rekey_at, the ends of its sessions, and those of its attempt. */
struct peer {
	uint32_t slot;
	struct session_path path; /* key */
	struct node_id id;
	struct session *current;  /* seals and opens */
	struct session *previous; /* opens only */
	struct attempt *attempt;
	uint8_t cookie[COOKIE_SIZE];
	struct instant cookie_until; /* the cookie is used before */
	struct instant wanted_until;
	struct instant begun; /* the first handshake on a link */
	struct instant used;  /* a frame went either way, or it was wanted */
	struct instant rekey_at;
	bool unanswered; /* frames went out since, and none has come */
	struct instant unanswered_since;
	UT_hash_handle hh;
};

/* A message 1 that we answered. The table of them stands in the order in which they
 * came. */
struct pending {
	enum stage stage;
	uint8_t ephemeral[HANDSHAKE_KEY_SIZE]; /* key: the initiator's */
	uint32_t index;                        /* 0 once its session has taken it over */
	uint32_t remote;
	struct session_path path;
	struct handshake noise;
	uint8_t frame[ENVELOPE_MAX]; /* our message 2 */
	size_t len;
	struct instant ends_at;
	UT_hash_handle hh;
};

/* Whose a session index is: exactly one of the two. */
struct index {
	uint32_t index; /* key */
	struct peer *peer;
	struct pending *pending;
	UT_hash_handle hh;
};

struct sessions {
	struct session_config config;
	struct address self;
	struct handshake_key static_key;
	struct hash mesh;
	uint8_t payload[SESSION_PAYLOAD_MAX];
	size_t payload_len;
	struct peer **slots; /* config.max_peers, NULL where free */
	uint32_t slots_used; /* slots at and after it have never been used */
	size_t peer_count;
	struct peer *peers;
	struct pending *pendings;
	struct index *indices;
	struct cookie_jar jar;
	struct bucket easy, first, later;
	int64_t answer_us;       /* what the last message 2 on a link took to come */
	struct instant finished; /* the last handshake that we began on a link */
	struct outbox outbox;
	uint32_t epoch;          /* of the session made last */
	struct instant deadline; /* no timer is due before it */
};

must_use bool path_equal(const struct session_path *a, const struct session_path *b);
must_use bool path_may_initiate(
	const struct sessions *s, const struct session_path *path);
must_use bool path_is_lower(const struct sessions *s, const struct session_path *path);
/* How long an answer may take at first; later repetitions wait longer each time. */
static inline int64_t path_patience_us(const struct session_path *path)
{
	return (path->link != 0 ? RESEND_FIRST_MS : RESEND_ROUTED_MS) * (int64_t)1000;
}

/* Brings the deadline forward. */
void table_due(struct sessions *s, struct instant t);

/* A new random index, not 0 and not in use, that belongs to peer or pending. */
uint32_t index_add(struct sessions *s, struct peer *peer, struct pending *pending);
void index_remove(struct sessions *s, uint32_t index);
/* A pending's index goes over to the peer that came of it. */
void index_give(struct sessions *s, uint32_t index, struct peer *peer);
must_use struct index *index_find(struct sessions *s, uint32_t index);

must_use struct peer *peer_find(
	const struct sessions *s, const struct session_path *path);
/* Finds or makes it, at the cost of a victim when the table is full. */
struct peer *peer_get(
	struct sessions *s, struct instant now, const struct session_path *path);
/* Keys wiped; SESSION_DOWN when it had a session. */
void peer_remove(struct sessions *s, struct peer *p);
void peer_drop_session(struct sessions *s, struct session **session);
void peer_drop_attempt(struct sessions *s, struct peer *p);
/* A new session takes over; the one before it goes on opening frames until `until`. */
void peer_replace(struct sessions *s, struct peer *p, struct session *session,
	struct instant until);
/* Says that a session carries data from now on, or that none does any more. */
void peer_say(struct sessions *s, const struct peer *p, enum session_event_kind kind,
	uint32_t epoch, struct bytes payload);
/* A frame went either way. */
void peer_used(struct sessions *s, struct peer *p, struct instant now);

must_use struct pending *pending_find(
	const struct sessions *s, const uint8_t ephemeral[HANDSHAKE_KEY_SIZE]);
/* The table owns p from here; a victim goes when it is full. p's key and path are set. */
void pending_take(struct sessions *s, struct pending *p);
void pending_remove(struct sessions *s, struct pending *p);
/* Removes every one of a path. */
void pending_forget(struct sessions *s, const struct session_path *path);

/* Noise's prologue: both sides mean the same protocol, mesh and pair of nodes. */
struct writer table_prologue(const struct sessions *s, const struct session_path *path,
	bool initiator, uint8_t room[96]);
/* A new ephemeral key. */
void table_ephemeral(struct sessions *s, struct handshake_key *key);
/* What this node says of itself in messages 2 and 3. */
struct bytes table_greet(const struct sessions *s, uint32_t sender, uint32_t receiver,
	uint8_t room[GREETING_MAX]);
/* Whether a greeting names whom Noise has proved, and the node that path leads to. */
must_use bool table_greeting(struct greeting *g, struct bytes text,
	const uint8_t proved[32], const struct session_path *path);
