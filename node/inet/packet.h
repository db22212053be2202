/* SPDX-License-Identifier: ISC */
/*
 * One IP packet read into a struct: IPv6 with its extension headers (RFC 8200), IPv4 (RFC
 * 791), and of TCP, UDP and ICMP what a door needs to know. Parsing touches nothing else.
 * IPv4 addresses are kept as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that every table
 * and every rule is written once for both.
 */
#pragma once

#include "node/base/ids.h"
#include "node/base/check.h"

enum {
	PACKET_MAX = 65575,           /* IPv6 header and 65535 bytes after it */
	PACKET_EXTENSIONS_MAX = 8,    /* extension headers, RFC 8504 section 5.3 */
	PACKET_MTU_MIN = 1280,        /* what every IPv6 link carries */
	PACKET_IPV6_HEADER_SIZE = 40, /* without extensions */
	PACKET_IPV4_HEADER_SIZE = 20, /* without options */
	PACKET_TCP_HEADER_SIZE = 20,  /* without options */
	PACKET_UDP_HEADER_SIZE = 8,
};

/* Protocol numbers (IANA), as they stand in packets. */
enum {
	PROTOCOL_ICMPV4 = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ESP = 50,
	PROTOCOL_AH = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_NONE = 59,
};

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80,
};

/* Who talks to whom. Ports are 0 where the protocol has none; an echo has its identifier as
 * both ports, so that request and reply are each other's reverse. */
struct packet_flow {
	struct address source, destination;
	uint16_t source_port, destination_port;
	uint8_t protocol;
	uint8_t zero[3]; /* no padding: flows are hashed and compared as bytes */
};
_Static_assert(sizeof(struct packet_flow) == 40, "a flow has no padding");

/* What ICMP means here, the same for both versions. */
enum packet_icmp {
	PACKET_ICMP_NOT,
	PACKET_ICMP_ECHO,
	PACKET_ICMP_ECHO_REPLY,
	PACKET_ICMP_ERROR, /* unreachable, too big, time exceeded, parameter problem */
	PACKET_ICMP_OTHER, /* among them redirects and errors that nobody has defined */
};

struct packet {
	struct bytes whole;      /* borrowed */
	struct packet_flow flow; /* ports 0 in later fragments */
	uint8_t version;         /* 4 or 6 */
	uint8_t traffic_class;   /* DSCP and, in the low two bits, ECN */
	uint8_t hop_limit;
	uint8_t tcp_flags;     /* or of TCP_* */
	enum packet_icmp icmp; /* PACKET_ICMP_NOT for everything but ICMP */
	uint8_t icmp_type;     /* as it stands in the packet */
	uint8_t icmp_code;     /* the same */
	bool fragment;         /* a part of a packet, the first or a later one */
	bool fragment_later;   /* has no transport header */
	uint32_t fragment_id;  /* 16 bits in IPv4 */
	uint16_t transport_at; /* where the transport header begins */
	uint16_t payload_at;   /* what follows it; transport_at where it is not known */
	struct packet_flow
		quoted; /* by an ICMP error: protocol 0 when none can be read */
};

/*
 * Reads whole, which is one packet and nothing more. False for: other versions, lengths that
 * are not those of whole, IPv6 with IPv4-mapped addresses, too many or misplaced extension
 * headers, IPv6 routing header type 0 (RFC 5095), IPv4 source routes (RFC 7126), a wrong IPv4
 * header checksum, fragments that cannot be right (RFC 1858, RFC 7112) and transport headers
 * that are cut off. AH, ESP and unknown protocols end the walk without ports.
 */
must_use bool packet_parse(struct packet *p, struct bytes whole);

/* A keyed hash of the flow, for queues. All fragments of a packet have the same one. */
uint64_t packet_hash(const struct packet *p);

static inline bool packet_flow_equal(
	const struct packet_flow *a, const struct packet_flow *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* The flow of the answers. */
struct packet_flow packet_flow_reverse(const struct packet_flow *f);

/* ::ffff:0:0/96: an IPv4 address. */
static inline bool packet_is_mapped(const struct address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

	return memcmp(a->b, mapped, sizeof(mapped)) == 0;
}

/* ff00::/8, 224.0.0.0/4 and 255.255.255.255. */
bool packet_is_multicast(const struct address *a);
