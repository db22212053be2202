/* SPDX-License-Identifier: ISC */
/*
 * The examples of replication in node/PROTOCOL.md are what their formats say: the parsers
 * take them, signatures, seals and names by hash hold.
 */
#include "node/crypto/hash.h"
#include "sync/content.h"
#include "sync/entry.h"
#include "sync/messages.h"
#include "sync/rights.h"
#include "tests/property/examples.h"

/* ---- what is signed and stored ---- */

static struct zone_key zone_key(void)
{
	struct zone_key k = { .epoch = 1 };
	struct hash h = hash_tagged("qanat sample", BYTES("\xfa"));

	memcpy(k.key, h.b, sizeof(k.key));
	return k;
}

static struct hash folder(void)
{
	return genesis_folder(document_example("genesis"));
}

static uint64_t folder_tag(void)
{
	struct hash f = folder(), h = hash_tagged("qanat folder tag 1", id_bytes(&f));
	struct reader r = reader_of(id_bytes(&h));

	return read_u64(&r);
}

static bool accepts_entry(struct bytes b)
{
	uint8_t out[ENTRY_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));
	struct entry e;

	if (!entry_parse(&e, b))
		return false;
	entry_write(&w, &e);
	return bytes_equal(writer_bytes(&w), b);
}

static bool accepts_commit(struct bytes b)
{
	static struct commit_entries entries;
	struct commit c;

	return commit_parse(&c, &entries, b) && commit_verify(&c) && c.count == 1;
}

static bool accepts_genesis(struct bytes b)
{
	struct hash f = genesis_folder(b);
	struct genesis g;

	return genesis_parse(&g, b) && genesis_verify(&g, b) &&
	       document_says(id_bytes(&f));
}

static bool chain_holds(struct bytes *chain, size_t count)
{
	struct hash f = folder();
	struct genesis g;

	return genesis_parse(&g, document_example("genesis")) &&
	       chain_verify(&f, &g.owner, chain, count);
}

static bool accepts_certificate(struct bytes b)
{
	struct certificate c;

	return certificate_parse(&c, b) && c.kind == CERTIFICATE_MEMBER &&
	       chain_holds(&b, 1);
}

static bool accepts_certificate_invite(struct bytes b)
{
	struct bytes chain[] = { b, document_example("certificate") };
	struct certificate c;

	return certificate_parse(&c, b) && c.kind == CERTIFICATE_INVITE &&
	       chain_holds(chain, 2);
}

static bool accepts_invite(struct bytes b)
{
	static uint8_t buffer[INVITE_TEXT_MAX];
	char text[2 * INVITE_TEXT_MAX];
	struct invite i;

	if (b.len >= sizeof(text) || (b.len > 0 && memchr(b.data, 0, b.len) != NULL))
		return false;
	if (b.len > 0)
		memcpy(text, b.data, b.len);
	text[b.len] = '\0';
	return invite_parse(&i, text, buffer, sizeof(buffer)) == 0 && i.chain_count == 2;
}

static bool chunk_says(struct bytes b, const char *what, size_t times)
{
	static uint8_t out[CHUNK_PLAIN_MAX];
	struct zone_key key = zone_key();
	size_t len, each = strlen(what);

	if (b.len > CHUNK_SEALED_MAX || !chunk_open(&key, b, out, &len) ||
		len != times * each)
		return false;
	for (size_t i = 0; i < times; i++)
		if (memcmp(out + i * each, what, each) != 0)
			return false;
	return true;
}

static bool accepts_chunk(struct bytes b)
{
	return chunk_says(b, "hello\n", 1);
}

static bool accepts_chunk_zstd(struct bytes b)
{
	return chunk_says(b, "the water runs under the dry ground. ", 10);
}

static bool accepts_name(struct bytes b)
{
	struct zone_key key = zone_key();
	struct hash file = hash_tagged("qanat sample", BYTES("\2"));
	struct hash parent = hash_tagged("qanat sample", BYTES("\3"));
	uint8_t out[ENTRY_NAME_MAX];
	struct short_id f, p;
	size_t len;

	memcpy(f.b, file.b, sizeof(f.b));
	memcpy(p.b, parent.b, sizeof(p.b));
	return document_says(id_bytes(&f)) && document_says(id_bytes(&p)) &&
	       name_open(&key, &f, &p, b, out, &len) &&
	       bytes_equal(bytes_of(out, len), BYTES("hello.txt"));
}

static bool accepts_manifest(struct bytes b)
{
	static struct manifest m;
	static uint8_t out[OBJECT_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));

	if (!manifest_parse(&m, b))
		return false;
	manifest_write(&w, &m);
	return bytes_equal(writer_bytes(&w), b);
}

/* ---- messages ---- */

static bool accepts_greet(struct bytes b)
{
	struct greet g;

	return greet_parse(&g, b) && g.wall_s == 1700000000 && g.count == 2 &&
	       g.items[0].tag == folder_tag() && g.items[0].flags == GREET_KNOWN &&
	       g.items[0].need == 40960;
}

