/* SPDX-License-Identifier: ISC */
#include "node/radio/beacons.h"

#include <netlink/attr.h>
#include <string.h>

enum { ELEMENT_SSID = 0, CAPABILITY_IBSS = 2, CAPABILITY_PRIVACY = 0x10 };

void beacon_elements(struct beacon *out, struct bytes elements)
{
	struct reader r = reader_of(elements);

	while (r.left > 0) {
		uint8_t id = read_u8(&r);
		struct bytes value = read_bytes(&r, read_u8(&r));

		if (!read_good(&r))
			return;
		if (id != ELEMENT_SSID || value.len == 0 ||
			value.len >= sizeof(out->ssid) ||
			memchr(value.data, 0, value.len) != NULL)
			continue;
		memcpy(out->ssid, value.data, value.len);
		out->ssid[value.len] = '\0';
		return;
	}
}

bool beacon_parse(struct beacon *out, struct nlattr *at, int len)
{
	struct nlattr *tb[NL80211_ATTR_MAX + 1], *bss[NL80211_BSS_MAX + 1];
	struct nlattr *a;
	uint16_t can;

	if (nla_parse(tb, NL80211_ATTR_MAX, at, len, NULL) < 0 ||
		tb[NL80211_ATTR_BSS] == NULL ||
		nla_parse_nested(bss, NL80211_BSS_MAX, tb[NL80211_ATTR_BSS], NULL) < 0)
		return false;
	a = bss[NL80211_BSS_BSSID];
	if (a == NULL || nla_len(a) != sizeof(out->bssid))
		return false;
	*out = (struct beacon){ .ago_ms = UINT32_MAX };
	memcpy(out->bssid, nla_data(a), sizeof(out->bssid));
	a = bss[NL80211_BSS_CAPABILITY];
	can = a != NULL && nla_len(a) == 2 ? nla_get_u16(a) : 0;
	out->ibss = can & CAPABILITY_IBSS;
	out->secret = can & CAPABILITY_PRIVACY;
	a = bss[NL80211_BSS_SEEN_MS_AGO];
	if (a != NULL && nla_len(a) == 4)
		out->ago_ms = nla_get_u32(a);
	a = bss[NL80211_BSS_INFORMATION_ELEMENTS];
	if (a != NULL)
		beacon_elements(out, bytes_of(nla_data(a), (size_t)nla_len(a)));
	return true;
}

struct listing {
	struct beacon *rows;
	size_t count, room;
};

static int on_beacon(struct nl_msg *m, void *context)
{
	struct genlmsghdr *h = genlmsg_hdr(nlmsg_hdr(m));
	struct listing *l = context;

	if (l->count < l->room && beacon_parse(&l->rows[l->count], genlmsg_attrdata(h, 0),
					  genlmsg_attrlen(h, 0)))
		l->count++;
	return NL_OK;
}

int beacons_heard(struct nl80211 *n, unsigned index, struct beacon *out, size_t room)
{
	struct listing l = { out, 0, room };
	int err = nl80211_ask(n,
		nl80211_request(n, NL80211_CMD_GET_SCAN, NLM_F_DUMP, index), on_beacon,
		&l);

	return err < 0 ? err : (int)l.count;
}
