/* SPDX-License-Identifier: ISC */
/* In a row of acts, a ?: b is the first failure. */
#include "node/warden/radio.h"

#include <errno.h>
#include <glob.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node/radio/channel.h"
#include "node/radio/radios.h"
#include "node/warden/files.h"
#include "node/warden/manager.h"

enum {
	MESSAGES_ROOM = 32 * 1024, /* addresses and routes */
	BEACON_TU = 100,           /* of 1.024 ms */
	MULTICAST_RATE = 60,       /* of 100 kbit/s: the least of 802.11a and g */
};

struct record {
	char boot[FILE_BOOT_ROOM];
	uint32_t index, type;
	char name[IFNAMSIZ];
	char without_ipv6[4];
	int16_t flags;
	bool managed; /* by NetworkManager */
	bool owed;    /* only that it is again */
	uint32_t len;
	_Alignas(NLMSG_ALIGNTO) uint8_t messages[MESSAGES_ROOM];
};

/* ---- one interface ---- */

static int flags_get(const char *name, int16_t *flags)
{
	struct ifreq r = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	memcpy(r.ifr_name, name, strlen(name));
	err = ioctl(fd, SIOCGIFFLAGS, &r) < 0 ? -errno : 0;
	*flags = r.ifr_flags;
	close(fd);
	return err;
}

