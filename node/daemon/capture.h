/* SPDX-License-Identifier: ISC */
/* capture: this node's frames for programs at the control socket. */
#pragma once

#include "node/daemon/daemon.h"

struct client;

void capture_begin(struct client *c);
/* Gives what the node has seen to all who capture; their replies wait to be flushed. */
void capture_pump(struct daemon *d, struct instant now);
/* Tells a client what was lost, if that has changed. */
void capture_tick(struct client *c);
/* Lets the node look, or not, as somebody captures. */
void capture_follow(struct daemon *d);
