/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an order, as an answer and as a record. What is taken keeps its limits, and is
 * the same bytes when it is written again.
 */
#include <stdlib.h>

#include "node/base/mem.h"
#include "node/warden/forwarding.h"
#include "node/warden/order.h"
#include "node/warden/warden.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void try_order(struct bytes in)
{
	uint8_t again[ORDER_SIZE];
	struct writer w = writer_of(again, sizeof(again));
	struct order o;

	if (!order_parse(&o, in))
		return;
	demand(o.count <= ORDER_NAMES_MAX);
	for (size_t i = 0; i < o.count; i++)
		demand(strlen(o.names[i]) < IFNAMSIZ &&
			strpbrk(o.names[i], "\"{}; \n") == NULL);
	warden_order_write(&w, &o);
	demand(!w.overflow && bytes_equal(writer_bytes(&w), in));
}

static void try_answer(struct bytes in)
{
	uint8_t again[ANSWER_SIZE_MAX];
	struct writer w = writer_of(again, sizeof(again));
	struct answer a;

	if (!warden_answer_parse(&a, in))
		return;
	answer_write(&w, &a);
	/* a reason may have zeros behind it, of which the writer knows nothing */
	demand(!w.overflow && w.len <= in.len && memcmp(again, in.data, w.len) == 0);
}

static void try_record(struct bytes in)
{
	char *text = mem_new(in.len + 1);
	const char *left = text;
	struct forwarding_line line;

	if (in.len > 0)
		memcpy(text, in.data, in.len);
	while (forwarding_line_take(&left, &line)) {
		demand(left > text && left <= text + strlen(text));
		demand(strstr(line.path, "..") == NULL ||
			strstr(line.path, "/..") == NULL);
	}
	mem_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);

	try_order(in);
	try_answer(in);
	try_record(in);
	return 0;
}
