/* SPDX-License-Identifier: ISC */
/*
 * Requests to nl80211, the kernel's side of Wi-Fi, over generic netlink (libnl-genl). One at a
 * time, answered at once. Asking needs no privilege, changing needs CAP_NET_ADMIN.
 */
#pragma once

#include <linux/nl80211.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include "node/base/check.h"

struct nl80211 {
	/* private */
	struct nl_sock *sock; /* owned */
	int family;
};

/* -ENOENT: this kernel has no Wi-Fi; -EPROTONOSUPPORT: it has no generic netlink. */
must_use int nl80211_open(struct nl80211 *n);
void nl80211_close(struct nl80211 *n); /* one of zeros is fine */

/* A request about the interface, or about none (0). The caller adds attributes. */
struct nl_msg *nl80211_request(const struct nl80211 *n, enum nl80211_commands command,
	int flags, unsigned index);
/* Sends it and waits for the end of the answer; each message of it goes to `each`, which may
 * be NULL. 0, or the negative errno that the kernel gave. */
must_use int nl80211_ask(
	struct nl80211 *n, struct nl_msg *take, nl_recvmsg_msg_cb_t each, void *context);
