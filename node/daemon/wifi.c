/* SPDX-License-Identifier: ISC */
/* The words for what goes wrong are here: the warden only says at which step. */
#include "node/daemon/wifi.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "node/base/text.h"
#include "node/daemon/daemon.h"
#include "node/radio/beacons.h"
#include "node/radio/channel.h"

enum {
	AGAIN_FIRST_MS = 1000,
	AGAIN_LAST_MS = 30000,
	EVENTS_AT_ONCE = 32,
	LESSONS_AT_ONCE = 4, /* at 8 frames a second there and back */
	FAILED_JUMP = 3,  /* frames given up within a second, from which on it is asked */
	KEY_MS = 15000,   /* for wpa_supplicant to join */
	ALONE_MS = 10000, /* strangers and no node, until it is told */
};

void wifi_open(struct daemon *d)
{
	struct wifi *w = &d->wifi;
	int err = nl80211_open(&w->net);

	if (err == 0)
		(void)!radio_events_open(&w->events);
	if (err < 0 && d->settings.radio.interface[0] != '\0')
		log_line(&d->log, LOG_WARN_, "Wi-Fi: ",
			err == -ENOENT ? "this kernel has none"
				       : "the kernel cannot be asked (generic netlink)",
			"; interfaces that are up are used as they are", NULL);
}

/* ---- words ---- */

static const struct radio *radio_of(
	struct daemon *d, const char *interface, struct radio *all, int count)
{
	struct interface_state s;
	struct radio_interface r;

	if (interfaces_state(d->interfaces, interface, &s) < 0 || !s.exists ||
		radios_interface(&d->wifi.net, s.index, &r) < 0)
		return NULL;
	for (int i = 0; i < count; i++)
		if (all[i].number == r.radio)
			return &all[i];
	return NULL;
}

static const struct radio_channel *channel_of(const struct radio *r, uint16_t mhz)
{
	for (size_t i = 0; i < r->channel_count; i++)
		if (r->channels[i].mhz == mhz)
			return &r->channels[i];
	return NULL;
}

struct words {
	const char *text, *fix;
};

/* What the radio itself says about what was asked of it; text NULL: nothing. */
static struct words words_of_radio(const struct radio *r, const struct warden_radio *told)
{
	static const struct words
		neither = { "its driver has neither 802.11s nor IBSS",
			"use another card: qanat radios shows what one can" },
		no_mesh = { "its driver has no mesh mode (802.11s)",
			"use an IBSS: --ibss NAME instead of --mesh" },
		no_ibss = { "its driver has no IBSS mode",
			"use 802.11s: --mesh ID instead of --ibss" },
		no_channel = { "it has no channel of that frequency",
			"choose one that iw list shows: --freq MHZ" },
		no_rates = { "a wide channel needs the rates of 802.11n",
			"leave out --wifi-ht off, or --wifi-width" },
		no_width = { "no channel is that wide at that frequency",
			"choose another, such as --freq 5180; or leave out "
			"--wifi-width" },
		off = { "the channel is forbidden where this machine thinks it is",
			"set the country, such as: iw reg set DE; or choose another "
			"--freq" },
		silent = {
			"nobody may begin a network on this channel where this machine "
			"thinks it is",
			"set the country, such as: iw reg set DE; or choose another "
			"--freq"
		};
	const struct radio_channel *c = channel_of(r, told->mhz);

	if (!r->mesh && !r->ibss)
		return neither;
	if (told->ibss ? !r->ibss : !r->mesh)
		return told->ibss ? no_ibss : no_mesh;
	if (c == NULL)
		return no_channel;
	if (told->width_mhz > 20 && !told->ht)
		return no_rates;
	if (!radio_width_is_there(told->mhz, told->width_mhz, told->key[0] != '\0'))
		return no_width;
	if (c->off || c->silent)
		return c->off ? off : silent;
	return (struct words){ NULL, NULL };
}

