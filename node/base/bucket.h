/* SPDX-License-Identifier: ISC */
/* A token bucket kept as one instant: the time at which it would be full of debts paid. */
#pragma once

#include "node/base/check.h"
#include "node/base/instant.h"

struct bucket {
	struct instant paid; /* private */
	int64_t token_us;    /* private */
	int64_t burst;       /* private */
};

/* rate tokens a second, at most burst at once; full at the start. */
void bucket_init(struct bucket *b, struct instant now, int64_t rate, int64_t burst);

/* Takes one token; false when there is none. */
must_use bool bucket_take(struct bucket *b, struct instant now);
