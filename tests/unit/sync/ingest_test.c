/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/ingested.h"

static uint8_t *random_data(size_t len)
{
	uint8_t *data = mem_new(len);
	struct rng rng = test_rng();

	rng_fill(&rng, data, len);
	return data;
}

TEST(ingest_of_nothing_has_no_objects)
{
	struct ingested in;

	ingested_begin(&in);
	ingested_end(&in);
	EXPECT_EQ(in.count, 0, "no objects");
	EXPECT_EQ(in.depth, 0, "depth 0");
	EXPECT_EQ(in.size, 0, "no bytes");
	EXPECT(id_is_zero(id_bytes(&in.root)), "no root");
	ingested_free(&in);
}

TEST(ingest_of_a_small_file_is_one_chunk)
{
	struct ingested in;

	ingested_begin(&in);
	ingested_data(&in, "hello", 5);
	ingested_end(&in);
	EXPECT_EQ(in.count, 1, "one object");
	EXPECT_EQ(in.depth, 1, "which is the content");
	EXPECT(id_equal(&in.root, &in.objects[0].id), "and the root");
	ingested_expect(&in, "hello", 5);
	ingested_free(&in);
}

TEST(ingest_of_a_larger_file_has_one_manifest_over_its_chunks)
{
	size_t len = 300000;
	uint8_t *data = random_data(len);
	struct ingested in;

	ingested_begin(&in);
	ingested_data(&in, data, len);
	ingested_end(&in);
	EXPECT_EQ(in.depth, 2, "one manifest");
	EXPECT_EQ(in.manifests, 1, "and no more");
	EXPECT(in.count > 5, "over several chunks");
	ingested_expect(&in, data, len);
	ingested_free(&in);
	mem_free(data);
}

TEST(ingest_gives_equal_roots_however_it_is_fed)
{
	static const size_t pieces[] = { 1000003, 65536, 4096, 4095, 1000, 37 };
	size_t len = 1000003, at, n;
	uint8_t *data = random_data(len);
	struct ingested whole, in;

	memset(data + 100000, 0, 200001);
	memset(data + 400000, 0, 16383);
	memset(data + 500000, 0, 16384);
	memset(data + len - 20000, 0, 20000);
	data[399999] = data[416383] = data[499999] = data[516384] = 1;
	ingested_begin(&whole);
	ingested_data(&whole, data, len);
	ingested_end(&whole);
	for (size_t i = 0; i < array_len(pieces); i++) {
		ingested_begin(&in);
		for (at = 0; at < len; at += n) {
			n = pieces[i] < len - at ? pieces[i] : len - at;
			ingested_data(&in, data + at, n);
		}
		ingested_end(&in);
		EXPECT(id_equal(&in.root, &whole.root), "the same root in other pieces");
		ingested_expect(&in, data, len);
		ingested_free(&in);
	}
	EXPECT_EQ(whole.holes, 3, "runs of 16 KiB are holes, a byte less is not");
	ingested_free(&whole);
	mem_free(data);
}

TEST(ingest_makes_the_same_of_a_told_hole_and_of_its_zeros)
{
	size_t len = 600000, hole_at = 200704, hole_len = 200704;
	uint8_t *data = random_data(len);
	struct ingested dense, sparse;

	memset(data + hole_at - 5, 0, hole_len + 9);
	ingested_begin(&dense);
	ingested_data(&dense, data, len);
	ingested_end(&dense);
	ingested_begin(&sparse);
	ingested_data(&sparse, data, hole_at);
	ingested_hole(&sparse, hole_len / 2);
	ingested_hole(&sparse, 0);
	ingested_hole(&sparse, hole_len - hole_len / 2);
	ingested_data(&sparse, data + hole_at + hole_len, len - hole_at - hole_len);
	ingested_end(&sparse);
	EXPECT(id_equal(&dense.root, &sparse.root), "a hole is what reads as zeros");
	EXPECT_EQ(sparse.holes, 1, "there is one");
	ingested_expect(&sparse, data, len);
	ingested_free(&dense);
	ingested_free(&sparse);
	mem_free(data);
}

/* Cuts, holes and manifests are kept for ever: another root here would send every file of
 * every folder again. Noise is not compressed, so no compressor has a say. */
