/* SPDX-License-Identifier: ISC */
/*
 * Stands in for the node in tests of the program qanat: fake_daemon DIR SCENARIO listens on
 * DIR/control.sock and answers every request with the same made-up mesh. It says "ready" and
 * runs until it is killed. Scenarios: plain, hostile (names that attack a terminal), empty
 * (alone, nothing known), rubbish (answers that are no replies), gone (hangs up at once).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "node/control/radios.h"
#include "node/control/capture.h"
#include "node/control/folders.h"
#include "node/control/mesh_json.h"
#include "node/control/metrics.h"
#include "node/control/services.h"
#include "node/control/names.h"
#include "node/control/probes.h"
#include "node/control/reply.h"
#include "node/control/request.h"
#include "node/control/status.h"

#define HOSTILE_NAME                                                                     \
	"evil\n\x1b[31mred\xe2\x80\xae"                                                  \
	"gnp\x9b\xff\"<&"

enum { EPOCH_S = 1790000000, MAX_FOLDERS = 2 };

static const char *scenario;

static bool is(const char *name)
{
	return strcmp(scenario, name) == 0;
}

static struct node_id node_of(uint8_t b)
{
	struct node_id id;

	memset(id.b, b, sizeof(id.b));
	return id;
}

static struct hash folder_of(uint8_t b)
{
	struct hash h;

	memset(h.b, b, sizeof(h.b));
	return h;
}

static struct address address_of_node(uint8_t b)
{
	return (struct address){ { 0xfd, 0x71, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		b } };
}

static struct address link_local_of(uint8_t b)
{
	return (struct address){ { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		b } };
}

static struct bytes other_name(void)
{
	return bytes_of_string(is("hostile") ? HOSTILE_NAME : "bob");
}

static const struct shown_interface interfaces[] = {
	{ "wlan0", SHOWN_MESH_POINT, { 2, 0, 0, 0, 0, 1 }, true },
	{ "tap1", SHOWN_TAP, { 2, 0, 0, 0, 0, 2 }, false },
};

static const struct shown_peer peers[] = {
	{ .name = "tcp:example.org:7117",
		.transport = "tcp",
		.state = "up",
		.address = "192.0.2.1",
		.port = { true, 7117 },
		.since_us = { true, 62000000 },
		.down_us = { true, 0 },
		.dropped = { true, 0 } },
	{ .name = "example.net:7117",
		.transport = "udp",
		.state = "waiting",
		.since_us = { true, 3000000 },
		.down_us = { true, 90000000 },
		.dropped = { true, 0 },
		.trouble = "it does not answer" },
	{ .transport = "udp",
		.state = "connecting",
		.address = "2001:db8::1",
		.port = { true, 40000 },
		.since_us = { true, 1000000 },
		.down_us = { true, 1000000 },
		.dropped = { true, 0 } },
};

static const struct shown_counter counters[] = {
	{ "frames_received", 123456 },
	{ "frames_sent", 65432 },
};

static const struct shown_traffic traffic[] = {
	{ "hello", 900, 300, 180000, 60000 },
	{ "tc", 40, 10, 9000, 2250 },
};

static void fill_status(struct shown_status *s)
{
	static struct drops drops;
	static struct shown_health health[] = { { "clock", SHOWN_WARNING,
		{ (const uint8_t *)"the clock is 3 days behind", 26 },
		{ (const uint8_t *)"timedatectl set-ntp true", 24 } } };

	drops.count[DROP_REPLAY] = 7;
	*s = (struct shown_status){ .id = node_of(0x11),
		.name = BYTES("alpha"),
		.address = address_of_node(0x11),
		.uptime_us = known(11520250000),
		.version = "0.1.0",
		.interfaces = interfaces,
		.interface_count = array_len(interfaces),
		.ip_interface = "qanat0",
		.ip_mtu = 5344,
		.guarded = true,
		.gateway = { .offers_ipv6 = true,
			.offers_ipv4 = true,
			.uses_ipv6 = address_of_node(0x22) },
		.neighbours = 2,
		.nodes = 3,
		.folders = 2,
		.health = health,
		.health_count = is("hostile") ? 0 : 1,
		.counters = counters,
		.counter_count = array_len(counters),
		.traffic = traffic,
		.traffic_count = array_len(traffic),
		.drops = &drops,
		.peers = peers,
		.peer_count = array_len(peers) };
	if (is("empty"))
		*s = (struct shown_status){ .id = node_of(0x11),
			.address = address_of_node(0x11),
			.version = "0.1.0" };
}

static void answer_status(struct buffer *json)
{
	struct shown_status s;

	fill_status(&s);
	status_json(json, &s);
}

static void answer_neighbours(struct buffer *json)
{
	struct shown_neighbour n[] = {
		{ .id = node_of(0x22),
			.name = other_name(),
			.address = address_of_node(0x22),
			.interface = BYTES("wlan0"),
			.link_local = link_local_of(0x22),
			.symmetric = true,
			.suspect = true,
			.mpr = true,
			.loss_in_ppm = known(50000),
			.loss_out_ppm = known(123456),
			.rate_bps = known(5500000),
			.rtt_us = known(12345),
			.metric = known(1024),
			.last_heard_us = known(420000),
			.signal_dbm = { !is("hostile"), -62 },
			.overheard = { !is("hostile"), known(-61), known(54000000),
				known(34), known(1234) },
			.session = SHOWN_SESSION_UP },
		{ .id = node_of(0x44),
			.name = BYTES("dora"),
			.name_clash = true,
			.interface = BYTES("wlan0"),
			.link_local = link_local_of(0x44),
			.last_heard_us = known(3100000) },
	};

	status_json_neighbours(json, n, is("empty") ? 0 : array_len(n));
}

static void answer_why(struct buffer *json, const struct shown_route *r)
{
	struct shown_step path[] = {
		{ .id = node_of(0x22), .name = other_name(), .metric = known(1024) },
		{ .id = node_of(0x33), .name = BYTES("carol"), .metric = known(1536) }
	};
	struct shown_candidate c[] = {
		{ .id = node_of(0x22),
			.name = other_name(),
			.interface = BYTES("wlan0"),
			.link_metric = known(1024),
			.metric = known(2560),
			.hops = known(2),
			.verdict = SHOWN_CHOSEN },
		{ .id = node_of(0x44),
			.name = BYTES("dora"),
			.name_clash = true,
			.interface = BYTES("wlan0"),
			.link_metric = known(2048),
			.metric = known(3072),
			.hops = known(2),
			.verdict = SHOWN_ALTERNATE },
		{ .id = node_of(0x55),
			.link_metric = known(700),
			.verdict = SHOWN_NO_WAY },
	};
	struct shown_why why = { path, array_len(path), c, array_len(c) };

	status_json_routes(json, r, 1, &why);
}

static void answer_routes(struct buffer *json, const struct request *q)
{
	struct shown_route r[] = {
		{ .id = node_of(0x22),
			.name = other_name(),
			.address = address_of_node(0x22),
			.hops = 1,
			.metric = known(1024),
			.next_hop = node_of(0x22),
			.next_name = other_name(),
			.interface = BYTES("wlan0"),
			.link_local = link_local_of(0x22),
			.age_us = known(61000000) },
		{ .id = node_of(0x33),
			.name = BYTES("carol"),
			.name_clash = true,
			.address = address_of_node(0x33),
			.hops = 2,
			.metric = known(2560),
			.next_hop = node_of(0x22),
			.next_name = other_name(),
			.interface = BYTES("wlan0"),
			.link_local = link_local_of(0x22),
			.age_us = known(7200000000) },
		{ .id = node_of(0x44),
			.address = address_of_node(0x44),
			.hops = 3,
			.next_hop = node_of(0x22) },
	};

	if (q->why)
		answer_why(json, &r[1]);
	else if (q->node[0] != '\0')
		status_json_routes(json, &r[1], 1, NULL);
	else
		status_json_routes(json, r, is("empty") ? 0 : array_len(r), NULL);
}

static void answer_map(struct buffer *json)
{
	struct shown_map_node nodes[] = { { .id = node_of(0x11), .name = BYTES("alpha") },
		{ .id = node_of(0x22), .name = other_name(), .name_clash = true },
		{ .id = node_of(0x33) } };
	struct shown_map_link links[] = {
		{ node_of(0x11), node_of(0x22), known(1024), known(50000),
			known(5500000) },
		{ node_of(0x22), node_of(0x11), known(1280), { 0 }, { 0 } },
		{ node_of(0x22), node_of(0x33), known(1536), { 0 }, { 0 } },
		{ node_of(0x22), node_of(0x99), known(1536), { 0 }, { 0 } },
	};
	struct shown_map m = { nodes, array_len(nodes), links, array_len(links) };

	status_json_map(json, &m);
}

static const struct shown_member members[] = {
	{ .id = { { 0x22 } },
		.role = "writer",
		.last_seen_us = { true, 1500000 },
		.need_bytes = { true, 0 },
		.expires_unix_s = { true, EPOCH_S + 86400 } },
	{ .id = { { 0x33 } }, .role = "keeper" },
};

static size_t fill_folders(struct shown_folder *f)
{
	static struct shown_member named[2];
	static const struct shown_error errors[] = {
		{ { (const uint8_t *)"run/ctl.sock", 12 },
			{ (const uint8_t *)"a socket", 8 } }
	};

	memcpy(named, members, sizeof(named));
	named[0].name = other_name();
	f[0] = (struct shown_folder){ .id = folder_of(0xaa),
		.name = BYTES("photos"),
		.path = BYTES("/home/me/photos"),
		.role = "owner",
		.state = SHOWN_SYNCING,
		.files = known(2400),
		.bytes = known(24000000),
		.need_files = known(600),
		.need_bytes = known(6000000),
		.rate_bps = known(4000000),
		.members = named,
		.member_count = 2,
		.conflicts = 1,
		.errors = errors,
		.error_count = 1 };
	f[1] = (struct shown_folder){ .id = folder_of(0xbb),
		.name = other_name(),
		.path = BYTES("/home/me/work"),
		.role = "writer",
		.state = SHOWN_SYNCED,
		.files = known(10),
		.bytes = known(1234),
		.need_files = known(0),
		.need_bytes = known(0),
		.rate_bps = known(0) };
	return is("empty") ? 0 : MAX_FOLDERS;
}

static void answer_folders(struct buffer *json)
{
	struct shown_folder f[MAX_FOLDERS];
	size_t count = fill_folders(f);

	folders_json(json, f, count);
}

static struct shown_folder_name photos(void)
{
	return (struct shown_folder_name){ folder_of(0xaa), BYTES("photos"),
		BYTES("/home/me/photos") };
}

static void answer_members(struct buffer *json)
{
	struct shown_folder f[MAX_FOLDERS];
	struct shown_folder_name name = photos();

	fill_folders(f);
	folders_json_members(json, &name, f[0].members, f[0].member_count);
}

static void answer_conflicts(struct buffer *json)
{
	struct shown_version versions[] = {
		{ folder_of(0xc1), node_of(0x11), BYTES("alpha"), known(EPOCH_S),
			known(2000), false, true },
		{ folder_of(0xc2), node_of(0x22), other_name(), known(EPOCH_S + 60),
			known(2100), false, false },
		{ folder_of(0xc3), node_of(0x33), BYTES(""), { 0 }, { 0 }, true, false },
	};
	struct shown_conflict c = { photos(),
		is("hostile") ? BYTES("a\nb\x1b]0;x\x07") : BYTES("notes/plan.txt"),
		versions, array_len(versions) };

	folders_json_conflicts(json, &c, is("empty") ? 0 : 1);
}

static void answer_invite(struct buffer *json, const struct request *r)
{
	struct shown_invite i = { photos(), BYTES("qanat1:AAECAwQFBgcICQ"), r->role,
		known(r->uses), known(EPOCH_S + (int64_t)(r->expires_ms / 1000)) };
	bool is_share = r->command == COMMAND_SHARE;

	if (is_share) {
		i.folder.path = bytes_of_string(r->dir);
		i.folder.name =
			r->name[0] != '\0' ? bytes_of_string(r->name) : BYTES("photos");
		i.role = "writer";
		i.uses = known(0);
		i.expires_unix_s = known(EPOCH_S + 7 * 86400);
	}
	folders_json_invite(json, is_share ? "share" : "invite", &i);
}

static void answer_join(struct buffer *json, const struct request *r)
{
	struct shown_folder_name f = photos();

	f.path = bytes_of_string(r->dir);
	folders_json_join(json, &f, "writer");
}

static void answer_done(struct buffer *json, const struct request *r)
{
	struct shown_folder_name f = photos();

	folders_json_done(
		json, command_rows[r->command].name, r->folder[0] != '\0' ? &f : NULL);
}

static void answer_name(struct buffer *json, const struct request *r)
{
	struct shown_pin pins[] = {
		{ .id = node_of(0x22),
			.name = BYTES("bob"),
			.address = address_of_node(0x22),
			.reachable = true,
			.announced = other_name() },
		{ .id = node_of(0x33),
			.name = BYTES("carol"),
			.address = address_of_node(0x33) },
	};

	if (r->name[0] != '\0')
		pins[0].name = bytes_of_string(r->name);
	names_json(json, pins, is("empty") ? 0 : r->node[0] != '\0' ? 1 : 2);
}

static void answer_trace(struct buffer *json)
{
	struct shown_hop hops[] = { { node_of(0x22), other_name(), true, known(2100) },
		{ { { 0 } }, BYTES(""), false, { 0 } },
		{ node_of(0x33), BYTES("carol"), false, known(6543) } };
	struct shown_trace t = { node_of(0x33), BYTES("carol"), hops, array_len(hops) };

	probes_json_trace(json, &t);
}

static void progress(struct buffer *out, struct buffer *json)
{
	check(reply_write(out, REPLY_PROGRESS, buffer_bytes(json)));
	buffer_cut(json, 0);
}

static void reply_ping(struct buffer *out, struct buffer *json, const struct request *r)
{
	bool is_silent = strcmp(r->node, "silent") == 0;
	struct shown_ping p = { .node = node_of(0x22),
		.name = other_name(),
		.address = address_of_node(0x22),
		.sent = r->count,
		.received = is_silent ? 0 : r->count };

	for (unsigned i = 1; i <= r->count && r->progress; i++) {
		struct shown_echo e = { i, { !is_silent, 1234 * i }, { !is_silent, 2 } };

		probes_json_echo(json, &e);
		progress(out, json);
	}
	if (!is_silent) {
		p.rtt_min_us = known(1234);
		p.rtt_avg_us = known(617 * (r->count + 1));
		p.rtt_max_us = known(1234 * r->count);
		p.hops = known(2);
	}
	probes_json_ping(json, &p);
	check(reply_write(out, REPLY_ANSWER, buffer_bytes(json)));
	reply_exit(out, is_silent ? EXIT_TIMEOUT : EXIT_DONE);
}

static void reply_speed(struct buffer *out, struct buffer *json, const struct request *r)
{
	struct shown_speed s = { .node = node_of(0x22),
		.name = other_name(),
		.asked_us = known((int64_t)r->duration_ms * 1000) };

	for (int64_t i = 1; i <= 4 && r->progress; i++) {
		s.lasted_us = known(s.asked_us.value * i / 4);
		s.bytes = known(i * 500000);
		s.goodput_bps = known(3200000);
		probes_json_speed(json, &s);
		progress(out, json);
	}
	s.lasted_us = known(s.asked_us.value + 12000);
	s.bytes = known(2000000);
	s.goodput_bps = known(3192338);
	s.age_p50_us = known(41000);
	s.age_p95_us = known(187500);
	probes_json_speed(json, &s);
	reply_answer(out, buffer_bytes(json));
}

static void reply_wait(struct buffer *out, struct buffer *json, const struct request *r)
{
	struct shown_wait w = { .folder = photos(),
		.state = SHOWN_SYNCING,
		.files = known(2400),
		.bytes = known(24000000),
		.rate_bps = known(4000000) };

	for (int64_t i = 1; i <= 3 && r->progress; i++) {
		w.need_bytes = known(24000000 - i * 6000000);
		folders_json_wait(json, &w);
		progress(out, json);
	}
	if (strcmp(r->folder, "slow") == 0) {
		reply_fail(out, EXIT_TIMEOUT, "wait slow", "600 files are still missing",
			"qanat folders shows what it waits for");
		return;
	}
	w.state = SHOWN_SYNCED;
	w.need_files = w.need_bytes = w.rate_bps = known(0);
	w.waited_us = known(2500000);
	folders_json_wait(json, &w);
	reply_answer(out, buffer_bytes(json));
}

static void reply_watch(struct buffer *out, struct buffer *json)
{
	struct shown_event events[] = {
		{ .unix_s = known(EPOCH_S),
			.event = "neighbour-up",
			.node = node_of(0x22),
			.name = other_name(),
			.name_clash = true,
			.text = BYTES("heard on wlan0"),
			.interface = BYTES("wlan0") },
		{ .unix_s = known(EPOCH_S + 3),
			.event = "neighbour-down",
			.node = node_of(0x22),
			.name = other_name(),
			.text = BYTES("nothing was heard of it for long"),
			.reason = "silent",
			.interface = BYTES("wlan0") },
		{ .unix_s = known(EPOCH_S + 4),
			.event = "route-changed",
			.node = node_of(0x33),
			.name = BYTES("carol"),
			.text = BYTES(
				"from bob to dora, 3 hops, metric 4096 instead of 2560"),
			.from = node_of(0x22),
			.to = node_of(0x44),
			.metric_before = known(2560),
			.metric = known(4096),
			.hops = known(3) },
		{ .unix_s = known(EPOCH_S + 5),
			.event = "folder-synced",
			.folder = folder_of(0xaa),
			.text = BYTES("photos") },
	};

	for (size_t i = 0; i < array_len(events); i++) {
		status_json_event(json, &events[i]);
		check(reply_write(out, REPLY_ANSWER, buffer_bytes(json)));
		buffer_cut(json, 0);
	}
	reply_exit(out, EXIT_DONE);
}

/* A HELLO that went out, and a frame that came in behind ten that were lost. */
static void reply_capture(struct buffer *out, struct buffer *packet)
{
	uint8_t frame[64];
	struct writer w = writer_of(frame, sizeof(frame));
	struct captured packets[] = {
		{ .unix_us = EPOCH_S * 1000000ll + 250000,
			.out = true,
			.kind = MESSAGE_HELLO,
			.from = link_local_of(0x11),
			.to = { { 0xff, 2, [15] = 0x6d } },
			.body = BYTES("\x08\x00\x01") },
		{ .unix_us = EPOCH_S * 1000000ll + 250317,
			.lost = 10,
			.from = link_local_of(0x22),
			.to = link_local_of(0x11) },
	};

	frame_header_write(&w, &(struct frame_header){ FRAME_DATA, 0, 5, 9 });
	check(message_write(&w, MESSAGE_PROBE, BYTES("")));
	check(message_write(&w, MESSAGE_DATA, BYTES("\0\0\0\7\13abc")));
	packets[1].body = writer_bytes(&w);
	for (size_t i = 0; i < array_len(packets); i++) {
		packets[i].interface =
			is("hostile") ? bytes_of_string(HOSTILE_NAME) : BYTES("wlan0");
		capture_write(packet, &packets[i]);
		check(reply_write(out, REPLY_PACKET, buffer_bytes(packet)));
		buffer_cut(packet, 0);
	}
	reply_exit(out, EXIT_DONE);
}

