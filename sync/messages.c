/* SPDX-License-Identifier: ISC */
/* The codec of replication messages; each grammar stands above its pair. One encoding only:
 * counts within limits, lists ascending where order says nothing, nothing left over. */
#include "sync/messages.h"

static bool begins(struct reader *r, struct bytes body, enum sync_type type)
{
	*r = reader_of(body);
	return read_u8(r) == (uint8_t)type;
}

static uint32_t read_u24(struct reader *r)
{
	uint32_t high = read_u8(r);

	return high << 16 | read_u16(r);
}

static void write_u24(struct writer *w, uint32_t v)
{
	write_u8(w, (uint8_t)(v >> 16));
	write_u16(w, (uint16_t)v);
}

/* greet = 1:8 wall_s:64 count:8 count*{ tag:64 flags:8 [ digest:64 need:64 if KNOWN ] } */
bool greet_parse(struct greet *g, struct bytes body)
{
	struct reader r;

	if (!begins(&r, body, SYNC_GREET))
		return false;
	g->wall_s = read_i64(&r);
	if (g->wall_s < 0 || g->wall_s > DATE_NEVER_S)
		return false;
	g->count = read_u8(&r);
	if (g->count > GREET_ITEMS_MAX)
		return false;
	for (unsigned i = 0; i < g->count; i++) {
		struct greet_item *item = &g->items[i];

		*item = (struct greet_item){ .tag = read_u64(&r) };
		item->flags = read_u8(&r);
		if (item->flags & ~(GREET_KNOWN | GREET_HEARD) ||
			item->flags == GREET_HEARD)
			return false;
		if (item->flags & GREET_KNOWN) {
			item->digest = read_u64(&r);
			item->need = read_u64(&r);
		}
	}
	return read_ended(&r);
}

void greet_write(struct writer *w, const struct greet *g)
{
	write_u8(w, SYNC_GREET);
	write_i64(w, g->wall_s);
	write_u8(w, g->count);
	for (unsigned i = 0; i < g->count; i++) {
		write_u64(w, g->items[i].tag);
		write_u8(w, g->items[i].flags);
		if (g->items[i].flags & GREET_KNOWN) {
			write_u64(w, g->items[i].digest);
			write_u64(w, g->items[i].need);
		}
	}
}

/* cert = 2:8 tag:64 certificate */
bool cert_parse(uint64_t *tag, struct bytes *certificate, struct bytes body)
{
	struct reader r;

	if (!begins(&r, body, SYNC_CERT))
		return false;
	*tag = read_u64(&r);
	*certificate = read_rest(&r);
	return read_ended(&r) && certificate->len > 0;
}

void cert_write(struct writer *w, uint64_t tag, struct bytes certificate)
{
	write_u8(w, SYNC_CERT);
	write_u64(w, tag);
	write_bytes(w, certificate);
}

/* certs = 3:8 tag:64 from:64 to:64 count:16 count*{ id:64 } */
bool certs_parse(struct certs *c, struct bytes body)
{
	struct reader r;

	if (!begins(&r, body, SYNC_CERTS))
		return false;
	c->tag = read_u64(&r);
	c->from = read_u64(&r);
	c->to = read_u64(&r);
	c->count = read_u16(&r);
	if (c->count > CERTS_ITEMS_MAX || c->from > c->to)
		return false;
	for (unsigned i = 0; i < c->count; i++) {
		c->ids[i] = read_u64(&r);
		if (c->ids[i] < c->from || c->ids[i] > c->to ||
			(i > 0 && c->ids[i] <= c->ids[i - 1]))
			return false;
	}
	return read_ended(&r);
}

void certs_write(struct writer *w, const struct certs *c)
{
	write_u8(w, SYNC_CERTS);
	write_u64(w, c->tag);
	write_u64(w, c->from);
	write_u64(w, c->to);
	write_u16(w, c->count);
	for (unsigned i = 0; i < c->count; i++)
		write_u64(w, c->ids[i]);
}

/* frontier = 4:8 tag:64 flags:8 cert_count:16 cert_sum:64 from:64 to:64 count:16
 *            count*{ stream:64 last:64 } */
bool frontier_parse(struct frontier *f, struct bytes body)
{
	struct reader r;

	if (!begins(&r, body, SYNC_FRONTIER))
		return false;
	f->tag = read_u64(&r);
	f->flags = read_u8(&r);
	f->cert_count = read_u16(&r);
	f->cert_sum = read_u64(&r);
	f->from = read_u64(&r);
	f->to = read_u64(&r);
	f->count = read_u16(&r);
	if ((f->flags & ~FRONTIER_ASK) || f->count > FRONTIER_ITEMS_MAX ||
		f->from > f->to)
		return false;
	for (unsigned i = 0; i < f->count; i++) {
		struct frontier_item *item = &f->items[i];

		item->stream = read_u64(&r);
		item->last = read_u64(&r);
		if (item->stream < f->from || item->stream > f->to ||
			(i > 0 && item->stream <= f->items[i - 1].stream))
			return false;
	}
	return read_ended(&r);
}

void frontier_write(struct writer *w, const struct frontier *f)
{
	write_u8(w, SYNC_FRONTIER);
	write_u64(w, f->tag);
	write_u8(w, f->flags);
	write_u16(w, f->cert_count);
	write_u64(w, f->cert_sum);
	write_u64(w, f->from);
	write_u64(w, f->to);
	write_u16(w, f->count);
	for (unsigned i = 0; i < f->count; i++) {
		write_u64(w, f->items[i].stream);
		write_u64(w, f->items[i].last);
	}
}

