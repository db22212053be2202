/* SPDX-License-Identifier: ISC */
/* The packet socket: qanatd gets no other frames by it than those of our EtherType to it. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/warden/files.h"
#include "node/warden/radio.h"

/* IEEE 802 leaves it to local experiments; the group is that of our UDP, ff02::7175. */
enum { ETHERTYPE = 0x88b5, FRAME_ROOM = 65535 };
static const char ours[] = "ether proto 0x88b5 and (ether dst 33:33:00:00:71:75 or "
			   "ether dst %02x:%02x:%02x:%02x:%02x:%02x)";
static const uint8_t group[6] = { 0x33, 0x33, 0, 0, 0x71, 0x75 };

static int filter_set(int fd, const uint8_t mac[6])
{
	char text[sizeof(ours) + 16];
	struct bpf_program program;
	struct sock_fprog filter;
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, FRAME_ROOM);
	int err, on = 1;

	check(dead != NULL);
	snprintf(
		text, sizeof(text), ours, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	check(pcap_compile(dead, &program, text, 1, PCAP_NETMASK_UNKNOWN) == 0);
	filter = (struct sock_fprog){ (unsigned short)program.bf_len,
		(struct sock_filter *)program.bf_insns };
	err = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ||
			      setsockopt(
				      fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) < 0
		      ? -errno
		      : 0;
	pcap_freecode(&program);
	pcap_close(dead);
	return err;
}

int radio_socket(const struct radio_port *r)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE),
		.sll_ifindex = (int)r->index };
	struct packet_mreq join = { .mr_ifindex = (int)r->index,
		.mr_type = PACKET_MR_MULTICAST,
		.mr_alen = sizeof(group) };
	struct ifreq q = { 0 };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	memcpy(join.mr_address, group, sizeof(group));
	memcpy(q.ifr_name, r->name, sizeof(q.ifr_name));
	/* no protocol yet, so nothing comes before the filter stands */
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &q) < 0)
		return file_failed(fd);
	err = filter_set(fd, (const uint8_t *)q.ifr_hwaddr.sa_data);
	if (err == 0 && (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
				setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &join,
					sizeof(join)) < 0))
		return file_failed(fd);
	if (err < 0)
		close(fd);
	return err < 0 ? err : fd;
}
