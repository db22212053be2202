/* SPDX-License-Identifier: ISC */
/* What the warden gives, and packets between it and the node. */
#include "node/daemon/ip.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "node/daemon/daemon.h"
#include "node/daemon/resolver.h"

enum { IP_READS = 16 }; /* a turn, of up to 64 KiB each */

#define WARDEN_SOCKET "/run/qanat/warden.sock"

static void on_tun(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *d = io->data;
	struct instant now = daemon_now();
	struct offload o;
	struct packet p;

	(void)loop;
	(void)events;
	for (int i = 0; i < IP_READS; i++) {
		enum iptun_got got = iptun_read(&d->ip.tun, &o, &p);

		if (got == IPTUN_PACKET)
			node_ip_send(d->node, now, &o, &p);
		else if (got == IPTUN_NOTHING)
			break;
		else if (got == IPTUN_GONE) {
			log_line(&d->log, LOG_WARN_, "interface ", d->ip.name,
				": gone; restart the node to have it back", NULL);
			d->ip.trouble = "the interface was taken away";
			ev_io_stop(d->loop, io);
			break;
		}
	}
	daemon_pump(d, now);
}

/* It does not come back by itself: what it had set up is gone, too. */
static void on_warden(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *d = io->data;

	(void)events;
	ev_io_stop(loop, io);
	log_line(&d->log, LOG_WARN_,
		"warden: gone; the IP interface and the guard are gone with it", NULL);
	if (d->ip.open) {
		ev_io_stop(loop, &d->ip.io);
		iptun_close(&d->ip.tun);
		d->ip.open = false;
	}
	d->ip.trouble = d->ip.guard_trouble = "the warden is gone";
	d->ip.guarded = 0;
	warden_close(d->ip.warden);
	d->ip.warden = NULL;
	uplink_lost(d);
}

static void tun_ask(struct daemon *d)
{
	struct address self = address_of(&d->self.id);
	struct ip_port *p = &d->ip;
	struct warden_tun tun;
	int err = warden_tun(p->warden, &self, NODE_IP_MTU, &tun);

	if (err < 0) {
		p->trouble = strerror(-err);
		log_line(&d->log, LOG_WARN_, "IP interface: ", p->trouble, " ",
			warden_reason(p->warden), NULL);
		return;
	}
	memcpy(p->name, tun.name, sizeof(p->name));
	iptun_open(&p->tun, tun.fd, tun.vnet, tun.uso);
	p->open = true;
	log_line(&d->log, LOG_INFO_, "interface ", p->name, ": open", NULL);
}

/* The machine asks us for names under .qanat; the sockets wait for the resolver. */
static void dns_ask(struct daemon *d)
{
	struct warden_dns dns;
	int err = warden_dns(d->ip.warden, true, &dns);

	if (err < 0) {
		d->ip.dns_trouble = strerror(-err);
		log_line(&d->log, LOG_WARN_, "names: this machine does not ask us, ",
			strerror(-err), " ", warden_reason(d->ip.warden), NULL);
		return;
	}
	d->ip.dns[0] = dns.udp;
	d->ip.dns[1] = dns.tcp;
}

void ip_open(struct daemon *d)
{
	bool is_root = geteuid() == 0;
	int err;

	d->ip.dns[0] = d->ip.dns[1] = -1;
	if (d->settings.no_tun && d->settings.radio.interface[0] == '\0')
		return;
	err = warden_open(&d->ip.warden, is_root ? NULL : WARDEN_SOCKET);
	if (err < 0) {
		d->ip.warden = NULL;
		d->ip.trouble = is_root          ? "qanat-warden does not start"
				: err == -EACCES ? "this user is not in the group qanat"
						 : "qanat-warden is not running";
		log_line(&d->log, LOG_INFO_, "IP interface: none, ", d->ip.trouble, NULL);
		return;
	}
	if (!d->settings.no_tun)
		tun_ask(d);
	if (d->settings.dns && d->ip.open)
		dns_ask(d);
}

void ip_start(struct daemon *d)
{
	if (d->ip.warden != NULL) {
		ev_io_init(&d->ip.warden_io, on_warden, warden_fd(d->ip.warden), EV_READ);
		d->ip.warden_io.data = d;
		ev_io_start(d->loop, &d->ip.warden_io);
	}
	if (d->ip.open) {
		ev_io_init(&d->ip.io, on_tun, d->ip.tun.fd, EV_READ);
		d->ip.io.data = d;
		ev_io_start(d->loop, &d->ip.io);
	}
	for (size_t i = 0; i < array_len(d->ip.dns); i++)
		if (d->ip.dns[i] >= 0 && resolver_take(d, d->ip.dns[i]) < 0)
			d->ip.dns_trouble = "its sockets cannot be used";
}

/* ---- the guard ---- */

bool ip_guard_wants(const struct daemon *d, const struct port *p)
{
	if (p->kind == PORT_RADIO)
		return p->used && p->open;
	if (!p->used || p->kind != PORT_UDP || !p->state.exists ||
		d->settings.guard == WHEN_OFF)
		return false;
	return d->settings.guard == WHEN_ON || !p->state.routed;
}

void ip_guard(struct daemon *d)
{
	const char *names[NODE_INTERFACES_MAX];
	uint32_t which = 0;
	size_t count = 0;
	int err;

	if (d->ip.warden == NULL)
		return;
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++) {
		if (!ip_guard_wants(d, &d->ports[i]))
			continue;
		which |= 1u << i;
		names[count++] =
			d->ports[i].kind == PORT_RADIO ? d->wifi.name : d->ports[i].name;
	}
	if (which == d->ip.guarded || which == d->ip.guard_failed)
		return;
	err = warden_guard(d->ip.warden, names, count);
	d->ip.guarded = err < 0 ? 0 : which;
	d->ip.guard_failed = err < 0 ? which : 0;
	d->ip.guard_trouble = err < 0 ? strerror(-err) : NULL;
	if (err < 0)
		log_line(&d->log, LOG_WARN_, "guard: not set, ", strerror(-err), " ",
			warden_reason(d->ip.warden), NULL);
}

/* ---- packets for this machine ---- */

void ip_drain(struct daemon *d)
{
	struct packet p;

	while (d->ip.open && node_ip_take(d->node, &p))
		iptun_write(&d->ip.tun, &p);
}

void ip_flush(struct daemon *d)
{
	if (!d->ip.open)
		return;
	ip_drain(d);
	iptun_flush(&d->ip.tun);
}

void ip_close(struct daemon *d)
{
	if (d->ip.open) {
		ev_io_stop(d->loop, &d->ip.io);
		iptun_close(&d->ip.tun);
	}
	if (d->ip.warden != NULL)
		ev_io_stop(d->loop, &d->ip.warden_io);
	warden_close(d->ip.warden);
	d->ip.open = false;
	d->ip.warden = NULL;
}
