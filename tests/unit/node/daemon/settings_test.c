/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node/control/reply.h"
#include "node/daemon/settings.h"
#include "tests/test.h"

static char said[8192];
static struct settings s;
static int exit_code;

/* Reads the command line with a file of this text, if any; what was said is in `said`. */
static bool read_all(const char *file, size_t file_len, const char *const *words)
{
	int fd = memfd_create("settings", 0), out = memfd_create("said", 0), old = dup(2);
	char path[64], *argv[32] = { strdup("qanatd") };
	int argc = 1;
	ssize_t len;
	bool good;

	EXPECT(fd >= 0 && out >= 0 && old >= 0, "files of memory");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (file != NULL) {
		EXPECT_EQ(write(fd, file, file_len), (ssize_t)file_len,
			"the file is written");
		argv[argc++] = strdup("--config");
		argv[argc++] = strdup(path);
	}
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		argv[argc++] = strdup(words[i]);
	fflush(stderr);
	dup2(out, 2);
	good = settings_read(&s, argc, argv, &exit_code);
	fflush(stderr);
	dup2(old, 2);
	len = pread(out, said, sizeof(said) - 1, 0);
	said[len > 0 ? len : 0] = '\0';
	for (int i = 0; i < 32; i++)
		free(argv[i]);
	close(fd);
	close(out);
	close(old);
	return good;
}

#define FILE_OF(text) (text), sizeof(text) - 1
#define LINE_OF(...)  ((const char *const[]){ __VA_ARGS__, NULL })

TEST(every_option_of_the_command_line_is_taken)
{
	EXPECT(read_all(NULL, 0,
		       LINE_OF("--state", "/tmp/a", "--iface", "wlan0", "--iface=eth0",
			       "--iface", "wlan0", "--ether", "/tmp/r.sock", "--open",
			       "--name", "keeper", "--no-tun", "--log-level", "warn",
			       "--log-json", "--guard", "off", "--dns", "--dns-port",
			       "53", "--power-save", "auto", "--wifi-monitor",
			       "--wifi-width", "80")),
		"it is good");
	EXPECT_EQ(s.guard, WHEN_OFF, "guard");
	EXPECT_EQ(s.power_save, WHEN_AUTO, "power-save");
	EXPECT(s.radio.monitor, "wifi-monitor");
	EXPECT_EQ(s.radio.width_mhz, 80, "wifi-width");
	EXPECT(s.dns && s.dns_port == 53, "dns");
	EXPECT(!s.gateway && !s.mesh_uplink, "nobody leads out who was not told to");
	EXPECT_STRING(s.state, "/tmp/a", "state");
	EXPECT_EQ(s.iface_count, 2, "each interface once");
	EXPECT_STRING(s.iface[1], "eth0", "iface");
	EXPECT_STRING(s.ether[0], "/tmp/r.sock", "ether");
	EXPECT_STRING(s.name, "keeper", "name");
	EXPECT(s.open && s.no_tun && s.log_json, "flags");
	EXPECT_EQ(s.log_level, LOG_WARN_, "log-level");
	EXPECT_STRING(said, "", "nothing is said");
}

TEST(the_file_takes_the_same_keys_and_the_command_line_wins)
{
	static const char file[] =
		"# a comment\n[qanat]\nstate = /tmp/f\niface = wlan0\n"
		"iface = wlan1\nether = /tmp/x\nopen = yes\nname = filed\n"
		"no-tun = true\nlog-level = debug\nlog-json = on\nguard = on\n";
	static const char monitor[] = "wifi = wlan0\nwifi-monitor = yes\n";

	EXPECT(read_all(FILE_OF(file), NULL), "it is good");
	EXPECT_STRING(s.state, "/tmp/f", "state");
	EXPECT_EQ(s.iface_count, 2, "iface");
	EXPECT_EQ(s.ether_count, 1, "ether");
	EXPECT_STRING(s.name, "filed", "name");
	EXPECT(s.open && s.no_tun && s.log_json, "flags");
	EXPECT_EQ(s.log_level, LOG_DEBUG_, "log-level");
	EXPECT_EQ(s.guard, WHEN_ON, "guard");
	EXPECT(!s.radio.monitor, "nobody is listened to who does not say so");
	EXPECT_EQ(
		s.power_save, WHEN_OFF, "power is not saved by those who do not say so");
	EXPECT(read_all(FILE_OF(file), LINE_OF("--name", "typed", "--iface", "eth0",
					       "--log-level", "error")),
		"both are good");
	EXPECT_STRING(s.name, "typed", "what was typed");
	EXPECT_EQ(s.iface_count, 1, "the list that was typed, not both");
	EXPECT_STRING(s.iface[0], "eth0", "what was typed");
	EXPECT_EQ(s.ether_count, 1, "what was not typed comes from the file");
	EXPECT_EQ(s.log_level, LOG_ERROR_, "what was typed");
	EXPECT(read_all(FILE_OF(monitor), NULL) && s.radio.monitor, "wifi-monitor");
}

