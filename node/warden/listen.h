/* SPDX-License-Identifier: ISC */
/* The warden as a service: a process of its own for each connection. */
#pragma once

#include "node/base/check.h"

/* A Unix socket that listens at path, mode 0660, of the group qanat where there is one. */
must_use int listen_open(const char *path);

/* Takes connections until told to stop; then ends each and waits for what it puts back. */
void listen_serve(int listener, const char *directory);
