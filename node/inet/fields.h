/* SPDX-License-Identifier: ISC */
/* Where things stand in the headers that segment.c and coalesce.c write over in packets that
 * packet_parse has accepted: bytes of our own copies, of known size. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	IPV4_CLASS_AT = 1,
	IPV4_LENGTH_AT = 2,
	IPV4_ID_AT = 4,
	IPV4_FRAGMENT_AT = 6,
	IPV4_TTL_AT = 8,
	IPV4_CHECKSUM_AT = 10,
	IPV6_LENGTH_AT = 4,
	IPV6_HOPS_AT = 7,
	TCP_SEQUENCE_AT = 4,
	TCP_ACKNOWLEDGED_AT = 8,
	TCP_FLAGS_AT = 13,
	TCP_WINDOW_AT = 14,
	TCP_CHECKSUM_AT = 16,
	UDP_LENGTH_AT = 4,
	UDP_CHECKSUM_AT = 6,
};

static inline uint16_t field_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t field_u32(const uint8_t *at)
{
	return (uint32_t)field_u16(at) << 16 | field_u16(at + 2);
}

static inline void field_set_u16(uint8_t *at, size_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

static inline void field_set_u32(uint8_t *at, uint32_t v)
{
	field_set_u16(at, v >> 16);
	field_set_u16(at + 2, v);
}
