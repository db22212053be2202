/* SPDX-License-Identifier: ISC */
/*
 * What `capture` shows: the node's own frames in the clear, as packets that Wireshark opens.
 *
 *   packet = unix_us:64 lost:64 flags:8 kind:8 from:16*8 to:16*8 length:8 interface body
 *   flags  = 1 sent by this node | 2 it travels inside relay messages, end to end
 *
 * What is an RFC 5444 packet (HELLO, TC, BEAT) is one here as well: in UDP 269 (RFC 5498), to
 * ff02::6d or, where it went to one neighbour, to him. The rest of a frame follows on UDP
 * 7117 as frame header and messages, as node/PROTOCOL.md has them, without seal. Neither
 * nonces nor tags are shown: nothing in a capture helps against what was not captured.
 */
#pragma once

#include "node/control/json_out.h"
#include "node/wire/frame.h"
#include "node/wire/message.h"

enum {
	CAPTURE_PORT_RFC5444 = 269,
	CAPTURE_PORT_FRAMES = 7117,
	CAPTURE_PACKET_MAX = 65535, /* bytes of one packet in the file */
};

struct captured {
	int64_t unix_us;
	uint64_t
		lost; /* packets that this reader was too slow for, or the node too busy */
	bool out;
	bool routed;
	/* of an RFC 5444 packet what it carries; PAD: header and messages of a frame */
	enum message_kind kind;
	struct address from, to; /* link-local, but for routed ones */
	struct bytes interface;
	struct bytes body; /* empty: it only tells of `lost` */
};

/* One packet, as it goes to the program. */
void capture_write(struct buffer *out, const struct captured *c);
/* Borrows from body. False: not a packet. */
must_use bool capture_parse(struct captured *c, struct bytes body);

/* A frame taken apart into packets: each RFC 5444 packet in it, then the rest. */
struct capture_parts {
	struct bytes messages; /* private, all of it */
	struct reader left;
	bool control_only, plain;
	size_t rest_len;
	uint8_t rest[FRAME_MAX];
};
/* frame: header, and messages or the bytes of a handshake; borrowed. */
void capture_parts_begin(struct capture_parts *p, struct bytes frame, bool control_only);
/* Sets kind and body of c, which lives until the next call. False: no more. */
must_use bool capture_parts_next(struct capture_parts *p, struct captured *c);

/* The link-local address behind the endpoint of a carrier: as it is; of a hardware address
 * (port 0) fe80:: and its EUI-64 (RFC 4291 appendix A); of others fe80:: and the last half. */
struct address capture_address(const uint8_t endpoint[16], bool is_hardware);

/* The head of a classic capture file with raw IP packets, microseconds. */
void capture_pcap_head(struct buffer *out);
/* One packet: record header, IPv6, UDP with checksum, body. */
void capture_pcap(struct buffer *out, const struct captured *c);
/* qanat.capture/1 */
void capture_json(struct buffer *out, const struct captured *c);