static void reply_metrics(struct buffer *out, struct buffer *text)
{
	struct shown_folder f[MAX_FOLDERS];
	struct shown_status s;
	size_t count = fill_folders(f);

	fill_status(&s);
	metrics_write(text, &s, f, count);
	check(reply_write(out, REPLY_TEXT, buffer_bytes(text)));
	reply_exit(out, EXIT_DONE);
}

/* Names that stand for something that cannot be done. */
static bool refuse_name(struct buffer *out, const struct request *r)
{
	const char *name = r->node[0] != '\0' ? r->node : r->folder;
	char what[512];

	if (strcmp(r->at, "closed") == 0)
		reply_fail(out, EXIT_FORBIDDEN, r->at,
			"it does not let this node read there",
			"its keeper lets it in by: care = 11");
	else if (strcmp(r->at, "silent") == 0)
		reply_fail(out, EXIT_TIMEOUT, r->at, "it does not answer", NULL);
	else if (strcmp(r->at, "roof") != 0 && r->at[0] != '\0')
		reply_fail(out, EXIT_NOT_FOUND, r->at, "no such node in reach", NULL);
	if (out->len > 0)
		return true;
	snprintf(what, sizeof(what), "%s %s", command_rows[r->command].name, name);
	if (strncmp(name, "ghost", 5) == 0)
		reply_fail(out, EXIT_NOT_FOUND, what, "nobody has this name",
			"qanat routes and qanat folders list what there is");
	else if (strcmp(name, "twin") == 0)
		reply_fail(out, EXIT_NOT_FOUND, what, "more than one has this name",
			"say more of the id");
	else if (strcmp(r->name, "taken") == 0)
		reply_fail(out, EXIT_CHOICE, "taken", "is pinned to another key",
			"choose another name, or free it: qanat name taken --remove");
	else if (strcmp(name, "secret") == 0)
		reply_fail(out, EXIT_FORBIDDEN, what, "only an admin may do that", NULL);
	else
		return false;
	return true;
}

