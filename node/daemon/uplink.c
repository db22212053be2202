/* SPDX-License-Identifier: ISC */
/* Rules stand before anything is offered, and what is offered is taken back before they go. */
#include "node/daemon/uplink.h"

#include <string.h>

#include "node/daemon/daemon.h"

_Static_assert(
	(int)NODE_INTERFACES_MAX < UPLINK_MAX, "the mesh's interfaces and our own");

/* ---- as a gateway ---- */

/* What this machine has beside the mesh; as before where the kernel gives no answer. */
static struct uplinks look(struct daemon *d)
{
	const char *besides[UPLINK_MAX] = { d->ip.name };
	struct uplinks found;
	size_t count = 1;

	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used && d->ports[i].kind == PORT_UDP)
			besides[count++] = d->ports[i].name;
		else if (d->ports[i].used && d->ports[i].kind == PORT_RADIO)
			besides[count++] = d->wifi.name;
	if (interfaces_uplinks(d->interfaces, besides, count, &found) < 0)
		return d->uplink.found;
	return found;
}

static void found_set(struct daemon *d, struct uplinks found)
{
	struct uplinks *was = &d->uplink.found;

	if (was->ipv6 != found.ipv6 || was->ipv4 != found.ipv4)
		log_line(&d->log, LOG_INFO_, "gateway: ",
			found.ipv6 && found.ipv4 ? "leads to IPv6 and IPv4"
			: found.ipv6             ? "leads to IPv6"
			: found.ipv4             ? "leads to IPv4"
						 : "leads nowhere",
			NULL);
	*was = found;
}

/* Asks the warden for something that is not as wanted; false: it cannot. */
static bool warden_set(
	struct daemon *d, const char *what, int (*ask)(struct warden *, bool), bool on)
{
	int err = ask(d->ip.warden, on);

	if (err < 0)
		log_line(&d->log, LOG_WARN_, what, ": ", strerror(-err), " ",
			warden_reason(d->ip.warden), NULL);
	return err == 0;
}

static void gateway_set(struct daemon *d, bool on)
{
	struct uplink *u = &d->uplink;

	if (on == u->gateway || (on && u->gateway_failed))
		return;
	u->gateway_failed = !warden_set(d, "gateway", warden_gateway, on) && on;
	u->gateway = on && !u->gateway_failed;
}

/* ---- as a member ---- */

void uplink_routes(struct daemon *d)
{
	struct uplink *u = &d->uplink;
	struct node_gateway g;
	bool on;

	if (!d->ip.open)
		return;
	node_gateway_status(d->node, &g);
	on = !id_is_zero(id_bytes(&g.via[NODE_IPV6])) ||
	     !id_is_zero(id_bytes(&g.via[NODE_IPV4]));
	if (on == u->routes || (on && u->routes_failed))
		return;
	u->routes_failed = !warden_set(d, "uplink", warden_uplink, on) && on;
	u->routes = on && !u->routes_failed;
}

/* ---- both ---- */

void uplink_follow(struct daemon *d)
{
	struct uplink *u = &d->uplink;
	bool gateway = d->settings.gateway && d->ip.open && !d->stopping;
	struct uplinks found = { false, false };
	struct instant now = daemon_now();

	if (gateway && !u->watched)
		u->watched = interfaces_watch_routes(d->interfaces) == 0;
	if (gateway)
		gateway_set(d, true);
	if (gateway && u->gateway)
		found = look(d);
	found_set(d, found);
	node_gateway_refuse(d->node, d->settings.refused, d->settings.refused_count);
	node_gateway_offer(d->node, now,
		(uint8_t)((found.ipv6 ? ROUTING_UPLINK_IPV6 : 0) |
			  (found.ipv4 ? ROUTING_UPLINK_IPV4 : 0)));
	if (!gateway && d->ip.open)
		gateway_set(d, false);
	node_gateway_use(d->node, now, d->settings.mesh_uplink && d->ip.open);
	uplink_routes(d);
}

void uplink_reread(struct daemon *d)
{
	d->uplink.gateway_failed = d->uplink.routes_failed = false;
	uplink_follow(d);
}

bool uplink_withdraw(struct daemon *d)
{
	bool offered = d->uplink.found.ipv6 || d->uplink.found.ipv4;

	uplink_follow(d);
	return offered;
}

void uplink_lost(struct daemon *d)
{
	d->uplink.gateway = d->uplink.routes = false;
	uplink_follow(d);
}
