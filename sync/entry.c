/* SPDX-License-Identifier: ISC */
/* The one encoding of an entry: what parses here writes back the same bytes. */
#include "sync/entry.h"

#include "sync/content.h"

enum {
	NAME_OVERHEAD = 24 + 16, /* of a sealed name */
	SYMLINK_TARGET_MAX = 4095,
	NS_PER_S = 1000000000,
};

/* entry = format:8 folder:32*8 zone:16*8 file:16*8 parent:16*8 kind:8 flags:8 mode:16
 *         mtime_s:64 mtime_ns:32 size:64 depth:8 [content:32*8 unless depth 0]
 *         author:32*8 incarnation:64 sequence:64 previous:32*8 clock:64 capability:32*8
 *         parent_count:8 parent_count*{ version:32*8 } key_epoch:32
 *         name_length:16 sealed_name */

static bool size_fits(const struct entry *e)
{
	if (e->size > INT64_MAX || e->content_depth > CONTENT_DEPTH_MAX)
		return false;
	if ((e->flags & ENTRY_DELETED) != 0 || e->kind == ENTRY_DIRECTORY)
		return e->size == 0 && e->content_depth == 0;
	if (e->kind == ENTRY_SYMLINK)
		return e->content_depth == 1 && e->size >= 1 &&
		       e->size <= SYMLINK_TARGET_MAX;
	if (e->content_depth == 1)
		return e->size >= 1 && e->size <= CHUNK_PLAIN_MAX;
	return (e->size == 0) == (e->content_depth == 0);
}

static bool name_fits(const struct entry *e)
{
	if (e->sealed_name_len == 0)
		return (e->flags & ENTRY_DELETED) != 0;
	return e->sealed_name_len > NAME_OVERHEAD &&
	       e->sealed_name_len <= ENTRY_SEALED_NAME_MAX;
}

static bool parents_fit(const struct entry *e)
{
	struct hash below = { { 0 } };

	if (e->parent_count > ENTRY_PARENTS_MAX)
		return false;
	for (size_t i = 0; i < e->parent_count; i++) {
		if (id_compare(&e->parents[i], &below) <= 0)
			return false;
		below = e->parents[i];
	}
	return true;
}

static bool is_canonical(const struct entry *e)
{
	if (e->kind < ENTRY_FILE || e->kind > ENTRY_SYMLINK)
		return false;
	if ((e->flags & ~ENTRY_DELETED) != 0 || (e->mode & ~07777) != 0)
		return false;
	if (e->mtime_ns >= NS_PER_S || e->key_epoch == 0)
		return false;
	if (id_is_zero(id_bytes(&e->file)) || id_equal(&e->file, &e->parent))
		return false;
	if (e->sequence == 0 || (e->sequence == 1) != id_is_zero(id_bytes(&e->previous)))
		return false;
	if ((e->content_depth == 0) != id_is_zero(id_bytes(&e->content)))
		return false;
	return size_fits(e) && name_fits(e) && parents_fit(e);
}

static void read_file_part(struct reader *r, struct entry *e)
{
	e->folder = read_hash(r);
	e->zone = read_short_id(r);
	e->file = read_short_id(r);
	e->parent = read_short_id(r);
	e->kind = (enum entry_kind)read_u8(r);
	e->flags = read_u8(r);
	e->mode = read_u16(r);
	e->mtime_s = read_i64(r);
	e->mtime_ns = read_u32(r);
	e->size = read_u64(r);
	e->content_depth = read_u8(r);
	if (e->content_depth > 0)
		e->content = read_hash(r);
}

static void read_author_part(struct reader *r, struct entry *e)
{
	e->author = read_node_id(r);
	e->incarnation = read_u64(r);
	e->sequence = read_u64(r);
	e->previous = read_hash(r);
	e->clock = read_u64(r);
	e->capability = read_hash(r);
	e->parent_count = read_u8(r);
	if (e->parent_count > ENTRY_PARENTS_MAX) {
		read_refuse(r);
		return;
	}
	for (size_t i = 0; i < e->parent_count; i++)
		e->parents[i] = read_hash(r);
}

bool entry_parse(struct entry *e, struct bytes body)
{
	struct reader r = reader_of(body);

	memset(e, 0, sizeof(*e));
	if (body.len > ENTRY_SIZE_MAX || read_u8(&r) != ENTRY_FORMAT)
		return false;
	read_file_part(&r, e);
	read_author_part(&r, e);
	e->key_epoch = read_u32(&r);
	e->sealed_name_len = read_u16(&r);
	if (e->sealed_name_len > ENTRY_SEALED_NAME_MAX)
		return false;
	read_copy(&r, e->sealed_name, e->sealed_name_len);
	return read_ended(&r) && is_canonical(e);
}

void entry_write(struct writer *w, const struct entry *e)
{
	check(is_canonical(e));
	write_u8(w, ENTRY_FORMAT);
	write_id(w, &e->folder);
	write_id(w, &e->zone);
	write_id(w, &e->file);
	write_id(w, &e->parent);
	write_u8(w, (uint8_t)e->kind);
	write_u8(w, e->flags);
	write_u16(w, e->mode);
	write_i64(w, e->mtime_s);
	write_u32(w, e->mtime_ns);
	write_u64(w, e->size);
	write_u8(w, e->content_depth);
	if (e->content_depth > 0)
		write_id(w, &e->content);
	write_id(w, &e->author);
	write_u64(w, e->incarnation);
	write_u64(w, e->sequence);
	write_id(w, &e->previous);
	write_u64(w, e->clock);
	write_id(w, &e->capability);
	write_u8(w, e->parent_count);
	for (size_t i = 0; i < e->parent_count; i++)
		write_id(w, &e->parents[i]);
	write_u32(w, e->key_epoch);
	write_u16(w, e->sealed_name_len);
	write_bytes(w, bytes_of(e->sealed_name, e->sealed_name_len));
}

struct hash entry_version(struct bytes encoded)
{
	return hash_tagged("qanat entry 1", encoded);
}
