/* SPDX-License-Identifier: ISC */
/* What holds of the replication formats for any value and any edit. */
#include "tests/unit/sync/ingested.h"

static struct hash random_hash(const struct rng *rng)
{
	struct hash h;

	rng_fill(rng, h.b, sizeof(h.b));
	return h;
}

static void random_content(const struct rng *rng, struct entry *e)
{
	e->kind = (enum entry_kind)(1 + rng_below(rng, 3));
	e->flags = rng_below(rng, 4) == 0 ? ENTRY_DELETED : 0;
	if (e->flags != 0 || e->kind == ENTRY_DIRECTORY || rng_below(rng, 8) == 0)
		e->kind =
			e->flags == 0 && e->kind == ENTRY_SYMLINK ? ENTRY_FILE : e->kind;
	else if (e->kind == ENTRY_SYMLINK) {
		e->content_depth = 1;
		e->size = 1 + rng_below(rng, 4095);
	} else {
		e->content_depth = (uint8_t)(1 + rng_below(rng, CONTENT_DEPTH_MAX));
		e->size = 1 + rng_below(rng, e->content_depth == 1 ? CHUNK_PLAIN_MAX
								   : INT64_MAX);
	}
	if (e->content_depth > 0)
		e->content = random_hash(rng);
}

static struct entry random_entry(const struct rng *rng)
{
	struct entry e = { 0 };
	struct hash h = { { 0 } };

	e.folder = random_hash(rng);
	rng_fill(rng, e.zone.b, sizeof(e.zone.b));
	rng_fill(rng, e.file.b, sizeof(e.file.b));
	rng_fill(rng, e.parent.b, sizeof(e.parent.b));
	random_content(rng, &e);
	e.mode = (uint16_t)rng_below(rng, 010000);
	e.mtime_s = (int64_t)rng_u64(rng);
	e.mtime_ns = (uint32_t)rng_below(rng, 1000000000);
	rng_fill(rng, e.author.b, sizeof(e.author.b));
	e.incarnation = rng_u64(rng);
	e.sequence = 1 + rng_below(rng, 3);
	if (e.sequence > 1)
		e.previous = random_hash(rng);
	e.clock = rng_u64(rng);
	e.capability = random_hash(rng);
	e.parent_count = (uint8_t)rng_below(rng, ENTRY_PARENTS_MAX + 1);
	for (size_t i = 0; i < e.parent_count; i++) {
		h = random_hash(rng);
		h.b[0] = (uint8_t)(i * 60 + h.b[0] % 60);
		e.parents[i] = h;
	}
	e.key_epoch = 1 + (uint32_t)rng_below(rng, UINT32_MAX);
	e.sealed_name_len = (uint16_t)(41 + rng_below(rng, 255));
	rng_fill(rng, e.sealed_name, e.sealed_name_len);
	return e;
}

TEST(any_entry_survives_being_written_and_parsed)
{
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 20000; i++) {
		struct entry e = random_entry(&rng), parsed;
		uint8_t out[ENTRY_SIZE_MAX];
		struct writer w = writer_of(out, sizeof(out));

		entry_write(&w, &e);
		EXPECT(!w.overflow, "it fits");
		EXPECT(entry_parse(&parsed, writer_bytes(&w)), "it parses");
		EXPECT(sample_same_entry(&e, &parsed), "every field survives");
	}
}

TEST(an_entry_with_any_bytes_changed_is_refused_or_writes_back_the_same_bytes)
{
	struct rng rng = test_rng();
	unsigned refused = 0;

	for (unsigned i = 0; i < 20000; i++) {
		struct entry e = random_entry(&rng), parsed;
		uint8_t out[ENTRY_SIZE_MAX], again[ENTRY_SIZE_MAX];
		struct writer w = writer_of(out, sizeof(out)),
			      b = writer_of(again, sizeof(again));

		entry_write(&w, &e);
		for (uint64_t n = 1 + rng_below(&rng, 3); n > 0; n--)
			out[rng_below(&rng, w.len)] = (uint8_t)rng_u64(&rng);
		if (!entry_parse(&parsed, writer_bytes(&w))) {
			refused++;
			continue;
		}
		entry_write(&b, &parsed);
		EXPECT_BYTES(writer_bytes(&w), writer_bytes(&b), "there is one encoding");
	}
	EXPECT(refused > 0 && refused < 20000, "both happened");
}

