/* SPDX-License-Identifier: ISC */
/*
 * The carrier itself: one epoll descriptor stands for all its sockets, so that the program
 * around it sees an interface like any other.
 */
#include "node/link/far.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"

enum { LISTEN_BACKLOG = 32, ACCEPTS_A_TURN = 8, EVENTS_A_TURN = 32, TICK_MS = 1000 };

struct sockaddr_in6 peers_sockaddr(const struct endpoint *e)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(e->port) };

	memcpy(&a.sin6_addr, e->address, sizeof(e->address));
	return a;
}

/* ---- sockets ---- */

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* A socket for both families, bound where w says (port 0: wherever), in epoll as what. */
static int socket_open(
	struct peers *p, int type, const struct where *w, uint64_t what, int *out)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(w->port) };
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = what };
	int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	if (w->host[0] != '\0')
		check(where_address(w, a.sin6_addr.s6_addr));
	err = option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	if (err == 0 && type == SOCK_STREAM) {
		peers_segments(fd);
		err = option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	}
	if (err == 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		err = -errno;
	if (err == 0 && type == SOCK_STREAM && listen(fd, LISTEN_BACKLOG) < 0)
		err = -errno;
	if (err == 0 && epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		err = -errno;
	if (err < 0)
		close(fd);
	else
		*out = fd;
	return err;
}

/* RFC 8200 section 5, less the headers of IPv6 and TCP. */
void peers_segments(int fd)
{
	(void)option(fd, IPPROTO_TCP, TCP_MAXSEG, 1280 - 40 - 20);
}

static int udp_open_at(struct peers *p, const struct where *w, int *out)
{
	int err = socket_open(p, SOCK_DGRAM, w, EVENT_UDP, out);

	if (err < 0)
		return err;
	/* a frame that the path does not carry whole is to be heard of */
	(void)option(*out, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
	(void)option(*out, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
	(void)option(*out, SOL_SOCKET, SO_RCVBUF, PEERS_UDP_BUFFER);
	(void)option(*out, SOL_SOCKET, SO_SNDBUF, PEERS_UDP_BUFFER);
	return 0;
}

/* ---- as a carrier ---- */

static void accept_some(struct peers *p)
{
	for (unsigned i = 0; i < ACCEPTS_A_TURN; i++) {
		struct sockaddr_in6 a = { 0 };
		socklen_t len = sizeof(a);
		struct endpoint from;
		int fd = accept4(p->listener, (struct sockaddr *)&a, &len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		memcpy(from.address, &a.sin6_addr, sizeof(from.address));
		from.port = ntohs(a.sin6_port);
		if (far_make_room(p, &from)) {
			(void)far_add(p, &from, NULL, fd);
		} else {
			p->carrier->refused++;
			close(fd);
		}
	}
}

static size_t take_event(
	struct peers *p, const struct epoll_event *e, struct datagram *batch, size_t max)
{
	struct resolved found;
	struct far *f;

	switch (e->data.u64) {
	case EVENT_UDP:
		return peers_udp_receive(p, batch, max);
	case EVENT_LISTENER:
		accept_some(p);
		return 0;
	case EVENT_RESOLVER:
		while (hosts_take(p->hosts, &found))
			dial_resolved(p, &found);
		return 0;
	}
	/* one that an event before it has ended is not found any more */
	f = far_by_id(p, (uint32_t)(e->data.u64 - EVENT_FAR));
	return f != NULL ? far_ready(p, f, e->events, batch, max) : 0;
}

static int peers_receive(struct carrier *c, struct datagram *batch, size_t max)
{
	struct peers *p = peers_of(c);
	struct epoll_event events[EVENTS_A_TURN];
	int count = epoll_wait(p->epoll, events, EVENTS_A_TURN, 0);
	size_t kept = 0;

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count && kept < max; i++)
		kept += take_event(p, &events[i], batch + kept,
			max - kept < PEERS_TURN ? max - kept : PEERS_TURN);
	return (int)kept;
}

static void send_one(struct peers *p, const struct node_frame *frame)
{
	struct bytes bytes = bytes_of(frame->bytes, frame->len);
	struct far *f = far_by_endpoint(p, &frame->to);

	if (!frame->multicast) {
		if (f != NULL)
			far_send(p, f, bytes, false);
		return;
	}
	/* in turn from either end: of two ways to one node each is the first now and then, else
	 * the two ends might each stick to another one */
	p->backwards = !p->backwards;
	for (size_t i = 0; i < FARS_MAX; i++) {
		f = p->fars[p->backwards ? FARS_MAX - 1 - i : i];
		if (f != NULL)
			far_send(p, f, bytes, true);
	}
}

/* What a far end has no room for is lost as on a radio: nobody waits for the slowest. */
static int peers_send(struct carrier *c, const struct node_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		send_one(peers_of(c), &frames[i]);
	return (int)count;
}

static void dial_free(struct peers *p, size_t at)
{
	struct dial *d = p->dials[at];

	if (d->far != NULL) {
		struct far *f = d->far;

		f->dial = NULL;
		far_close(p, f, "");
	}
	mem_free(d);
	p->dials[at] = p->dials[--p->dial_count];
}

static void incoming_close(struct peers *p)
{
	for (size_t i = 0; i < FARS_MAX; i++)
		if (p->fars[i] != NULL && p->fars[i]->dial == NULL)
			far_close(p, p->fars[i], "");
}

static void peers_close(struct carrier *c)
{
	struct peers *p = peers_of(c);

	while (p->dial_count > 0)
		dial_free(p, p->dial_count - 1);
	incoming_close(p);
	shut(&p->udp);
	shut(&p->listener);
	hosts_close(p->hosts);
	shut(&p->epoll);
	wipe(p->token_key, sizeof(p->token_key));
	mem_free(p);
	c->own = NULL;
	c->fd = -1;
}

static const struct link_ops peers_ops = { peers_receive, peers_send, peers_close };

int peers_open(struct carrier *c, const struct rng *rng)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = EVENT_RESOLVER };
	struct peers *p = mem_new(sizeof(*p));
	int err = 0;

	*p = (struct peers){ .carrier = c,
		.rng = rng,
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.udp = -1,
		.listener = -1,
		.instance = rng_u64(rng) | 1,
		.tick_at = instant_us(INT64_MIN) };
	rng_fill(rng, p->token_key, sizeof(p->token_key));
	if (p->epoll < 0)
		err = -errno;
	if (err == 0)
		err = hosts_open(&p->hosts);
	if (err == 0 && epoll_ctl(p->epoll, EPOLL_CTL_ADD, hosts_fd(p->hosts), &e) < 0)
		err = -errno;
	*c = (struct carrier){
		.ops = &peers_ops, .fd = p->epoll, .mtu = PEERS_MTU, .own = p
	};
	if (err < 0)
		peers_close(c);
	return err;
}

/* ---- what it is told ---- */

static const struct where nowhere = { .port = 0 };

static bool is_told(const struct peers_told *told, const struct where *w)
{
	for (size_t i = 0; i < told->dial_count; i++)
		if (strcmp(told->dials[i].text, w->text) == 0)
			return true;
	return false;
}

static bool is_dialed(const struct peers *p, const struct where *w)
{
	for (size_t i = 0; i < p->dial_count; i++)
		if (strcmp(p->dials[i]->where.text, w->text) == 0)
			return true;
	return false;
}

static void dials_follow(struct peers *p, const struct peers_told *told)
{
	for (size_t i = p->dial_count; i-- > 0;)
		if (!is_told(told, &p->dials[i]->where))
			dial_free(p, i);
	for (size_t i = 0; i < told->dial_count; i++) {
		struct dial *d;

		if (is_dialed(p, &told->dials[i]) || p->dial_count == PEERS_DIALS_MAX)
			continue;
		d = p->dials[p->dial_count++] = mem_new(sizeof(*d));
		d->where = told->dials[i];
		dial_begin(p, d);
	}
}

/* UDP is sent from the port that is listened on, so both are opened anew together. */
static int listen_follow(struct peers *p, const struct where *w)
{
	int udp = -1, listener = -1, err = 0;

	if (p->udp >= 0 && strcmp(w->text, p->listen.text) == 0)
		return 0;
	if (p->listen.port != 0) {
		incoming_close(p);
		shut(&p->udp);
		shut(&p->listener);
		p->listen = nowhere;
	}
	if (w->port != 0)
		err = socket_open(p, SOCK_STREAM, w, EVENT_LISTENER, &listener);
	if (err == 0)
		err = udp_open_at(p, w, &udp);
	if (err < 0) {
		shut(&listener);
		/* dials do not need the port */
		if (p->udp < 0)
			(void)udp_open_at(p, &nowhere, &p->udp);
		return err;
	}
	shut(&p->udp);
	p->udp = udp;
	p->listener = listener;
	p->listen = *w;
	return 0;
}

int peers_tell(struct carrier *c, const struct peers_told *told)
{
	struct peers *p = peers_of(c);
	int err = listen_follow(p, told->listen != NULL ? told->listen : &nowhere);

	dials_follow(p, told);
	return err;
}

static bool is_proven(const struct far *f, const struct endpoint *proven, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (f->endpoint.port == proven[i].port &&
			memcmp(f->endpoint.address, proven[i].address,
				sizeof(proven[i].address)) == 0)
			return true;
	return false;
}

void peers_tick(struct carrier *c, struct instant now, const struct endpoint *proven,
	size_t count)
{
	struct peers *p = peers_of(c);

	if (!instant_due(p->tick_at, now))
		return;
	p->tick_at = instant_add_ms(now, TICK_MS - TICK_MS / 10);
	/* a session may have outlived another way to the same endpoint */
	for (size_t i = 0; i < FARS_MAX; i++)
		if (p->fars[i] != NULL)
			p->fars[i]->proven = p->fars[i]->instance != 0 &&
					     is_proven(p->fars[i], proven, count);
	for (size_t i = 0; i < FARS_MAX; i++)
		if (p->fars[i] != NULL && p->fars[i]->proven && !p->fars[i]->was_proven)
			(void)far_met(p, p->fars[i], p->fars[i]->instance);
	for (size_t i = 0; i < FARS_MAX; i++)
		if (p->fars[i] != NULL)
			far_tick(p, p->fars[i]);
	for (size_t i = 0; i < p->dial_count; i++)
		dial_tick(p, p->dials[i]);
}

/* ---- what it says of them ---- */

static void dial_status(
	const struct peers *p, const struct dial *d, struct peer_status *out)
{
	const struct far *f = d->far;

	for (size_t i = 0; d->state == PEER_MET && i < FARS_MAX; i++)
		if (p->fars[i] != NULL && p->fars[i]->instance == d->instance)
			f = p->fars[i];
	*out = (struct peer_status){ .name = d->where.text,
		.state = d->state,
		.tcp = f != NULL ? f->tcp : d->tcp,
		.since_s = d->since_s,
		.down_s = d->down_s,
		.trouble = d->state == PEER_MET && d->instance == p->instance
				   ? "it is this node itself"
			   : d->down_s > 0 ? d->trouble
					   : NULL };
	if (f != NULL) {
		out->endpoint = f->endpoint;
		out->dropped = f->dropped;
	}
}

bool peers_at(const struct carrier *c, size_t i, struct peer_status *out)
{
	const struct peers *p = peers_of(c);

	if (i < p->dial_count) {
		dial_status(p, p->dials[i], out);
		return true;
	}
	i -= p->dial_count;
	for (size_t k = 0; k < FARS_MAX; k++) {
		const struct far *f = p->fars[k];

		if (f == NULL || f->dial != NULL || i-- > 0)
			continue;
		*out = (struct peer_status){ .state = f->proven ? PEER_UP
								: PEER_CONNECTING,
			.tcp = f->tcp,
			.endpoint = f->endpoint,
			.since_s = f->age_s,
			.down_s = f->unproven_s,
			.dropped = f->dropped };
		return true;
	}
	return false;
}
