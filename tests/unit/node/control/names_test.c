/* SPDX-License-Identifier: ISC */
/* Pins as JSON: of a node that is there, of one that is away, and none. */
#include "node/control/names.h"

#include "tests/test.h"
#include "tests/unit/node/control/shape.h"

TEST(pins_have_their_shape_known_or_away)
{
	struct shown_pin pins[] = {
		{ .id = { { 0xab } },
			.name = BYTES("ada"),
			.address = { { 0xfd, 0x71, 1 } },
			.reachable = true,
			.announced = BYTES("ada's\nlaptop") },
		{ .id = { { 0xcd } },
			.name = BYTES("bob"),
			.address = { { 0xfd, 0x71, 2 } } },
	};
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	names_json(&b, pins, array_len(pins));
	o = shape_read(&b, "qanat.name/1");
	EXPECT_EQ(json_array_size(json_object_get(o, "pins")), array_len(pins), "each");
	for (size_t i = 0; i < array_len(pins); i++)
		shape_expect(json_array_get(json_object_get(o, "pins"), i),
			"name:s id:s address:s reachable:b announced:s?");
	json_decref(o);
	buffer_fini(&b);
}

TEST(no_pins_are_an_empty_list)
{
	struct buffer b;
	json_t *o;

	buffer_init(&b, 1 << 20);
	names_json(&b, NULL, 0);
	o = shape_read(&b, "qanat.name/1");
	shape_expect(o, "pins:a");
	json_decref(o);
	buffer_fini(&b);
}
