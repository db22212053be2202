/* SPDX-License-Identifier: ISC */
/*
 * All by ioctl: what is asked is fixed, so netlink would only say the same in more words.
 * In a row of acts, a ?: b is the first failure.
 */
#include "node/warden/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node/warden/files.h"

enum {
	QUEUE_PACKETS = 64,  /* queues belong to the node, which knows what is urgent */
	LAST_METRIC = 32766, /* the greatest that the ioctl for IPv4 takes */
	FLAGS = IFF_POINTOPOINT | IFF_NOARP | IFF_UP
};

static const struct in6_addr mesh = { .s6_addr = { 0xfd, 0x71 } };

/* A port stands before the address. 0.0.0.0, 192.0.0.1, 100.71.0.0, 255.255.0.0. */
static const struct sockaddr none = { .sa_family = AF_INET },
			     dslite = { AF_INET, "\0\0\300\0\0\1" },
			     guests = { AF_INET, "\0\0\144\107" },
			     guests_mask = { AF_INET, "\0\0\377\377" };

/* When the device has gone with its node, the next node's may have its name. */
static int call(const struct tun *t, int family, unsigned long number, void *request)
{
	int fd, err;

	if ((int)if_nametoindex(t->name) != t->index)
		return -ENODEV;
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	err = ioctl(fd, number, request) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* By the first number that is free. */
static int device_make(struct tun *t)
{
	struct ifreq r = { .ifr_name = "qanat%d",
		.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && ioctl(fd, TUNSETIFF, &r) == 0) {
		memcpy(t->name, r.ifr_name, sizeof(t->name));
		t->index = (int)if_nametoindex(t->name);
		return fd;
	}
	return file_failed(fd);
}

static int device_set(const struct tun *t, unsigned long number, struct ifreq r)
{
	memcpy(r.ifr_name, t->name, sizeof(r.ifr_name));
	return call(t, AF_INET, number, &r);
}

static int sysctl_set(const struct tun *t, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), SYSCTL_ROOT "ipv6/conf/%s/%s", t->name, name);
	return file_value(path, value);
}

/* Without IFF_MULTICAST and with no address of its own making (addr_gen_mode 1), the kernel
 * says no word on the device that nobody asked it to say; and it believes nobody there who
 * claims to be a router. */
static int device_up(const struct tun *t, unsigned mtu)
{
	return sysctl_set(t, "disable_ipv6", "0") ?: sysctl_set(t, "addr_gen_mode", "1") ?:
	       sysctl_set(t, "accept_ra", "0") ?: sysctl_set(t, "accept_redirects", "0") ?:
	       device_set(t, SIOCSIFMTU, (struct ifreq){ .ifr_mtu = (int)mtu }) ?:
	       device_set(t, SIOCSIFTXQLEN, (struct ifreq){ .ifr_qlen = QUEUE_PACKETS }) ?:
	       device_set(t, SIOCSIFFLAGS, (struct ifreq){ .ifr_flags = FLAGS });
}

static int address_v6(const struct tun *t)
{
	/* linux/ipv6.h has it, but cannot be included beside netinet/in.h */
	struct {
		struct address address;
		uint32_t prefix;
		int index;
	} r = { t->self, 128, t->index };

	return call(t, AF_INET6, SIOCSIFADDR, &r);
}

static int route_v6(
	const struct tun *t, struct in6_addr to, uint16_t len, uint32_t metric, bool on)
{
	struct in6_rtmsg r = { .rtmsg_dst = to,
		.rtmsg_dst_len = len,
		.rtmsg_metric = metric,
		.rtmsg_flags = RTF_UP,
		.rtmsg_ifindex = t->index };

	return call(t, AF_INET6, on ? SIOCADDRT : SIOCDELRT, &r);
}

static int route_v4(const struct tun *t, struct sockaddr to, struct sockaddr mask,
	int metric, bool on)
{
	struct rtentry r = { .rt_dst = to,
		.rt_genmask = mask,
		.rt_flags = RTF_UP,
		.rt_metric = (short)(metric + 1), /* 0 is none, and so 1 is 0 */
		.rt_dev = (char *)t->name };

	return call(t, AF_INET, on ? SIOCADDRT : SIOCDELRT, &r);
}

int tun_open(struct tun *t, const struct address *self, unsigned mtu)
{
	int fd, err;

	*t = (struct tun){ .self = *self };
	fd = device_make(t);
	if (fd < 0)
		return fd;
	err = device_up(t, mtu) ?: address_v6(t) ?: route_v6(t, mesh, 16, 0, true);
	if (err == 0)
		return fd;
	close(fd);
	*t = (struct tun){ 0 };
	return err;
}

int tun_uplink_on(const struct tun *t)
{
	return device_set(t, SIOCSIFADDR, (struct ifreq){ .ifr_addr = dslite }) ?:
	       route_v4(t, none, none, LAST_METRIC, true) ?:
	       route_v6(t, in6addr_any, 0, LAST_METRIC, true);
}

void tun_uplink_off(const struct tun *t)
{
	(void)!route_v6(t, in6addr_any, 0, LAST_METRIC, false);
	(void)!route_v4(t, none, none, LAST_METRIC, false);
	(void)!device_set(t, SIOCSIFADDR, (struct ifreq){ .ifr_addr = none });
}

int tun_gateway(const struct tun *t, bool on)
{
	return route_v4(t, guests, guests_mask, 0, on);
}

void tun_close(struct tun *t)
{
	if (t->index != 0)
		(void)!device_set(t, SIOCSIFFLAGS, (struct ifreq){ 0 });
	*t = (struct tun){ 0 };
}
