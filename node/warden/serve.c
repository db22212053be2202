/* SPDX-License-Identifier: ISC */
/* Which act answers which order; what is done is remembered so that it can be undone. */
#include "node/warden/serve.h"

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
	const char *directory;
	struct tun tun;
	struct rules rules;
	struct resolver resolver;
	struct forwarding forwarding;
	bool uplink, gateway;
	int fds[FDS_MAX]; /* to go with the answer */
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

static int refuse(struct answer *a, int err, const char *reason)
{
	struct text t = text_of(a->reason, sizeof(a->reason));

	/* one line */
	text_chars(&t, reason, strcspn(reason, "\n"));
	return err;
}

static int do_tun(struct client *c, const struct order *o, struct answer *a)
{
	int fd;

	if (c->tun.index != 0)
		return refuse(a, -EBUSY, "this connection has a device already");
	fd = tun_open(&c->tun, &o->self, o->mtu);
	if (fd < 0)
		return refuse(a, fd, "no TUN device can be made");
	c->fds[c->fd_count++] = fd;
	memcpy(a->name, c->tun.name, sizeof(a->name));
	a->features = c->tun.features;
	return 0;
}

static int do_guard(struct client *c, const struct order *o, struct answer *a)
{
	int err = rules_guard(&c->rules, o->names, o->count);

	return err < 0 ? refuse(a, err, rules_reason(&c->rules)) : 0;
}

static int do_uplink(struct client *c, const struct order *o)
{
	int err = o->on == c->uplink ? 0 : tun_uplink(&c->tun, o->on);

	if (err == 0)
		c->uplink = o->on;
	return err;
}

static int do_dns(struct client *c, const struct order *o, struct answer *a)
{
	int err;

	if (!o->on || c->resolver.way != RESOLVER_NONE)
		resolver_off(&c->resolver, c->tun.name);
	if (!o->on)
		return 0;
	err = resolver_on(&c->resolver, c->tun.name, c->fds);
	if (err == -ELOOP)
		return refuse(a, err, "/etc/resolv.conf is a symbolic link");
	if (err < 0)
		return refuse(a, err, "the system's resolver cannot be told");
	c->fd_count = FDS_MAX;
	memcpy(a->address, resolver_address, sizeof(a->address));
	return 0;
}

/* Forwarding begins when rules and route stand, and ends before they fall. */
static void gateway_off(struct client *c)
{
	forwarding_off(&c->forwarding, c->directory);
	rules_gateway_off(&c->rules);
	(void)!tun_gateway(&c->tun, false);
	c->gateway = false;
}

static int gateway_on(struct client *c, struct answer *a)
{
	bool alone = true;
	int err = forwarding_restore(c->directory);

	if (err == 0)
		err = forwarding_record(&c->forwarding, c->directory, &alone);
	if (err < 0)
		return refuse(a, err,
			err == -EBUSY ? "another node is the gateway here"
				      : "no restore record can be kept");
	err = rules_gateway_on(&c->rules, &c->tun, alone);
	if (err < 0)
		return refuse(a, err, rules_reason(&c->rules));
	err = tun_gateway(&c->tun, true);
	return err < 0 ? refuse(a, err, "100.71.0.0/16 is routed already")
		       : forwarding_on();
}

static int do_gateway(struct client *c, const struct order *o, struct answer *a)
{
	int err = 0;

	if (o->on == c->gateway)
		return 0;
	if (o->on)
		err = gateway_on(c, a);
	c->gateway = o->on && err == 0;
	if (!c->gateway)
		gateway_off(c);
	return err;
}

static int act(struct client *c, const struct order *o, struct answer *a)
{
	if (o->kind != ORDER_TUN && o->kind != ORDER_GUARD && c->tun.index == 0)
		return refuse(a, -ENODEV, "there is no TUN device yet");
	switch (o->kind) {
	case ORDER_TUN:
		return do_tun(c, o, a);
	case ORDER_GUARD:
		return do_guard(c, o, a);
	case ORDER_UPLINK:
		return do_uplink(c, o);
	case ORDER_DNS:
		return do_dns(c, o, a);
	case ORDER_GATEWAY:
		return do_gateway(c, o, a);
	}
	return -EINVAL;
}

static void answer_send(struct client *c, int fd, const struct answer *a)
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

	answer_write(&w, a);
	check(!w.overflow);
	v.iov_len = w.len;
	if (c->fd_count > 0) {
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

/* False: the connection has ended, or brings what is no order. */
static bool turn(struct client *c, int fd)
{
	uint8_t packet[ORDER_SIZE];
	ssize_t n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);
	struct answer a = { 0 };
	struct order o;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	if ((size_t)n > sizeof(packet) || !order_parse(&o, bytes_of(packet, (size_t)n))) {
		a.kind = ORDER_TUN;
		a.error = EINVAL;
		(void)refuse(&a, 0, "that is no order");
		answer_send(c, fd, &a);
		return true;
	}
	a.kind = o.kind;
	a.error = (uint16_t)-act(c, &o, &a);
	answer_send(c, fd, &a);
	return true;
}

static void undo(struct client *c)
{
	resolver_off(&c->resolver, c->tun.name);
	gateway_off(c);
	rules_close(&c->rules);
	tun_close(&c->tun);
}

void serve(int fd, const char *directory)
{
	struct client c = { .directory = directory, .forwarding = { -1 } };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	sigset_t none;

	sigemptyset(&none);
	while (!serve_stopped())
		if (ppoll(&p, 1, NULL, &none) > 0 && !turn(&c, fd))
			break;
	undo(&c);
	close(fd);
}

int serve_restore(const char *directory)
{
	int err = resolver_restore(), failed = forwarding_restore(directory);

	return err < 0 ? err : failed;
}
