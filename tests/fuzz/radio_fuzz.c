/* SPDX-License-Identifier: ISC */
/* What the kernel and, through it, strangers' beacons say of radios. */
#include <stdlib.h>

#include "node/radio/beacons.h"
#include "node/radio/events.h"
#include "node/radio/radios.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static bool is_closed(const char *text, size_t room)
{
	return memchr(text, 0, room) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct radio r;
	struct radio_interface i = { 0 };
	struct station s;
	struct beacon b = { 0 };
	struct radio_event e;
	bool is_new;
	/* libnl wants attributes where the kernel puts them */
	struct nlattr *copy = aligned_alloc(NLA_ALIGNTO, NLA_ALIGN(size) + NLA_ALIGNTO);

	memcpy(copy, data, size);
	if (station_parse(&s, copy, (int)size))
		demand(s.rate_bps <= UINT32_MAX * UINT64_C(100000));
	if (radio_interface_parse(&i, copy, (int)size))
		demand(is_closed(i.name, sizeof(i.name)) &&
			is_closed(i.ssid, sizeof(i.ssid)));
	if (radio_parse(&r, &is_new, copy, (int)size))
		demand(is_closed(r.name, sizeof(r.name)) &&
			r.channel_count <= RADIO_CHANNELS_MAX);
	if (beacon_parse(&b, copy, (int)size))
		demand(is_closed(b.ssid, sizeof(b.ssid)));
	(void)!radio_event_parse(&e, NL80211_CMD_DEL_STATION, copy, (int)size);
	(void)!radio_event_parse(&e, NL80211_CMD_NOTIFY_CQM, copy, (int)size);
	beacon_elements(&b, bytes_of(data, size));
	demand(is_closed(b.ssid, sizeof(b.ssid)));
	free(copy);
	return 0;
}
