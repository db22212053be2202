/* SPDX-License-Identifier: ISC */
/* Answers of nl80211 as the kernel could give them, whole and damaged. */
#include "node/radio/radios.h"

#include <netlink/attr.h>

#include "tests/test.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 7, 0 };

/* What a test puts in stands behind a generic netlink header. */
static struct nl_msg *message(void)
{
	struct nl_msg *m = nlmsg_alloc();

	EXPECT(m != NULL && genlmsg_put(m, 1, 1, 30, 0, 0, NL80211_CMD_NEW_STATION, 0) !=
				    NULL,
		"a message");
	return m;
}

static struct nlattr *attributes(struct nl_msg *m, int *len)
{
	struct genlmsghdr *h = genlmsg_hdr(nlmsg_hdr(m));

	*len = genlmsg_attrlen(h, 0);
	return genlmsg_attrdata(h, 0);
}

static bool station(struct station *s, struct nl_msg *take)
{
	int len;
	struct nlattr *at = attributes(take, &len);
	bool sound = station_parse(s, at, len);

	nlmsg_free(take);
	return sound;
}

static struct nlattr *info_begin(struct nl_msg *m)
{
	nla_put(m, NL80211_ATTR_MAC, sizeof(mac), mac);
	return nla_nest_start(m, NL80211_ATTR_STA_INFO);
}

static struct nl_msg *whole_station(void)
{
	struct nl_msg *m = message();
	struct nlattr *info = info_begin(m), *rate;

	nla_put_u32(m, NL80211_STA_INFO_INACTIVE_TIME, 12);
	nla_put_u32(m, NL80211_STA_INFO_TX_PACKETS, 700);
	nla_put_u32(m, NL80211_STA_INFO_TX_RETRIES, 80);
	nla_put_u32(m, NL80211_STA_INFO_TX_FAILED, 3);
	nla_put_u8(m, NL80211_STA_INFO_SIGNAL, (uint8_t)-81);
	rate = nla_nest_start(m, NL80211_STA_INFO_TX_BITRATE);
	nla_put_u32(m, NL80211_RATE_INFO_BITRATE32, 540);
	nla_nest_end(m, rate);
	nla_put_u8(m, NL80211_STA_INFO_PLINK_STATE, NL80211_PLINK_ESTAB);
	nla_nest_end(m, info);
	return m;
}

TEST(a_station_is_read_whole)
{
	struct station s;

	EXPECT(station(&s, whole_station()), "it is one");
	EXPECT(memcmp(s.mac, mac, sizeof(mac)) == 0 && s.signal_dbm == -81 &&
			s.failed == 3 && s.inactive_ms == 12 && s.peer,
		"with its values");
	EXPECT(s.packets == 700 && s.retries == 80, "and counters");
	EXPECT(s.rate_bps == 18000000 && !s.rate_counts_losses,
		"a third of the last frame's rate, without a better word");
}

TEST(the_expected_throughput_wins_over_the_rate)
{
	struct nl_msg *m = message();
	struct nlattr *info = info_begin(m), *rate;
	struct station s;

	rate = nla_nest_start(m, NL80211_STA_INFO_TX_BITRATE);
	nla_put_u32(m, NL80211_RATE_INFO_BITRATE32, 540);
	nla_nest_end(m, rate);
	nla_put_u32(m, NL80211_STA_INFO_EXPECTED_THROUGHPUT, 11300);
	nla_nest_end(m, info);
	EXPECT(station(&s, m), "a station");
	EXPECT_EQ(s.rate_bps, 11300000, "kbit/s become bit/s");
	EXPECT(s.rate_counts_losses, "which counts what gets lost");
	EXPECT(s.peer, "and where no peering is spoken of, frames go both ways");
	for (unsigned set = 0; set < 2; set++) {
		struct nl80211_sta_flag_update flags = {
			1U << NL80211_STA_FLAG_AUTHORIZED,
			set << NL80211_STA_FLAG_AUTHORIZED
		};

		m = message();
		info = info_begin(m);
		nla_put(m, NL80211_STA_INFO_STA_FLAGS, sizeof(flags), &flags);
		nla_nest_end(m, info);
		EXPECT(station(&s, m), "a station, too");
		EXPECT_EQ(s.peer, set, "unless a key is missing");
	}
}

