/* SPDX-License-Identifier: ISC */
/* CoDel (RFC 8289 section 5) as arithmetic alone: when a packet of a queue is to be dropped,
 * or marked, because its queue stands. */
#pragma once

#include "node/base/instant.h"

enum {
	CODEL_TARGET_US = 20000,    /* the delay that may stand */
	CODEL_INTERVAL_US = 100000, /* for how long more is fine */
};

struct codel {
	/* private */
	struct instant
		above; /* when delay above target will have lasted an interval; 0: not
			       * above */
	struct instant next; /* when the next one goes, while dropping */
	uint32_t count, last_count;
	bool dropping;
};

enum codel_advice {
	CODEL_KEEP,
	CODEL_DROP, /* or mark; then ask about the next one */
};

/* What to do with the packet that was just taken from the head. sojourn_us is how long it
 * waited; short_queue: less than a packet's worth is left behind it. */
enum codel_advice codel_judge(
	struct codel *c, struct instant now, int64_t sojourn_us, bool short_queue);
