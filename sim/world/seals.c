/* SPDX-License-Identifier: ISC */
/*
 * Functions of node/crypto that are replaced in this program by the linker (--wrap in the
 * Makefile), to watch what nothing else can see (nonces), or to remember what was computed
 * before (signatures, key agreements: in a mesh every node checks the same bytes). The
 * objects that call them are the daemon's.
 *
 * What is remembered: that a signature was made here or found good, by a 64-bit keyed hash
 * over key, domain, text and signature; the result of an agreement by both public keys.
 */
#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "node/crypto/keys.h"
#include "node/crypto/seal.h"
#include "node/wire/frame.h"
#include "node/wire/message.h"
#include "sim/world/verdicts.h"

enum { SLOTS = 1 << 20, PROBES = 8 };

struct slot {
	uint64_t key, value;
};

/* A table that forgets what it has no room for. */
struct memory {
	struct slot *slots;
};

struct agreement {
	uint64_t key;
	uint8_t secret[32], public[32], result[32];
};

enum { AGREEMENTS = 1 << 12 };

/* What the text sealed last is made of. */
static struct {
	uint8_t header[FRAME_HEADER_SIZE];
	uint32_t bytes[MESSAGE_KINDS];
} made;

static struct memory signatures, nonces, opened, hops;
static struct agreement *publics, *agreements;
static struct seals_counters counters;
static uint8_t salt[16];
static enum verdict_kind broken = VERDICTS;

static struct slot *slot_of(struct memory *m, uint64_t key)
{
	struct slot *oldest;

	if (m->slots == NULL)
		m->slots = mem_array(SLOTS, sizeof(*m->slots));
	for (unsigned i = 0; i < PROBES; i++) {
		struct slot *s = &m->slots[(key + i) % SLOTS];

		if (s->key == key || s->key == 0)
			return s;
	}
	oldest = &m->slots[(key + key / SLOTS % PROBES) % SLOTS];
	*oldest = (struct slot){ 0, 0 };
	return oldest;
}

/* A new world: nothing that another one left is found again. */
void seals_reset(void)
{
	static uint64_t worlds;

	worlds++;
	memcpy(salt, &worlds, sizeof(worlds));
	counters = (struct seals_counters){ 0 };
	broken = VERDICTS;
}

struct seals_counters seals_counters(void)
{
	return counters;
}

enum verdict_kind seals_verdict(void)
{
	return broken;
}

/* ---- signatures ---- */

static uint64_t signature_key(const struct node_id *id, const char *tag,
	struct bytes data, const struct signature *sig)
{
	uint8_t both[4][8];
	uint64_t parts[4] = { siphash(salt, id->b, sizeof(id->b)),
		siphash(salt, tag, strlen(tag)), siphash(salt, data.data, data.len),
		siphash(salt, sig->b, sizeof(sig->b)) };

	memcpy(both, parts, sizeof(both));
	return siphash(salt, both, sizeof(both)) | 1;
}

void __real_sign(const struct keypair *k, const char *tag, struct bytes data,
	struct signature *out);
bool __real_sign_verify(const struct node_id *id, const char *tag, struct bytes data,
	const struct signature *sig);
void __wrap_sign(const struct keypair *k, const char *tag, struct bytes data,
	struct signature *out);
bool __wrap_sign_verify(const struct node_id *id, const char *tag, struct bytes data,
	const struct signature *sig);

void __wrap_sign(const struct keypair *k, const char *tag, struct bytes data,
	struct signature *out)
{
	uint64_t key;

	__real_sign(k, tag, data, out);
	counters.signatures++;
	key = signature_key(&k->id, tag, data, out);
	slot_of(&signatures, key)->key = key;
}

bool __wrap_sign_verify(const struct node_id *id, const char *tag, struct bytes data,
	const struct signature *sig)
{
	uint64_t key = signature_key(id, tag, data, sig);
	struct slot *s = slot_of(&signatures, key);

	counters.checks++;
	if (s->key == key) {
		counters.remembered++;
		return true;
	}
	if (!__real_sign_verify(id, tag, data, sig))
		return false;
	s->key = key;
	return true;
}

/* ---- agreements ---- */

void __real_keys_x25519_public(const uint8_t secret[32], uint8_t out[32]);
bool __real_keys_x25519(
	const uint8_t secret[32], const uint8_t point[32], uint8_t out[32]);
void __wrap_keys_x25519_public(const uint8_t secret[32], uint8_t out[32]);
bool __wrap_keys_x25519(
	const uint8_t secret[32], const uint8_t point[32], uint8_t out[32]);

static struct agreement *agreement_slot(struct agreement **all, uint64_t key)
{
	if (*all == NULL)
		*all = mem_array(AGREEMENTS, sizeof(**all));
	return &(*all)[key % AGREEMENTS];
}

void __wrap_keys_x25519_public(const uint8_t secret[32], uint8_t out[32])
{
	uint64_t key = siphash(salt, secret, 32);
	struct agreement *p = agreement_slot(&publics, key);

	if (p->key == key && memcmp(p->secret, secret, 32) == 0) {
		memcpy(out, p->public, 32);
		return;
	}
	__real_keys_x25519_public(secret, out);
	p->key = key;
	memcpy(p->secret, secret, 32);
	memcpy(p->public, out, 32);
}

