/* SPDX-License-Identifier: ISC */
/* The node and the mesh as JSON: full structs, and structs that know nothing. */
#include "node/control/status.h"

#include "tests/test.h"
#include "tests/unit/node/control/shape.h"

static const struct node_id someone = { { 0xab, 1 } };
static const struct address somewhere = { { 0xfd, 0x71, 1 } };
static const char some_id[] =
	"ab01000000000000000000000000000000000000000000000000000000000000";

static const char status_shape[] = "node:o interfaces:a neighbours:i nodes:i folders:i "
				   "health:a counters:o drops:o dns:o";
static const char node_shape[] =
	"id:s name:s? name_pinned:b name_clash:b address:s? uptime_s:n? version:s?";
static const char dns_shape[] = "port:i? up:b queries:i answered:i malformed:i";
static const char neighbour_shape[] =
	"id:s? name:s? name_pinned:b name_clash:b "
	"address:s? interface:s? "
	"link_local:s? symmetric:b mpr:b mpr_selector:b "
	"loss_in:n? loss_out:n? rate_bps:n? rtt_s:n? "
	"metric:n? last_heard_s:n? signal_dbm:n? overheard:o? "
	"session:s?";
static const char route_shape[] = "id:s? name:s? name_pinned:b name_clash:b address:s? "
				  "hops:i metric:n? next_hop:o age_s:n?";

TEST(status_says_all_that_is_known)
{
	static const struct shown_interface interfaces[] = {
		{ "wlan0", SHOWN_MESH_POINT, { 2, 0, 0, 0, 0, 1 }, true },
		{ "wlan1", SHOWN_IBSS, { 0 }, false },
		{ "eth0", SHOWN_ETHERNET, { 2, 0, 0, 0, 0, 3 }, true },
		{ "tap0", SHOWN_TAP, { 2, 0, 0, 0, 0, 4 }, true },
		{ "ether", SHOWN_ETHER, { 0 }, true },
		{ "peers", SHOWN_PEERS, { 0 }, true },
	};
	static const char *const types[] = { "mesh-point", "ibss", "ethernet", "tap",
		"ether", "peers" };
	static const struct shown_peer peers[] = {
		{ .name = "tcp:a:1",
			.transport = "tcp",
			.state = "up",
			.address = "192.0.2.1",
			.port = { true, 1 },
			.since_us = { true, 2000000 },
			.down_us = { true, 0 },
			.dropped = { true, 3 },
			.trouble = "refused" },
		{ .state = "waiting" },
	};
	struct shown_health health[] = { { "no-mesh", SHOWN_ERROR, BYTES("in no mesh"),
						 BYTES("qanatd --open") },
		{ "clock", SHOWN_WARNING, BYTES("behind"), BYTES("") } };
	struct shown_counter counters[] = { { "frames_sent", 12 } };
	struct drops drops = { 0 };
	struct shown_status s = { .id = someone,
		.name = BYTES("alpha"),
		.address = somewhere,
		.uptime_us = known(1500000),
		.version = "1",
		.interfaces = interfaces,
		.interface_count = array_len(interfaces),
		.neighbours = 2,
		.nodes = 3,
		.folders = 1,
		.health = health,
		.health_count = 2,
		.counters = counters,
		.counter_count = 1,
		.traffic = &(struct shown_traffic){ "hello", 1, 2, 3, 4 },
		.traffic_count = 1,
		.dns = { known(7153), true, 3, 2, 1 },
		.drops = &drops,
		.peers = peers,
		.peer_count = array_len(peers) };
	struct buffer b;
	json_t *o, *list;

	drops.count[DROP_REPLAY] = 9;
	buffer_init(&b, 1 << 20);
	status_json(&b, &s);
	o = shape_read(&b, "qanat.status/1");
	shape_expect(o, status_shape);
	shape_expect(json_object_get(o, "node"), node_shape);
	EXPECT_STRING(
		json_string_value(json_object_get(json_object_get(o, "node"), "id")),
		some_id, "the id in hex");
	EXPECT(json_number_value(
		       json_object_get(json_object_get(o, "node"), "uptime_s")) == 1.5,
		"seconds");
	list = json_object_get(o, "peers");
	EXPECT_EQ(json_array_size(list), array_len(peers), "each peer");
	for (size_t i = 0; i < array_len(peers); i++)
		shape_expect(json_array_get(list, i),
			"peer:s? state:s transport:s? address:s? port:n? since_s:n? "
			"down_s:n? dropped:n? trouble:s?");
	list = json_object_get(o, "interfaces");
	EXPECT_EQ(json_array_size(list), array_len(interfaces), "each interface");
	for (size_t i = 0; i < array_len(interfaces); i++) {
		shape_expect(json_array_get(list, i), "name:s type:s mac:s? up:b");
		EXPECT_STRING(json_string_value(
				      json_object_get(json_array_get(list, i), "type")),
			types[i], "its type");
	}
	list = json_object_get(o, "health");
	shape_expect(json_array_get(list, 0), "code:s severity:s text:s fix:s");
	EXPECT(json_is_null(json_object_get(json_array_get(list, 1), "fix")),
		"no fix is null");
	EXPECT_EQ(json_object_size(json_object_get(o, "drops")), DROP_REASONS,
		"each reason");
	EXPECT_EQ(json_integer_value(
			  json_object_get(json_object_get(o, "drops"), "replay")),
		9, "counted");
	shape_expect(json_array_get(json_object_get(o, "messages"), 0),
		"kind:s in:i out:i bytes_in:i bytes_out:i");
	shape_expect(json_object_get(o, "dns"), dns_shape);
	EXPECT_EQ(json_integer_value(json_object_get(json_object_get(o, "dns"), "port")),
		7153, "the resolver's port");
	EXPECT_EQ(json_integer_value(
			  json_object_get(json_object_get(o, "counters"), "frames_sent")),
		12, "counted");
	json_decref(o);
	buffer_fini(&b);
}

