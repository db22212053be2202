/* SPDX-License-Identifier: ISC */
/*
 * Names of nodes as DNS (RFC 1035): the codec of a resolver that knows two zones and nothing
 * else. `NAME.qanat` has an AAAA record for each name or beginning of an id that means one
 * node; `1.7.d.f.ip6.arpa` (fd71::/16) has the PTR records back. All other names are REFUSED,
 * at which a stub resolver asks its next server.
 *
 * A name that means nobody, for nobody or more than one has it, is NXDOMAIN and not SERVFAIL:
 * that is an answer, so stubs neither ask others (which would tell strangers the names of the
 * mesh, and let them answer) nor ask again.
 *
 * Always: one question, without compression; EDNS (RFC 6891) version 0 is understood, options
 * are skipped; the question goes back byte by byte, so mixed case (0x20) survives. An answer has
 * one record and is smaller than what everybody takes, whatever size the asker allows.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/ids.h"

enum {
	DNS_QUERY_MAX = 1232, /* that we take: what crosses any network in one piece */
	DNS_ANSWER_MAX = 512, /* that everybody takes: RFC 1035 section 4.2.1 */
	DNS_LABEL_MAX = 63,
	DNS_TTL_MIN_S = 5,
	DNS_TTL_MAX_S = 30,
};

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_BADVERS = 16,
};

enum dns_zone { DNS_ZONE_NONE, DNS_ZONE_NAMES, DNS_ZONE_ADDRESSES };

enum dns_asked {
	DNS_ASKED_NOTHING, /* rcode says it all */
	DNS_ASKED_ADDRESS, /* whom `name` means */
	DNS_ASKED_NAME,    /* who has `address` */
};

struct dns_query {
	enum dns_asked asked;
	char name[DNS_LABEL_MAX + 1]; /* lower-case letters, digits, hyphens */
	struct address address;
	enum dns_rcode rcode; /* when nothing is to be looked up */
	/* private */
	uint16_t id, flags, type;
	enum dns_zone zone;
	struct bytes question; /* borrowed from the packet; empty: there is none */
	bool edns;
};

/* False: not a query at all, and never answered. */
must_use bool dns_parse(struct dns_query *q, struct bytes packet);

/* What was found for what is asked. */
struct dns_found {
	bool found;
	struct address address;       /* for a name */
	char name[DNS_LABEL_MAX + 1]; /* for an address: what stands before .qanat */
	uint32_t ttl_s;               /* held within DNS_TTL_MIN_S and DNS_TTL_MAX_S */
};

/* Writes the answer and returns its length; what does not fit is left out and marked (TC). The
 * packet that was parsed must still be there. 0: room is less than a header. */
size_t dns_answer(const struct dns_query *q, const struct dns_found *found, uint8_t *out,
	size_t room);
