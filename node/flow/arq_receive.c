/* SPDX-License-Identifier: ISC */
/* What has arrived on a link, what of it was delivered before, and telling the other end. */
#include "node/flow/arq.h"

static void bits_shift(uint64_t *bits, size_t words, uint64_t by)
{
	if (by >= words * 64) {
		memset(bits, 0, words * sizeof(*bits));
		return;
	}
	for (size_t i = words; i-- > 0;) {
		size_t from = i - by / 64;
		uint64_t v = 0;

		if (i >= by / 64) {
			v = bits[from] << (by % 64);
			if (by % 64 != 0 && from > 0)
				v |= bits[from - 1] >> (64 - by % 64);
		}
		bits[i] = v;
	}
}

static void number_note(struct arq *a, uint64_t number)
{
	if (!a->heard) {
		a->heard = true;
		a->high = number;
		memset(a->arrived, 0, sizeof(a->arrived));
		a->arrived[0] = 1;
		return;
	}
	if (number > a->high) {
		bits_shift(a->arrived, array_len(a->arrived), number - a->high);
		a->high = number;
		a->arrived[0] |= 1;
		return;
	}
	if (a->high - number < ARQ_BITMAP_BITS)
		a->arrived[(a->high - number) / 64] |= (uint64_t)1
						       << (a->high - number) % 64;
}

void arq_arrived(
	struct arq *a, struct instant now, uint64_t number, bool wants, bool probe)
{
	struct instant at = instant_add_us(now, ARQ_ACK_DELAY_US);

	number_note(a, number);
	if (!wants)
		return;
	if (a->unacknowledged++ == 0)
		a->ack_rest = instant_add_us(now, ARQ_ACK_REST_US);
	if (probe || a->unacknowledged >= ARQ_ACK_FRAMES_MAX)
		at = now;
	else if (a->unacknowledged >= ARQ_ACK_FRAMES)
		at = instant_max(now, a->ack_rest);
	a->ack_at = instant_min(a->ack_at, at);
}

bool arq_sequence_new(struct arq *a, uint32_t sequence)
{
	uint32_t ahead = sequence - a->sequence_high, below = a->sequence_high - sequence;
	uint64_t *word, bit;

	if (a->sequence_doubted && ahead >= ARQ_SEQUENCE_BITS &&
		below >= ARQ_SEQUENCE_BITS)
		a->sequence_heard = false;
	a->sequence_doubted = false;
	if (!a->sequence_heard) {
		a->sequence_heard = true;
		a->sequence_high = sequence;
		memset(a->sequences, 0, sizeof(a->sequences));
		a->sequences[0] = 1;
		return true;
	}
	if (ahead != 0 && ahead < UINT32_MAX / 2) {
		bits_shift(a->sequences, array_len(a->sequences), ahead);
		a->sequence_high = sequence;
		a->sequences[0] |= 1;
		return true;
	}
	if (below >= ARQ_SEQUENCE_BITS)
		return false;
	word = &a->sequences[below / 64];
	bit = (uint64_t)1 << below % 64;
	if (*word & bit)
		return false;
	*word |= bit;
	return true;
}

bool arq_ack_due(const struct arq *a, struct instant now)
{
	return instant_due(a->ack_at, now);
}

bool arq_ack_wanted(const struct arq *a)
{
	return a->unacknowledged > 0;
}

static uint16_t credit_of(size_t held)
{
	return (uint16_t)(held < ARQ_HELD_MAX ? ARQ_HELD_MAX - held : 0);
}

void arq_ack_write(struct arq *a, struct writer *w, size_t held)
{
	uint8_t missing[ARQ_BITMAP_BITS / 8] = { 0 };
	size_t begun, len = 0;

	if (!a->heard)
		return;
	for (uint64_t i = 0; i + 1 < ARQ_BITMAP_BITS && i < a->high; i++)
		if (!(a->arrived[(i + 1) / 64] >> (i + 1) % 64 & 1)) {
			missing[i / 8] = (uint8_t)(missing[i / 8] | 1u << i % 8);
			len = i / 8 + 1;
		}
	begun = message_begin(w, MESSAGE_ACK);
	write_u64(w, a->high);
	write_u16(w, credit_of(held));
	write_u8(w, (uint8_t)len);
	write_bytes(w, bytes_of(missing, len));
	if (!message_end(w, begun))
		return;
	a->credit_told = credit_of(held);
	a->unacknowledged = 0;
	a->ack_at = NEVER;
}

void arq_credit_changed(struct arq *a, struct instant now, size_t held)
{
	if (a->heard && a->credit_told < ARQ_HELD_MAX / 4 &&
		credit_of(held) >= ARQ_HELD_MAX / 2)
		a->ack_at = instant_min(a->ack_at, now);
}
