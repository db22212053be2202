/* SPDX-License-Identifier: ISC */
/*
 * The TCP stream of peers. The first byte of the input is luck that cuts the rest into reads.
 * However it is cut, the same records come out of the same bytes, each with a length that a
 * frame has, and what is refused once is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "node/link/call.h"
#include "node/link/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

struct outcome {
	size_t records, bytes;
	uint32_t sum;
	bool bad;
};

/* step 0: as much at a time as is wanted. */
static struct outcome run(const uint8_t *data, size_t size, unsigned step)
{
	struct stream_in *s = calloc(1, sizeof(*s));
	struct outcome out = { 0 };

	demand(s != NULL);
	while (size > 0 && !out.bad) {
		struct bytes record = { NULL, 0 };
		struct call c;
		uint8_t *to;
		size_t n = stream_want(s, &to);

		demand(n > 0 && to >= s->bytes && n <= sizeof(s->bytes) &&
			to + n <= s->bytes + sizeof(s->bytes));
		if (step > 0 && n > step)
			n = step;
		n = n < size ? n : size;
		memcpy(to, data, n);
		data += n;
		size -= n;
		switch (stream_got(s, n, &record)) {
		case STREAM_BAD:
			out.bad = true;
			break;
		case STREAM_PARTIAL:
			demand(stream_is_partial(s));
			break;
		case STREAM_GIVEN:
			demand(record.len >= FRAME_HEADER_SIZE &&
				record.len <= FRAME_MAX);
			out.records++;
			out.bytes += record.len;
			for (size_t i = 0; i < record.len; i++)
				out.sum = out.sum * 31 + record.data[i];
			if (call_is(record) && call_parse(&c, record))
				demand(c.instance != 0);
			break;
		}
	}
	free(s);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, cut;

	if (size < 1)
		return 0;
	whole = run(data + 1, size - 1, 0);
	cut = run(data + 1, size - 1, data[0] + 1u);
	demand(whole.records == cut.records && whole.bytes == cut.bytes &&
		whole.sum == cut.sum && whole.bad == cut.bad);
	return 0;
}