TEST(any_manifest_survives_being_written_and_parsed)
{
	static struct manifest m, parsed;
	static uint8_t out[OBJECT_SIZE_MAX];
	struct rng rng = test_rng();

	for (unsigned i = 0; i < 500; i++) {
		struct writer w = writer_of(out, sizeof(out));

		memset(&m, 0, sizeof(m));
		memset(&parsed, 0, sizeof(parsed));
		m.depth = (uint8_t)(2 + rng_below(&rng, CONTENT_DEPTH_MAX - 1));
		m.count = (uint16_t)(1 + rng_below(&rng, MANIFEST_REFS_MAX));
		for (size_t n = 0; n < m.count; n++) {
			struct ref *ref = &m.refs[n];

			ref->len = 1 + rng_below(&rng, CHUNK_PLAIN_MAX);
			ref->hole = m.depth == 2 && n % 2 == 1 && rng_below(&rng, 2) == 0;
			if (!ref->hole)
				ref->id = random_hash(&rng);
		}
		manifest_write(&w, &m);
		EXPECT(!w.overflow, "it fits");
		EXPECT(manifest_parse(&parsed, writer_bytes(&w)), "it parses");
		EXPECT(memcmp(&m, &parsed, sizeof(m)) == 0, "every field survives");
	}
}

/* Objects of b that a does not have. */
static void count_new(const struct ingested *a, const struct ingested *b, size_t *chunks,
	size_t *manifests)
{
	*chunks = *manifests = 0;
	for (size_t i = 0; i < b->count; i++) {
		const struct kept_object *k = &b->objects[i];

		if (ingested_find(a, &k->id, k->is_manifest) == NULL)
			*(k->is_manifest ? manifests : chunks) += 1;
	}
}

static void ingest_whole(struct ingested *in, const uint8_t *data, size_t len)
{
	ingested_begin(in);
	ingested_data(in, data, len);
	ingested_end(in);
}

TEST(an_edit_of_one_byte_makes_few_new_objects)
{
	enum { LEN = 4 << 20, EDITS = 12 };
	struct rng rng = test_rng();
	uint8_t *before = mem_new(LEN), *after = mem_new(LEN + 1);
	struct ingested a, b;
	size_t chunks, manifests, total = 0, branches = 0;

	rng_fill(&rng, before, LEN);
	ingest_whole(&a, before, LEN);
	for (unsigned i = 0; i < EDITS; i++) {
		size_t at = (size_t)rng_below(&rng, LEN), len = LEN + 1 - i % 3;

		memcpy(after, before, at);
		after[at] = (uint8_t)(before[at] + 1);
		memcpy(after + at + (i % 3 != 2), before + at + (i % 3 != 0),
			len - at - 1);
		ingest_whole(&b, after, len);
		count_new(&a, &b, &chunks, &manifests);
		EXPECT(chunks >= 1 && chunks <= 8, "the cuts meet again soon");
		/* where the edit makes or unmakes the end of one, its neighbour changes, too */
		EXPECT(manifests <= 2 * b.depth, "two branches of manifests");
		total += chunks;
		branches += manifests > b.depth;
		ingested_expect(&b, after, len);
		ingested_free(&b);
	}
	EXPECT(total <= 3 * EDITS, "three new chunks at most on average");
	EXPECT(branches <= EDITS / 3, "and most times one branch");
	ingested_free(&a);
	mem_free(before);
	mem_free(after);
}

/* Pieces of noise and of zeros, fed in any pieces, some zeros told as holes. */
static void feed_randomly(
	const struct rng *rng, struct ingested *in, const uint8_t *data, size_t len)
{
	size_t at = 0, n;

	ingested_begin(in);
	while (at < len) {
		n = 1 + (size_t)rng_below(rng, rng_below(rng, 2) ? 100000 : 300);
		n = n < len - at ? n : len - at;
		if (id_is_zero(bytes_of(data + at, n)) && rng_below(rng, 2) == 0)
			ingested_hole(in, n);
		else
			ingested_data(in, data + at, n);
		at += n;
	}
	ingested_end(in);
}

TEST(any_content_has_one_root_and_reads_back_whole)
{
	enum { LEN = 1 << 20 };
	struct rng rng = test_rng();
	uint8_t *data = mem_new(LEN);

	for (unsigned i = 0; i < 20; i++) {
		struct ingested a, b;
		size_t len = 1 + (size_t)rng_below(&rng, LEN);

		rng_fill(&rng, data, len);
		for (uint64_t n = rng_below(&rng, 12); n > 0; n--) {
			size_t from = (size_t)rng_below(&rng, len);
			size_t run = (size_t)rng_below(&rng, 100000);

			memset(data + from, 0, run < len - from ? run : len - from);
		}
		feed_randomly(&rng, &a, data, len);
		feed_randomly(&rng, &b, data, len);
		EXPECT(id_equal(&a.root, &b.root), "fed in two ways, one root");
		EXPECT_EQ(a.depth, b.depth, "of one depth");
		ingested_expect(&a, data, len);
		ingested_free(&a);
		ingested_free(&b);
	}
	mem_free(data);
}
