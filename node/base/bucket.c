/* SPDX-License-Identifier: ISC */
/* Each token moves `paid` ahead by its price; it may run ahead of now by burst - 1 of them. */
#include "node/base/bucket.h"

void bucket_init(struct bucket *b, struct instant now, int64_t rate, int64_t burst)
{
	check(rate > 0 && burst > 0);
	b->paid = now;
	b->token_us = 1000000 / rate;
	b->burst = burst;
}

bool bucket_take(struct bucket *b, struct instant now)
{
	b->paid = instant_max(b->paid, now);
	if (instant_since_us(b->paid, now) > (b->burst - 1) * b->token_us)
		return false;
	b->paid = instant_add_us(b->paid, b->token_us);
	return true;
}
