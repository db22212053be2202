/* SPDX-License-Identifier: ISC */
/* Files of one word each; see the kernel's Documentation/ABI/testing/sysfs-class-power. */
#include "node/daemon/battery.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "routing/hello.h"

enum { WORD_MAX = 32 };

/* The word in a file of a supply; empty: there is none. */
static void word_read(int supply, const char *name, char word[WORD_MAX])
{
	int fd = openat(supply, name, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	word[0] = '\0';
	if (fd < 0)
		return;
	len = read(fd, word, WORD_MAX - 1);
	close(fd);
	word[len > 0 ? len : 0] = '\0';
	word[strcspn(word, "\n")] = '\0';
}

static bool says(int supply, const char *name, const char *what)
{
	char word[WORD_MAX];

	word_read(supply, name, word);
	return strcmp(word, what) == 0;
}

/* Adds one battery; false: it is none, or none of this machine. */
static bool supply_read(int supply, struct battery *sum)
{
	char word[WORD_MAX], *end;
	unsigned long percent;

	if (!says(supply, "type", "Battery") || says(supply, "scope", "Device"))
		return false;
	word_read(supply, "capacity", word);
	percent = strtoul(word, &end, 10);
	if (end == word || *end != '\0' || percent > 100)
		return false;
	sum->discharging = sum->discharging || says(supply, "status", "Discharging");
	sum->percent += (unsigned)percent;
	return true;
}

struct battery battery_read(const char *dir)
{
	struct battery sum = { .percent = 0 };
	DIR *supplies = opendir(dir);
	const struct dirent *entry;
	unsigned count = 0;

	while (supplies != NULL && (entry = readdir(supplies)) != NULL) {
		int fd = entry->d_name[0] == '.'
				 ? -1
				 : openat(dirfd(supplies), entry->d_name,
					   O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			continue;
		count += supply_read(fd, &sum);
		close(fd);
	}
	if (supplies != NULL)
		closedir(supplies);
	if (count > 0)
		sum.percent /= count;
	return sum;
}

unsigned battery_will(const struct battery *b, bool saving)
{
	if (b->discharging && b->percent < BATTERY_EMPTY_PERCENT)
		return WILL_NEVER;
	if (saving || (b->discharging && b->percent < BATTERY_LOW_PERCENT))
		return BATTERY_WILL_LOW;
	return WILL_DEFAULT;
}