TEST(ingest_has_the_root_that_it_always_had)
{
	static const uint8_t always[32] = { 0xff, 0x8f, 0x49, 0x98, 0xa7, 0x15, 0xd4,
		0xc8, 0x58, 0xc4, 0x39, 0x1f, 0x08, 0x2c, 0x8b, 0x3c, 0xd5, 0x7e, 0x99,
		0xf8, 0xf0, 0x81, 0x32, 0x8d, 0x28, 0xcf, 0xfb, 0x73, 0xbc, 0x5f, 0x7b,
		0x63 };
	enum { LEN = 24 << 20 };
	uint8_t *data = mem_new(LEN);
	struct rng_seeded state;
	struct rng rng = rng_seeded_init(&state, 1);
	struct ingested in;

	rng_fill(&rng, data, LEN);
	memset(data + 1000000, 0, 16384);
	data[999999] = data[1016384] = 1;
	ingested_begin(&in);
	ingested_data(&in, data, LEN);
	ingested_end(&in);
	EXPECT_EQ(in.depth, 3, "manifests over manifests");
	EXPECT_BYTES(id_bytes(&in.root), bytes_of(always, 32), "the same root");
	ingested_free(&in);
	mem_free(data);
}

TEST(ingest_of_nothing_but_a_hole_is_a_manifest_without_chunks)
{
	static const uint64_t sizes[] = { 16384, UINT64_C(1) << 40, INT64_MAX };

	for (size_t i = 0; i < array_len(sizes); i++) {
		struct ingested in;

		ingested_begin(&in);
		ingested_hole(&in, sizes[i]);
		ingested_end(&in);
		EXPECT_EQ(in.count, 1, "one object");
		EXPECT_EQ(in.depth, 2, "a manifest");
		EXPECT_EQ((int64_t)in.size, (int64_t)sizes[i], "of the size told");
		ingested_free(&in);
	}
}

TEST(ingest_of_a_short_hole_is_a_chunk_of_zeros)
{
	static const uint8_t zeros[16383];
	struct ingested in;

	ingested_begin(&in);
	ingested_hole(&in, sizeof(zeros));
	ingested_end(&in);
	EXPECT_EQ(in.depth, 1, "no hole");
	ingested_expect(&in, zeros, sizeof(zeros));
	ingested_free(&in);
}

TEST(ingest_of_a_sparse_gigabyte_makes_few_objects)
{
	uint8_t *island = random_data(10000);
	struct ingested in;

	ingested_begin(&in);
	for (size_t i = 0; i < 3; i++) {
		ingested_data(&in, island, 10000);
		ingested_hole(&in, (1u << 30) / 3);
	}
	ingested_end(&in);
	EXPECT(in.count <= 7, "three islands of at most two chunks, one manifest");
	EXPECT_EQ(in.holes, 3, "with the holes between");
	ingested_free(&in);
	mem_free(island);
}

TEST(ingest_refuses_a_size_that_no_file_has)
{
	struct ingested in;

	ingested_begin(&in);
	ingested_hole(&in, INT64_MAX);
	ingested_hole(&in, 1);
	ingested_end(&in);
	EXPECT_EQ(in.depth, 0, "no content");
	EXPECT(in.size > 0, "for a file of some size: too large");
	ingested_free(&in);
}

TEST(ingest_of_many_holes_goes_deeper_and_keeps_little)
{
	struct ingested in;
	uint64_t size = 0;

	ingested_begin(&in);
	for (uint32_t i = 0; i < 20000; i++) {
		ingested_data(&in, &i, sizeof(i));
		ingested_hole(&in, 20000);
		size += sizeof(i) + 20000;
	}
	ingested_end(&in);
	EXPECT_EQ(in.depth, 3, "more references than one manifest holds");
	EXPECT_EQ(in.size, size, "every byte counts");
	EXPECT(in.manifests > 20000 * 2 / MANIFEST_REFS_MAX, "cut in several");
	ingested_free(&in);
}

TEST(ingest_ends_the_program_when_fed_after_its_end)
{
	struct ingested in;

	ingested_begin(&in);
	ingested_end(&in);
	EXPECT_CHECK(ingest_data(in.ingest, BYTES("x")), "what has ended takes no more");
	ingested_free(&in);
}
