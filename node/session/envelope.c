/* SPDX-License-Identifier: ISC */
/* The codec of handshake frames: what can be told of one without any state. */
#include "node/session/envelope.h"

#include "node/crypto/hash.h"

_Static_assert(
	ENVELOPE_MAX <= (int)SESSION_HANDSHAKE_MAX, "callers' buffers hold any frame");
_Static_assert(ENVELOPE_MAX == (int)SESSION_ENVELOPE_MAX, "as the contract says");
_Static_assert(
	ENVELOPE_2_MAX <= ENVELOPE_1_SIZE, "no answer is larger than what it answers");
_Static_assert(ENVELOPE_COOKIE_SIZE <= ENVELOPE_1_SIZE, "nor is a cookie");
_Static_assert(
	ENVELOPE_3_MIN >= FRAME_HEADER_SIZE + FRAME_TAG_SIZE, "nor a confirmation");

/* greeting = version:8 id:256 sender:32 receiver:32 payload */
bool greeting_parse(struct greeting *g, struct bytes text)
{
	struct reader r = reader_of(text);
	unsigned version = read_u8(&r);

	g->id = read_node_id(&r);
	g->sender = read_u32(&r);
	g->receiver = read_u32(&r);
	g->payload = read_rest(&r);
	return read_ended(&r) && version == GREETING_VERSION &&
	       g->payload.len <= SESSION_PAYLOAD_MAX;
}

void greeting_write(struct writer *w, const struct greeting *g)
{
	write_u8(w, GREETING_VERSION);
	write_id(w, &g->id);
	write_u32(w, g->sender);
	write_u32(w, g->receiver);
	write_bytes(w, g->payload);
}

/* opening = sender:32 zero:3344 */
bool opening_parse(uint32_t *sender, struct bytes text)
{
	struct reader r = reader_of(text);

	*sender = read_u32(&r);
	return text.len == ENVELOPE_1_PAYLOAD && id_is_zero(read_rest(&r)) &&
	       read_ended(&r);
}

void opening_write(struct writer *w, uint32_t sender)
{
	write_u32(w, sender);
	write_zeros(w, ENVELOPE_1_PAYLOAD - 4);
}

bool envelope_parse(const struct frame_header *h, size_t len, uint32_t *sender)
{
	*sender = (uint32_t)h->number;
	if (h->number >> 32 != 0)
		return false;
	switch (h->type) {
	case FRAME_HANDSHAKE_1:
		return h->receiver == 0 && *sender != 0 && len == ENVELOPE_1_SIZE;
	case FRAME_HANDSHAKE_2:
		return h->receiver != 0 && *sender != 0 && len >= ENVELOPE_2_MIN &&
		       len <= ENVELOPE_2_MAX;
	case FRAME_HANDSHAKE_3:
		return h->receiver != 0 && *sender != 0 && len >= ENVELOPE_3_MIN &&
		       len <= ENVELOPE_3_MAX;
	case FRAME_COOKIE:
		return h->receiver != 0 && *sender == 0 && len == ENVELOPE_COOKIE_SIZE;
	case FRAME_MULTICAST:
	case FRAME_DATA:
	case FRAME_PAIRING:
	case FRAME_TYPES:
		break;
	}
	return false;
}

struct bytes envelope_body(struct bytes frame)
{
	check(frame.len >= ENVELOPE_MIN);
	return bytes_of(frame.data + FRAME_HEADER_SIZE, frame.len - ENVELOPE_MIN);
}

struct writer envelope_begin(
	uint8_t *buf, enum frame_type type, uint32_t receiver, uint32_t sender)
{
	struct frame_header h = { type, 0, receiver, sender };
	struct writer w = writer_of(buf, ENVELOPE_MAX);

	frame_header_write(&w, &h);
	return w;
}

void envelope_end(struct writer *w, const struct envelope *e)
{
	uint8_t mac1[MAC_SIZE];

	cookie_mac1(e->mesh_key, e->sender, e->receiver, writer_bytes(w), mac1);
	write_bytes(w, bytes_of(mac1, sizeof(mac1)));
	write_zeros(w, MAC_SIZE);
	check(!w->overflow);
}

bool envelope_check(const struct envelope *e, struct bytes frame)
{
	uint8_t mac1[MAC_SIZE];
	size_t covered;

	if (frame.len < ENVELOPE_MIN)
		return false;
	covered = frame.len - ENVELOPE_MACS;
	cookie_mac1(
		e->mesh_key, e->sender, e->receiver, bytes_of(frame.data, covered), mac1);
	return secret_equal(mac1, frame.data + covered, sizeof(mac1));
}

void envelope_set_mac2(uint8_t *frame, size_t len, const uint8_t *cookie)
{
	size_t covered = len - MAC_SIZE;

	check(len >= ENVELOPE_MIN);
	if (cookie != NULL)
		cookie_mac2(cookie, bytes_of(frame, covered), frame + covered);
	else
		memset(frame + covered, 0, MAC_SIZE);
}

bool envelope_has_mac2(struct bytes frame)
{
	return !id_is_zero(bytes_of(frame.data + frame.len - MAC_SIZE, MAC_SIZE));
}
