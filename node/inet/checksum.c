/* SPDX-License-Identifier: ISC */
/* Eight bytes at a time as two halves, so that no carry is ever lost: 2^32 of them fit. */
#include "node/inet/checksum.h"

#include "node/inet/packet.h"

static inline uint64_t halves(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return (w >> 32) + (w & 0xffffffff);
}

uint64_t checksum_add(uint64_t sum, struct bytes b)
{
	const uint8_t *p = b.data;
	size_t left = b.len;
	uint64_t a[4] = { sum, 0, 0, 0 };
	uint8_t rest[8] = { 0 };

	for (; left >= 32; left -= 32, p += 32)
		for (unsigned i = 0; i < 4; i++)
			a[i] += halves(p + 8 * i);
	sum = a[0] + a[1] + a[2] + a[3];
	for (; left >= 8; left -= 8, p += 8)
		sum += halves(p);
	if (left > 0) {
		memcpy(rest, p, left);
		sum += halves(rest);
	}
	return sum;
}

/* What of an address is summed: of an IPv4-mapped one the last four bytes. */
static struct bytes summed(const struct address *a)
{
	if (packet_is_mapped(a))
		return bytes_of(a->b + 12, 4);
	return id_bytes(a);
}

uint64_t checksum_add_pseudo(uint64_t sum, const struct address *source,
	const struct address *destination, uint32_t length, uint8_t protocol)
{
	const uint8_t rest[8] = { (uint8_t)(length >> 24), (uint8_t)(length >> 16),
		(uint8_t)(length >> 8), (uint8_t)length, [7] = protocol };

	sum = checksum_add(sum, summed(source));
	sum = checksum_add(sum, summed(destination));
	return checksum_add(sum, bytes_of(rest, sizeof(rest)));
}

uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)sum;
}

void checksum_store(uint8_t at[2], uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

void checksum_replace(uint8_t at[2], uint16_t old, uint16_t fresh)
{
	uint32_t sum = 0xffff & ~((uint32_t)at[0] << 8 | at[1]);

	sum += (0xffff & ~(uint32_t)old) + fresh;
	sum = (sum >> 16) + (sum & 0xffff);
	sum = ~((sum >> 16) + sum);
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}
