/* SPDX-License-Identifier: ISC */
/*
 * Far ends: TCP connections from the first byte to the last, and the table of all.
 *
 * Of two ways to one other process one is given up once a session runs: the one without it; of
 * two with one, begun by different sides, that of the higher instance, which both ends know;
 * else the newer. Before, both stay: anybody may claim an instance.
 */
#include "node/link/far.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/inet/scope.h"

enum {
	KEEP_IDLE_S = 5,
	KEEP_INTERVAL_S = 2,
	KEEP_COUNT = 3,
	USER_TIMEOUT_MS = 12000, /* what we sent and nobody acknowledged */
	UNSENT_MAX = 32 << 10,   /* bytes that the kernel holds before the wire */
};

struct far *far_by_id(const struct peers *p, uint32_t id)
{
	for (size_t i = 0; i < FARS_MAX; i++)
		if (p->fars[i] != NULL && p->fars[i]->id == id)
			return p->fars[i];
	return NULL;
}

static bool is_at(const struct far *f, const struct endpoint *e)
{
	return f->endpoint.port == e->port &&
	       memcmp(f->endpoint.address, e->address, sizeof(e->address)) == 0;
}

struct far *far_by_endpoint(const struct peers *p, const struct endpoint *e)
{
	struct far *found = NULL;

	for (size_t i = 0; i < FARS_MAX; i++) {
		struct far *f = p->fars[i];

		if (f != NULL && is_at(f, e) && (found == NULL || f->tcp))
			found = f;
	}
	return found;
}

static void configure(int fd)
{
	const struct {
		int level, name, value;
	} rows[] = { { IPPROTO_TCP, TCP_NODELAY, 1 }, { SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS },
		{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX } };

	/* each makes it better; none is needed for it to work */
	for (size_t i = 0; i < array_len(rows); i++)
		(void)setsockopt(fd, rows[i].level, rows[i].name, &rows[i].value,
			sizeof(rows[i].value));
}

static void watch(struct peers *p, struct far *f, bool write, int how)
{
	struct epoll_event e = { .events = EPOLLIN | (write ? EPOLLOUT : 0u),
		.data.u64 = (uint64_t)f->id + EVENT_FAR };

	f->wants_write = write;
	(void)epoll_ctl(p->epoll, how, f->fd, &e);
}

struct far *far_add(
	struct peers *p, const struct endpoint *e, struct dial *dial, int fd_take)
{
	struct far **place = p->fars, *f;

	while (place < p->fars + FARS_MAX && *place != NULL)
		place++;
	/* dials and who comes to us have caps of their own, which add up to the table */
	check(place < p->fars + FARS_MAX);
	f = *place = mem_new(sizeof(*f));
	f->id = ++p->last_id;
	f->tcp = fd_take >= 0;
	f->fd = fd_take;
	f->endpoint = *e;
	f->dial = dial;
	f->stage = !f->tcp ? FAR_OPEN : dial != NULL ? FAR_CONNECTING : FAR_GREETING;
	if (f->tcp) {
		configure(fd_take);
		/* a connection that is made, or refused, becomes writable */
		watch(p, f, true, EPOLL_CTL_ADD);
	}
	return f;
}

/* Whoever has one address of an IPv6 network has all of them (RFC 4291 section 2.5.1). */
static bool is_same_source(const uint8_t a[16], const uint8_t b[16])
{
	return memcmp(a, b, peers_is_ipv4(a) ? 16 : 8) == 0;
}

bool far_is_inside(const struct endpoint *e)
{
	struct address a;

	memcpy(a.b, e->address, sizeof(a.b));
	return scope_of(&a) == SCOPE_MESH;
}

bool far_make_room(struct peers *p, const struct endpoint *from)
{
	struct far *victim = NULL;
	size_t all = 0, same = 0;

	if (far_is_inside(from))
		return false;

	for (size_t i = 0; i < FARS_MAX; i++) {
		struct far *f = p->fars[i];

		if (f == NULL || f->dial != NULL)
			continue;
		all++;
		same += is_same_source(from->address, f->endpoint.address);
		if (!f->proven && (victim == NULL || f->unproven_s > victim->unproven_s))
			victim = f;
	}
	if (same >= PEERS_INCOMING_EACH)
		return false;
	if (all < PEERS_INCOMING_MAX)
		return true;
	if (victim == NULL)
		return false;
	far_close(p, victim, "made room for another one");
	return true;
}

