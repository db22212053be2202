/* SPDX-License-Identifier: ISC */
/*
 * Asks the node for status, neighbours and folders in turn, once a second, without ever
 * blocking the keys. A node that stops or starts again is noticed by the next question.
 */
#pragma once

#include "tools/cli/client.h"
#include "tools/top/model.h"

struct feed {
	struct client client; /* fd -1: nothing asked right now */
	/* private */
	const char *state;
	unsigned turn;
	int64_t due_ms, asked_ms;
};

void feed_init(struct feed *f, const char *state);
void feed_fini(struct feed *f);
/* Does what is due at now_ms (monotonic) and takes what has come; true when m changed. */
bool feed_turn(struct feed *f, struct model *m, int64_t now_ms);
/* Milliseconds until feed_turn has something to do, unless bytes come before. */
int feed_wait_ms(const struct feed *f, int64_t now_ms);
