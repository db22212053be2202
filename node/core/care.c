/* SPDX-License-Identifier: ISC */
/*
 * Care: what another node's keeper may read here, and what we may read there, end to end. Who
 * asks has a token for each request and asks until it has the answer: relays are reliable per
 * hop, the way is not. The first piece of an answer comes by itself, the others as they are
 * asked for.
 *
 * Timers: of a question, ask_at, silent_at and ends_at; of an answer, ends_at. Who is refused
 * because the other one has too much to do asks again for a while, until busy_at.
 */
#include "node/core/care_wire.h"
#include "node/core/core.h"

#include <errno.h>

#include "node/base/mem.h"

enum {
	ASK_FIRST_MS = 700, /* then twice as long each time, up to */
	ASK_MOST_MS = 3000,
	SILENT_MS = 12000, /* nothing at all was heard: it cannot be reached */
	BUSY_AGAIN_MS = 1000,
	BUSY_MS = 10000,
	QUESTION_MS = 150000, /* as long as this a question may take in all */
	WORK_MS = 120000,     /* and this one that somebody asks of us */
	KEEP_MS = 30000,      /* an answer is kept so long after it was asked for */
	ASKS_PER_SECOND = 1,  /* new requests of one carer, */
	ASKS_BURST = 5,
};

/* What we ask. */
struct question {
	bool used, ended;
	uint64_t token;
	struct address node;
	struct bytes request; /* owned */
	uint8_t *reply; /* owned, pieces * CARE_PIECE_SIZE; NULL: nothing came yet */
	size_t len;     /* of what is here */
	size_t pieces, here;
	bool *has;          /* owned, pieces of them */
	size_t outstanding; /* of those asked for last */
	int64_t wait_ms;
	struct instant ask_at, silent_at, busy_at, ends_at;
};

/* What somebody asks of us. */
struct answer {
	bool used, ready;
	uint64_t token;  /* theirs */
	uint64_t number; /* ours */
	struct node_id id;
	struct bytes request, reply; /* owned */
	struct instant ends_at;
};

struct carer {
	struct node_id id;
	struct bucket asks;
};

struct care {
	struct question questions[NODE_CARE_MAX];
	struct answer answers[NODE_CARE_MAX];
	struct carer carers[NODE_CARERS_MAX];
	size_t carer_count;
	uint64_t number;
};

struct care *care_new(void)
{
	return mem_new(sizeof(struct care));
}

static void question_free(struct question *q)
{
	mem_free((void *)(uintptr_t)q->request.data);
	mem_free(q->reply);
	mem_free(q->has);
	*q = (struct question){ .used = false };
}

static void answer_free(struct answer *a)
{
	mem_free((void *)(uintptr_t)a->request.data);
	mem_free((void *)(uintptr_t)a->reply.data);
	*a = (struct answer){ .used = false };
}

void care_free(struct care *c)
{
	for (size_t i = 0; i < NODE_CARE_MAX; i++) {
		question_free(&c->questions[i]);
		answer_free(&c->answers[i]);
	}
	mem_free(c);
}

static struct bytes bytes_copy(struct bytes b)
{
	return bytes_of(mem_copy(b.data, b.len), b.len);
}

static void say(struct node *n, struct instant now, const struct address *to,
	const struct care_message *m)
{
	uint8_t body[CARE_SIZE_MAX];
	struct writer w = writer_of(body, sizeof(body));

	care_write(&w, m);
	check(!w.overflow);
	remote_send(n, now, to, MESSAGE_CARE, FLOW_INTERACTIVE, writer_bytes(&w));
}

/* ---- what we ask ---- */

static struct question *question_find(struct node *n, uint64_t token)
{
	for (size_t i = 0; i < NODE_CARE_MAX; i++) {
		struct question *q = &n->care->questions[i];

		if (q->used && q->token == token)
			return q;
	}
	return NULL;
}

int node_care_ask(struct node *n, struct instant now, const struct address *node,
	struct bytes request, uint64_t *token)
{
	struct routing_route route;

