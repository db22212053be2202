/* SPDX-License-Identifier: ISC */
#include "node/control/radios.h"

#include "tests/test.h"

TEST(radios_and_their_interfaces_are_one_object)
{
	static const struct shown_radio radios[] = { { .name = "phy0", .mesh = true },
		{ .name = "phy\"3",
			.number = 3,
			.ibss = true,
			.busy = { true, 1000 },
			.own = { true, 5 },
			.nodes = { true, 0 },
			.strangers = { true, 995 } } };
	static const struct shown_radio_interface on[] = {
		{ "wlan0", 0, "managed", "home \"x\"", 2437, true },
		{ "q-wlan0", 0, "mesh point", "", 0, false },
		{ "lost", 9, "managed", "", 0, false },
	};
	struct buffer out;

	buffer_init(&out, 4096);
	radios_json(&out, radios, array_len(radios), on, array_len(on));
	EXPECT_BYTES(buffer_bytes(&out),
		BYTES("{\"schema\":\"qanat.radios/1\",\"radios\":["
		      "{\"name\":\"phy0\",\"mesh\":true,\"ibss\":false,"
		      "\"busy\":null,\"busy_own\":null,\"busy_nodes\":null,"
		      "\"busy_strangers\":null,\"interfaces\":["
		      "{\"name\":\"wlan0\",\"mode\":\"managed\",\"up\":true,"
		      "\"network\":\"home \\\"x\\\"\",\"mhz\":2437},"
		      "{\"name\":\"q-wlan0\",\"mode\":\"mesh point\",\"up\":false,"
		      "\"network\":null,\"mhz\":null}]},"
		      "{\"name\":\"phy\\\"3\",\"mesh\":false,\"ibss\":true,"
		      "\"busy\":1,\"busy_own\":0.005,\"busy_nodes\":0,"
		      "\"busy_strangers\":0.995,"
		      "\"interfaces\":[]}]}"),
		"each with its own");
	buffer_fini(&out);
}
