/* SPDX-License-Identifier: ISC */
/*
 * Frames over the Unix socket of a simulated radio: each packet is an Ethernet frame with the
 * EtherType that IEEE 802 leaves to local experiments. Endpoints are hardware addresses.
 */
#include "node/link/carrier.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEADER = CARRIER_ETHERNET_HEADER, ETHER_MTU = 1500, HELLO_WAIT_MS = 2000 };

static int ether_receive(struct carrier *c, struct datagram *batch, size_t max)
{
	uint8_t packet[HEADER + FRAME_MAX];
	size_t kept = 0;

	for (size_t tries = 0; tries < max; tries++) {
		ssize_t got = recv(c->fd, packet, sizeof(packet), MSG_DONTWAIT);

		if (got == 0)
			return kept > 0 ? (int)kept : -ENOTCONN;
		if (got < 0)
			return errno == EAGAIN || errno == EINTR ? (int)kept : -errno;
		if (got < HEADER || !carrier_ethernet_is_ours(packet)) {
			c->refused++;
			continue;
		}
		memset(&batch[kept].from, 0, sizeof(batch[kept].from));
		memcpy(batch[kept].from.address, packet + 6, 6);
		batch[kept].len = (size_t)got - HEADER;
		memcpy(batch[kept].bytes, packet + HEADER, batch[kept].len);
		kept++;
	}
	return (int)kept;
}

static int ether_send(struct carrier *c, const struct node_frame *frames, size_t count)
{
	size_t sent = 0;

	for (; sent < count; sent++) {
		const struct node_frame *f = &frames[sent];
		uint8_t packet[HEADER + FRAME_MAX];

		carrier_ethernet_head(packet, f, c->mac);
		memcpy(packet + HEADER, f->bytes, f->len);
		if (send(c->fd, packet, HEADER + f->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return sent > 0 ? (int)sent : -errno;
	}
	return (int)sent;
}

static void ether_close(struct carrier *c)
{
	close(c->fd);
	c->fd = -1;
}

static const struct link_ops ether_ops = { ether_receive, ether_send, ether_close };

static int say_hello(int fd, const char *node, const uint8_t mac[6])
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[160], answer[256];
	ssize_t got;
	int len =
		snprintf(text, sizeof(text), "node %s mac %02x:%02x:%02x:%02x:%02x:%02x",
			node, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);

	if (len < 0 || (size_t)len >= sizeof(text))
		return -ENAMETOOLONG;
	if (send(fd, text, (size_t)len, MSG_NOSIGNAL) < 0)
		return -errno;
	if (poll(&p, 1, HELLO_WAIT_MS) <= 0)
		return -ETIMEDOUT;
	got = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	if (got < 0)
		return -errno;
	return got == 2 && memcmp(answer, "ok", 2) == 0 ? 0 : -ECONNREFUSED;
}

int ether_open(struct carrier *c, const char *socket_path, const char *node,
	const uint8_t mac[6])
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(socket_path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, socket_path, strlen(socket_path));
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
	if (err == 0)
		err = say_hello(fd, node, mac);
	if (err < 0) {
		close(fd);
		return err;
	}
	*c = (struct carrier){ .ops = &ether_ops, .fd = fd, .mtu = ETHER_MTU };
	memcpy(c->mac, mac, sizeof(c->mac));
	return 0;
}
