/* SPDX-License-Identifier: ISC */
/*
 * Who is called what. An announced name is a proposal that anybody can make; a pin binds a
 * name to one key, and no other key is ever found under it. Two that announce one name, or one
 * that announces a pinned name of another key, clash: such a name means nobody.
 */
#include "node/core/core.h"

#include <errno.h>
#include <stdlib.h>

#include "node/base/mem.h"

enum { ID_PREFIX_MIN = 4 };

/* ASCII only: names are unchecked text, and DNS knows no other letters (RFC 4343). */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Cut at what a name may be long; the caller has seen to it that nothing is lost. */
static void fold(char out[ROUTING_NAME_MAX + 1], const char *name)
{
	size_t i = 0;

	for (; i < ROUTING_NAME_MAX && name[i] != '\0'; i++)
		out[i] = lower(name[i]);
	out[i] = '\0';
}

bool node_name_parse(char out[ROUTING_NAME_MAX + 1], const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > ROUTING_NAME_MAX || text[0] == '-' || text[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = lower(text[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	fold(out, text);
	return true;
}

/* ---- pins ---- */

static struct pin *pin_named(const struct node *n, const char *folded)
{
	struct pin *p;

	HASH_FIND(by_name, n->pins, folded, strlen(folded), p);
	return p;
}

static struct pin *pin_of(const struct node *n, const struct address *node)
{
	struct pin *p;

	HASH_FIND(by_address, n->pins_by_address, node, sizeof(*node), p);
	return p;
}

static int compare_pins(const struct pin *a, const struct pin *b)
{
	return strcmp(a->pin.name, b->pin.name);
}

static void pin_free(struct node *n, struct pin *p)
{
	HASH_DELETE(by_name, n->pins, p);
	/* whoever is in one list is in both, which the analyzer cannot know
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	HASH_DELETE(by_address, n->pins_by_address, p);
	mem_free(p);
}

int node_pin(struct node *n, const struct node_id *id, const char *name)
{
	struct address node = address_of(id);
	struct pin *old = pin_of(n, &node), *p;
	char folded[ROUTING_NAME_MAX + 1];

	if (!node_name_parse(folded, name))
		return -EINVAL;
	p = pin_named(n, folded);
	if (p != NULL)
		return p == old ? 0 : -EEXIST;
	if (old == NULL && HASH_CNT(by_name, n->pins) >= NODE_PINS_MAX)
		return -ENOSPC;
	if (old != NULL)
		pin_free(n, old);
	p = mem_new(sizeof(*p));
	p->pin.id = *id;
	p->pin.address = node;
	fold(p->pin.name, folded);
	HASH_ADD_KEYPTR_INORDER(
		by_name, n->pins, p->pin.name, strlen(p->pin.name), p, compare_pins);
	HASH_ADD(by_address, n->pins_by_address, pin.address, sizeof(p->pin.address), p);
	return 0;
}

bool node_unpin(struct node *n, const struct address *node)
{
	struct pin *p = pin_of(n, node);

	if (p != NULL)
		pin_free(n, p);
	return p != NULL;
}

void pins_fini(struct node *n)
{
	struct pin *p, *next;

	HASH_ITER (by_name, n->pins, p, next)
		pin_free(n, p);
}

bool node_pin_at(const struct node *n, size_t i, struct node_pin *out)
{
	const struct pin *p = n->pins;

	while (p != NULL && i-- > 0)
		p = p->by_name.next;
	if (p != NULL)
		*out = p->pin;
	return p != NULL;
}

const struct node_pin *node_pin_of(const struct node *n, const struct address *node)
{
	const struct pin *p = pin_of(n, node);

	return p != NULL ? &p->pin : NULL;
}

const struct node_pin *node_pin_named(const struct node *n, const char *name)
{
	char folded[ROUTING_NAME_MAX + 1];
	const struct pin *p = node_name_parse(folded, name) ? pin_named(n, folded) : NULL;

	return p != NULL ? &p->pin : NULL;
}

/* ---- whom a text means ---- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_id_prefix(const struct node_id *id, const char *text)
{
	size_t len = strlen(text);

	if (len < ID_PREFIX_MIN || len > 2 * sizeof(id->b))
		return false;
	for (size_t i = 0; i < len; i++) {
		int digit = id->b[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;

		if (hex_value(text[i]) != digit)
			return false;
	}
	return true;
}

static bool is_address(const struct address *a, const char *text)
{
	char buffer[48];
	struct text t = text_of(buffer, sizeof(buffer));

	if (strchr(text, ':') == NULL)
		return false;
	text_ipv6(&t, a->b);
	return strcmp(buffer, text) == 0;
}

static bool is_same_name(const char *a, const char *b)
{
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

struct search {
	const char *text;
	size_t found; /* nodes that it may mean: more than one are counted as they come */
	struct node_id id;
};

static void consider(struct search *s, const struct node_id *id,
	const struct address *node, const char *name)
{
	if (!is_id_prefix(id, s->text) && !is_address(node, s->text) &&
		!is_same_name(name, s->text))
		return;
	if (s->found == 0 || !id_equal(&s->id, id))
		s->found++;
	s->id = *id;
}

int node_find_id(const struct node *n, const char *text, struct node_id *out)
{
	const struct node_pin *pin = node_pin_named(n, text);
	struct search s = { .text = text };
	struct routing_route r;

	if (*text == '\0')
		return -ENOENT;
	if (pin != NULL) {
		*out = pin->id;
		return 0;
	}
	consider(&s, &n->config.self->id, &n->self, n->config.name);
	/* a row that is gone for a moment must not hide those behind it */
	for (size_t i = 0; i < routing_route_count(n->routing); i++)
		if (routing_route_at(n->routing, i, &r))
			consider(&s, &r.id, &r.node, r.name);
	/* by id and address also those that are away; text is none of their names */
	for (const struct pin *p = n->pins; p != NULL; p = p->by_name.next)
		consider(&s, &p->pin.id, &p->pin.address, p->pin.name);
	*out = s.id;
	if (s.found == 0)
		return -ENOENT;
	return s.found == 1 ? 0 : -ENOTUNIQ;
}

int node_find(const struct node *n, const char *text, struct address *out)
{
	struct node_id id;
	int err = node_find_id(n, text, &id);

	if (err == 0)
		*out = address_of(&id);
	return err;
}

static bool is_whole_id(const char *text, struct node_id *out)
{
	if (strlen(text) != 2 * sizeof(out->b))
		return false;
	for (size_t i = 0; i < 2 * sizeof(out->b); i++) {
		int digit = hex_value(text[i]);

		if (digit < 0)
			return false;
		out->b[i / 2] =
			(uint8_t)(i % 2 == 0 ? digit << 4 : out->b[i / 2] | digit);
	}
	return true;
}

int node_member_find(
	const struct node *n, struct instant now, const char *text, struct node_id *out)
{
	struct mesh_member m;
	size_t found = 0;
	int err;

	if (is_whole_id(text, out))
		return 0;
	err = node_find_id(n, text, out);
	if (err != -ENOENT)
		return err;
	for (size_t i = 0; mesh_member_at(n->mesh, now, i, &m); i++) {
		if (!is_id_prefix(&m.id, text))
			continue;
		found++;
		*out = m.id;
	}
	if (found == 0)
		return -ENOENT;
	return found == 1 ? 0 : -ENOTUNIQ;
}

/* ---- names for lists ---- */

struct announced {
	char name[ROUTING_NAME_MAX + 1]; /* folded */
	struct node_id id;
	struct address node;
};

struct node_names {
	const struct node *node;
	size_t count;
	struct announced *all; /* owned; by name, then address */
};

static int compare_announced(const void *a, const void *b)
{
	const struct announced *x = a, *y = b;
	int by_name = strcmp(x->name, y->name);

	return by_name != 0 ? by_name : id_compare(&x->node, &y->node);
}

static void names_add(struct node_names *s, const struct node_id *id,
	const struct address *node, const char *name)
{
	struct announced *a = &s->all[s->count];

	if (*name == '\0')
		return;
	fold(a->name, name);
	a->id = *id;
	a->node = *node;
	s->count++;
}

struct node_names *node_names_new(const struct node *n)
{
	struct node_names *s = mem_new(sizeof(*s));
	size_t routes = routing_route_count(n->routing);
	struct routing_route r;

	s->node = n;
	s->all = mem_array(routes + 1, sizeof(*s->all));
	names_add(s, &n->config.self->id, &n->self, n->config.name);
	for (size_t i = 0; i < routes; i++)
		if (routing_route_at(n->routing, i, &r))
			names_add(s, &r.id, &r.node, r.name);
	if (s->count > 1)
		qsort(s->all, s->count, sizeof(*s->all), compare_announced);
	return s;
}

void node_names_free(struct node_names *s)
{
	if (s != NULL)
		mem_free(s->all);
	mem_free(s);
}

/* The first one with this name or a later one. */
static size_t names_from(const struct node_names *s, const char *folded)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(s->all[middle].name, folded) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct node_name node_name_of(
	const struct node_names *s, const struct address *node, const char *announced)
{
	const struct node_pin *pin = node_pin_of(s->node, node);
	struct node_name out = { .text = announced };
	char folded[ROUTING_NAME_MAX + 1];

	if (pin != NULL)
		return (struct node_name){ .text = pin->name, .pinned = true };
	if (*announced == '\0')
		return out;
	fold(folded, announced);
	out.clash = pin_named(s->node, folded) != NULL;
	for (size_t i = names_from(s, folded);
		!out.clash && i < s->count && strcmp(s->all[i].name, folded) == 0; i++)
		out.clash = !id_equal(&s->all[i].node, node);
	return out;
}

bool node_clash_next(const struct node_names *s, size_t *at, struct node_clash *out)
{
	while (*at < s->count) {
		const struct announced *first = &s->all[*at];
		const struct pin *pin = pin_named(s->node, first->name);
		size_t nameless = 0;

		*out = (struct node_clash){ .name = first->name,
			.pin = pin != NULL ? &pin->pin : NULL };
		for (; *at < s->count && strcmp(s->all[*at].name, first->name) == 0;
			(*at)++) {
			const struct announced *a = &s->all[*at];

			out->count++;
			if (pin_of(s->node, &a->node) != NULL)
				continue;
			/* our own key is known well: better that the other one is named */
			if (nameless == 0 || id_equal(&out->node, &s->node->self)) {
				out->id = a->id;
				out->node = a->node;
			}
			nameless++;
		}
		if (nameless > 0 && (out->count > 1 || pin != NULL))
			return true;
	}
	return false;
}
