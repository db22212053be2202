/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/samples.h"

/* The encoding without any of its rules, for entries that entry_write would not make. */
static struct bytes encode(
	const struct entry *e, uint8_t format, uint8_t *out, size_t room)
{
	struct writer w = writer_of(out, room);

	write_u8(&w, format);
	write_id(&w, &e->folder);
	write_id(&w, &e->zone);
	write_id(&w, &e->file);
	write_id(&w, &e->parent);
	write_u8(&w, (uint8_t)e->kind);
	write_u8(&w, e->flags);
	write_u16(&w, e->mode);
	write_i64(&w, e->mtime_s);
	write_u32(&w, e->mtime_ns);
	write_u64(&w, e->size);
	write_u8(&w, e->content_depth);
	if (e->content_depth > 0)
		write_id(&w, &e->content);
	write_id(&w, &e->author);
	write_u64(&w, e->incarnation);
	write_u64(&w, e->sequence);
	write_id(&w, &e->previous);
	write_u64(&w, e->clock);
	write_id(&w, &e->capability);
	write_u8(&w, e->parent_count);
	for (size_t i = 0; i < e->parent_count && i < ENTRY_PARENTS_MAX; i++)
		write_id(&w, &e->parents[i]);
	write_u32(&w, e->key_epoch);
	write_u16(&w, e->sealed_name_len);
	for (size_t i = 0; i < e->sealed_name_len; i++)
		write_u8(&w, i < sizeof(e->sealed_name) ? e->sealed_name[i] : 0);
	return writer_bytes(&w);
}

static bool accepts(const struct entry *e)
{
	uint8_t out[ENTRY_SIZE_MAX * 2];
	struct entry parsed;

	return entry_parse(&parsed, encode(e, ENTRY_FORMAT, out, sizeof(out)));
}

static struct entry base(void)
{
	struct keypair author = sample_keys(1);

	return sample_entry(&author.id);
}

static struct entry empty_of(enum entry_kind kind)
{
	struct entry e = base();

	e.kind = kind;
	e.size = 0;
	e.content_depth = 0;
	e.content = (struct hash){ { 0 } };
	return e;
}

static struct entry sized(enum entry_kind kind, uint8_t depth, uint64_t size)
{
	struct entry e = base();

	e.kind = kind;
	e.content_depth = depth;
	e.size = size;
	return e;
}

TEST(entry_parses_to_what_was_written_and_writes_back_the_same_bytes)
{
	struct entry e = base(), parsed;
	uint8_t a[ENTRY_SIZE_MAX], b[ENTRY_SIZE_MAX];
	struct writer w = writer_of(a, sizeof(a)), again = writer_of(b, sizeof(b));

	entry_write(&w, &e);
	EXPECT(!w.overflow, "an entry fits into its limit");
	EXPECT(entry_parse(&parsed, writer_bytes(&w)), "a written entry parses");
	EXPECT(sample_same_entry(&e, &parsed), "every field survives");
	entry_write(&again, &parsed);
	EXPECT_BYTES(
		writer_bytes(&w), writer_bytes(&again), "it writes back the same bytes");
}

TEST(entry_accepts_every_shape_that_files_have)
{
	struct entry e;

	e = empty_of(ENTRY_FILE);
	EXPECT(accepts(&e), "an empty file");
	e = empty_of(ENTRY_DIRECTORY);
	EXPECT(accepts(&e), "a directory");
	e = sized(ENTRY_FILE, 1, CHUNK_PLAIN_MAX);
	EXPECT(accepts(&e), "a file of one chunk");
	e = sized(ENTRY_FILE, 1, 1);
	EXPECT(accepts(&e), "a file of one byte");
	e = sized(ENTRY_SYMLINK, 1, 1);
	EXPECT(accepts(&e), "the shortest symbolic link");
	e = sized(ENTRY_FILE, CONTENT_DEPTH_MAX, INT64_MAX);
	EXPECT(accepts(&e), "the largest file");
	e = sized(ENTRY_FILE, 2, 1);
	EXPECT(accepts(&e), "a file of one hole");
	e = sized(ENTRY_SYMLINK, 1, 4095);
	EXPECT(accepts(&e), "the longest symbolic link");
	e = empty_of(ENTRY_FILE);
	e.flags = ENTRY_DELETED;
	EXPECT(accepts(&e), "a deleted file");
	e.kind = ENTRY_SYMLINK;
	e.sealed_name_len = 0;
	EXPECT(accepts(&e), "a deleted link that lost its name");
	e = base();
	e.sequence = 1;
	e.previous = (struct hash){ { 0 } };
	e.parent = ROOT_DIRECTORY;
	e.parent_count = 0;
	e.mtime_s = -1;
	EXPECT(accepts(&e), "a first entry, in the root, from before 1970");
	e = base();
	e.parent_count = ENTRY_PARENTS_MAX;
	memset(&e.parents[2], 0xfe, 32);
	memset(&e.parents[3], 0xff, 32);
	EXPECT(accepts(&e), "as many parents as there may be");
	e = base();
	e.sealed_name_len = ENTRY_SEALED_NAME_MAX;
	EXPECT(accepts(&e), "the longest name");
}

