/* SPDX-License-Identifier: ISC */
/*
 * Datagrams to and from peers. Whoever asks to be sent what is for everybody first shows a
 * token, which proves that datagrams reach it: nothing is sent to an address that somebody
 * else claimed, but for answers of the size of what they answer. Until then nothing of it is
 * given to the node either, and nothing is remembered of it.
 */
#include "node/link/far.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "node/base/siphash.h"

/* Bound to the address, made of a secret of this process; never 0. */
static uint64_t token_of(const struct peers *p, const struct endpoint *e)
{
	uint8_t text[18];
	struct writer w = writer_of(text, sizeof(text));

	write_bytes(&w, bytes_of(e->address, sizeof(e->address)));
	write_u16(&w, e->port);
	return siphash(p->token_key, text, sizeof(text)) | 1;
}

static int put(const struct peers *p, const struct endpoint *to, struct bytes b)
{
	struct sockaddr_in6 a = peers_sockaddr(to);
	ssize_t n = sendto(p->udp, b.data, b.len, MSG_DONTWAIT | MSG_NOSIGNAL,
		(struct sockaddr *)&a, sizeof(a));

	return n < 0 ? -errno : 0;
}

static int call_put(struct peers *p, const struct endpoint *to, const struct call *c)
{
	uint8_t bytes[CALL_FULL_SIZE];
	struct writer w = writer_of(bytes, sizeof(bytes));

	call_write(&w, c);
	return put(p, to, writer_bytes(&w));
}

static bool has_other_way(const struct far *f)
{
	return f->dial != NULL && f->dial->where.way == WHERE_ANY;
}

void peers_udp_knock(struct peers *p, struct far *f)
{
	/* as long as another way is open, UDP must show that whole frames arrive */
	const struct call c = { .kind = CALL_KNOCK,
		.instance = p->instance,
		.full = has_other_way(f) && !f->proven };

	int err = call_put(p, &f->endpoint, &c);

	if (err < 0 && err != -EAGAIN)
		far_close(p, f,
			err == -EMSGSIZE ? "the path is too narrow for UDP"
					 : strerror(-err));
}

static void may_fragment(const struct peers *p, bool may)
{
	int v4 = may ? IP_PMTUDISC_WANT : IP_PMTUDISC_DO;
	int v6 = may ? IPV6_PMTUDISC_WANT : IPV6_PMTUDISC_DO;

	(void)setsockopt(p->udp, IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof(v4));
	(void)setsockopt(p->udp, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof(v6));
}

void peers_udp_send(struct peers *p, struct far *f, struct bytes frame)
{
	int err = p->udp >= 0 ? put(p, &f->endpoint, frame) : -ENOTCONN;

	if (err == -EMSGSIZE && has_other_way(f)) {
		far_close(p, f, "the path is too narrow for UDP");
		return;
	}
	if (err == -EMSGSIZE) {
		may_fragment(p, true);
		err = put(p, &f->endpoint, frame);
		may_fragment(p, false);
	}
	f->dropped += err < 0;
}

/* A token was shown by an address that it holds for: it is let in, or stays. */
static void let_in(struct peers *p, const struct endpoint *from, const struct call *c)
{
	struct far *f = far_by_endpoint(p, from);

	if (f != NULL && f->tcp)
		return;
	if (f == NULL) {
		if (!far_make_room(p, from)) {
			p->carrier->refused++;
			return;
		}
		f = far_add(p, from, NULL, -1);
	}
	f->shown_s = 0;
	f->heard = true;
	/* it may give up f, or another one */
	(void)far_met(p, f, c->instance);
}

static void call_receive(struct peers *p, const struct endpoint *from, struct bytes b)
{
	struct far *f = far_by_endpoint(p, from);
	bool dialed = f != NULL && !f->tcp && f->dial != NULL;
	struct call c;

	if (!call_parse(&c, b)) {
		p->carrier->refused++;
		return;
	}
	if (c.kind == CALL_KNOCK && p->listen.port != 0) {
		(void)call_put(p, from,
			&(struct call){
				CALL_TOKEN, p->instance, token_of(p, from), c.full });
	} else if (c.kind == CALL_TOKEN && dialed) {
		f->heard = true;
		if (far_met(p, f, c.instance))
			(void)call_put(p, from,
				&(struct call){
					CALL_SHOWN, p->instance, c.token, c.full });
	} else if (c.kind == CALL_SHOWN && p->listen.port != 0 &&
		   c.token == token_of(p, from)) {
		let_in(p, from, &c);
	} else {
		p->carrier->refused++;
	}
}

static bool frame_take(
	struct peers *p, const struct endpoint *from, struct datagram *d, size_t len)
{
	struct far *f;

	if (len <= CALL_FULL_SIZE && call_is(bytes_of(d->bytes, len))) {
		call_receive(p, from, bytes_of(d->bytes, len));
		return false;
	}
	f = far_by_endpoint(p, from);
	if (f == NULL || f->tcp || len > FRAME_MAX) {
		p->carrier->refused++;
		return false;
	}
	f->heard = true;
	d->from = *from;
	d->len = len;
	return true;
}

size_t peers_udp_receive(struct peers *p, struct datagram *batch, size_t max)
{
	size_t kept = 0;

	for (unsigned tries = 0; tries < CARRIER_BATCH && kept < max; tries++) {
		struct datagram *d = &batch[kept];
		struct sockaddr_in6 a = { 0 };
		socklen_t a_len = sizeof(a);
		struct endpoint from;
		ssize_t n = recvfrom(p->udp, d->bytes, sizeof(d->bytes),
			MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&a, &a_len);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			continue; /* what an ICMP message left behind */
		if (n < 0)
			break;
		memcpy(from.address, &a.sin6_addr, sizeof(from.address));
		from.port = ntohs(a.sin6_port);
		kept += frame_take(p, &from, d, (size_t)n);
	}
	return kept;
}
