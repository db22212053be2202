/* SPDX-License-Identifier: ISC */
/* Its D-Bus interface is nmcli's to speak; root may without polkit, and needs no capability. */
#include "node/warden/manager.h"

#include <string.h>
#include <unistd.h>

#include "node/warden/files.h"

/* Exit status of nmcli(1); the second is of the device. */
enum { NOT_RUNNING = 8, NOT_KNOWN = 10 };
/* wpa_supplicant lets go of an interface a little after it is told. */
enum { NMCLI_S = 1, TRIES = 6, AGAIN_US = 100000, LET_GO_US = 200000 };

static char nmcli[] = "/usr/bin/nmcli";

/* After it ended, too, until the next start of the machine. */
static bool has_run(void)
{
	return access("/run/NetworkManager", F_OK) == 0;
}

bool manager_has(const char *interface)
{
	char *const show[] = { nmcli, "-g", "GENERAL.NM-MANAGED", "device", "show",
		(char *)interface, NULL };
	char said[8];

	return has_run() && tool_run(show, NMCLI_S, said, sizeof(said)) == 0 &&
	       strcmp(said, "yes\n") == 0;
}

/* One that begins anew, or has not heard of a new interface yet, is asked again. */
bool manager_set(const char *interface, bool managed)
{
	char *const set[] = { nmcli, "device", "set", (char *)interface, "managed",
		managed ? "yes" : "no", NULL };
	char said[8];
	int status = 0;

	for (int i = 0; i < TRIES && has_run(); i++) {
		status = tool_run(set, NMCLI_S, said, sizeof(said));
		if (status != NOT_KNOWN && (status != NOT_RUNNING || !managed))
			break;
		usleep(AGAIN_US);
	}
	if (status == 0 && !managed && has_run())
		usleep(LET_GO_US);
	return status == 0;
}