static bool accepts_cert(struct bytes b)
{
	struct bytes certificate;
	uint64_t tag;

	return cert_parse(&tag, &certificate, b) && tag == folder_tag() &&
	       accepts_certificate(certificate);
}

static bool accepts_certs(struct bytes b)
{
	struct hash id = certificate_id(document_example("certificate"));
	struct reader r = reader_of(id_bytes(&id));
	struct certs c;

	return certs_parse(&c, b) && c.count == 1 && c.ids[0] == read_u64(&r);
}

static uint64_t stream_tag(void)
{
	struct hash f = folder(), h;
	uint8_t name[72], seed[32] = { 0x51, 1 };
	struct keypair ada;
	struct writer w = writer_of(name, sizeof(name));
	struct reader r;

	write_id(&w, &f);
	keypair_from_seed(&ada, seed);
	write_id(&w, &ada.id);
	write_u64(&w, 0x1122334455667788);
	h = hash_tagged("qanat stream tag 1", writer_bytes(&w));
	r = reader_of(id_bytes(&h));
	return read_u64(&r);
}

static bool accepts_frontier(struct bytes b)
{
	struct frontier f;

	return frontier_parse(&f, b) && f.tag == folder_tag() &&
	       f.flags == FRONTIER_ASK && f.count == 1 &&
	       f.items[0].stream == stream_tag() && f.items[0].last == 7;
}

static bool accepts_commit_piece(struct bytes b)
{
	struct commit_piece p;

	return commit_piece_parse(&p, b) && p.stream == stream_tag() && p.total == 300;
}

static bool accepts_want(struct bytes b)
{
	struct hash id = chunk_id(document_example("chunk"));
	struct wants w;

	return wants_parse(&w, b) && w.count == 1 && id_equal(&w.items[0].object, &id) &&
	       w.items[0].range_count == 1 && w.items[0].ranges[0].from == 32;
}

static bool accepts_piece(struct bytes b)
{
	struct bytes chunk = document_example("chunk");
	struct pieces p;

	return pieces_parse(&p, b) && p.count == 1 && p.items[0].total == chunk.len &&
	       bytes_equal(p.items[0].data,
		       bytes_of(chunk.data + p.items[0].offset, p.items[0].data.len));
}

static bool accepts_answer(struct bytes b)
{
	struct answers a;

	return answers_parse(&a, b) && a.count == 2 && a.status[0] == ANSWER_LATER &&
	       a.status[1] == ANSWER_NO;
}

static bool accepts_cancel(struct bytes b)
{
	struct answers a;

	return cancel_parse(&a, b) && a.count == 1 && a.numbers[0] == 5;
}

/* ---- all of them ---- */

static const struct example_row rows[] = {
	{ "sync_greet", accepts_greet, 0, 0, { { 0, 0 } } },
	{ "sync_cert", accepts_cert, SEALED, 0, { { 0, 0 } } },
	{ "sync_certs", accepts_certs, 0, 0, { { 0, 0 } } },
	{ "sync_frontier", accepts_frontier, 0, 0, { { 0, 0 } } },
	{ "sync_commit", accepts_commit_piece, 0, COMMIT_HEADER_SIZE + 1, { { 0, 0 } } },
	{ "sync_want", accepts_want, 0, 0, { { 0, 0 } } },
	{ "sync_piece", accepts_piece, 0, 0, { { 0, 0 } } },
	{ "sync_answer", accepts_answer, 0, 0, { { 0, 0 } } },
	{ "sync_cancel", accepts_cancel, 0, 0, { { 0, 0 } } },
	{ "entry", accepts_entry, 0, 0, { { 0, 0 } } },
	{ "commit", accepts_commit, SEALED, 0, { { 0, 0 } } },
	{ "genesis", accepts_genesis, SEALED, 0, { { 0, 0 } } },
	{ "certificate", accepts_certificate, SEALED, 0, { { 0, 0 } } },
	{ "certificate_invite", accepts_certificate_invite, SEALED, 0, { { 0, 0 } } },
	{ "invite", accepts_invite, SEALED, 0, { { 0, 0 } } },
	{ "chunk", accepts_chunk, SEALED, 0, { { 0, 0 } } },
	{ "chunk_zstd", accepts_chunk_zstd, SEALED, 0, { { 0, 0 } } },
	{ "name", accepts_name, SEALED, 0, { { 0, 0 } } },
	{ "manifest", accepts_manifest, 0, 0, { { 0, 0 } } },
};

static bool is_ours(const struct example *e)
{
	return strstr(e->chapter, "eplication") != NULL;
}

TEST(every_example_of_replication_has_its_parser_and_every_parser_its_example)
{
	examples_expect_names(rows, array_len(rows), is_ours);
}

TEST(every_example_of_replication_is_accepted)
{
	examples_expect_accepted(rows, array_len(rows));
}

TEST(what_is_cut_short_or_too_long_is_refused)
{
	examples_expect_length(rows, array_len(rows));
}

TEST(what_is_sealed_or_signed_is_refused_with_any_bit_changed)
{
	examples_expect_seals(rows, array_len(rows));
}
