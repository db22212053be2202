/* SPDX-License-Identifier: ISC */
/* Pinned names: their file, and the command that changes them. */
#include "node/daemon/pins.h"

#include <errno.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/control/names.h"
#include "node/crypto/hash.h"

enum {
	HEX_SIZE = 64,
	CHECK_SIZE = 8, /* bytes of a hash */
	LINE_ROOM = HEX_SIZE + 1 + ROUTING_NAME_MAX + 1 + 2 * CHECK_SIZE + 2,
	FILE_ROOM = 128 + NODE_PINS_MAX * LINE_ROOM,
};

static const char file_name[] = "names", head[] = "qanat names 1";

/* ---- the file ---- */

static void line_write(struct text *t, const struct node_id *id, const char *name)
{
	size_t begun = t->len;
	struct hash h;

	text_hex(t, id_bytes(id));
	text_char(t, ' ');
	text_string(t, name);
	h = hash_tagged("qanat pin 1", bytes_of(t->at + begun, t->len - begun));
	text_char(t, ' ');
	text_hex(t, bytes_of(h.b, CHECK_SIZE));
}

static void end_write(struct text *t, size_t pins)
{
	text_string(t, "end ");
	text_u64(t, pins);
}

int pins_save(const struct state *s, const struct node *n)
{
	char *room = mem_new(FILE_ROOM);
	struct text t = text_of(room, FILE_ROOM);
	struct node_pin pin;
	size_t count = 0;
	int err;

	text_string(&t, head);
	text_char(&t, '\n');
	for (; node_pin_at(n, count, &pin); count++) {
		line_write(&t, &pin.id, pin.name);
		text_char(&t, '\n');
	}
	end_write(&t, count);
	text_char(&t, '\n');
	check(!t.cut);
	err = state_file_put(s, file_name, room);
	mem_free(room);
	return err;
}

/* Pins one line; false: it is not what line_write wrote. */
static bool line_take(struct node *n, const char *line)
{
	char name[ROUTING_NAME_MAX + 1], again[LINE_ROOM];
	struct text t = text_of(name, sizeof(name)), a = text_of(again, sizeof(again));
	const char *rest = line + HEX_SIZE + 1;
	struct node_id id;

	if (strlen(line) <= HEX_SIZE || !state_hex_read(line, id.b, sizeof(id.b)))
		return false;
	text_chars(&t, rest, strcspn(rest, " "));
	line_write(&a, &id, name);
	return strcmp(line, again) == 0 && node_pin(n, &id, name) == 0;
}

/* Pins what can be read; false: not all of it. */
static bool text_take(struct node *n, const char *all)
{
	size_t lines = 0, pins = 0;
	bool begun = false, ended = false;
	const char *at = all, *stop;

	for (; (stop = strchr(at, '\n')) != NULL; at = stop + 1, lines++) {
		char line[LINE_ROOM + 1], end[32];
		struct text t = text_of(line, sizeof(line)),
			    e = text_of(end, sizeof(end));

		text_chars(&t, at, (size_t)(stop - at));
		end_write(&e, pins);
		if (lines == 0)
			begun = strcmp(line, head) == 0;
		else if (line_take(n, line))
			pins++;
		else
			ended = strcmp(line, end) == 0;
	}
	/* the head, the pins, and an end that counts them all */
	return begun && ended && lines == pins + 2 && *at == '\0';
}

int pins_load(const struct state *s, struct node *n)
{
	char *room = mem_new(FILE_ROOM);
	int err = state_file_get(s, file_name, room, FILE_ROOM);

	if (err == 0 && !text_take(n, room))
		err = -EBADMSG;
	mem_free(room);
	return err == -ENOENT ? 0 : err;
}

/* ---- the command ---- */

static void pin_fill(struct daemon *d, const struct node_pin *pin, struct shown_pin *out,
	struct routing_route *r)
{
	bool is_self = id_equal(&pin->id, &d->self.id);

	*out = (struct shown_pin){ .id = pin->id,
		.name = bytes_of_string(pin->name),
		.address = pin->address,
		.reachable = is_self ||
			     routing_route(node_routing(d->node), &pin->address, r) };
	if (is_self)
		out->announced = bytes_of_string(d->settings.name);
	else if (out->reachable)
		out->announced = bytes_of_string(r->name);
}