/* One rule for each word, as if it were about bob; without words two of others. */
static void answer_rules(struct buffer *json, const struct request *r)
{
	struct shown_rule rules[8] = { { .id = node_of(0x22), .name = other_name() },
		{ .address = { { 0xfd, 0x71, 9 } }, .service = { 17, 0 } } };
	size_t count = r->command == COMMAND_DENY ? 0 : 2;
	const char *word = r->services;

	for (size_t len; *word != '\0'; word += len + strspn(word + len, " ")) {
		len = strcspn(word, " ");
		count = word == r->services ? 0 : count;
		rules[count] = (struct shown_rule){ .id = node_of(0x22),
			.name = other_name(),
			.address = { { 0xfd, 0x71, 2 } } };
		check(service_parse(&rules[count++].service, bytes_of(word, len)));
	}
	services_json(json, command_rows[r->command].name, rules, count);
}

static void answer_mesh(struct buffer *json, const struct request *r)
{
	struct shown_mesh mesh = { .id = folder_of(0xcc),
		.name = BYTES("brook"),
		.founder = node_of(0x11),
		.role = "founder",
		.from_unix_s = known(EPOCH_S),
		.until_unix_s = known(EPOCH_S + 30 * 86400),
		.now_unix_s = known(EPOCH_S + 60),
		.members = known(2),
		.revocations = known(1) };
	struct shown_mesh_token token = { .delegate = r->delegate,
		.uses = known(r->command == COMMAND_MESH_NEW ? 0 : r->uses),
		.expires_unix_s = known(EPOCH_S + 600) };
	struct shown_mesh_member members[] = {
		{ node_of(0x11), node_of(0x11), BYTES("me"), "founder", known(EPOCH_S),
			known(EPOCH_S + 86400), false, false, true },
		{ node_of(0x22), node_of(0x11), other_name(), "member", known(EPOCH_S),
			known(EPOCH_S + 86400), false, true, false },
		{ node_of(0x33), node_of(0x11), BYTES(""), "delegate", known(EPOCH_S),
			known(EPOCH_S), true, false, false },
	};
	struct shown_mesh_revoked revoked = { node_of(0x44), known(EPOCH_S) };
	struct node_id node = node_of(0x22);

	if (r->pair)
		token.code = BYTES("12345678");
	else
		token.token = BYTES("qanatmesh1:AAEC");
	if (r->command == COMMAND_MESH)
		mesh_json(json, &mesh);
	else if (r->command == COMMAND_MESH_NEW)
		mesh_json_token(json, "mesh-new", &mesh, &token);
	else if (r->command == COMMAND_MESH_INVITE)
		mesh_json_token(json, "mesh-invite", &mesh, &token);
	else if (r->command == COMMAND_MESH_MEMBERS)
		mesh_json_members(json, members, array_len(members), &revoked, 1);
	else if (r->command == COMMAND_MESH_JOIN)
		mesh_json_done(json, "mesh-join", &mesh, NULL, BYTES(""));
	else
		mesh_json_done(json,
			r->command == COMMAND_MESH_REVOKE ? "mesh-revoke"
							  : "mesh-cofounder",
			&mesh, &node, other_name());
}

