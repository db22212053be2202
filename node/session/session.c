/* SPDX-License-Identifier: ISC */
/* Data frames: header as associated data, frame number as nonce. */
#include "node/session/session.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "node/crypto/seal.h"

struct session *session_new(const struct handshake *h, struct instant now)
{
	struct session *s = mem_new(sizeof(*s));

	handshake_split(h, s->send_key, s->receive_key);
	s->initiator = h->initiator;
	s->born = now;
	s->until = NEVER;
	window_init(&s->window);
	return s;
}

void session_free(struct session *s)
{
	if (s == NULL)
		return;
	wipe(s, sizeof(*s));
	mem_free(s);
}

static struct instant dies_at(const struct session *s)
{
	return instant_min(s->until, instant_add_ms(s->born, SESSION_DEAD_MS));
}

bool session_can_seal(const struct session *s, struct instant now)
{
	return session_can_open(s, now) && s->sent < SESSION_NUMBER_END;
}

bool session_can_open(const struct session *s, struct instant now)
{
	return !instant_due(dies_at(s), now);
}

size_t session_seal(struct session *s, uint8_t *buf, size_t len, uint64_t *number)
{
	struct frame_header h = { FRAME_DATA, 0, s->remote, s->sent };
	struct writer w = writer_of(buf, FRAME_HEADER_SIZE);

	check(s->sent < SESSION_NUMBER_END);
	*number = s->sent++;
	frame_header_write(&w, &h);
	seal_number(
		s->send_key, h.number, writer_bytes(&w), buf + FRAME_HEADER_SIZE, len);
	return FRAME_HEADER_SIZE + len + FRAME_TAG_SIZE;
}

bool session_open(struct session *s, const struct frame_header *h, uint8_t *frame,
	size_t len, struct drops *drops)
{
	struct bytes header = bytes_of(frame, FRAME_HEADER_SIZE);

	if (len < FRAME_HEADER_SIZE + FRAME_TAG_SIZE)
		return drop(drops, DROP_HEADER);
	if (h->number >= SESSION_NUMBER_END)
		return drop(drops, DROP_FORGED);
	if (!window_fresh(&s->window, h->number))
		return drop(drops, DROP_REPLAY);
	if (!open_number(s->receive_key, h->number, header, frame + FRAME_HEADER_SIZE,
		    len - FRAME_HEADER_SIZE))
		return drop(drops, DROP_FORGED);
	window_mark(&s->window, h->number);
	s->heard = true;
	return true;
}
