/* SPDX-License-Identifier: ISC */
/*
 * What qanatd asks of the warden, and what the warden answers: one packet of a Unix
 * SOCK_SEQPACKET socket each, never of the network. A name or a reason is length:8 text.
 *
 *   order  = version:8 kind:8 body
 *     tun      address:128 mtu:16
 *     guard    count:8 count*name
 *     dns, uplink, gateway   on:8
 *   answer = version:8 kind:8 error:16 reason body; error is an errno, 0 is done, and only
 *            then a body follows
 *     tun      name features:8, and the descriptor
 *     dns      address:32, and the descriptors of UDP and TCP, when it was switched on
 */
#pragma once

#include <net/if.h>

#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	ORDER_VERSION = 1,
	ORDER_SIZE_MAX = 320, /* also of an answer */
	ORDER_NAMES_MAX = 16,
	ORDER_NAME_MAX = IFNAMSIZ - 1,
	ORDER_REASON_MAX = 200,
	ORDER_MTU_MIN = 1280, /* RFC 8200 section 5 */
};

enum order_kind { ORDER_TUN = 1, ORDER_GUARD, ORDER_DNS, ORDER_UPLINK, ORDER_GATEWAY };

enum { TUN_VNET = 1, TUN_TSO = 2, TUN_USO = 4 };

struct order {
	enum order_kind kind;
	struct address self; /* tun: begins with fd71 */
	uint16_t mtu;
	uint8_t count; /* guard */
	char names[ORDER_NAMES_MAX][IFNAMSIZ];
	bool on; /* dns, uplink, gateway */
};

struct answer {
	enum order_kind kind;
	uint16_t error;                    /* errno; 0: done */
	char reason[ORDER_REASON_MAX + 1]; /* of a refusal; else empty */
	char name[IFNAMSIZ];               /* tun */
	uint8_t features;                  /* tun */
	uint8_t address[4];                /* dns: where the sockets are bound */
};

/* False: not an order, or one with arguments that no order may have. */
must_use bool order_parse(struct order *o, struct bytes packet);
void order_write(struct writer *w, const struct order *o);
must_use bool answer_parse(struct answer *a, struct bytes packet);
void answer_write(struct writer *w, const struct answer *a);

/* Letters, digits and . _ - , 1 to 15 of them, the first no dot and no dash; not lo. */
must_use bool order_name_is_good(const char *name);
