/* SPDX-License-Identifier: ISC */
/* A binary heap in an array: parent of i is (i - 1) / 2. */
#include "node/base/heap.h"

#include <string.h>

#include "node/base/mem.h"

static bool less(const struct heap_item *a, const struct heap_item *b)
{
	return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static void swap(struct heap_item *a, struct heap_item *b)
{
	struct heap_item t = *a;

	*a = *b;
	*b = t;
}

void heap_init(struct heap *h)
{
	memset(h, 0, sizeof(*h));
}

void heap_fini(struct heap *h)
{
	mem_free(h->items);
	heap_init(h);
}

void heap_add(struct heap *h, uint64_t key, uint64_t value)
{
	size_t i = h->count;

	mem_grow(h->items, h->count, h->room);
	h->items[i] = (struct heap_item){ key, h->order++, value };
	h->count++;
	while (i > 0 && less(&h->items[i], &h->items[(i - 1) / 2])) {
		swap(&h->items[i], &h->items[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

const struct heap_item *heap_first(const struct heap *h)
{
	return h->count > 0 ? &h->items[0] : NULL;
}

struct heap_item heap_take(struct heap *h)
{
	struct heap_item first;
	size_t i = 0;

	check(h->count > 0);
	first = h->items[0];
	h->items[0] = h->items[--h->count];
	for (;;) {
		size_t least = i, left = 2 * i + 1;

		if (left < h->count && less(&h->items[left], &h->items[least]))
			least = left;
		if (left + 1 < h->count && less(&h->items[left + 1], &h->items[least]))
			least = left + 1;
		if (least == i)
			return first;
		swap(&h->items[i], &h->items[least]);
		i = least;
	}
}
