/* SPDX-License-Identifier: ISC */
/*
 * What a node may be allowed to reach here, as words and as JSON.
 *
 *   service = PORT "/" PROTOCOL | PROTOCOL | "all"
 *   PROTOCOL = "tcp" | "udp" | a number of IANA's from 1 to 255
 *
 * Only tcp and udp have ports, from 1 to 65535.
 */
#pragma once

#include "node/base/text.h"
#include "node/control/json_out.h"

struct service {
	uint8_t protocol; /* 0: every one */
	uint16_t port;    /* 0: every one */
};

enum { SERVICE_TEXT_MAX = 16, SERVICE_TCP = 6, SERVICE_UDP = 17 };

/* False: not a service; *out is then not set. */
must_use bool service_parse(struct service *out, struct bytes word);
void service_text(struct text *t, const struct service *s);

/* One thing that is allowed. */
struct shown_rule {
	struct node_id id;
	struct bytes name; /* of the node, if known */
	struct address address;
	struct service service;
};

/* qanat.allow/1 or qanat.deny/1: the rules that hold now, of one node or of all. */
void services_json(struct buffer *out, const char *command,
	const struct shown_rule *rules, size_t count);
