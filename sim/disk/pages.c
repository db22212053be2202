/* SPDX-License-Identifier: ISC */
#include "sim/disk/pages.h"

#include <string.h>

#include "node/base/mem.h"

struct page {
	unsigned refs;
	uint8_t bytes[PAGE];
};

static struct page *page_hold(struct page *p)
{
	if (p != NULL)
		p->refs++;
	return p;
}

static void page_release(struct page *p)
{
	if (p != NULL && --p->refs == 0)
		mem_free(p);
}

static void set_page(struct page **at, struct page *p)
{
	struct page *old = *at;

	*at = page_hold(p);
	page_release(old);
}

struct pages *pages_new(void)
{
	struct pages *c = mem_new(sizeof(*c));

	c->refs = 1;
	return c;
}

struct pages *pages_hold(struct pages *c)
{
	if (c != NULL)
		c->refs++;
	return c;
}

void pages_release(struct pages *c)
{
	if (c == NULL || --c->refs > 0)
		return;
	for (size_t i = 0; i < c->count; i++) {
		page_release(c->slots[i].now);
		page_release(c->slots[i].disk);
	}
	mem_free(c->slots);
	mem_free(c);
}

static void reach(struct pages *c, size_t count)
{
	while (c->count < count) {
		mem_grow(c->slots, c->count, c->room);
		c->slots[c->count++] = (struct slot){ 0 };
	}
}

struct pages *pages_clone(const struct pages *c)
{
	struct pages *new = pages_new();

	reach(new, c->count);
	for (size_t i = 0; i < c->count; i++) {
		new->slots[i].now = page_hold(c->slots[i].now);
		new->slots[i].disk = page_hold(c->slots[i].now);
	}
	new->allocated = c->allocated;
	return new;
}

static void mark(struct pages *c, size_t i)
{
	if (c->unflushed_from == c->unflushed_to) {
		c->unflushed_from = i;
		c->unflushed_to = i + 1;
	}
	if (i < c->unflushed_from)
		c->unflushed_from = i;
	if (i >= c->unflushed_to)
		c->unflushed_to = i + 1;
}

/* The bytes of a page that nobody else has. */
static uint8_t *own_page(struct pages *c, size_t i)
{
	struct slot *s = &c->slots[i];
	struct page *p;

	s->lost = false;
	mark(c, i);
	if (s->now != NULL && s->now->refs == 1)
		return s->now->bytes;
	p = mem_new(sizeof(*p));
	if (s->now != NULL)
		memcpy(p->bytes, s->now->bytes, PAGE);
	else
		c->allocated++;
	set_page(&s->now, p);
	return p->bytes;
}

size_t pages_cost(const struct pages *c, uint64_t at, size_t len)
{
	size_t cost = 0;

	for (size_t i = at / PAGE; len > 0 && i <= (at + len - 1) / PAGE; i++)
		cost += i >= c->count || c->slots[i].now == NULL;
	return cost;
}

void pages_write(struct pages *c, uint64_t at, const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len > 0) {
		size_t i = at / PAGE, in = at % PAGE, n = PAGE - in;

		if (n > len)
			n = len;
		reach(c, i + 1);
		memcpy(own_page(c, i) + in, from, n);
		from += n;
		at += n;
		len -= n;
	}
}

void pages_read(const struct pages *c, uint64_t at, void *out, size_t len)
{
	uint8_t *to = out;

	while (len > 0) {
		size_t i = at / PAGE, in = at % PAGE, n = PAGE - in;

		if (n > len)
			n = len;
		if (i < c->count && c->slots[i].now != NULL)
			memcpy(to, c->slots[i].now->bytes + in, n);
		else
			memset(to, 0, n);
		to += n;
		at += n;
		len -= n;
	}
}

void pages_cut(struct pages *c, uint64_t size, uint64_t operation)
{
	size_t keep = size / PAGE, in = size % PAGE;

	if (in != 0 && keep < c->count && c->slots[keep].now != NULL)
		memset(own_page(c, keep) + in, 0, PAGE - in);
	for (size_t i = keep + (in != 0); i < c->count; i++) {
		struct slot *s = &c->slots[i];

		if (s->now == NULL && s->disk == NULL)
			continue;
		c->allocated -= s->now != NULL;
		set_page(&s->now, NULL);
		s->since = operation;
		s->lost = false;
		mark(c, i);
	}
}

uint64_t pages_next(const struct pages *c, uint64_t at, bool data)
{
	for (size_t i = at / PAGE; i < c->count; i++)
		if ((c->slots[i].now != NULL) == data)
			return i == at / PAGE ? at : (uint64_t)i * PAGE;
	if (data)
		return UINT64_MAX;
	return at > (uint64_t)c->count * PAGE ? at : (uint64_t)c->count * PAGE;
}

void pages_flush(struct pages *c)
{
	size_t left_from = 0, left_to = 0;

	for (size_t i = c->unflushed_from; i < c->unflushed_to; i++) {
		struct slot *s = &c->slots[i];

		if (!s->lost) {
			set_page(&s->disk, s->now);
			s->since = 0;
			continue;
		}
		if (left_from == left_to)
			left_from = i;
		left_to = i + 1;
	}
	c->unflushed_from = left_from;
	c->unflushed_to = left_to;
}

void pages_lose(struct pages *c)
{
	for (size_t i = c->unflushed_from; i < c->unflushed_to; i++)
		c->slots[i].lost |= c->slots[i].now != c->slots[i].disk;
}

void pages_crash(struct pages *c, uint64_t survived, const struct rng *rng)
{
	for (size_t i = c->unflushed_from; i < c->unflushed_to; i++) {
		struct slot *s = &c->slots[i];

		if (s->since > survived)
			set_page(&s->now, s->disk);
		else if (s->now != s->disk && (s->lost || rng_below(rng, 2) == 0))
			set_page(&s->now, s->since != 0 ? NULL : s->disk);
		set_page(&s->disk, s->now);
		s->since = 0;
		s->lost = false;
	}
	c->unflushed_from = c->unflushed_to = 0;
	c->allocated = 0;
	for (size_t i = 0; i < c->count; i++)
		c->allocated += c->slots[i].now != NULL;
}