TEST(a_status_that_knows_nothing_says_null)
{
	struct shown_status s = { .id = someone };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	status_json(&b, &s);
	o = shape_read(&b, "qanat.status/1");
	shape_expect(o, status_shape);
	shape_expect(json_object_get(o, "node"), node_shape);
	EXPECT(json_is_null(json_object_get(json_object_get(o, "node"), "uptime_s")),
		"null");
	shape_expect(json_object_get(o, "dns"), dns_shape);
	EXPECT(json_is_null(json_object_get(json_object_get(o, "dns"), "port")),
		"no resolver is null");
	json_decref(o);
	buffer_fini(&b);
}

TEST(neighbours_known_and_unknown_have_the_same_shape)
{
	static const char *const sessions[] = { "up", NULL, "handshake" };
	struct shown_neighbour n[] = {
		{ .id = someone,
			.name = BYTES("bob\n"),
			.address = somewhere,
			.interface = BYTES("wlan0"),
			.link_local = somewhere,
			.symmetric = true,
			.loss_in_ppm = known(0),
			.loss_out_ppm = known(1000000),
			.rate_bps = known(1),
			.rtt_us = known(1),
			.metric = known(1),
			.last_heard_us = known(0),
			.signal_dbm = known(-50),
			.overheard = { .is = true,
				.signal_dbm = known(-49),
				.airtime_permille = known(5) },
			.session = SHOWN_SESSION_UP },
		{ .session = SHOWN_NO_SESSION },
		{ .session = SHOWN_HANDSHAKE },
	};
	struct buffer b;
	json_t *o, *list;

	buffer_init(&b, 1 << 20);
	status_json_neighbours(&b, n, array_len(n));
	o = shape_read(&b, "qanat.neighbours/1");
	list = json_object_get(o, "neighbours");
	EXPECT_EQ(json_array_size(list), array_len(n), "each of them");
	for (size_t i = 0; i < array_len(n); i++) {
		const json_t *v = json_object_get(json_array_get(list, i), "session");

		shape_expect(json_array_get(list, i), neighbour_shape);
		if (sessions[i] != NULL)
			EXPECT_STRING(json_string_value(v), sessions[i], "its session");
		else
			EXPECT(json_is_null(v), "no session is null");
	}
	EXPECT(json_number_value(json_object_get(json_array_get(list, 0), "loss_out")) ==
			1,
		"all lost is 1");
	shape_expect(json_object_get(json_array_get(list, 0), "overheard"),
		"signal_dbm:n? rate_bps:n? airtime:n? frames:n?");
	EXPECT(json_number_value(json_object_get(
		       json_object_get(json_array_get(list, 0), "overheard"),
		       "airtime")) == 0.005,
		"thousandths are thousandths");
	EXPECT(json_is_null(json_object_get(json_array_get(list, 1), "signal_dbm")) &&
			json_is_null(
				json_object_get(json_array_get(list, 1), "overheard")),
		"whom no radio hears has neither");
	EXPECT(json_is_null(json_object_get(json_array_get(list, 1), "loss_in")),
		"not known is not 0");
	json_decref(o);
	buffer_fini(&b);
}

TEST(routes_have_their_shape)
{
	struct shown_route r[] = { { .id = someone,
					   .name = BYTES("carol"),
					   .address = somewhere,
					   .hops = 2,
					   .metric = known(7),
					   .next_hop = someone,
					   .interface = BYTES("wlan0"),
					   .link_local = somewhere,
					   .age_us = known(1) },
		{ .hops = 1 } };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	status_json_routes(&b, r, array_len(r), NULL);
	o = shape_read(&b, "qanat.routes/1");
	for (size_t i = 0; i < array_len(r); i++) {
		const json_t *route = json_array_get(json_object_get(o, "routes"), i);

		shape_expect(route, route_shape);
		shape_expect(json_object_get(route, "next_hop"),
			"id:s? name:s? interface:s? link_local:s?");
	}
	json_decref(o);
	buffer_fini(&b);
}

