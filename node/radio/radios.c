/* SPDX-License-Identifier: ISC */
/* Answers of nl80211 into values. libnl holds each attribute against its least length. */
#include "node/radio/radios.h"

#include <errno.h>
#include <netlink/attr.h>
#include <string.h>

enum { KBPS_100 = 100000 }; /* bit/s of nl80211's unit of rates */

/* An attribute whose value is exactly so long; NULL: there is none. */
static const void *sized(const struct nlattr *a, size_t len)
{
	return a != NULL && (size_t)nla_len(a) == len ? nla_data(a) : NULL;
}

static uint32_t u32_of(const struct nlattr *a, uint32_t otherwise)
{
	return sized(a, 4) != NULL ? nla_get_u32(a) : otherwise;
}

/* As much as there is room for, closed by a zero. */
static void text_take(char *out, size_t room, const struct nlattr *a)
{
	size_t len = a != NULL ? strnlen(nla_data(a), (size_t)nla_len(a)) : 0;

	if (len >= room)
		len = room - 1;
	if (len > 0)
		memcpy(out, nla_data(a), len);
	out[len] = '\0';
}

static bool nested(struct nlattr **tb, int max, struct nlattr *a)
{
	return a != NULL && nla_parse_nested(tb, max, a, NULL) >= 0;
}

/* ---- radios ---- */

static void channel_take(struct radio *out, struct nlattr *a)
{
	struct nlattr *tb[NL80211_FREQUENCY_ATTR_MAX + 1];
	uint32_t mhz;

	if (!nested(tb, NL80211_FREQUENCY_ATTR_MAX, a) ||
		out->channel_count == RADIO_CHANNELS_MAX)
		return;
	mhz = u32_of(tb[NL80211_FREQUENCY_ATTR_FREQ], 0);
	if (mhz == 0 || mhz > UINT16_MAX)
		return;
	out->channels[out->channel_count++] = (struct radio_channel){
		.mhz = (uint16_t)mhz,
		.off = tb[NL80211_FREQUENCY_ATTR_DISABLED] != NULL,
		.silent = tb[NL80211_FREQUENCY_ATTR_NO_IR] != NULL,
	};
}

static void bands_take(struct radio *out, struct nlattr *bands)
{
	struct nlattr *band, *channel, *tb[NL80211_BAND_ATTR_MAX + 1];
	int rest, more;

	nla_for_each_nested(band, bands, rest)
	{
		if (!nested(tb, NL80211_BAND_ATTR_MAX, band) ||
			tb[NL80211_BAND_ATTR_FREQS] == NULL)
			continue;
		nla_for_each_nested(channel, tb[NL80211_BAND_ATTR_FREQS], more)
			channel_take(out, channel);
	}
}

bool radio_parse(struct radio *out, bool *is_new, struct nlattr *at, int len)
{
	struct nlattr *tb[NL80211_ATTR_MAX + 1], *mode;
	int rest;

	if (nla_parse(tb, NL80211_ATTR_MAX, at, len, NULL) < 0 ||
		sized(tb[NL80211_ATTR_WIPHY], 4) == NULL)
		return false;
	*is_new =
		out->name[0] == '\0' || out->number != u32_of(tb[NL80211_ATTR_WIPHY], 0);
	if (*is_new) {
		*out = (struct radio){ .number = u32_of(tb[NL80211_ATTR_WIPHY], 0) };
		text_take(out->name, sizeof(out->name), tb[NL80211_ATTR_WIPHY_NAME]);
	}
	if (tb[NL80211_ATTR_SUPPORTED_IFTYPES] != NULL)
		nla_for_each_nested(mode, tb[NL80211_ATTR_SUPPORTED_IFTYPES], rest)
		{
			out->mesh |= nla_type(mode) == NL80211_IFTYPE_MESH_POINT;
			out->ibss |= nla_type(mode) == NL80211_IFTYPE_ADHOC;
			out->monitor |= nla_type(mode) == NL80211_IFTYPE_MONITOR;
		}
	if (tb[NL80211_ATTR_WIPHY_BANDS] != NULL)
		bands_take(out, tb[NL80211_ATTR_WIPHY_BANDS]);
	return out->name[0] != '\0';
}

struct listing {
	void *rows;
	size_t count, room;
};

