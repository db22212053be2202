/* SPDX-License-Identifier: ISC */
/* The disk of a node in memory, as a user sees it: one list of nodes with parents. */
#include "sync/memory/inside.h"

#include "node/base/text.h"
#include "node/crypto/hash.h"

struct memory_node *memory_child(
	const struct memory_node *d, const char *name, size_t len)
{
	struct memory_node *n;

	DL_FOREACH (d->children, n)
		if (strlen(n->name) == len && memcmp(n->name, name, len) == 0)
			return n;
	return NULL;
}

struct memory_node *memory_child_add(struct memory_store *m, struct memory_node *d,
	const char *name, size_t len, enum entry_kind kind)
{
	struct memory_node *n = mem_new(sizeof(*n));

	check(len > 0 && len <= ENTRY_NAME_MAX);
	memcpy(n->name, name, len);
	n->parent = d;
	n->kind = kind;
	n->mode = kind == ENTRY_DIRECTORY ? 0755 : kind == ENTRY_SYMLINK ? 0777 : 0644;
	n->number = ++m->numbers;
	DL_APPEND(d->children, n);
	m->changes++;
	return n;
}

/* Walks to path; make: missing directories are made. */
struct memory_node *memory_walk(struct memory_store *m, const char *path, bool make)
{
	struct memory_node *at = &m->root;

	while (*path != '\0') {
		const char *end;
		struct memory_node *n;

		while (*path == '/')
			path++;
		if (*path == '\0')
			break;
		end = strchr(path, '/');
		if (end == NULL)
			end = path + strlen(path);
		n = memory_child(at, path, (size_t)(end - path));
		if (n == NULL && make)
			n = memory_child_add(
				m, at, path, (size_t)(end - path), ENTRY_DIRECTORY);
		if (n == NULL)
			return NULL;
		at = n;
		path = end;
	}
	return at;
}

static struct memory_node *find(const struct memory_store *m, const char *path)
{
	return memory_walk((struct memory_store *)m, path, false);
}

static struct memory_node *parent_of(
	struct memory_store *m, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char head[4096];

	check(slash != NULL && (size_t)(slash - path) < sizeof(head));
	memcpy(head, path, (size_t)(slash - path));
	head[slash - path] = '\0';
	*name = slash + 1;
	return memory_walk(m, head, true);
}

static void forget_node(struct memory_store *m, const struct memory_node *n)
{
	struct row *r, *next;

	HASH_ITER (hh, m->rows, r, next) {
		if (r->at == n)
			r->at = NULL;
		if (r->in == n)
			r->in = NULL;
	}
	HASH_ITER (hh, m->pending, r, next) {
		if (r->at == n)
			r->at = NULL;
		if (r->in == n)
			r->in = NULL;
	}
}

void memory_node_free(struct memory_store *m, struct memory_node *n)
{
	struct memory_node *c, *next;

	DL_FOREACH_SAFE (n->children, c, next)
		memory_node_free(m, c);
	forget_node(m, n);
	m->changes++;
	if (n->parent != NULL)
		DL_DELETE(n->parent->children, n);
	mem_free(n->data);
	mem_free(n);
}

static void data_set(struct memory_node *n, struct bytes data)
{
	mem_free(n->data);
	n->data = mem_copy(data.data, data.len);
	n->len = data.len;
	n->generation++;
}

void memory_write(struct memory_store *m, const char *path, struct bytes data,
	uint16_t mode, int64_t mtime_s)
{
	const char *name;
	struct memory_node *d = parent_of(m, path, &name),
			   *n = memory_child(d, name, strlen(name));

	if (d->kind != ENTRY_DIRECTORY || (n != NULL && n->kind == ENTRY_DIRECTORY))
		return;
	if (n == NULL)
		n = memory_child_add(m, d, name, strlen(name), ENTRY_FILE);
	n->mode = mode;
	n->mtime_s = mtime_s;
	data_set(n, data);
	m->changes++;
}

void memory_mkdir(struct memory_store *m, const char *path)
{
	check(memory_walk(m, path, true) != NULL);
}

void memory_symlink(struct memory_store *m, const char *path, const char *target)
{
	const char *name;
	struct memory_node *d = parent_of(m, path, &name);

	if (memory_child(d, name, strlen(name)) == NULL)
		data_set(memory_child_add(m, d, name, strlen(name), ENTRY_SYMLINK),
			bytes_of_string(target));
}

bool memory_remove(struct memory_store *m, const char *path)
{
	struct memory_node *n = find(m, path);

	if (n == NULL || n == &m->root)
		return false;
	memory_node_free(m, n);
	return true;
}

static bool inside(const struct memory_node *n, const struct memory_node *d)
{
	for (; n != NULL; n = n->parent)
		if (n == d)
			return true;
	return false;
}

void memory_place(
	struct memory_node *n, struct memory_node *d, const char *name, size_t len)
{
	DL_DELETE(n->parent->children, n);
	n->parent = d;
	memset(n->name, 0, sizeof(n->name));
	memcpy(n->name, name, len);
	DL_APPEND(d->children, n);
}