static void answer(struct client *c, const struct node_pin *pins, size_t count)
{
	struct shown_pin *rows = mem_array(count, sizeof(*rows));
	struct routing_route *routes = mem_array(count, sizeof(*routes));
	struct buffer json;

	for (size_t i = 0; i < count; i++)
		pin_fill(c->daemon, &pins[i], &rows[i], &routes[i]);
	buffer_init(&json, REPLY_JSON_MAX);
	names_json(&json, rows, count);
	client_answer(c, &json);
	buffer_fini(&json);
	mem_free(routes);
	mem_free(rows);
}

static void list(struct client *c)
{
	struct node_pin *all = mem_array(NODE_PINS_MAX, sizeof(*all));
	size_t count = 0;

	while (count < NODE_PINS_MAX && node_pin_at(c->daemon->node, count, &all[count]))
		count++;
	answer(c, all, count);
	mem_free(all);
}

/* False: the client was told what its words lack. */
static bool is_whole(struct client *c)
{
	const struct request *r = &c->request;
	char name[ROUTING_NAME_MAX + 1];
	const char *why = NULL;

	if (r->node[0] == '\0')
		why = "NODE is missing";
	else if (r->remove == (r->name[0] != '\0'))
		why = "say either which NAME, or --remove";
	if (why != NULL)
		client_fail(c, EXIT_USAGE, "name", why, "try: qanat name --help");
	else if (!r->remove && !node_name_parse(name, r->name))
		client_fail(c, EXIT_USAGE, r->name, "cannot be a name",
			"a name is 1 to 31 letters, digits and hyphens, with no hyphen "
			"at either end");
	else
		return true;
	return false;
}

/* Says why the name could not be pinned. */
static void refuse(struct client *c, int err)
{
	const struct node_pin *taken = node_pin_named(c->daemon->node, c->request.name);
	char why[96], fix[128];
	struct text w = text_of(why, sizeof(why)), f = text_of(fix, sizeof(fix));

	if (err != -EEXIST || taken == NULL) {
		client_fail(c, EXIT_FAILED, c->request.name,
			err == -ENOSPC ? "1024 names are pinned already" : strerror(-err),
			err == -ENOSPC ? "qanat name lists them; qanat name NODE --remove"
				       : NULL);
		return;
	}
	text_string(&w, "is pinned to another key, ");
	text_hex(&w, bytes_of(taken->id.b, 8));
	text_string(&f, "choose another name, or free it: qanat name ");
	text_string(&f, taken->name);
	text_string(&f, " --remove");
	client_fail(c, EXIT_CHOICE, c->request.name, why, fix);
}

/* What is not on the disk does not hold. */
static bool keep(
	struct client *c, const struct node_id *id, const struct node_pin *before)
{
	struct daemon *d = c->daemon;
	struct address node = address_of(id);
	int err = pins_save(&d->state, d->node);

	if (err == 0)
		return true;
	if (before != NULL)
		check(node_pin(d->node, id, before->name) == 0);
	else
		(void)node_unpin(d->node, &node);
	client_fail(c, EXIT_FAILED, "name: cannot be kept in the state directory",
		strerror(-err), "nothing was changed; make room there and try again");
	return false;
}

static void change(struct client *c, const struct node_id *id)
{
	struct node *n = c->daemon->node;
	struct address node = address_of(id);
	const struct node_pin *found = node_pin_of(n, &node);
	struct node_pin before, after;
	int err = 0;

	if (found != NULL)
		before = after = *found;
	if (!c->request.remove) {
		err = node_pin(n, id, c->request.name);
	} else if (found == NULL) {
		client_fail(c, EXIT_NOT_FOUND, c->request.node, "has no pinned name",
			"see which there are: qanat name");
		return;
	} else {
		(void)node_unpin(n, &node);
	}
	if (err < 0) {
		refuse(c, err);
		return;
	}
	if (!keep(c, id, found != NULL ? &before : NULL))
		return;
	if (!c->request.remove)
		after = *node_pin_of(n, &node);
	answer(c, &after, 1);
}

void pins_command(struct client *c)
{
	struct node_id id;

	if (c->request.node[0] == '\0' && c->request.name[0] == '\0' &&
		!c->request.remove) {
		list(c);
		return;
	}
	if (!is_whole(c))
		return;
	if (c->daemon->pins_error != 0) {
		client_fail(c, EXIT_FAILED, "name: the pins in the state directory",
			c->daemon->pins_error == -EBADMSG
				? "the file names is damaged"
				: strerror(-c->daemon->pins_error),
			PINS_FIX);
		return;
	}
	if (client_node_id(c, &id))
		change(c, &id);
}
