/* SPDX-License-Identifier: ISC */
/* Which act answers which order; what is done is remembered so that it can be undone. */
#include "node/warden/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/text.h"
#include "node/warden/forwarding.h"
#include "node/warden/order.h"
#include "node/warden/resolver.h"
#include "node/warden/rules.h"
#include "node/warden/tun.h"

enum { FDS_MAX = 2 };

struct client {
	struct tun tun;
	struct nft_ctx *guard, *gateway; /* rules of each */
	struct resolver resolver;
	int record;           /* what a gateway has changed; -1: nothing */
	struct answer answer; /* to the order in hand */
	int fds[FDS_MAX];     /* to go with it */
	int fd_count;
};

static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
	(void)number;
	stopped = 1;
}

bool serve_stopped(void)
{
	return stopped != 0;
}

void serve_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop };
	sigset_t set;

	/* let in only while there is nothing in hand */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
}

static int refuse(struct client *c, int err, const char *reason)
{
	struct text t = text_of(c->answer.reason, sizeof(c->answer.reason));

	/* one line */
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
	if (err < 0)
		return refuse(c, err, "no TUN device can be made");
	memcpy(c->answer.name, c->tun.name, sizeof(c->answer.name));
	c->answer.features = c->tun.features;
	return 0;
}

static int uplink_on(struct client *c)
{
	return tun_uplink(&c->tun, true);
}

static void uplink_off(struct client *c)
{
	(void)!tun_uplink(&c->tun, false);
}

static int dns_on(struct client *c)
{
	int err = hand_over(c, resolver_socket(SOCK_DGRAM));

	if (err == 0)
		err = hand_over(c, resolver_socket(SOCK_STREAM));
	if (err == 0)
		err = resolver_on(&c->resolver, c->tun.name);
	if (err == -ELOOP)
		return refuse(c, err, "/etc/resolv.conf is a symbolic link");
	if (err < 0)
		return refuse(c, err, "the system's resolver cannot be told");
	check(inet_pton(AF_INET, RESOLVER_ADDRESS, c->answer.address) == 1);
	return 0;
}

static void dns_off(struct client *c)
{
	resolver_off(&c->resolver, c->tun.name);
}

/* Forwarding begins when rules and route stand, and ends before they fall. */
static int gateway_on(struct client *c)
{
	bool alone = true;
	int err = forwarding_restore();

	if (err == 0)
		c->record = err = forwarding_record(&alone);
	if (err == -EEXIST)
		return refuse(c, -EBUSY, "another node is the gateway here");
	if (err < 0)
		return refuse(c, err, "no restore record can be kept");
	err = rules_gateway(&c->gateway, &c->tun, alone);
	if (err < 0)
		return refuse(c, err, rules_reason(c->gateway));
	err = tun_gateway(&c->tun, true);
	if (err < 0)
		return refuse(c, err, "100.71.0.0/16 is routed already");
	return forwarding_on(c->record);
}

static void gateway_off(struct client *c)
{
	if (c->record >= 0) {
		close(c->record);
		(void)!forwarding_restore();
	}
	c->record = -1;
	rules_close(&c->gateway);
	(void)!tun_gateway(&c->tun, false);
}

/* What hangs on the device; off undoes any part of on, and nothing twice. */
static const struct {
	int (*on)(struct client *c);
	void (*off)(struct client *c);
} switches[] = {
	[ORDER_DNS] = { dns_on, dns_off },
	[ORDER_UPLINK] = { uplink_on, uplink_off },
	[ORDER_GATEWAY] = { gateway_on, gateway_off },
};

static int turn_switch(struct client *c, const struct order *o)
{
	int err = 0;

	if (c->tun.index == 0)
		return refuse(c, -ENODEV, "there is no TUN device yet");
	switches[o->kind].off(c);
	if (o->on)
		err = switches[o->kind].on(c);
	if (err < 0)
		switches[o->kind].off(c);
	return err;
}

static int act(struct client *c, const struct order *o)
{
	int err;

	switch (o->kind) {
	case ORDER_TUN:
		return tun_on(c, o);
	case ORDER_GUARD:
		err = rules_guard(&c->guard, o->names, o->count);
		return err < 0 ? refuse(c, err, rules_reason(c->guard)) : 0;
	case ORDER_DNS:
	case ORDER_UPLINK:
	case ORDER_GATEWAY:
		return turn_switch(c, o);
	}
	return -EINVAL;
}

/* Descriptors go along with what was done. */
static void answer_send(struct client *c, int fd)
{
	uint8_t packet[ANSWER_SIZE_MAX];
	struct writer w = writer_of(packet, sizeof(packet));
	union {
		char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr aligned;
	} control = { { 0 } };
	size_t len = (size_t)c->fd_count * sizeof(int);
	struct iovec v = { packet, 0 };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	answer_write(&w, &c->answer);
	check(!w.overflow);
	v.iov_len = w.len;
	if (len > 0 && c->answer.error == 0) {
		control.aligned = (struct cmsghdr){ .cmsg_len = CMSG_LEN(len),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.aligned), c->fds, len);
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(len);
	}
	/* who does not read has closed: the next turn sees it */
	(void)!sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (c->fd_count > 0)
		close(c->fds[--c->fd_count]);
}

/* False: the connection has ended. */
static bool turn(struct client *c, int fd)
{
	uint8_t packet[ORDER_SIZE];
	ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);
	struct order o;
	int err;

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	c->answer = (struct answer){ .kind = ORDER_TUN };
	if ((size_t)n > sizeof(packet) || !order_parse(&o, bytes_of(packet, (size_t)n))) {
		err = refuse(c, -EINVAL, "that is no order");
	} else {
		c->answer.kind = o.kind;
		err = act(c, &o);
	}
	c->answer.error = (uint16_t)-err;
	answer_send(c, fd);
	return true;
}

/* Forwarding ends before the device goes. */
static void undo(struct client *c)
{
	if (c->tun.index != 0)
		for (size_t kind = ORDER_DNS; kind < array_len(switches); kind++)
			switches[kind].off(c);
	rules_close(&c->guard);
	tun_close(&c->tun);
}

void serve(int fd)
{
	struct client c = { .record = -1, .resolver.record = -1 };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	sigset_t none;

	sigemptyset(&none);
	while (!serve_stopped())
		if (ppoll(&p, 1, NULL, &none) > 0 && !turn(&c, fd))
			break;
	undo(&c);
	close(fd);
}

int serve_restore(void)
{
	int err = resolver_restore(), failed = forwarding_restore();

	return err < 0 ? err : failed;
}
