/* SPDX-License-Identifier: ISC */
/* The resolver's sockets, and what it finds. */
#include "node/daemon/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/inet/dns.h"

enum {
	PACKETS_BUDGET = 64,
	RETRY_MS = 10000,
	BACKLOG = 16,
	LENGTH_SIZE = 2, /* before each message of a stream: RFC 1035 section 4.2.2 */
	QUERY_MIN = 12,
	NAME_DIGITS = 16, /* of an id, for a node without a name that is its own */
};

struct endpoint_socket {
	struct daemon *daemon;
	int fd; /* -1: not in use */
	bool is_stream, handed;
	ev_io io;
};

struct stream {
	struct daemon *daemon;
	int fd; /* -1: not in use */
	ev_io io;
	struct instant asked_at;
	size_t in_len, out_len, out_sent;
	uint8_t in[LENGTH_SIZE + DNS_QUERY_MAX], out[LENGTH_SIZE + DNS_ANSWER_MAX];
};

struct resolver {
	struct endpoint_socket sockets[RESOLVER_SOCKETS_MAX];
	struct stream streams[RESOLVER_STREAMS_MAX];
	struct instant retry_at;
	int trouble; /* errno of the last try, or 0 */
	uint64_t queries, answered, malformed;
};

union any_address {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool is_loopback(const union any_address *a)
{
	if (a->sa.sa_family == AF_INET)
		return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
	return a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

/* ---- what is found ---- */

static void find_address(struct daemon *d, const char *name, struct dns_found *out)
{
	struct node_id id;

	/* a name that more than one has means nobody */
	if (node_find_id(d->node, name, &id) < 0)
		return;
	out->found = true;
	out->address = address_of(&id);
	out->ttl_s =
		node_pin_named(d->node, name) != NULL ? DNS_TTL_MAX_S : DNS_TTL_MIN_S;
}

/* Whether name, which may become lower-case in out, is found as this node. */
static bool is_name_of(
	struct daemon *d, const char *name, const struct node_id *id, char *out)
{
	struct node_id found;

	return node_name_parse(out, name) && node_find_id(d->node, out, &found) == 0 &&
	       id_equal(&found, id);
}

static void find_name(
	struct daemon *d, const struct address *address, struct dns_found *out)
{
	const struct node_pin *pin = node_pin_of(d->node, address);
	struct address self = node_address(d->node);
	struct text t = text_of(out->name, sizeof(out->name));
	struct routing_route r;

	out->ttl_s = DNS_TTL_MIN_S;
	if (pin != NULL) {
		out->found = true;
		out->ttl_s = DNS_TTL_MAX_S;
		text_string(&t, pin->name);
		return;
	}
	if (id_equal(address, &self)) {
		r.id = d->self.id;
		memcpy(r.name, d->settings.name, sizeof(r.name));
	} else if (!routing_route(node_routing(d->node), address, &r)) {
		return;
	}
	out->found = true;
	if (is_name_of(d, r.name, &r.id, out->name))
		return;
	t = text_of(out->name, sizeof(out->name));
	text_hex(&t, bytes_of(r.id.b, NAME_DIGITS / 2));
}

/* The answer to one packet, and its length; 0: none. */
static size_t answer(struct daemon *d, struct bytes packet, uint8_t *out, size_t room)
{
	struct resolver *v = d->resolver;
	struct dns_found found = { 0 };
	struct dns_query q;

	v->queries++;
	if (!dns_parse(&q, packet)) {
		v->malformed++;
		return 0;
	}
	v->malformed += q.rcode == DNS_FORMERR;
	if (q.asked == DNS_ASKED_ADDRESS)
		find_address(d, q.name, &found);
	else if (q.asked == DNS_ASKED_NAME)
		find_name(d, &q.address, &found);
	v->answered += found.found;
	return dns_answer(&q, &found, out, room);
}

/* ---- streams ---- */

static void stream_close(struct stream *s)
{
	ev_io_stop(s->daemon->loop, &s->io);
	close(s->fd);
	s->fd = -1;
}

/* False: closed. */
static bool stream_flush(struct stream *s)
{
	while (s->out_sent < s->out_len) {
		ssize_t n = send(s->fd, s->out + s->out_sent, s->out_len - s->out_sent,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n < 0) {
			stream_close(s);
			return false;
		}
		s->out_sent += (size_t)n;
	}
	s->out_sent = s->out_len = 0;
	return true;
}

/* Answers the whole messages that are there, as far as answers can be sent. */
static void stream_answer(struct stream *s, struct instant now)
{
	while (stream_flush(s) && s->out_len == 0 && s->in_len >= LENGTH_SIZE) {
		size_t size = (size_t)s->in[0] << 8 | s->in[1];
		size_t whole = LENGTH_SIZE + size, len;

		if (size < QUERY_MIN || whole > sizeof(s->in)) {
			s->daemon->resolver->malformed++;
			stream_close(s);
			return;
		}
		if (s->in_len < whole)
			break;
		len = answer(s->daemon, bytes_of(s->in + LENGTH_SIZE, size),
			s->out + LENGTH_SIZE, DNS_ANSWER_MAX);
		if (len == 0) {
			stream_close(s);
			return;
		}
		s->asked_at = now;
		s->out[0] = (uint8_t)(len >> 8);
		s->out[1] = (uint8_t)len;
		s->out_len = LENGTH_SIZE + len;
		s->in_len -= whole;
		memmove(s->in, s->in + whole, s->in_len);
	}
	if (s->fd < 0)
		return;
	ev_io_stop(s->daemon->loop, &s->io);
	ev_io_set(&s->io, s->fd, s->out_len > 0 ? EV_WRITE : EV_READ);
	ev_io_start(s->daemon->loop, &s->io);
}

static void on_stream(struct ev_loop *loop, ev_io *io, int events)
{
	struct stream *s = io->data;
	ssize_t n;

	(void)loop;
	if (events & EV_READ) {
		n = recv(s->fd, s->in + s->in_len, sizeof(s->in) - s->in_len,
			MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			stream_close(s);
			return;
		}
		s->in_len += n > 0 ? (size_t)n : 0;
	}
	stream_answer(s, daemon_now());
}

/* A free place, or that of the connection that asked longest ago. */
static struct stream *stream_place(struct resolver *v)
{
	struct stream *oldest = &v->streams[0];

