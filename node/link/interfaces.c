/* SPDX-License-Identifier: ISC */
/* rtnetlink through libnl: one socket listens for changes, another one asks. */
#include "node/link/interfaces.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/mem.h"

struct interfaces {
	struct nl_sock *news, *ask; /* owned */
	bool changed;
};

static int note_change(struct nl_msg *m, void *context)
{
	struct interfaces *i = context;

	(void)m;
	i->changed = true;
	return NL_OK;
}

static struct nl_sock *socket_new(void)
{
	struct nl_sock *s = nl_socket_alloc();

	check(s != NULL);
	return s;
}

static int errno_of(int nl_error)
{
	switch (-nl_error) {
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return -ENODEV;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

int interfaces_open(struct interfaces **out)
{
	struct interfaces *i = mem_new(sizeof(*i));
	int err;

	i->news = socket_new();
	i->ask = socket_new();
	nl_socket_disable_seq_check(i->news);
	nl_socket_modify_cb(i->news, NL_CB_VALID, NL_CB_CUSTOM, note_change, i);
	err = nl_connect(i->news, NETLINK_ROUTE);
	if (err == 0)
		err = nl_connect(i->ask, NETLINK_ROUTE);
	if (err == 0)
		err = nl_socket_add_memberships(
			i->news, RTNLGRP_LINK, RTNLGRP_IPV6_IFADDR, 0);
	if (err == 0)
		err = nl_socket_set_nonblocking(i->news);
	if (err < 0) {
		interfaces_close(i);
		return errno_of(err);
	}
	*out = i;
	return 0;
}

void interfaces_close(struct interfaces *i)
{
	if (i == NULL)
		return;
	nl_socket_free(i->news);
	nl_socket_free(i->ask);
	mem_free(i);
}

int interfaces_fd(const struct interfaces *i)
{
	return nl_socket_get_fd(i->news);
}

bool interfaces_changed(struct interfaces *i)
{
	bool changed;
	int err = nl_recvmsgs_default(i->news);

	/* an overrun means that news were lost: look again */
	changed = i->changed || (err < 0 && err != -NLE_AGAIN);
	i->changed = false;
	return changed;
}

static enum interface_kind kind_of(const char *name, struct rtnl_link *l)
{
	const char *type = rtnl_link_get_type(l);
	char path[64 + IFNAMSIZ] = "/sys/class/net/";
	struct stat st;

	if (type != NULL && strcmp(type, "tun") == 0)
		return INTERFACE_TAP;
	strncat(path, name, IFNAMSIZ);
	strncat(path, "/phy80211", 16);
	return stat(path, &st) == 0 ? INTERFACE_WIRELESS : INTERFACE_ETHERNET;
}

static void look_at_addresses(struct nl_sock *ask, struct interface_state *out)
{
	struct nl_cache *cache;

	if (rtnl_addr_alloc_cache(ask, &cache) < 0)
		return;
	for (struct nl_object *o = nl_cache_get_first(cache); o != NULL;
		o = nl_cache_get_next(o)) {
		struct rtnl_addr *a = (struct rtnl_addr *)o;
		struct nl_addr *local = rtnl_addr_get_local(a);
		const uint8_t *b = local != NULL ? nl_addr_get_binary_addr(local) : NULL;

		if (b == NULL || rtnl_addr_get_ifindex(a) != (int)out->index)
			continue;
		if (nl_addr_get_len(local) != 16 || b[0] != 0xfe || (b[1] & 0xc0) != 0x80)
			out->routed = true;
		else if (!(rtnl_addr_get_flags(a) & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
			out->link_local = true;
	}
	nl_cache_free(cache);
}

int interfaces_state(struct interfaces *i, const char *name, struct interface_state *out)
{
	struct rtnl_link *l = NULL;
	struct nl_addr *mac;
	unsigned flags;
	int err;

	memset(out, 0, sizeof(*out));
	err = rtnl_link_get_kernel(i->ask, 0, name, &l);
	if (err < 0)
		return errno_of(err) == -ENODEV ? 0 : errno_of(err);
	flags = rtnl_link_get_flags(l);
	out->exists = true;
	out->set_up = (flags & IFF_UP) != 0;
	out->up = (flags & IFF_UP) && (flags & IFF_RUNNING);
	out->index = (unsigned)rtnl_link_get_ifindex(l);
	out->mtu = rtnl_link_get_mtu(l);
	mac = rtnl_link_get_addr(l);
	if (mac != NULL && nl_addr_get_len(mac) == sizeof(out->mac))
		memcpy(out->mac, nl_addr_get_binary_addr(mac), sizeof(out->mac));
	out->kind = kind_of(name, l);
	rtnl_link_put(l);
	look_at_addresses(i->ask, out);
	return 0;
}

static bool is_card(struct rtnl_link *l)
{
	const char *type = rtnl_link_get_type(l);

	return (type == NULL || strcmp(type, "veth") == 0) &&
	       !(rtnl_link_get_flags(l) & (IFF_LOOPBACK | IFF_POINTOPOINT));
}

size_t interfaces_usable(struct interfaces *i, char names[][16], size_t room)
{
	struct interface_state s;
	struct nl_cache *cache;
	size_t count = 0;

	if (rtnl_link_alloc_cache(i->ask, AF_UNSPEC, &cache) < 0)
		return 0;
	for (struct nl_object *o = nl_cache_get_first(cache); o != NULL && count < room;
		o = nl_cache_get_next(o)) {
		struct rtnl_link *l = (struct rtnl_link *)o;
		const char *name = rtnl_link_get_name(l);

		if (!is_card(l) || interfaces_state(i, name, &s) < 0 || !s.up ||
			!s.link_local)
			continue;
		memcpy(names[count++], name, strnlen(name, 15) + 1);
	}
	nl_cache_free(cache);
	return count;
}

/* ---- ways to the Internet ---- */

int interfaces_watch_routes(struct interfaces *i)
{
	int err = nl_socket_add_memberships(
		i->news, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, 0);

	return err < 0 ? errno_of(err) : 0;
}

static bool is_up(struct nl_sock *ask, int index)
{
	struct rtnl_link *l = NULL;
	unsigned flags;

	if (index <= 0 || rtnl_link_get_kernel(ask, index, NULL, &l) < 0)
		return false;
	flags = rtnl_link_get_flags(l);
	rtnl_link_put(l);
	return (flags & IFF_UP) && (flags & IFF_RUNNING);
}

/* 0: there is none. */
static int index_of(struct nl_sock *ask, const char *name)
{
	struct rtnl_link *l = NULL;
	int index;

	if (rtnl_link_get_kernel(ask, 0, name, &l) < 0)
		return 0;
	index = rtnl_link_get_ifindex(l);
	rtnl_link_put(l);
	return index;
}

struct besides {
	int index[UPLINK_MAX];
	size_t count;
};

/* A default route of which one hop is over an interface that counts. */
static bool leads_out(
	struct nl_sock *ask, struct rtnl_route *r, const struct besides *besides)
{
	struct nl_addr *to = rtnl_route_get_dst(r);

	if (rtnl_route_get_table(r) != RT_TABLE_MAIN ||
		rtnl_route_get_type(r) != RTN_UNICAST ||
		(to != NULL && nl_addr_get_prefixlen(to) != 0))
		return false;
	for (int n = 0; n < rtnl_route_get_nnexthops(r); n++) {
		int index = rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(r, n));
		size_t k = 0;

		while (k < besides->count && besides->index[k] != index)
			k++;
		if (k == besides->count && is_up(ask, index))
			return true;
	}
	return false;
}

static int family_leads_out(
	struct nl_sock *ask, int family, const struct besides *besides, bool *out)
{
	struct nl_cache *cache;
	int err = rtnl_route_alloc_cache(ask, family, 0, &cache);

	*out = false;
	if (err < 0)
		return errno_of(err);
	for (struct nl_object *o = nl_cache_get_first(cache); o != NULL && !*out;
		o = nl_cache_get_next(o))
		*out = leads_out(ask, (struct rtnl_route *)o, besides);
	nl_cache_free(cache);
	return 0;
}

int interfaces_uplinks(struct interfaces *i, const char *const besides[], size_t count,
	struct uplinks *out)
{
	struct besides b = { .count = count };
	int err;

	check(count <= UPLINK_MAX);
	for (size_t k = 0; k < count; k++)
		b.index[k] = index_of(i->ask, besides[k]);
	*out = (struct uplinks){ false, false };
	err = family_leads_out(i->ask, AF_INET6, &b, &out->ipv6);
	return err < 0 ? err : family_leads_out(i->ask, AF_INET, &b, &out->ipv4);
}
