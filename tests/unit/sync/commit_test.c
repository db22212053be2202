/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

static bool accepts(struct bytes blob)
{
	static struct commit_entries entries;
	struct commit c;

	return commit_parse(&c, &entries, blob) && commit_verify(&c);
}

static void free_blob(struct bytes blob)
{
	mem_free((void *)(uintptr_t)blob.data);
}

/* Makes a blob of two entries after the second was spoiled; signed all the same. */
static bool accepts_two(const struct entry *first, const struct entry *second)
{
	static struct commit_entries entries;
	struct keypair author = sample_keys(1);
	uint8_t out[2][ENTRY_SIZE_MAX], blob[COMMIT_HEAD_SIZE + 2 * (2 + ENTRY_SIZE_MAX)];
	struct writer w[2] = { writer_of(out[0], sizeof(out[0])),
		writer_of(out[1], sizeof(out[1])) };
	struct writer b = writer_of(blob, sizeof(blob));
	struct hash versions[2], root;
	struct signature signature;
	struct commit c;

	entry_write(&w[0], first);
	entry_write(&w[1], second);
	versions[0] = entry_version(writer_bytes(&w[0]));
	versions[1] = entry_version(writer_bytes(&w[1]));
	root = merkle_root(versions, 2);
	write_u8(&b, 1);
	write_id(&b, &first->folder);
	write_id(&b, &author.id);
	write_u64(&b, first->incarnation);
	write_u64(&b, first->sequence);
	write_u16(&b, 2);
	write_id(&b, &root);
	write_u64(&b, first->clock + 1);
	sign(&author, "qanat commit 1", writer_bytes(&b), &signature);
	write_bytes(&b, bytes_of(signature.b, 64));
	for (size_t i = 0; i < 2; i++) {
		write_u16(&b, (uint16_t)w[i].len);
		write_bytes(&b, writer_bytes(&w[i]));
	}
	return commit_parse(&c, &entries, writer_bytes(&b)) && commit_verify(&c);
}

TEST(commit_carries_its_entries_and_its_signature)
{
	static const size_t counts[] = { 1, 2, 3, 17, COMMIT_ENTRIES_MAX };
	struct keypair author = sample_keys(1);

	for (size_t i = 0; i < array_len(counts); i++) {
		struct bytes blob = sample_commit(&author, counts[i]);
		struct commit_entries *entries = mem_new(sizeof(*entries));
		struct commit c;

		EXPECT(commit_parse(&c, entries, blob), "a written commit parses");
		EXPECT(commit_verify(&c), "and its signature holds");
		EXPECT_EQ(c.count, counts[i], "all entries are there");
		EXPECT_EQ(c.first_sequence, 1, "the first sequence is the first entry's");
		EXPECT(entries->encoded[0].data > blob.data, "entries are borrowed");
		mem_free(entries);
		free_blob(blob);
	}
}

TEST(commit_refuses_every_cut_and_every_changed_byte)
{
	struct keypair author = sample_keys(1);
	struct bytes blob = sample_commit(&author, 3);
	uint8_t *copy = mem_copy(blob.data, blob.len);

	for (size_t n = 0; n < blob.len; n++)
		EXPECT(!accepts(bytes_of(copy, n)), "cut short");
	for (size_t i = 0; i < blob.len; i++) {
		copy[i] ^= 0x80;
		EXPECT(!accepts(bytes_of(copy, blob.len)),
			"the top bit of a byte changed");
		copy[i] ^= 0x81;
		EXPECT(!accepts(bytes_of(copy, blob.len)),
			"the low bit of a byte changed");
		copy[i] ^= 1;
	}
	EXPECT(accepts(bytes_of(copy, blob.len)), "unchanged it is accepted");
	mem_free(copy);
	free_blob(blob);
}

TEST(commit_refuses_a_byte_left_over)
{
	struct keypair author = sample_keys(1);
	struct bytes blob = sample_commit(&author, 2);
	uint8_t *longer = mem_new(blob.len + 1);

	memcpy(longer, blob.data, blob.len);
	EXPECT(!accepts(bytes_of(longer, blob.len + 1)), "a byte follows the last entry");
	mem_free(longer);
	free_blob(blob);
}

TEST(commit_refuses_entries_that_do_not_follow_each_other)
{
	struct keypair author = sample_keys(1), other = sample_keys(2);
	struct entry first = sample_entry(&author.id), good = first, e;
	uint8_t out[ENTRY_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));

	entry_write(&w, &first);
	good.sequence++;
	good.clock++;
	good.previous = entry_version(writer_bytes(&w));
	EXPECT(accepts_two(&first, &good), "two entries in order are a commit");
#define REFUSE(change, why)                                                              \
	e = good;                                                                        \
	change;                                                                          \
	EXPECT(!accepts_two(&first, &e), why)
	REFUSE(e.folder = sample_hash(99), "an entry of another folder");
	REFUSE(e.author = other.id, "an entry of another author");
	REFUSE(e.incarnation++, "an entry of another incarnation");
	REFUSE(e.sequence++, "a hole in the sequence");
	REFUSE(e.sequence--, "the same sequence twice");
	REFUSE(e.previous = sample_hash(99), "it does not name the one before it");
	REFUSE(e.clock++, "the head has another clock than the last entry");
#undef REFUSE
}

TEST(commit_refuses_counts_and_sequences_out_of_range)
{
	static const struct {
		const char *why;
		size_t at, len;
		uint8_t value;
	} rows[] = {
		{ "another format", 0, 1, 2 },
		{ "no entries", 81, 2, 0 },
		{ "more entries than a commit holds", 81, 1, 2 },
		{ "sequence 0", 73, 8, 0 },
		{ "a sequence that wraps", 73, 8, 0xff },
	};
	struct keypair author = sample_keys(1);
	struct bytes blob = sample_commit(&author, 1);

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t *copy = mem_copy(blob.data, blob.len);

		memset(copy + rows[i].at, rows[i].value, rows[i].len);
		EXPECT(!accepts(bytes_of(copy, blob.len)), rows[i].why);
		mem_free(copy);
	}
	free_blob(blob);
}

TEST(commit_write_ends_the_program_for_entries_of_somebody_else)
{
	struct keypair author = sample_keys(1), other = sample_keys(2);
	struct entry e = sample_entry(&author.id);
	uint8_t out[ENTRY_SIZE_MAX], blob[2048];
	struct writer w = writer_of(out, sizeof(out)), b = writer_of(blob, sizeof(blob));
	struct commit c = { .count = 1 };
	struct bytes encoded;

	entry_write(&w, &e);
	encoded = writer_bytes(&w);
	EXPECT_CHECK(commit_write(&b, &c, &encoded, &other), "nobody signs for another");
}
