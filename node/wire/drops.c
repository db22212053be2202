/* SPDX-License-Identifier: ISC */
/* The names of the reasons. */
#include "node/wire/drops.h"

static const char *const names[DROP_REASONS] = {
	[DROP_HEADER] = "header",
	[DROP_TYPE] = "type",
	[DROP_MESH_SEAL] = "mesh_seal",
	[DROP_NO_SESSION] = "no_session",
	[DROP_REPLAY] = "replay",
	[DROP_FORGED] = "forged",
	[DROP_HANDSHAKE] = "handshake",
	[DROP_MAC1] = "mac1",
	[DROP_LOAD] = "load",
	[DROP_MALFORMED] = "malformed",
	[DROP_TRUST] = "trust",
	[DROP_SIGNATURE] = "signature",
	[DROP_STALE] = "stale",
	[DROP_BUDGET] = "budget",
	[DROP_OWN] = "own",
	[DROP_NO_ROUTE] = "no_route",
	[DROP_HOP_LIMIT] = "hop_limit",
	[DROP_QUEUE] = "queue",
	[DROP_SOURCE] = "source",
	[DROP_DUPLICATE] = "duplicate",
	[DROP_UNWANTED] = "unwanted",
	[DROP_SYNC] = "sync",
	[DROP_RIGHTS] = "rights",
	[DROP_HASH] = "hash",
	[DROP_FULL] = "full",
	[DROP_DENIED] = "denied",
	[DROP_ECHO_RATE] = "echo_rate",
	[DROP_REFUSED] = "refused",
	[DROP_PRIVATE] = "private",
	[DROP_UNASKED] = "unasked",
	[DROP_CERTIFICATE] = "certificate",
	[DROP_STRANGER] = "stranger",
	[DROP_DEPTH] = "depth",
	[DROP_WIDER] = "wider",
	[DROP_FUTURE] = "future",
	[DROP_EXPIRED] = "expired",
	[DROP_REVOKED] = "revoked",
	[DROP_USED] = "used",
	[DROP_PAIRING] = "pairing",
};

const char *drop_name(enum drop_reason reason)
{
	check(reason < DROP_REASONS);
	return names[reason];
}
