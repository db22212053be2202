/* SPDX-License-Identifier: ISC */
/*
 * Heartbeats: an RFC 5444 packet without a message, between HELLOs. Its number counts with
 * those of the interface's HELLOs, so that a gap is a loss (RFC 7779 section 6); a packet TLV
 * carries the digest of the speaker's link-state database.
 *
 *   beat = packet(number, { DIGEST })
 *
 * A beat is not signed. It shows that a link still carries frames towards us and makes us ask
 * for what is new; it never makes a link, and lets none outlive the validity of its HELLOs.
 */
#pragma once

#include "routing/rfc5444.h"

struct beat {
	uint16_t number;
	uint64_t digest;
};

must_use bool beat_parse(struct beat *b, struct bytes body);
void beat_write(struct writer *w, const struct beat *b);
