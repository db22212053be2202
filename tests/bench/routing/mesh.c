/* SPDX-License-Identifier: ISC */
#include "tests/bench/routing/mesh.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

_Noreturn void mesh_fail(const char *what)
{
	fprintf(stderr, "routing_probe: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

int64_t mesh_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void mesh_pause_ms(int64_t ms)
{
	if (ms > 0)
		poll(NULL, 0, (int)ms);
}

int mesh_connect(const char *dir, const char *name)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 2 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s", dir, name);
	if (fd < 0)
		mesh_fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

unsigned mesh_node(const struct mesh *m, const char *name)
{
	for (unsigned i = 0; i < m->count; i++)
		if (strcmp(m->names[i], name) == 0)
			return i;
	fprintf(stderr, "routing_probe: %s: no such node\n", name);
	exit(EXIT_FAILURE);
}

int mesh_socket(const struct mesh *m, unsigned node, int family, int type)
{
	char path[256];
	int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), there, fd;

	snprintf(path, sizeof(path), "%s/ns/%s", m->dir, m->names[node]);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET) != 0)
		mesh_fail(path);
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || setns(here, CLONE_NEWNET) != 0)
		mesh_fail("socket");
	close(here);
	close(there);
	return fd;
}

static int netlink_open(const struct mesh *m, unsigned node)
{
	int fd = mesh_socket(m, node, AF_NETLINK, SOCK_RAW), on = 1, room = 1 << 20;

	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

void mesh_open(struct mesh *m, const char *dir, bool kernel)
{
	char path[256];
	FILE *f;
	int fd;

	m->dir = dir;
	m->kernel = kernel;
	snprintf(path, sizeof(path), "%s/nodes", dir);
	f = fopen(path, "r");
	if (f == NULL)
		mesh_fail(path);
	while (m->count < MESH_NODES_MAX && fscanf(f, "%31s", m->names[m->count]) == 1)
		m->count++;
	fclose(f);
	fd = mesh_connect(dir, "control");
	if (fd < 0 || (m->radio = fdopen(fd, "r+")) == NULL)
		mesh_fail("the radio");
	for (unsigned i = 0; m->kernel && i < m->count; i++) {
		m->netlink[i] = netlink_open(m, i);
		snprintf(m->addresses[i], sizeof(m->addresses[0]), "fd99::%x", i + 1);
	}
}
