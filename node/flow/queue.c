/* SPDX-License-Identifier: ISC */
/* Class queues. An item stands in exactly one list, at whose front it is taken. */
#include "node/flow/queue.h"

#include "node/base/mem.h"

struct flow_item *flow_item_new(enum message_kind kind, enum flow_class class,
	struct bytes body, struct instant now)
{
	struct flow_item *i = mem_new(sizeof(*i) + body.len);

	check(body.len <= UINT16_MAX);
	i->kind = kind;
	i->class = class;
	i->since = now;
	i->len = (uint16_t)body.len;
	if (body.len > 0)
		memcpy(i->body, body.data, body.len);
	return i;
}

void flow_item_free(struct flow_item *i)
{
	mem_free(i);
}

void flow_list_add(struct flow_list *l, struct flow_item *take)
{
	take->next = NULL;
	if (l->tail != NULL)
		l->tail->next = take;
	else
		l->head = take;
	l->tail = take;
	l->count++;
}

void flow_list_push(struct flow_list *l, struct flow_item *take)
{
	take->next = l->head;
	l->head = take;
	if (l->tail == NULL)
		l->tail = take;
	l->count++;
}

struct flow_item *flow_list_take(struct flow_list *l)
{
	struct flow_item *i = l->head;

	if (i == NULL)
		return NULL;
	l->head = i->next;
	if (l->head == NULL)
		l->tail = NULL;
	l->count--;
	i->next = NULL;
	return i;
}

void flow_list_fini(struct flow_list *l)
{
	struct flow_item *i;

	while ((i = flow_list_take(l)) != NULL)
		flow_item_free(i);
}

static struct flow_list *list_of(struct flow_queue *q, const struct flow_item *i)
{
	if (i->numbered)
		return &q->again[i->class];
	if (i->class == FLOW_BULK)
		return &q->bulk[i->flow % FLOW_BUCKETS];
	return &q->fresh[i->class];
}

static void count_in(struct flow_queue *q, const struct flow_item *i)
{
	q->count[i->class]++;
	q->own[i->class] += i->origin == 0;
}

static void count_out(struct flow_queue *q, const struct flow_item *i)
{
	q->count[i->class]--;
	q->own[i->class] -= i->origin == 0;
}

bool flow_queue_add(struct flow_queue *q, struct flow_item *take)
{
	if (q->count[take->class] >= FLOW_QUEUE_MAX)
		return false;
	flow_list_add(list_of(q, take), take);
	count_in(q, take);
	return true;
}

void flow_queue_return(struct flow_queue *q, struct flow_item *take)
{
	count_in(q, take);
	if (take->numbered)
		flow_list_add(&q->again[take->class], take);
	else
		flow_list_push(list_of(q, take), take);
}

static struct flow_item *head_if(struct flow_list *l, bool transit)
{
	return l->head != NULL && (transit || !l->head->transit) ? l->head : NULL;
}

struct flow_item *flow_queue_first(
	struct flow_queue *q, enum flow_class class, bool transit)
{
	struct flow_item *i = q->again[class].head;

	if (i != NULL)
		return i;
	if (class != FLOW_BULK)
		return head_if(&q->fresh[class], transit);
	for (unsigned n = 0; n < FLOW_BUCKETS; n++) {
		i = head_if(&q->bulk[(q->turn + n) % FLOW_BUCKETS], transit);
		if (i != NULL)
			return i;
	}
	return NULL;
}

void flow_queue_take(struct flow_queue *q, struct flow_item *item)
{
	struct flow_list *l = list_of(q, item);

	check(l->head == item);
	(void)flow_list_take(l);
	count_out(q, item);
	if (item->class == FLOW_BULK && !item->numbered)
		q->turn = (item->flow % FLOW_BUCKETS + 1) % FLOW_BUCKETS;
}

static void move_list(struct flow_list *from, struct flow_list *to)
{
	struct flow_item *i;

	while ((i = flow_list_take(from)) != NULL)
		flow_list_add(to, i);
}

void flow_queue_empty(struct flow_queue *q, struct flow_list *list)
{
	for (unsigned c = 0; c < FLOW_CLASSES; c++) {
		move_list(&q->again[c], list);
		if (c != FLOW_BULK)
			move_list(&q->fresh[c], list);
		q->count[c] = q->own[c] = 0;
	}
	for (unsigned b = 0; b < FLOW_BUCKETS; b++)
		move_list(&q->bulk[b], list);
}

static void expire_list(struct flow_queue *q, struct flow_list *l, struct instant now,
	struct flow_list *out)
{
	struct flow_list kept = { NULL, NULL, 0 };
	struct flow_item *i;

	while ((i = flow_list_take(l)) != NULL) {
		int64_t limit_ms =
			i->class == FLOW_BULK ? FLOW_EXPIRY_MS : FLOW_URGENT_EXPIRY_MS;

		if (instant_due(instant_add_ms(i->since, limit_ms), now)) {
			count_out(q, i);
			flow_list_add(out, i);
		} else {
			flow_list_add(&kept, i);
		}
	}
	*l = kept;
}

void flow_queue_expire(struct flow_queue *q, struct instant now, struct flow_list *list)
{
	for (unsigned c = 0; c < FLOW_CLASSES; c++) {
		expire_list(q, &q->again[c], now, list);
		if (c != FLOW_BULK)
			expire_list(q, &q->fresh[c], now, list);
	}
	for (unsigned b = 0; b < FLOW_BUCKETS; b++)
		expire_list(q, &q->bulk[b], now, list);
}

size_t flow_queue_count(const struct flow_queue *q)
{
	size_t n = 0;

	for (unsigned c = 0; c < FLOW_CLASSES; c++)
		n += q->count[c];
	return n;
}

struct instant flow_queue_due(const struct flow_queue *q)
{
	const struct flow_item *first = q->fresh[FLOW_RIDER].head;
	size_t riders = q->count[FLOW_RIDER] - q->again[FLOW_RIDER].count;

	if (flow_queue_count(q) > riders)
		return instant_us(INT64_MIN);
	return first != NULL ? instant_add_us(first->since, FLOW_RIDER_US) : NEVER;
}
