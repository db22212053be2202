/* SPDX-License-Identifier: ISC */
/*
 * The interfaces that the node was told to use: opened when the kernel says they can carry
 * us, closed when they vanish, opened again when they return.
 */
#include "node/daemon/daemon.h"

#include <errno.h>
#include <string.h>

#include "node/base/mem.h"

enum { FLUSH_BUDGET = 4 * CARRIER_BATCH, ETHER_RETRY_MS = 500 };

static uint32_t number_of(const struct port *p)
{
	return (uint32_t)(p - p->daemon->ports) + 1;
}

void port_shut(struct port *p, struct instant now, const char *why)
{
	struct daemon *d = p->daemon;

	if (!p->open)
		return;
	log_line(&d->log, LOG_INFO_, "interface ", p->name, ": closed, ", why, NULL);
	ev_io_stop(d->loop, &p->io);
	p->carrier.ops->close(&p->carrier);
	p->open = false;
	p->waiting = 0;
	p->trouble = why;
	p->retry_ms = now.us / 1000 + ETHER_RETRY_MS;
	node_interface_remove(d->node, now, number_of(p));
}

/* A radio says more of what happened to it than an errno. */
static void port_failed(struct port *p, struct instant now, int err)
{
	if (p->kind == PORT_RADIO)
		wifi_failed(p, now, err);
	else
		port_shut(p, now, strerror(-err));
}

static void port_read(struct ev_loop *loop, ev_io *io, int events)
{
	struct port *p = io->data;
	struct daemon *d = p->daemon;
	struct instant now = daemon_now();
	int got = 0;

	(void)loop;
	if (events & EV_READ)
		got = p->carrier.ops->receive(&p->carrier, d->batch, CARRIER_RECEIVE);
	for (int i = 0; i < got; i++) {
		node_receive(d->node, now, number_of(p), &d->batch[i].from,
			d->batch[i].bytes, d->batch[i].len);
		ip_drain(d);
	}
	if (got < 0)
		port_failed(p, now, got);
	daemon_pump(d, now);
}

void port_opened(struct port *p, struct instant now)
{
	struct daemon *d = p->daemon;

	p->open = true;
	p->trouble = NULL;
	p->waiting = p->waiting_first = 0;
	node_interface_add(d->node, now, number_of(p), p->carrier.mtu);
	ev_io_init(&p->io, port_read, p->carrier.fd, EV_READ);
	p->io.data = p;
	ev_io_start(d->loop, &p->io);
	log_line(&d->log, LOG_INFO_, "interface ", p->name, ": open", NULL);
}

static void ether_try(struct port *p, struct instant now)
{
	uint8_t mac[6];
	int err;

	if (now.us / 1000 < p->retry_ms)
		return;
	rng_fill(&p->daemon->rng, mac, sizeof(mac));
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2); /* locally administered, unicast */
	err = ether_open(&p->carrier, p->name, p->daemon->settings.name, mac);
	p->retry_ms = now.us / 1000 + ETHER_RETRY_MS;
	if (err < 0) {
		p->trouble = strerror(-err);
		return;
	}
	p->state = (struct interface_state){
		.exists = true, .up = true, .mtu = p->carrier.mtu
	};
	memcpy(p->state.mac, mac, sizeof(mac));
	port_opened(p, now);
}

static const char *trouble_of(const struct interface_state *s)
{
	if (!s->exists)
		return "no such interface";
	if (!s->up)
		return "interface is down";
	if (!s->link_local)
		return "interface has no link-local IPv6 address";
	return "interface has changed";
}

static void udp_try(struct port *p, struct instant now)
{
	struct interface_state s;
	int err = interfaces_state(p->daemon->interfaces, p->name, &s);

	if (err < 0) {
		p->trouble = strerror(-err);
		return;
	}
	if (p->open && s.exists && s.up && s.index == p->carrier.index &&
		s.mtu == p->state.mtu) {
		p->state = s;
		return;
	}
	port_shut(p, now, trouble_of(&s));
	p->state = s;
	if (!s.exists || !s.up || !s.link_local) {
		p->trouble = trouble_of(&s);
		return;
	}
	err = udp_open(&p->carrier, p->name, s.index, s.mtu);
	if (err < 0) {
		p->trouble = strerror(-err);
		return;
	}
	port_opened(p, now);
}

/* The endpoints with a session on the port; their number, at most room. */
static size_t proven_fill(
	struct port *p, struct instant now, struct endpoint *out, size_t room)
{
	struct node_link l;
	size_t count = 0;

	for (size_t i = 0; count < room && node_link_at(p->daemon->node, now, i, &l); i++)
		if (l.neighbour.interface == number_of(p) && l.session_age_us >= 0)
			out[count++] = l.endpoint;
	return count;
}

/* Opens it, tells it what to do, again while that fails, and each second how things are. */
static void peers_try(struct port *p, struct instant now, bool is_told_anew)
{
	const struct settings *s = &p->daemon->settings;
	const struct peers_told told = { s->peer, s->peer_count,
		s->listen.port != 0 ? &s->listen : NULL };
	struct endpoint proven[NODE_LINKS_MAX];
	int err = 0;

	if (!p->open) {
		err = peers_open(&p->carrier, &p->daemon->rng);
		if (err < 0) {
			p->trouble = strerror(-err);
			return;
		}
		p->state = (struct interface_state){
			.exists = true, .up = true, .mtu = p->carrier.mtu
		};
		port_opened(p, now);
		is_told_anew = true;
	}
	if (is_told_anew || p->trouble != NULL) {
		err = peers_tell(&p->carrier, &told);
		p->trouble = err < 0 ? strerror(-err) : NULL;
	}
	peers_tick(
		&p->carrier, now, proven, proven_fill(p, now, proven, array_len(proven)));
}

