/* SPDX-License-Identifier: ISC */
/*
 * What nl80211 says, with attributes missing, unknown or of odd length, as no kernel says it:
 * loaded into the node and its warden before libc (ld.so.preload), it damages one in N of the
 * attributes that they receive. N is what /run/odd says when the program starts; without this
 * file everything is as it comes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { KINDS = 4, DEEPEST = 4, TYPES = NLA_TYPE_MASK };

static ssize_t (*receive)(int, struct msghdr *, int);
static unsigned one_in, state = 1;

__attribute__((constructor)) static void begin(void)
{
	FILE *f = fopen("/run/odd", "re");
	char line[32], *end;

	receive = (ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");
	if (f == NULL || strncmp(program_invocation_short_name, "qanat", 5) != 0)
		return;
	if (fgets(line, sizeof(line), f) != NULL) {
		one_in = (unsigned)strtoul(line, &end, 10);
		state = (unsigned)strtoul(end, NULL, 10);
	}
	fclose(f);
}

static unsigned draw(unsigned below)
{
	state = state * 1103515245 + 12345;
	return (state >> 16) % below;
}

static size_t aligned(size_t len)
{
	return (len + NLA_ALIGNTO - 1) & ~(size_t)(NLA_ALIGNTO - 1);
}

/* Whether all of it reads as attributes. */
static int is_nest(const uint8_t *at, size_t len)
{
	size_t seen = 0;
	struct nlattr a;

	while (len >= sizeof(a)) {
		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len)
			return 0;
		seen++;
		at += aligned(a.nla_len) < len ? aligned(a.nla_len) : len;
		len -= aligned(a.nla_len) < len ? aligned(a.nla_len) : len;
	}
	return len == 0 && seen > 0;
}

static void damage(uint8_t *at, size_t len, unsigned depth)
{
	struct nlattr a;

	while (len >= sizeof(a)) {
		size_t step;

		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len)
			return;
		step = aligned(a.nla_len) < len ? aligned(a.nla_len) : len;
		if (draw(one_in) == 0) {
			switch (draw(KINDS)) {
			case 0: /* unknown, and so the one that it was is missing */
				a.nla_type = (uint16_t)(TYPES - draw(64));
				break;
			case 1: /* too short */
				a.nla_len =
					(uint16_t)(a.nla_len - (a.nla_len > sizeof(a)));
				break;
			case 2: /* too long: what follows is not where it should be */
				a.nla_len = (uint16_t)(a.nla_len + 1 + draw(40));
				break;
			default: /* nothing in it */
				a.nla_len = sizeof(a);
			}
			memcpy(at, &a, sizeof(a));
		} else if (depth < DEEPEST &&
			   is_nest(at + sizeof(a), a.nla_len - sizeof(a))) {
			damage(at + sizeof(a), a.nla_len - sizeof(a), depth + 1);
		}
		at += step;
		len -= step;
	}
}

static int is_generic(int fd)
{
	int domain = 0, protocol = 0;
	socklen_t len = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_NETLINK &&
	       getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
	       protocol == NETLINK_GENERIC;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
	ssize_t got = receive(fd, m, flags);
	uint8_t *at = m->msg_iov->iov_base;
	size_t left = got > 0 ? (size_t)got : 0;
	struct nlmsghdr h;
	int kept = errno;

	if (left > m->msg_iov->iov_len)
		left = m->msg_iov->iov_len;
	if (one_in != 0 && !(flags & MSG_PEEK) && is_generic(fd))
		while (left >= sizeof(h)) {
			memcpy(&h, at, sizeof(h));
			if (h.nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN ||
				h.nlmsg_len > left)
				break;
			/* who is who in generic netlink stays as it is */
			if (h.nlmsg_type > GENL_ID_CTRL)
				damage(at + NLMSG_HDRLEN + GENL_HDRLEN,
					h.nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, 0);
			at += aligned(h.nlmsg_len) < left ? aligned(h.nlmsg_len) : left;
			left -= aligned(h.nlmsg_len) < left ? aligned(h.nlmsg_len) : left;
		}
	errno = kept;
	return got;
}