	if (request.len < 1 || request.len > NODE_CARE_REQUEST_MAX)
		return -EINVAL;
	if (!routing_route(n->routing, node, &route))
		return -EHOSTUNREACH;
	for (size_t i = 0; i < NODE_CARE_MAX; i++) {
		struct question *q = &n->care->questions[i];

		if (q->used)
			continue;
		*q = (struct question){ .used = true,
			.token = rng_u64(&n->config.rng),
			.node = *node,
			.request = bytes_copy(request),
			.wait_ms = ASK_FIRST_MS,
			.ask_at = now,
			.silent_at = instant_add_ms(now, SILENT_MS),
			.busy_at = instant_add_ms(now, BUSY_MS),
			.ends_at = instant_add_ms(now, QUESTION_MS) };
		*token = q->token;
		return 0;
	}
	return -ENOBUFS;
}

void node_care_forget(struct node *n, uint64_t token)
{
	struct question *q = question_find(n, token);

	if (q != NULL)
		question_free(q);
}

struct bytes node_care_reply(struct node *n, uint64_t token)
{
	const struct question *q = question_find(n, token);

	return q != NULL && q->ended ? bytes_of(q->reply, q->len) : bytes_of(NULL, 0);
}

static void question_end(struct node *n, struct question *q, int result)
{
	q->ended = true;
	event_add(n, &(struct node_event){ .kind = NODE_EVENT_CARE_ENDED,
			     .token = q->token,
			     .node = q->node,
			     .result = result });
}

/* The first pieces that are missing; without any piece, the request itself. */
static void question_ask(struct node *n, struct instant now, struct question *q)
{
	struct care_message m = {
		.op = CARE_ASK, .token = q->token, .bytes = q->request
	};

	q->ask_at = instant_add_ms(now, q->wait_ms);
	q->wait_ms = q->wait_ms * 2 < ASK_MOST_MS ? q->wait_ms * 2 : ASK_MOST_MS;
	if (q->reply != NULL)
		m.op = CARE_AGAIN;
	for (size_t i = 0; i < q->pieces && m.again_count < CARE_AGAIN_MAX; i++)
		if (!q->has[i])
			m.again[m.again_count++] = (uint16_t)i;
	q->outstanding = m.again_count;
	say(n, now, &q->node, &m);
}

static void piece_receive(struct node *n, struct instant now, struct question *q,
	const struct care_message *m)
{
	if (q->reply == NULL) {
		q->reply = mem_array(m->count, CARE_PIECE_SIZE);
		q->has = mem_array(m->count, sizeof(*q->has));
		q->pieces = m->count;
	}
	if (m->count != q->pieces || q->has[m->number]) {
		drop(&n->drops, DROP_DUPLICATE);
		return;
	}
	memcpy(q->reply + (size_t)m->number * CARE_PIECE_SIZE, m->bytes.data,
		m->bytes.len);
	q->has[m->number] = true;
	q->len += m->bytes.len;
	q->here++;
	q->wait_ms = ASK_FIRST_MS;
	q->ask_at = instant_add_ms(now, q->wait_ms);
	if (q->here == q->pieces) {
		say(n, now, &q->node,
			&(struct care_message){ .op = CARE_DONE, .token = q->token });
		question_end(n, q, 0);
	} else if (q->outstanding <= 1) {
		question_ask(n, now, q);
	} else {
		q->outstanding--;
	}
}

static int result_of(unsigned why)
{
	switch (why) {
	case NODE_CARE_FORBIDDEN:
		return -EACCES;
	case NODE_CARE_BUSY:
		return -EBUSY;
	case NODE_CARE_TOO_LARGE:
		return -EMSGSIZE;
	default:
		return -ECONNRESET;
	}
}

/* Something about a question of ours. */
static void question_hear(struct node *n, struct instant now, const struct address *from,
	const struct care_message *m)
{
	struct question *q = question_find(n, m->token);

	if (q == NULL || q->ended || !id_equal(&q->node, from)) {
		drop(&n->drops, DROP_UNWANTED);
		return;
	}
	q->silent_at = instant_add_ms(now, SILENT_MS);
	if (m->op == CARE_PIECE)
		piece_receive(n, now, q, m);
	else if (m->op == CARE_WORKING)
		q->wait_ms = ASK_MOST_MS;
	else if (m->why == NODE_CARE_BUSY && !instant_due(q->busy_at, now))
		q->ask_at = instant_add_ms(now, BUSY_AGAIN_MS);
	else
		question_end(n, q, result_of(m->why));
}

