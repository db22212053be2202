/* SPDX-License-Identifier: ISC */
/*
 * The way to the Internet, both ends: this machine's own uplink, offered to the mesh when the
 * settings say so and it is there; and default routes by the mesh while a gateway is known.
 */
#pragma once

#include "node/link/interfaces.h"

struct daemon;

struct uplink {
	struct uplinks found; /* of this machine; none where it is no gateway */
	bool watched;         /* changes of routes are told */
	/* as the warden was told */
	bool gateway, routes;
	/* it could not, and is not asked again until the settings are read anew */
	bool gateway_failed, routes_failed;
};

/* Looks at what is there and brings about what the settings ask. */
void uplink_follow(struct daemon *d);
/* Routes follow the gateway: cheap, for every turn of the loop. */
void uplink_routes(struct daemon *d);
/* The settings have been read anew. */
void uplink_reread(struct daemon *d);
/* The node is stopping: what is offered is taken back. True: that is to be told first. */
must_use bool uplink_withdraw(struct daemon *d);
/* The warden is gone, and with it all that it had set up. */
void uplink_lost(struct daemon *d);
