/* SPDX-License-Identifier: ISC */
#include "node/inet/mss.h"

#include "node/inet/checksum.h"
#include "node/wire/reader.h"

enum {
	OPTION_END = 0,
	OPTION_NOP = 1,
	OPTION_MSS = 2,
	OPTION_MSS_SIZE = 4,
	TCP_CHECKSUM_OFFSET = 16,
};

/* Where in options the two bytes of the MSS stand; 0: nowhere.
 * option = 0 | 1 | kind:8 length:8 data */
static size_t find(struct bytes options)
{
	struct reader r = reader_of(options);

	while (r.left > 0) {
		uint8_t kind = read_u8(&r), length;

		if (kind == OPTION_END)
			return 0;
		if (kind == OPTION_NOP)
			continue;
		length = read_u8(&r);
		if (length < 2 || r.left < length - 2u)
			return 0;
		if (kind == OPTION_MSS && length == OPTION_MSS_SIZE)
			return options.len - r.left;
		read_skip(&r, length - 2u);
	}
	return 0;
}

static uint16_t swapped(uint16_t v)
{
	return (uint16_t)(v >> 8 | v << 8);
}

bool mss_clamp(uint8_t *bytes, const struct packet *p, size_t mtu)
{
	size_t header =
		(p->version == 6 ? PACKET_IPV6_HEADER_SIZE : PACKET_IPV4_HEADER_SIZE) +
		PACKET_TCP_HEADER_SIZE; /* options do not count: RFC 6691 */
	size_t at = p->transport_at + PACKET_TCP_HEADER_SIZE, found;
	uint8_t *sum = bytes + p->transport_at + TCP_CHECKSUM_OFFSET;
	uint16_t offered, fits;

	if (p->flow.protocol != PROTOCOL_TCP || !(p->tcp_flags & TCP_SYN) ||
		mtu <= header)
		return false;
	found = find(bytes_of(bytes + at, p->payload_at - at));
	if (found == 0)
		return false;
	at += found;
	offered = (uint16_t)(bytes[at] << 8 | bytes[at + 1]);
	if (offered <= mtu - header)
		return false;
	fits = (uint16_t)(mtu - header);
	bytes[at] = (uint8_t)(fits >> 8);
	bytes[at + 1] = (uint8_t)fits;
	/* Behind one "no operation" it lies across two words of the sum. */
	if ((at - p->transport_at) % 2 != 0)
		checksum_replace(sum, swapped(offered), swapped(fits));
	else
		checksum_replace(sum, offered, fits);
	return true;
}
