/* SPDX-License-Identifier: ISC */
/* libnl's own answers say less than the kernel's errno, so that is caught on its way. */
#include "node/radio/nl80211.h"

#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <string.h>

enum { OPEN = 1 }; /* an answer that has not ended */

int nl80211_open(struct nl80211 *n)
{
	*n = (struct nl80211){ .sock = nl_socket_alloc() };
	check(n->sock != NULL);
	if (genl_connect(n->sock) < 0) {
		nl80211_close(n);
		return -EPROTONOSUPPORT;
	}
	n->family = genl_ctrl_resolve(n->sock, NL80211_GENL_NAME);
	if (n->family >= 0)
		return 0;
	nl80211_close(n);
	return -ENOENT;
}

void nl80211_close(struct nl80211 *n)
{
	nl_socket_free(n->sock);
	n->sock = NULL;
}

struct nl_msg *nl80211_request(
	const struct nl80211 *n, enum nl80211_commands command, int flags, unsigned index)
{
	struct nl_msg *m = nlmsg_alloc();

	check(m != NULL);
	check(genlmsg_put(m, NL_AUTO_PORT, NL_AUTO_SEQ, n->family, 0, flags,
		      (uint8_t)command, 0) != NULL);
	if (index != 0)
		check(nla_put_u32(m, NL80211_ATTR_IFINDEX, index) == 0);
	return m;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *context)
{
	int *err = context;

	(void)from;
	*err = e->error < 0 ? e->error : -EIO;
	return NL_STOP;
}

static int on_end(struct nl_msg *m, void *context)
{
	int *err = context;

	(void)m;
	*err = 0;
	return NL_STOP;
}

int nl80211_ask(
	struct nl80211 *n, struct nl_msg *take, nl_recvmsg_msg_cb_t each, void *context)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err = OPEN;

	check(cb != NULL);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &err);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, &err);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, &err);
	if (each != NULL)
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, each, context);
	if (nl_send_auto(n->sock, take) < 0)
		err = -EIO;
	nlmsg_free(take);
	while (err == OPEN)
		if (nl_recvmsgs(n->sock, cb) < 0 && err == OPEN)
			err = -EIO;
	nl_cb_put(cb);
	return err;
}