static struct port *port_find(struct daemon *d, const char *name, enum port_kind kind)
{
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++) {
		struct port *p = &d->ports[i];

		if (p->used && p->kind == kind && strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

static void port_tell(struct daemon *d, const char *name, enum port_kind kind)
{
	if (port_find(d, name, kind) != NULL)
		return;
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++) {
		struct port *p = &d->ports[i];

		if (p->used)
			continue;
		*p = (struct port){
			.daemon = d, .used = true, .kind = kind, .trouble = "not open yet"
		};
		memcpy(p->name, name, strlen(name) + 1);
		p->frames = mem_array(CARRIER_BATCH, sizeof(*p->frames));
		return;
	}
	log_line(&d->log, LOG_ERROR_, "interface ", name, ": too many interfaces", NULL);
}

static bool wants_peers(const struct settings *s)
{
	return s->peer_count > 0 || s->listen.port != 0;
}

static bool is_told(const struct settings *s, const struct port *p)
{
	size_t count = p->kind == PORT_ETHER ? s->ether_count : s->iface_count;

	if (p->kind == PORT_PEERS)
		return wants_peers(s);
	if (p->kind == PORT_RADIO)
		return wifi_is_told(p->daemon) ||
		       p->daemon->wifi.told.interface[0] == '\0';
	for (size_t i = 0; i < count; i++)
		if (strcmp(p->name, p->kind == PORT_ETHER ? s->ether[i] : s->iface[i]) ==
			0)
			return true;
	return false;
}

static void port_drop(struct port *p, struct instant now)
{
	port_shut(p, now, "not configured any more");
	if (p->kind == PORT_RADIO)
		wifi_leave(p->daemon);
	mem_free(p->frames);
	*p = (struct port){ .used = false };
}

static void drop_untold(struct daemon *d, struct instant now)
{
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used && !is_told(&d->settings, &d->ports[i]))
			port_drop(&d->ports[i], now);
}

static void port_refresh(struct port *p, struct instant now)
{
	switch (p->kind) {
	case PORT_UDP:
		udp_try(p, now);
		return;
	case PORT_ETHER:
		if (!p->open)
			ether_try(p, now);
		return;
	case PORT_PEERS:
		peers_try(p, now, false);
		return;
	case PORT_RADIO:
		wifi_try(p, now);
		return;
	}
}

void ports_refresh(struct daemon *d, struct instant now)
{
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used)
			port_refresh(&d->ports[i], now);
	ip_guard(d);
}

void ports_second(struct daemon *d, struct instant now)
{
	ports_refresh(d, now);
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used && d->ports[i].open &&
			d->ports[i].kind == PORT_RADIO)
			wifi_follow(&d->ports[i], now);
}

const struct carrier *ports_peers(const struct daemon *d)
{
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used && d->ports[i].open &&
			d->ports[i].kind == PORT_PEERS)
			return &d->ports[i].carrier;
	return NULL;
}

void ports_open(struct daemon *d, struct instant now)
{
	struct port *p;

	drop_untold(d, now);
	for (size_t i = 0; i < d->settings.iface_count; i++)
		port_tell(d, d->settings.iface[i], PORT_UDP);
	for (size_t i = 0; i < d->settings.ether_count; i++)
		port_tell(d, d->settings.ether[i], PORT_ETHER);
	if (d->settings.radio.interface[0] != '\0')
		port_tell(d, d->settings.radio.interface, PORT_RADIO);
	if (wants_peers(&d->settings)) {
		port_tell(d, "peers", PORT_PEERS);
		p = port_find(d, "peers", PORT_PEERS);
		if (p != NULL)
			peers_try(p, now, true);
	}
	ports_refresh(d, now);
}

void ports_close(struct daemon *d, struct instant now)
{
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used)
			port_drop(&d->ports[i], now);
}

static void want_write(struct port *p, bool want)
{
	int events = want ? EV_READ | EV_WRITE : EV_READ;

	if ((p->io.events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(p->daemon->loop, &p->io);
	ev_io_set(&p->io, p->carrier.fd, events);
	ev_io_start(p->daemon->loop, &p->io);
}

/* Sends what waits. False: the socket is full, or the interface is gone. */
static bool port_send(struct port *p, struct instant now)
{
	while (p->waiting > 0) {
		int sent = p->carrier.ops->send(
			&p->carrier, p->frames + p->waiting_first, p->waiting);

		if (sent == -EAGAIN || sent == -ENOBUFS) {
			want_write(p, true);
			return false;
		}
		if (sent == -ENODEV || sent == -ENXIO || sent == -EPIPE ||
			sent == -ECONNRESET || sent == -ENOTCONN || sent == -ENETDOWN) {
			port_failed(p, now, sent);
			return false;
		}
		/* anything else concerns this one frame: it is lost as on a radio */
		if (sent < 1)
			sent = 1;
		p->waiting_first += (size_t)sent;
		p->waiting -= (size_t)sent;
	}
	want_write(p, false);
	return true;
}

static bool port_flush(struct port *p, struct instant now)
{
	struct node *n = p->daemon->node;

	for (size_t budget = FLUSH_BUDGET; budget > 0; budget -= CARRIER_BATCH) {
		if (!port_send(p, now))
			return false;
		p->waiting_first = 0;
		while (p->waiting < CARRIER_BATCH &&
			node_transmit(n, now, number_of(p), &p->frames[p->waiting]))
			p->waiting++;
		if (p->waiting == 0)
			return false;
	}
	return port_send(p, now);
}

bool ports_flush(struct daemon *d, struct instant now)
{
	bool more = false;

	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used && d->ports[i].open)
			more = port_flush(&d->ports[i], now) || more;
	return more;
}