TEST(a_station_that_lacks_what_makes_it_one_is_none)
{
	struct nl_msg *m = message();
	struct station s;

	EXPECT(!station(&s, message()), "nothing at all");
	nla_put(m, NL80211_ATTR_MAC, sizeof(mac), mac);
	EXPECT(!station(&s, m), "an address alone");
	m = message();
	nla_nest_end(m, nla_nest_start(m, NL80211_ATTR_STA_INFO));
	EXPECT(!station(&s, m), "no address");
	m = message();
	nla_put(m, NL80211_ATTR_MAC, 5, mac);
	nla_nest_end(m, nla_nest_start(m, NL80211_ATTR_STA_INFO));
	EXPECT(!station(&s, m), "an address of five bytes");
}

TEST(values_of_another_length_and_unknown_ones_are_as_if_not_said)
{
	struct nl_msg *m = message();
	struct nlattr *info;
	struct station s;

	nla_put_u32(m, NL80211_ATTR_MAX + 100, 1);
	info = info_begin(m);
	nla_put_u8(m, NL80211_STA_INFO_TX_FAILED, 3);
	nla_put_u16(m, NL80211_STA_INFO_SIGNAL, 3);
	nla_put_u64(m, NL80211_STA_INFO_EXPECTED_THROUGHPUT, 7);
	nla_put(m, NL80211_STA_INFO_TX_BITRATE, 3, mac);
	nla_put(m, NL80211_STA_INFO_PLINK_STATE, 0, mac);
	nla_put_u32(m, NL80211_STA_INFO_MAX + 9, 1);
	nla_nest_end(m, info);
	EXPECT(station(&s, m), "a station all the same");
	EXPECT(s.failed == 0 && s.signal_dbm == 0 && s.rate_bps == 0 && s.peer,
		"of nothing");
}

TEST(an_answer_cut_off_anywhere_is_read_no_further)
{
	struct nl_msg *m = whole_station();
	int len;
	struct nlattr *at = attributes(m, &len);

	for (int cut = 0; cut < len; cut++) {
		/* of its own, so that reading beyond is seen */
		uint8_t *copy = malloc((size_t)cut + 1);
		struct station s;

		EXPECT(copy != NULL, "there is memory");
		memcpy(copy, at, (size_t)cut);
		(void)!station_parse(&s, (struct nlattr *)copy, cut);
		free(copy);
	}
	nlmsg_free(m);
}

TEST(bytes_of_chance_are_read_within_their_bounds)
{
	const struct rng luck = test_rng();
	struct nl_msg *m = whole_station();
	int len;
	struct nlattr *at = attributes(m, &len);

	for (int round = 0; round < 20000; round++) {
		static struct radio r;
		struct radio_interface i;
		struct station s;
		bool is_new;
		uint8_t *copy = malloc((size_t)len);

		EXPECT(copy != NULL, "there is memory");
		memcpy(copy, at, (size_t)len);
		for (uint64_t k = rng_below(&luck, 6) + 1; k > 0; k--)
			copy[rng_below(&luck, (uint32_t)len)] =
				(uint8_t)rng_below(&luck, 256);
		(void)!station_parse(&s, (struct nlattr *)copy, len);
		(void)!radio_interface_parse(&i, (struct nlattr *)copy, len);
		(void)!radio_parse(&r, &is_new, (struct nlattr *)copy, len);
		free(copy);
	}
	nlmsg_free(m);
}

/* ---- radios: an answer comes in parts ---- */

static struct nl_msg *part(uint32_t number, const char *name)
{
	struct nl_msg *m = message();

	nla_put_u32(m, NL80211_ATTR_WIPHY, number);
	nla_put_string(m, NL80211_ATTR_WIPHY_NAME, name);
	return m;
}

static bool radio(struct radio *r, bool *is_new, struct nl_msg *take)
{
	int len;
	struct nlattr *at = attributes(take, &len);
	bool sound = radio_parse(r, is_new, at, len);

	nlmsg_free(take);
	return sound;
}