static struct words words_of_error(int err, const char *step)
{
	static const struct {
		int err;
		struct words words;
	} rows[] = {
		{ -ERFKILL,
			{ "the radio is switched off",
				"rfkill unblock wifi; or the switch on the machine" } },
		{ -EBUSY, { "it is in use by another network",
				  "use that one's channel: --freq MHZ; or let the node "
				  "have the "
				  "card, and put it back later: --wifi-take" } },
		{ -ENFILE, { "its second interface, q-IFACE, is there already",
				   "remove that: iw dev q-IFACE del; or let the node "
				   "have the card, and "
				   "put it back later: --wifi-take" } },
		{ -EOPNOTSUPP, { NULL, "let the node have the card, and put it back "
				       "later: --wifi-take" } },
		{ -EPERM, { "the warden has not the privilege",
				  "start qanat-warden as root: systemctl start "
				  "qanat-warden" } },
		{ -EPIPE,
			{ "the warden is gone",
				"systemctl start qanat-warden, then restart the node" } },
		{ -ECHILD, { "it needs qanat-warden, which is not there",
				   "systemctl start qanat-warden, then restart the node, "
				   "without "
				   "no-tun" } },
		{ -ENOENT, { "its key needs wpa_supplicant, which is not installed",
				   "apt install wpasupplicant; or leave out wifi-key: "
				   "the node's own "
				   "frames are sealed without it" } },
		{ -ETIMEDOUT,
			{ "the driver does not answer", "pull the card out and put it in "
							"again, or unload its driver" } },
	};

	if (err == -ENODEV && strcmp(step, "there is no such interface") == 0)
		return (struct words){ step,
			"iw dev shows which there are: --wifi IFACE" };
	if (err == -ENODEV)
		return (struct words){ "it is no Wi-Fi interface",
			"iw dev shows which are; for others: --iface IFACE" };
	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].err == err)
			return rows[i].words;
	return (struct words){ NULL, "the log of the kernel may say more: dmesg" };
}

static void trouble_set(struct daemon *d, int err, const char *step)
{
	static struct radio all[RADIOS_MAX];
	struct wifi *w = &d->wifi;
	const struct warden_radio *told = &d->settings.radio;
	const struct radio *r = NULL;
	struct words words = { NULL, NULL };
	struct text t = text_of(w->trouble, sizeof(w->trouble));

	if (w->net.sock != NULL)
		r = radio_of(d, told->interface, all,
			radios_list(&w->net, all, array_len(all)));
	if (r != NULL)
		words = words_of_radio(r, told);
	if (words.text == NULL && err == -EINVAL && told->width_mhz > 20)
		words = (struct words){
			"the card or the country has no channel that wide "
			"there",
			"choose another --freq, or leave out --wifi-width"
		};
	if (words.text == NULL)
		words = words_of_error(err, step);
	/* it was there */
	if (w->opened_ms != 0 && err == -ENODEV)
		words = (struct words){ "the radio was pulled out",
			"put it in again: it is taken up by itself" };
	w->fix = words.fix;
	text_string(&t, words.text != NULL ? words.text : step);
	if (words.text == NULL) {
		text_string(&t, ": ");
		text_string(&t, strerror(-err));
	}
}

/* ---- joining ---- */

bool wifi_is_told(const struct daemon *d)
{
	const struct warden_radio *a = &d->wifi.told, *b = &d->settings.radio;

	return strcmp(a->interface, b->interface) == 0 && strcmp(a->id, b->id) == 0 &&
	       a->ibss == b->ibss && a->take == b->take && a->ht == b->ht &&
	       a->width_mhz == b->width_mhz && a->monitor == b->monitor &&
	       a->mhz == b->mhz && strcmp(a->key, b->key) == 0;
}

