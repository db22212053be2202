/* SPDX-License-Identifier: ISC */
/*
 * What a node is told to do: the command line, and an INI file with the same keys as the long
 * options. The command line wins; an unknown key is an error that names the nearest known one.
 */
#pragma once

#include <limits.h>
#include <stdio.h>

#include "node/base/log.h"
#include "node/core/node.h"
#include "node/link/peers.h"
#include "node/warden/warden.h"

enum {
	SETTINGS_INTERFACES_MAX = NODE_INTERFACES_MAX,
	SETTINGS_NAME_MAX = 107,
	SETTINGS_DNS_PORT = 7153
};

enum settings_when {
	WHEN_AUTO,
	WHEN_ON,
	WHEN_OFF,
	SETTINGS_CARE_MAX = NODE_CARERS_MAX / 2, /* the others are for `allow` */
};

struct settings {
	char state[PATH_MAX];
	char config[PATH_MAX]; /* empty: none */
	char name[ROUTING_NAME_MAX + 1];
	char iface[SETTINGS_INTERFACES_MAX][SETTINGS_NAME_MAX + 1];
	size_t iface_count;
	char ether[SETTINGS_INTERFACES_MAX][SETTINGS_NAME_MAX + 1];
	size_t ether_count;
	struct warden_radio radio; /* no interface: none */
	struct where peer[PEERS_DIALS_MAX];
	size_t peer_count;
	struct where listen;                    /* port 0: off */
	struct node_id care[SETTINGS_CARE_MAX]; /* who may read here over the mesh */
	size_t care_count;
	bool open, no_tun, log_json, check_only;
	/* interfaces that carry the mesh are shut to everything else; auto: those that have no
	 * address but a link-local one */
	enum settings_when guard;
	enum settings_when power_save; /* auto: on battery */
	bool dns;                      /* names are to be resolved by the whole machine */
	uint16_t dns_port;             /* on loopback; 0: none */
	bool gateway;                  /* let members use this machine's uplink */
	bool mesh_uplink;              /* use theirs */
	struct address refused[NODE_REFUSED_MAX]; /* members that may not use ours */
	size_t refused_count;
	enum log_level log_level;
};

/* The file of the state directory in which `qanat up` keeps what it was told, as lines of the
 * configuration. */
#define SETTINGS_UP "up"

/* How it went on: go on, or end with *exit_code (help, version, errors: said on stderr). */
must_use bool settings_read(struct settings *s, int argc, char **argv, int *exit_code);

/* Reads the file again over the command line; false: nothing changed, errors were said. */
must_use bool settings_reread(struct settings *s, int argc, char **argv);
