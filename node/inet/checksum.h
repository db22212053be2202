/* SPDX-License-Identifier: ISC */
/*
 * The Internet checksum (RFC 1071). A sum is kept in 64 bits, unfolded and in the byte order
 * of this machine, which the one's complement sum does not mind.
 */
#pragma once

#include "node/base/ids.h"

/* sum with b added; whatever came before must have been an even number of bytes. */
uint64_t checksum_add(uint64_t sum, struct bytes b);

/* sum with the pseudo header added: addresses, length of the transport header and all after
 * it, protocol. IPv4-mapped addresses count as IPv4 ones (to the sum it is the same thing). */
uint64_t checksum_add_pseudo(uint64_t sum, const struct address *source,
	const struct address *destination, uint32_t length, uint8_t protocol);

/* Folds sum into 16 bits, without the complement: 0xffff over data that has its checksum in
 * it and is right. In this machine's order: store with checksum_store. */
uint16_t checksum_fold(uint64_t sum);

/* Stores a 16-bit value of checksum_fold, or its complement, at at[0] and at[1]. */
void checksum_store(uint8_t at[2], uint16_t value);

/* Corrects the checksum at at[0] and at[1] for a 16-bit word of the data that was `old` and
 * is `fresh`, both as they read in network order (RFC 1624). */
void checksum_replace(uint8_t at[2], uint16_t old, uint16_t fresh);