static int on_radio(struct nl_msg *m, void *context)
{
	struct genlmsghdr *h = genlmsg_hdr(nlmsg_hdr(m));
	struct listing *l = context;
	struct radio *rows = l->rows, next;
	bool is_new;

	next = l->count > 0 ? rows[l->count - 1] : (struct radio){ 0 };
	if (!radio_parse(&next, &is_new, genlmsg_attrdata(h, 0), genlmsg_attrlen(h, 0)))
		return NL_SKIP;
	if (is_new && l->count == l->room)
		return NL_SKIP;
	l->count += is_new;
	rows[l->count - 1] = next;
	return NL_OK;
}

int radios_list(struct nl80211 *n, struct radio *out, size_t room)
{
	struct listing l = { out, 0, room };
	struct nl_msg *m = nl80211_request(n, NL80211_CMD_GET_WIPHY, NLM_F_DUMP, 0);
	int err;

	check(nla_put_flag(m, NL80211_ATTR_SPLIT_WIPHY_DUMP) == 0);
	err = nl80211_ask(n, m, on_radio, &l);
	return err < 0 ? err : (int)l.count;
}

/* ---- interfaces ---- */

const char *radio_mode_name(enum nl80211_iftype type)
{
	static const char *const names[] = { [NL80211_IFTYPE_UNSPECIFIED] = "unspecified",
		[NL80211_IFTYPE_ADHOC] = "IBSS",
		[NL80211_IFTYPE_STATION] = "managed",
		[NL80211_IFTYPE_AP] = "AP",
		[NL80211_IFTYPE_AP_VLAN] = "AP/VLAN",
		[NL80211_IFTYPE_WDS] = "WDS",
		[NL80211_IFTYPE_MONITOR] = "monitor",
		[NL80211_IFTYPE_MESH_POINT] = "mesh point",
		[NL80211_IFTYPE_P2P_CLIENT] = "P2P-client",
		[NL80211_IFTYPE_P2P_GO] = "P2P-GO",
		[NL80211_IFTYPE_P2P_DEVICE] = "P2P-device",
		[NL80211_IFTYPE_OCB] = "outside context of a BSS",
		[NL80211_IFTYPE_NAN] = "NAN" };

	return (size_t)type < array_len(names) ? names[type] : "unknown";
}

void radio_bssid(uint8_t bssid[6], const char *ssid)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (; *ssid != '\0'; ssid++)
		hash = (hash ^ (uint8_t)*ssid) * 0x100000001b3;
	bssid[0] = 2; /* locally administered */
	memcpy(bssid + 1, &hash, 5);
}

bool radio_interface_parse(struct radio_interface *out, struct nlattr *at, int len)
{
	struct nlattr *tb[NL80211_ATTR_MAX + 1];
	const uint8_t *mac;

	if (nla_parse(tb, NL80211_ATTR_MAX, at, len, NULL) < 0 ||
		sized(tb[NL80211_ATTR_IFINDEX], 4) == NULL ||
		sized(tb[NL80211_ATTR_IFTYPE], 4) == NULL ||
		sized(tb[NL80211_ATTR_WIPHY], 4) == NULL)
		return false;
	*out = (struct radio_interface){
		.index = u32_of(tb[NL80211_ATTR_IFINDEX], 0),
		.radio = u32_of(tb[NL80211_ATTR_WIPHY], 0),
		.type = u32_of(tb[NL80211_ATTR_IFTYPE], 0),
		.mhz = (uint16_t)u32_of(tb[NL80211_ATTR_WIPHY_FREQ], 0),
	};
	text_take(out->name, sizeof(out->name), tb[NL80211_ATTR_IFNAME]);
	text_take(out->ssid, sizeof(out->ssid), tb[NL80211_ATTR_SSID]);
	mac = sized(tb[NL80211_ATTR_MAC], sizeof(out->mac));
	if (mac != NULL)
		memcpy(out->mac, mac, sizeof(out->mac));
	return true;
}

static int on_interface(struct nl_msg *m, void *context)
{
	struct genlmsghdr *h = genlmsg_hdr(nlmsg_hdr(m));
	struct listing *l = context;
	struct radio_interface *rows = l->rows;

	if (l->count < l->room && radio_interface_parse(&rows[l->count],
					  genlmsg_attrdata(h, 0), genlmsg_attrlen(h, 0)))
		l->count++;
	return NL_OK;
}

