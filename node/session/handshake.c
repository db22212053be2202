/* SPDX-License-Identifier: ISC */
/* The symmetric state of Noise section 5.2, and the three messages of XX upon it. */
#include "node/session/handshake.h"

#include "node/crypto/hash.h"
#include "node/crypto/keys.h"
#include "node/crypto/seal.h"
#include "node/wire/reader.h"

static const char protocol_name[] = "Noise_XX_25519_ChaChaPoly_BLAKE2b";

enum { MESSAGES = 3 };

static void mix_hash(struct handshake *h, struct bytes data)
{
	kdf_hash(bytes_of(h->hash, sizeof(h->hash)), data, h->hash);
}

static void mix_key(struct handshake *h, struct bytes secret)
{
	uint8_t key[KDF_HASH_SIZE];

	kdf_two(h->chain, secret, h->chain, key);
	memcpy(h->key, key, sizeof(h->key));
	h->keyed = true;
	h->number = 0;
	wipe(key, sizeof(key));
}

static bool mix_dh(
	struct handshake *h, const struct handshake_key *own, const uint8_t theirs[32])
{
	uint8_t shared[32];

	if (!keys_x25519(own->secret, theirs, shared))
		return false;
	mix_key(h, bytes_of(shared, sizeof(shared)));
	wipe(shared, sizeof(shared));
	return true;
}

/* EncryptAndHash. */
static bool seal_part(struct handshake *h, struct bytes part, struct writer *w)
{
	size_t begun = w->len;

	write_bytes(w, part);
	write_zeros(w, h->keyed ? SEAL_TAG_SIZE : 0);
	if (w->overflow)
		return false;
	if (h->keyed)
		seal_number(h->key, h->number++, bytes_of(h->hash, sizeof(h->hash)),
			w->at + begun, part.len);
	mix_hash(h, bytes_of(w->at + begun, w->len - begun));
	return true;
}

/* DecryptAndHash: out has room for part.len bytes. */
static bool open_part(struct handshake *h, struct bytes part, uint8_t *out, size_t *len)
{
	if (part.len > 0)
		memcpy(out, part.data, part.len);
	*len = part.len;
	if (h->keyed) {
		if (!open_number(h->key, h->number++, bytes_of(h->hash, sizeof(h->hash)),
			    out, part.len))
			return false;
		*len = part.len - SEAL_TAG_SIZE;
	}
	mix_hash(h, part);
	return true;
}

/* es: the initiator's ephemeral key with the responder's static one. */
static bool mix_es(struct handshake *h)
{
	if (h->initiator)
		return mix_dh(h, &h->own_ephemeral, h->their_static);
	return mix_dh(h, &h->own_static, h->their_ephemeral);
}

/* se: the initiator's static key with the responder's ephemeral one. */
static bool mix_se(struct handshake *h)
{
	if (h->initiator)
		return mix_dh(h, &h->own_static, h->their_ephemeral);
	return mix_dh(h, &h->own_ephemeral, h->their_static);
}

static bool is_our_turn(const struct handshake *h)
{
	return h->next <= MESSAGES && h->initiator == (h->next % 2 == 1);
}

void handshake_key_of(struct handshake_key *k, const uint8_t secret[HANDSHAKE_KEY_SIZE])
{
	memcpy(k->secret, secret, sizeof(k->secret));
	keys_x25519_public(k->secret, k->open);
}

void handshake_init(struct handshake *h, bool initiator,
	const struct handshake_key *own_static, const struct handshake_key *own_ephemeral,
	struct bytes prologue)
{
	memset(h, 0, sizeof(*h));
	h->initiator = initiator;
	h->next = 1;
	/* The name is shorter than a hash, so it is the first hash, padded with zeros. */
	memcpy(h->hash, protocol_name, sizeof(protocol_name) - 1);
	memcpy(h->chain, h->hash, sizeof(h->chain));
	h->own_static = *own_static;
	h->own_ephemeral = *own_ephemeral;
	mix_hash(h, prologue);
}

bool handshake_write(struct handshake *h, struct bytes payload, struct writer *w)
{
	const struct handshake_key *e = &h->own_ephemeral, *s = &h->own_static;

	check(is_our_turn(h));
	if (h->next < 3) {
		write_bytes(w, bytes_of(e->open, sizeof(e->open)));
		mix_hash(h, bytes_of(e->open, sizeof(e->open)));
	}
	if (h->next == 2 && !mix_dh(h, e, h->their_ephemeral))
		return false;
	if (h->next > 1 && !seal_part(h, bytes_of(s->open, sizeof(s->open)), w))
		return false;
	if (h->next > 1 && !(h->next == 2 ? mix_es(h) : mix_se(h)))
		return false;
	if (!seal_part(h, payload, w))
		return false;
	h->next++;
	return true;
}

bool handshake_read(
	struct handshake *h, struct bytes message, uint8_t *payload, size_t *payload_len)
{
	struct reader r = reader_of(message);
	uint8_t key[HANDSHAKE_KEY_SIZE + SEAL_TAG_SIZE];
	size_t len;

	check(h->next <= MESSAGES && !is_our_turn(h));
	if (h->next < 3) {
		read_copy(&r, h->their_ephemeral, sizeof(h->their_ephemeral));
		mix_hash(h, bytes_of(h->their_ephemeral, sizeof(h->their_ephemeral)));
	}
	if (!read_good(&r))
		return false;
	if (h->next == 2 && !mix_dh(h, &h->own_ephemeral, h->their_ephemeral))
		return false;
	if (h->next > 1) {
		if (!open_part(h, read_bytes(&r, sizeof(key)), key, &len))
			return false;
		memcpy(h->their_static, key, sizeof(h->their_static));
		if (!(h->next == 2 ? mix_es(h) : mix_se(h)))
			return false;
	}
	if (!open_part(h, read_rest(&r), payload, payload_len))
		return false;
	h->next++;
	return true;
}

void handshake_split(const struct handshake *h, uint8_t send_key[HANDSHAKE_KEY_SIZE],
	uint8_t receive_key[HANDSHAKE_KEY_SIZE])
{
	uint8_t first[KDF_HASH_SIZE], second[KDF_HASH_SIZE];

	check(h->next == MESSAGES + 1);
	kdf_two(h->chain, bytes_of(NULL, 0), first, second);
	memcpy(send_key, h->initiator ? first : second, HANDSHAKE_KEY_SIZE);
	memcpy(receive_key, h->initiator ? second : first, HANDSHAKE_KEY_SIZE);
	wipe(first, sizeof(first));
	wipe(second, sizeof(second));
}

void handshake_wipe(struct handshake *h)
{
	wipe(h, sizeof(*h));
}
