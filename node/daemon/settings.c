/* SPDX-License-Identifier: ISC */
/* One table of options serves the command line, the file and the help. */
#include "node/daemon/settings_values.h"

#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/control/command.h"
#include "node/control/reply.h"
#include "node/control/version.h"

enum { IN_FILE = 1, HAS_VALUE = 2 };

static const struct {
	const char *name, *value, *help;
	unsigned flags;
} rows[OPTIONS] = {
	[OPT_CONFIG] = { "config", "FILE",
		"read options from FILE; the command line wins", HAS_VALUE },
	[OPT_STATE] = { "state", "DIR", "identity, index and control socket live here",
		IN_FILE | HAS_VALUE },
	[OPT_IFACE] = { "iface", "IFACE",
		"carry the mesh over this interface; may be repeated",
		IN_FILE | HAS_VALUE },
	[OPT_ETHER] = { "ether", "SOCKET", "attach to a simulated radio; may be repeated",
		IN_FILE | HAS_VALUE },
	[OPT_WIFI] = { "wifi", "IFACE",
		"set up this radio: join an 802.11s mesh or an IBSS, and put it back "
		"later",
		IN_FILE | HAS_VALUE },
	[OPT_MESH] = { "mesh", "ID", "the mesh that it joins; default qanat",
		IN_FILE | HAS_VALUE },
	[OPT_IBSS] = { "ibss", "SSID", "the IBSS that it joins instead",
		IN_FILE | HAS_VALUE },
	[OPT_FREQ] = { "freq", "MHZ", "on this frequency; default 2412 (channel 1)",
		IN_FILE | HAS_VALUE },
	[OPT_WIFI_TAKE] = { "wifi-take", NULL,
		"use the interface itself where no other can stand beside it, even if it "
		"is up",
		IN_FILE },
	[OPT_WIFI_HT] = { "wifi-ht", "WHEN",
		"on or off: the rates of 802.11n; default on", IN_FILE | HAS_VALUE },
	[OPT_WIFI_WIDTH] = { "wifi-width", "MHZ",
		"20, 40 or, with 802.11ac, 80: of its channel; default 20",
		IN_FILE | HAS_VALUE },
	[OPT_WIFI_MONITOR] = { "wifi-monitor", NULL,
		"hear who else is on its channel, how loud and for how long", IN_FILE },
	[OPT_WIFI_KEY] = { "wifi-key", "FILE",
		"encrypt the radio's frames as well, by the password in FILE (SAE, RSN)",
		IN_FILE | HAS_VALUE },
	[OPT_OPEN] = { "open", NULL, "take part in the open mesh, whose key is published",
		IN_FILE },
	[OPT_NAME] = { "name", "NAME",
		"what this node calls itself; default: the host's name",
		IN_FILE | HAS_VALUE },
	[OPT_NO_TUN] = { "no-tun", NULL, "no IP interface, no privilege at all",
		IN_FILE },
	[OPT_GUARD] = { "guard", "WHEN",
		"auto, on or off: keep strangers in range from this machine's services",
		IN_FILE | HAS_VALUE },
	[OPT_POWER_SAVE] = { "power-save", "WHEN",
		"auto, on or off: wake up less often; auto: on battery; default off",
		IN_FILE | HAS_VALUE },
	[OPT_LOG_LEVEL] = { "log-level", "LEVEL",
		"error, warn, info or debug; default info", IN_FILE | HAS_VALUE },
	[OPT_LOG_JSON] = { "log-json", NULL, "log one JSON object a line", IN_FILE },
	[OPT_CHECK] = { "check", NULL,
		"say what is wrong with the configuration, and exit", 0 },
	[OPT_GATEWAY] = { "gateway", "WHEN",
		"on or off: let members reach the Internet through this machine",
		IN_FILE | HAS_VALUE },
	[OPT_GATEWAY_REFUSE] = { "gateway-refuse", "ID",
		"but not this one, named by its whole id; may be repeated",
		IN_FILE | HAS_VALUE },
	[OPT_UPLINK] = { "uplink", "WHOSE",
		"own, or mesh: reach the Internet through the nearest gateway",
		IN_FILE | HAS_VALUE },
	[OPT_VERSION] = { "version", NULL, "print the version", 0 },
	[OPT_HELP] = { "help", NULL, "print this", 0 },
	[OPT_DNS] = { "dns", NULL, "let the whole machine resolve NAME.qanat", IN_FILE },
	[OPT_DNS_PORT] = { "dns-port", "PORT",
		"answer DNS for NAME.qanat on loopback; default 7153, 0: not at all",
		IN_FILE | HAS_VALUE },
	[OPT_PEER] = { "peer", "HOST:PORT",
		"connect to this node over IP; tcp: or udp: before it; may be repeated",
		IN_FILE | HAS_VALUE },
	[OPT_LISTEN] = { "listen", "[ADDRESS:]PORT",
		"let peers connect to this port, over UDP and TCP", IN_FILE | HAS_VALUE },
	[OPT_CARE] = { "care", "ID",
		"let this node read here: qanat @NODE status; may be repeated",
		IN_FILE | HAS_VALUE },
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: qanatd [OPTION]...\n\nThe node: finds neighbours, carries their "
		"messages, keeps shared folders alike.\n\n");
	for (size_t i = 0; i < OPTIONS; i++) {
		char left[40];

		snprintf(left, sizeof(left), "--%s %s", rows[i].name,
			rows[i].value != NULL ? rows[i].value : "");
		fprintf(out, "  %-20s %s\n", left, rows[i].help);
	}
}

