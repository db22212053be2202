/* SPDX-License-Identifier: ISC */
/*
 * Reading over the mesh. A request with the field `at` goes to another node as it is, and what
 * comes back stands in the place of our own answer. What others ask here is a client without a
 * socket: its replies are collected, and sent when it has ended.
 */
#include <errno.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/daemon/client.h"

/* ---- we ask ---- */

static int ask(struct client *c, struct instant now, const struct address *node)
{
	uint8_t bytes[NODE_CARE_REQUEST_MAX];
	struct writer w = writer_of(bytes, sizeof(bytes));
	struct request *plain = mem_copy(&c->request, sizeof(c->request));

	plain->at[0] = '\0';
	request_write(&w, plain);
	mem_free(plain);
	if (w.overflow)
		return -EINVAL;
	return node_care_ask(c->daemon->node, now, node, writer_bytes(&w), &c->question);
}

bool care_begin(struct client *c, struct instant now)
{
	struct address node, self = node_address(c->daemon->node);
	int err;

	if (!client_find(c, c->request.at, &node))
		return true;
	if (id_equal(&node, &self))
		return false;
	err = ask(c, now, &node);
	if (err == -ENOBUFS)
		client_fail(c, EXIT_FAILED, c->request.at,
			"too many nodes are asked at a time", "try again in a moment");
	else if (err < 0)
		client_fail(c, err == -EHOSTUNREACH ? EXIT_TIMEOUT : EXIT_FAILED,
			c->request.at,
			err == -EHOSTUNREACH ? "not reachable"
					     : "the request is too long",
			NULL);
	else
		c->running = c->asks = true;
	return true;
}

static void forbidden(struct client *c)
{
	char fix[128];
	struct text t = text_of(fix, sizeof(fix));

	text_string(&t, "its keeper lets it in by: care = ");
	text_hex(&t, id_bytes(&c->daemon->self.id));
	client_fail(c, EXIT_FORBIDDEN, c->request.at,
		"it does not let this node read there", fix);
}

/* Whether bytes from another node are whole records, of which the exit code is the last. */
static bool is_reply(struct bytes b)
{
	struct reply r = { .kind = REPLY_ANSWER };
	size_t size;

	while (b.len > 0 && r.kind != REPLY_EXIT) {
		if (reply_parse(&r, b, &size) != REPLY_WHOLE)
			return false;
		b = bytes_of(b.data + size, b.len - size);
	}
	return b.len == 0 && r.kind == REPLY_EXIT;
}

static void answered(struct client *c)
{
	struct bytes reply = node_care_reply(c->daemon->node, c->question);

	if (!is_reply(reply)) {
		client_fail(c, EXIT_FAILED, c->request.at,
			"its answer is not in the form of this version",
			"install the same version there");
		return;
	}
	buffer_add(&c->out, reply);
	c->running = false;
	c->ended = true;
}

void care_ended(struct client *c, const struct node_event *e)
{
	switch (e->result) {
	case 0:
		answered(c);
		break;
	case -EACCES:
		forbidden(c);
		break;
	case -ETIMEDOUT:
		client_fail(c, EXIT_TIMEOUT, c->request.at, "it does not answer",
			"is it still reachable? qanat ping NODE");
		break;
	case -EBUSY:
		client_fail(c, EXIT_FAILED, c->request.at, "it is asked too much already",
			"try again in a moment");
		break;
	case -EMSGSIZE:
		client_fail(c, EXIT_FAILED, c->request.at,
			"its answer is larger than 1 MiB",
			"ask about one folder at a time");
		break;
	default:
		client_fail(c, EXIT_FAILED, c->request.at,
			"it has forgotten the question", "try again");
		break;
	}
	care_forget(c);
}

void care_forget(struct client *c)
{
	if (c->asks)
		node_care_forget(c->daemon->node, c->question);
	c->asks = false;
}

/* ---- we are asked ---- */

static void refuse_command(struct client *c)
{
	client_fail(c, EXIT_FORBIDDEN, command_rows[c->request.command].name,
		"over the mesh a node is only read: status, neighbours, routes, map, "
		"folders, members, conflicts, ping, trace, metrics",
		"run it on the node itself");
}

void care_asked(struct daemon *d, struct instant now, uint64_t number)
{
	struct bytes request = node_care_request(d->node, number);
	struct client *c = request.len > 0 ? client_new(d, -1) : NULL;
	int err;

	if (c == NULL) {
		struct buffer full;

		buffer_init(&full, NODE_CARE_REPLY_MAX);
		reply_fail(&full, EXIT_FAILED, "request", "the node has too much to do",
			"try again in a moment");
		node_care_answer(d->node, now, number, buffer_bytes(&full));
		buffer_fini(&full);
		return;
	}
	c->question = number;
	c->parsed = true;
	err = request_parse(&c->request, request);
	if (err < 0) {
		reply_refuse(&c->out, err);
		c->ended = true;
	} else if (!(command_rows[c->request.command].flags & COMMAND_READS) ||
		   c->request.at[0] != '\0') {
		refuse_command(c);
	} else {
		c->begun = c->next_at = now;
		client_begin(c, now);
	}
	care_settle(c, now);
}

void care_settle(struct client *c, struct instant now)
{
	struct node *n = c->daemon->node;

	if (c->out.overflow) {
		buffer_cut(&c->out, 0);
		client_fail(c, EXIT_FAILED, command_rows[c->request.command].name,
			"the answer is larger than 1 MiB",
			"ask about one folder at a time");
	}
	if (c->ended)
		node_care_answer(n, now, c->question, buffer_bytes(&c->out));
	/* empty: it was answered, or took too long */
	if (node_care_request(n, c->question).len == 0)
		client_free(c);
}