static int join(struct port *p, struct warden_joined *joined)
{
	struct daemon *d = p->daemon;
	struct wifi *w = &d->wifi;
	int err;
	struct radio_interface r = { 0 };

	w->told = d->settings.radio;
	err = d->ip.warden != NULL
		      ? warden_radio_join(d->ip.warden, &d->settings.radio, joined)
		      : -ECHILD;

	if (err < 0) {
		trouble_set(
			d, err, d->ip.warden != NULL ? warden_reason(d->ip.warden) : "");
		return err;
	}
	memcpy(w->name, joined->name, sizeof(w->name));
	err = interfaces_state(d->interfaces, w->name, &p->state);
	if (err == 0 &&
		(!p->state.exists || radios_interface(&w->net, p->state.index, &r) < 0))
		err = -ENODEV;
	if (err < 0) {
		close(joined->fd);
		if (joined->monitor >= 0)
			close(joined->monitor);
		trouble_set(d, err, "it vanished");
		return err;
	}
	w->index = p->state.index;
	w->type = r.type;
	return 0;
}

/* Still in its mode and on a channel: whoever else sets up Wi-Fi here may have taken it. */
static const char *stolen(struct port *p, struct instant now)
{
	struct wifi *w = &p->daemon->wifi;
	struct radio_interface r;

	if (interfaces_state(p->daemon->interfaces, w->name, &p->state) < 0 ||
		!p->state.exists || p->state.index != w->index ||
		radios_interface(&w->net, w->index, &r) < 0)
		return "the radio was pulled out";
	w->joined |= r.mhz != 0;
	if (!w->joined && w->told.key[0] != '\0')
		return now.us / 1000 - w->opened_ms < KEY_MS
			       ? NULL
			       : "wpa_supplicant has not joined with this key";
	if (r.type != w->type)
		return "another program has changed its mode";
	if (!p->state.set_up)
		return "another program has set it down, or the radio was switched off";
	if (r.mhz != 0 && r.mhz != w->told.mhz && w->told.key[0] != '\0')
		return "wpa_supplicant has chosen another channel, as it does where "
		       "others "
		       "use a part of a wide one: leave out --wifi-width";
	return r.mhz == 0 ? "another program has left the mesh" : NULL;
}

static void thief_name(struct wifi *w)
{
	static const struct {
		const char *path, *before, *after; /* the interface between them */
	} rows[] = {
		{ "/run/NetworkManager", "NetworkManager runs: nmcli device set ",
			" managed no" },
		{ "/run/wpa_supplicant",
			"wpa_supplicant runs: wpa_cli terminate, or its service", NULL },
		{ "/run/systemd/netif/links", "systemd-networkd runs: networkctl status ",
			"" },
	};
	struct text t = text_of(w->thief, sizeof(w->thief));

	w->fix = "see which program sets up Wi-Fi here; it is taken up again by itself";
	for (size_t i = 0; i < array_len(rows); i++)
		if (access(rows[i].path, F_OK) == 0) {
			text_string(&t, rows[i].before);
			text_string(&t, rows[i].after != NULL ? w->name : "");
			text_string(&t, rows[i].after != NULL ? rows[i].after : "");
			w->fix = w->thief;
			return;
		}
}

static void later(struct wifi *w, struct instant now)
{
	w->wait_ms = w->wait_ms == 0 ? AGAIN_FIRST_MS : 2 * w->wait_ms;
	if (w->wait_ms > AGAIN_LAST_MS)
		w->wait_ms = AGAIN_LAST_MS;
	w->again_ms = now.us / 1000 + w->wait_ms;
}

static void give_up(struct port *p, struct instant now, const char *why)
{
	struct wifi *w = &p->daemon->wifi;
	struct text t = text_of(w->trouble, sizeof(w->trouble));

	port_shut(p, now, why);
	monitor_close(p->daemon);
	text_string(&t, why);
	thief_name(w);
	p->trouble = w->trouble;
	w->index = 0;
	w->alone = WIFI_NOBODY;
	later(w, now);
}