static void question_tick(struct node *n, struct instant now, struct question *q)
{
	if (instant_due(q->silent_at, now) || instant_due(q->ends_at, now))
		question_end(n, q, -ETIMEDOUT);
	else if (instant_due(q->ask_at, now))
		question_ask(n, now, q);
}

/* ---- what is asked of us ---- */

static struct carer *carer_find(struct node *n, const struct node_id *id)
{
	for (size_t i = 0; i < n->care->carer_count; i++)
		if (id_equal(&n->care->carers[i].id, id))
			return &n->care->carers[i];
	return NULL;
}

bool node_care_allow(
	struct node *n, struct instant now, const struct node_id *id, bool allowed)
{
	struct care *c = n->care;
	struct carer *carer = carer_find(n, id);

	if (allowed == (carer != NULL))
		return true;
	if (!allowed) {
		*carer = c->carers[--c->carer_count];
		return true;
	}
	if (c->carer_count == NODE_CARERS_MAX)
		return false;
	carer = &c->carers[c->carer_count++];
	carer->id = *id;
	bucket_init(&carer->asks, now, ASKS_PER_SECOND, ASKS_BURST);
	return true;
}

static struct answer *answer_find(
	struct node *n, const struct node_id *from, uint64_t token)
{
	for (size_t i = 0; i < NODE_CARE_MAX; i++) {
		struct answer *a = &n->care->answers[i];

		if (a->used && a->token == token && id_equal(&a->id, from))
			return a;
	}
	return NULL;
}

static struct answer *answer_by_number(struct node *n, uint64_t number)
{
	for (size_t i = 0; i < NODE_CARE_MAX; i++) {
		struct answer *a = &n->care->answers[i];

		if (a->used && a->number == number)
			return a;
	}
	return NULL;
}

static void refuse(struct node *n, struct instant now, const struct node_id *to,
	uint64_t token, enum node_care_refusal why)
{
	struct address address = address_of(to);

	say(n, now, &address,
		&(struct care_message){
			.op = CARE_REFUSED, .token = token, .why = (uint8_t)why });
}

static size_t pieces_of(const struct answer *a)
{
	return (a->reply.len + CARE_PIECE_SIZE - 1) / CARE_PIECE_SIZE;
}

static void piece_say(
	struct node *n, struct instant now, const struct answer *a, uint16_t number)
{
	size_t at = (size_t)number * CARE_PIECE_SIZE, left = a->reply.len - at;
	struct address to = address_of(&a->id);

	say(n, now, &to,
		&(struct care_message){ .op = CARE_PIECE,
			.token = a->token,
			.count = (uint16_t)pieces_of(a),
			.number = number,
			.bytes = bytes_of(a->reply.data + at,
				left < CARE_PIECE_SIZE ? left : CARE_PIECE_SIZE) });
}

/* A free place for one more of from; NULL: none. */
static struct answer *answer_place(struct node *n, const struct node_id *from)
{
	struct answer *place = NULL;
	size_t same = 0;

	for (size_t i = 0; i < NODE_CARE_MAX; i++) {
		struct answer *a = &n->care->answers[i];

		if (!a->used)
			place = a;
		else
			same += id_equal(&a->id, from);
	}
	return same < NODE_CARE_EACH ? place : NULL;
}

/* Asked once more: whoever asks has not heard of it. */
static void answer_repeat(struct node *n, struct instant now, const struct answer *a)
{
	struct address to = address_of(&a->id);

	if (a->ready)
		piece_say(n, now, a, 0);
	else
		say(n, now, &to,
			&(struct care_message){ .op = CARE_WORKING, .token = a->token });
}

