/* SPDX-License-Identifier: ISC */
/*
 * A whole mesh as one process sees it: its nodes, the links that the radio has, and the
 * routes that each node has. Times are microseconds of the clock that scripts read, too.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	MESH_NODES_MAX = 128,
	MESH_NONE = 255, /* no next hop, no node */
	MESH_ID_CHARS = 64,
};

struct mesh {
	const char *dir;
	bool kernel;
	unsigned count;
	char names[MESH_NODES_MAX][32];
	char ids[MESH_NODES_MAX][MESH_ID_CHARS + 1]; /* empty: not yet known; qanat */
	char addresses[MESH_NODES_MAX][INET6_ADDRSTRLEN]; /* of the streams */
	int netlink[MESH_NODES_MAX];                      /* kernel */
	uint8_t next[MESH_NODES_MAX][MESH_NODES_MAX];     /* from, to */
	bool linked[MESH_NODES_MAX][MESH_NODES_MAX];
	unsigned part[MESH_NODES_MAX]; /* nodes that links connect have the same */
	double x_m[MESH_NODES_MAX], y_m[MESH_NODES_MAX];
	int64_t read_us[MESH_NODES_MAX]; /* when each table was */
	unsigned blamed;                 /* whose table was at fault at the last walk */
	FILE *radio;
};

/* dir is one of sim/netns/mesh.sh, in whose namespaces this process runs; kernel: routes are
 * the kernel's, and node N is fd99::N+1, its interface fe80::N+1. Ends the program when
 * there is no such mesh. */
void mesh_open(struct mesh *m, const char *dir, bool kernel);
/* Ends the program when there is no such node. */
unsigned mesh_node(const struct mesh *m, const char *name);
/* A socket in the namespace of a node; the caller closes it. */
int mesh_socket(const struct mesh *m, unsigned node, int family, int type);
/* A stream to the socket NAME in dir, or -1. Answers are waited for 2 s at most. */
int mesh_connect(const char *dir, const char *name);

int64_t mesh_now_us(void);
void mesh_pause_ms(int64_t ms);
/* Ends the program, with errno's words. */
_Noreturn void mesh_fail(const char *what);
