/* SPDX-License-Identifier: ISC */
/* What a monitor interface hears of strangers: length:8 whole:16 ms:8 head, each. */
#include <stdlib.h>

#include "node/radio/overheard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

/* In a block of its own size, so that one byte too far is seen. */
static void one(struct overheard *o, struct instant now, struct bytes head, size_t whole)
{
	uint8_t *copy = malloc(head.len > 0 ? head.len : 1);
	struct overheard_frame f;
	const struct overheard_sender *s;

	demand(copy != NULL);
	if (head.len > 0)
		memcpy(copy, head.data, head.len);
	head = bytes_of(copy, head.len);
	overheard_take(o, now, head, whole);
	if (overheard_parse(&f, head, whole)) {
		demand((f.rate == 0) == (f.airtime_us == 0) && !(f.from[0] & 1));
		demand(whole >= head.len && f.rate <= 6000);
		s = overheard_find(o, f.from);
		demand(f.sent || (s != NULL && s->frames > 0 && s->heard.us == now.us &&
					 overheard_signal(s) >= -128));
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct overheard o;
	struct reader r = reader_of(bytes_of(data, size));
	struct instant now = instant_us(0);

	o = (struct overheard){ .count = 0 };
	while (r.left > 0) {
		uint8_t len = read_u8(&r);
		uint16_t whole = read_u16(&r);

		now = instant_add_ms(now, 50 * (int64_t)read_u8(&r));
		one(&o, now, len < r.left ? read_bytes(&r, len) : read_rest(&r), whole);
		demand(o.count <= OVERHEARD_MAX);
		demand(airtime_permille(&o.all, now) <= 1000 &&
			airtime_permille(&o.sent, now) <= airtime_permille(&o.all, now));
	}
	return 0;
}
