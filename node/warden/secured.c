/* SPDX-License-Identifier: ISC */
/*
 * Keys of Wi-Fi are wpa_supplicant's: SAE between peers of a mesh, RSN in an IBSS. It is started
 * for this interface alone, and ends with us.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/radio/radios.h"
#include "node/warden/files.h"
#include "node/warden/radio.h"

enum { ID_ROOM = 2 * RADIO_ID_MAX + 1 };

static const char tool[] = "/usr/sbin/wpa_supplicant";

static const char mesh_text[] =
	"user_mpm=1\np2p_disabled=1\n"
	"network={\nmode=5\nssid=%s\nfrequency=%u\nbeacon_int=100\n%s"
	"key_mgmt=SAE\nsae_password=\"%s\"\nieee80211w=2\nmesh_fwding=0\n}\n";
static const char ibss_text[] =
	"ap_scan=2\np2p_disabled=1\n"
	"network={\nmode=1\nssid=%s\nfrequency=%u\nbeacon_int=100\n%s"
	"key_mgmt=WPA-PSK\npsk=\"%s\"\nproto=RSN\npairwise=CCMP\ngroup=CCMP\n"
	"bssid=%02x:%02x:%02x:%02x:%02x:%02x\n}\n";

/* It takes the widest that the card has unless told otherwise. */
static const char *width_text(const struct radio_order *o)
{
	if (!(o->flags & RADIO_HT))
		return "disable_ht=1\n";
	switch (radio_order_width(o)) {
	case 80:
		return "";
	case 40:
		return "max_oper_chwidth=0\n";
	default:
		return "disable_ht40=1\ndisable_vht=1\n";
	}
}

/* In memory only, which the process inherits: a key is never on a disk. */
static int config_make(const struct radio_order *o)
{
	char text[512], id[ID_ROOM];
	uint8_t b[6];
	int fd = memfd_create("qanat-radio", 0), len;

	for (size_t i = 0; i < strlen(o->id); i++)
		snprintf(id + 2 * i, 3, "%02x", (uint8_t)o->id[i]);
	radio_bssid(b, o->id);
	if (o->mode == RADIO_MESH)
		len = snprintf(
			text, sizeof(text), mesh_text, id, o->mhz, width_text(o), o->key);
	else
		len = snprintf(text, sizeof(text), ibss_text, id, o->mhz, width_text(o),
			o->key, b[0], b[1], b[2], b[3], b[4], b[5]);
	errno = EIO;
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		fd = file_failed(fd);
	explicit_bzero(text, sizeof(text));
	return fd;
}

static void run(const char *interface, int config)
{
	char path[32];
	sigset_t none;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", config);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execle(tool, tool, "-q", "-D", "nl80211", "-i", interface, "-c", path, NULL,
		(char *[]){ NULL });
	_exit(1);
}

int secured_join(struct radio_port *r, const struct radio_order *o)
{
	int config;

	if (access(tool, X_OK) < 0)
		return -ENOENT;
	config = config_make(o);
	if (config < 0)
		return config;
	r->secured = fork();
	if (r->secured == 0)
		run(r->name, config);
	close(config);
	if (r->secured > 0)
		return 0;
	r->secured = 0;
	return -EAGAIN;
}

void secured_leave(struct radio_port *r)
{
	if (r->secured == 0)
		return;
	kill(r->secured, SIGTERM);
	(void)waitpid(r->secured, NULL, 0);
	r->secured = 0;
}
