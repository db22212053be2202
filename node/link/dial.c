/* SPDX-License-Identifier: ISC */
/*
 * Peers of the settings: looked up, tried over each way and each address in turn, then after a
 * wait that doubles, with jitter, from 1 to 60 s. The way that worked last comes first.
 */
#include "node/link/far.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAILURES_MAX = 6, RECONNECT_S = 1, ITSELF_AGAIN_S = 600 };

static void state_set(struct dial *d, enum peer_state state)
{
	if (d->state != state)
		d->since_s = 0;
	d->state = state;
}

static void rest(struct peers *p, struct dial *d)
{
	unsigned most = 1u << d->failures;

	if (most > DIAL_WAIT_MAX_S)
		most = DIAL_WAIT_MAX_S;
	if (d->failures < FAILURES_MAX)
		d->failures++;
	d->wait_s = most - (unsigned)rng_below(p->rng, most / 2 + 1);
	state_set(d, PEER_WAITING);
}

static bool first_way(const struct dial *d)
{
	return d->where.way == WHERE_ANY ? d->tcp_worked : d->where.way == WHERE_TCP;
}

/* The other way to the same address, then the next address. */
static void step(struct dial *d)
{
	if (d->where.way == WHERE_ANY && !d->other) {
		d->other = true;
		d->tcp = !d->tcp;
		return;
	}
	d->other = false;
	d->tcp = first_way(d);
	d->at++;
}

static bool begin_tcp(struct peers *p, struct dial *d, const struct endpoint *to)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), off = 0;
	struct sockaddr_in6 a = peers_sockaddr(to);

	if (fd >= 0) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		peers_segments(fd);
	}
	if (fd < 0 || (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 &&
			      errno != EINPROGRESS)) {
		d->trouble = strerror(errno);
		if (fd >= 0)
			close(fd);
		return false;
	}
	d->far = far_add(p, to, d, fd);
	return true;
}

static bool begin_udp(struct peers *p, struct dial *d, const struct endpoint *to)
{
	struct far *f = far_by_endpoint(p, to);

	if (p->udp < 0 || (f != NULL && (f->tcp || f->dial != NULL))) {
		d->trouble = p->udp < 0 ? "UDP cannot be used" : "another peer is there";
		return false;
	}
	/* one that came to us from there is the same */
	if (f == NULL)
		f = far_add(p, to, d, -1);
	f->dial = d;
	d->far = f;
	d->instance = f->instance;
	return true;
}

static void attempt(struct peers *p, struct dial *d)
{
	for (; d->at < d->found.count; step(d)) {
		struct endpoint to = { .port = d->where.port };

		memcpy(to.address, d->found.address[d->at], sizeof(to.address));
		if (far_is_inside(&to)) {
			d->trouble = "it lies in the mesh itself";
			continue;
		}
		if (d->tcp ? begin_tcp(p, d, &to) : begin_udp(p, d, &to)) {
			state_set(d, PEER_CONNECTING);
			return;
		}
	}
	rest(p, d);
}

void dial_begin(struct peers *p, struct dial *d)
{
	d->found = (struct resolved){ 0 };
	d->at = 0;
	d->other = false;
	d->tcp = first_way(d);
	if (where_address(&d->where, d->found.address[0])) {
		d->found.count = 1;
		attempt(p, d);
		return;
	}
	d->question = ++p->last_question;
	state_set(d, PEER_RESOLVING);
	if (!hosts_ask(p->hosts, d->question, d->where.host)) {
		d->trouble = "too many names are looked up";
		rest(p, d);
	}
}

void dial_resolved(struct peers *p, const struct resolved *found)
{
	for (size_t i = 0; i < p->dial_count; i++) {
		struct dial *d = p->dials[i];

		if (d->state != PEER_RESOLVING || d->question != found->question)
			continue;
		d->found = *found;
		if (found->count == 0)
			d->trouble = found->trouble;
		attempt(p, d);
	}
}

void dial_lost(struct peers *p, struct dial *d, const char *why, bool met)
{
	if (met) {
		state_set(d, PEER_MET);
		return;
	}
	d->trouble = why;
	if (d->state == PEER_UP) {
		d->wait_s = RECONNECT_S;
		state_set(d, PEER_WAITING);
		return;
	}
	step(d);
	attempt(p, d);
}

/* Whether some far end leads to the process that it met, with a session if asked so. */
static bool is_met(const struct peers *p, const struct dial *d, bool with_session)
{
	/* a list that all nodes share names each node to itself; names may come to mean others */
	if (d->instance == p->instance)
		return d->since_s < ITSELF_AGAIN_S;
	for (size_t i = 0; i < FARS_MAX; i++) {
		const struct far *f = p->fars[i];

		if (f != NULL && f->instance == d->instance &&
			(f->proven || !with_session))
			return true;
	}
	return false;
}

void dial_tick(struct peers *p, struct dial *d)
{
	bool has_session = d->state == PEER_MET ? is_met(p, d, true)
						: d->far != NULL && d->far->proven;

	d->since_s++;
	d->down_s = has_session ? 0 : d->down_s + 1;
	switch (d->state) {
	case PEER_RESOLVING:
		break;
	case PEER_CONNECTING:
	case PEER_UP:
		state_set(d, has_session ? PEER_UP : PEER_CONNECTING);
		break;
	case PEER_MET:
		if (!is_met(p, d, false))
			dial_begin(p, d);
		break;
	case PEER_WAITING:
		if (d->wait_s == 0 || --d->wait_s == 0)
			dial_begin(p, d);
		break;
	}
}
