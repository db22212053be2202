/* SPDX-License-Identifier: ISC */
/* Health lines. */
#include "node/daemon/health.h"

#include <errno.h>
#include <string.h>

#include "node/daemon/pins.h"
#include "node/daemon/resolver.h"

enum {
	CLOCK_OFF_MINUTES = 10,
	ID_DIGITS = 16,   /* of an id, where a person is to type it */
	PEER_DOWN_S = 60, /* so long without a session before it is told */
};

static void health_add(struct health_list *h, const char *code,
	enum shown_severity severity, const char *thing, const char *text,
	const char *fix)
{
	struct text t;

	if (h->count == HEALTH_MAX)
		return;
	t = text_of(h->text[h->count], sizeof(h->text[0]));
	text_string(&t, thing);
	text_string(&t, text);
	h->rows[h->count] = (struct shown_health){ code, severity,
		bytes_of(h->text[h->count], t.len), bytes_of_string(fix) };
	h->count++;
}

static void health_ports(struct daemon *d, struct instant now, struct health_list *h)
{
	const char *why, *fix;
	size_t open = 0;

	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++) {
		const struct port *p = &d->ports[i];
		char thing[SETTINGS_NAME_MAX + 16];
		struct text t = text_of(thing, sizeof(thing));

		if (!p->used)
			continue;
		open += p->open;
		if (p->trouble == NULL || (p->open && p->kind != PORT_PEERS))
			continue;
		if (p->kind == PORT_PEERS) {
			health_add(h, "listen", SHOWN_ERROR,
				"peers: cannot be let in: ", p->trouble,
				"see who has the port: ss -tulpn; it is tried again by "
				"itself");
			continue;
		}
		text_string(&t, p->name);
		text_string(&t, ": ");
		if (p->kind == PORT_RADIO) {
			health_add(
				h, "wifi", SHOWN_ERROR, thing, p->trouble, d->wifi.fix);
			continue;
		}
		health_add(h, "interface", SHOWN_WARNING, thing, p->trouble,
			"bring it up; it is taken up again by itself");
	}
	if (wifi_is_alone(d, now, &why, &fix))
		health_add(h, "wifi-alone", SHOWN_WARNING, d->wifi.name, why, fix);
	if (monitor_trouble(d, &why, &fix))
		health_add(h, "wifi-monitor", SHOWN_INFO,
			"nobody listens to the radio's channel: ", why, fix);
	if (open == 0)
		health_add(h, "no-interface", SHOWN_WARNING, "",
			"no interface carries the mesh",
			"qanat up --wifi IFACE sets up a radio, qanat up IFACE uses one "
			"that is up");
}

static void health_peers(struct daemon *d, struct health_list *h)
{
	const struct carrier *c = ports_peers(d);
	struct peer_status s;

	for (size_t i = 0; c != NULL && peers_at(c, i, &s); i++) {
		char thing[WHERE_TEXT_MAX + 64];
		struct text t = text_of(thing, sizeof(thing));

		if (s.name == NULL || s.down_s < PEER_DOWN_S)
			continue;
		text_string(&t, "peer ");
		text_string(&t, s.name);
		text_string(&t, ": no session for ");
		text_u64(&t, s.down_s / 60);
		text_string(&t, " min: ");
		health_add(h, "peer", SHOWN_WARNING, thing,
			s.trouble != NULL ? s.trouble : "it does not answer",
			"see that qanatd runs there with listen set and in the same "
			"mesh, and that no firewall is between");
	}
}

static void health_folders(struct daemon *d, struct instant now, struct health_list *h)
{
	struct sync *s = node_sync(d->node);
	struct folder_status f;

	for (size_t i = 0; sync_folder_at(s, now, i, &f); i++) {
		const char *path, *reason;
		int error;

		if (f.conflicts > 0)
			health_add(h, "conflict", SHOWN_WARNING, f.name,
				": files with more than one current version",
				"qanat conflicts");
		for (size_t k = 0;
			k < 4 && sync_error_at(s, &f.id, k, &path, &error, &reason);
			k++) {
			char thing[400];
			struct text t = text_of(thing, sizeof(thing));

			text_string(&t, f.name);
			text_string(&t, "/");
			text_string(&t, path != NULL ? path : "");
			text_string(&t, ": ");
			health_add(h, "folder", error == 0 ? SHOWN_INFO : SHOWN_ERROR,
				thing,
				reason != NULL ? reason
					       : strerror(error < 0 ? -error : error),
				"see qanat folders; it is tried again by itself");
		}
	}
}

