/* SPDX-License-Identifier: ISC */
/* The rules of the door: from the file to the node, from commands to the file. */
#include "node/daemon/rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/daemon/client.h"
#include "node/daemon/shown.h"
#include "node/inet/scope.h"

enum { LINE_MAX_BYTES = 48 + 1 + 64 + 1 + SERVICE_TEXT_MAX + 1 };

static const char file_name[] = "allow";

static bool rule_equal(const struct rule *a, const struct rule *b)
{
	return id_equal(&a->node, &b->node) &&
	       a->service.protocol == b->service.protocol &&
	       a->service.port == b->service.port;
}

/* 0, -EEXIST it is there already, -ENOSPC. */
static int rule_add(struct rules *all, const struct rule *r)
{
	for (size_t i = 0; i < all->count; i++)
		if (rule_equal(&all->rows[i], r))
			return -EEXIST;
	if (all->count == array_len(all->rows))
		return -ENOSPC;
	all->rows[all->count++] = *r;
	return 0;
}

static size_t rules_remove(struct rules *all, const struct address *node)
{
	size_t kept = 0, before = all->count;

	for (size_t i = 0; i < before; i++)
		if (!id_equal(&all->rows[i].node, node))
			all->rows[kept++] = all->rows[i];
	all->count = kept;
	return before - kept;
}

/* ---- the file ---- */

bool rules_id(const char *text, struct node_id *out)
{
	return strlen(text) == 2 * sizeof(out->b) &&
	       state_hex_read(text, out->b, sizeof(out->b));
}

static bool address_read(const char *text, struct address *out)
{
	return inet_pton(AF_INET6, text, out->b) == 1 && scope_of(out) == SCOPE_MESH;
}

bool rules_address(const char *text, struct address *out)
{
	struct node_id id;

	if (!rules_id(text, &id))
		return address_read(text, out);
	*out = address_of(&id);
	return true;
}

/* The text up to the next stop, which is skipped; it is cut off from *rest. */
static struct bytes part_take(struct bytes *rest, char stop)
{
	const uint8_t *at = rest->len > 0 ? memchr(rest->data, stop, rest->len) : NULL;
	size_t len = at != NULL ? (size_t)(at - rest->data) : rest->len;
	struct bytes part = bytes_of(rest->data, len);
	size_t used = at != NULL ? len + 1 : len;

	*rest = bytes_of(rest->data + used, rest->len - used);
	return part;
}

/* A copy closed by a zero; false: longer than room. */
static bool copy(struct bytes word, char *out, size_t room)
{
	if (word.len >= room)
		return false;
	memcpy(out, word.data, word.len);
	out[word.len] = '\0';
	return true;
}

static bool line_read(struct bytes line, struct rule *out)
{
	char address[48], id[65];

	memset(out, 0, sizeof(*out));
	if (!copy(part_take(&line, ' '), address, sizeof(address)) ||
		!copy(part_take(&line, ' '), id, sizeof(id)))
		return false;
	if (strcmp(id, "-") != 0 && !rules_id(id, &out->id))
		return false;
	return address_read(address, &out->node) && service_parse(&out->service, line);
}

static int rules_parse(struct rules *out, struct bytes text)
{
	struct rule r;

	out->count = 0;
	while (text.len > 0)
		if (!line_read(part_take(&text, '\n'), &r) || rule_add(out, &r) < 0)
			return -EBADMSG;
	return 0;
}

static int rules_save(const struct daemon *d, const struct rules *all)
{
	size_t room = all->count * LINE_MAX_BYTES + 1;
	char *text = mem_new(room);
	struct text t = text_of(text, room);
	int err;

	for (size_t i = 0; i < all->count; i++) {
		const struct rule *r = &all->rows[i];

		text_ipv6(&t, r->node.b);
		text_char(&t, ' ');
		if (id_is_zero(id_bytes(&r->id)))
			text_char(&t, '-');
		else
			text_hex(&t, id_bytes(&r->id));
		text_char(&t, ' ');
		service_text(&t, &r->service);
		text_char(&t, '\n');
	}
	err = state_file_put(&d->state, file_name, text);
	mem_free(text);
	return err;
}

