/* SPDX-License-Identifier: ISC */
/* All by ioctl: what is asked is fixed, so netlink would only say the same in more words. */
#include "node/warden/tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node/base/text.h"
#include "node/warden/order.h"
#include "node/warden/files.h"

enum {
	NUMBERS = 64,       /* qanat0 to qanat63 */
	QUEUE_PACKETS = 64, /* queues belong to the node, which knows what is urgent */
	LAST_METRIC = 32766 /* the greatest that the ioctl for IPv4 takes */
};

enum {
	MESH = 0xfd71,
	GUESTS = 100 << 24 | 71 << 16,
};

static const in_addr_t dslite = 192U << 24 | 1;

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* linux/ipv6.h has it, but cannot be included beside netinet/in.h */
struct in6_request {
	struct in6_addr address;
	uint32_t prefix;
	int index;
};

static int call(int family, unsigned long number, void *request)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 || ioctl(fd, number, request) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* The first name that is free; EBUSY: somebody else's device has it. */
static int device_make(struct tun *t)
{
	struct ifreq r = { .ifr_flags =
				   IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int err = fd < 0 ? -errno : -EBUSY;

	for (unsigned n = 0; err == -EBUSY && n < NUMBERS; n++) {
		struct text name = text_of(r.ifr_name, sizeof(r.ifr_name));

		text_string(&name, "qanat");
		text_u64(&name, n);
		err = ioctl(fd, TUNSETIFF, &r) == 0 ? 0 : -errno;
	}
	memcpy(t->name, r.ifr_name, sizeof(t->name));
	if (err == 0)
		return fd;
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

static int device_call(const struct tun *t, unsigned long number, int value)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, t->name, sizeof(r.ifr_name));
	if (number == SIOCSIFFLAGS)
		r.ifr_flags = (short)value;
	else
		r.ifr_mtu = value; /* the same place as ifr_qlen */
	return call(AF_INET, number, &r);
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
static int device_set(const struct tun *t, unsigned mtu)
{
	static const char *const values[][2] = { { "disable_ipv6", "0" },
		{ "addr_gen_mode", "1" }, { "accept_ra", "0" },
		{ "accept_redirects", "0" } };
	int err = 0;

	for (size_t i = 0; i < array_len(values) && err == 0; i++)
		err = sysctl_set(t, values[i][0], values[i][1]);
	if (err == 0)
		err = device_call(t, SIOCSIFMTU, (int)mtu);
	if (err == 0)
		err = device_call(t, SIOCSIFTXQLEN, QUEUE_PACKETS);
	if (err == 0)
		err = device_call(t, SIOCSIFFLAGS, IFF_POINTOPOINT | IFF_NOARP | IFF_UP);
	return err;
}

static int address_v6(const struct tun *t)
{
	struct in6_request r = { .prefix = 128, .index = t->index };

	memcpy(&r.address, t->self.b, sizeof(r.address));
	return call(AF_INET6, SIOCSIFADDR, &r);
}

/* 0.0.0.0 takes it away. */
static int address_v4(const struct tun *t, in_addr_t address)
{
	struct ifreq r = { 0 };
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(address) };

	memcpy(r.ifr_name, t->name, sizeof(r.ifr_name));
	memcpy(&r.ifr_addr, &at, sizeof(at));
	return call(AF_INET, SIOCSIFADDR, &r);
}

static int route_v6(const struct tun *t, uint16_t first, uint32_t metric, bool on)
{
	struct in6_rtmsg r = { .rtmsg_dst_len = first != 0 ? 16 : 0,
		.rtmsg_metric = metric,
		.rtmsg_flags = RTF_UP,
		.rtmsg_ifindex = t->index };

	r.rtmsg_dst.s6_addr[0] = (uint8_t)(first >> 8);
	r.rtmsg_dst.s6_addr[1] = (uint8_t)first;
	return call(AF_INET6, on ? SIOCADDRT : SIOCDELRT, &r);
}

static int route_v4(
	const struct tun *t, in_addr_t to, in_addr_t mask, int metric, bool on)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(to) };
	/* 0 is none, and so 1 is 0 */
	struct rtentry r = { .rt_flags = RTF_UP, .rt_metric = (short)(metric + 1) };

	memcpy(&r.rt_dst, &at, sizeof(at));
	at.sin_addr.s_addr = htonl(mask);
	memcpy(&r.rt_genmask, &at, sizeof(at));
	r.rt_dev = (char *)t->name;
	return call(AF_INET, on ? SIOCADDRT : SIOCDELRT, &r);
}

int tun_open(struct tun *t, const struct address *self, unsigned mtu)
{
	int fd, err;

	*t = (struct tun){ .self = *self };
	fd = device_make(t);
	if (fd < 0)
		return fd;
	t->index = (int)if_nametoindex(t->name);
	t->features = device_features(fd);
	err = device_set(t, mtu);
	if (err == 0)
		err = address_v6(t);
	if (err == 0)
		err = route_v6(t, MESH, 0, true);
	if (err == 0)
		return fd;
	close(fd);
	*t = (struct tun){ 0 };
	return err;
}

int tun_uplink(const struct tun *t, bool on)
{
	int err = on ? address_v4(t, dslite) : 0;

	if (err == 0)
		err = route_v4(t, 0, 0, LAST_METRIC, on);
	if (err == 0)
		err = route_v6(t, 0, LAST_METRIC, on);
	if (err == 0 && on)
		return 0;
	(void)!route_v4(t, 0, 0, LAST_METRIC, false);
	(void)!address_v4(t, 0);
	return err;
}

int tun_gateway(const struct tun *t, bool on)
{
	return route_v4(t, GUESTS, 0xffff0000, 0, on);
}

void tun_close(struct tun *t)
{
	if (t->index != 0)
		(void)!device_call(t, SIOCSIFFLAGS, 0);
	*t = (struct tun){ 0 };
}
