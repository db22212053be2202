/* SPDX-License-Identifier: ISC */
/*
 * Packets, messages, address blocks and TLVs of RFC 5444, for addresses of 1 to 16 bytes.
 * Parsing checks the whole packet before anybody looks into it: the walkers that follow can
 * then only end, never fail. A packet of ours holds exactly one message.
 *
 *   packet  = version:4=0 flags:4 [number:16] [tlvs] message*
 *   message = type:8 flags:4 length-1:4 size:16
 *             [originator] [limit:8] [count:8] [number:16] tlvs (addresses tlvs)*
 *   tlvs    = size:16 tlv*
 */
#pragma once

#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum rfc5444_message_type {
	RFC5444_HELLO = 0, /* RFC 6130 */
	RFC5444_TC = 1,    /* RFC 7181 */
};

/* Message TLVs; 224 and up are for private use (RFC 5444 section 6.4). */
enum rfc5444_message_tlv {
	TLV_INTERVAL_TIME = 0, /* RFC 5497 */
	TLV_VALIDITY_TIME = 1,
	TLV_ICV = 5,       /* RFC 7182 */
	TLV_TIMESTAMP = 6, /* RFC 7182 */
	TLV_MPR_WILLING = 7,
	TLV_CONT_SEQ_NUM = 8,
	TLV_KEY = 240,     /* the originator's public key, 32 bytes */
	TLV_NAME = 241,    /* the name it announces */
	TLV_DIGEST = 242,  /* digest of its link-state database, 8 bytes */
	TLV_PARTIAL = 243, /* a HELLO that lists only some of its links; no value */
	TLV_BEATS = 245, /* time code: longest time between two packets of the speaker */
};

/* Address TLVs. */
enum rfc5444_address_tlv {
	TLV_LOCAL_IF = 2,
	TLV_LINK_STATUS = 3,
	TLV_OTHER_NEIGHB = 4,
	TLV_LINK_METRIC = 7,
	TLV_MPR = 8,
	TLV_NBR_ADDR_TYPE = 9,
	TLV_GATEWAY = 10,
	TLV_LINK_LOSS = 240, /* share of HELLOs lost, in 250ths */
};

enum {
	RFC5444_ADDRESS_SIZE = 16,
	RFC5444_ADDRESS_BITS = 128,
	RFC5444_MESSAGE_HEADER = 4, /* type, flags, size */
};

struct rfc5444_packet {
	bool numbered, has_tlvs;
	uint16_t number;
	struct bytes tlvs;     /* the packet's TLVs without their size; borrowed */
	struct bytes messages; /* with their headers; borrowed */
};

struct rfc5444_message {
	uint8_t type;
	uint8_t address_size; /* of all its addresses: 4, 16, or what else is in 1..16 */
	bool has_originator, has_hop_limit, has_hop_count, numbered;
	struct address
		originator; /* beyond address_size zeros, as in all addresses here */
	uint8_t hop_limit, hop_count;
	uint16_t number;
	struct bytes tlvs;   /* the TLVs without their size; borrowed */
	struct bytes blocks; /* address blocks with their TLVs; borrowed */
};

struct rfc5444_tlv {
	uint8_t type, extension;
	uint8_t first, last; /* addresses it is about; 0 in message TLVs */
	bool multi;          /* one value for each of these addresses */
	struct bytes value;
};

/* A block of addresses as it lies in the packet. */
struct rfc5444_block {
	unsigned count, address_size;
	struct bytes head, tail, mids, prefixes; /* borrowed */
	size_t mid_size;
	struct bytes tlvs;
};

/* Addresses to be written as one block. */
struct rfc5444_addresses {
	unsigned size;              /* bytes of each that count */
	unsigned count;             /* 1..255 */
	const struct address *list; /* these two are borrowed */
	const uint8_t *prefixes;    /* bits, one for each; NULL: all of every address */
};

/* False: malformed; everything inside has been checked. */
must_use bool rfc5444_packet_parse(struct rfc5444_packet *p, struct bytes body);
/* A packet of exactly one message, and that at once. */
must_use bool rfc5444_parse(
	struct rfc5444_packet *p, struct rfc5444_message *m, struct bytes body);
must_use bool rfc5444_message_parse(struct rfc5444_message *m, struct bytes message);
/* The next of a packet's messages. False at the end, or marked r when malformed. */
bool rfc5444_message_next(struct reader *r, struct rfc5444_message *m);

/* The next TLV of a walk over checked TLVs, each step at least two bytes; addresses is
 * the count of their block, 0 for message TLVs. False at the end, or marked r when
 * malformed. */
bool rfc5444_tlv_next(struct reader *r, unsigned addresses, struct rfc5444_tlv *t);
/* The value for address i (first <= i <= last). */
struct bytes rfc5444_tlv_value(const struct rfc5444_tlv *t, unsigned i);
/* The next address block of a message. False at the end, or marked r when malformed. */
bool rfc5444_block_next(struct reader *r, unsigned address_size, struct rfc5444_block *b);
/* Address i < count; returns its prefix length in bits. */
unsigned rfc5444_block_address(
	const struct rfc5444_block *b, unsigned i, struct address *out);

/* The header of p with its TLVs, without its messages. */
void rfc5444_packet_write(struct writer *w, const struct rfc5444_packet *p);
/* Writes the header of m up to its TLVs (tlvs and blocks are not looked at) and returns
 * what rfc5444_message_end must be given. */
size_t rfc5444_message_begin(struct writer *w, const struct rfc5444_message *m);
void rfc5444_message_end(struct writer *w, size_t begun);
size_t rfc5444_tlvs_begin(struct writer *w);
void rfc5444_tlvs_end(struct writer *w, size_t begun);
/* addresses as in rfc5444_tlv_next; a TLV about all of them carries no index. */
void rfc5444_tlv_write(struct writer *w, unsigned addresses, const struct rfc5444_tlv *t);
/* What they share at the front and at the end is written once, zeros at the end never; a
 * prefix length that all share once. */
void rfc5444_addresses_write(struct writer *w, const struct rfc5444_addresses *a);
