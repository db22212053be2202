/* SPDX-License-Identifier: ISC */
/*
 * A file becomes objects. Equal content gives equal objects however it is fed: every
 * longest run of at least HOLE_MIN zero bytes is a hole, told or not, and all else is
 * cut by the chunker from one hole to the next. Memory: what was fed and not yet taken,
 * one chunk, and one unfinished manifest for each depth.
 */
#include "sync/content.h"

#include "node/base/mem.h"
#include "node/crypto/hash.h"

enum {
	HOLE_MIN = 16 * 1024,
	PROBE = 64, /* bytes of zeros that raise the suspicion of a longer run */
	LEVEL_REFS_MIN =
		32, /* a manifest is not cut before, so that each depth shrinks */
	MANIFEST_HEAD_SIZE = 4,
	LEVELS = CONTENT_DEPTH_MAX - 1, /* level i makes manifests of depth i + 2 */
};

_Static_assert(
	MANIFEST_HEAD_SIZE + MANIFEST_REFS_MAX * MANIFEST_REF_SIZE <= OBJECT_SIZE_MAX,
	"a manifest is an object");

/* Data that the chunker sees in one piece, and the hole behind it. */
struct span {
	size_t data_len; /* bytes in the buffer not yet cut */
	uint64_t hole;   /* 0: more data may follow */
};

struct ingest {
	struct zone_key key;
	struct chunker chunker;
	uint8_t *buffer; /* fed, not yet cut: from begin to end */
	size_t begin, end, room;
	struct span *spans; /* in file order: from span_begin to span_end */
	size_t span_begin, span_end, span_room;
	uint64_t zeros;    /* zero bytes fed last, not yet in the buffer */
	uint64_t fed, cut; /* bytes of the file */
	bool ended, finished, too_large;
	struct manifest levels[LEVELS];
	uint8_t depth;
	struct hash root;
	uint8_t object[OBJECT_SIZE_MAX];
};

struct ingest *ingest_new(const struct zone_key *key, const struct chunker *c)
{
	struct ingest *g = mem_new(sizeof(*g));

	g->key = *key;
	g->chunker = *c;
	for (size_t i = 0; i < LEVELS; i++)
		g->levels[i].depth = (uint8_t)(i + 2);
	return g;
}

void ingest_free(struct ingest *g)
{
	if (g == NULL)
		return;
	if (g->buffer != NULL)
		wipe(g->buffer, g->room);
	mem_free(g->buffer);
	mem_free(g->spans);
	wipe(g, sizeof(*g));
	mem_free(g);
}

/* ---- what is fed: data and holes ---- */

/* Room for len more bytes behind end; what was cut goes. */
static uint8_t *buffer_room(struct ingest *g, size_t len)
{
	if (g->begin > 0 && g->room - g->end < len) {
		memmove(g->buffer, g->buffer + g->begin, g->end - g->begin);
		g->end -= g->begin;
		g->begin = 0;
	}
	if (g->room - g->end < len) {
		check(len <= SIZE_MAX / 4 && g->end <= SIZE_MAX / 4);
		g->room = (g->end + len) * 2;
		g->buffer = mem_resize(g->buffer, g->room, 1);
	}
	return g->buffer + g->end;
}

/* The span that data goes to. */
static struct span *span_open(struct ingest *g)
{
	if (g->span_end > g->span_begin && g->spans[g->span_end - 1].hole == 0)
		return &g->spans[g->span_end - 1];
	if (g->span_begin > 0 && g->span_end == g->span_room) {
		g->span_end -= g->span_begin;
		memmove(g->spans, g->spans + g->span_begin,
			g->span_end * sizeof(*g->spans));
		g->span_begin = 0;
	}
	(void)mem_grow(g->spans, g->span_end, g->span_room);
	g->spans[g->span_end] = (struct span){ 0 };
	return &g->spans[g->span_end++];
}

static void data_add(struct ingest *g, const uint8_t *data, size_t len)
{
	memcpy(buffer_room(g, len), data, len);
	g->end += len;
	span_open(g)->data_len += len;
}

/* Something else than zero follows, or nothing: the run before it is whole. */
static void zeros_end(struct ingest *g)
{
	size_t len;

	if (g->zeros >= HOLE_MIN) {
		span_open(g)->hole = g->zeros;
	} else if (g->zeros > 0) {
		len = (size_t)g->zeros;
		memset(buffer_room(g, len), 0, len);
		g->end += len;
		span_open(g)->data_len += len;
	}
	g->zeros = 0;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && (len == 1 || memcmp(p, p + 1, len - 1) == 0);
}

/* Zero bytes at the beginning of data. */
static size_t zeros_ahead(const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (len - n >= 4096 && all_zero(data + n, 4096))
		n += 4096;
	while (n < len && data[n] == 0)
		n++;
	return n;
}

/* Bytes at the beginning of data, which starts with no zero, up to a run of zeros that
 * may be a hole: one of PROBE bytes or more, or one that reaches the end. */
static size_t data_ahead(const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (len - n >= PROBE && !all_zero(data + n, PROBE))
		n += PROBE;
	if (len - n < PROBE)
		n = len;
	while (data[n - 1] == 0)
		n--;
	return n;
}

static bool feed(struct ingest *g, uint64_t len)
{
	check(!g->ended);
	if (g->too_large || len > INT64_MAX - g->fed) {
		g->too_large = true;
		return false;
	}
	g->fed += len;
	return true;
}

