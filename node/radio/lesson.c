/* SPDX-License-Identifier: ISC */
#include "node/radio/lesson.h"

enum {
	/* minstrel tries another rate with each frame that comes 20 ms after the last such, so a
	 * burst teaches no more than a few frames */
	FRAMES = 40,
	FRAMES_A_LOOK = 10,
	GIVEN_MAX = 15,
	DB = 256,
	SMOOTH = 8,     /* one frame is several dB louder than the next */
	APART = 6 * DB, /* two steps of rates */
};

static bool is_apart(const struct lesson *l, int32_t signal)
{
	int32_t apart = signal - l->known;

	return apart >= APART || apart <= -APART;
}

/* A single frame that is less loud may be chance; where frames fail as well, it is not. */
static void signal_follow(struct lesson *l, bool failing, int8_t signal_dbm)
{
	int32_t now = signal_dbm * DB;

	if (signal_dbm == 0)
		return;
	if (l->signal == 0 || (failing && is_apart(l, now)))
		l->signal = now;
	else
		l->signal += (now - l->signal) / SMOOTH;
	if (l->known == 0)
		l->known = l->signal;
}

static void frames_count(struct lesson *l, uint32_t packets)
{
	uint32_t sent = packets - l->packets;

	l->frames += sent < FRAMES_A_LOOK ? sent : FRAMES_A_LOOK;
	l->packets = packets;
}

bool lesson_wanted(struct lesson *l, uint32_t packets, bool failing, int8_t signal_dbm)
{
	if (!l->begun || packets < l->packets)
		*l = (struct lesson){ .begun = true };
	signal_follow(l, failing, signal_dbm);
	if (l->over && is_apart(l, l->signal)) {
		l->over = false;
		l->frames = l->given = 0;
	}
	frames_count(l, packets);
	if (l->over)
		return false;
	if (l->frames < FRAMES && l->given < GIVEN_MAX)
		return true;
	l->over = l->learned = true;
	l->known = l->signal;
	return false;
}

void lesson_given(struct lesson *l)
{
	l->given++;
}
