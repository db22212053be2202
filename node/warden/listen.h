/* SPDX-License-Identifier: ISC */
/* The warden as a service: a process of its own for each connection. */
#pragma once

#include "node/base/check.h"

/* A Unix socket that listens at path, mode 0660, of the group qanat where there is one; it
 * takes the place of whatever socket was there. */
must_use int listen_open(const char *path);

/* Takes connections until told to stop; those that are open then end by themselves. */
void listen_serve(int listener);