int radios_interface(struct nl80211 *n, unsigned index, struct radio_interface *out)
{
	struct listing l = { out, 0, 1 };
	int err = nl80211_ask(n, nl80211_request(n, NL80211_CMD_GET_INTERFACE, 0, index),
		on_interface, &l);

	if (err == 0 && l.count == 0)
		err = -ENODEV;
	return err;
}

int radios_interfaces(struct nl80211 *n, struct radio_interface *out, size_t room)
{
	struct listing l = { out, 0, room };
	int err = nl80211_ask(n,
		nl80211_request(n, NL80211_CMD_GET_INTERFACE, NLM_F_DUMP, 0),
		on_interface, &l);

	return err < 0 ? err : (int)l.count;
}

/* ---- stations ---- */

/* Of the last frame's rate about a third gets across (as batman-adv assumes). */
static uint64_t rate_of(struct nlattr *const *info)
{
	struct nlattr *rate[NL80211_RATE_INFO_MAX + 1];

	if (!nested(rate, NL80211_RATE_INFO_MAX, info[NL80211_STA_INFO_TX_BITRATE]))
		return 0;
	return (uint64_t)u32_of(rate[NL80211_RATE_INFO_BITRATE32], 0) * KBPS_100 / 3;
}

/* Unless the kernel says that it is not. */
static bool is_let_in(const struct nlattr *flags)
{
	const struct nl80211_sta_flag_update *f = sized(flags, sizeof(*f));

	return f == NULL || (f->mask & ~f->set & 1U << NL80211_STA_FLAG_AUTHORIZED) == 0;
}

bool station_parse(struct station *out, struct nlattr *at, int len)
{
	struct nlattr *tb[NL80211_ATTR_MAX + 1], *info[NL80211_STA_INFO_MAX + 1];
	const uint8_t *mac, *link;
	const int8_t *signal;

	if (nla_parse(tb, NL80211_ATTR_MAX, at, len, NULL) < 0)
		return false;
	mac = sized(tb[NL80211_ATTR_MAC], sizeof(out->mac));
	if (mac == NULL || !nested(info, NL80211_STA_INFO_MAX, tb[NL80211_ATTR_STA_INFO]))
		return false;
	*out = (struct station){
		.rate_bps = 1000 * (uint64_t)u32_of(
					   info[NL80211_STA_INFO_EXPECTED_THROUGHPUT], 0),
		.packets = u32_of(info[NL80211_STA_INFO_TX_PACKETS], 0),
		.retries = u32_of(info[NL80211_STA_INFO_TX_RETRIES], 0),
		.failed = u32_of(info[NL80211_STA_INFO_TX_FAILED], 0),
		.inactive_ms = u32_of(info[NL80211_STA_INFO_INACTIVE_TIME], 0),
	};
	memcpy(out->mac, mac, sizeof(out->mac));
	out->rate_counts_losses = out->rate_bps > 0;
	if (!out->rate_counts_losses)
		out->rate_bps = rate_of(info);
	signal = sized(info[NL80211_STA_INFO_SIGNAL], 1);
	if (signal != NULL)
		out->signal_dbm = *signal;
	link = sized(info[NL80211_STA_INFO_PLINK_STATE], 1);
	out->peer = (link == NULL || *link == NL80211_PLINK_ESTAB) &&
		    is_let_in(info[NL80211_STA_INFO_STA_FLAGS]);
	return true;
}

static int on_station(struct nl_msg *m, void *context)
{
	struct genlmsghdr *h = genlmsg_hdr(nlmsg_hdr(m));
	struct listing *l = context;
	struct station *rows = l->rows;

	if (l->count < l->room && station_parse(&rows[l->count], genlmsg_attrdata(h, 0),
					  genlmsg_attrlen(h, 0)))
		l->count++;
	return NL_OK;
}

int radios_stations(struct nl80211 *n, unsigned index, struct station *out, size_t room)
{
	struct listing l = { out, 0, room };
	int err = nl80211_ask(n,
		nl80211_request(n, NL80211_CMD_GET_STATION, NLM_F_DUMP, index),
		on_station, &l);

	return err < 0 ? err : (int)l.count;
}
