/* SPDX-License-Identifier: ISC */
/*
 * What a HELLO says beyond the links of its interface: neighbours on others, those lost a
 * while ago, the metrics of neighbours and whom we chose as relays (RFC 6130 section 11.1,
 * RFC 7181 section 15.1).
 */
#pragma once

#include "routing/nhdp.h"

/* Completes what nhdp_list listed for the interface. */
void listing_complete(
	const struct nhdp *all, struct instant now, uint32_t interface, struct hello *h);
