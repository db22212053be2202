/* SPDX-License-Identifier: ISC */
/*
 * Packet filter rules by libnftables. Both tables have the flag owner: they go with the
 * netlink socket in here, however this process ends. -EOPNOTSUPP: nftables cannot be used.
 */
#pragma once

#include "node/base/check.h"
#include "node/warden/order.h"
#include "node/warden/tun.h"

struct nft_ctx;

struct rules {
	struct nft_ctx *nft; /* private; owned; NULL until first needed */
	bool guard, gateway; /* which tables there are */
};

/* Nothing comes in by these interfaces but our port, and replies. count 0: the guard goes. */
must_use int rules_guard(struct rules *r, const char names[][IFNAMSIZ], size_t count);
/* What comes from the device goes outward under our address, and nothing comes back unasked.
 * alone: this machine forwarded nothing before, and forwards nothing else now. */
must_use int rules_gateway_on(struct rules *r, const struct tun *t, bool alone);
void rules_gateway_off(struct rules *r);
/* What libnftables said of the last refusal; "" before the first. */
const char *rules_reason(const struct rules *r);
void rules_close(struct rules *r);
