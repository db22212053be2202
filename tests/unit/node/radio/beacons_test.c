/* SPDX-License-Identifier: ISC */
/* Beacons as strangers send them. */
#include "node/radio/beacons.h"

#include <netlink/attr.h>

#include "tests/test.h"

static const uint8_t bssid[6] = { 2, 0, 0, 0, 0, 0x99 };

static void elements_expect(struct bytes elements, const char *ssid, const char *why)
{
	struct beacon b = { 0 };

	beacon_elements(&b, elements);
	EXPECT_STRING(b.ssid, ssid, why);
}

TEST(the_ssid_is_found_among_the_elements)
{
	elements_expect(BYTES("\0\3hut"), "hut", "alone");
	elements_expect(
		BYTES("\1\2xx\0\3hut\0\4late"), "hut", "after another one, the first");
	elements_expect(BYTES("\0\40abcdefghijklmnopqrstuvwxyz012345"),
		"abcdefghijklmnopqrstuvwxyz012345", "of 32 bytes");
}

TEST(elements_that_are_damaged_give_none)
{
	elements_expect(BYTES(""), "", "nothing");
	elements_expect(BYTES("\0"), "", "half a head");
	elements_expect(BYTES("\0\4hut"), "", "one that goes beyond the end");
	elements_expect(BYTES("\1\5xx\0\3hut"), "", "one before it that does");
	elements_expect(BYTES("\0\0"), "", "a hidden one");
	elements_expect(BYTES("\0\3h\0t"), "", "a zero in it");
	elements_expect(
		BYTES("\0\41abcdefghijklmnopqrstuvwxyz0123456"), "", "of 33 bytes");
	elements_expect(BYTES("\0\0\0\3hut"), "hut", "a hidden one before another");
}

static struct nl_msg *beacon_message(const uint8_t *mac, int size, uint16_t can)
{
	struct nl_msg *m = nlmsg_alloc();
	struct nlattr *bss;

	EXPECT(m != NULL && genlmsg_put(m, 1, 1, 30, 0, 0, NL80211_CMD_NEW_SCAN_RESULTS,
				    0) != NULL,
		"a message");
	bss = nla_nest_start(m, NL80211_ATTR_BSS);
	if (mac != NULL)
		nla_put(m, NL80211_BSS_BSSID, size, mac);
	nla_put_u16(m, NL80211_BSS_CAPABILITY, can);
	nla_put_u32(m, NL80211_BSS_SEEN_MS_AGO, 40);
	nla_put(m, NL80211_BSS_INFORMATION_ELEMENTS, 5, "\0\3hut");
	nla_nest_end(m, bss);
	return m;
}

static bool parse(struct beacon *b, struct nl_msg *take)
{
	struct genlmsghdr *h = genlmsg_hdr(nlmsg_hdr(take));
	bool sound = beacon_parse(b, genlmsg_attrdata(h, 0), genlmsg_attrlen(h, 0));

	nlmsg_free(take);
	return sound;
}

TEST(a_beacon_is_read_whole)
{
	struct beacon b;

	EXPECT(parse(&b, beacon_message(bssid, 6, 0x12)), "it is one");
	EXPECT(memcmp(b.bssid, bssid, 6) == 0 && b.ibss && b.secret && b.ago_ms == 40,
		"with its values");
	EXPECT_STRING(b.ssid, "hut", "and its name");
	EXPECT(parse(&b, beacon_message(bssid, 6, 1)) && !b.ibss && !b.secret,
		"an access point");
}

TEST(a_beacon_without_an_address_is_none)
{
	struct beacon b;
	struct nl_msg *m = nlmsg_alloc();

	EXPECT(!parse(&b, beacon_message(NULL, 0, 2)), "no address");
	EXPECT(!parse(&b, beacon_message(bssid, 5, 2)), "an address of five bytes");
	genlmsg_put(m, 1, 1, 30, 0, 0, NL80211_CMD_NEW_SCAN_RESULTS, 0);
	EXPECT(!parse(&b, m), "nothing at all");
}