void wifi_failed(struct port *p, struct instant now, int err)
{
	const char *why = stolen(p, now);

	give_up(p, now, why != NULL ? why : strerror(-err));
}

void wifi_try(struct port *p, struct instant now)
{
	struct wifi *w = &p->daemon->wifi;
	const char *why = p->open ? stolen(p, now) : NULL;
	struct warden_joined joined;

	if (why != NULL)
		give_up(p, now, why);
	if (p->open || now.us / 1000 < w->again_ms)
		return;
	if (join(p, &joined) < 0) {
		if (p->trouble == NULL || w->wait_ms == 0)
			log_line(&p->daemon->log, LOG_WARN_, "Wi-Fi on ", p->name, ": ",
				w->trouble, "; ", w->fix, NULL);
		p->trouble = w->trouble;
		later(w, now);
		return;
	}
	w->wait_ms = 0;
	w->joined = false;
	w->opened_ms = now.us / 1000;
	w->alone = WIFI_NOBODY;
	w->seen_count = 0;
	raw_open(&p->carrier, joined.fd, w->index, p->state.mac, p->state.mtu);
	port_opened(p, now);
	monitor_open(p->daemon, joined.monitor);
}

static const struct port *radio_port(const struct daemon *d)
{
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used && d->ports[i].open &&
			d->ports[i].kind == PORT_RADIO)
			return &d->ports[i];
	return NULL;
}

bool wifi_is_port(const struct daemon *d, uint32_t number)
{
	const struct port *p = radio_port(d);

	return p != NULL && (uint32_t)(p - d->ports) + 1 == number;
}

void wifi_events(struct daemon *d, struct instant now)
{
	const struct port *p = radio_port(d);
	struct radio_event e;

	for (unsigned i = 0; i < EVENTS_AT_ONCE && radio_events_take(&d->wifi.events, &e);
		i++) {
		struct endpoint who = { 0 };

		memcpy(who.address, e.mac, sizeof(e.mac));
		if (p != NULL && e.index == d->wifi.index)
			node_neighbour_doubt(
				d->node, now, (uint32_t)(p - d->ports) + 1, &who);
	}
}

void wifi_leave(struct daemon *d)
{
	monitor_close(d);
	/* also what was stolen: the warden still has to put it back */
	if (d->ip.warden != NULL)
		(void)!warden_radio_leave(d->ip.warden);
	d->wifi.index = 0;
	d->wifi.told = (struct warden_radio){ 0 };
	d->wifi.opened_ms = 0;
	d->wifi.again_ms = d->wifi.wait_ms = 0;
}

/* ---- stations ---- */

/* NULL: it is new. */
static const struct wifi_station *seen_before(
	const struct wifi *w, const struct station *s)
{
	for (size_t i = 0; i < w->seen_count; i++)
		if (memcmp(w->seen[i].station.mac, s->mac, sizeof(s->mac)) == 0)
			return &w->seen[i];
	return NULL;
}

/* lessons: how many more may be given at this look. */
static struct wifi_station station_follow(
	struct port *p, struct instant now, const struct station *s, unsigned *lessons)
{
	struct daemon *d = p->daemon;
	const struct wifi_station *before = seen_before(&d->wifi, s);
	struct wifi_station after = { .station = *s };
	uint32_t number = (uint32_t)(p - d->ports) + 1;
	struct endpoint e = { 0 };
	bool failing =
		before != NULL && s->failed >= before->station.failed + FAILED_JUMP;

	memcpy(e.address, s->mac, sizeof(s->mac));
	if (before != NULL) {
		after.tries = before->tries;
		after.lesson = before->lesson;
	}
	tries_count(&after.tries, s->packets, s->retries);
	if (lesson_wanted(&after.lesson, s->packets, failing, s->signal_dbm) &&
		*lessons > 0 && node_neighbour_teach(d->node, now, number, &e)) {
		lesson_given(&after.lesson);
		--*lessons;
	}
	if (!after.lesson.learned)
		node_neighbour_rate(d->node, now, number, &e, 0, 0);
	else if (s->rate_counts_losses)
		node_neighbour_rate(d->node, now, number, &e,
			tries_rate(&after.tries, s->rate_bps), after.tries.lost_ppm);
	else
		node_neighbour_rate(d->node, now, number, &e, s->rate_bps, 0);
	if (failing)
		node_neighbour_doubt(d->node, now, number, &e);
	return after;
}

