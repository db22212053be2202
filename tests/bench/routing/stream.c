/* SPDX-License-Identifier: ISC */
#include "tests/bench/routing/stream.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int socket_open(const struct stream *s, unsigned node, in_port_t port)
{
	struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = mesh_socket(s->m, node, AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK);

	inet_pton(AF_INET6, s->m->addresses[node], &here.sin6_addr);
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) != 0)
		mesh_fail(s->m->addresses[node]);
	return fd;
}

static void stream_take(struct stream *s, int fd)
{
	uint32_t packet[16];

	while (recv(fd, packet, sizeof(packet), 0) == sizeof(packet)) {
		int64_t now = mesh_now_us();

		if (packet[0] >= s->sent_max || s->arrived_us[packet[0]] != 0)
			continue;
		s->arrived_us[packet[0]] = now;
		if (now - atomic_exchange(&s->last_us, now) > STREAM_SILENCE_US)
			atomic_store(&s->calm_since_us, now);
	}
}

static void *stream_run(void *context)
{
	struct stream *s = context;
	struct sockaddr_in6 there = { .sin6_family = AF_INET6,
		.sin6_port = htons(STREAM_PORT) };
	int out = socket_open(s, s->from, 0), in = socket_open(s, s->to, STREAM_PORT);

	inet_pton(AF_INET6, s->m->addresses[s->to], &there.sin6_addr);
	s->began_us = mesh_now_us();
	for (unsigned i = 0; i < s->sent_max && !atomic_load(&s->end); i++) {
		uint32_t packet[16] = { i };
		int64_t next_us = s->began_us + (int64_t)(i + 1) * STREAM_GAP_US, left_us;

		sendto(out, packet, sizeof(packet), 0, (struct sockaddr *)&there,
			sizeof(there)); /* may have no route: it is lost */
		atomic_store(&s->sent, i + 1);
		while ((left_us = next_us - mesh_now_us()) > 0) {
			struct pollfd p = { .fd = in, .events = POLLIN };
			struct timespec wait = { .tv_nsec = left_us * 1000 };

			ppoll(&p, 1, &wait, NULL);
			stream_take(s, in);
		}
		stream_take(s, in);
	}
	close(in);
	close(out);
	return NULL;
}

void stream_start(struct stream *s, unsigned seconds)
{
	s->sent_max = seconds * (1000000 / STREAM_GAP_US);
	s->arrived_us = calloc(s->sent_max, sizeof(*s->arrived_us));
	if (s->arrived_us == NULL || pthread_create(&s->thread, NULL, stream_run, s) != 0)
		mesh_fail("stream");
}

unsigned stream_end(struct stream *s)
{
	unsigned lost = 0;

	atomic_store(&s->end, true);
	pthread_join(s->thread, NULL);
	s->ended_us = mesh_now_us();
	for (unsigned i = 0; i < atomic_load(&s->sent); i++)
		lost += s->arrived_us[i] == 0;
	return lost;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t stream_outage_us(struct stream *s, int64_t event_us, bool lead)
{
	int64_t last_us = lead ? 0 : event_us, longest_us = 0;

	qsort(s->arrived_us, s->sent_max, sizeof(*s->arrived_us), by_time);
	for (unsigned i = 0; i < s->sent_max; i++) {
		int64_t at_us = s->arrived_us[i];

		if (at_us == 0)
			continue;
		if (at_us > event_us && last_us > 0 && at_us - last_us > longest_us)
			longest_us = at_us - last_us;
		if (at_us > event_us || lead)
			last_us = at_us;
	}
	if (s->ended_us - last_us > longest_us)
		longest_us = s->ended_us - last_us;
	return longest_us;
}

bool stream_is_calm(const struct stream *s)
{
	int64_t now = mesh_now_us();

	return now - atomic_load(&s->last_us) < STREAM_SILENCE_US &&
	       now - atomic_load(&s->calm_since_us) > STREAM_CALM_US;
}
