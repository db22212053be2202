/* SPDX-License-Identifier: ISC */
/* Hex for the vectors of this room's tests. */
#include "tests/unit/node/crypto/hex.h"

size_t from_hex(const char *hex, uint8_t *out)
{
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < 2 * len; i++) {
		unsigned digit =
			(unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);

		out[i / 2] = (uint8_t)(out[i / 2] << 4 | digit);
	}
	return len;
}

void expect_hex(const void *p, size_t len, const char *hex)
{
	uint8_t want[512] = { 0 };

	EXPECT(strlen(hex) / 2 <= sizeof(want), "the value fits");
	EXPECT_EQ(from_hex(hex, want), len, "the value has the right length");
	EXPECT_BYTES(bytes_of(p, len), bytes_of(want, len), "it is the published value");
}
