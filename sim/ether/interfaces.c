/* SPDX-License-Identifier: ISC */
/* Descriptors of TAP devices and packet sockets: what needs privileges. */
#include "sim/ether/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int port_tap_open(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd, err;

	if (strlen(name) == 0 || strlen(name) >= sizeof(r.ifr_name))
		return -EINVAL;
	memcpy(r.ifr_name, name, strlen(name));
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, TUNSETIFF, &r) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int packet_configure(int fd, unsigned index)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)index };
	struct packet_mreq promiscuous = { .mr_ifindex = (int)index,
		.mr_type = PACKET_MR_PROMISC };
	int one = 1, room = 4 << 20;

	if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous,
			sizeof(promiscuous)) < 0)
		return -errno;
	/* Older kernels lack it; then the type of each packet tells. */
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

int port_packet_open(const char *interface)
{
	unsigned index = if_nametoindex(interface);
	int fd, err;

	if (index == 0)
		return -errno;
	/* Protocol 0: nothing is received before bind names the interface. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = packet_configure(fd, index);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}
