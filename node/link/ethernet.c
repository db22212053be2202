/* SPDX-License-Identifier: ISC */
#include "node/link/carrier.h"

enum { SOURCE_AT = 6, TYPE_AT = 12, GROUP_BIT = 1 };

const uint8_t carrier_group[6] = { 0x33, 0x33, 0, 0, 0x71, 0x75 };

void carrier_ethernet_head(uint8_t head[CARRIER_ETHERNET_HEADER],
	const struct node_frame *f, const uint8_t from[6])
{
	memcpy(head, f->multicast ? carrier_group : f->to.address, 6);
	memcpy(head + SOURCE_AT, from, 6);
	head[TYPE_AT] = CARRIER_ETHERTYPE >> 8;
	head[TYPE_AT + 1] = CARRIER_ETHERTYPE & 0xff;
}

bool carrier_ethernet_is_ours(const uint8_t head[CARRIER_ETHERNET_HEADER])
{
	return head[TYPE_AT] == CARRIER_ETHERTYPE >> 8 &&
	       head[TYPE_AT + 1] == (CARRIER_ETHERTYPE & 0xff) &&
	       !(head[SOURCE_AT] & GROUP_BIT);
}
