/* SPDX-License-Identifier: ISC */
/* One connection from its first order to the moment when all is put back. */
#pragma once

#include "node/base/check.h"

/* Readable for good once SIGTERM or SIGINT has come, which end this process no more. */
must_use int serve_stop(void);

/* Answers orders on fd until the other end closes it or stop is readable; closes fd last. */
void serve(int fd, int stop);

/* Puts back what a warden that was killed had changed in this network namespace. */
must_use int serve_restore(void);
