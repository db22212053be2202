/* SPDX-License-Identifier: ISC */
/*
 * Commits: one signature over the Merkle root of a run of entries of one author. The run
 * has no holes in its sequence numbers, and each entry names the one before it.
 */
#include "sync/entry.h"

enum { COMMIT_FORMAT = 1, SIGNED_SIZE = COMMIT_HEAD_SIZE - 64 };

static const char commit_tag[] = "qanat commit 1";

/* signed = format:8 folder:32*8 author:32*8 incarnation:64 first_sequence:64 count:16
 *          root:32*8 clock:64
 * head   = signed signature:64*8
 * commit = head count*{ length:16 entry } */

static void signed_write(struct writer *w, const struct commit *c)
{
	write_u8(w, COMMIT_FORMAT);
	write_id(w, &c->folder);
	write_id(w, &c->author);
	write_u64(w, c->incarnation);
	write_u64(w, c->first_sequence);
	write_u16(w, c->count);
	write_id(w, &c->root);
	write_u64(w, c->clock);
}

static bool head_read(struct reader *r, struct commit *c)
{
	if (read_u8(r) != COMMIT_FORMAT)
		return false;
	c->folder = read_hash(r);
	c->author = read_node_id(r);
	c->incarnation = read_u64(r);
	c->first_sequence = read_u64(r);
	c->count = read_u16(r);
	c->root = read_hash(r);
	c->clock = read_u64(r);
	read_copy(r, c->signature.b, sizeof(c->signature.b));
	return read_good(r) && c->count >= 1 && c->count <= COMMIT_ENTRIES_MAX &&
	       c->first_sequence >= 1 && c->first_sequence <= UINT64_MAX - c->count;
}

/* Whether e may be the commit's entry number i, after the version before it. */
static bool belongs(const struct commit *c, const struct entry *e, size_t i,
	const struct hash *before)
{
	if (!id_equal(&e->folder, &c->folder) || !id_equal(&e->author, &c->author))
		return false;
	if (e->incarnation != c->incarnation || e->sequence != c->first_sequence + i)
		return false;
	if (i > 0 && !id_equal(&e->previous, before))
		return false;
	return i + 1u < c->count || e->clock == c->clock;
}

bool commit_parse(struct commit *c, struct commit_entries *entries, struct bytes blob)
{
	struct reader r = reader_of(blob);
	struct hash root;

	memset(c, 0, sizeof(*c));
	if (!head_read(&r, c))
		return false;
	for (size_t i = 0; i < c->count; i++) {
		struct bytes encoded = read_bytes(&r, read_u16(&r));
		struct entry e;

		if (!read_good(&r) || !entry_parse(&e, encoded))
			return false;
		if (!belongs(c, &e, i, i > 0 ? &entries->version[i - 1] : NULL))
			return false;
		entries->encoded[i] = encoded;
		entries->version[i] = entry_version(encoded);
	}
	if (!read_ended(&r))
		return false;
	root = merkle_root(entries->version, c->count);
	return id_equal(&root, &c->root);
}

/* Fills the head from the entries; they must make one commit of this author. */
static void head_of_entries(
	struct commit *c, const struct bytes *encoded, const struct node_id *author)
{
	struct hash versions[COMMIT_ENTRIES_MAX];
	struct entry e;

	check(c->count >= 1 && c->count <= COMMIT_ENTRIES_MAX);
	check(entry_parse(&e, encoded[c->count - 1]));
	c->clock = e.clock;
	check(entry_parse(&e, encoded[0]));
	c->folder = e.folder;
	c->author = *author;
	c->incarnation = e.incarnation;
	c->first_sequence = e.sequence;
	for (size_t i = 0; i < c->count; i++) {
		check(entry_parse(&e, encoded[i]));
		check(belongs(c, &e, i, i > 0 ? &versions[i - 1] : NULL));
		versions[i] = entry_version(encoded[i]);
	}
	c->root = merkle_root(versions, c->count);
}

void commit_write(struct writer *w, struct commit *c, const struct bytes *encoded,
	const struct keypair *author)
{
	uint8_t head[SIGNED_SIZE];
	struct writer h = writer_of(head, sizeof(head));

	head_of_entries(c, encoded, &author->id);
	signed_write(&h, c);
	check(!h.overflow && h.len == SIGNED_SIZE);
	sign(author, commit_tag, writer_bytes(&h), &c->signature);
	write_bytes(w, writer_bytes(&h));
	write_bytes(w, bytes_of(c->signature.b, sizeof(c->signature.b)));
	for (size_t i = 0; i < c->count; i++) {
		write_u16(w, (uint16_t)encoded[i].len);
		write_bytes(w, encoded[i]);
	}
}

bool commit_verify(const struct commit *c)
{
	uint8_t head[SIGNED_SIZE];
	struct writer h = writer_of(head, sizeof(head));

	signed_write(&h, c);
	return sign_verify(&c->author, commit_tag, writer_bytes(&h), &c->signature);
}

size_t commit_size(const struct bytes *encoded, size_t count)
{
	size_t size = COMMIT_HEAD_SIZE;

	for (size_t i = 0; i < count; i++)
		size += 2 + encoded[i].len;
	return size;
}
