/* SPDX-License-Identifier: ISC */
/* The codec of care. */
#include "node/core/care_wire.h"

static bool piece_fits(const struct care_message *m)
{
	if (m->count > CARE_PIECES_MAX || m->number >= m->count)
		return false;
	if (m->number + 1 < m->count)
		return m->bytes.len == CARE_PIECE_SIZE;
	return m->bytes.len >= 1 && m->bytes.len <= CARE_PIECE_SIZE;
}

static bool again_parse(struct care_message *m, struct reader *r)
{
	m->again_count = r->left / 2;
	if (m->again_count < 1 || m->again_count > CARE_AGAIN_MAX)
		return false;
	for (size_t i = 0; i < m->again_count; i++) {
		m->again[i] = read_u16(r);
		if (m->again[i] >= CARE_PIECES_MAX)
			return false;
	}
	return true;
}

bool care_parse(struct care_message *m, struct bytes body)
{
	struct reader r = reader_of(body);
	unsigned op = read_u8(&r);
	bool fits = true;

	*m = (struct care_message){ .op = (enum care_op)op, .token = read_u64(&r) };
	if (op > CARE_DONE)
		return false;
	switch (m->op) {
	case CARE_ASK:
		m->bytes = read_rest(&r);
		fits = m->bytes.len >= 1 && m->bytes.len <= NODE_CARE_REQUEST_MAX;
		break;
	case CARE_REFUSED:
		m->why = read_u8(&r);
		break;
	case CARE_PIECE:
		m->count = read_u16(&r);
		m->number = read_u16(&r);
		m->bytes = read_rest(&r);
		fits = piece_fits(m);
		break;
	case CARE_AGAIN:
		fits = again_parse(m, &r);
		break;
	case CARE_WORKING:
	case CARE_DONE:
		break;
	}
	return fits && read_ended(&r);
}

void care_write(struct writer *w, const struct care_message *m)
{
	write_u8(w, (uint8_t)m->op);
	write_u64(w, m->token);
	switch (m->op) {
	case CARE_REFUSED:
		write_u8(w, m->why);
		break;
	case CARE_PIECE:
		write_u16(w, m->count);
		write_u16(w, m->number);
		write_bytes(w, m->bytes);
		break;
	case CARE_ASK:
		write_bytes(w, m->bytes);
		break;
	case CARE_AGAIN:
		for (size_t i = 0; i < m->again_count; i++)
			write_u16(w, m->again[i]);
		break;
	case CARE_WORKING:
	case CARE_DONE:
		break;
	}
}
