/* SPDX-License-Identifier: ISC */
#include "node/inet/offload.h"
#include "tests/test.h"

TEST(offload_header_has_the_layout_of_virtio_net)
{
	/* Little-endian: NEEDS_CSUM, TCPV6, 60, 1220, 40, 16. */
	static const uint8_t little[] = { 1, 4, 60, 0, 0xc4, 4, 40, 0, 16, 0 };
	static const uint8_t big[] = { 1, 4, 0, 60, 4, 0xc4, 0, 40, 0, 16 };
	const uint16_t one = 1;
	struct bytes b =
		bytes_of(*(const uint8_t *)&one == 1 ? little : big, OFFLOAD_SIZE);
	uint8_t out[OFFLOAD_SIZE];
	struct writer w = writer_of(out, sizeof(out));
	struct offload o;

	EXPECT(offload_parse(&o, b), "a header");
	EXPECT_EQ(o.flags, OFFLOAD_NEEDS_CSUM, "flags");
	EXPECT_EQ(o.type, OFFLOAD_TCPV6, "type");
	EXPECT_EQ(o.header_size, 60, "header");
	EXPECT_EQ(o.segment_size, 1220, "segment");
	EXPECT_EQ(o.checksum_at, 40, "where summing begins");
	EXPECT_EQ(o.checksum_offset, 16, "where the sum goes");
	offload_write(&w, &o);
	EXPECT_BYTES(writer_bytes(&w), b, "written as it was read");
	EXPECT(!offload_parse(&o, bytes_of(b.data, OFFLOAD_SIZE - 1)),
		"a byte is missing");
}