bool __wrap_keys_x25519(
	const uint8_t secret[32], const uint8_t point[32], uint8_t out[32])
{
	uint8_t ours[32];
	struct agreement *a;
	bool first;
	uint64_t key;

	counters.agreements++;
	__wrap_keys_x25519_public(secret, ours);
	first = memcmp(ours, point, 32) < 0;
	key = siphash(salt, first ? ours : point, 32) ^
	      siphash(salt, first ? point : ours, 32) * 31;
	a = agreement_slot(&agreements, key);
	if (a->key == key && memcmp(a->secret, first ? ours : point, 32) == 0 &&
		memcmp(a->public, first ? point : ours, 32) == 0) {
		counters.agreements_remembered++;
		memcpy(out, a->result, 32);
		return true;
	}
	if (!__real_keys_x25519(secret, point, out))
		return false;
	a->key = key;
	memcpy(a->secret, first ? ours : point, 32);
	memcpy(a->public, first ? point : ours, 32);
	memcpy(a->result, out, 32);
	return true;
}

/* ---- nonces ---- */

void __real_seal_number(const uint8_t key[32], uint64_t number, struct bytes ad,
	uint8_t *text, size_t len);
void __real_seal_nonce(const uint8_t key[32], const uint8_t nonce[24], struct bytes ad,
	uint8_t *text, size_t len);
void __wrap_seal_number(const uint8_t key[32], uint64_t number, struct bytes ad,
	uint8_t *text, size_t len);
void __wrap_seal_nonce(const uint8_t key[32], const uint8_t nonce[24], struct bytes ad,
	uint8_t *text, size_t len);

/* The same text again is no harm: chunks are sealed so on purpose. */
static void nonce_used(const uint8_t key[32], const void *nonce, size_t nonce_len,
	struct bytes ad, struct bytes sealed)
{
	uint8_t k[32 + 24] = { 0 };
	uint64_t used, text;
	struct slot *s;

	memcpy(k, key, 32);
	memcpy(k + 32, nonce, nonce_len);
	used = siphash(salt, k, 32 + nonce_len) | 1;
	text = siphash(salt, sealed.data, sealed.len) ^
	       siphash(salt, ad.data, ad.len) * 31;
	s = slot_of(&nonces, used);
	counters.seals++;
	if (s->key == used && s->value != text)
		broken = VERDICT_NONCE;
	*s = (struct slot){ used, text };
}

/* Data frames have their header as associated data; handshakes have a hash. */
static void messages_note(struct bytes ad, struct bytes text)
{
	enum { INNER_KIND = 4 /* in DATA */ };
	struct reader r = reader_of(text);
	struct message m;

	if (ad.len != FRAME_HEADER_SIZE)
		return;
	memset(&made, 0, sizeof(made));
	memcpy(made.header, ad.data, ad.len);
	while (message_read(&r, &m) == MESSAGE_GIVEN) {
		unsigned kind = m.kind;

		if (m.kind == MESSAGE_DATA && m.body.data[INNER_KIND] < MESSAGE_KINDS &&
			m.body.data[INNER_KIND] != MESSAGE_TC)
			kind = m.body.data[INNER_KIND];
		made.bytes[kind] += (uint32_t)m.body.len + MESSAGE_HEADER_SIZE;
	}
}

const uint32_t *seals_messages(struct bytes frame)
{
	return frame.len >= FRAME_HEADER_SIZE &&
			       memcmp(frame.data, made.header, FRAME_HEADER_SIZE) == 0
		       ? made.bytes
		       : NULL;
}

void __wrap_seal_number(const uint8_t key[32], uint64_t number, struct bytes ad,
	uint8_t *text, size_t len)
{
	messages_note(ad, bytes_of(text, len));
	__real_seal_number(key, number, ad, text, len);
	nonce_used(key, &number, sizeof(number), ad, bytes_of(text, len + SEAL_TAG_SIZE));
}

void __wrap_seal_nonce(const uint8_t key[32], const uint8_t nonce[24], struct bytes ad,
	uint8_t *text, size_t len)
{
	messages_note(ad, bytes_of(text, len));
	__real_seal_nonce(key, nonce, ad, text, len);
	nonce_used(key, nonce, SEAL_NONCE_SIZE, ad, bytes_of(text, len + SEAL_TAG_SIZE));
}

/* ---- replay ---- */

bool __real_open_number(const uint8_t key[32], uint64_t number, struct bytes ad,
	uint8_t *text, size_t len);
bool __wrap_open_number(const uint8_t key[32], uint64_t number, struct bytes ad,
	uint8_t *text, size_t len);

/* Data frames have their header as associated data; handshakes have a hash. */
bool __wrap_open_number(const uint8_t key[32], uint64_t number, struct bytes ad,
	uint8_t *text, size_t len)
{
	uint8_t k[40];
	struct slot *s;
	uint64_t used;

	if (!__real_open_number(key, number, ad, text, len))
		return false;
	if (ad.len != FRAME_HEADER_SIZE)
		return true;
	memcpy(k, key, 32);
	memcpy(k + 32, &number, sizeof(number));
	used = siphash(salt, k, sizeof(k)) | 1;
	s = slot_of(&opened, used);
	if (s->key == used)
		broken = VERDICT_TWICE;
	s->key = used;
	return true;
}

/* ---- hop limits ---- */

static uint64_t hop_key(struct bytes inner, const struct address *at)
{
	return (siphash(salt, inner.data, inner.len) ^
		       siphash(salt, at->b, sizeof(at->b))) |
	       1;
}

/* What a node passes on must be less than the most with which it came there: it may come
 * twice, over two ways. */
void seals_hop(struct bytes inner, const struct address *from, const struct address *to,
	unsigned hop_limit)
{
	uint64_t here = hop_key(inner, to), there;
	struct slot *s;

	if (from != NULL) {
		there = hop_key(inner, from);
		s = slot_of(&hops, there);
		if (s->key == there && s->value <= hop_limit)
			broken = VERDICT_HOPS;
	}
	s = slot_of(&hops, here);
	if (s->key != here || s->value < hop_limit)
		*s = (struct slot){ here, hop_limit };
}
