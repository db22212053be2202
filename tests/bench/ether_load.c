/* SPDX-License-Identifier: ISC */
/*
 * Load for the simulated radio: starts qanat-ether, attaches clients by its Unix socket,
 * keeps every queue full with real Ethernet frames for some seconds, and prints what came
 * through and the share of a core that the ether took.
 *
 * ether_load ETHER [NODES [SECONDS [SHAPE]]]      defaults: 30, 5, "full"
 *
 * Each frame carries its sender and a number; a frame that arrives changed, twice or at
 * the wrong node ends the run with exit code 1. SHAPE is full, line or grid.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NODES_MAX = 100, FRAME_BYTES = 1514, DEADLINE_S = 10, HEADER_BYTES = 14 };

#define BURST_EVERY_S 0.010

static char directory[64], socket_path[80], topology_path[80];
static pid_t ether;
static int clients[NODES_MAX];
static uint32_t sent[NODES_MAX], last[NODES_MAX][NODES_MAX];
static uint64_t arrived, changed;

static void clean(void)
{
	unlink(topology_path);
	unlink(socket_path);
	rmdir(directory);
}

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "ether_load: %s: %s\n", what, strerror(errno));
	if (ether > 0)
		kill(ether, SIGKILL);
	clean();
	exit(1);
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned topology_write(const char *shape, unsigned nodes)
{
	FILE *f = fopen(topology_path, "w");
	unsigned side = 1;

	if (!f)
		fail(topology_path);
	while ((side + 1) * (side + 1) <= nodes)
		side++;
	if (strcmp(shape, "grid") == 0) {
		nodes = side * side;
		fprintf(f, "grid %u %u\n", side, side);
	} else {
		fprintf(f, "%s %u\n", shape, nodes);
	}
	if (fclose(f))
		fail(topology_path);
	return nodes;
}

static void ether_start(const char *program)
{
	int ready[2];
	char fd[16], line[8];

	if (pipe(ready))
		fail("pipe");
	snprintf(fd, sizeof(fd), "%d", ready[1]);
	ether = fork();
	if (ether < 0)
		fail("fork");
	if (ether == 0) {
		close(ready[0]);
		execl(program, program, "--topology", topology_path, "--socket",
			socket_path, "--seed", "1", "--quiet", "--ready-fd", fd,
			(char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	if (read(ready[0], line, sizeof(line)) != 6)
		fail(program);
	close(ready[0]);
}

static void attach(unsigned node)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char hello[64];
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memcpy(a.sun_path, socket_path, strlen(socket_path));
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)))
		fail("connect");
	snprintf(hello, sizeof(hello), "node n%u mac 02:00:00:00:00:%02x", node, node);
	if (send(fd, hello, strlen(hello), 0) < 0 ||
		recv(fd, hello, sizeof(hello), 0) != 2 || memcmp(hello, "ok", 2) != 0)
		fail("hello");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	clients[node] = fd;
}

static void fill(uint8_t *frame, unsigned from, unsigned to, uint32_t number)
{
	const uint8_t header[HEADER_BYTES] = { 2, 0, 0, 0, 0, (uint8_t)to, 2, 0, 0, 0, 0,
		(uint8_t)from, 0x88, 0xb5 };

	memcpy(frame, header, sizeof(header));
	memcpy(frame + HEADER_BYTES, &number, sizeof(number));
	for (unsigned i = HEADER_BYTES + 4; i < FRAME_BYTES; i++)
		frame[i] = (uint8_t)(i * 7 + number);
}

static void take(unsigned node)
{
	uint8_t frame[FRAME_BYTES + 1], wanted[FRAME_BYTES];
	uint32_t number;
	ssize_t n;

	while ((n = recv(clients[node], frame, sizeof(frame), 0)) > 0) {
		unsigned from = frame[11];

		arrived++;
		if (n != FRAME_BYTES || from >= NODES_MAX) {
			changed++;
			continue;
		}
		memcpy(&number, frame + HEADER_BYTES, sizeof(number));
		fill(wanted, from, node, number);
		if (memcmp(frame, wanted, FRAME_BYTES) != 0 || number <= last[node][from])
			changed++;
		last[node][from] = number;
	}
}

/* Offers each node a little more than the whole channel can carry. */
static void load(unsigned nodes, double until)
{
	struct pollfd p[NODES_MAX];
	uint8_t frame[FRAME_BYTES];
	/* A node alone can send 1,256 frames a second: 1,600 for few, 800 for many. */
	unsigned burst = nodes > 8 ? 8 : 16;

	for (unsigned i = 0; i < nodes; i++)
		p[i] = (struct pollfd){ clients[i], POLLIN, 0 };
	while (seconds_now() < until) {
		for (unsigned i = 0; i < nodes; i++) {
			unsigned to = i + 1 < nodes ? i + 1 : i - 1;

			for (unsigned k = 0; k < burst; k++) {
				fill(frame, i, to, sent[i] + 1);
				if (send(clients[i], frame, FRAME_BYTES, 0) !=
					FRAME_BYTES)
					break;
				sent[i]++;
			}
		}
		for (double next = seconds_now() + BURST_EVERY_S; seconds_now() < next;) {
			if (poll(p, nodes, 2) < 0 && errno != EINTR)
				fail("poll");
			for (unsigned i = 0; i < nodes; i++)
				take(i);
		}
	}
}

static double cpu_seconds(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
	       (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
	unsigned nodes = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 30;
	double seconds = argc > 3 ? strtod(argv[3], NULL) : 5, begun;
	const char *shape = argc > 4 ? argv[4] : "full";
	struct rusage usage;
	int status;

	if (argc < 2 || nodes < 2 || nodes > NODES_MAX || seconds <= 0 || seconds > 60) {
		fprintf(stderr, "usage: ether_load ETHER [NODES [SECONDS [SHAPE]]]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	snprintf(directory, sizeof(directory), "%s/ether_load.XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(directory))
		fail(directory);
	snprintf(socket_path, sizeof(socket_path), "%s/air", directory);
	snprintf(topology_path, sizeof(topology_path), "%s/topology", directory);
	nodes = topology_write(shape, nodes);
	ether_start(argv[1]);
	for (unsigned i = 0; i < nodes; i++)
		attach(i);
	alarm((unsigned)seconds + DEADLINE_S);
	begun = seconds_now();
	load(nodes, begun + seconds);
	kill(ether, SIGTERM);
	if (wait4(ether, &status, 0, &usage) != ether)
		fail("wait");
	seconds = seconds_now() - begun;
	clean();
	printf("{\"bench\":\"ether_load\",\"shape\":\"%s\",\"nodes\":%u,\"seconds\":%.2f,"
	       "\"frames\":%llu,\"mbit_s\":%.2f,\"changed\":%llu,\"cpu_share\":%.3f}\n",
		shape, nodes, seconds, (unsigned long long)arrived,
		(double)arrived * FRAME_BYTES * 8 / seconds / 1e6,
		(unsigned long long)changed, cpu_seconds(&usage) / seconds);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || changed > 0 || arrived == 0)
		return 1;
	return 0;
}