	for (size_t i = 0; i < RESOLVER_STREAMS_MAX; i++) {
		struct stream *s = &v->streams[i];

		if (s->fd < 0)
			return s;
		if (instant_before(s->asked_at, oldest->asked_at))
			oldest = s;
	}
	stream_close(oldest);
	return oldest;
}

static void stream_open(struct daemon *d, int fd)
{
	struct stream *s = stream_place(d->resolver);
	int yes = 1;

	/* an answer does not wait for the one before it to be acknowledged */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	s->daemon = d;
	s->fd = fd;
	s->asked_at = daemon_now();
	s->in_len = s->out_len = s->out_sent = 0;
	ev_io_init(&s->io, on_stream, fd, EV_READ);
	s->io.data = s;
	ev_io_start(d->loop, &s->io);
}

/* ---- sockets ---- */

static void on_listener(struct ev_loop *loop, ev_io *io, int events)
{
	struct endpoint_socket *e = io->data;

	(void)events;
	for (int i = 0; i < RESOLVER_STREAMS_MAX; i++) {
		union any_address from = { 0 };
		socklen_t len = sizeof(from);
		int fd = accept4(e->fd, &from.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		/* who waits keeps the loop awake: not before the next second again */
		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			ev_io_stop(loop, io);
		if (fd < 0)
			return;
		if (is_loopback(&from))
			stream_open(e->daemon, fd);
		else
			close(fd);
	}
}

static void on_packets(struct ev_loop *loop, ev_io *io, int events)
{
	struct endpoint_socket *e = io->data;
	uint8_t packet[DNS_QUERY_MAX], out[DNS_ANSWER_MAX];

	(void)loop;
	(void)events;
	for (int i = 0; i < PACKETS_BUDGET; i++) {
		union any_address from = { 0 };
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(e->fd, packet, sizeof(packet),
			MSG_DONTWAIT | MSG_TRUNC, &from.sa, &len);
		size_t size;

		if (n < 0)
			return;
		if (!is_loopback(&from))
			continue;
		if ((size_t)n > sizeof(packet)) {
			e->daemon->resolver->malformed++;
			continue;
		}
		size = answer(e->daemon, bytes_of(packet, (size_t)n), out, sizeof(out));
		if (size > 0)
			(void)!sendto(e->fd, out, size, MSG_DONTWAIT | MSG_NOSIGNAL,
				&from.sa, len);
	}
}

static void socket_close(struct endpoint_socket *e)
{
	ev_io_stop(e->daemon->loop, &e->io);
	close(e->fd);
	e->fd = -1;
}

/* Puts it into the loop; false: there is no place left, and it is closed. */
static bool socket_add(struct daemon *d, int fd, bool is_stream, bool handed)
{
	struct endpoint_socket *e = d->resolver->sockets;

	for (; e->fd >= 0; e++)
		if (e == &d->resolver->sockets[RESOLVER_SOCKETS_MAX - 1]) {
			close(fd);
			return false;
		}
	e->daemon = d;
	e->fd = fd;
	e->is_stream = is_stream;
	e->handed = handed;
	ev_io_init(&e->io, is_stream ? on_listener : on_packets, fd, EV_READ);
	e->io.data = e;
	ev_io_start(d->loop, &e->io);
	return true;
}

static int socket_open(struct daemon *d, int family, bool is_stream)
{
	union any_address at = { 0 };
	uint16_t port = htons(d->settings.dns_port);
	int yes = 1, err;
	int fd = socket(family,
		(is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	at.sa.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		at.v4.sin_port = port;
		at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		at.v6.sin6_port = port;
		at.v6.sin6_addr = in6addr_loopback;
	}
	/* for streams only: two UDP sockets would share the port without a word */
	if ((is_stream &&
		    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0) ||
		bind(fd, &at.sa, family == AF_INET ? sizeof(at.v4) : sizeof(at.v6)) < 0 ||
		(is_stream && listen(fd, BACKLOG) < 0)) {
		err = -errno;
		close(fd);
		return err;
	}
	return socket_add(d, fd, is_stream, false) ? 0 : -ENOSPC;
}

static void sockets_close(struct resolver *v, bool handed_too)
{
	for (size_t i = 0; i < RESOLVER_SOCKETS_MAX; i++)
		if (v->sockets[i].fd >= 0 && (handed_too || !v->sockets[i].handed))
			socket_close(&v->sockets[i]);
}

/* Both transports of both families; a machine without IPv6 has no ::1. */
static int sockets_open(struct daemon *d)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int err;

	for (size_t i = 0; i < array_len(families); i++)
		for (int is_stream = 0; is_stream < 2; is_stream++) {
			err = socket_open(d, families[i], is_stream != 0);
			if (families[i] == AF_INET6 &&
				(err == -EADDRNOTAVAIL || err == -EAFNOSUPPORT))
				return 0;
			if (err < 0)
				return err;
		}
	return 0;
}

static struct resolver *resolver_of(struct daemon *d)
{
	if (d->resolver != NULL)
		return d->resolver;
	d->resolver = mem_new(sizeof(*d->resolver));
	for (size_t i = 0; i < RESOLVER_SOCKETS_MAX; i++)
		d->resolver->sockets[i].fd = -1;
	for (size_t i = 0; i < RESOLVER_STREAMS_MAX; i++)
		d->resolver->streams[i].fd = -1;
	d->resolver->retry_at = NEVER;
	return d->resolver;
}

void resolver_open(struct daemon *d, struct instant now)
{
	struct resolver *v = resolver_of(d);
	int err;

	sockets_close(v, false);
	err = d->settings.dns_port != 0 ? sockets_open(d) : 0;
	if (err < 0)
		sockets_close(v, false);
	if (err < 0 && err != v->trouble)
		log_line(&d->log, LOG_INFO_,
			"names: not answered over DNS: ", strerror(-err), NULL);
	v->trouble = err;
	v->retry_at = err < 0 ? instant_add_ms(now, RETRY_MS) : NEVER;
}

int resolver_take(struct daemon *d, int fd)
{
	union any_address at = { 0 };
	socklen_t at_len = sizeof(at), kind_len = sizeof(int);
	int kind, flags = fcntl(fd, F_GETFL), err = -EINVAL;

	(void)resolver_of(d);
	if (flags < 0)
		return -errno;
	if (getsockname(fd, &at.sa, &at_len) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &kind_len) < 0 ||
		fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		err = -errno;
	else if (is_loopback(&at) && (kind == SOCK_DGRAM || kind == SOCK_STREAM))
		return socket_add(d, fd, kind == SOCK_STREAM, true) ? 0 : -ENOSPC;
	close(fd);
	return err;
}

void resolver_close(struct daemon *d)
{
	struct resolver *v = d->resolver;

	if (v == NULL)
		return;
	for (size_t i = 0; i < RESOLVER_STREAMS_MAX; i++)
		if (v->streams[i].fd >= 0)
			stream_close(&v->streams[i]);
	sockets_close(v, true);
	mem_free(v);
	d->resolver = NULL;
}

void resolver_tick(struct daemon *d, struct instant now)
{
	struct resolver *v = d->resolver;

	if (v == NULL)
		return;
	for (size_t i = 0; i < RESOLVER_STREAMS_MAX; i++) {
		struct stream *s = &v->streams[i];

		if (s->fd >= 0 &&
			instant_due(instant_add_ms(s->asked_at, RESOLVER_STREAM_MS), now))
			stream_close(s);
	}
	for (size_t i = 0; i < RESOLVER_SOCKETS_MAX; i++)
		if (v->sockets[i].fd >= 0)
			ev_io_start(d->loop, &v->sockets[i].io);
	if (instant_due(v->retry_at, now))
		resolver_open(d, now);
}

void resolver_status(const struct daemon *d, struct resolver_status *out)
{
	const struct resolver *v = d->resolver;

	*out = (struct resolver_status){ .port = d->settings.dns_port };
	if (v == NULL)
		return;
	for (size_t i = 0; i < RESOLVER_SOCKETS_MAX; i++)
		out->up = out->up || v->sockets[i].fd >= 0;
	out->trouble = v->trouble < 0 ? strerror(-v->trouble) : NULL;
	out->queries = v->queries;
	out->answered = v->answered;
	out->malformed = v->malformed;
}
