/* SPDX-License-Identifier: ISC */
/* mac80211_hwsim gives each radio two addresses: one for its interface, and the same with
 * one more bit for itself. */
#include "sim/ether/phys.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ether/addresses.h"

enum { HARDWARE_BIT = 0x40, PATH_CHARS = 300 };

#define PHYS "/sys/class/ieee80211"

/* The second line of the phy's addresses. */
static int address_read(const char *phy, uint8_t out[6])
{
	char path[PATH_CHARS], first[64], second[64];
	FILE *f;
	int found;

	if (strchr(phy, '/') || snprintf(path, sizeof(path), PHYS "/%s/addresses", phy) >=
					(int)sizeof(path))
		return -ENODEV;
	f = fopen(path, "re");
	if (!f)
		return -ENODEV;
	found = fscanf(f, "%63s %63s", first, second);
	fclose(f);
	if (found != 2 || !address_parse(bytes_of_string(second), out) ||
		!(out[0] & HARDWARE_BIT))
		return -ENOTSUP;
	return 0;
}

int phy_address(const char *word, uint8_t out[6])
{
	if (!address_parse(bytes_of_string(word), out))
		return address_read(word, out);
	out[0] |= HARDWARE_BIT;
	return 0;
}

bool phy_nth(unsigned place, uint8_t out[6])
{
	struct dirent **entries;
	int count = scandir(PHYS, &entries, NULL, versionsort);
	bool found = false;

	for (int i = 0; i < count; i++) {
		if (!found && entries[i]->d_name[0] != '.' &&
			address_read(entries[i]->d_name, out) == 0)
			found = place-- == 0;
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return found;
}
