/* SPDX-License-Identifier: ISC */
/* Heapsort: no worst case that a stranger could aim at. */
#include "routing/order.h"

static bool less(const struct ordered *a, const struct ordered *b)
{
	if (a->major != b->major)
		return a->major < b->major;
	if (a->minor != b->minor)
		return a->minor < b->minor;
	return a->slot < b->slot;
}

static void sift(struct ordered *items, size_t i, size_t count)
{
	for (;;) {
		size_t greatest = i, left = 2 * i + 1;
		struct ordered kept;

		if (left < count && less(&items[greatest], &items[left]))
			greatest = left;
		if (left + 1 < count && less(&items[greatest], &items[left + 1]))
			greatest = left + 1;
		if (greatest == i)
			return;
		kept = items[i];
		items[i] = items[greatest];
		items[greatest] = kept;
		i = greatest;
	}
}

void order_sort(struct ordered *items, size_t count)
{
	for (size_t i = count / 2; i > 0; i--)
		sift(items, i - 1, count);
	for (size_t end = count; end > 1; end--) {
		struct ordered last = items[end - 1];

		items[end - 1] = items[0];
		items[0] = last;
		sift(items, 0, end - 1);
	}
}
