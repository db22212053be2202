/* SPDX-License-Identifier: ISC */
/* What up is told stands in a file of its own, as lines of the configuration; what does not come
 * about is taken out of it again. */
#include "node/daemon/up.h"

#include <errno.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/control/radios.h"
#include "node/daemon/shown.h"

enum { UP_ROOM = 2048, UP_WAIT_US = 10000000 };

/* ---- radios ---- */

/* Only the radio that the node has set up is listened to. */
static bool is_ours(const struct daemon *d, const struct radio_interface *on, int count,
	const struct shown_radio *r)
{
	for (int i = 0; i < count; i++)
		if (on[i].index == d->wifi.index)
			return on[i].radio == r->number;
	return false;
}

static void busy_fill(struct daemon *d, struct instant now, struct shown_radio *out)
{
	struct monitor_busy b;

	if (!monitor_busy(d, now, &b))
		return;
	out->busy = known(b.all);
	out->own = known(b.own);
	out->nodes = known(b.nodes);
	out->strangers = known(b.strangers);
}

void radios_command(struct client *c, struct instant now)
{
	static struct radio all[RADIOS_MAX];
	static struct radio_interface on[RADIO_INTERFACES_MAX];
	static struct shown_radio rows[RADIOS_MAX];
	static struct shown_radio_interface has[RADIO_INTERFACES_MAX];
	struct daemon *d = c->daemon;
	bool any = d->wifi.net.sock != NULL;
	int radios = any ? radios_list(&d->wifi.net, all, RADIOS_MAX) : 0;
	int interfaces =
		any ? radios_interfaces(&d->wifi.net, on, RADIO_INTERFACES_MAX) : 0;
	struct interface_state s;
	struct buffer json;

	if (radios < 0 || interfaces < 0) {
		client_fail(c, EXIT_FAILED, "radios",
			strerror(radios < 0 ? -radios : -interfaces), "try it again");
		return;
	}
	for (int i = 0; i < radios; i++) {
		rows[i] = (struct shown_radio){ .name = all[i].name,
			.number = all[i].number,
			.mesh = all[i].mesh,
			.ibss = all[i].ibss };
		if (is_ours(d, on, interfaces, &rows[i]))
			busy_fill(d, now, &rows[i]);
	}
	for (int i = 0; i < interfaces; i++) {
		has[i] = (struct shown_radio_interface){ .name = on[i].name,
			.radio = on[i].radio,
			.mode = radio_mode_name(on[i].type),
			.network = on[i].ssid,
			.mhz = on[i].mhz };
		has[i].up = interfaces_state(d->interfaces, on[i].name, &s) == 0 &&
			    s.exists && s.set_up;
	}
	buffer_init(&json, REPLY_JSON_MAX);
	radios_json(&json, rows, (size_t)radios, has, (size_t)interfaces);
	client_answer(c, &json);
	buffer_fini(&json);
}

/* ---- up, down ---- */

static void line_add(struct text *t, const char *key, const char *value)
{
	text_string(t, key);
	text_string(t, " = ");
	text_string(t, value);
	text_char(t, '\n');
}

static void radio_lines(struct text *t, const struct request *r)
{
	char mhz[8];
	struct text number = text_of(mhz, sizeof(mhz));

	text_u64(&number, r->mhz);
	line_add(t, "wifi", r->wifi);
	line_add(t, r->ssid[0] != '\0' ? "ibss" : "mesh",
		r->ssid[0] != '\0'      ? r->ssid
		: r->network[0] != '\0' ? r->network
					: "qanat");
	line_add(t, "freq", mhz);
	if (r->take)
		line_add(t, "wifi-take", "on");
}

/* All that is up and has a link-local address; how many. */
static size_t existing_lines(struct text *t, struct daemon *d)
{
	char names[SETTINGS_INTERFACES_MAX][16];
	size_t count = interfaces_usable(d->interfaces, names, SETTINGS_INTERFACES_MAX),
	       kept = 0;

	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], d->ip.name) != 0 &&
			strcmp(names[i], d->wifi.name) != 0) {
			line_add(t, "iface", names[i]);
			kept++;
		}
	return kept;
}

