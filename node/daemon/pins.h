/* SPDX-License-Identifier: ISC */
/*
 * Pinned names in the state directory's file `names`, and the command that changes them.
 *
 *   names = "qanat names 1\n" count*{ id:64 " " name " " check:16 "\n" } "end " count "\n"
 *
 * check: the beginning of a hash over what stands before it. A file that is not whole is never
 * written over: the pins in it that can be read hold, and none can be changed until a person
 * has seen to it.
 */
#pragma once

#include "node/daemon/client.h"

#define PINS_FIX                                                                         \
	"put the file names in the state directory back from a copy, or move it away; "  \
	"then start the node again"

/* 0: read, or there is none; -EBADMSG damaged; or another negative errno. */
must_use int pins_load(const struct state *s, struct node *n);
must_use int pins_save(const struct state *s, const struct node *n);
/* The command `name`; the client is answered. */
void pins_command(struct client *c);