static void channel_put(struct nl_msg *m, uint32_t mhz, int flag)
{
	struct nlattr *a = nla_nest_start(m, 1);

	nla_put_u32(m, NL80211_FREQUENCY_ATTR_FREQ, mhz);
	if (flag != 0)
		nla_put_flag(m, flag);
	nla_nest_end(m, a);
}

static struct nl_msg *part_with_channels(uint32_t number, size_t more)
{
	struct nl_msg *m = part(number, "phy4");
	struct nlattr *bands = nla_nest_start(m, NL80211_ATTR_WIPHY_BANDS),
		      *band = nla_nest_start(m, 0),
		      *all = nla_nest_start(m, NL80211_BAND_ATTR_FREQS);

	channel_put(m, 2412, 0);
	channel_put(m, 2467, NL80211_FREQUENCY_ATTR_NO_IR);
	channel_put(m, 2484, NL80211_FREQUENCY_ATTR_DISABLED);
	channel_put(m, 0, 0);
	channel_put(m, 70000, 0);
	for (size_t i = 0; i < more; i++)
		channel_put(m, 5000 + (uint32_t)i, 0);
	nla_nest_end(m, all);
	nla_nest_end(m, band);
	nla_nest_end(m, bands);
	return m;
}

TEST(the_parts_of_a_radio_come_together)
{
	static struct radio r;
	struct nl_msg *m = part(4, "phy4");
	struct nlattr *modes = nla_nest_start(m, NL80211_ATTR_SUPPORTED_IFTYPES);
	bool is_new;

	nla_put_flag(m, NL80211_IFTYPE_STATION);
	nla_put_flag(m, NL80211_IFTYPE_MESH_POINT);
	nla_put_flag(m, NL80211_IFTYPE_MONITOR);
	nla_nest_end(m, modes);
	memset(&r, 0, sizeof(r));
	EXPECT(radio(&r, &is_new, m) && is_new, "the first part begins one");
	EXPECT(radio(&r, &is_new, part_with_channels(4, 0)) && !is_new,
		"the next goes on");
	EXPECT(r.mesh && !r.ibss && r.monitor && r.number == 4, "what it can do");
	EXPECT_STRING(r.name, "phy4", "its name");
	EXPECT_EQ(r.channel_count, 3, "frequencies that can be are kept");
	EXPECT(!r.channels[0].off && !r.channels[0].silent && r.channels[1].silent &&
			r.channels[2].off,
		"with what is forbidden on them");
	EXPECT(radio(&r, &is_new, part(5, "phy5")) && is_new && r.channel_count == 0,
		"another number begins another");
}

TEST(a_radio_with_more_channels_than_there_is_room_for_keeps_the_first)
{
	static struct radio r;
	bool is_new;

	memset(&r, 0, sizeof(r));
	for (int i = 0; i < 3; i++)
		EXPECT(radio(&r, &is_new, part_with_channels(4, 60)), "a part");
	EXPECT_EQ(r.channel_count, RADIO_CHANNELS_MAX, "and no more");
}

TEST(an_interface_is_read_and_its_name_cut_to_its_room)
{
	struct nl_msg *m = message();
	struct radio_interface i;
	struct nlattr *at;
	int len;

	nla_put_u32(m, NL80211_ATTR_IFINDEX, 9);
	nla_put_string(m, NL80211_ATTR_IFNAME, "a name of more than fifteen letters");
	nla_put_u32(m, NL80211_ATTR_WIPHY, 2);
	nla_put_u32(m, NL80211_ATTR_WIPHY_FREQ, 2437);
	at = attributes(m, &len);
	EXPECT(!radio_interface_parse(&i, at, len), "without a mode it is none");
	nla_put_u32(m, NL80211_ATTR_IFTYPE, NL80211_IFTYPE_ADHOC);
	at = attributes(m, &len);
	EXPECT(radio_interface_parse(&i, at, len), "with all it is one");
	EXPECT(i.index == 9 && i.radio == 2 && i.mhz == 2437 &&
			i.type == NL80211_IFTYPE_ADHOC,
		"its values");
	EXPECT_STRING(i.name, "a name of more ", "15 letters of it");
	EXPECT_STRING(radio_mode_name(i.type), "IBSS", "and its mode in words");
	EXPECT_STRING(radio_mode_name(200), "unknown", "a mode of tomorrow");
	nlmsg_free(m);
}
