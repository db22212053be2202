/* SPDX-License-Identifier: ISC */
/*
 * IP packets for tests, written byte by byte and summed two bytes at a time, by code that has
 * nothing in common with the room's own.
 */
#pragma once

#include <string.h>

#include "node/inet/packet.h"

struct made {
	uint8_t version;  /* 4 or 6 */
	uint8_t protocol; /* of the transport header */
	uint8_t traffic_class, hop_limit;
	uint32_t label;              /* IPv6 */
	uint16_t id, fragment;       /* IPv4: the 16 bits with flags and offset */
	uint8_t source, destination; /* last byte of the address */
	uint16_t source_port, destination_port; /* ICMP: type and code, identifier */
	uint32_t sequence, acknowledged;
	uint16_t window;
	uint8_t flags;
	struct bytes options; /* of TCP, a multiple of 4 */
	struct bytes
		extensions; /* IPv6: ready to be put in, the first one's kind in front */
	struct bytes payload;
};

static inline void put(uint8_t *at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

static inline uint32_t got(const uint8_t *at, unsigned n)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | at[i];
	return v;
}

static inline uint16_t naive_sum(uint32_t sum, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

/* The sum over pseudo header and transport part of a packet without extensions. */
static inline uint16_t naive_transport_sum(const uint8_t *packet, size_t len)
{
	bool six = packet[0] >> 4 == 6;
	size_t header = six ? 40 : 4 * (packet[0] & 15u);
	uint32_t sum = (uint32_t)(len - header) + packet[six ? 6 : 9];

	sum = (sum & 0xffff) + (sum >> 16);
	sum = naive_sum(sum, packet + (six ? 8 : 12), six ? 32 : 8);
	return naive_sum(sum, packet + header, len - header);
}

/* Whether every checksum of a packet without extensions is right. */
static inline bool naive_good(const uint8_t *packet, size_t len)
{
	if (packet[0] >> 4 == 4 && naive_sum(0, packet, 4 * (packet[0] & 15u)) != 0xffff)
		return false;
	return naive_transport_sum(packet, len) == 0xffff;
}

static inline struct address made_address(uint8_t version, uint8_t last)
{
	struct address six = { { 0xfd, 0x71, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
		last } };
	struct address four = { { [10] = 0xff, 0xff, 10, 1, 2, last } };

	return version == 6 ? six : four;
}

static inline size_t made_transport(const struct made *m, uint8_t *out)
{
	put(out, m->source_port, 2);
	put(out + 2, m->destination_port, 2);
	if (m->protocol == PROTOCOL_TCP) {
		put(out + 4, m->sequence, 4);
		put(out + 8, m->acknowledged, 4);
		out[12] = (uint8_t)((20 + m->options.len) / 4 << 4);
		out[13] = m->flags;
		put(out + 14, m->window, 2);
		put(out + 16, 0, 4);
		if (m->options.len > 0)
			memcpy(out + 20, m->options.data, m->options.len);
		return 20 + m->options.len;
	}
	if (m->protocol == PROTOCOL_UDP) {
		put(out + 4, 8 + m->payload.len, 2);
		put(out + 6, 0, 2);
		return 8;
	}
	if (m->protocol == PROTOCOL_ICMPV6 || m->protocol == PROTOCOL_ICMPV4) {
		put(out + 2, 0, 2); /* source_port is type and code */
		put(out + 4, m->destination_port, 2);
		put(out + 6, m->sequence, 2);
		return 8;
	}
	return 0;
}

static inline unsigned made_checksum_at(uint8_t protocol)
{
	return protocol == PROTOCOL_TCP ? 16 : protocol == PROTOCOL_UDP ? 6 : 2;
}

static inline void made_ipv4(const struct made *m, uint8_t *out, size_t len)
{
	struct address s = made_address(4, m->source),
		       d = made_address(4, m->destination);

	memset(out, 0, 20);
	out[0] = 0x45;
	out[1] = m->traffic_class;
	put(out + 2, len, 2);
	put(out + 4, m->id, 2);
	put(out + 6, m->fragment, 2);
	out[8] = m->hop_limit ? m->hop_limit : 64;
	out[9] = m->protocol;
	memcpy(out + 12, s.b + 12, 4);
	memcpy(out + 16, d.b + 12, 4);
	put(out + 10, 0xffffu & ~(unsigned)naive_sum(0, out, 20), 2);
}

static inline void made_ipv6(const struct made *m, uint8_t *out, size_t len)
{
	struct address s = made_address(6, m->source),
		       d = made_address(6, m->destination);

	put(out, 6u << 28 | (uint32_t)m->traffic_class << 20 | m->label, 4);
	put(out + 4, len - 40, 2);
	out[6] = m->protocol;
	out[7] = m->hop_limit ? m->hop_limit : 64;
	memcpy(out + 8, s.b, 16);
	memcpy(out + 24, d.b, 16);
	if (m->extensions.len > 0) {
		out[6] = m->extensions.data[0];
		memcpy(out + 40, m->extensions.data + 1, m->extensions.len - 1);
	}
}

/* Writes the packet with right lengths and checksums; out has room for PACKET_MAX. */
static inline size_t made_write(const struct made *m, uint8_t *out)
{
	size_t extensions = m->extensions.len > 0 ? m->extensions.len - 1 : 0;
	size_t header = m->version == 6 ? 40 + extensions : 20;
	size_t transport = made_transport(m, out + header);
	size_t len = header + transport + m->payload.len;
	uint32_t sum;

	if (m->payload.len > 0)
		memcpy(out + header + transport, m->payload.data, m->payload.len);
	if (m->version == 6)
		made_ipv6(m, out, len);
	else
		made_ipv4(m, out, len);
	if (transport == 0)
		return len;
	sum = (uint32_t)(len - header);
	sum = (sum & 0xffff) + (sum >> 16) + m->protocol;
	if (m->protocol == PROTOCOL_ICMPV4)
		sum = 0;
	else
		sum = naive_sum(
			sum, out + (m->version == 6 ? 8 : 12), m->version == 6 ? 32 : 8);
	sum = naive_sum(sum, out + header, len - header);
	sum = 0xffff & ~sum;
	if (m->protocol != PROTOCOL_ICMPV4 && sum == 0) /* the same; UDP's 0 is none */
		sum = 0xffff;
	put(out + header + made_checksum_at(m->protocol), sum, 2);
	return len;
}
