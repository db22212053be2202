/* SPDX-License-Identifier: ISC */
/*
 * Two TUN interfaces and everything of node/inet between them: what one gives goes through a
 * door, is cut to an MTU, waits in a queue, goes through the other's door, is joined and
 * written. So the kernel on both sides judges what the room makes. B lets A in to the ports
 * named. Ends at SIGTERM with one JSON object on stdout.
 *
 *   tun_pump NAME-A NAME-B MTU [PORT...]
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "node/inet/coalesce.h"
#include "node/inet/door.h"
#include "node/inet/icmp.h"
#include "node/inet/queue.h"
#include "node/inet/segment.h"

enum { SLOTS = 16, BATCH = 8 };

struct side {
	int fd;
	struct door door;
	struct icmp icmp;
	struct coalescer coalescer;
	struct inet_queue queue; /* towards this side */
	struct address peer;
	uint64_t read, cut, answered, refused;
};

static struct side sides[2];
static size_t mtu;
static bool datagrams;
static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static struct instant now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return instant_us((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

static int tun_open(const char *name)
{
	const unsigned long offloads =
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
		perror(name);
		exit(1);
	}
	/* TUN_F_USO4 | TUN_F_USO6, which older headers do not have. */
	datagrams = ioctl(fd, TUNSETOFFLOAD, offloads | 0x20 | 0x40) == 0;
	if (!datagrams && ioctl(fd, TUNSETOFFLOAD, offloads) < 0) {
		perror("TUNSETOFFLOAD");
		exit(1);
	}
	return fd;
}

static void put_tun(struct side *s, struct bytes b)
{
	if (write(s->fd, b.data, b.len) < 0 && errno != EAGAIN)
		s->refused++;
}

/* Tells the sender that a packet cannot go on. */
static void answer(struct side *s, const struct packet *p, enum icmp_error error)
{
	static uint8_t buffer[OFFLOAD_SIZE + ICMP_MAX];
	struct icmp_problem problem = { error, (uint32_t)mtu, p->flow.destination };
	struct writer w = writer_of(buffer + OFFLOAD_SIZE, ICMP_MAX);

	if (!icmp_answer(&s->icmp, now(), &problem, p, &w))
		return;
	s->answered++;
	put_tun(s, bytes_of(buffer, OFFLOAD_SIZE + w.len));
}

/* One read of a TUN into the queue towards the other one. */
static bool take_in(struct side *from, struct side *to)
{
	static uint8_t buffer[COALESCE_BUFFER_SIZE];
	ssize_t len = read(from->fd, buffer, sizeof(buffer));
	struct segmenter s;
	struct offload o;
	struct packet p;
	enum segment_result result;

	if (len < OFFLOAD_SIZE || !offload_parse(&o, bytes_of(buffer, (size_t)len)))
		return false;
	if (!packet_parse(
		    &p, bytes_of(buffer + OFFLOAD_SIZE, (size_t)len - OFFLOAD_SIZE)) ||
		packet_is_multicast(&p.flow.destination))
		return true;
	from->read++;
	door_out(&from->door, now(), &p, &from->peer);
	result = segment_begin(&s, &o, &p, mtu);
	if (result == SEGMENT_TOO_BIG)
		answer(from, &p, ICMP_TOO_BIG);
	while (result == SEGMENT_GOOD) {
		struct queue_packet *q = queue_packet_new(mtu);

		q->len = segment_next(&s, q->bytes, mtu);
		if (q->len == 0) {
			queue_packet_free(q);
			break;
		}
		q->flow = packet_hash(&p);
		queue_add(&to->queue, now(), &from->peer, q);
		from->cut++;
	}
	return true;
}

static void give(struct side *from, struct side *to, const struct queue_packet *q)
{
	struct packet p;

	if (!packet_parse(&p, bytes_of(q->bytes, q->len)))
		abort();
	if (door_in(&to->door, now(), &p, &to->peer) != DOOR_PASS) {
		answer(from, &p, ICMP_PROHIBITED);
		return;
	}
	while (!coalesce_add(&to->coalescer, &p))
		put_tun(to, coalesce_take(&to->coalescer));
}

static void give_all(struct side *from, struct side *to)
{
	const struct queue_destination *d;
	struct bytes b;

	for (unsigned class = 0; class < QUEUE_CLASSES; class ++)
		while ((d = queue_next(&to->queue, (enum queue_class) class, NULL)) !=
			NULL) {
			struct queue_packet *q = queue_take(
				&to->queue, now(), (enum queue_class) class, d);

			if (q != NULL)
				give(from, to, q);
			queue_packet_free(q);
		}
	while ((b = coalesce_take(&to->coalescer)).len > 0)
		put_tun(to, b);
}

static void print(const char *name, const struct side *s)
{
	printf("\"%s\":{\"read\":%llu,\"cut\":%llu,\"given\":%llu,\"joined\":%llu,"
	       "\"denied\":%llu,\"answered\":%llu,\"refused\":%llu}",
		name, (unsigned long long)s->read, (unsigned long long)s->cut,
		(unsigned long long)s->coalescer.packets,
		(unsigned long long)s->coalescer.joined,
		(unsigned long long)s->door.verdicts[DOOR_DENY],
		(unsigned long long)s->answered, (unsigned long long)s->refused);
}

static void side_init(struct side *s, const char *name, uint8_t peer)
{
	s->fd = tun_open(name);
	s->peer = (struct address){ { 0xfd, [15] = peer } };
	door_init(&s->door, now());
	icmp_init(&s->icmp, now());
	queue_init(&s->queue);
	coalesce_init(&s->coalescer, mem_new((size_t)SLOTS * COALESCE_BUFFER_SIZE), SLOTS,
		datagrams);
}

int main(int argc, char **argv)
{
	struct sigaction on_end = { .sa_handler = end };

	if (argc < 4)
		return 2;
	sigaction(SIGTERM, &on_end, NULL);
	sigaction(SIGINT, &on_end, NULL);
	mtu = (size_t)strtoul(argv[3], NULL, 10);
	side_init(&sides[0], argv[1], 2);
	side_init(&sides[1], argv[2], 1);
	for (int i = 4; i < argc; i++) {
		uint16_t port = (uint16_t)strtoul(argv[i], NULL, 10);

		if (!door_allow(&sides[1].door, &sides[1].peer, PROTOCOL_TCP, port) ||
			!door_allow(&sides[1].door, &sides[1].peer, PROTOCOL_UDP, port))
			return 1;
	}
	fprintf(stderr, "ready\n");
	while (!ended) {
		struct pollfd polled[2] = { { sides[0].fd, POLLIN, 0 },
			{ sides[1].fd, POLLIN, 0 } };

		if (poll(polled, 2, 1000) < 0)
			continue;
		for (unsigned i = 0; i < 2; i++) {
			for (unsigned n = 0;
				n < BATCH && take_in(&sides[i], &sides[1 - i]); n++)
				;
			give_all(&sides[i], &sides[1 - i]);
		}
	}
	printf("{\"datagrams\":%s,", datagrams ? "true" : "false");
	print("a", &sides[0]);
	printf(",");
	print("b", &sides[1]);
	printf("}\n");
	return 0;
}