/* A line of the file is a line: nothing that was typed may end it, or begin a comment. */
static bool is_plain(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == ';' || value[i] == '#')
			return false;
	return len == 0 || (value[0] != ' ' && value[len - 1] != ' ' && value[0] != '"');
}

static void answer(struct client *c)
{
	struct buffer json;

	buffer_init(&json, REPLY_JSON_MAX);
	shown_interfaces(c->daemon, command_rows[c->request.command].name, &json);
	client_answer(c, &json);
	buffer_fini(&json);
}

/* The lines are kept, and followed at once. False: the client was answered. */
static bool take(struct client *c, struct instant now, const char *lines)
{
	int err = state_file_put(&c->daemon->state, SETTINGS_UP, lines);

	if (err < 0) {
		client_fail(c, EXIT_FAILED, "the file up is not written", strerror(-err),
			"nothing has changed");
		return false;
	}
	daemon_reread(c->daemon, now);
	return true;
}

/* Of an interface or a radio, by its configuration or by an `up` before. */
static bool is_told(const struct daemon *d)
{
	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used)
			return true;
	return false;
}

void up_command(struct client *c, struct instant now)
{
	struct daemon *d = c->daemon;
	const struct request *r = &c->request;
	char lines[UP_ROOM] = "";
	struct text t = text_of(lines, sizeof(lines));
	struct interface_state s;

	if (!is_plain(r->wifi) || !is_plain(r->name) || !is_plain(r->network) ||
		!is_plain(r->ssid)) {
		client_fail(c, EXIT_USAGE, "up",
			"a name has a space at an end, or one of ; # \" or a control "
			"character",
			"choose another name");
		return;
	}
	if (r->name[0] != '\0' &&
		(interfaces_state(d->interfaces, r->name, &s) < 0 || !s.exists)) {
		client_fail(c, EXIT_NOT_FOUND, r->name, "no such interface",
			"ip -br link shows which there are");
		return;
	}
	if (r->wifi[0] != '\0')
		radio_lines(&t, r);
	if (r->name[0] != '\0')
		line_add(&t, "iface", r->name);
	if (r->command == COMMAND_UP && t.len == 0 && existing_lines(&t, d) == 0) {
		if (is_told(d)) {
			answer(c);
			return;
		}
		client_fail(c, EXIT_FAILED, "up", "no interface is up that could be used",
			"set up a radio: qanat radios, then qanat up --wifi IFACE");
		return;
	}
	d->wifi.again_ms = d->wifi.wait_ms = 0;
	c->up_before = mem_new(UP_ROOM);
	if (state_file_get(&d->state, SETTINGS_UP, c->up_before, UP_ROOM) < 0)
		c->up_before[0] = '\0';
	if (!take(c, now, lines))
		return;
	if (r->command == COMMAND_UP && r->wifi[0] != '\0') {
		c->running = true;
		up_tick(c, now);
		return;
	}
	answer(c);
}

void up_tick(struct client *c, struct instant now)
{
	struct daemon *d = c->daemon;
	const struct port *p = NULL;
	char reason[sizeof(d->wifi.trouble)];
	const char *fix = d->wifi.fix;

	for (size_t i = 0; i < NODE_INTERFACES_MAX; i++)
		if (d->ports[i].used && d->ports[i].kind == PORT_RADIO &&
			strcmp(d->ports[i].name, c->request.wifi) == 0)
			p = &d->ports[i];
	if (p != NULL && p->open) {
		answer(c);
		return;
	}
	if (p != NULL && d->wifi.wait_ms == 0 &&
		instant_since_us(now, c->begun) < UP_WAIT_US)
		return;
	memcpy(reason, d->wifi.trouble, sizeof(reason));
	if (!take(c, now, c->up_before))
		return;
	if (p == NULL)
		client_fail(c, EXIT_FAILED, c->request.wifi,
			"the command line names another radio: --wifi",
			"leave it to that, or restart qanatd without it");
	else
		client_fail(c, EXIT_FAILED, c->request.wifi, reason, fix);
}
