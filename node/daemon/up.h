/* SPDX-License-Identifier: ISC */
/* The commands radios, up and down: which interfaces carry the mesh, from now on and after
 * restarts. */
#pragma once

#include "node/daemon/client.h"

void radios_command(struct client *c, struct instant now);
void up_command(struct client *c, struct instant now);
/* Whether the radio has joined by now, or cannot. */
void up_tick(struct client *c, struct instant now);
