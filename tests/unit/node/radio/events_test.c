/* SPDX-License-Identifier: ISC */
/* Events of nl80211 as the kernel could give them, whole and damaged. */
#include "node/radio/events.h"

#include <netlink/attr.h>

#include "tests/test.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 7, 0 };

static bool parse(struct radio_event *e, uint8_t command, struct nl_msg *take)
{
	struct genlmsghdr *h = genlmsg_hdr(nlmsg_hdr(take));
	bool sound = radio_event_parse(
		e, command, genlmsg_attrdata(h, 0), genlmsg_attrlen(h, 0));

	nlmsg_free(take);
	return sound;
}

static struct nl_msg *of_station(size_t mac_len)
{
	struct nl_msg *m = nlmsg_alloc();

	EXPECT(m != NULL && genlmsg_put(m, 1, 1, 30, 0, 0, 0, 0) != NULL, "a message");
	nla_put_u32(m, NL80211_ATTR_IFINDEX, 5);
	nla_put(m, NL80211_ATTR_MAC, (int)mac_len, mac);
	return m;
}

static struct nl_msg *of_quality(int attribute)
{
	struct nl_msg *m = of_station(sizeof(mac));
	struct nlattr *cqm = nla_nest_start(m, NL80211_ATTR_CQM);

	nla_put_u32(m, attribute, 50);
	nla_nest_end(m, cqm);
	return m;
}

TEST(a_station_that_went_or_loses_frames_is_named)
{
	struct radio_event e = { 0 };

	EXPECT(parse(&e, NL80211_CMD_DEL_STATION, of_station(6)), "it went");
	EXPECT(e.index == 5 && memcmp(e.mac, mac, sizeof(mac)) == 0, "this one");
	e = (struct radio_event){ 0 };
	EXPECT(parse(&e, NL80211_CMD_NOTIFY_CQM,
		       of_quality(NL80211_ATTR_CQM_PKT_LOSS_EVENT)),
		"it loses frames");
	EXPECT(e.index == 5 && memcmp(e.mac, mac, sizeof(mac)) == 0, "this one, too");
}

TEST(what_is_about_something_else_or_damaged_is_no_event)
{
	struct radio_event e;
	struct nl_msg *m = nlmsg_alloc();

	EXPECT(!parse(&e, NL80211_CMD_NEW_STATION, of_station(6)), "it came");
	EXPECT(!parse(&e, NL80211_CMD_NOTIFY_CQM,
		       of_quality(NL80211_ATTR_CQM_RSSI_LEVEL)),
		"its signal");
	EXPECT(!parse(&e, NL80211_CMD_NOTIFY_CQM, of_station(6)), "nothing is said");
	EXPECT(!parse(&e, NL80211_CMD_DEL_STATION, of_station(5)), "half an address");
	EXPECT(m != NULL && genlmsg_put(m, 1, 1, 30, 0, 0, 0, 0) != NULL, "a message");
	nla_put(m, NL80211_ATTR_MAC, sizeof(mac), mac);
	EXPECT(!parse(&e, NL80211_CMD_DEL_STATION, m), "on no interface");
}
