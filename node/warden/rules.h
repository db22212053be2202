/* SPDX-License-Identifier: ISC */
/*
 * Packet filter rules by libnftables, a context for each table. Tables have the flag owner:
 * they go with the netlink socket in the context, however this process ends. NULL is none.
 * What is returned are the words of a refusal, which go with the context; NULL: done.
 */
#pragma once

#include <net/if.h>

#include "node/base/check.h"
#include "node/warden/tun.h"

struct nft_ctx;

/* Nothing comes in by these interfaces but our port, and replies. count 0: the guard goes. */
must_use const char *rules_guard(
	struct nft_ctx **nft, const char names[][IFNAMSIZ], size_t count);
/* What comes from the device goes outward under our address, and nothing comes back unasked.
 * alone: this machine forwarded nothing before, and forwards nothing else now. */
must_use const char *rules_gateway(struct nft_ctx **nft, const struct tun *t, bool alone);
void rules_close(struct nft_ctx **nft);
