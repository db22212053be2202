/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/daemon/resolver.h"
#include "node/inet/dns.h"
#include "node/wire/writer.h"
#include "tests/test.h"

static struct daemon d;
static struct keypair keys;
static struct rng_seeded luck;
static uint8_t query[64], got[2048];
static size_t query_len;

static void begin(void)
{
	struct node_config c = { .self = &keys, .name = "ada", .log = &d.log };
	struct rng rng = rng_seeded_init(&luck, 1);

	EXPECT_EQ(crypto_start(), 0, "the library");
	keypair_new(&keys, &rng);
	memset(&d, 0, sizeof(d));
	c.rng = rng;
	d.self = keys;
	memcpy(d.settings.name, c.name, sizeof(c.name));
	d.node = node_new(&c, daemon_now());
	d.loop = ev_loop_new(EVFLAG_AUTO);
	query_len = sizeof("\1\2\1\0\0\1\0\0\0\0\0\0\3ada\5qanat\0\0\34\0\1") - 1;
	memcpy(query, "\1\2\1\0\0\1\0\0\0\0\0\0\3ada\5qanat\0\0\34\0\1", query_len);
}

static void end(void)
{
	resolver_close(&d);
	node_free(d.node);
	ev_loop_destroy(d.loop);
}

static struct sockaddr_in loopback(uint16_t port, uint32_t address)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(address) };
}

/* A socket of ours at a free port, which goes into *port. */
static int bound(int kind, uint32_t address, uint16_t *port)
{
	int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = loopback(0, address);
	socklen_t len = sizeof(at);

	EXPECT(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
			getsockname(fd, (struct sockaddr *)&at, &len) == 0,
		"a socket");
	EXPECT(kind != SOCK_STREAM || listen(fd, 32) == 0, "that listens");
	*port = ntohs(at.sin_port);
	return fd;
}

static int client(int kind, uint16_t port)
{
	int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = loopback(port, INADDR_LOOPBACK);

	EXPECT(fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0,
		"it connects");
	return fd;
}

static void serve(void)
{
	for (int i = 0; i < 4; i++)
		ev_run(d.loop, EVRUN_NOWAIT);
}

/* Serves until something can be read, at most two seconds; -1: nothing came, 0: closed. */
static ssize_t receive(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	for (int i = 0; i < 200; i++) {
		serve();
		if (poll(&p, 1, 10) > 0)
			return recv(fd, got, sizeof(got), 0);
	}
	return -1;
}

static bool is_answer(const uint8_t *at)
{
	return memcmp(at, query, 2) == 0 && (at[2] & 0x80) != 0 && (at[3] & 15) == 0 &&
	       at[7] == 1;
}

static void write_framed(int fd, const uint8_t *data, size_t len)
{
	uint8_t framed[600];
	struct writer w = writer_of(framed, sizeof(framed));

	write_u16(&w, (uint16_t)len);
	write_bytes(&w, bytes_of(data, len));
	EXPECT(!w.overflow && send(fd, framed, w.len, MSG_NOSIGNAL) == (ssize_t)w.len,
		"it is sent");
}

TEST(a_packet_is_answered_and_junk_is_counted)
{
	struct resolver_status s;
	uint16_t port;
	int fd;

	begin();
	EXPECT_EQ(
		resolver_take(&d, bound(SOCK_DGRAM, INADDR_LOOPBACK, &port)), 0, "taken");
	fd = client(SOCK_DGRAM, port);
	EXPECT(send(fd, "junk", 4, 0) == 4 && send(fd, got, 2000, 0) == 2000 &&
			send(fd, query, query_len - 1, 0) > 0 &&
			send(fd, query, query_len, 0) > 0,
		"junk, too much, a query that was cut, and a query");
	EXPECT(receive(fd) >= 12 && (got[3] & 15) == DNS_FORMERR, "what was cut");
	EXPECT(receive(fd) > 12 && is_answer(got), "and the answer");
	EXPECT(memcmp(got + query_len + 12, node_address(d.node).b, 16) == 0,
		"is the address");
	resolver_status(&d, &s);
	EXPECT(s.up && s.queries == 3 && s.answered == 1 && s.malformed == 3, "counted");
	close(fd);
	end();
}

TEST(a_stream_is_answered_message_by_message)
{
	uint8_t framed[128];
	struct writer w = writer_of(framed, sizeof(framed));
	uint16_t port;
	size_t len;
	int fd;

	begin();
	EXPECT_EQ(resolver_take(&d, bound(SOCK_STREAM, INADDR_LOOPBACK, &port)), 0,
		"taken");
	fd = client(SOCK_STREAM, port);
	write_u16(&w, (uint16_t)query_len);
	write_bytes(&w, bytes_of(query, query_len));
	for (size_t i = 0; i < w.len; i++) {
		EXPECT_EQ(send(fd, framed + i, 1, MSG_NOSIGNAL), 1, "byte by byte");
		serve();
	}
	EXPECT(receive(fd) > 14 && is_answer(got + 2), "it is answered");
	len = 2 + ((size_t)got[0] << 8 | got[1]);
	write_u16(&w, (uint16_t)query_len);
	write_bytes(&w, bytes_of(query, query_len));
	EXPECT_EQ(send(fd, framed, w.len, MSG_NOSIGNAL), (ssize_t)w.len, "two in one");
	for (ssize_t n, all = 0; all < (ssize_t)(2 * len); all += n) {
		n = receive(fd);
		EXPECT(n == (ssize_t)len || n == (ssize_t)(2 * len), "are two answers");
		EXPECT(is_answer(got + 2) && is_answer(got + n - len + 2), "and whole");
	}
	write_framed(fd, (const uint8_t *)"junkjunkjunkjunk", 16);
	EXPECT(receive(fd) >= 14, "what is not implemented is said");
	write_framed(fd, query, 11);
	EXPECT_EQ(receive(fd), 0, "what is shorter than a header ends it");
	close(fd);
	fd = client(SOCK_STREAM, port);
	EXPECT_EQ(send(fd, "\377\377", 2, MSG_NOSIGNAL), 2, "a length");
	EXPECT_EQ(receive(fd), 0, "that is too large ends it");
	close(fd);
	end();
}

