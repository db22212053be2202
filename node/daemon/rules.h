/* SPDX-License-Identifier: ISC */
/*
 * Who may reach this node's services over the IP interface: the rules of the door (node/inet),
 * kept in the file `allow` of the state directory, a line each:
 *
 *   ADDRESS ID SERVICE        an address of fd71::/16; an id in hex, or - when it was not known
 *
 * The address is what counts: it is a hash of the key. The id is for people.
 */
#pragma once

#include "node/base/ids.h"
#include "node/control/services.h"
#include "node/inet/door.h"

struct rule {
	struct address node;
	struct node_id id; /* zero: not known */
	struct service service;
};

struct rules {
	struct rule rows[DOOR_RULES_MAX];
	size_t count;
	bool damaged; /* the file could not be taken */
};

struct daemon;
struct client;

/* A whole id: 64 digits of lower-case hex. */
must_use bool rules_id(const char *text, struct node_id *out);
/* The address of the node that a whole address, or a whole id in hex, names. */
must_use bool rules_address(const char *text, struct address *out);
/* Loads the rules into the node. A damaged file is said, and nothing is allowed. */
void rules_load(struct daemon *d);
/* The commands allow and deny. */
void rules_command(struct client *c);
