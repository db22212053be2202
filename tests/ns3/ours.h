/* SPDX-License-Identifier: ISC */
/*
 * Our codec of RFC 5444 for a test in C++: packets as bytes, and as text, a line for each thing in
 * them, however it was packed:
 *
 *   packet NUMBER | -          then its TLVs
 *   message TYPE SIZE-OF-ADDRESSES ORIGINATOR HOP-LIMIT HOP-COUNT NUMBER (or -)    its TLVs
 *   block                      its addresses, ADDRESS/PREFIX, and their TLVs
 *   tlv TYPE EXTENSION FIRST LAST each|all VALUE
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PACKET_ROOM = 60000 };

/* A random packet of `seed` in `out`, of PACKET_ROOM bytes, and its text; its size. */
size_t ours_make(uint64_t seed, uint8_t *out, FILE *text);
/* The text of a packet; 0: it is malformed. */
int ours_read(const uint8_t *packet, size_t len, FILE *text);

#ifdef __cplusplus
}
#endif
