/* SPDX-License-Identifier: ISC */
/* The codec of calls. */
#include "node/link/call.h"

bool call_is(struct bytes b)
{
	return b.len > 0 && b.data[0] >= CALL_GREETING;
}

bool call_parse(struct call *c, struct bytes b)
{
	struct reader r = reader_of(b);
	uint64_t first = read_u64(&r);

	*c = (struct call){ .kind = (enum call_kind)(first >> 56),
		.instance = read_u64(&r) };
	if (first << 8 != 0 || c->kind < CALL_GREETING || c->kind > CALL_SHOWN)
		return false;
	if (c->kind != CALL_GREETING)
		c->token = read_u64(&r);
	c->full = c->kind != CALL_GREETING && b.len == CALL_FULL_SIZE;
	if (c->full && !id_is_zero(read_rest(&r)))
		return false;
	return read_ended(&r) && c->instance != 0 &&
	       (c->token == 0) == (c->kind == CALL_GREETING || c->kind == CALL_KNOCK);
}

void call_write(struct writer *w, const struct call *c)
{
	write_u64(w, (uint64_t)c->kind << 56);
	write_u64(w, c->instance);
	if (c->kind != CALL_GREETING)
		write_u64(w, c->token);
	if (c->full)
		write_zeros(w, CALL_FULL_SIZE - CALL_SIZE);
}
