/* SPDX-License-Identifier: ISC */
/*
 * Durations as one byte: code 8b+a stands for (1 + a/8) * 2^b / 1024 seconds (RFC 5497
 * section 5), from about a millisecond to 45 days. A value for several distances (time,
 * hops, time, ..., time) gives the one for the hops that its message has come.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/wire/writer.h"

/* The least code that is not shorter; the longest one for what is longer. */
uint8_t time_code(uint64_t ms);
/* Rounded up to the next millisecond; 0 is the time of code 0 in RFC 5497: none. */
uint64_t time_ms(uint8_t code);
/* A time up to some distance. */
struct time_step {
	uint64_t ms;
	uint8_t hops; /* as far as it holds; of the last step not looked at: it holds beyond */
};
/* The value for 1..TIME_STEPS_MAX steps, whose hops grow. */
enum { TIME_STEPS_MAX = 127 };
void time_write(struct writer *w, const struct time_step *steps, unsigned count);
/* The time in a TLV value for a message that came over `hops`. False: malformed. */
must_use bool time_parse(struct bytes value, unsigned hops, uint64_t *ms);
