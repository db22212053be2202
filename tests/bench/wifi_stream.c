/* SPDX-License-Identifier: ISC */
/*
 * 100 packets a second by UDP from one namespace to an address in another one, for a time;
 * prints how many were lost and the longest time in which none arrived, as a line of JSON.
 *
 *	wifi_stream FROM TO ADDRESS SECONDS		namespaces of /run/netns
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 5300, GAP_US = 10000, LAST_US = 1000000, PACKET_BYTES = 64 };

struct stream {
	int out, in;
	int64_t last_us, silence_us; /* the last arrival; the longest silence before it */
	unsigned sent, arrived;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* A socket stays in the namespace in which it was made. */
static int socket_in(const char *space, int family)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", space);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
		fail(path);
	close(fd);
	fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("socket");
	return fd;
}

static void stream_open(struct stream *s, char **words)
{
	struct addrinfo wanted = { .ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct addrinfo *to;

	if (getaddrinfo(words[2], "5300", &wanted, &to) != 0)
		fail(words[2]);
	s->in = socket_in(words[1], AF_INET6);
	if (bind(s->in, (struct sockaddr *)&any, sizeof(any)) != 0)
		fail("bind");
	s->out = socket_in(words[0], to->ai_family);
	if (connect(s->out, to->ai_addr, to->ai_addrlen) != 0)
		fail(words[2]);
	freeaddrinfo(to);
}

static void silence_until(struct stream *s, int64_t at_us)
{
	if (at_us - s->last_us > s->silence_us)
		s->silence_us = at_us - s->last_us;
	s->last_us = at_us;
}

static void take_until(struct stream *s, int64_t until_us)
{
	uint8_t packet[PACKET_BYTES];
	int64_t left;

	while ((left = until_us - now_us()) > 0) {
		struct pollfd p = { .fd = s->in, .events = POLLIN };

		poll(&p, 1, (int)((left + 999) / 1000));
		while (recv(s->in, packet, sizeof(packet), 0) > 0) {
			s->arrived++;
			silence_until(s, now_us());
		}
	}
}

int main(int argc, char **argv)
{
	static const uint8_t packet[PACKET_BYTES];
	struct stream s = { 0 };
	int64_t at_us;
	unsigned count;

	if (argc != 5)
		return 2;
	count = (unsigned)strtoul(argv[4], NULL, 10) * (1000000 / GAP_US);
	stream_open(&s, argv + 1);
	s.last_us = at_us = now_us();
	for (; s.sent < count; s.sent++) {
		/* One that cannot be sent is lost. */
		if (send(s.out, packet, sizeof(packet), 0) < 0 && errno == EBADF)
			fail("send");
		at_us += GAP_US;
		take_until(&s, at_us);
	}
	/* Silent to the end is silent, but for what is still on its way. */
	at_us = now_us();
	if (s.last_us + LAST_US < at_us)
		silence_until(&s, at_us);
	take_until(&s, at_us + LAST_US);
	printf("{\"sent\":%u,\"lost\":%u,\"silence_ms\":%" PRId64 "}\n", s.sent,
		s.sent - s.arrived, s.silence_us / 1000);
	return 0;
}
