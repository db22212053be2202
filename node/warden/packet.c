/* SPDX-License-Identifier: ISC */
/* The packet sockets: by the one qanatd gets no other frames than those of our EtherType to it,
 * by the other no frame at all, but who sent one. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
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
/* Of IEEE 802.11: in a frame's first byte, bits of an unknown version, of control frames, whose
 * transmitter is mostly not in them, and of extensions; where the transmitter's address ends. */
enum { NOT_TOLD = 0x07, TRANSMITTER_ENDS = 16 };
static const char ours[] = "ether proto 0x88b5 and (ether dst 33:33:00:00:71:75 or "
			   "ether dst %02x:%02x:%02x:%02x:%02x:%02x)";
static const uint8_t group[6] = { 0x33, 0x33, 0, 0, 0x71, 0x75 };

static int filter_lock(int fd, struct sock_filter *acts, unsigned short count)
{
	struct sock_fprog filter = { count, acts };
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) <
				       0 ||
			       setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on,
				       sizeof(on)) < 0
		       ? -errno
		       : 0;
}

static int filter_set(int fd, const uint8_t mac[6])
{
	char text[sizeof(ours) + 16];
	struct bpf_program program;
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, FRAME_ROOM);
	int err;

	check(dead != NULL);
	snprintf(
		text, sizeof(text), ours, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	check(pcap_compile(dead, &program, text, 1, PCAP_NETMASK_UNKNOWN) == 0);
	err = filter_lock(fd, (struct sock_filter *)program.bf_insns,
		(unsigned short)program.bf_len);
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

/* libpcap's filters leave the same length of each frame, and these have headers before them
 * whose length they tell themselves, in their bytes 2 and 3 (radiotap.org). */
int radio_monitor_filter(int fd)
{
	struct sock_filter heads[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 3),
		BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 8),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 2),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_X, 0),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NOT_TOLD, 3, 0),
		BPF_STMT(BPF_MISC | BPF_TXA, 0),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, TRANSMITTER_ENDS),
		BPF_STMT(BPF_RET | BPF_A, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return filter_lock(fd, heads, array_len(heads));
}

int radio_monitor_socket(unsigned index)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)index };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err = fd < 0 ? -errno : radio_monitor_filter(fd);

	if (err == 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return file_failed(fd);
	if (err < 0 && fd >= 0)
		close(fd);
	return err < 0 ? err : fd;
}
