/* SPDX-License-Identifier: ISC */
/* Probes as JSON: results, and probes that got no answer. */
#include "node/control/probes.h"

#include "tests/test.h"
#include "tests/unit/node/control/shape.h"

static const struct node_id someone = { { 0xab } };

TEST(a_ping_has_its_shape_with_and_without_answers)
{
	struct shown_ping pings[] = {
		{ .node = someone,
			.name = BYTES("bob"),
			.sent = 4,
			.received = 3,
			.rtt_min_us = known(1),
			.rtt_avg_us = known(2),
			.rtt_max_us = known(3),
			.hops = known(1) },
		{ .node = someone, .sent = 4 },
	};

	for (size_t i = 0; i < array_len(pings); i++) {
		struct buffer b;
		json_t *o;

		buffer_init(&b, 1 << 20);
		probes_json_ping(&b, &pings[i]);
		o = shape_read(&b, "qanat.ping/1");
		shape_expect(
			o, "node:s name:s? address:s? sent:i received:i rtt_s:o hops:i?");
		shape_expect(json_object_get(o, "rtt_s"), "min:n? avg:n? max:n?");
		EXPECT_EQ(
			json_is_null(json_object_get(json_object_get(o, "rtt_s"), "min")),
			i == 1, "no answer, no time");
		json_decref(o);
		buffer_fini(&b);
	}
}

TEST(echo_trace_and_speed_have_their_shapes)
{
	struct shown_echo e = { .number = 1 };
	struct shown_hop hops[] = { { .id = someone, .rtt_us = known(1500) },
		{ .rtt_us = { 0 } } };
	struct shown_trace t = { .node = someone, .hops = hops, .hop_count = 2 };
	struct shown_speed s = { .node = someone };
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	probes_json_echo(&b, &e);
	o = shape_read(&b, "qanat.ping-echo/1");
	shape_expect(o, "number:i rtt_s:n? hops:i?");
	json_decref(o);
	buffer_cut(&b, 0);
	probes_json_trace(&b, &t);
	o = shape_read(&b, "qanat.trace/1");
	shape_expect(o, "node:s name:s? hops:a");
	for (size_t i = 0; i < 2; i++)
		shape_expect(json_array_get(json_object_get(o, "hops"), i),
			"id:s? name:s? name_clash:b rtt_s:n?");
	json_decref(o);
	buffer_cut(&b, 0);
	probes_json_speed(&b, &s);
	o = shape_read(&b, "qanat.speed/1");
	shape_expect(o,
		"node:s name:s? asked_s:n? seconds:n? bytes:i? goodput_bps:i? age_s:o");
	shape_expect(json_object_get(o, "age_s"), "p50:n? p95:n?");
	json_decref(o);
	buffer_fini(&b);
}