TEST(gateways_are_settings_like_others)
{
	static const char id[] =
		"351f714261742d8e78ddfdbe09a26524ac67308fc9bceeca25b301c2ce8b8e38";
	static const struct address ada = { { 0xfd, 0x71, 0x6c, 0xfb, 0x76, 0x1f, 0x39,
		0xab, 0x7a, 0x71, 0xc2, 0xbe, 0xe4, 0x82, 0x4a, 0xa7 } };
	static const char file[] =
		"gateway = on\nuplink = mesh\ngateway-refuse = fd71::1\n"
		"gateway-refuse = fd71::2\ngateway-refuse = fd71::1\n";

	EXPECT(read_all(FILE_OF(file), NULL), "the file is good");
	EXPECT(s.gateway && s.mesh_uplink, "both are on");
	EXPECT_EQ(s.refused_count, 2, "each member once");
	EXPECT(read_all(FILE_OF(file), LINE_OF("--gateway", "off", "--uplink", "own",
					       "--gateway-refuse", id)),
		"so is the command line");
	EXPECT(!s.gateway && !s.mesh_uplink, "which wins");
	EXPECT_EQ(s.refused_count, 1, "with its own list");
	EXPECT(id_equal(&s.refused[0], &ada), "of addresses");
	EXPECT(!read_all(FILE_OF(file), LINE_OF("--no-tun")), "without an interface");
	EXPECT_EQ(exit_code, EXIT_USAGE, "there is no gateway");
	EXPECT(strstr(said, "gateway needs the IP interface") != NULL, "which is said");
}