static void health_clock(struct daemon *d, struct instant now, struct health_list *h)
{
	int64_t off_s = sync_clock_off_s(node_sync(d->node), now);
	uint64_t minutes = (uint64_t)(off_s < 0 ? -off_s : off_s) / 60;
	char told[64];
	struct text t = text_of(told, sizeof(told));

	if (minutes < CLOCK_OFF_MINUTES)
		return;
	text_u64(&t, minutes < 2880 ? minutes : minutes / 1440);
	text_string(&t, minutes < 2880 ? " minutes " : " days ");
	text_string(&t, off_s < 0 ? "behind" : "ahead of");
	text_string(&t, " the members of its folders");
	health_add(h, "clock", SHOWN_WARNING, "this machine's clock is ", told,
		"timedatectl set-ntp true");
}

static void health_ip(struct daemon *d, struct health_list *h)
{
	static const char *const mend =
		"systemctl start qanat-warden, then restart the node";
	enum shown_severity severity = d->ip.warden == NULL ? SHOWN_INFO : SHOWN_WARNING;

	if (d->rules.damaged)
		health_add(h, "allow", SHOWN_ERROR, "",
			"the file allow is damaged: nobody is "
			"allowed anything",
			"qanat allow NODE SERVICE writes it anew");
	if (d->settings.dns && (d->ip.dns_trouble != NULL || !d->ip.open))
		health_add(h, "dns", SHOWN_WARNING,
			"this machine does not ask the node for names: ",
			d->ip.dns_trouble != NULL ? d->ip.dns_trouble : "no IP interface",
			mend);
	if (d->ip.trouble != NULL)
		health_add(
			h, "no-ip", SHOWN_INFO, "no IP interface: ", d->ip.trouble, mend);
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++) {
		const struct port *p = &d->ports[i];

		if (!p->used || p->kind != PORT_UDP || !p->open ||
			(d->ip.guarded & 1u << i))
			continue;
		if (d->settings.guard == WHEN_AUTO && p->state.routed)
			health_add(h, "not-guarded", SHOWN_INFO, p->name,
				": has other addresses, so whoever is in range may reach "
				"this machine's services",
				"guard = on");
		else if (d->settings.guard != WHEN_OFF)
			health_add(h, "not-guarded", severity, p->name,
				": whoever is in range may reach this machine's services",
				mend);
	}
}

static void health_uplink(struct daemon *d, struct health_list *h)
{
	const struct uplink *u = &d->uplink;

	if (!d->settings.gateway && !d->settings.mesh_uplink)
		return;
	if (!d->ip.open)
		health_add(h, "gateway", SHOWN_WARNING,
			d->settings.gateway ? "members cannot leave the mesh here: "
					    : "the mesh cannot be the uplink: ",
			d->ip.warden == NULL ? "the warden is missing"
					     : "there is no IP interface",
			"systemctl start qanat-warden, then restart the node");
	else if (u->gateway_failed || u->routes_failed)
		health_add(h, "gateway", SHOWN_WARNING,
			u->gateway_failed ? "this machine cannot be a gateway"
					  : "no route can lead into the mesh",
			": the warden refused it, and the log says why",
			"mend that, then: systemctl reload qanatd");
	else if (d->settings.gateway && !u->found.ipv6 && !u->found.ipv4)
		health_add(h, "no-uplink", SHOWN_WARNING, "",
			"this gateway leads nowhere: there is no default route "
			"beside the mesh",
			"connect this machine to the Internet");
	if (d->settings.mesh_uplink && d->ip.open && !u->routes && !u->routes_failed)
		health_add(h, "no-gateway", SHOWN_WARNING, "",
			"the mesh is to be the uplink, and no gateway is known",
			"gateway = on, on a node with an uplink");
}

