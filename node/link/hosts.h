/* SPDX-License-Identifier: ISC */
/*
 * Names looked up by a thread of its own: getaddrinfo waits for others, the loop never does.
 * A name that is still looked up at the end is left to the thread, which then ends by itself.
 */
#pragma once

#include "node/base/check.h"
#include "node/link/where.h"

enum { HOSTS_ADDRESSES_MAX = 8, HOSTS_QUESTIONS_MAX = 64 };

struct resolved {
	uint32_t question;
	uint8_t address[HOSTS_ADDRESSES_MAX][16]; /* IPv4 ones mapped */
	size_t count;
	const char *trouble; /* why there is none; NULL: nothing */
};

struct hosts;

/* 0 or a negative errno. */
must_use int hosts_open(struct hosts **out);
void hosts_close(struct hosts *r); /* NULL is fine */
/* Readable when an answer waits. */
int hosts_fd(const struct hosts *r);
/* Asks; false: too many questions are open. */
must_use bool hosts_ask(struct hosts *r, uint32_t question, const char *host);
/* The next answer; false: none yet. */
must_use bool hosts_take(struct hosts *r, struct resolved *out);