void ingest_data(struct ingest *g, struct bytes data)
{
	if (!feed(g, data.len))
		return;
	for (size_t at = 0; at < data.len;) {
		size_t n = zeros_ahead(data.data + at, data.len - at);

		g->zeros += n;
		at += n;
		if (at == data.len)
			break;
		zeros_end(g);
		n = data_ahead(data.data + at, data.len - at);
		data_add(g, data.data + at, n);
		at += n;
	}
}

void ingest_hole(struct ingest *g, uint64_t len)
{
	if (feed(g, len))
		g->zeros += len;
}

void ingest_end(struct ingest *g)
{
	check(!g->ended);
	zeros_end(g);
	g->ended = true;
}

/* ---- references, depth by depth ---- */

/* Whether the manifest ends behind its last reference: where the name of that says so, so
 * that a change moves only the ends near it. The highest kind takes what it can hold. */
static bool level_full(const struct manifest *m)
{
	const struct ref *last;

	if (m->count < LEVEL_REFS_MIN || m->depth == CONTENT_DEPTH_MAX)
		return false;
	if (m->count == MANIFEST_REFS_MAX)
		return true;
	last = &m->refs[m->count - 1];
	return !last->hole && last->id.b[0] == 0;
}

static void level_add(struct ingest *g, size_t level, const struct ref *ref)
{
	struct manifest *m = &g->levels[level];

	if (m->count == MANIFEST_REFS_MAX) {
		g->too_large = true;
		return;
	}
	m->refs[m->count++] = *ref;
}

/* The level's manifest goes out, and its reference goes up. */
static struct hash level_end(struct ingest *g, size_t level, struct ingest_object *out)
{
	struct manifest *m = &g->levels[level];
	struct writer w = writer_of(g->object, sizeof(g->object));
	struct ref up = { .len = manifest_length(m) };

	manifest_write(&w, m);
	check(!w.overflow);
	up.id = manifest_id(writer_bytes(&w));
	*out = (struct ingest_object){ .id = up.id, .is_manifest = true };
	out->sealed = writer_bytes(&w);
	m->count = 0;
	if (level + 1 < LEVELS)
		level_add(g, level + 1, &up);
	return up.id;
}

static bool level_empty_above(const struct ingest *g, size_t level)
{
	for (size_t i = level + 1; i < LEVELS; i++)
		if (g->levels[i].count > 0)
			return false;
	return true;
}

static void root_set(struct ingest *g, uint8_t depth, const struct hash *root)
{
	g->finished = true;
	g->depth = depth;
	g->root = *root;
}

/* The lowest level that is full, or LEVELS. */
static size_t level_to_end(const struct ingest *g)
{
	size_t i = 0;

	while (i < LEVELS && !level_full(&g->levels[i]))
		i++;
	return i;
}

/* Everything is cut: ends the levels from below until one reference is left. True when a
 * manifest came out. */
static bool finish(struct ingest *g, struct ingest_object *out)
{
	for (size_t i = 0; i < LEVELS; i++) {
		struct manifest *m = &g->levels[i];
		bool top = level_empty_above(g, i);

		if (m->count == 0 && !top)
			continue;
		if (m->count == 0) {
			g->finished = true;
			return false;
		}
		if (top && m->count == 1 && !m->refs[0].hole) {
			root_set(g, (uint8_t)(m->depth - 1), &m->refs[0].id);
			return false;
		}
		g->root = level_end(g, i, out);
		if (top)
			root_set(g, m->depth, &g->root);
		return true;
	}
	return false;
}

/* ---- what is taken ---- */

static void chunk_take(struct ingest *g, size_t len, struct ingest_object *out)
{
	struct bytes plain = bytes_of(g->buffer + g->begin, len);
	struct ref ref = { .len = len };
	size_t sealed_len = chunk_seal(&g->key, plain, g->object, &ref.id);

	*out = (struct ingest_object){ .id = ref.id, .offset = g->cut, .plain_len = len };
	out->sealed = bytes_of(g->object, sealed_len);
	level_add(g, 0, &ref);
	g->begin += len;
	g->cut += len;
	g->spans[g->span_begin].data_len -= len;
}

/* The hole behind data that is all cut. */
static void hole_take(struct ingest *g)
{
	struct ref ref = { .hole = true, .len = g->spans[g->span_begin].hole };

	level_add(g, 0, &ref);
	g->cut += ref.len;
	g->span_begin++;
}

/* Length of the next chunk, or 0: none can be cut yet. A chunk is looked for only when it
 * must be found, so that no byte is hashed twice. */
static size_t next_cut(const struct ingest *g, const struct span *s)
{
	bool last = s->hole > 0 || g->ended;

	if (s->data_len == 0 || (!last && s->data_len < CHUNK_PLAIN_MAX))
		return 0;
	return chunker_cut(
		&g->chunker, bytes_of(g->buffer + g->begin, s->data_len), last);
}

bool ingest_take(struct ingest *g, struct ingest_object *out)
{
	while (!g->too_large && !g->finished) {
		size_t full = level_to_end(g), len;
		const struct span *s;

		if (full < LEVELS) {
			(void)level_end(g, full, out);
			return true;
		}
		if (g->span_begin == g->span_end)
			return g->ended && finish(g, out);
		s = &g->spans[g->span_begin];
		len = next_cut(g, s);
		if (len > 0) {
			chunk_take(g, len, out);
			return true;
		}
		if (s->hole > 0)
			hole_take(g);
		else if (g->ended)
			g->span_begin++;
		else
			return false;
	}
	return false;
}

void ingest_root(
	const struct ingest *g, uint8_t *depth, struct hash *root, uint64_t *size)
{
	*depth = g->too_large ? 0 : g->depth;
	*root = g->too_large ? (struct hash){ { 0 } } : g->root;
	*size = g->fed;
}