/* The door, if there is one, gets every rule; twice is once. It holds as many as we do. */
static void rules_apply(struct daemon *d)
{
	struct door *door = node_door(d->node);

	for (size_t i = 0; door != NULL && i < d->rules.count; i++) {
		const struct rule *r = &d->rules.rows[i];

		check(door_allow(door, &r->node, r->service.protocol, r->service.port));
	}
}

void rules_load(struct daemon *d)
{
	size_t room = DOOR_RULES_MAX * LINE_MAX_BYTES + 2;
	char *text = mem_new(room);
	int err = state_file_get(&d->state, file_name, text, room);

	if (err == 0)
		err = rules_parse(&d->rules, bytes_of_string(text));
	if (err < 0 && err != -ENOENT) {
		log_line(&d->log, LOG_ERROR_, "state: the file allow cannot be taken: ",
			err == -EBADMSG ? "it is damaged" : strerror(-err),
			"; nobody is allowed anything", NULL);
		d->rules.count = 0;
		d->rules.damaged = true;
	}
	mem_free(text);
	rules_apply(d);
}

/* ---- the commands ---- */

/* Whom the request means: somebody in reach, or anybody by the whole address or id. */
static bool client_key(struct client *c, struct rule *out)
{
	struct bytes name;

	memset(out, 0, sizeof(*out));
	if (rules_id(c->request.node, &out->id)) {
		out->node = address_of(&out->id);
		return true;
	}
	if (!address_read(c->request.node, &out->node) && !client_node(c, &out->node))
		return false;
	shown_node(c->daemon, &out->node, &out->id, &name);
	return true;
}

static void answer(struct client *c, const struct address *node)
{
	const struct rules *all = &c->daemon->rules;
	struct shown_rule *rows = mem_array(all->count + 1, sizeof(*rows));
	struct buffer json;
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct rule *r = &all->rows[i];
		struct node_id id;

		if (node != NULL && !id_equal(node, &r->node))
			continue;
		rows[count] = (struct shown_rule){
			.id = r->id, .address = r->node, .service = r->service
		};
		shown_node(c->daemon, &r->node, &id, &rows[count].name);
		count++;
	}
	buffer_init(&json, REPLY_JSON_MAX);
	services_json(&json, command_rows[c->request.command].name, rows, count);
	client_answer(c, &json);
	buffer_fini(&json);
	mem_free(rows);
}

/* Adds a rule for each word; false: the client was answered and fresh is not to be used. */
static bool words_add(struct client *c, struct rules *fresh, struct rule *r)
{
	const char *word = *c->request.services != '\0' ? c->request.services : "all";

	while (*word != '\0') {
		size_t len = strcspn(word, " ");

		if (!service_parse(&r->service, bytes_of(word, len))) {
			client_fail(c, EXIT_USAGE, c->request.services, "not a service",
				"such as 22/tcp, 53/udp, tcp, or all");
			return false;
		}
		if (rule_add(fresh, r) == -ENOSPC) {
			client_fail(c, EXIT_FAILED, "allow", "there are too many rules",
				"take some back: qanat deny NODE");
			return false;
		}
		word += len + strspn(word + len, " ");
	}
	return true;
}

/* False: they could not be written, and nothing has changed. */
static bool rules_take(
	struct client *c, const struct rules *fresh, const struct address *node)
{
	struct daemon *d = c->daemon;
	int err = rules_save(d, fresh);

	if (err < 0) {
		client_fail(c, EXIT_FAILED, "the file allow is not written",
			strerror(-err), "nothing has changed");
		return false;
	}
	d->rules = *fresh;
	d->rules.damaged = false;
	rules_apply(d);
	answer(c, node);
	return true;
}

void rules_command(struct client *c)
{
	struct rules *fresh;
	struct rule r;

	if (c->request.node[0] == '\0') {
		if (c->request.services[0] == '\0')
			answer(c, NULL);
		return;
	}
	if (!client_key(c, &r))
		return;
	fresh = mem_new(sizeof(*fresh));
	*fresh = c->daemon->rules;
	if (c->request.command == COMMAND_DENY) {
		(void)rules_remove(fresh, &r.node);
		if (rules_take(c, fresh, &r.node) && node_door(c->daemon->node) != NULL)
			(void)door_deny(node_door(c->daemon->node), &r.node);
	} else if (words_add(c, fresh, &r)) {
		(void)rules_take(c, fresh, &r.node);
	}
	mem_free(fresh);
}