static void ask_receive(struct node *n, struct instant now, const struct node_id *from,
	const struct care_message *m)
{
	struct carer *carer = carer_find(n, from);
	struct answer *a = answer_find(n, from, m->token);

	if (carer == NULL) {
		drop(&n->drops, DROP_RIGHTS);
		refuse(n, now, from, m->token, NODE_CARE_FORBIDDEN);
		return;
	}
	if (a != NULL) {
		answer_repeat(n, now, a);
		return;
	}
	a = answer_place(n, from);
	if (a == NULL || !bucket_take(&carer->asks, now)) {
		drop(&n->drops, DROP_BUDGET);
		refuse(n, now, from, m->token, NODE_CARE_BUSY);
		return;
	}
	*a = (struct answer){ .used = true,
		.token = m->token,
		.number = ++n->care->number,
		.id = *from,
		.request = bytes_copy(m->bytes),
		.ends_at = instant_add_ms(now, WORK_MS) };
	event_add(n, &(struct node_event){ .kind = NODE_EVENT_CARE_ASKED,
			     .token = a->number,
			     .node = address_of(from) });
}

static void again_receive(struct node *n, struct instant now, const struct node_id *from,
	const struct care_message *m)
{
	struct answer *a = answer_find(n, from, m->token);

	if (a == NULL || !a->ready || carer_find(n, from) == NULL) {
		drop(&n->drops, DROP_UNWANTED);
		refuse(n, now, from, m->token, NODE_CARE_FORGOTTEN);
		return;
	}
	a->ends_at = instant_add_ms(now, KEEP_MS);
	for (size_t i = 0; i < m->again_count; i++)
		if (m->again[i] < pieces_of(a))
			piece_say(n, now, a, m->again[i]);
}

static void done_receive(
	struct node *n, const struct node_id *from, const struct care_message *m)
{
	struct answer *a = answer_find(n, from, m->token);

	if (a != NULL)
		answer_free(a);
	else
		drop(&n->drops, DROP_UNWANTED);
}

struct bytes node_care_request(struct node *n, uint64_t token)
{
	const struct answer *a = answer_by_number(n, token);

	return a != NULL && !a->ready ? a->request : bytes_of(NULL, 0);
}

void node_care_answer(
	struct node *n, struct instant now, uint64_t token, struct bytes reply)
{
	struct answer *a = answer_by_number(n, token);

	if (a == NULL || a->ready)
		return;
	if (reply.len < 1 || reply.len > NODE_CARE_REPLY_MAX) {
		refuse(n, now, &a->id, a->token, NODE_CARE_TOO_LARGE);
		answer_free(a);
		return;
	}
	a->reply = bytes_copy(reply);
	a->ready = true;
	a->ends_at = instant_add_ms(now, KEEP_MS);
	piece_say(n, now, a, 0);
}

/* ---- both ---- */

void care_receive(
	struct node *n, struct instant now, const struct node_id *from, struct bytes body)
{
	struct address address = address_of(from);
	struct care_message m;

	if (!care_parse(&m, body)) {
		drop(&n->drops, DROP_MALFORMED);
		return;
	}
	switch (m.op) {
	case CARE_ASK:
		ask_receive(n, now, from, &m);
		return;
	case CARE_WORKING:
	case CARE_REFUSED:
	case CARE_PIECE:
		question_hear(n, now, &address, &m);
		return;
	case CARE_AGAIN:
		again_receive(n, now, from, &m);
		return;
	case CARE_DONE:
		done_receive(n, from, &m);
		return;
	}
}

void care_tick(struct node *n, struct instant now)
{
	for (size_t i = 0; i < NODE_CARE_MAX; i++) {
		struct question *q = &n->care->questions[i];
		struct answer *a = &n->care->answers[i];

		if (q->used && !q->ended)
			question_tick(n, now, q);
		if (a->used && instant_due(a->ends_at, now))
			answer_free(a);
	}
}

struct instant care_deadline(const struct node *n)
{
	struct instant t = NEVER;

	for (size_t i = 0; i < NODE_CARE_MAX; i++) {
		const struct question *q = &n->care->questions[i];
		const struct answer *a = &n->care->answers[i];

		if (q->used && !q->ended)
			t = instant_min(
				t, instant_min(q->ask_at,
					   instant_min(q->silent_at, q->ends_at)));
		if (a->used)
			t = instant_min(t, a->ends_at);
	}
	return t;
}
