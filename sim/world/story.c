/* SPDX-License-Identifier: ISC */
/*
 * A record is one JSON object in s->line. Where json_out writes the schema, which only the
 * first record keeps, the others begin with their time. What must not be repeated is held
 * by a hash of its last record, without the time, in the table `said`.
 */
#include "sim/world/story.h"

#include <errno.h>

#include "node/base/mem.h"
#include "node/control/json_out.h"

enum { LINE_BYTES_MAX = 65536, NODES_MAX = 1 << 20, DIGEST_SHOWN = 4 };

/* Kinds of what is said about a node; numbers below are folders. */
enum { SAID_NODE = UINT32_MAX, SAID_ROUTES = UINT32_MAX - 1, SAID_LIFE = UINT32_MAX - 2 };

struct said_key {
	uint32_t node, kind;
};

struct story_said {
	struct said_key key;
	uint64_t record;
	UT_hash_handle hh;
};

/* ---- one record ---- */

static struct json_out line_begin(struct story *s, struct instant now, const char *is)
{
	struct json_out j;

	buffer_cut(&s->line, 0);
	j = json_out_of(&s->line, "story");
	s->opened = s->line.len;
	json_out_seconds(&j, "t", known(instant_since_us(now, s->start)));
	s->body = s->line.len;
	json_out_string(&j, "is", is);
	return j;
}

/* True when this was said last under the key, which remembers it from now on. */
static bool is_repeated(struct story *s, uint32_t node, uint32_t kind)
{
	struct said_key key = { node, kind };
	uint64_t record = siphash_table(s->line.data + s->body, s->line.len - s->body);
	struct story_said *said;
	bool same;

	HASH_FIND(hh, s->said, &key, sizeof(key), said);
	if (said == NULL) {
		said = mem_new(sizeof(*said));
		said->key = key;
		said->record = ~record;
		HASH_ADD(hh, s->said, key, sizeof(said->key), said);
	}
	same = said->record == record;
	said->record = record;
	return same;
}

/* The object without its schema: what stands before the comma that follows it goes. */
static struct bytes line_write(struct story *s, bool with_schema)
{
	size_t skip = with_schema ? 0 : s->opened;

	check(!s->line.overflow);
	s->line.data[skip] = '{';
	if (s->lines != NULL) {
		fwrite(s->line.data + skip, 1, s->line.len - skip, s->lines);
		fputc('\n', s->lines);
	}
	return bytes_of(s->line.data + skip, s->line.len - skip);
}

static void line_end(struct story *s, struct json_out *j)
{
	json_out_finish(j);
	story_page_line(&s->page, line_write(s, false));
}

static void line_end_unless_repeated(
	struct story *s, struct json_out *j, uint32_t node, uint32_t kind)
{
	json_out_finish(j);
	if (!is_repeated(s, node, kind))
		story_page_line(&s->page, line_write(s, false));
}

/* ---- links ---- */

static struct story_links *links_at(struct story *s, uint32_t node)
{
	check(node < NODES_MAX);
	if (node >= s->node_count) {
		uint32_t count = node + 1 + node / 2;

		s->links = mem_resize(s->links, count, sizeof(*s->links));
		memset(s->links + s->node_count, 0,
			(count - s->node_count) * sizeof(*s->links));
		s->node_count = count;
	}
	return &s->links[node];
}

static void tell_link(
	struct story *s, struct instant now, uint32_t from, uint32_t to, bool up)
{
	struct json_out j = line_begin(s, now, "link");

	json_out_u64(&j, "from", from);
	json_out_u64(&j, "to", to);
	json_out_bool(&j, "up", up);
	line_end(s, &j);
}

static bool hearers_same(
	const struct story_links *n, const struct hearer *hearers, size_t count)
{
	for (size_t i = 0; i < count && n->count == count; i++)
		if (n->hearers[i] != hearers[i].node)
			return false;
	return n->count == count;
}

void story_tell_hearers(struct story *s, struct instant now, uint32_t from,
	const struct hearer *hearers, size_t count)
{
	struct story_links *n = links_at(s, from);
	size_t i = 0, k = 0;

	if (hearers_same(n, hearers, count))
		return;
	while (i < n->count || k < count) {
		if (k == count || (i < n->count && n->hearers[i] < hearers[k].node))
			tell_link(s, now, from, n->hearers[i++], false);
		else if (i == n->count || hearers[k].node < n->hearers[i])
			tell_link(s, now, from, hearers[k++].node, true);
		else
			i++, k++;
	}
	n->count = 0;
	for (k = 0; k < count; k++) {
		mem_grow(n->hearers, n->count, n->room);
		n->hearers[n->count++] = hearers[k].node;
	}
}

/* ---- the records ---- */

void story_tell_begin(
	struct story *s, struct instant now, const char *title, uint64_t seed)
{
	struct json_out j = line_begin(s, now, "begin");

	json_out_string(&j, "title", title);
	json_out_u64(&j, "seed", seed);
	json_out_finish(&j);
	story_page_line(&s->page, line_write(s, true));
}

void story_tell_node(struct story *s, struct instant now, uint32_t node, const char *name,
	const struct story_place *place)
{
	struct json_out j = line_begin(s, now, "node");

	json_out_u64(&j, "node", node);
	json_out_string(&j, "name", name);
	json_out_known(&j, "x_mm", (struct known){ place->placed, place->x_mm });
	json_out_known(&j, "y_mm", (struct known){ place->placed, place->y_mm });
	line_end_unless_repeated(s, &j, node, SAID_NODE);
}

