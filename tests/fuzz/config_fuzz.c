/* SPDX-License-Identifier: ISC */
/*
 * The settings file. Whatever is in it, reading ends, says what is wrong or gives settings
 * that hold their bounds; and reading the same file again gives the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node/daemon/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static bool is_closed(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL;
}

static void bounds(const struct settings *s)
{
	demand(s->iface_count <= SETTINGS_INTERFACES_MAX);
	demand(s->ether_count <= SETTINGS_INTERFACES_MAX);
	for (size_t i = 0; i < s->iface_count; i++)
		demand(is_closed(s->iface[i], sizeof(s->iface[i])) &&
			s->iface[i][0] != '\0');
	for (size_t i = 0; i < s->ether_count; i++)
		demand(is_closed(s->ether[i], sizeof(s->ether[i])) &&
			s->ether[i][0] != '\0');
	demand(s->care_count <= SETTINGS_CARE_MAX);
	demand(s->peer_count <= PEERS_DIALS_MAX);
	for (size_t i = 0; i < s->peer_count; i++)
		demand(is_closed(s->peer[i].text, sizeof(s->peer[i].text)) &&
			is_closed(s->peer[i].host, sizeof(s->peer[i].host)) &&
			s->peer[i].host[0] != '\0' && s->peer[i].port != 0);
	demand(is_closed(s->listen.host, sizeof(s->listen.host)));
	demand(is_closed(s->state, sizeof(s->state)) && s->state[0] != '\0');
	demand(is_closed(s->name, sizeof(s->name)));
	demand(s->log_level <= LOG_DEBUG_ && !s->check_only);
}

/* What is said of a file goes nowhere. */
static bool read_quietly(struct settings *s, char *path)
{
	static FILE *nowhere;
	char name[] = "qanatd", option[] = "--config";
	char *argv[] = { name, option, path, NULL };
	FILE *loud = stderr;
	int exit_code = -1;
	bool good;

	if (nowhere == NULL)
		nowhere = fopen("/dev/null", "we");
	demand(nowhere != NULL);
	stderr = nowhere;
	good = settings_read(s, 3, argv, &exit_code);
	stderr = loud;
	demand(good || exit_code != 0);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings a, b;
	char path[64];
	int fd = memfd_create("settings", MFD_CLOEXEC);

	demand(fd >= 0);
	demand(size == 0 || write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (read_quietly(&a, path)) {
		bounds(&a);
		demand(read_quietly(&b, path));
		demand(memcmp(&a, &b, sizeof(a)) == 0);
	}
	close(fd);
	return 0;
}
