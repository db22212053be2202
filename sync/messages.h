/* SPDX-License-Identifier: ISC */
/*
 * The bodies of MESSAGE_SYNC. The first byte is the type. A folder is named by its tag, the
 * first 8 bytes of a tagged hash of its id, so that who does not share it learns nothing; a
 * stream is the entries of one (author, incarnation) of a folder, named likewise. Parsing
 * fills a struct that borrows from the body and touches nothing else.
 */
#pragma once

#include "sync/entry.h"
#include "sync/extents.h"
#include "sync/rights.h"

enum sync_type {
	SYNC_GREET = 1,    /* which folders, and how they stand */
	SYNC_CERT = 2,     /* one certificate */
	SYNC_CERTS = 3,    /* which certificates are here */
	SYNC_FRONTIER = 4, /* how far each stream is here */
	SYNC_COMMIT = 5,   /* a part of a commit */
	SYNC_WANT = 6,     /* objects asked for */
	SYNC_PIECE = 7,    /* parts of objects */
	SYNC_ANSWER = 8,   /* why a wanted object does not come now */
	SYNC_CANCEL = 9,   /* wanted no longer */
};

enum {
	SYNC_ROOM_MIN = 512, /* bytes that every message must be able to live with */
	GREET_ITEMS_MAX = 19,
	CERTS_ITEMS_MAX = 256,
	FRONTIER_ITEMS_MAX = 128,
	WANT_ITEMS_MAX = 48,
	WANT_RANGES_MAX = 4,
	PIECES_MAX = 64,
	ANSWERS_MAX = 256,
	COMMIT_WIRE_MAX = 320 * 1024, /* compressed */
	PIECE_HEADER_SIZE = 4 + 3 + 3 + 2,
	COMMIT_HEADER_SIZE = 1 + 8 + 8 + 8 + 4 + 4,
};

/* The sender holds the receiver for a member; only then digest and need are told. */
enum {
	GREET_KNOWN = 1, /* the receiver is held for a member: digest and need follow */
	GREET_HEARD =
		2, /* with KNOWN: the sender's state comes from the owner's, not from nothing */
};

struct greet_item {
	uint64_t tag;
	uint8_t flags;
	uint64_t digest; /* of certificates and frontier */
	uint64_t need;   /* bytes of content that the sender lacks */
};

struct greet {
	int64_t wall_s; /* the sender's clock, since 1970; 0: not known to it */
	uint8_t count;
	struct greet_item items[GREET_ITEMS_MAX];
};

/* Certificates whose id begins with a number in [from, to] and that are here. */
struct certs {
	uint64_t tag;
	uint64_t from, to;
	uint16_t count;
	uint64_t ids[CERTS_ITEMS_MAX]; /* ascending */
};

/* FRONTIER_ASK: the receiver should answer with its own frontier if it lacks something. */
enum { FRONTIER_ASK = 1 };

struct frontier_item {
	uint64_t stream, last;
};

/* All streams with a tag in [from, to] that are here; a stream not listed is not here. */
struct frontier {
	uint64_t tag;
	uint8_t flags;
	uint16_t cert_count;
	uint64_t cert_sum; /* what the certificates add to the digest */
	uint64_t from, to;
	uint16_t count;
	struct frontier_item items[FRONTIER_ITEMS_MAX]; /* ascending by stream */
};

struct commit_piece {
	uint64_t tag, stream, first; /* first: sequence */
	uint32_t total, offset;      /* of the compressed blob */
	struct bytes data;
};

struct want_item {
	struct hash object;
	uint32_t number;     /* by which pieces and answers name it */
	uint8_t range_count; /* 0: all of it */
	struct extent ranges[WANT_RANGES_MAX];
};

struct wants {
	uint64_t tag;
	uint8_t count;
	struct want_item items[WANT_ITEMS_MAX];
};

struct piece {
	uint32_t number, total, offset;
	struct bytes data;
};

struct pieces {
	uint8_t count;
	struct piece items[PIECES_MAX];
};

enum answer_status {
	ANSWER_NO = 1,    /* not here, and not coming soon */
	ANSWER_LATER = 2, /* not here yet; it will be sent when it is */
};

struct answers {
	uint16_t count;
	uint32_t numbers[ANSWERS_MAX];
	uint8_t status[ANSWERS_MAX];
};

must_use bool greet_parse(struct greet *g, struct bytes body);
must_use bool certs_parse(struct certs *c, struct bytes body);
must_use bool frontier_parse(struct frontier *f, struct bytes body);
must_use bool commit_piece_parse(struct commit_piece *p, struct bytes body);
must_use bool wants_parse(struct wants *n, struct bytes body);
must_use bool pieces_parse(struct pieces *p, struct bytes body);
/* Of SYNC_ANSWER. */
must_use bool answers_parse(struct answers *a, struct bytes body);
/* Of SYNC_CANCEL: status is all 0. */
must_use bool cancel_parse(struct answers *a, struct bytes body);
/* Of SYNC_CERT: the folder's tag and the certificate, unparsed. */
must_use bool cert_parse(uint64_t *tag, struct bytes *certificate, struct bytes body);

/* The same, written; the writer overflows when it does not fit. */
void greet_write(struct writer *w, const struct greet *g);
void certs_write(struct writer *w, const struct certs *c);
void frontier_write(struct writer *w, const struct frontier *f);
void commit_piece_write(struct writer *w, const struct commit_piece *p);
void wants_write(struct writer *w, const struct wants *n);
void pieces_begin(struct writer *w);
void piece_write(struct writer *w, const struct piece *p);
void answers_write(struct writer *w, const struct answers *a);
void cancel_write(struct writer *w, const struct answers *a);
void cert_write(struct writer *w, uint64_t tag, struct bytes certificate);
