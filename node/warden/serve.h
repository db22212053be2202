/* SPDX-License-Identifier: ISC */
/* One connection from its first order to the moment when all is put back. */
#pragma once

#include "node/base/check.h"

/* Answers orders on fd until the other end closes it or this process is told to stop; closes
 * fd last. */
void serve(int fd);

/* Puts back what a warden that was killed had changed in this network namespace. */
must_use int serve_restore(void);

/* SIGTERM and SIGINT: serve ends after the order in hand. True once one has come. */
void serve_signals(void);
bool serve_stopped(void);
