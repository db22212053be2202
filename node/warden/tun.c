/* SPDX-License-Identifier: ISC */
/* The device by ioctl, all that hangs on it by rtnetlink through libnl. */
#include "node/warden/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node/warden/order.h"

enum {
	NUMBERS = 64,       /* qanat0 to qanat63 */
	QUEUE_PACKETS = 64, /* queues belong to the node, which knows what is urgent */
	LAST_METRIC = 2000000000
};

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

struct route {
	int family;
	uint8_t to[16];
	int prefix;
	uint32_t metric; /* 0: as the kernel likes */
	int flags;       /* NLM_F_EXCL: two of a kind cannot be */
};

static const struct route mesh = {
	.family = AF_INET6, .to = { 0xfd, 0x71 }, .prefix = 16
};
static const struct route guests = {
	.family = AF_INET, .to = { 100, 71 }, .prefix = 16, .flags = NLM_F_EXCL
};
static const struct route uplinks[] = {
	{ .family = AF_INET, .metric = LAST_METRIC, .flags = NLM_F_EXCL },
	{ .family = AF_INET6, .metric = LAST_METRIC, .flags = NLM_F_EXCL },
};
static const uint8_t dslite[4] = { 192, 0, 0, 1 };

static int errno_of(int nl_error)
{
	switch (-nl_error) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return -ENODEV;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_EXIST:
		return -EEXIST;
	case NLE_OPNOTSUPP:
	case NLE_AF_NOSUPPORT:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

/* The first name that is free; EBUSY: somebody else's device has it. */
static int device_make(struct tun *t)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR |
					      IFF_TUN_EXCL };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int err = fd < 0 ? -errno : -EBUSY;

	for (int n = 0; err == -EBUSY && n < NUMBERS; n++) {
		(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "qanat%d", n);
		err = ioctl(fd, TUNSETIFF, &request) == 0 ? 0 : -errno;
	}
	if (err == 0) {
		memcpy(t->name, request.ifr_name, sizeof(t->name));
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/* As much unfinished work as this kernel lets us hand over and take. */
static uint8_t device_features(int fd)
{
	static const unsigned tso = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	if (ioctl(fd, TUNSETOFFLOAD, tso | TUN_F_USO4 | TUN_F_USO6) == 0)
		return TUN_VNET | TUN_TSO | TUN_USO;
	if (ioctl(fd, TUNSETOFFLOAD, tso) == 0)
		return TUN_VNET | TUN_TSO;
	return TUN_VNET;
}

static struct nl_addr *address_new(int family, const void *bytes, int prefix)
{
	struct nl_addr *a = nl_addr_build(family, bytes, family == AF_INET ? 4 : 16);

	check(a != NULL);
	nl_addr_set_prefixlen(a, prefix);
	return a;
}

/* No address but ours, no word on the device that we did not say; then up. */
static int link_set(struct tun *t, unsigned mtu)
{
	struct rtnl_link *now, *want = rtnl_link_alloc();
	int err = rtnl_link_get_kernel(t->ask, 0, t->name, &now);

	check(want != NULL);
	if (err == 0) {
		t->index = rtnl_link_get_ifindex(now);
		rtnl_link_set_mtu(want, mtu);
		rtnl_link_set_txqlen(want, QUEUE_PACKETS);
		rtnl_link_unset_flags(want, IFF_MULTICAST);
		err = rtnl_link_inet6_set_addr_gen_mode(want, IN6_ADDR_GEN_MODE_NONE);
	}
	if (err == 0)
		err = rtnl_link_change(t->ask, now, want, 0);
	if (err == 0) {
		rtnl_link_set_flags(want, IFF_UP);
		err = rtnl_link_change(t->ask, now, want, 0);
	}
	if (t->index != 0)
		rtnl_link_put(now);
	rtnl_link_put(want);
	return errno_of(err);
}

static int address_set(struct tun *t, int family, const void *bytes, bool on)
{
	struct nl_addr *local = address_new(family, bytes, family == AF_INET ? 32 : 128);
	struct rtnl_addr *a = rtnl_addr_alloc();
	int err;

	check(a != NULL);
	rtnl_addr_set_ifindex(a, t->index);
	err = rtnl_addr_set_local(a, local);
	if (family == AF_INET6)
		rtnl_addr_set_flags(a, IFA_F_NODAD);
	if (err == 0)
		err = on ? rtnl_addr_add(t->ask, a, NLM_F_REPLACE)
			 : rtnl_addr_delete(t->ask, a, 0);
	rtnl_addr_put(a);
	nl_addr_put(local);
	return errno_of(err);
}

static int route_set(struct tun *t, const struct route *what, bool on)
{
	struct nl_addr *to = address_new(what->family, what->to, what->prefix);
	struct rtnl_route *r = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	int err;

	check(r != NULL && hop != NULL);
	rtnl_route_nh_set_ifindex(hop, t->index);
	rtnl_route_add_nexthop(r, hop);
	rtnl_route_set_table(r, RT_TABLE_MAIN);
	rtnl_route_set_scope(
		r, what->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
	rtnl_route_set_protocol(r, RTPROT_STATIC);
	if (what->metric > 0)
		rtnl_route_set_priority(r, what->metric);
	err = rtnl_route_set_dst(r, to);
	if (err == 0)
		err = on ? rtnl_route_add(t->ask, r, what->flags)
			 : rtnl_route_delete(t->ask, r, 0);
	rtnl_route_put(r);
	nl_addr_put(to);
	return errno_of(err);
}

int tun_open(struct tun *t, const struct address *self, unsigned mtu)
{
	int fd, err;

	*t = (struct tun){ .self = *self, .ask = nl_socket_alloc() };
	check(t->ask != NULL);
	err = errno_of(nl_connect(t->ask, NETLINK_ROUTE));
	fd = err == 0 ? device_make(t) : err;
	if (fd < 0) {
		nl_socket_free(t->ask);
		*t = (struct tun){ 0 };
		return fd;
	}
	t->features = device_features(fd);
	err = link_set(t, mtu);
	if (err == 0)
		err = address_set(t, AF_INET6, self->b, true);
	if (err == 0)
		err = route_set(t, &mesh, true);
	if (err == 0)
		return fd;
	close(fd);
	tun_close(t);
	return err;
}

static void uplink_off(struct tun *t)
{
	for (size_t i = 0; i < array_len(uplinks); i++)
		(void)!route_set(t, &uplinks[i], false);
	(void)!address_set(t, AF_INET, dslite, false);
}

int tun_uplink(struct tun *t, bool on)
{
	int err = on ? address_set(t, AF_INET, dslite, true) : 0;

	for (size_t i = 0; on && err == 0 && i < array_len(uplinks); i++)
		err = route_set(t, &uplinks[i], true);
	if (!on || err < 0)
		uplink_off(t);
	return err;
}

int tun_gateway(struct tun *t, bool on)
{
	return route_set(t, &guests, on);
}

void tun_close(struct tun *t)
{
	struct rtnl_link *l;

	if (t->ask == NULL)
		return;
	/* it is gone by itself if nobody holds the descriptor any more */
	if (t->index != 0 && rtnl_link_get_kernel(t->ask, t->index, NULL, &l) == 0) {
		(void)rtnl_link_delete(t->ask, l);
		rtnl_link_put(l);
	}
	nl_socket_free(t->ask);
	*t = (struct tun){ 0 };
}