static void answer_radios(struct buffer *json)
{
	static const struct shown_radio radios[] = { { .name = "phy0",
							     .mesh = true,
							     .ibss = true,
							     .busy = { true, 215 },
							     .own = { true, 32 },
							     .nodes = { true, 100 },
							     .strangers = { true, 83 } },
		{ .name = "phy1", .number = 1 } };
	static const struct shown_radio_interface on[] = {
		{ "wlan0", 0, "managed", "Gr\xc3\xbc\xc3\x9f\x1b[31m", 2437, true },
		{ "q-wlan0", 0, "mesh point", "", 2412, true },
		{ "wlan1", 1, "managed", "", 0, false },
	};

	radios_json(json, radios, array_len(radios), on, array_len(on));
}

/* up: a radio and a cable; down: the cable of the configuration. */
static void answer_up(struct buffer *json, const struct request *r)
{
	static const struct shown_interface all[] = {
		{ .name = "eth0", .type = SHOWN_ETHERNET, .up = true },
		{ .name = "wlan0", .type = SHOWN_MESH_POINT },
	};

	status_json_interfaces(json, command_rows[r->command].name, all,
		r->command == COMMAND_UP ? array_len(all) : 1);
}

static void answer(struct buffer *json, const struct request *r)
{
	switch (r->command) {
	case COMMAND_STATUS:
		return answer_status(json);
	case COMMAND_NEIGHBOURS:
		return answer_neighbours(json);
	case COMMAND_ROUTES:
		return answer_routes(json, r);
	case COMMAND_MAP:
		return answer_map(json);
	case COMMAND_TRACE:
		return answer_trace(json);
	case COMMAND_SHARE:
	case COMMAND_INVITE:
		return answer_invite(json, r);
	case COMMAND_JOIN:
		return answer_join(json, r);
	case COMMAND_FOLDERS:
		return answer_folders(json);
	case COMMAND_MEMBERS:
		return answer_members(json);
	case COMMAND_CONFLICTS:
		return answer_conflicts(json);
	case COMMAND_PAUSE:
	case COMMAND_RESUME:
	case COMMAND_LEAVE:
		return answer_done(json, r);
	case COMMAND_RADIOS:
		return answer_radios(json);
	case COMMAND_UP:
	case COMMAND_DOWN:
		return answer_up(json, r);
	case COMMAND_ALLOW:
	case COMMAND_DENY:
		return answer_rules(json, r);
	case COMMAND_NAME:
		return answer_name(json, r);
	case COMMAND_MESH:
	case COMMAND_MESH_NEW:
	case COMMAND_MESH_JOIN:
	case COMMAND_MESH_INVITE:
	case COMMAND_MESH_MEMBERS:
	case COMMAND_MESH_REVOKE:
	case COMMAND_MESH_COFOUNDER:
		return answer_mesh(json, r);
	case COMMAND_PING:
	case COMMAND_SPEED:
	case COMMAND_WAIT:
	case COMMAND_TOP:
	case COMMAND_WATCH:
	case COMMAND_METRICS:
	case COMMAND_CAPTURE:
	case COMMANDS:
		break;
	}
	abort();
}

