/* SPDX-License-Identifier: ISC */
/*
 * A qanatd that does nothing but ask the warden: one line an order on stdout, then it waits
 * until its stdin is closed, or says that the warden is gone.
 *
 *   client [--socket PATH] WORD...
 *
 * WORD: tun[:MTU], foreign (with an address that is not ours), guard[:NAME,NAME...], dns,
 * uplink, gateway, each of these three also with :off; beat (for ever: all on and off again);
 * udp:ADDRESS (as a node in the mesh: a datagram to port 9, and whether one comes back);
 * quiet (whether a packet comes out of the device within a second).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/warden/warden.h"

static struct warden *w;
static struct warden_tun device = { .fd = -1 };
static struct warden_dns names = { -1, -1, { 0 } };

static int guard(char *list)
{
	const char *found[32];
	size_t count = 0;

	for (char *save, *s = strtok_r(list, ",", &save); s != NULL && count < 32;
		s = strtok_r(NULL, ",", &save))
		found[count++] = s;
	return warden_guard(w, found, count);
}

static int tun(const char *mtu, uint8_t first)
{
	struct address self = { { first, 0x71, [13] = 0xbe, 0xef, 0x01 } };

	return warden_tun(
		w, &self, *mtu != 0 ? (unsigned)strtoul(mtu, NULL, 10) : 1280, &device);
}

static int dns(bool on)
{
	if (names.udp >= 0) {
		close(names.udp);
		close(names.tcp);
		names.udp = -1;
	}
	return warden_dns(w, on, &names);
}

static int beat(void)
{
	char nothing[] = "", something[] = "v0";
	int err = 0;

	printf(".\n");
	fflush(stdout);
	while (err == 0) {
		err = guard(something);
		for (int on = 1; err == 0 && on >= 0; on--) {
			err = warden_uplink(w, on);
			if (err == 0)
				err = warden_gateway(w, on);
			if (err == 0)
				err = dns(on);
		}
		if (err == 0)
			err = guard(nothing);
	}
	return err;
}

/* ---- a node far away in the mesh, behind the device */

static uint32_t sum(const uint8_t *p, size_t len, uint32_t s)
{
	for (size_t i = 0; i < len; i++)
		s += (uint32_t)(i % 2 == 0 ? p[i] << 8 : p[i]);
	while (s >> 16 != 0)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

static void put16(uint8_t *at, uint32_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* From 100.71.0.5 or fd71::5, port 4000, behind an empty struct virtio_net_hdr. */
static size_t datagram(uint8_t *out, const char *to)
{
	static const uint8_t head4[] = { 0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0, 0, 100,
		71, 0, 5 };
	static const uint8_t head6[] = { 0x60, 0, 0, 0, 0, 12, 17, 64, 0xfd,
		0x71, [23] = 5 };
	static const uint8_t udp[] = { 0x0f, 0xa0, 0, 9, 0, 12, 0, 0, 'p', 'i', 'n',
		'g' };
	int six = strchr(to, ':') != NULL;
	size_t head = six ? 40 : 20, size = six ? 16 : 4;
	uint8_t *p = out + 10;

	memset(out, 0, 10);
	memcpy(p, six ? head6 : head4, head - size);
	if (inet_pton(six ? AF_INET6 : AF_INET, to, p + head - size) != 1)
		return 0;
	if (!six)
		put16(p + 10, ~sum(p, 20, 0));
	memcpy(p + head, udp, sizeof(udp));
	put16(p + head + 6,
		~sum(p + head, sizeof(udp), sum(p + head - 2 * size, 2 * size, 17 + 12)));
	return 10 + head + sizeof(udp);
}

/* Whether a packet to the node comes out of the device. */
static int heard(int ms)
{
	static const uint8_t four[] = { 100, 71, 0, 5 }, six[] = { 0xfd, 0x71, [15] = 5 };
	struct pollfd p = { .fd = device.fd, .events = POLLIN };
	uint8_t in[2048];

	while (poll(&p, 1, ms) > 0)
		if (read(device.fd, in, sizeof(in)) >= 10 + 32 &&
			(memcmp(in + 26, four, 4) == 0 || memcmp(in + 34, six, 16) == 0))
			return 1;
	return 0;
}

static int udp(const char *to)
{
	uint8_t out[100];
	size_t len = datagram(out, to);

	if (len == 0 || write(device.fd, out, len) != (ssize_t)len)
		return -EINVAL;
	return heard(1000) ? 0 : -ETIMEDOUT;
}

static int act(char *word)
{
	char *value = word + strcspn(word, ":");
	bool on;

	if (*value != 0)
		*value++ = 0;
	on = strcmp(value, "off") != 0;
	if (strcmp(word, "tun") == 0)
		return tun(value, 0xfd);
	if (strcmp(word, "foreign") == 0)
		return tun("", 0xfe);
	if (strcmp(word, "guard") == 0)
		return guard(value);
	if (strcmp(word, "dns") == 0)
		return dns(on);
	if (strcmp(word, "uplink") == 0)
		return warden_uplink(w, on);
	if (strcmp(word, "gateway") == 0)
		return warden_gateway(w, on);
	if (strcmp(word, "udp") == 0)
		return udp(value);
	if (strcmp(word, "quiet") == 0)
		return heard(1000) ? -EEXIST : 0;
	if (strcmp(word, "beat") == 0)
		return beat();
	return -ENOSYS;
}

static void say(const char *word, int err)
{
	printf("%s %s", word, err == 0 ? "ok" : strerror(-err));
	if (err == 0 && strcmp(word, "tun") == 0)
		printf(" %s%s%s%s", device.name, device.vnet ? " vnet" : "",
			device.tso ? " tso" : "", device.uso ? " uso" : "");
	if (err < 0 && *warden_reason(w) != 0)
		printf(": %s", warden_reason(w));
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *socket = NULL;
	struct pollfd p[2] = { { .fd = 0, .events = POLLIN } };
	int err;

	if (argc > 2 && strcmp(argv[1], "--socket") == 0) {
		socket = argv[2];
		argc -= 2;
		argv += 2;
	}
	err = warden_open(&w, socket);
	if (err < 0) {
		printf("open %s\n", strerror(-err));
		return 1;
	}
	for (int i = 1; i < argc; i++) {
		int done = act(argv[i]);

		say(argv[i], done);
		err = err < 0 ? err : done;
	}
	printf("ready\n");
	fflush(stdout);
	p[1] = (struct pollfd){ .fd = warden_fd(w), .events = POLLIN };
	(void)poll(p, 2, -1);
	if (p[1].revents != 0)
		printf("gone\n");
	if (device.fd >= 0)
		close(device.fd);
	warden_close(w);
	return err < 0;
}
