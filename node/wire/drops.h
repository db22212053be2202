/* SPDX-License-Identifier: ISC */
/* Why something from outside was dropped: one counter for each reason, shown by status. */
#pragma once

#include "node/base/check.h"

enum drop_reason {
	DROP_HEADER,      /* not a frame of ours */
	DROP_TYPE,        /* a frame type that makes no sense here */
	DROP_MESH_SEAL,   /* multicast frame not under our mesh key */
	DROP_NO_SESSION,  /* data frame for a session we do not hold */
	DROP_REPLAY,      /* frame number seen before, or too old */
	DROP_FORGED,      /* the seal of a session does not open */
	DROP_HANDSHAKE,   /* handshake malformed, out of order, or forged */
	DROP_MAC1,        /* handshake without knowledge of the mesh key */
	DROP_LOAD,        /* handshake budget used up */
	DROP_MALFORMED,   /* message list or body malformed */
	DROP_TRUST,       /* message where it may not arrive */
	DROP_SIGNATURE,   /* signed message whose signature does not hold */
	DROP_STALE,       /* control message older than what we hold */
	DROP_BUDGET,      /* more signed messages than a neighbour may cost us */
	DROP_OWN,         /* our own frame, heard again */
	DROP_NO_ROUTE,    /* for somebody we know no way to */
	DROP_HOP_LIMIT,   /* travelled too far */
	DROP_QUEUE,       /* the next hop's queue is full */
	DROP_SOURCE,      /* source address that is not the sender's */
	DROP_DUPLICATE,   /* link sequence delivered before */
	DROP_UNWANTED,    /* nobody asked for it */
	DROP_SYNC,        /* replication message malformed */
	DROP_RIGHTS,      /* replicated state without the right to it */
	DROP_HASH,        /* content that is not what its name says */
	DROP_FULL,        /* a table at its cap */
	DROP_DENIED,      /* a packet that no rule lets in */
	DROP_ECHO_RATE,   /* more echo requests than are let in */
	DROP_REFUSED,     /* of a member whom this gateway refuses */
	DROP_PRIVATE,     /* for where a gateway does not lead */
	DROP_UNASKED,     /* from outside the mesh, and no answer */
	DROP_CERTIFICATE, /* membership malformed, or its signature does not hold */
	DROP_STRANGER,    /* no certificate, or none of a founder of this mesh */
	DROP_DEPTH,       /* more certificates than a lineage may have */
	DROP_WIDER,       /* a certificate that gives what its issuer has not */
	DROP_FUTURE,      /* a certificate that is not valid yet */
	DROP_EXPIRED,     /* a certificate that has ended */
	DROP_REVOKED,     /* from a key that was revoked, or from below it */
	DROP_USED,        /* by an invite that was used up before */
	DROP_PAIRING,     /* pairing frame malformed, out of turn, or a wrong code */
	DROP_REASONS
};

/* The name under which status shows the reason. */
const char *drop_name(enum drop_reason reason);

struct drops {
	uint64_t count[DROP_REASONS];
};

/* Counts and returns false, so that a handler can `return drop(...)`. */
static inline bool drop(struct drops *d, enum drop_reason reason)
{
	d->count[reason]++;
	return false;
}