TEST(entry_refuses_fields_that_it_never_writes)
{
	struct entry e;

#define REFUSE(change, why)                                                              \
	e = base();                                                                      \
	change;                                                                          \
	EXPECT(!accepts(&e), why)
	REFUSE(e.kind = 0, "kind 0 is none");
	REFUSE(e.kind = 4, "kind 4 is none");
	REFUSE(e.flags = 2, "a reserved flag is set");
	REFUSE(e.mode = 010000, "the mode has more than permission bits");
	REFUSE(e.mtime_ns = 1000000000, "a whole second in the nanoseconds");
	REFUSE(e.file = ROOT_DIRECTORY, "the root is no file");
	REFUSE(e.parent = e.file, "a file lies in itself");
	REFUSE(e.sequence = 0, "sequences begin at 1");
	REFUSE(e.sequence = 1, "a first entry has nothing before it");
	REFUSE(memset(&e.previous, 0, 32), "a later entry has one before it");
	REFUSE(e.key_epoch = 0, "no key has epoch 0");
	REFUSE(e.parent_count = 5, "five parents");
	REFUSE(e.parents[1] = e.parents[0], "a parent twice");
	REFUSE(e.parents[0] = e.parents[1];
		e.parents[1] = base().parents[0], "not in order");
	REFUSE(memset(&e.parents[0], 0, 32), "the zero version as a parent");
	REFUSE(e.sealed_name_len = 0, "no name");
	REFUSE(e.sealed_name_len = 40, "a sealed name of no bytes");
	REFUSE(e.sealed_name_len = ENTRY_SEALED_NAME_MAX + 1, "a name too long");
#undef REFUSE
}

TEST(entry_refuses_content_that_does_not_fit_its_kind)
{
	struct {
		const char *why;
		struct entry e;
	} rows[] = {
		{ "a directory with a size", sized(ENTRY_DIRECTORY, 2, 1) },
		{ "a directory with only a size", sized(ENTRY_DIRECTORY, 0, 1) },
		{ "a directory with only content", sized(ENTRY_DIRECTORY, 2, 0) },
		{ "a file with a size and no content", sized(ENTRY_FILE, 0, 1) },
		{ "an empty file with content", sized(ENTRY_FILE, 2, 0) },
		{ "an empty chunk", sized(ENTRY_FILE, 1, 0) },
		{ "a chunk too long", sized(ENTRY_FILE, 1, CHUNK_PLAIN_MAX + 1) },
		{ "too deep", sized(ENTRY_FILE, CONTENT_DEPTH_MAX + 1, 1) },
		{ "a size with its sign set", sized(ENTRY_FILE, 2, UINT64_C(1) << 63) },
		{ "a link to nowhere", sized(ENTRY_SYMLINK, 1, 0) },
		{ "a link without content", sized(ENTRY_SYMLINK, 0, 0) },
		{ "a link too long", sized(ENTRY_SYMLINK, 1, 4096) },
		{ "a link with a manifest", sized(ENTRY_SYMLINK, 2, 10) },
		{ "deleted and yet long", sized(ENTRY_FILE, 2, 10) },
		{ "content without a name", sized(ENTRY_FILE, 2, 10) },
	};

	rows[array_len(rows) - 2].e.flags = ENTRY_DELETED;
	memset(&rows[array_len(rows) - 1].e.content, 0, 32);
	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!accepts(&rows[i].e), rows[i].why);
}

TEST(entry_refuses_another_format_cut_bytes_and_bytes_left_over)
{
	struct entry e = base(), parsed;
	uint8_t out[ENTRY_SIZE_MAX * 2];
	struct bytes b = encode(&e, ENTRY_FORMAT, out, sizeof(out));

	for (size_t n = 0; n < b.len; n++)
		EXPECT(!entry_parse(&parsed, bytes_of(b.data, n)), "cut short");
	out[b.len] = 0;
	EXPECT(!entry_parse(&parsed, bytes_of(b.data, b.len + 1)), "a byte too many");
	b = encode(&e, ENTRY_FORMAT + 1, out, sizeof(out));
	EXPECT(!entry_parse(&parsed, b), "a format of the future");
	memset(out, 0, sizeof(out));
	EXPECT(!entry_parse(&parsed, bytes_of(out, sizeof(out))), "beyond the limit");
}

TEST(entry_write_ends_the_program_rather_than_write_what_nobody_parses)
{
	struct entry e = base();
	uint8_t out[ENTRY_SIZE_MAX];
	struct writer w = writer_of(out, sizeof(out));

	e.mtime_ns = 1000000000;
	EXPECT_CHECK(entry_write(&w, &e), "an entry that breaks a rule is never written");
}

TEST(entry_version_changes_with_every_byte)
{
	struct entry e = base();
	uint8_t out[ENTRY_SIZE_MAX];
	struct bytes b = encode(&e, ENTRY_FORMAT, out, sizeof(out));
	struct hash before = entry_version(b), after;

	for (size_t i = 0; i < b.len; i++) {
		out[i] ^= 1;
		after = entry_version(b);
		EXPECT(!id_equal(&before, &after), "another byte, another version");
		out[i] ^= 1;
	}
}
