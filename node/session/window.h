/* SPDX-License-Identifier: ISC */
/*
 * Which frame numbers have been seen, over the last 2048 below the highest (the ring of
 * RFC 6479). Asking and marking are two steps: a number is marked only once the frame's
 * seal has opened, so that a forger cannot move the window.
 */
#pragma once

#include "node/base/check.h"

enum {
	WINDOW_SIZE = 2048,
	WINDOW_WORDS =
		WINDOW_SIZE / 64 + 1, /* one word more, so that a word is cleared whole */
};

struct window {
	uint64_t seen[WINDOW_WORDS]; /* private */
	uint64_t end;                /* private: the highest number marked, plus one */
};

void window_init(struct window *w);

/* True when number is below 2^63, not older than the window and not marked yet. */
must_use bool window_fresh(const struct window *w, uint64_t number);

/* number must be fresh. */
void window_mark(struct window *w, uint64_t number);
