/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/daemon/battery.h"
#include "tests/test.h"

static char dir[64];

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *f)
{
	(void)s;
	(void)kind;
	(void)f;
	return remove(path);
}

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/qanat-supplies-XXXXXX");
	EXPECT(mkdtemp(dir) != NULL, "a place");
}

static void end(void)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A file of a supply, as the kernel writes it. */
static void put(const char *supply, const char *name, const char *word)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, supply);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s", dir, supply, name);
	f = fopen(path, "we");
	EXPECT(f != NULL && fprintf(f, "%s\n", word) > 0, "a file");
	fclose(f);
}

static unsigned will(void)
{
	struct battery b = battery_read(dir);

	return battery_will(&b, false);
}

static void put_battery(const char *name, const char *status, const char *capacity)
{
	put(name, "type", "Battery");
	put(name, "status", status);
	put(name, "capacity", capacity);
}

TEST(battery_makes_less_willing_the_emptier_it_is)
{
	static const struct {
		const char *why, *status, *capacity;
		unsigned will;
	} rows[] = {
		{ "full", "Discharging", "100", 7 },
		{ "half", "Discharging", "50", 7 },
		{ "less than half", "Discharging", "49", 3 },
		{ "a tenth", "Discharging", "10", 3 },
		{ "less than a tenth", "Discharging", "9", 0 },
		{ "empty", "Discharging", "0", 0 },
		{ "empty, on the mains", "Charging", "1", 7 },
		{ "full, on the mains", "Full", "100", 7 },
		{ "not charging", "Not charging", "5", 7 },
		{ "no number", "Discharging", "low", 7 },
		{ "nothing said", "Discharging", "", 7 },
		{ "more than all", "Discharging", "101", 7 },
	};

	begin();
	EXPECT_EQ(will(), 7, "no battery");
	put("AC", "type", "Mains");
	EXPECT_EQ(will(), 7, "the mains only");
	for (size_t i = 0; i < array_len(rows); i++) {
		put_battery("BAT0", rows[i].status, rows[i].capacity);
		EXPECT(will() == rows[i].will, rows[i].why);
	}
	end();
}

TEST(battery_of_a_device_does_not_count_and_several_count_together)
{
	begin();
	put_battery("hid-mouse", "Discharging", "3");
	put("hid-mouse", "scope", "Device");
	EXPECT_EQ(will(), 7, "a mouse is no machine");
	put_battery("BAT0", "Discharging", "5");
	EXPECT_EQ(will(), 0, "this is one");
	put_battery("BAT1", "Unknown", "90");
	EXPECT_EQ(will(), 3, "two together are fuller");
	end();
	EXPECT_EQ(will(), 7, "a folder that is not there");
}

TEST(battery_that_is_to_last_makes_less_willing)
{
	static const struct battery mains = { false, 0 }, full = { true, 90 },
				    empty = { true, 5 };

	EXPECT_EQ(battery_will(&mains, true), 3, "also on the mains, if power is saved");
	EXPECT_EQ(battery_will(&full, true), 3, "and on a full one");
	EXPECT_EQ(battery_will(&full, false), 7, "but only then");
	EXPECT_EQ(battery_will(&empty, true), 0, "an empty one is an empty one");
}
