/* SPDX-License-Identifier: ISC */
/*
 * Frames as UDP datagrams between link-local addresses: multicast to ff02::7175, port 7117 both
 * ways. What goes to one place in frames of one size is handed to the kernel at once, and taken
 * from it at once (UDP_SEGMENT, UDP_GRO; Linux 5.0). The socket is bound to the interface, so that a mesh without Internet is
 * used also when the machine has a default route elsewhere.
 */
#include "node/link/carrier.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	IP_AND_UDP = 40 + 8,
	SOCKET_BUFFER = 1 << 20,
	HOP_LIMIT_LOCAL = 255,
	JOINED_MAX = 64, /* datagrams that the kernel joins (Linux: UDP_MAX_SEGMENTS) */
	JOINED_BYTES = 65000, /* of them; an IP packet has at most 65535 */
};

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

/* The size of the datagrams that the kernel joined into one (UDP_GRO); 0: it is one. */
static size_t joined_of(struct msghdr *m)
{
	int size = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO)
			memcpy(&size, CMSG_DATA(c), sizeof(size));
	return size > 0 ? (size_t)size : 0;
}

/* Cuts what came into datagrams; how many. There is room for JOINED_MAX. */
static size_t cut(struct datagram *out, const struct sockaddr_in6 *from,
	const uint8_t *bytes, size_t len, size_t size)
{
	size_t count = 0;

	for (size_t at = 0; at < len && count < JOINED_MAX; at += size) {
		struct datagram *d = &out[count++];

		d->len = len - at < size ? len - at : size;
		memcpy(d->bytes, bytes + at, d->len);
		memcpy(d->from.address, &from->sin6_addr, 16);
		d->from.port = ntohs(from->sin6_port);
	}
	return count;
}

static int udp_receive(struct carrier *c, struct datagram *batch, size_t max)
{
	static uint8_t bytes[JOINED_BYTES];
	size_t kept = 0;

	while (kept + JOINED_MAX <= max) {
		_Alignas(struct cmsghdr) char control[2 * CMSG_SPACE(sizeof(int))];
		struct sockaddr_in6 from = { 0 };
		struct iovec part = { bytes, sizeof(bytes) };
		struct msghdr m = { .msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };
		ssize_t got = recvmsg(c->fd, &m, MSG_DONTWAIT);
		size_t size;

		if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENETDOWN &&
			kept == 0)
			return -errno;
		if (got < 0)
			break;
		size = joined_of(&m) > 0 ? joined_of(&m) : (size_t)got;
		if (!from_the_link(&from, &m) || size > FRAME_MAX) {
			c->refused++;
			continue;
		}
		kept += cut(&batch[kept], &from, bytes, (size_t)got, size);
	}
	return (int)kept;
}

/* How many of the frames can go as one message that the kernel cuts (UDP_SEGMENT): all to
 * one place and of one size, the last may be shorter. */
static size_t run_of(const struct node_frame *frames, size_t count)
{
	size_t n = 1, bytes = frames[0].len;

	while (n < count && n < JOINED_MAX && !frames[0].multicast &&
		!frames[n].multicast && frames[n].len <= frames[0].len &&
		frames[n - 1].len == frames[0].len &&
		bytes + frames[n].len <= JOINED_BYTES &&
		memcmp(&frames[n].to, &frames[0].to, sizeof(frames[0].to)) == 0)
		bytes += frames[n++].len;
	return n;
}

struct outgoing {
	struct sockaddr_in6 to;
	struct iovec *parts; /* borrowed */
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))];
};

static void message_of(struct msghdr *m, struct outgoing *o, const struct carrier *c,
	const struct node_frame *frames, size_t count)
{
	const struct node_frame *f = &frames[0];
	uint16_t size = (uint16_t)f->len;
	struct cmsghdr *cm;

	o->to = (struct sockaddr_in6){ .sin6_family = AF_INET6,
		.sin6_port = htons(f->multicast ? CARRIER_PORT : f->to.port),
		.sin6_scope_id = c->index,
		.sin6_addr = group };
	if (!f->multicast)
		memcpy(&o->to.sin6_addr, f->to.address, 16);
	for (size_t i = 0; i < count; i++)
		o->parts[i] = (struct iovec){ (void *)(uintptr_t)frames[i].bytes,
			frames[i].len };
	*m = (struct msghdr){ .msg_name = &o->to,
		.msg_namelen = sizeof(o->to),
		.msg_iov = o->parts,
		.msg_iovlen = count };
	if (count == 1)
		return;
	m->msg_control = o->control;
	m->msg_controllen = sizeof(o->control);
	cm = CMSG_FIRSTHDR(m);
	cm->cmsg_level = SOL_UDP;
	cm->cmsg_type = UDP_SEGMENT;
	cm->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(cm), &size, sizeof(size));
}

static int udp_send(struct carrier *c, const struct node_frame *frames, size_t count)
{
	struct mmsghdr headers[CARRIER_BATCH] = { 0 };
	struct outgoing all[CARRIER_BATCH];
	struct iovec parts[CARRIER_BATCH];
	size_t runs[CARRIER_BATCH], messages = 0, went = 0;
	int sent;

	if (count > CARRIER_BATCH)
		count = CARRIER_BATCH;
	for (size_t at = 0; at < count; at += runs[messages++]) {
		all[messages].parts = parts + at;
		runs[messages] = c->joins ? run_of(frames + at, count - at) : 1;
		message_of(&headers[messages].msg_hdr, &all[messages], c, frames + at,
			runs[messages]);
	}
	sent = sendmmsg(c->fd, headers, (unsigned)messages, MSG_DONTWAIT);
	if (sent < 0 && (errno == EINVAL || errno == EIO) && c->joins) {
		/* this interface or kernel does not cut them: one by one from here on */
		c->joins = false;
		return udp_send(c, frames, count);
	}
	if (sent < 0)
		return -errno;
	for (size_t i = 0; i < (size_t)sent && i < messages; i++)
		went += runs[i];
	return (int)went;
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
	(void)option(fd, SOL_UDP, UDP_GRO, 1);
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
		.joins = true,
		.mtu = mtu > IP_AND_UDP ? mtu - IP_AND_UDP : 0 };
	return 0;
}
