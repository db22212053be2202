/* SPDX-License-Identifier: ISC */
/* The list of kinds with their limits, and the codec of a message's envelope. */
#include "node/wire/message.h"

#include "node/wire/frame.h"

enum { ANY = FRAME_MAX };

const struct message_rule message_rules[MESSAGE_KINDS] = {
	[MESSAGE_PAD] = { "pad", 0, 0, 0 },
	[MESSAGE_HELLO] = { "hello", 8, ANY, TRUST_MESH },
	[MESSAGE_TC] = { "tc", 8, ANY, TRUST_MESH | TRUST_DATA },
	[MESSAGE_LSDB] = { "lsdb", 1, ANY, TRUST_DATA },
	[MESSAGE_ACK] = { "ack", 11, 128, TRUST_LINK },
	[MESSAGE_DATA] = { "data", 6, ANY, TRUST_LINK },
	[MESSAGE_PROBE] = { "probe", 0, 0, TRUST_LINK },
	[MESSAGE_RELAY] = { "relay", 51, ANY, TRUST_DATA },
	[MESSAGE_ECHO] = { "echo", 8, 1024, TRUST_SESSION },
	[MESSAGE_ECHO_REPLY] = { "echo-reply", 8, 1024, TRUST_SESSION },
	[MESSAGE_STREAM] = { "stream", 4, ANY, TRUST_SESSION },
	[MESSAGE_SYNC] = { "sync", 1, ANY, TRUST_SESSION },
	[MESSAGE_IP] = { "ip", 6, ANY, TRUST_SESSION },
	[MESSAGE_MEMBER] = { "member", 2, 640, TRUST_MESH | TRUST_LINK | TRUST_DATA },
	[MESSAGE_CARE] = { "care", 9, 1037, TRUST_SESSION },
	[MESSAGE_BEAT] = { "beat", 5, 64, TRUST_MESH },
};

enum message_next message_read(struct reader *r, struct message *m)
{
	unsigned kind, len;

	if (r->left == 0)
		return r->failed ? MESSAGE_BAD : MESSAGE_NONE;
	kind = read_u8(r);
	if (kind == MESSAGE_PAD)
		return MESSAGE_NONE;
	len = read_u16(r);
	m->body = read_bytes(r, len);
	if (!read_good(r) || kind >= MESSAGE_KINDS)
		return MESSAGE_BAD;
	m->kind = (enum message_kind)kind;
	if (len < message_rules[kind].min || len > message_rules[kind].max)
		return MESSAGE_BAD;
	return MESSAGE_GIVEN;
}

size_t message_begin(struct writer *w, enum message_kind kind)
{
	size_t begun = w->len;

	write_u8(w, (uint8_t)kind);
	write_u16(w, 0);
	return begun;
}

bool message_end(struct writer *w, size_t begun)
{
	if (w->overflow || w->len - begun - MESSAGE_HEADER_SIZE > UINT16_MAX) {
		writer_cut(w, begun);
		return false;
	}
	write_u16_at(w, begun + 1, (uint16_t)(w->len - begun - MESSAGE_HEADER_SIZE));
	return true;
}

bool message_write(struct writer *w, enum message_kind kind, struct bytes body)
{
	size_t begun = message_begin(w, kind);

	write_bytes(w, body);
	return message_end(w, begun);
}
