/* SPDX-License-Identifier: ISC */
/* The rules of the door: from the file to the node, from commands to the file. */
#include "node/daemon/rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/daemon/client.h"
#include "node/daemon/shown.h"

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

static bool hex_read(const char *text, struct node_id *out)
{
	for (size_t i = 0; i < 2 * sizeof(out->b); i++) {
		char pair[2] = { text[i], '\0' };
		char *end;
		unsigned long digit = strtoul(pair, &end, 16);

		if (*end != '\0' || end == pair || (text[i] >= 'A' && text[i] <= 'F'))
			return false;
		out->b[i / 2] = (uint8_t)(out->b[i / 2] << 4 | digit);
	}
	return text[2 * sizeof(out->b)] == '\0';
}

static bool address_read(const char *text, struct address *out)
{
	return inet_pton(AF_INET6, text, out->b) == 1 && out->b[0] == 0xfd &&
	       out->b[1] == 0x71;
}

static bool line_read(char *line, struct rule *out)
{
	char *after, *address = strtok_r(line, " ", &after);
	char *id = strtok_r(NULL, " ", &after), *word = strtok_r(NULL, " ", &after);

	memset(out, 0, sizeof(*out));
	if (address == NULL || id == NULL || word == NULL || *after != '\0')
		return false;
	if (strcmp(id, "-") != 0 && !hex_read(id, &out->id))
		return false;
	return address_read(address, &out->node) &&
	       service_parse(&out->service, bytes_of_string(word));
}

static int rules_parse(struct rules *out, char *text)
{
	char *after, *line = strtok_r(text, "\n", &after);
	struct rule r;

	out->count = 0;
	for (; line != NULL; line = strtok_r(NULL, "\n", &after))
		if (!line_read(line, &r) || rule_add(out, &r) < 0)
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
		err = rules_parse(&d->rules, text);
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
	if (strlen(c->request.node) == 64 && hex_read(c->request.node, &out->id)) {
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
