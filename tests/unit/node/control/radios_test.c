/* SPDX-License-Identifier: ISC */
#include "node/control/radios.h"

#include "tests/test.h"

TEST(radios_and_their_interfaces_are_one_object)
{
	static const struct shown_radio radios[] = { { "phy0", 0, true, false },
		{ "phy\"3", 3, false, true } };
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
		      "{\"name\":\"phy0\",\"mesh\":true,\"ibss\":false,\"interfaces\":["
		      "{\"name\":\"wlan0\",\"mode\":\"managed\",\"up\":true,"
		      "\"network\":\"home \\\"x\\\"\",\"mhz\":2437},"
		      "{\"name\":\"q-wlan0\",\"mode\":\"mesh point\",\"up\":false,"
		      "\"network\":null,\"mhz\":null}]},"
		      "{\"name\":\"phy\\\"3\",\"mesh\":false,\"ibss\":true,"
		      "\"interfaces\":[]}]}"),
		"each with its own");
	buffer_fini(&out);
}
