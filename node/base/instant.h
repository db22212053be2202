/* SPDX-License-Identifier: ISC */
/*
 * Monotonic time as a value: microseconds since an origin that the program chose. Pure
 * rooms are handed instants and never read a clock. 64 bits do not wrap in our lives.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct instant {
	int64_t us;
};

#define NEVER ((struct instant){ INT64_MAX })

static inline struct instant instant_us(int64_t us)
{
	return (struct instant){ us };
}

static inline struct instant instant_ms(int64_t ms)
{
	return (struct instant){ ms * 1000 };
}

/* t + us; NEVER stays NEVER. */
static inline struct instant instant_add_us(struct instant t, int64_t us)
{
	if (t.us == INT64_MAX)
		return t;
	return (struct instant){ t.us + us };
}

static inline struct instant instant_add_ms(struct instant t, int64_t ms)
{
	return instant_add_us(t, ms * 1000);
}

/* to - from in microseconds. */
static inline int64_t instant_since_us(struct instant to, struct instant from)
{
	return to.us - from.us;
}

static inline bool instant_before(struct instant a, struct instant b)
{
	return a.us < b.us;
}

/* True when the deadline has come: t <= now. */
static inline bool instant_due(struct instant t, struct instant now)
{
	return t.us <= now.us;
}

static inline struct instant instant_min(struct instant a, struct instant b)
{
	return a.us < b.us ? a : b;
}

static inline struct instant instant_max(struct instant a, struct instant b)
{
	return a.us > b.us ? a : b;
}