/* commit = 5:8 tag:64 stream:64 first:64 total:32 offset:32 bytes */
bool commit_piece_parse(struct commit_piece *p, struct bytes body)
{
	struct reader r;

	if (!begins(&r, body, SYNC_COMMIT))
		return false;
	p->tag = read_u64(&r);
	p->stream = read_u64(&r);
	p->first = read_u64(&r);
	p->total = read_u32(&r);
	p->offset = read_u32(&r);
	p->data = read_rest(&r);
	if (p->total > COMMIT_WIRE_MAX || p->data.len == 0 || p->offset > p->total ||
		p->data.len > p->total - p->offset)
		return false;
	return read_ended(&r);
}

void commit_piece_write(struct writer *w, const struct commit_piece *p)
{
	write_u8(w, SYNC_COMMIT);
	write_u64(w, p->tag);
	write_u64(w, p->stream);
	write_u64(w, p->first);
	write_u32(w, p->total);
	write_u32(w, p->offset);
	write_bytes(w, p->data);
}

static bool want_item_read(struct reader *r, struct want_item *item)
{
	uint32_t end = 0;

	item->object = read_hash(r);
	item->number = read_u32(r);
	item->range_count = read_u8(r);
	if (item->range_count > WANT_RANGES_MAX)
		return false;
	for (unsigned i = 0; i < item->range_count; i++) {
		struct extent *e = &item->ranges[i];

		e->from = read_u24(r);
		e->to = read_u24(r);
		if (e->from >= e->to || (i > 0 && e->from <= end))
			return false;
		end = e->to;
	}
	return true;
}

/* want = 6:8 tag:64 count:8 count*{ object:32*8 number:32 ranges:8 ranges*{ from:24 to:24 } } */
bool wants_parse(struct wants *n, struct bytes body)
{
	struct reader r;

	if (!begins(&r, body, SYNC_WANT))
		return false;
	n->tag = read_u64(&r);
	n->count = read_u8(&r);
	if (n->count == 0 || n->count > WANT_ITEMS_MAX)
		return false;
	for (unsigned i = 0; i < n->count; i++)
		if (!want_item_read(&r, &n->items[i]))
			return false;
	return read_ended(&r);
}

void wants_write(struct writer *w, const struct wants *n)
{
	write_u8(w, SYNC_WANT);
	write_u64(w, n->tag);
	write_u8(w, n->count);
	for (unsigned i = 0; i < n->count; i++) {
		const struct want_item *item = &n->items[i];

		write_id(w, &item->object);
		write_u32(w, item->number);
		write_u8(w, item->range_count);
		for (unsigned k = 0; k < item->range_count; k++) {
			write_u24(w, item->ranges[k].from);
			write_u24(w, item->ranges[k].to);
		}
	}
}

/* piece = 7:8 1..64*{ number:32 total:24 offset:24 length:16 bytes } */
bool pieces_parse(struct pieces *p, struct bytes body)
{
	struct reader r;

	p->count = 0;
	if (!begins(&r, body, SYNC_PIECE))
		return false;
	do {
		struct piece *item = &p->items[p->count];
		unsigned len;

		item->number = read_u32(&r);
		item->total = read_u24(&r);
		item->offset = read_u24(&r);
		len = read_u16(&r);
		item->data = read_bytes(&r, len);
		if (!read_good(&r) || len == 0 || item->offset > item->total ||
			len > item->total - item->offset)
			return false;
		p->count++;
	} while (r.left > 0 && p->count < PIECES_MAX);
	return read_ended(&r);
}

void pieces_begin(struct writer *w)
{
	write_u8(w, SYNC_PIECE);
}

void piece_write(struct writer *w, const struct piece *p)
{
	write_u32(w, p->number);
	write_u24(w, p->total);
	write_u24(w, p->offset);
	write_u16(w, (uint16_t)p->data.len);
	write_bytes(w, p->data);
}

/* answer = 8:8 count:16 count*{ number:32 status:8 } */
bool answers_parse(struct answers *a, struct bytes body)
{
	struct reader r;

	if (!begins(&r, body, SYNC_ANSWER))
		return false;
	a->count = read_u16(&r);
	if (a->count == 0 || a->count > ANSWERS_MAX)
		return false;
	for (unsigned i = 0; i < a->count; i++) {
		a->numbers[i] = read_u32(&r);
		a->status[i] = read_u8(&r);
		if (a->status[i] != ANSWER_NO && a->status[i] != ANSWER_LATER)
			return false;
	}
	return read_ended(&r);
}

void answers_write(struct writer *w, const struct answers *a)
{
	write_u8(w, SYNC_ANSWER);
	write_u16(w, a->count);
	for (unsigned i = 0; i < a->count; i++) {
		write_u32(w, a->numbers[i]);
		write_u8(w, a->status[i]);
	}
}

/* cancel = 9:8 count:16 count*{ number:32 } */
bool cancel_parse(struct answers *a, struct bytes body)
{
	struct reader r;

	if (!begins(&r, body, SYNC_CANCEL))
		return false;
	a->count = read_u16(&r);
	if (a->count == 0 || a->count > ANSWERS_MAX)
		return false;
	for (unsigned i = 0; i < a->count; i++) {
		a->numbers[i] = read_u32(&r);
		a->status[i] = 0;
	}
	return read_ended(&r);
}

void cancel_write(struct writer *w, const struct answers *a)
{
	write_u8(w, SYNC_CANCEL);
	write_u16(w, a->count);
	for (unsigned i = 0; i < a->count; i++)
		write_u32(w, a->numbers[i]);
}
