/* SPDX-License-Identifier: ISC */
#include "node/radio/channel.h"

#include "tests/test.h"

TEST(the_middle_of_a_wide_channel)
{
	static const struct {
		uint16_t mhz, width, center;
	} rows[] = {
		{ 2412, 20, 2412 },
		{ 2412, 40, 2422 },
		{ 2442, 40, 2452 },
		{ 2462, 40, 2452 },
		{ 2412, 80, 0 },
		{ 5180, 40, 5190 },
		{ 5200, 40, 5190 },
		{ 5220, 40, 5230 },
		{ 5180, 80, 5210 },
		{ 5240, 80, 5210 },
		{ 5320, 80, 5290 },
		{ 5500, 80, 5530 },
		{ 5720, 80, 5690 },
		{ 5745, 80, 5775 },
		{ 5805, 80, 5775 },
		{ 5825, 80, 5855 },
		{ 5885, 40, 5875 },
		{ 5955, 80, 5985 },
		{ 7095, 40, 7085 },
		{ 7115, 40, 0 },
		{ 5190, 40, 0 },
		{ 5340, 40, 0 },
		{ 2484, 40, 0 },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(radio_center(rows[i].mhz, rows[i].width), rows[i].center,
			"as IEEE 802.11 has it");
}

TEST(what_wpa_supplicant_joins_is_wide_in_5_GHz_only)
{
	EXPECT(radio_width_is_there(2412, 40, false), "the node itself");
	EXPECT(!radio_width_is_there(2412, 40, true), "not with a key");
	EXPECT(radio_width_is_there(5180, 40, true), "but there");
	EXPECT(radio_width_is_there(2412, 20, true), "and where it is not wide");
	EXPECT(!radio_width_is_there(2412, 80, false), "what is nowhere");
}
