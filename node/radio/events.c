/* SPDX-License-Identifier: ISC */
#include "node/radio/events.h"

#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <string.h>

enum { READ_MAX = 64 }; /* messages about other things, at a time */

int radio_events_open(struct nl80211 *n)
{
	int group, err = nl80211_open(n);

	if (err < 0)
		return err;
	group = genl_ctrl_resolve_grp(
		n->sock, NL80211_GENL_NAME, NL80211_MULTICAST_GROUP_MLME);
	if (group >= 0 && nl_socket_add_membership(n->sock, group) == 0 &&
		nl_socket_set_nonblocking(n->sock) == 0)
		return 0;
	nl80211_close(n);
	return -ENOTSUP;
}

int radio_events_fd(const struct nl80211 *n)
{
	return nl_socket_get_fd(n->sock);
}

bool radio_event_parse(
	struct radio_event *out, uint8_t command, struct nlattr *at, int len)
{
	struct nlattr *tb[NL80211_ATTR_MAX + 1], *cqm[NL80211_ATTR_CQM_MAX + 1];

	if (command != NL80211_CMD_DEL_STATION && command != NL80211_CMD_NOTIFY_CQM)
		return false;
	if (nla_parse(tb, NL80211_ATTR_MAX, at, len, NULL) < 0 ||
		tb[NL80211_ATTR_IFINDEX] == NULL || tb[NL80211_ATTR_MAC] == NULL ||
		nla_len(tb[NL80211_ATTR_IFINDEX]) != sizeof(uint32_t) ||
		nla_len(tb[NL80211_ATTR_MAC]) != sizeof(out->mac))
		return false;
	if (command == NL80211_CMD_NOTIFY_CQM &&
		(tb[NL80211_ATTR_CQM] == NULL ||
			nla_parse_nested(cqm, NL80211_ATTR_CQM_MAX, tb[NL80211_ATTR_CQM],
				NULL) < 0 ||
			cqm[NL80211_ATTR_CQM_PKT_LOSS_EVENT] == NULL))
		return false;
	out->index = nla_get_u32(tb[NL80211_ATTR_IFINDEX]);
	memcpy(out->mac, nla_data(tb[NL80211_ATTR_MAC]), sizeof(out->mac));
	return true;
}

struct reading {
	struct radio_event *out;
	bool found;
};

static int on_event(struct nl_msg *m, void *context)
{
	struct reading *r = context;
	struct genlmsghdr *h = genlmsg_hdr(nlmsg_hdr(m));

	r->found = radio_event_parse(
		r->out, h->cmd, genlmsg_attrdata(h, 0), genlmsg_attrlen(h, 0));
	return NL_OK;
}

/* What comes unasked answers no request. */
static int any_number(struct nl_msg *m, void *context)
{
	(void)m;
	(void)context;
	return NL_OK;
}

bool radio_events_take(struct nl80211 *n, struct radio_event *out)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	struct reading r = { out, false };

	check(cb != NULL);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_number, NULL);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, &r);
	for (unsigned i = 0; i < READ_MAX && !r.found; i++)
		if (nl_recvmsgs(n->sock, cb) < 0)
			break;
	nl_cb_put(cb);
	return r.found;
}
