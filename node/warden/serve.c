/* SPDX-License-Identifier: ISC */
/*
 * Which act answers which order; what is done is remembered so that it can be undone. In a
 * row of acts, a ?: b is the first failure.
 */
#include "node/warden/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/text.h"
#include "node/warden/forwarding.h"
#include "node/warden/order.h"
#include "node/warden/radio.h"
#include "node/warden/resolver.h"
#include "node/warden/rules.h"
#include "node/warden/tun.h"

enum { FDS_MAX = 2 };

struct client {
	struct tun tun;
	struct nft_ctx *guard, *gateway; /* rules of each */
	struct resolver resolver;
	struct radio_port radio;
	int record;           /* what a gateway has changed; negative: nothing */
	struct answer answer; /* to the order in hand */
	int fds[FDS_MAX];     /* to go with it */
	int fd_count;
};

/* If err is one, it is answered in these words, as far as they go on one line. */
static int refuse(struct client *c, int err, const char *reason)
{
	struct text t = text_of(c->answer.reason, sizeof(c->answer.reason));

	if (err < 0)
		text_chars(&t, reason, strcspn(reason, "\n"));
	return err;
}

static int hand_over(struct client *c, int fd)
{
	if (fd < 0)
		return fd;
	c->fds[c->fd_count++] = fd;
	return 0;
}

static int tun_on(struct client *c, const struct order *o)
{
	int err;

	if (c->tun.index != 0)
		return refuse(c, -EBUSY, "this connection has a device already");
	err = hand_over(c, tun_open(&c->tun, &o->self, o->mtu));
	return refuse(c, err, "no TUN device can be made");
}

static int rules(struct client *c, const char *refusal)
{
	return refusal == NULL ? 0 : refuse(c, -EOPNOTSUPP, refusal);
}

static int dns_on(struct client *c)
{
	int err = hand_over(c, resolver_socket(SOCK_DGRAM)) ?:
		  hand_over(c, resolver_socket(SOCK_STREAM)) ?:
		  resolver_on(&c->resolver, c->tun.name);

	return refuse(c, err,
		err == -ELOOP ? "/etc/resolv.conf is a symbolic link"
			      : "the system's resolver cannot be told");
}

static int record(struct client *c, bool *alone)
{
	c->record = forwarding_restore() ?: forwarding_record(alone);
	if (c->record == -EEXIST)
		return refuse(c, -EBUSY, "another node is the gateway here");
	return c->record < 0 ? refuse(c, c->record, "no restore record can be kept") : 0;
}

/* Forwarding begins when rules and route stand, and ends before they fall. */
static int gateway_on(struct client *c)
{
	bool alone = true;

	return record(c, &alone) ?: rules(c, rules_gateway(&c->gateway, &c->tun, alone)) ?:
	       refuse(c, tun_gateway(&c->tun, true), "100.71.0.0/16 is routed already") ?:
	       forwarding_on(c->record);
}

static void gateway_off(struct client *c)
{
	forwarding_off(&c->record);
	rules_close(&c->gateway);
	(void)!tun_gateway(&c->tun, false);
}

static int radio(struct client *c, const struct order *o)
{
	const char *why = "";
	struct radio_sockets s;
	int err = radio_act(&c->radio, o->on ? &o->radio : NULL, &s, &why);

	(void)refuse(c, -1, why);
	if (o->on && err == 0) {
		err = hand_over(c, s.frames);
		(void)hand_over(c, s.monitor); /* the mesh goes without as well */
	}
	return err;
}

static int switch_on(struct client *c, enum order_kind kind)
{
	if (kind == ORDER_DNS)
		return dns_on(c);
	return kind == ORDER_UPLINK ? tun_uplink_on(&c->tun) : gateway_on(c);
}

/* Undoes any part of on. */
static void switch_off(struct client *c, enum order_kind kind)
{
	if (kind == ORDER_DNS)
		resolver_off(&c->resolver, c->tun.name);
	else if (kind == ORDER_UPLINK)
		tun_uplink_off(&c->tun);
	else
		gateway_off(c);
}

static int act(struct client *c, const struct order *o)
{
	int err = 0;

	if (o->kind == ORDER_TUN)
		return tun_on(c, o);
	if (o->kind == ORDER_GUARD)
		return rules(c, rules_guard(&c->guard, o->names, o->count));
	if (o->kind == ORDER_RADIO)
		return radio(c, o);
	if (c->tun.index == 0)
		return refuse(c, -ENODEV, "there is no TUN device yet");
	switch_off(c, o->kind);
	if (o->on)
		err = switch_on(c, o->kind);
	if (err < 0)
		switch_off(c, o->kind);
	return err;
}

static void answer_send(struct client *c, int fd)
{
	uint8_t packet[ANSWER_SIZE_MAX];
	struct writer w = writer_of(packet, sizeof(packet));
	size_t len = (size_t)c->fd_count * sizeof(int);
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(c->fds))];
	} along = { .head = { .cmsg_len = CMSG_LEN(len),
			    .cmsg_level = SOL_SOCKET,
			    .cmsg_type = SCM_RIGHTS } };
	struct iovec v = { .iov_base = packet };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = &along };

	answer_write(&w, &c->answer);
	check(!w.overflow);
	v.iov_len = w.len;
	memcpy(CMSG_DATA(&along.head), c->fds, len);
	if (c->fd_count > 0 && c->answer.error == 0)
		m.msg_controllen = CMSG_SPACE(len);
	/* who does not read has closed: the next turn sees it */
	(void)!sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (c->fd_count > 0)
		close(c->fds[--c->fd_count]);
}

/* False: the connection has ended. */
static bool turn(struct client *c, int fd)
{
	uint8_t packet[ORDER_SIZE + 1];
	ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
	struct order o;
	int err;

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	c->answer = (struct answer){ .kind = ORDER_TUN };
	if (order_parse(&o, bytes_of(packet, (size_t)n))) {
		c->answer.kind = o.kind;
		err = act(c, &o);
	} else {
		err = refuse(c, -EINVAL, "that is no order");
	}
	/* a radio's key may be in them */
	explicit_bzero(packet, sizeof(packet));
	explicit_bzero(&o, sizeof(o));
	c->answer.error = (uint16_t)-err;
	answer_send(c, fd);
	return true;
}

static void undo(struct client *c)
{
	for (enum order_kind k = ORDER_DNS; c->tun.index != 0 && k <= ORDER_GATEWAY; k++)
		switch_off(c, k);
	rules_close(&c->guard);
	tun_close(&c->tun);
	radio_off(&c->radio);
}

void serve(int fd, int stop)
{
	struct client c = { .record = -1, .resolver.record = -1, .radio.record = -1 };
	struct pollfd p[] = { { .fd = fd, .events = POLLIN },
		{ .fd = stop, .events = POLLIN } };

	while (poll(p, array_len(p), -1) >= 0 && p[1].revents == 0)
		if (p[0].revents != 0 && !turn(&c, fd))
			break;
	undo(&c);
	close(fd);
}

int serve_stop(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int serve_restore(void)
{
	int err = resolver_restore();

	err = forwarding_restore() ?: err;
	return radio_restore() ?: err;
}
