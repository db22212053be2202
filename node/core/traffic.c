/* SPDX-License-Identifier: ISC */
/* What crosses the air, counted by kind: what a kind of message costs is read off here. */
#include "node/core/core.h"

enum { DATA_HEADER_SIZE = 5 };

/* What a DATA message carries; itself when it carries nothing that is known. */
static enum message_kind inner_kind(const struct message *m)
{
	unsigned inner;

	if (m->kind != MESSAGE_DATA || m->body.len < DATA_HEADER_SIZE)
		return m->kind;
	inner = m->body.data[DATA_HEADER_SIZE - 1];
	return inner < MESSAGE_KINDS ? (enum message_kind)inner : MESSAGE_DATA;
}

void traffic_count(struct node *n, bool out, struct bytes messages)
{
	struct reader r = reader_of(messages);
	struct message m;

	while (message_read(&r, &m) == MESSAGE_GIVEN) {
		struct node_traffic *t = &n->traffic[out][inner_kind(&m)];

		t->messages++;
		t->bytes += MESSAGE_HEADER_SIZE + m.body.len;
	}
}

struct node_traffic node_traffic(const struct node *n, bool out, enum message_kind kind)
{
	check(kind < MESSAGE_KINDS);
	return n->traffic[out][kind];
}