static void far_remove(struct peers *p, struct far *f)
{
	for (size_t i = 0; i < FARS_MAX; i++)
		if (p->fars[i] == f)
			p->fars[i] = NULL;
	if (f->fd >= 0)
		close(f->fd);
	stream_out_fini(&f->out);
	mem_free(f);
}

static void far_end(struct peers *p, struct far *f, const char *why, bool met)
{
	struct dial *d = f->dial;

	if (d != NULL) {
		if (f->was_proven) {
			d->failures = 0;
			d->tcp_worked = f->tcp;
		}
		d->far = NULL;
	}
	far_remove(p, f);
	if (d != NULL)
		dial_lost(p, d, why, met);
}

void far_close(struct peers *p, struct far *f, const char *why)
{
	far_end(p, f, why, false);
}

/* Whether b stays rather than a, both to the same instance. */
static bool is_better(const struct peers *p, const struct far *a, const struct far *b)
{
	bool a_ours = a->dial != NULL, b_ours = b->dial != NULL;

	if (a->proven != b->proven)
		return b->proven;
	if (a_ours != b_ours)
		return (p->instance < b->instance) == b_ours;
	return b->age_s > a->age_s;
}

bool far_met(struct peers *p, struct far *f, uint64_t instance)
{
	f->instance = instance;
	if (f->dial != NULL)
		f->dial->instance = instance;
	if (instance == p->instance) {
		far_end(p, f, "it is this node itself", true);
		return false;
	}
	for (size_t i = 0; i < FARS_MAX; i++) {
		struct far *other = p->fars[i];

		if (other == NULL || other == f || other->instance != instance ||
			(!f->proven && !other->proven))
			continue;
		if (is_better(p, other, f)) {
			far_end(p, other, "another connection leads to it", true);
			continue;
		}
		/* of two that it began it gives up one itself */
		if (f->dial == NULL && other->dial == NULL)
			continue;
		far_end(p, f, "another connection leads to it", true);
		return false;
	}
	return true;
}

static void flush(struct peers *p, struct far *f)
{
	struct bytes b;

	while ((b = stream_next(&f->out)).len > 0) {
		ssize_t n = send(f->fd, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0) {
			far_close(p, f, strerror(errno));
			return;
		}
		stream_sent(&f->out, (size_t)n);
		f->wrote = true;
	}
	if (f->wants_write != (b.len > 0))
		watch(p, f, b.len > 0, EPOLL_CTL_MOD);
}

void far_send(struct peers *p, struct far *f, struct bytes frame, bool multicast)
{
	if (f->stage != FAR_OPEN)
		return;
	if (!f->tcp) {
		peers_udp_send(p, f, frame);
		return;
	}
	if (!stream_put(&f->out, frame, multicast))
		f->dropped++;
	else if (!f->wants_write)
		flush(p, f);
}

/* The connection stands: says who we are. */
static void greet(struct peers *p, struct far *f)
{
	uint8_t bytes[CALL_GREETING_SIZE];
	struct writer w = writer_of(bytes, sizeof(bytes));

	call_write(&w, &(struct call){ .kind = CALL_GREETING, .instance = p->instance });
	check(stream_put(&f->out, writer_bytes(&w), false));
	f->age_s = 0;
	if (f->stage == FAR_CONNECTING)
		f->stage = FAR_GREETING;
}

static void writable(struct peers *p, struct far *f)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (f->stage == FAR_CONNECTING) {
		if (getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
			err = errno;
		if (err != 0) {
			far_close(p, f, strerror(err));
			return;
		}
		greet(p, f);
	} else if (f->stage == FAR_GREETING && f->out.ring == NULL) {
		greet(p, f);
	}
	flush(p, f);
}

/* One record; false: f is gone. A frame is put into *d, and *kept counts it. */
static bool record_take(struct peers *p, struct far *f, struct bytes record,
	struct datagram *d, size_t *kept)
{
	struct frame_header h;
	struct call c;

