/* SPDX-License-Identifier: ISC */
/*
 * Pinned names as plain values and as a JSON object. Ownership, strangers' texts and what
 * becomes null: as in status.h.
 */
#pragma once

#include "node/control/json_out.h"

struct shown_pin {
	struct node_id id;
	struct bytes name;
	struct address address;
	bool reachable;
	struct bytes announced; /* what the node calls itself; empty: not known */
};

/* qanat.name/1: all pins, or the one that was set or removed. */
void names_json(struct buffer *out, const struct shown_pin *pins, size_t count);
