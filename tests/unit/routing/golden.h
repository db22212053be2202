/* SPDX-License-Identifier: ISC */
/* Packets in hex with comments, from tests/golden/packetbb, and what they say. */
#pragma once

#include "routing/hello.h"
#include "routing/tc.h"
#include "tests/test.h"

struct golden {
	uint8_t data[ROUTING_MESSAGE_MAX];
	size_t len;
};

/* name: without folder and ".hex"; ends the case when it is not there. */
struct golden golden_read(const char *name);
static inline struct bytes golden_bytes(const struct golden *g)
{
	return bytes_of(g->data, g->len);
}

struct address golden_address(uint8_t last);
struct announce golden_announce(void);
struct hello golden_hello(void);
struct tc golden_tc(void);