TEST(why_says_of_every_neighbour_what_speaks_against_it)
{
	static const struct {
		enum shown_verdict verdict;
		unsigned metric; /* 0: none */
		const char *word, *text;
	} rows[] = {
		{ SHOWN_CHOSEN, 300, "chosen", "chosen" },
		{ SHOWN_ALTERNATE, 300, "alternate",
			"alternate, ready when the link fails" },
		{ SHOWN_ALTERNATE, 400, "alternate",
			"alternate, ready when the link fails; dearer by 34 %" },
		{ SHOWN_EQUAL, 300, "equal", "as good, but the present one stays" },
		{ SHOWN_DEARER, 303, "dearer", "dearer by 1 %" },
		{ SHOWN_LOOPS, 500, "loops", "would come back through us" },
		{ SHOWN_SUSPECT, 300, "suspect", "its link is under suspicion" },
		{ SHOWN_NO_WAY, 0, "no-way", "no way from there" },
	};
	struct shown_candidate c[array_len(rows)];
	struct shown_step path[] = { { .id = someone, .metric = known(100) },
		{ .id = someone } };
	struct shown_why why = { path, array_len(path), c, array_len(c) };
	struct buffer b;
	const json_t *said;
	json_t *o;

	for (size_t i = 0; i < array_len(c); i++)
		c[i] = (struct shown_candidate){ .id = someone,
			.link_metric = known(100),
			.metric = { rows[i].metric != 0, rows[i].metric },
			.hops = { rows[i].metric != 0, 2 },
			.verdict = rows[i].verdict };
	buffer_init(&b, 1 << 20);
	status_json_routes(&b, NULL, 0, &why);
	o = shape_read(&b, "qanat.routes/1");
	said = json_object_get(o, "why");
	shape_expect(said, "path:a candidates:a");
	for (size_t i = 0; i < array_len(path); i++)
		shape_expect(json_array_get(json_object_get(said, "path"), i),
			"id:s name:s? metric:i?");
	for (size_t i = 0; i < array_len(rows); i++) {
		const json_t *row =
			json_array_get(json_object_get(said, "candidates"), i);

		shape_expect(row,
			"next_hop:o link_metric:i? onward_metric:i? metric:i? hops:i? "
			"dearer_percent:i? verdict:s text:s");
		shape_expect(
			json_object_get(row, "next_hop"), "id:s? name:s? interface:s?");
		EXPECT_STRING(json_string_value(json_object_get(row, "verdict")),
			rows[i].word, "its word");
		EXPECT_STRING(json_string_value(json_object_get(row, "text")),
			rows[i].text, "and what people read");
	}
	said = json_array_get(json_object_get(said, "candidates"), 0);
	EXPECT_EQ(json_integer_value(json_object_get(said, "onward_metric")), 200,
		"what is left behind the link");
	json_decref(o);
	buffer_fini(&b);
}

TEST(the_map_and_events_have_their_shapes)
{
	struct shown_map_node nodes[] = { { .id = someone, .name = BYTES("a") },
		{ .id = someone, .name = BYTES(""), .name_clash = true } };
	struct shown_map_link links[] = { { someone, someone, known(1), known(1),
						  known(1) },
		{ .from = someone, .to = someone } };
	struct shown_map m = { nodes, 2, links, 2 };
	struct shown_event e = { .event = "neighbour-up" };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	status_json_map(&b, &m);
	o = shape_read(&b, "qanat.map/1");
	for (size_t i = 0; i < 2; i++) {
		shape_expect(json_array_get(json_object_get(o, "nodes"), i),
			"id:s name:s? name_pinned:b name_clash:b");
		shape_expect(json_array_get(json_object_get(o, "links"), i),
			"from:s to:s metric:n? loss:n? rate_bps:n?");
	}
	json_decref(o);
	buffer_cut(&b, 0);
	status_json_event(&b, &e);
	o = shape_read(&b, "qanat.watch/1");
	shape_expect(o, "time:s? event:s node:s? name:s? name_clash:b folder:s? text:s? "
			"reason:s? "
			"interface:s? from:s? to:s? metric_before:i? metric:i? hops:i?");
	json_decref(o);
	buffer_fini(&b);
}

TEST(empty_lists_are_lists)
{
	struct shown_map m = { 0 };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	status_json_neighbours(&b, NULL, 0);
	o = shape_read(&b, "qanat.neighbours/1");
	shape_expect(o, "neighbours:a");
	json_decref(o);
	buffer_cut(&b, 0);
	status_json_routes(&b, NULL, 0, NULL);
	o = shape_read(&b, "qanat.routes/1");
	shape_expect(o, "routes:a");
	json_decref(o);
	buffer_cut(&b, 0);
	status_json_map(&b, &m);
	o = shape_read(&b, "qanat.map/1");
	shape_expect(o, "nodes:a links:a");
	json_decref(o);
	buffer_fini(&b);
}
