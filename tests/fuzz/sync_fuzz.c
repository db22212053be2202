/* SPDX-License-Identifier: ISC */
/*
 * The formats of replication. The first byte chooses one; what follows is its input.
 * What parses must write back the same bytes, what opens must be sealed again to the
 * same bytes, and no parse may touch what it was not given.
 */
#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "node/crypto/seal.h"
#include "sync/content.h"
#include "sync/entry.h"
#include "sync/rights.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum format {
	FUZZ_ENTRY,
	FUZZ_COMMIT,
	FUZZ_GENESIS,
	FUZZ_CERTIFICATE,
	FUZZ_CHAIN,
	FUZZ_INVITE,
	FUZZ_INVITE_BLOB,
	FUZZ_MANIFEST,
	FUZZ_CHUNK,
	FUZZ_CHUNK_TEXT,
	FUZZ_NAME,
	FUZZ_INGEST,
	FUZZ_FORMATS
};

static const struct zone_key zone_key = { .epoch = 1, .key = { 0x71, 0x61, 0x6e } };
static struct chunker chunker;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	check(crypto_start() == 0);
	chunker_init(&chunker, zone_key.key);
	return 0;
}

static void fuzz_entry(struct bytes in)
{
	uint8_t out[ENTRY_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));
	struct entry e;

	if (!entry_parse(&e, in))
		return;
	entry_write(&w, &e);
	check(bytes_equal(writer_bytes(&w), in));
}

static void fuzz_commit(struct bytes in)
{
	static struct commit_entries entries;
	struct commit c;

	if (!commit_parse(&c, &entries, in))
		return;
	check(commit_size(entries.encoded, c.count) == in.len);
	(void)!commit_verify(&c);
}

static void fuzz_genesis(struct bytes in)
{
	struct genesis g;

	if (genesis_parse(&g, in))
		(void)!genesis_verify(&g, in);
}

static void fuzz_certificate(struct bytes in)
{
	struct certificate c;

	if (certificate_parse(&c, in))
		check(strlen(c.name) == c.name_len);
}

/* { length:16 certificate }*, judged for the folder and the owner that the last one
 * names. */
static void fuzz_chain(struct bytes in)
{
	struct reader r = reader_of(in);
	struct bytes chain[CHAIN_MAX];
	struct certificate top;
	size_t count = 0;

	while (r.left > 0 && count < CHAIN_MAX)
		chain[count++] = read_bytes(&r, read_u16(&r));
	if (!read_good(&r) || count == 0 || !certificate_parse(&top, chain[count - 1]))
		return;
	(void)!chain_verify(&top.folder, &top.issuer, chain, count);
	(void)!chain_expired(chain, count, top.not_before_s);
}

static void fuzz_invite(struct bytes in)
{
	uint8_t buffer[INVITE_TEXT_MAX];
	char text[INVITE_TEXT_MAX], again[INVITE_TEXT_MAX];
	struct invite i;

	if (in.len >= sizeof(text))
		return;
	memcpy(text, in.data, in.len);
	text[in.len] = '\0';
	if (invite_parse(&i, text, buffer, sizeof(buffer)) != 0)
		return;
	check(invite_write(again, sizeof(again), &i));
	check(strstr(text, again) != NULL);
}

/* The bytes of an invite, with the checksum that they should have. */
static void fuzz_invite_blob(struct bytes in)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t blob[INVITE_TEXT_MAX + 8];
	char text[INVITE_TEXT_MAX * 2] = "qanat1:";
	struct hash sum = hash_tagged("qanat invite 1", in);
	size_t n = strlen(text), bits = (in.len + 8) * 8;

	if (in.len > INVITE_TEXT_MAX)
		return;
	memcpy(blob, in.data, in.len);
	memcpy(blob + in.len, sum.b, 8);
	for (size_t at = 0; at < bits; at += 6) {
		unsigned v = 0;

		for (size_t b = at; b < at + 6; b++)
			v = v << 1 | (b < bits ? blob[b / 8] >> (7 - b % 8) & 1u : 0);
		text[n++] = alphabet[v];
	}
	fuzz_invite(bytes_of(text, n));
}

static void fuzz_manifest(struct bytes in)
{
	static uint8_t out[OBJECT_SIZE_MAX];
	static struct manifest m;
	struct writer w = writer_of(out, sizeof(out));

	if (!manifest_parse(&m, in))
		return;
	manifest_write(&w, &m);
	check(bytes_equal(writer_bytes(&w), in));
	check(manifest_length(&m) <= INT64_MAX);
}