/* ---- the file ---- */

struct file_reading {
	struct settings *settings;
	const char *path;
	FILE *in;
	unsigned line;
	int error; /* errno of the last line that could not be read */
	bool failed;
};

/* libinih counts lines but keeps the count to itself: it is taken where lines are read. */
static char *file_line(char *out, int room, void *stream)
{
	struct file_reading *f = stream;

	char *line;

	f->line++;
	line = fgets(out, room, f->in);
	if (line == NULL) {
		f->error = errno;
		return NULL;
	}
	/* the library would take the rest of a line that is too long for another line */
	if (strchr(line, '\n') == NULL && !feof(f->in)) {
		int c;

		fprintf(stderr,
			"qanatd: %s:%u: longer than %d bytes, or with a zero byte\n",
			f->path, f->line, room - 2);
		f->failed = true;
		while ((c = fgetc(f->in)) != EOF && c != '\n')
			;
		*line = '\0';
	}
	return line;
}

static const char *nearest(const char *key)
{
	const char *best = NULL;
	unsigned least = 4;

	for (size_t i = 0; i < OPTIONS; i++) {
		unsigned d = command_distance(
			bytes_of_string(key), bytes_of_string(rows[i].name));

		if (rows[i].flags & IN_FILE && d < least) {
			least = d;
			best = rows[i].name;
		}
	}
	return best;
}

static int file_key(
	void *context, const char *section, const char *key, const char *value)
{
	struct file_reading *f = context;
	const char *why = NULL, *near;

	if (*section != '\0' && strcmp(section, "qanat") != 0) {
		fprintf(stderr, "qanatd: %s:%u: unknown section [%s]\n", f->path, f->line,
			section);
		f->failed = true;
		return 1;
	}
	for (size_t i = 0; i < OPTIONS; i++) {
		if (!(rows[i].flags & IN_FILE) || strcmp(rows[i].name, key) != 0)
			continue;
		if (settings_values_apply(f->settings, (enum option_id)i,
			    value != NULL ? value : "", &why) < 0) {
			fprintf(stderr, "qanatd: %s:%u: %s %s\n", f->path, f->line, key,
				why);
			f->failed = true;
		}
		return 1;
	}
	near = nearest(key);
	fprintf(stderr, "qanatd: %s:%u: unknown key %s%s%s%s\n", f->path, f->line, key,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	f->failed = true;
	return 1;
}

/* One that is not there is no mistake where it need not be. */
static bool file_read(struct settings *s, const char *path, bool needed)
{
	struct file_reading f = { .settings = s, .path = path };
	int err;

	if (path[0] == '\0')
		return true;
	f.in = fopen(path, "re");
	if (f.in == NULL && errno == ENOENT && !needed)
		return true;
	if (f.in == NULL) {
		fprintf(stderr, "qanatd: %s: %s\n", path, strerror(errno));
		return false;
	}
	err = ini_parse_stream(file_line, &f, file_key, &f);
	if (ferror(f.in)) {
		fprintf(stderr, "qanatd: %s: %s\n", path, strerror(f.error));
		f.failed = true;
	}
	fclose(f.in);
	if (err != 0)
		fprintf(stderr, "qanatd: %s:%d: not understood\n", path, err);
	return err == 0 && !f.failed;
}

/* ---- the command line ---- */

static void defaults(struct settings *s)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	memset(s, 0, sizeof(*s));
	s->log_level = LOG_INFO_;
	s->dns_port = SETTINGS_DNS_PORT;
	s->power_save = WHEN_OFF;
	s->radio = (struct warden_radio){
		.mhz = 2412, .ht = true, .width_mhz = 20, .id = "qanat"
	};
	if (geteuid() == 0)
		snprintf(s->state, sizeof(s->state), "/var/lib/qanat");
	else if (xdg != NULL && *xdg == '/')
		snprintf(s->state, sizeof(s->state), "%s/qanat", xdg);
	else
		snprintf(s->state, sizeof(s->state), "%s/.local/state/qanat",
			home != NULL ? home : ".");
	if (gethostname(s->name, sizeof(s->name)) < 0 ||
		s->name[sizeof(s->name) - 1] != '\0')
		s->name[0] = '\0';
	s->name[sizeof(s->name) - 1] = '\0';
}

