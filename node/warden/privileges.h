/* SPDX-License-Identifier: ISC */
/* What a process may do, only ever made less. */
#pragma once

#include <linux/capability.h>

#include "node/base/check.h"

#define PRIVILEGE(capability) (UINT64_C(1) << (capability))

/* Keeps of the capabilities that it has those in the mask, and can never have others: the
 * bounding, ambient and inheritable sets follow, no_new_privs is set. Threads that run
 * already are not touched. */
must_use int privileges_keep(uint64_t mask);
