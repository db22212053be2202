/* SPDX-License-Identifier: ISC */
/*
 * The only way to touch bytes from outside. Integers are big-endian. Reading past the end
 * gives zeros and marks the reader for good, so a parser reads straight down and asks once.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/ids.h"

struct reader {
	const uint8_t *at; /* private */
	size_t left;       /* bytes not read yet */
	bool failed;       /* something was read that was not there */
};

struct reader reader_of(struct bytes b);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
int64_t read_i64(struct reader *r);
/* Borrows the next n bytes; none (len 0, failed set) if fewer are left. */
struct bytes read_bytes(struct reader *r, size_t n);
/* Borrows all that is left. */
struct bytes read_rest(struct reader *r);
/* Copies n bytes; zeros if fewer are left. */
void read_copy(struct reader *r, void *out, size_t n);
void read_skip(struct reader *r, size_t n);
struct node_id read_node_id(struct reader *r);
struct address read_address(struct reader *r);
struct hash read_hash(struct reader *r);
struct short_id read_short_id(struct reader *r);
/* Marks the reader: what was read was not allowed. */
void read_refuse(struct reader *r);
/* Everything read was there and nothing is left over. */
must_use bool read_ended(const struct reader *r);
/* Everything read so far was there. */
must_use bool read_good(const struct reader *r);
