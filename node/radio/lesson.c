/* SPDX-License-Identifier: ISC */
#include "node/radio/lesson.h"

enum {
	/* minstrel tries another rate with each frame that comes 20 ms after the last such */
	FRAMES = 40,
	GIVEN_MAX = 15,
	DB = 256,
	APART = 6 * DB, /* two steps of rates */
};

static void begin(struct lesson *l, uint32_t packets)
{
	l->from = packets;
	l->given = 0;
	l->taught = l->signal;
}

static bool is_other_signal(const struct lesson *l)
{
	int32_t apart =
		l->signal > l->taught ? l->signal - l->taught : l->taught - l->signal;

	return apart >= APART;
}

bool lesson_wanted(struct lesson *l, uint32_t packets, int8_t signal_dbm)
{
	if (!l->begun || packets < l->packets) {
		*l = (struct lesson){ .begun = true, .signal = signal_dbm * DB };
		begin(l, 0);
	}
	l->signal += (signal_dbm * DB - l->signal) / 2;
	if (is_other_signal(l))
		begin(l, l->packets);
	l->packets = packets;
	if (packets - l->from < FRAMES && l->given < GIVEN_MAX)
		return true;
	l->learned = true;
	return false;
}

void lesson_given(struct lesson *l)
{
	l->given++;
}