static void fuzz_chunk(struct bytes in)
{
	uint8_t *plain = mem_new(CHUNK_PLAIN_MAX);
	size_t len;

	if (chunk_open(&zone_key, in, plain, &len))
		check(len >= 1 && len <= CHUNK_PLAIN_MAX);
	else
		check(len == 0);
	mem_free(plain);
}

/* What is inside the seal, sealed as it should be: fuzzes the decompressor's guard. */
static void fuzz_chunk_text(struct bytes in)
{
	struct hash key = hash_keyed(zone_key.key, "qanat chunk key 1", BYTES(""));
	struct hash nonce = hash_keyed(zone_key.key, "qanat chunk nonce 1", in);
	uint8_t *sealed = mem_new(24 + in.len + SEAL_TAG_SIZE);

	memcpy(sealed, nonce.b, 24);
	memcpy(sealed + 24, in.data, in.len);
	seal_nonce(key.b, sealed, BYTES(""), sealed + 24, in.len);
	fuzz_chunk(bytes_of(sealed, 24 + in.len + SEAL_TAG_SIZE));
	mem_free(sealed);
}

static void fuzz_name(struct bytes in)
{
	struct short_id file = { { 1 } }, parent = { { 2 } };
	uint8_t sealed[ENTRY_SEALED_NAME_MAX], out[ENTRY_NAME_MAX];
	size_t n, len;

	(void)!name_open(&zone_key, &file, &parent, in, out, &len);
	if (!name_allowed(in))
		return;
	n = name_seal(&zone_key, &file, &parent, in, sealed);
	check(name_open(&zone_key, &file, &parent, bytes_of(sealed, n), out, &len));
	check(bytes_equal(bytes_of(out, len), in));
}

/* Feeds pieces of piece bytes each, zeros as holes when told; the root. */
static struct hash ingest_root_of(struct bytes data, size_t piece, bool tell_holes)
{
	struct ingest *g = ingest_new(&zone_key, &chunker);
	struct ingest_object o;
	struct hash root;
	uint64_t size;
	uint8_t depth;

	for (size_t at = 0; at < data.len;) {
		size_t n = piece < data.len - at ? piece : data.len - at;
		struct bytes b = bytes_of(data.data + at, n);

		if (tell_holes && id_is_zero(b))
			ingest_hole(g, n);
		else
			ingest_data(g, b);
		while (ingest_take(g, &o))
			check(o.sealed.len <= OBJECT_SIZE_MAX);
		at += n;
	}
	ingest_end(g);
	while (ingest_take(g, &o))
		check(o.sealed.len <= OBJECT_SIZE_MAX);
	ingest_root(g, &depth, &root, &size);
	check(size == data.len && depth <= CONTENT_DEPTH_MAX &&
		(depth == 0) == (size == 0));
	ingest_free(g);
	return root;
}

/* { value:8 run:16 }*, as runs of bytes that change by one each. */
static void fuzz_ingest(struct bytes in)
{
	enum { DATA_MAX = 1 << 17 };
	uint8_t *data = mem_new(DATA_MAX);
	struct reader r = reader_of(in);
	struct hash whole, pieces;
	size_t len = 0;

	while (r.left >= 3) {
		uint8_t value = read_u8(&r);
		size_t run = read_u16(&r);

		for (; run > 0 && len < DATA_MAX; run--)
			data[len++] = value == 0 ? 0 : value++;
	}
	whole = ingest_root_of(bytes_of(data, len), DATA_MAX, false);
	pieces = ingest_root_of(
		bytes_of(data, len), in.len > 0 ? 64 + in.data[0] : 64, true);
	check(id_equal(&whole, &pieces));
	mem_free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const run[FUZZ_FORMATS])(struct bytes) = {
		[FUZZ_ENTRY] = fuzz_entry,
		[FUZZ_COMMIT] = fuzz_commit,
		[FUZZ_GENESIS] = fuzz_genesis,
		[FUZZ_CERTIFICATE] = fuzz_certificate,
		[FUZZ_CHAIN] = fuzz_chain,
		[FUZZ_INVITE] = fuzz_invite,
		[FUZZ_INVITE_BLOB] = fuzz_invite_blob,
		[FUZZ_MANIFEST] = fuzz_manifest,
		[FUZZ_CHUNK] = fuzz_chunk,
		[FUZZ_CHUNK_TEXT] = fuzz_chunk_text,
		[FUZZ_NAME] = fuzz_name,
		[FUZZ_INGEST] = fuzz_ingest,
	};

	if (size > 0 && data[0] < FUZZ_FORMATS)
		run[data[0]](bytes_of(data + 1, size - 1));
	return 0;
}