TEST(what_is_wrong_in_the_file_is_said_with_its_line)
{
	static const struct {
		const char *why, *text, *said;
	} rows[] = {
		{ "an unknown key", "\n\nnmae = x\n",
			":3: unknown key nmae; did you mean name?" },
		{ "far from any key", "frobnicate = x\n",
			":1: unknown key frobnicate\n" },
		{ "a key of the command line only", "check = yes\n",
			":1: unknown key check" },
		{ "another section", "[other]\nname = x\n",
			":2: unknown section [other]" },
		{ "neither on nor off", "open = perhaps\n",
			":1: open is neither on nor off" },
		{ "no such guard", "guard = perhaps\n",
			":1: guard is none of auto, on, off" },
		{ "an empty guard", "guard =\n", ":1: guard is none of auto, on, off" },
		{ "no such gateway", "gateway = auto\n",
			":1: gateway is neither on nor off" },
		{ "an empty gateway", "gateway =\n",
			":1: gateway is neither on nor off" },
		{ "no such uplink", "uplink = any\n",
			":1: uplink is neither own nor mesh" },
		{ "a name is no id", "gateway-refuse = bob\n",
			":1: gateway-refuse is no whole id" },
		{ "nor is a part of one", "gateway-refuse = 351f7142\n",
			":1: gateway-refuse is no whole id" },
		{ "an address of no node", "gateway-refuse = fd72::1\n",
			":1: gateway-refuse is no whole id" },
		{ "no such level", "name = a\nlog-level = loud\n",
			":2: log-level is none of" },
		{ "an empty name", "name =\n", ":1: name is empty" },
		{ "a name too long", "name = 01234567890123456789012345678901\n",
			":1: name is too long" },
		{ "a port too high", "dns-port = 65536\n",
			":1: dns-port is no port from 0 to 65535" },
		{ "a port that is none", "dns-port = 5x\n", ":1: dns-port is no port" },
		{ "an empty port", "dns-port =\n", ":1: dns-port is no port" },
		{ "a number without end", "dns-port = 99999999999999999999\n",
			":1: dns-port is no port" },
		{ "a peer without a port", "peer = example.org\n",
			":1: peer has no port; it is HOST:PORT" },
		{ "an address without brackets", "listen = 1\npeer = 2001:db8::1:7117\n",
			":2: peer has an IPv6 address without brackets" },
		{ "listening on a name", "listen = example.org:1\n",
			":1: listen needs an address of this machine, not a name" },
		{ "no equals sign", "name = a\nwhat is this\n", ":2: not understood" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(!read_all(rows[i].text, strlen(rows[i].text), NULL), rows[i].why);
		EXPECT_EQ(exit_code, EXIT_USAGE, rows[i].why);
		EXPECT(strstr(said, rows[i].said) != NULL, rows[i].why);
	}
}

TEST(a_line_that_is_too_long_is_never_taken_for_two)
{
	static char text[4096];
	size_t len = 0;

	memset(text, 'a', 1000);
	memcpy(text, "state = /", 9);
	memcpy(text + 190, "\tname = evil", 12);
	len = 1000;
	memcpy(text + len, "\nnmae = x\n", 10);
	len += 10;
	EXPECT(!read_all(text, len, NULL), "it is refused");
	EXPECT(strstr(said, ":1: longer than ") != NULL, "with its line");
	EXPECT(strstr(said, ":2: unknown key nmae") != NULL,
		"and the lines after it are counted");
	EXPECT(!read_all(FILE_OF("name = a\0b\n"), NULL), "a zero byte is refused");
}

TEST(a_file_that_cannot_be_read_is_an_error)
{
	EXPECT(!read_all(NULL, 0, LINE_OF("--config", "/nonexistent")),
		"it is not there");
	EXPECT(strstr(said, "/nonexistent") != NULL, "it is named");
	EXPECT(!read_all(NULL, 0, LINE_OF("--config", "/tmp")), "it is a directory");
	EXPECT(strstr(said, "/tmp: ") != NULL, "it is named");
}

TEST(a_command_line_that_makes_no_sense_is_refused)
{
	static const struct {
		const char *why, *words[4];
	} rows[] = {
		{ "an unknown option", { "--frobnicate" } },
		{ "an option without its value", { "--name" } },
		{ "a word too many", { "--open", "please" } },
		{ "an empty interface", { "--iface", "" } },
		{ "a level that is none", { "--log-level", "loud" } },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT(!read_all(NULL, 0, rows[i].words), rows[i].why);
		EXPECT_EQ(exit_code, EXIT_USAGE, rows[i].why);
		EXPECT(said[0] != '\0', rows[i].why);
	}
}

TEST(peers_and_where_to_listen_come_from_both)
{
	static const char file[] =
		"peer = tcp:example.org:7117\npeer = [2001:db8::1]:80\n"
		"peer = tcp:example.org:7117\nlisten = 7118\n";

	EXPECT(read_all(FILE_OF(file), NULL), "it is good");
	EXPECT_EQ(s.peer_count, 2, "each peer once");
	EXPECT_STRING(s.peer[0].text, "tcp:example.org:7117", "as it was written");
	EXPECT_EQ(s.peer[1].port, 80, "its port");
	EXPECT_EQ(s.listen.port, 7118, "listen");
	EXPECT(read_all(FILE_OF(file),
		       LINE_OF("--peer", "udp:a:1", "--listen", "[::1]:9")),
		"both are good");
	EXPECT_EQ(s.peer_count, 1, "the list that was typed, not both");
	EXPECT_EQ(s.peer[0].way, WHERE_UDP, "what was typed");
	EXPECT_STRING(s.listen.host, "::1", "what was typed");
	EXPECT(read_all(NULL, 0, NULL) && s.listen.port == 0, "nobody is let in unasked");
}

TEST(who_may_read_here_is_an_id)
{
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const char *const wrong[] = { "care = bob\n", "care =\n",
		"care = " ID "0\n",
		"care = "
		"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n",
		"care = "
		"g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n" };

	EXPECT(read_all(FILE_OF("care = " ID "\ncare = " ID "\n"), NULL), "it is good");
	EXPECT_EQ(s.care_count, 1, "once");
	EXPECT(s.care[0].b[0] == 0x01 && s.care[0].b[31] == 0xef, "its bytes");
	for (size_t i = 0; i < array_len(wrong); i++) {
		EXPECT(!read_all(wrong[i], strlen(wrong[i]), NULL), wrong[i]);
		EXPECT(strstr(said, ":1: care is not an id") != NULL, wrong[i]);
	}
}

TEST(no_more_peers_than_there_are_places)
{
	static char file[64 * PEERS_DIALS_MAX];
	size_t len = 0;

	for (unsigned i = 0; i <= PEERS_DIALS_MAX; i++) {
		len += (size_t)snprintf(
			file + len, sizeof(file) - len, "peer = h%u:1\n", i);
		if (i + 1 == PEERS_DIALS_MAX)
			EXPECT(read_all(file, len, NULL), "as many as there are places");
	}
	EXPECT(!read_all(file, len, NULL), "one more is refused");
	EXPECT(strstr(said, ":65: peer is given too often") != NULL, "with its line");
}

TEST(no_more_interfaces_than_there_are_places)
{
	char file[1024];
	size_t len = 0;

	for (unsigned i = 0; i <= SETTINGS_INTERFACES_MAX; i++) {
		len += (size_t)snprintf(
			file + len, sizeof(file) - len, "iface = w%u\n", i);
		EXPECT(len < sizeof(file), "the file fits");
		if (i + 1 == SETTINGS_INTERFACES_MAX)
			EXPECT(read_all(file, len, NULL), "as many as there are places");
	}
	EXPECT(!read_all(file, len, NULL), "one more is refused");
	EXPECT(strstr(said, ":17: iface is given too often") != NULL, "with its line");
}

TEST(a_file_read_again_that_is_bad_changes_nothing)
{
	char name[] = "qanatd", option[] = "--name", empty[] = "", good[] = "fine";
	char *bad_line[] = { name, option, empty, NULL };
	char *good_line[] = { name, option, good, NULL };
	struct settings before;

	EXPECT(read_all(NULL, 0, LINE_OF("--name", "first")), "it is good");
	before = s;
	EXPECT(!settings_reread(&s, 3, bad_line), "this one is not");
	EXPECT(memcmp(&before, &s, sizeof(s)) == 0, "nothing has changed");
	EXPECT(settings_reread(&s, 3, good_line), "this one is");
	EXPECT_STRING(s.name, "fine", "it is taken");
}
