/* SPDX-License-Identifier: ISC */
/*
 * What qanatd may still do once it listens to strangers: no capability, no new privilege, no
 * core file, no debugger, and of the system calls those that a node makes. For good, and for
 * all threads; capabilities only for the caller and the threads that it makes afterwards. Where
 * the kernel knows no filter of system calls, the rest holds, and the log says so.
 */
#pragma once

#include "node/base/check.h"
#include "node/base/log.h"

struct sandbox {
	bool wifi; /* nl80211 may be asked about stations */
};

/* Before the first thread is made. On failure, which is logged, part of it may be in force. */
must_use int sandbox_enter(const struct sandbox *what, const struct log *log);