void story_tell_life(
	struct story *s, struct instant now, uint32_t node, enum story_life life)
{
	static const char *const names[] = { "born", "died", "asleep", "awake" };
	struct json_out j = line_begin(s, now, names[life]);

	json_out_u64(&j, "node", node);
	line_end_unless_repeated(s, &j, node, SAID_LIFE);
}

void story_tell_frame(struct story *s, struct instant now, enum story_fate fate,
	const struct story_frame *f)
{
	static const char *const names[] = { "send", "receive", "lose" };
	struct story_dot dot = { instant_since_us(now, s->start), f->from, f->to,
		f->bytes, (uint8_t)fate, 0 };
	struct json_out j;

	story_page_frame(&s->page, &dot, f->class);
	if (s->lines == NULL)
		return;
	j = line_begin(s, now, names[fate]);
	json_out_u64(&j, "node", fate == STORY_SENT ? f->from : f->to);
	if (fate != STORY_SENT)
		json_out_u64(&j, "from", f->from);
	else if (f->to != STORY_ALL)
		json_out_u64(&j, "to", f->to);
	else
		json_out_null(&j, "to");
	json_out_u64(&j, "bytes", f->bytes);
	json_out_string(&j, "class", f->class);
	json_out_finish(&j);
	line_write(s, false); /* the page has it as numbers */
}

void story_tell_folder(
	struct story *s, struct instant now, uint32_t node, const struct story_folder *f)
{
	struct json_out j = line_begin(s, now, "folder");
	struct bytes tree = f->tree;

	check(f->number < SAID_LIFE);
	if (tree.len > DIGEST_SHOWN)
		tree.len = DIGEST_SHOWN;
	json_out_u64(&j, "node", node);
	json_out_u64(&j, "folder", f->number);
	json_out_string(&j, "state", f->state);
	json_out_u64(&j, "files", f->files);
	json_out_u64(&j, "need_files", f->need_files);
	json_out_u64(&j, "need_bytes", f->need_bytes);
	json_out_hex(&j, "tree", tree);
	line_end_unless_repeated(s, &j, node, f->number);
}

void story_tell_routes(struct story *s, struct instant now, uint32_t node, size_t count,
	const struct story_hop *hops)
{
	struct json_out j = line_begin(s, now, "routes");

	json_out_u64(&j, "node", node);
	json_out_u64(&j, "count", count);
	if (hops != NULL) {
		json_out_array(&j, "next");
		for (size_t i = 0; i < count && i < STORY_HOPS_MAX; i++) {
			json_out_array(&j, NULL);
			json_out_u64(&j, NULL, hops[i].to);
			json_out_u64(&j, NULL, hops[i].next);
			json_out_u64(&j, NULL, hops[i].hops);
			json_out_close(&j);
		}
		json_out_close(&j);
	}
	line_end_unless_repeated(s, &j, node, SAID_ROUTES);
}

void story_tell_event(struct story *s, struct instant now, const char *text)
{
	struct json_out j = line_begin(s, now, "event");

	json_out_string(&j, "text", text);
	line_end(s, &j);
}

void story_tell_verdict(struct story *s, struct instant now, const char *name, bool held,
	const char *text)
{
	struct json_out j = line_begin(s, now, "verdict");

	json_out_string(&j, "name", name);
	json_out_bool(&j, "held", held);
	json_out_string(&j, "text", text);
	line_end_unless_repeated(
		s, &j, STORY_ALL, (uint32_t)siphash_table(name, strlen(name)));
}

void story_tell_ways(struct story *s, struct instant now, uint64_t pairs, uint64_t routed,
	uint64_t circles)
{
	struct json_out j = line_begin(s, now, "ways");

	json_out_u64(&j, "pairs", pairs);
	json_out_u64(&j, "routed", routed);
	json_out_u64(&j, "circles", circles);
	line_end(s, &j);
}

void story_tell_end(struct story *s, struct instant now, bool held, const char *text)
{
	struct json_out j = line_begin(s, now, "end");

	json_out_bool(&j, "held", held);
	json_out_string(&j, "text", text);
	line_end(s, &j);
}

/* ---- its life ---- */

struct story *story_new(struct instant start)
{
	struct story *s = mem_new(sizeof(*s));

	s->start = start;
	buffer_init(&s->line, LINE_BYTES_MAX);
	return s;
}

int story_lines_open(struct story *s, const char *path)
{
	s->lines = fopen(path, "we");
	return s->lines != NULL ? 0 : -errno;
}

int story_page_open(struct story *s, const char *path)
{
	FILE *out = fopen(path, "we");

	if (out == NULL)
		return -errno;
	story_page_init(&s->page, out);
	return 0;
}

int story_free(struct story *s)
{
	struct story_said *said, *next;
	int err = 0;

	if (s == NULL)
		return 0;
	if (s->lines != NULL) {
		bool bad = ferror(s->lines) != 0;

		bad |= fclose(s->lines) != 0;
		err = bad ? -EIO : 0;
	}
	if (story_page_fini(&s->page) < 0)
		err = -EIO;
	HASH_ITER (hh, s->said, said, next) {
		HASH_DELETE(hh, s->said, said);
		mem_free(said);
	}
	for (uint32_t i = 0; i < s->node_count; i++)
		mem_free(s->links[i].hearers);
	mem_free(s->links);
	buffer_fini(&s->line);
	mem_free(s);
	return err;
}
