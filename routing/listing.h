/* SPDX-License-Identifier: ISC */
/*
 * What a HELLO says: the links of its interface, neighbours on others, those lost a while ago, the metrics of neighbours and whom we chose as relays (RFC 6130 section 11.1,
 * RFC 7181 section 15.1).
 */
#pragma once

#include "routing/nhdp.h"

/* The neighbours of an interface, for our HELLO. When they do not all fit, those with a
 * session are told each time, so that strangers crowd out nobody, and the rest in turns:
 * from number *turn of them on, which is set for the next HELLO. */
void listing_links(const struct nhdp *all, struct instant now, uint32_t interface,
	unsigned *turn, struct hello *h);
/* Completes what listing_links listed for the interface. */
void listing_complete(
	const struct nhdp *all, struct instant now, uint32_t interface, struct hello *h);