static bool line_read(struct settings *s, int argc, char **argv, int *exit_code)
{
	struct option options[OPTIONS + 1] = { 0 };
	const char *why = NULL;
	int c;

	for (int i = 0; i < OPTIONS; i++)
		options[i] = (struct option){ rows[i].name,
			rows[i].flags & HAS_VALUE ? required_argument : no_argument, NULL,
			256 + i };
	optind = 0;
	*exit_code = EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		enum option_id id = (enum option_id)(c - 256);

		if (c < 256) {
			fprintf(stderr, "see qanatd --help\n");
			return false;
		}
		if (id == OPT_HELP || id == OPT_VERSION) {
			if (id == OPT_HELP)
				usage(stdout);
			else
				printf("qanatd %s\n", QANAT_VERSION);
			*exit_code = EXIT_DONE;
			return false;
		}
		if (settings_values_apply(s, id, optarg != NULL ? optarg : "", &why) <
			0) {
			fprintf(stderr, "qanatd: --%s %s\n", rows[id].name, why);
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "qanatd: unexpected argument %s; see qanatd --help\n",
			argv[optind]);
		return false;
	}
	return true;
}

/* What `qanat up` has left goes on: more interfaces, and a radio if the line names none. */
static void up_read(struct settings *s, const struct settings *line)
{
	static struct settings up;
	char path[PATH_MAX + sizeof(SETTINGS_UP) + 1];
	const char *why;

	defaults(&up);
	snprintf(path, sizeof(path), "%s/" SETTINGS_UP, s->state);
	if (!file_read(&up, path, false))
		return;
	if (up.radio.interface[0] != '\0' && line->radio.interface[0] == '\0')
		s->radio = up.radio;
	for (size_t i = 0; i < up.iface_count; i++)
		if (settings_values_add_name(
			    s->iface, &s->iface_count, up.iface[i], &why) < 0)
			fprintf(stderr, "qanatd: %s: iface %s\n", path, why);
}

bool settings_read(struct settings *s, int argc, char **argv, int *exit_code)
{
	struct settings line;

	defaults(s);
	line = *s;
	if (!line_read(&line, argc, argv, exit_code))
		return false;
	/* the file fills in, then the command line is read once more over it */
	memcpy(s->config, line.config, sizeof(s->config));
	if (!file_read(s, s->config, true))
		return false;
	if (line.iface_count > 0)
		s->iface_count = 0;
	if (line.ether_count > 0)
		s->ether_count = 0;
	if (line.peer_count > 0)
		s->peer_count = 0;
	if (line.care_count > 0)
		s->care_count = 0;
	if (line.refused_count > 0)
		s->refused_count = 0;
	if (!line_read(s, argc, argv, exit_code))
		return false;
	up_read(s, &line);
	if (s->no_tun && (s->gateway || s->mesh_uplink)) {
		fprintf(stderr, "qanatd: %s needs the IP interface: leave out no-tun\n",
			s->gateway ? "gateway" : "uplink");
		*exit_code = EXIT_USAGE;
		return false;
	}
	if (s->check_only) {
		*exit_code = EXIT_DONE;
		printf("configuration: fine\n");
		return false;
	}
	return true;
}

bool settings_reread(struct settings *s, int argc, char **argv)
{
	struct settings fresh;
	int exit_code;

	if (!settings_read(&fresh, argc, argv, &exit_code))
		return false;
	*s = fresh;
	return true;
}