/* Whether it is up, and whether it answers ARP; others stay. */
static int flags_set(const char *name, int16_t flags)
{
	const int16_t which = IFF_UP | IFF_NOARP;
	struct ifreq r = { 0 };
	int16_t now;
	int fd, err = flags_get(name, &now);

	if (err < 0)
		return err;
	memcpy(r.ifr_name, name, strlen(name));
	r.ifr_flags = (int16_t)((now & ~which) | (flags & which));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	err = ioctl(fd, SIOCSIFFLAGS, &r) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static void ipv6_path(char path[FILE_PATH_ROOM], const char *name)
{
	snprintf(path, FILE_PATH_ROOM, SYSCTL_ROOT "ipv6/conf/%s/disable_ipv6", name);
}

static int without_ipv6(const char *name, const char *value)
{
	char path[FILE_PATH_ROOM];

	ipv6_path(path, name);
	return file_value(path, value);
}

static int type_set(struct nl80211 *n, unsigned index, uint32_t type)
{
	struct nl_msg *m = nl80211_request(n, NL80211_CMD_SET_INTERFACE, 0, index);

	check(nla_put_u32(m, NL80211_ATTR_IFTYPE, type) == 0);
	return nl80211_ask(n, m, NULL, NULL);
}

/* ---- what is to be put back ---- */

static bool is_kept_route(const struct nlmsghdr *h, uint32_t index)
{
	const struct rtmsg *r = nlmsg_data(h);
	const struct nlattr *out =
		nlmsg_valid_hdr(h, sizeof(*r))
			? nlmsg_find_attr((struct nlmsghdr *)h, sizeof(*r), RTA_OIF)
			: NULL;

	/* those of the kernel and of routers come back by themselves */
	return out != NULL && nla_len(out) == 4 && nla_get_u32(out) == index &&
	       r->rtm_table == RT_TABLE_MAIN && r->rtm_protocol != RTPROT_KERNEL &&
	       r->rtm_protocol != RTPROT_RA && !(r->rtm_flags & RTM_F_CLONED);
}

static bool is_kept_address(const struct nlmsghdr *h, uint32_t index)
{
	const struct ifaddrmsg *a = nlmsg_data(h);

	return nlmsg_valid_hdr(h, sizeof(*a)) && a->ifa_index == index;
}

static int message_keep(struct nl_msg *m, void *context)
{
	struct record *r = context;
	const struct nlmsghdr *h = nlmsg_hdr(m);
	size_t len = NLMSG_ALIGN(h->nlmsg_len);
	bool kept = h->nlmsg_type == RTM_NEWADDR ? is_kept_address(h, r->index)
						 : is_kept_route(h, r->index);

	if (kept && len <= MESSAGES_ROOM - r->len) {
		/* what a route's state is, the kernel takes from nobody */
		if (h->nlmsg_type == RTM_NEWROUTE)
			((struct rtmsg *)nlmsg_data(h))->rtm_flags &= RTNH_F_ONLINK;
		memcpy(r->messages + r->len, h, h->nlmsg_len);
		r->len += (uint32_t)len;
	}
	return NL_OK;
}

static int routes_open(struct nl80211 *n)
{
	*n = (struct nl80211){ .sock = nl_socket_alloc() };
	check(n->sock != NULL);
	return nl_connect(n->sock, NETLINK_ROUTE) < 0 ? -EIO : 0;
}

static int messages_keep(struct record *r)
{
	static const int kinds[] = { RTM_GETADDR, RTM_GETROUTE };
	struct rtmsg any = { 0 };
	struct nl80211 n;
	int err = routes_open(&n);

	for (size_t i = 0; i < array_len(kinds) && err == 0; i++) {
		struct nl_msg *m = nlmsg_alloc_simple(kinds[i], NLM_F_DUMP);

		check(m != NULL &&
			nlmsg_append(m, &any, sizeof(any), NLMSG_ALIGNTO) == 0);
		err = nl80211_ask(&n, m, message_keep, r);
	}
	nl80211_close(&n);
	return err;
}

/* What is there already stays. */
static void messages_put_back(const struct record *r)
{
	struct nl80211 n;
	int left = (int)r->len;

	if (routes_open(&n) == 0)
		for (struct nlmsghdr *h = (struct nlmsghdr *)r->messages;
			nlmsg_ok(h, left); h = nlmsg_next(h, &left)) {
			struct nl_msg *m = nlmsg_convert(h);

			check(m != NULL);
			nlmsg_hdr(m)->nlmsg_flags =
				NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
			nlmsg_hdr(m)->nlmsg_seq = NL_AUTO_SEQ;
			nlmsg_hdr(m)->nlmsg_pid = NL_AUTO_PORT;
			(void)!nl80211_ask(&n, m, NULL, NULL);
		}
	nl80211_close(&n);
}

/* What is owed after that, the record says. */
static int put_back(struct record *r)
{
	char boot[FILE_BOOT_ROOM], name[IFNAMSIZ];
	struct nl80211 n;
	bool all = !r->owed;
	int err = 0;

	r->owed = false;
	file_boot(boot);
	/* one that was pulled out has taken it all along */
	if (strncmp(boot, r->boot, sizeof(boot)) != 0 ||
		if_indextoname(r->index, name) == NULL ||
		strncmp(name, r->name, sizeof(name)) != 0)
		return 0;
	if (all) {
		err = nl80211_open(&n) ?: flags_set(name, 0) ?:
		      type_set(&n, r->index, r->type) ?:
		      without_ipv6(name, r->without_ipv6) ?: flags_set(name, r->flags);
		nl80211_close(&n);
		messages_put_back(r);
	}
	r->owed = r->managed && !manager_set(name, true);
	return err;
}

static void record_path(char path[FILE_PATH_ROOM], const char *which)
{
	size_t len;

	file_of_namespace(path, "radio");
	len = strlen(path);
	snprintf(path + len, FILE_PATH_ROOM - len, ".%s", which);
}

/* The record at path, which fd holds, ends; or says from now on what is owed. */
static int record_end(struct record *r, int fd, const char *path)
{
	int err = 0;

	r->owed = false;
	if (pread(fd, r, sizeof(*r), 0) == sizeof(*r) && r->len <= MESSAGES_ROOM)
		err = put_back(r);
	(void)unlink(path);
	close(fd);
	if (!r->owed)
		return err;
	fprintf(stderr, "qanat-warden: %s is NetworkManager's again when that answers\n",
		r->name);
	close(file_new(path, (const char *)r, sizeof(*r), 0600));
	return err;
}

int radio_restore(void)
{
	static struct record r;
	char pattern[FILE_PATH_ROOM];
	glob_t found = { 0 };
	int err = 0;

	record_path(pattern, "*");
	(void)glob(pattern, GLOB_NOSORT, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int fd = file_lock(found.gl_pathv[i]);

		if (fd >= 0)
			err = record_end(&r, fd, found.gl_pathv[i]) ?: err;
	}
	globfree(&found);
	return err;
}

/* From then on NetworkManager leaves it alone. */
static int record_make(const struct radio_port *p, uint32_t type)
{
	static struct record r;
	char path[FILE_PATH_ROOM];
	int err;

	r = (struct record){ .index = p->index, .type = type };
	memcpy(r.name, p->name, sizeof(r.name));
	file_boot(r.boot);
	ipv6_path(path, r.name);
	file_line(path, r.without_ipv6, sizeof(r.without_ipv6));
	record_path(path, r.name);
	/* or what a record that is still there owes */
	r.managed = manager_has(r.name) || access(path, F_OK) == 0;
	err = flags_get(r.name, &r.flags) ?: messages_keep(&r);
	if (err == 0)
		err = file_new(path, (const char *)&r, sizeof(r), 0600);
	if (err >= 0 && r.managed)
		(void)!manager_set(r.name, false);
	return err;
}

/* ---- joining ---- */

static uint32_t width_of(const struct radio_order *o)
{
	switch (radio_order_width(o)) {
	case 80:
		return NL80211_CHAN_WIDTH_80;
	case 40:
		return NL80211_CHAN_WIDTH_40;
	default:
		return o->flags & RADIO_HT ? NL80211_CHAN_WIDTH_20
					   : NL80211_CHAN_WIDTH_20_NOHT;
	}
}

static int join(struct nl80211 *n, unsigned index, const struct radio_order *o)
{
	/* of 500 kbit/s: what every radio of 802.11a and g has, and none is slower */
	static const uint8_t basic_rates[] = { 12, 24, 48 };
	bool mesh = o->mode == RADIO_MESH;
	struct nl_msg *m = nl80211_request(
		n, mesh ? NL80211_CMD_JOIN_MESH : NL80211_CMD_JOIN_IBSS, 0, index);
	struct nlattr *config = NULL;
	uint8_t bssid[6];
	int failed = nla_put(m, mesh ? NL80211_ATTR_MESH_ID : NL80211_ATTR_SSID,
			     (int)strlen(o->id), o->id) |
		     nla_put_u32(m, NL80211_ATTR_WIPHY_FREQ, o->mhz) |
		     nla_put_u32(m, NL80211_ATTR_CENTER_FREQ1,
			     radio_center(o->mhz, radio_order_width(o))) |
		     nla_put_u32(m, NL80211_ATTR_CHANNEL_WIDTH, width_of(o)) |
		     nla_put_u32(m, NL80211_ATTR_BEACON_INTERVAL, BEACON_TU) |
		     nla_put_u32(m, NL80211_ATTR_MCAST_RATE, MULTICAST_RATE) |
		     nla_put_flag(m, NL80211_ATTR_SOCKET_OWNER);

	if (mesh) {
		config = nla_nest_start(m, NL80211_ATTR_MESH_CONFIG);
		failed |= nla_put_u8(m, NL80211_MESHCONF_FORWARDING, 0) |
			  nla_put_u32(m, NL80211_MESHCONF_POWER_MODE,
				  NL80211_MESH_POWER_ACTIVE);
		nla_nest_end(m, config);
	} else {
		radio_bssid(bssid, o->id);
		failed |= nla_put(m, NL80211_ATTR_MAC, sizeof(bssid), bssid) |
			  nla_put(m, NL80211_ATTR_BSS_BASIC_RATES, sizeof(basic_rates),
				  basic_rates) |
			  nla_put_flag(m, NL80211_ATTR_FREQ_FIXED);
	}
	check(failed == 0);
	return nl80211_ask(n, m, NULL, NULL);
}

static uint32_t type_of(const struct radio_order *o)
{
	return o->mode == RADIO_MESH ? NL80211_IFTYPE_MESH_POINT : NL80211_IFTYPE_ADHOC;
}

/* Without ARP and IPv6 nothing of this machine but the node speaks there. */
static int join_at(struct radio_port *r, const struct radio_order *o, const char **why)
{
	int err;

	*why = "it cannot change its mode";
	err = flags_set(r->name, 0) ?: type_set(&r->net, r->index, type_of(o)) ?:
	      without_ipv6(r->name, "1");
	if (err == 0) {
		*why = "it cannot be brought up";
		err = flags_set(r->name, IFF_UP | IFF_NOARP);
	}
	if (err == 0) {
		*why = "it cannot join";
		err = o->key[0] != 0 ? secured_join(r, o) : join(&r->net, r->index, o);
	}
	return err;
}

/* One more on the radio of another, as long as n is open. */
static int interface_make(struct nl80211 *n, unsigned beside, const char *name,
	uint32_t type, unsigned *out)
{
	struct nl_msg *m = nl80211_request(n, NL80211_CMD_NEW_INTERFACE, 0, beside);
	int err;

	check(nla_put_string(m, NL80211_ATTR_IFNAME, name) == 0 &&
		nla_put_u32(m, NL80211_ATTR_IFTYPE, type) == 0 &&
		nla_put_flag(m, NL80211_ATTR_SOCKET_OWNER) == 0);
	err = nl80211_ask(n, m, NULL, NULL);
	*out = err < 0 ? 0 : if_nametoindex(name);
	if (err == 0 && *out == 0)
		return -ENODEV;
	/* NetworkManager may have set it up by now, as one of its own */
	if (err == 0)
		(void)!manager_set(name, false);
	return err;
}

static void interface_remove(struct nl80211 *n, unsigned index)
{
	if (index != 0)
		(void)!nl80211_ask(n,
			nl80211_request(n, NL80211_CMD_DEL_INTERFACE, 0, index), NULL,
			NULL);
}

static int beside(struct radio_port *r, unsigned index, const struct radio_order *o,
	const char **why)
{
	int err;

	snprintf(r->name, sizeof(r->name), "q-%.13s", o->interface);
	*why = "the driver makes no interface beside it";
	err = interface_make(&r->net, index, r->name, type_of(o), &r->index);
	r->ours = r->index != 0;
	return err ?: join_at(r, o, why);
}

static int itself(struct radio_port *r, const struct radio_interface *now,
	const struct radio_order *o, const char **why)
{
	r->index = now->index;
	memcpy(r->name, o->interface, sizeof(r->name));
	*why = "no restore record can be kept";
	r->record = radio_restore() ?: record_make(r, now->type);
	if (r->record < 0)
		return r->record;
	return join_at(r, o, why);
}

/* It follows the radio's channel, and acknowledges nothing. A socket, or an errno. */
static int monitor_on(struct radio_port *r, const struct radio_order *o)
{
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "m-%.13s", o->interface);
	return interface_make(&r->net, r->index, name, NL80211_IFTYPE_MONITOR,
		       &r->monitor)
		       ?: without_ipv6(name, "1")
		       ?: flags_set(name, IFF_UP | IFF_NOARP)
		       ?: radio_monitor_socket(r->monitor);
}