	f->completed = f->heard = true;
	if (f->stage == FAR_GREETING) {
		if (!call_parse(&c, record) || c.kind != CALL_GREETING) {
			far_close(p, f, "it does not speak as a node");
			return false;
		}
		f->stage = FAR_OPEN;
		return far_met(p, f, c.instance);
	}
	if (!frame_header_parse(&h, record)) {
		far_close(p, f, "it sent what is no frame");
		return false;
	}
	d->from = f->endpoint;
	d->len = record.len;
	memcpy(d->bytes, record.data, record.len);
	(*kept)++;
	return true;
}

static size_t readable(struct peers *p, struct far *f, struct datagram *batch, size_t max)
{
	size_t kept = 0;

	for (unsigned turn = 0; turn < 2 * PEERS_TURN && kept < max; turn++) {
		struct bytes record;
		uint8_t *at;
		size_t want = stream_want(&f->in, &at);
		ssize_t n = recv(f->fd, at, want, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			far_close(p, f,
				n == 0 ? "it closed the connection" : strerror(errno));
			break;
		}
		switch (stream_got(&f->in, (size_t)n, &record)) {
		case STREAM_PARTIAL:
			continue;
		case STREAM_BAD:
			far_close(p, f, "it sent what is no frame");
			return kept;
		case STREAM_GIVEN:
			if (!record_take(p, f, record, &batch[kept], &kept))
				return kept;
		}
	}
	return kept;
}

size_t far_ready(struct peers *p, struct far *f, uint32_t events, struct datagram *batch,
	size_t max)
{
	uint32_t id = f->id;

	if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		writable(p, f);
	f = far_by_id(p, id);
	if (f == NULL || f->stage == FAR_CONNECTING || !(events & (EPOLLIN | EPOLLHUP)))
		return 0;
	return readable(p, f, batch, max);
}

static unsigned counted(bool goes_on, unsigned s)
{
	return goes_on ? s + 1 : 0;
}

/* Why a connection is given up now; NULL: it is not. */
static const char *tcp_trouble(const struct far *f)
{
	if (f->stage == FAR_CONNECTING)
		return f->age_s >= FAR_CONNECT_S ? "it does not answer" : NULL;
	if (f->stage == FAR_GREETING)
		return f->age_s >= FAR_GREETING_S ? "it does not speak as a node" : NULL;
	if (f->partial_s >= FAR_STUCK_S)
		return "it does not finish what it sends";
	if (f->stuck_s >= FAR_STUCK_S)
		return "it does not take what is sent";
	return NULL;
}

static const char *trouble_of(const struct far *f)
{
	const char *why = f->tcp ? tcp_trouble(f) : NULL;
	bool other_way = f->dial != NULL && f->dial->where.way == WHERE_ANY;
	/* who began it is the first to give up, and knows why */
	unsigned patience_s = f->dial == NULL        ? FAR_INCOMING_S
			      : other_way && !f->tcp ? FAR_UDP_S
						     : FAR_UNPROVEN_S;

	if (why != NULL || (f->tcp && f->stage != FAR_OPEN))
		return why;
	if (f->unproven_s >= patience_s)
		return f->silent_s >= f->unproven_s
			       ? "it does not answer"
			       : "no session; is it in the same mesh?";
	if (f->silent_s >= FAR_SILENT_S)
		return "nothing is heard of it";
	if (!f->tcp && f->dial == NULL && f->shown_s >= FAR_SHOWN_S)
		return "it went away";
	return NULL;
}

void far_tick(struct peers *p, struct far *f)
{
	const char *why;

	f->age_s++;
	f->shown_s++;
	f->was_proven = f->was_proven || f->proven;
	f->unproven_s = counted(!f->proven, f->unproven_s);
	f->silent_s = counted(!f->heard, f->silent_s);
	f->partial_s = counted(stream_is_partial(&f->in) && !f->completed, f->partial_s);
	f->stuck_s = counted(stream_next(&f->out).len > 0 && !f->wrote, f->stuck_s);
	f->heard = f->completed = f->wrote = false;
	why = trouble_of(f);
	if (why != NULL)
		far_close(p, f, why);
	else if (!f->tcp && f->dial != NULL &&
		 (!f->proven || f->age_s % FAR_KNOCK_S == 0))
		peers_udp_knock(p, f);
}
