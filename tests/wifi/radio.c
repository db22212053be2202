/* SPDX-License-Identifier: ISC */
/*
 * Makes a simulated radio of mac80211_hwsim that lists only some modes, and takes it away again,
 * as a card with another driver that is put in and pulled out. And says what is not ours in frames
 * of our EtherType.
 *
 *   radio new NAME MODES     MODES: a sum of 1 << nl80211_iftype
 *   radio del NAME
 *   radio say IFACE COUNT    frames of any length with anything in them, to every node
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* drivers/net/wireless/mac80211_hwsim.h */
enum { CMD_NEW = 4, CMD_DEL = 5, ATTR_NAME = 17, ATTR_MODES = 23 };

/* The number of a new radio comes as a positive error. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *context)
{
	(void)from;
	*(int *)context = e->error < 0 ? e->error : 0;
	return NL_STOP;
}

static int on_ack(struct nl_msg *m, void *context)
{
	(void)m;
	*(int *)context = 0;
	return NL_STOP;
}

static int say(const char *interface, int count)
{
	enum { ETHERTYPE = 0x88b5, LONGEST = 1400 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE),
		.sll_ifindex = (int)if_nametoindex(interface),
		.sll_halen = 6,
		.sll_addr = { 0x33, 0x33, 0, 0, 0x71, 0x75 } };
	int fd = socket(AF_PACKET, SOCK_DGRAM, htons(ETHERTYPE));
	static unsigned char body[LONGEST];

	srand(1);
	while (fd >= 0 && count-- > 0) {
		size_t len = (size_t)rand() % LONGEST;

		for (size_t i = 0; i < len; i++)
			body[i] = (unsigned char)(rand() >> 8);
		body[0] &= 7; /* often the first byte of a frame that means something */
		if (sendto(fd, body, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			break;
	}
	if (fd < 0 || count >= 0)
		perror("radio");
	return fd < 0 || count >= 0;
}

int main(int argc, char **argv)
{
	struct nl_sock *s = nl_socket_alloc();
	struct nl_msg *m = nlmsg_alloc();
	int family, err = 1;

	if (argc == 4 && strcmp(argv[1], "say") == 0)
		return say(argv[2], (int)strtol(argv[3], NULL, 10));
	if (argc < 3 || genl_connect(s) < 0)
		return 2;
	family = genl_ctrl_resolve(s, "MAC80211_HWSIM");
	genlmsg_put(m, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, 0,
		strcmp(argv[1], "new") == 0 ? CMD_NEW : CMD_DEL, 1);
	nla_put_string(m, ATTR_NAME, argv[2]);
	if (argc > 3)
		nla_put_u32(m, ATTR_MODES, (uint32_t)strtoul(argv[3], NULL, 10));
	nl_socket_modify_err_cb(s, NL_CB_CUSTOM, on_error, &err);
	nl_socket_modify_cb(s, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &err);
	if (nl_send_auto(s, m) < 0)
		return 1;
	while (err > 0)
		(void)!nl_recvmsgs_default(s);
	if (err < 0)
		fprintf(stderr, "radio: %s\n", strerror(-err));
	return err < 0;
}
