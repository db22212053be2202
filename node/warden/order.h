/* SPDX-License-Identifier: ISC */
/*
 * What qanatd asks of the warden, and what the warden answers: one packet of a Unix
 * SOCK_SEQPACKET socket each, never of the network. Fields that a kind has no use for are
 * zero; a name is 16 bytes, filled up with zeros.
 *
 *   order  = version:8 kind:8 on:8 count:8 mtu:16 address:128 16*name
 *     tun      address begins with fd71, mtu of 1280 or more
 *     guard    count of names, 16 at most
 *     dns, uplink, gateway   on is 0 or 1
 *     radio    on is 0 or 1, mtu the frequency in MHz; names as in radio_order.h
 *   answer = version:8 kind:8 error:16 reason
 *     error is an errno, 0 is done; reason is text to the end
 *     tun      the descriptor comes along
 *     dns      the descriptors of UDP and TCP, when it was switched on
 *     radio    that of a packet socket, when it was switched on; reason is the interface's name;
 *              and of one that hears the channel, if it was asked for and the driver can
 */
#pragma once

#include <net/if.h>

#include "node/warden/radio_order.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	ORDER_VERSION = 1,
	ORDER_NAMES_MAX = 16,
	ORDER_SIZE = 6 + 16 + ORDER_NAMES_MAX * IFNAMSIZ,
	ORDER_REASON_MAX = 200,
	ANSWER_SIZE_MAX = 4 + ORDER_REASON_MAX,
	ORDER_MTU_MIN = 1280 /* RFC 8200 section 5 */
};

enum order_kind {
	ORDER_TUN = 1,
	ORDER_GUARD,
	ORDER_DNS,
	ORDER_UPLINK,
	ORDER_GATEWAY,
	ORDER_RADIO
};

struct order {
	enum order_kind kind;
	bool on;
	uint8_t count;
	uint16_t mtu;
	struct address self;
	char names[ORDER_NAMES_MAX][IFNAMSIZ];
	struct radio_order radio; /* in place of mtu and names */
};

struct answer {
	enum order_kind kind;
	uint16_t error;
	char reason[ORDER_REASON_MAX + 1];
};

/* False: not an order, or one with arguments that no order may have. */
must_use bool order_parse(struct order *o, struct bytes packet);
void answer_write(struct writer *w, const struct answer *a);

/* Letters, digits and . _ - , 1 to 15 of them, the first no dot and no dash; not lo. */
must_use bool order_name_is_good(const char *name);
