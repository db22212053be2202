/* SPDX-License-Identifier: ISC */
/*
 * What this machine runs on, as the kernel tells in /sys/class/power_supply, and how willing
 * it makes the node to work for others (RFC 7181 section 5.4.8).
 */
#pragma once

#include <stdbool.h>

#include "node/base/check.h"

enum {
	BATTERY_EVERY_MS =
		60000, /* it is looked at so often: some take milliseconds to read */
	BATTERY_LOW_PERCENT = 50,
	BATTERY_EMPTY_PERCENT = 10,
	BATTERY_WILL_LOW = 3,
};

struct battery {
	bool discharging; /* this machine lives on it now; false: on the mains, or none */
	unsigned percent; /* left, of all batteries together */
};

/* dir: where the kernel lists supplies. What cannot be read is not there. Batteries of
 * devices, like a mouse, do not count. */
struct battery battery_read(const char *dir);
/* 0..15: 7 by default, less on a battery below half or when power is saved, never below a tenth. */
must_use unsigned battery_will(const struct battery *b, bool saving);