static void reply(struct buffer *out, const struct request *r)
{
	struct buffer json;

	buffer_init(&json, REPLY_JSON_MAX);
	if (refuse_name(out, r)) {
		buffer_fini(&json);
		return;
	}
	if (r->command == COMMAND_PING)
		reply_ping(out, &json, r);
	else if (r->command == COMMAND_SPEED)
		reply_speed(out, &json, r);
	else if (r->command == COMMAND_WAIT)
		reply_wait(out, &json, r);
	else if (r->command == COMMAND_WATCH)
		reply_watch(out, &json);
	else if (r->command == COMMAND_CAPTURE)
		reply_capture(out, &json);
	else if (r->command == COMMAND_METRICS)
		reply_metrics(out, &json);
	else {
		answer(&json, r);
		reply_answer(out, buffer_bytes(&json));
	}
	buffer_fini(&json);
}

/* The whole request, or false. */
static bool read_request(int fd, struct buffer *in, size_t *size)
{
	uint8_t more[4096];
	ssize_t n;

	while ((n = read(fd, more, sizeof(more))) > 0) {
		enum request_verdict v;

		buffer_add(in, bytes_of(more, (size_t)n));
		v = request_measure(buffer_bytes(in), size);
		if (v == REQUEST_WHOLE)
			return true;
		if (v == REQUEST_BAD)
			return false;
	}
	return false;
}

