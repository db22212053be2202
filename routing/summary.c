/* SPDX-License-Identifier: ISC */
/* The codec of summaries; see summary.h for the grammar. */
#include "routing/summary.h"

enum { HANDLE_AT = 2 };

uint64_t summary_handle(const struct address *a)
{
	uint64_t handle = 0;

	for (unsigned i = 0; i < 8; i++)
		handle = handle << 8 | a->b[HANDLE_AT + i];
	return handle;
}

static bool parse_sums(struct summary *s, struct reader *r)
{
	s->sums = true;
	for (unsigned i = 0; i < SUMMARY_PARTS; i++)
		s->sum[i] = read_u64(r);
	return read_ended(r);
}

bool summary_parse(struct summary *s, struct bytes body)
{
	struct reader r = reader_of(body);
	unsigned version = read_u8(&r), flags = read_u8(&r);

	memset(s, 0, sizeof(*s));
	if (version == SUMMARY_VERSION && flags == SUMMARY_SUMS)
		return parse_sums(s, &r);
	s->reply = (flags & SUMMARY_REPLY) != 0;
	s->from = read_u64(&r);
	s->to = read_u64(&r);
	s->count = read_u8(&r);
	if (version != SUMMARY_VERSION || flags > SUMMARY_REPLY || s->from > s->to ||
		s->count > SUMMARY_MAX)
		return false;
	for (unsigned i = 0; i < s->count; i++) {
		struct summary_entry *e = &s->entries[i];

		e->handle = read_u64(&r);
		e->sequence = read_u64(&r);
		if (e->handle < s->from || e->handle > s->to)
			return false;
		if (i > 0 && e->handle < s->entries[i - 1].handle)
			return false;
	}
	return read_ended(&r);
}

void summary_write(struct writer *w, const struct summary *s)
{
	check(s->count <= SUMMARY_MAX);
	write_u8(w, SUMMARY_VERSION);
	if (s->sums) {
		write_u8(w, SUMMARY_SUMS);
		for (unsigned i = 0; i < SUMMARY_PARTS; i++)
			write_u64(w, s->sum[i]);
		return;
	}
	write_u8(w, s->reply ? SUMMARY_REPLY : 0);
	write_u64(w, s->from);
	write_u64(w, s->to);
	write_u8(w, (uint8_t)s->count);
	for (unsigned i = 0; i < s->count; i++) {
		write_u64(w, s->entries[i].handle);
		write_u64(w, s->entries[i].sequence);
	}
}