static void health_clash(
	struct health_list *h, const struct node_clash *clash, char *fix, size_t fix_room)
{
	char told[128];
	struct text t = text_of(told, sizeof(told)), f = text_of(fix, fix_room);

	text_string(&f, "qanat name ");
	text_hex(&f, bytes_of(clash->id.b, ID_DIGITS / 2));
	text_string(&f, " NAME");
	if (clash->pin != NULL) {
		text_string(&t, " is pinned to ");
		text_hex(&t, bytes_of(clash->pin->id.b, ID_DIGITS / 2));
		text_string(&t, ", and announced by ");
		text_hex(&t, bytes_of(clash->id.b, ID_DIGITS / 2));
	} else {
		text_string(&t, " is announced by ");
		text_u64(&t, clash->count);
		text_string(&t, " nodes, and means none of them");
	}
	health_add(h, "name-clash", SHOWN_WARNING, clash->name, told, fix);
}

static void health_names(struct daemon *d, struct health_list *h)
{
	struct node_names *names = node_names_new(d->node);
	struct node_clash clash;
	size_t at = 0;

	for (size_t i = 0; i < HEALTH_CLASHES && node_clash_next(names, &at, &clash); i++)
		health_clash(h, &clash, h->fix[i], sizeof(h->fix[i]));
	node_names_free(names);
	if (d->pins_error != 0)
		health_add(h, "names", SHOWN_ERROR, "the file of pinned names: ",
			d->pins_error == -EBADMSG ? "damaged" : strerror(-d->pins_error),
			PINS_FIX);
}

/* Somebody must want it before the lack of it is more than a note. */
static void health_dns(struct daemon *d, struct health_list *h)
{
	struct resolver_status s;
	char told[64];
	struct text t = text_of(told, sizeof(told));

	resolver_status(d, &s);
	if (s.trouble == NULL)
		return;
	text_string(&t, "port ");
	text_u64(&t, s.port);
	text_string(&t, " on loopback: ");
	text_string(&t, s.trouble);
	health_add(h, "dns", d->settings.dns ? SHOWN_WARNING : SHOWN_INFO,
		"NAME.qanat is not resolved: ", told,
		"start the node with another --dns-port; it is tried again by itself");
}

static void health_mesh(struct daemon *d, struct instant now, struct health_list *h)
{
	struct mesh_status s;

	mesh_status(node_mesh(d->node), now, &s);
	if (d->settings.open)
		health_add(h, "open-mesh", SHOWN_INFO, "",
			"the mesh is open: anybody in range can take part", "");
	else if (!s.joined)
		health_add(h, "no-mesh", SHOWN_WARNING, "",
			"the node is in no mesh and carries nothing",
			"qanat mesh new NAME, qanat mesh join TOKEN, or start it with "
			"--open");
	else if (s.revoked)
		health_add(h, "revoked", SHOWN_ERROR, "",
			"this node was revoked: no member talks to it",
			"a new identity needs a new state directory");
	else if (s.until_s < s.now_s)
		health_add(h, "expired", SHOWN_ERROR, "",
			"the certificate of this node has expired",
			"ask a member who may invite for a token: qanat mesh join TOKEN");
	else if (node_refused(d->node, now) != NULL)
		health_add(h, "refused", SHOWN_WARNING,
			"a neighbour does not let us in: ", node_refused(d->node, now),
			"see qanat mesh members there");
}

void health_fill(struct daemon *d, struct instant now, struct health_list *h)
{
	h->count = 0;
	health_mesh(d, now, h);
	health_ports(d, now, h);
	health_ip(d, h);
	health_peers(d, h);
	health_uplink(d, h);
	health_clock(d, now, h);
	health_names(d, h);
	health_dns(d, h);
	health_folders(d, now, h);
}