TEST(streams_are_few_and_short)
{
	int fds[RESOLVER_STREAMS_MAX + 1];
	uint16_t port;

	begin();
	EXPECT_EQ(resolver_take(&d, bound(SOCK_STREAM, INADDR_LOOPBACK, &port)), 0,
		"taken");
	for (size_t i = 0; i < array_len(fds); i++) {
		if (i == RESOLVER_STREAMS_MAX) {
			write_framed(fds[0], query, query_len);
			EXPECT(receive(fds[0]) > 14, "the first one asks");
		}
		fds[i] = client(SOCK_STREAM, port);
		serve();
	}
	EXPECT_EQ(receive(fds[1]), 0, "so the second one makes room for the last");
	write_framed(fds[0], query, query_len);
	EXPECT(receive(fds[0]) > 14, "the others stay");
	resolver_tick(&d, instant_add_ms(daemon_now(), RESOLVER_STREAM_MS - 1000));
	write_framed(fds[2], query, query_len);
	EXPECT(receive(fds[2]) > 14, "not for ever:");
	resolver_tick(&d, instant_add_ms(daemon_now(), RESOLVER_STREAM_MS + 1));
	for (size_t i = 0; i < array_len(fds); i++)
		EXPECT_EQ(receive(fds[i]), 0, "who asks nothing for 5 s is closed");
	for (size_t i = 0; i < array_len(fds); i++)
		close(fds[i]);
	end();
}

TEST(a_process_without_free_descriptors_rests_and_tries_again)
{
	struct pollfd p = { .events = POLLIN };
	struct rlimit old, few;
	uint16_t port;

	begin();
	EXPECT_EQ(resolver_take(&d, bound(SOCK_STREAM, INADDR_LOOPBACK, &port)), 0,
		"taken");
	p.fd = client(SOCK_STREAM, port);
	write_framed(p.fd, query, query_len);
	EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0, "the limit");
	few = (struct rlimit){ 3, old.rlim_max };
	EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0, "is lowered");
	serve();
	EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0, "and raised again");
	serve();
	EXPECT_EQ(poll(&p, 1, 0), 0, "who waits keeps nobody awake");
	resolver_tick(&d, daemon_now());
	EXPECT(receive(p.fd) > 14 && is_answer(got + 2), "and is answered later");
	close(p.fd);
	end();
}

TEST(a_port_that_is_taken_is_trouble_and_tried_again)
{
	struct resolver_status s;
	struct instant now = daemon_now();
	uint16_t port;
	int other, fd;

	begin();
	other = bound(SOCK_DGRAM, INADDR_LOOPBACK, &port);
	d.settings.dns_port = port;
	resolver_open(&d, now);
	resolver_status(&d, &s);
	EXPECT(!s.up && s.trouble != NULL && s.port == port, "it is said");
	close(other);
	resolver_tick(&d, instant_add_ms(now, 9000));
	resolver_status(&d, &s);
	EXPECT(!s.up, "not at once");
	resolver_tick(&d, instant_add_ms(now, 10000));
	resolver_status(&d, &s);
	EXPECT(s.up && s.trouble == NULL, "but soon");
	for (int i = 0; i < 2; i++) {
		fd = client(i == 0 ? SOCK_DGRAM : SOCK_STREAM, port);
		if (i == 0)
			EXPECT(send(fd, query, query_len, 0) > 0, "a packet");
		else
			write_framed(fd, query, query_len);
		EXPECT(receive(fd) > 12, "both ways are answered");
		close(fd);
	}
	d.settings.dns_port = 0;
	resolver_open(&d, now);
	resolver_status(&d, &s);
	EXPECT(!s.up && s.trouble == NULL, "port 0 is off");
	end();
}

TEST(only_sockets_on_loopback_are_taken)
{
	uint16_t port;
	int pipes[2];

	begin();
	EXPECT_EQ(resolver_take(&d, bound(SOCK_DGRAM, INADDR_ANY, &port)), -EINVAL,
		"not one for everybody");
	EXPECT_EQ(pipe2(pipes, O_CLOEXEC), 0, "a pipe");
	EXPECT_EQ(resolver_take(&d, pipes[0]), -ENOTSOCK, "nor a pipe");
	close(pipes[1]);
	EXPECT_EQ(resolver_take(&d, -1), -EBADF, "nor nothing");
	for (int i = 0; i < RESOLVER_SOCKETS_MAX; i++)
		EXPECT_EQ(
			resolver_take(&d, bound(SOCK_DGRAM, INADDR_LOOPBACK + 1, &port)),
			0, "any address of loopback");
	EXPECT_EQ(resolver_take(&d, bound(SOCK_DGRAM, INADDR_LOOPBACK, &port)), -ENOSPC,
		"eight at most");
	end();
}
