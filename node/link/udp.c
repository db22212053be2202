/* SPDX-License-Identifier: ISC */
/*
 * Frames as UDP datagrams between link-local addresses: multicast to ff02::7175, port 7117 both
 * ways, in batches. The socket is bound to the interface, so that a mesh without Internet is
 * used also when the machine has a default route elsewhere.
 */
#include "node/link/carrier.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IP_AND_UDP = 40 + 8, SOCKET_BUFFER = 1 << 20, HOP_LIMIT_LOCAL = 255 };

static const struct in6_addr group = {
	{ { 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x71, 0x75 } }
};

/* The hop limit that came with a datagram, -1 if the kernel gave none. */
static int hop_limit_of(struct msghdr *m)
{
	int limit = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
			memcpy(&limit, CMSG_DATA(c), sizeof(limit));
	return limit;
}

static bool from_the_link(const struct sockaddr_in6 *from, struct msghdr *m)
{
	return IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr) &&
	       hop_limit_of(m) == HOP_LIMIT_LOCAL && !(m->msg_flags & MSG_TRUNC);
}

static int udp_receive(struct carrier *c, struct datagram *batch, size_t max)
{
	struct mmsghdr headers[CARRIER_BATCH] = { 0 };
	struct sockaddr_in6 from[CARRIER_BATCH] = { 0 };
	struct iovec parts[CARRIER_BATCH];
	_Alignas(struct cmsghdr) char control[CARRIER_BATCH][CMSG_SPACE(sizeof(int))];
	unsigned count = max < CARRIER_BATCH ? (unsigned)max : CARRIER_BATCH;
	int got, kept = 0;

	for (unsigned i = 0; i < count; i++) {
		parts[i] = (struct iovec){ batch[i].bytes, sizeof(batch[i].bytes) };
		headers[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
			.msg_namelen = sizeof(from[i]),
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i]) };
	}
	got = recvmmsg(c->fd, headers, count, MSG_DONTWAIT, NULL);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR || errno == ENETDOWN ? 0
									      : -errno;
	for (int i = 0; i < got; i++) {
		if (!from_the_link(&from[i], &headers[i].msg_hdr)) {
			c->refused++;
			continue;
		}
		if (kept != i)
			memcpy(batch[kept].bytes, batch[i].bytes, headers[i].msg_len);
		memcpy(batch[kept].from.address, &from[i].sin6_addr, 16);
		batch[kept].from.port = ntohs(from[i].sin6_port);
		batch[kept++].len = headers[i].msg_len;
	}
	return kept;
}

static int udp_send(struct carrier *c, const struct node_frame *frames, size_t count)
{
	struct mmsghdr headers[CARRIER_BATCH] = { 0 };
	struct sockaddr_in6 to[CARRIER_BATCH];
	struct iovec parts[CARRIER_BATCH];
	int sent;

	if (count > CARRIER_BATCH)
		count = CARRIER_BATCH;
	for (size_t i = 0; i < count; i++) {
		const struct node_frame *f = &frames[i];

		to[i] = (struct sockaddr_in6){ .sin6_family = AF_INET6,
			.sin6_port = htons(f->multicast ? CARRIER_PORT : f->to.port),
			.sin6_scope_id = c->index,
			.sin6_addr = group };
		if (!f->multicast)
			memcpy(&to[i].sin6_addr, f->to.address, 16);
		parts[i] = (struct iovec){ (void *)(uintptr_t)f->bytes, f->len };
		headers[i].msg_hdr = (struct msghdr){ .msg_name = &to[i],
			.msg_namelen = sizeof(to[i]),
			.msg_iov = &parts[i],
			.msg_iovlen = 1 };
	}
	sent = sendmmsg(c->fd, headers, (unsigned)count, MSG_DONTWAIT);
	return sent >= 0 ? sent : -errno;
}

static void udp_close(struct carrier *c)
{
	close(c->fd);
	c->fd = -1;
}

static const struct link_ops udp_ops = { udp_receive, udp_send, udp_close };

static int option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int configure(int fd, const char *interface, unsigned index)
{
	struct ipv6_mreq join = { .ipv6mr_multiaddr = group, .ipv6mr_interface = index };
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
		.sin6_port = htons(CARRIER_PORT) };
	static const struct {
		int name, value;
	} ipv6[] = { { IPV6_V6ONLY, 1 }, { IPV6_MULTICAST_LOOP, 0 },
		{ IPV6_MULTICAST_HOPS, HOP_LIMIT_LOCAL },
		{ IPV6_UNICAST_HOPS, HOP_LIMIT_LOCAL }, { IPV6_RECVHOPLIMIT, 1 } };
	int err = 0;

	for (size_t i = 0; i < array_len(ipv6) && err == 0; i++)
		err = option(fd, IPPROTO_IPV6, ipv6[i].name, ipv6[i].value);
	if (err == 0)
		err = option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)index);
	if (err < 0)
		return err;
	(void)option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
	(void)option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
		    (socklen_t)strlen(interface)) < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &join, sizeof(join)) < 0)
		return -errno;
	return 0;
}

int udp_open(struct carrier *c, const char *interface, unsigned index, size_t mtu)
{
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = configure(fd, interface, index);
	if (err < 0) {
		close(fd);
		return err;
	}
	*c = (struct carrier){ .ops = &udp_ops,
		.fd = fd,
		.index = index,
		.mtu = mtu > IP_AND_UDP ? mtu - IP_AND_UDP : 0 };
	return 0;
}