bool memory_rename(struct memory_store *m, const char *from, const char *to)
{
	struct memory_node *n = find(m, from), *d;
	const char *name;

	if (n == NULL || n == &m->root || find(m, to) != NULL)
		return false;
	d = parent_of(m, to, &name);
	if (d->kind != ENTRY_DIRECTORY || inside(d, n))
		return false;
	memory_place(n, d, name, strlen(name));
	m->changes++;
	return true;
}

bool memory_read(const struct memory_store *m, const char *path, struct bytes *data)
{
	struct memory_node *n = find(m, path);

	if (n == NULL || n->kind == ENTRY_DIRECTORY)
		return false;
	*data = bytes_of(n->data, n->len);
	return true;
}

bool memory_exists(const struct memory_store *m, const char *path)
{
	return find(m, path) != NULL;
}

static void hash_node(const struct memory_node *n, const struct hash *above,
	struct hash *sum, size_t *count)
{
	const struct memory_node *c;
	struct hash_state h;
	struct hash one;
	uint8_t facts[11];
	struct writer w = writer_of(facts, sizeof(facts));
	unsigned carry = 0;

	write_u8(&w, (uint8_t)n->kind);
	write_u16(&w, n->mode);
	write_i64(&w, n->kind == ENTRY_FILE ? n->mtime_s : 0);
	hash_begin(&h, "memory tree");
	hash_add(&h, id_bytes(above));
	hash_add(&h, writer_bytes(&w));
	hash_add(&h, bytes_of(n->name, sizeof(n->name)));
	if (n->kind != ENTRY_DIRECTORY)
		hash_add(&h, bytes_of(n->data, n->len));
	one = hash_end(&h);
	for (size_t i = 0; i < sizeof(sum->b); i++) {
		carry += (unsigned)sum->b[i] + one.b[i];
		sum->b[i] = (uint8_t)carry;
		carry >>= 8;
	}
	++*count;
	DL_FOREACH (n->children, c)
		hash_node(c, &one, sum, count);
}

struct hash memory_digest(const struct memory_store *m, const char *path, size_t *count)
{
	const struct memory_node *d = find(m, path), *c;
	struct hash sum = { { 0 } }, above = { { 0 } };

	*count = 0;
	if (d != NULL)
		DL_FOREACH (d->children, c)
			hash_node(c, &above, &sum, count);
	return sum;
}

static const struct memory_node *nth(
	const struct memory_node *d, size_t *i, struct text *t)
{
	const struct memory_node *c, *found;
	struct text before;

	DL_FOREACH (d->children, c) {
		before = *t;
		text_char(t, '/');
		text_string(t, c->name);
		if ((*i)-- == 0)
			return c;
		found = nth(c, i, t);
		if (found != NULL)
			return found;
		*t = before;
		t->at[t->len] = '\0';
	}
	return NULL;
}

bool memory_path_at(const struct memory_store *m, const char *path, size_t i, char *out,
	size_t room, bool *directory)
{
	const struct memory_node *d = find(m, path), *found;
	struct text t = text_of(out, room);

	text_string(&t, path);
	found = d != NULL ? nth(d, &i, &t) : NULL;
	if (found != NULL)
		*directory = found->kind == ENTRY_DIRECTORY;
	return found != NULL;
}

void memory_begin(const struct memory_store *m, const char *path, struct memory_cursor *c)
{
	*c = (struct memory_cursor){ .top = find(m, path) };
}

bool memory_next(struct memory_cursor *c, struct memory_item *out)
{
	const struct memory_node *n = c->at != NULL ? c->at : c->top;

	if (n == NULL)
		return false;
	if (n->children != NULL) {
		n = n->children;
		c->depth++;
	} else {
		while (n != c->top && n->next == NULL) {
			n = n->parent;
			c->depth--;
		}
		n = n == c->top ? NULL : n->next;
	}
	c->at = n;
	if (n == NULL) {
		c->top = NULL;
		return false;
	}
	*out = (struct memory_item){ n->name, n->kind, n->mode, n->mtime_s,
		bytes_of(n->data, n->len), c->depth };
	return true;
}

static void path_write(const struct memory_node *n, struct text *t)
{
	if (n->parent != NULL)
		path_write(n->parent, t);
	if (n->parent == NULL)
		return;
	text_char(t, '/');
	text_string(t, n->name);
}

void memory_path(const struct memory_cursor *c, char *out, size_t room)
{
	struct text t = text_of(out, room);

	path_write(c->at, &t);
}

uint64_t memory_changes(const struct memory_store *m)
{
	return m->changes;
}

void memory_chmod(struct memory_store *m, const char *path, uint16_t mode)
{
	struct memory_node *n = find(m, path);

	if (n == NULL || n == &m->root)
		return;
	n->mode = mode;
	n->generation++;
	m->changes++;
}