static bool is_node(struct daemon *d, struct instant now)
{
	struct node_link l;

	for (size_t i = 0; node_link_at(d->node, now, i, &l); i++)
		if (l.endpoint.port == 0)
			return true;
	return false;
}

/* A cell with our name and another address was heard within the last seconds. */
static bool other_cell(struct wifi *w)
{
	static struct beacon all[BEACONS_MAX];
	int count =
		w->told.ibss ? beacons_heard(&w->net, w->index, all, array_len(all)) : 0;
	uint8_t ours[6];

	radio_bssid(ours, w->told.id);
	for (int i = 0; i < count; i++)
		if (all[i].ibss && strcmp(all[i].ssid, w->told.id) == 0 &&
			all[i].ago_ms < ALONE_MS &&
			memcmp(all[i].bssid, ours, sizeof(ours)) != 0)
			return true;
	return false;
}

static void alone_set(struct wifi *w, struct instant now, enum wifi_alone alone)
{
	if (w->alone != alone)
		w->alone_since_ms = now.us / 1000;
	w->alone = alone;
}

void wifi_follow(struct port *p, struct instant now)
{
	struct daemon *d = p->daemon;
	struct wifi *w = &d->wifi;
	struct station all[STATIONS_MAX];
	struct wifi_station seen[STATIONS_MAX];
	int count = radios_stations(&w->net, w->index, all, array_len(all));
	unsigned lessons = LESSONS_AT_ONCE;
	bool let_in = false;

	if (count < 0)
		return;
	for (int i = 0; i < count; i++) {
		seen[i] = station_follow(p, now, &all[i], &lessons);
		let_in |= all[i].peer;
	}
	memcpy(w->seen, seen, (size_t)count * sizeof(seen[0]));
	w->seen_count = (size_t)count;
	alone_set(w, now,
		is_node(d, now) ? WIFI_NOBODY
		: let_in        ? WIFI_SILENT
		: count > 0     ? WIFI_SHUT_OUT
		: other_cell(w) ? WIFI_OTHER_CELL
				: WIFI_NOBODY);
}

int wifi_signal(const struct daemon *d, const uint8_t mac[6])
{
	for (size_t i = 0; i < d->wifi.seen_count; i++)
		if (memcmp(d->wifi.seen[i].station.mac, mac, 6) == 0)
			return d->wifi.seen[i].station.signal_dbm;
	return 0;
}

bool wifi_is_alone(
	const struct daemon *d, struct instant now, const char **why, const char **fix)
{
	static const struct words words[] = {
		[WIFI_SILENT] = { ": hears stations of this network, and no node of the "
				  "mesh is among them: another network has its name, "
				  "another mesh key, or a driver that lists peers and "
				  "carries nothing",
			"compare qanat mesh there; give this network a name of its own: "
			"--mesh, --ibss" },
		[WIFI_SHUT_OUT] = { ": hears stations of this network, and none lets "
				    "this "
				    "one in: they have another Wi-Fi key",
			"give each node the same: --wifi-key FILE" },
		[WIFI_OTHER_CELL] = { ": another IBSS of this name is in range, which no "
				      "node has begun",
			"give this one another name: --ibss NAME, the same on every "
			"node" },
	};
	const struct wifi *w = &d->wifi;

	if (w->index == 0 || w->alone == WIFI_NOBODY ||
		now.us / 1000 - w->alone_since_ms < ALONE_MS)
		return false;
	*why = words[w->alone].text;
	*fix = words[w->alone].fix;
	return true;
}