static void wait_until_closed(int fd)
{
	char more[64];

	while (read(fd, more, sizeof(more)) > 0)
		continue;
}

static void serve(int fd)
{
	static struct request r;
	struct buffer in, out;
	size_t size = 0;
	int err = -EPROTO;

	buffer_init(&in, REQUEST_SIZE_MAX);
	buffer_init(&out, REPLY_BUFFER_MAX);
	if (is("gone"))
		goto done;
	if (read_request(fd, &in, &size))
		err = request_parse(&r, bytes_of(in.data, size));
	if (err == 0 && strcmp(r.node, "hang") == 0)
		wait_until_closed(fd);
	else if (is("rubbish"))
		buffer_add_string(&out, "HTTP/1.0 200 OK\r\n\r\n");
	else if (err != 0)
		reply_refuse(&out, err);
	else
		reply(&out, &r);
	for (size_t sent = 0; sent < out.len;) {
		ssize_t n = send(fd, out.data + sent, out.len - sent, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		sent += (size_t)n;
	}
done:
	buffer_fini(&in);
	buffer_fini(&out);
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3) {
		fputs("usage: fake_daemon DIR SCENARIO\n", stderr);
		return 2;
	}
	scenario = argv[2];
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", argv[1]);
	unlink(address.sun_path);
	if (bind(s, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(s, 16) != 0) {
		perror(address.sun_path);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		int fd = accept(s, NULL, NULL);

		if (fd >= 0)
			serve(fd);
	}
}