static void monitor_off(struct radio_port *r)
{
	interface_remove(&r->net, r->monitor);
	r->monitor = 0;
}

void radio_off(struct radio_port *r)
{
	secured_leave(r);
	monitor_off(r);
	if (r->ours)
		interface_remove(&r->net, r->index);
	nl80211_close(&r->net);
	if (r->record >= 0) {
		close(r->record);
		(void)!radio_restore();
	}
	*r = (struct radio_port){ .record = -1 };
}

static int radio_on(struct radio_port *r, const struct radio_order *o, const char **why)
{
	unsigned index = if_nametoindex(o->interface);
	struct radio_interface now;
	int16_t flags = 0;
	int err;

	*why = "there is no such interface";
	if (index == 0)
		return -ENODEV;
	*why = "this kernel has no Wi-Fi";
	err = nl80211_open(&r->net);
	if (err < 0)
		return err;
	*why = "it is no Wi-Fi interface";
	err = radios_interface(&r->net, index, &now) ?: flags_get(o->interface, &flags);
	if (err < 0)
		return err;
	err = beside(r, index, o, why);
	if (err == 0 || ((flags & IFF_UP) && !(o->flags & RADIO_TAKE)))
		return err;
	radio_off(r);
	err = nl80211_open(&r->net);
	return err < 0 ? err : itself(r, &now, o, why);
}

int radio_act(struct radio_port *r, const struct radio_order *o,
	struct radio_sockets *out, const char **why)
{
	int err;

	*out = (struct radio_sockets){ -1, -1 };
	radio_off(r);
	if (o == NULL)
		return 0;
	err = radio_on(r, o, why);
	if (err == 0)
		err = out->frames = radio_socket(r);
	if (err < 0) {
		radio_off(r);
		return err;
	}
	if (o->flags & RADIO_MONITOR)
		out->monitor = monitor_on(r, o);
	if (out->monitor < 0)
		monitor_off(r);
	*why = r->name;
	return 0;
}
