/* SPDX-License-Identifier: ISC */
/*
 * A frame is what an interface sends: a 16-byte header, sealed messages, a 16-byte footer.
 *
 *   frame  = version:4bits type:4bits flags:8 zero:16 receiver:32 number:64 rest
 *   rest   = messages tag                                    (data; number is the nonce)
 *          = nonce:24*8 messages tag                         (multicast, under the mesh key)
 *          = handshake bytes mac1 mac2                       (handshakes; see node/session)
 *
 * The header is associated data of the seal. `receiver` is the receiver's session index, 0
 * in multicast frames. A number is used for one transmission and never again.
 */
#pragma once

#include "node/wire/reader.h"
#include "node/wire/writer.h"

enum {
	FRAME_VERSION = 1,
	FRAME_HEADER_SIZE = 16,
	FRAME_TAG_SIZE = 16,
	FRAME_NONCE_SIZE = 24,
	FRAME_MAX = 2304, /* the most that 802.11 carries in one MSDU */
	FRAME_MIN_MTU = 576,
};

enum frame_type {
	FRAME_MULTICAST = 0,
	FRAME_HANDSHAKE_1 = 1,
	FRAME_HANDSHAKE_2 = 2,
	FRAME_HANDSHAKE_3 = 3,
	FRAME_COOKIE = 4,
	FRAME_DATA = 5,
	FRAME_PAIRING = 6, /* in the clear, one hop: node/mesh/pairing.h */
	FRAME_TYPES
};

struct frame_header {
	enum frame_type type;
	uint8_t flags; /* none defined: 0 */
	uint32_t receiver;
	uint64_t number;
};

/* False when the version, the type or a reserved bit is not ours, or bytes are missing. */
must_use bool frame_header_parse(struct frame_header *h, struct bytes frame);
void frame_header_write(struct writer *w, const struct frame_header *h);
