/* SPDX-License-Identifier: ISC */
/* A ring of words: a number's word is number / 64 modulo the ring, its bit number %
 * 64. */
#include "node/session/window.h"

#include <string.h>

void window_init(struct window *w)
{
	memset(w, 0, sizeof(*w));
}

bool window_fresh(const struct window *w, uint64_t number)
{
	if (number >> 63 != 0)
		return false;
	if (number >= w->end)
		return true;
	if (w->end - number > WINDOW_SIZE)
		return false;
	return (w->seen[number / 64 % WINDOW_WORDS] >> (number % 64) & 1) == 0;
}

void window_mark(struct window *w, uint64_t number)
{
	check(window_fresh(w, number));
	if (number >= w->end) {
		uint64_t last = w->end > 0 ? (w->end - 1) / 64 : 0;
		uint64_t ahead = number / 64 - last;

		for (uint64_t i = 1; i <= ahead && i <= WINDOW_WORDS; i++)
			w->seen[(last + i) % WINDOW_WORDS] = 0;
		w->end = number + 1;
	}
	w->seen[number / 64 % WINDOW_WORDS] |= (uint64_t)1 << (number % 64);
}
