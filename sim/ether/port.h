/* SPDX-License-Identifier: ISC */
/*
 * Where a node is attached: a TAP device, an interface through a packet socket, or a
 * client of the ether's Unix socket. Ports never block the ether: what the other side
 * does not take at once is lost and counted.
 */
#pragma once

#include "sim/ether/ether.h"

enum port_kind { PORT_TAP, PORT_PACKET, PORT_SOCKET };

struct port {
	/* private */
	struct ether *ether;
	enum port_kind kind;
	uint32_t node;
	int fd;
	bool warned;
	char name[32]; /* for the log */
	ev_io io;
};

/* Attaches node by an open descriptor, which the port takes; the ether owns the port. The
 * node must have no port yet. */
void port_open(
	struct ether *e, enum port_kind kind, uint32_t node, int fd, const char *name);
void port_close(struct port *p);

/* False: the other side did not take it. */
must_use bool port_send(struct port *p, struct bytes frame);

/* Descriptors for ports, or a negative errno. tap_open makes the device if there is none;
 * it vanishes with the descriptor. */
must_use int port_tap_open(const char *name);
must_use int port_packet_open(const char *interface);
