/* SPDX-License-Identifier: ISC */
/*
 * How records spread: what is new goes on to every other neighbour at once; two neighbours that
 * meet compare sums, and lists of handles where these differ. Lost messages are made up for by
 * the next digest.
 *
 * digest = 1:8 urgent_sum:64 member_sum:64
 * list   = 2:8 class:8 flags:8 from:64 to:64 count:8 count*{ handle:64 }
 * record = 3:8 kind:8 body
 */
#include "node/mesh/machine.h"

enum { DIGEST = 1, LIST = 2, RECORD = 3, ANSWERS = 1, DIGEST_JITTER_PERCENT = 25 };

static struct mesh_neighbour *neighbour_find(struct mesh *m, uint32_t link)
{
	for (size_t i = 0; link != 0 && i < m->neighbour_count; i++)
		if (m->neighbours[i].link == link)
			return &m->neighbours[i];
	return NULL;
}

static struct instant digest_next(const struct mesh *m, struct instant now)
{
	return instant_add_us(
		now, rng_jitter(&m->config.rng, (int64_t)MESH_DIGEST_MS * 1000,
			     DIGEST_JITTER_PERCENT));
}

void spread_tick(struct mesh *m, struct instant now)
{
	for (size_t i = 0; i < m->neighbour_count; i++) {
		struct mesh_neighbour *n = &m->neighbours[i];

		if (!instant_due(n->digest_at, now))
			continue;
		n->digest_due = true;
		n->digest_at = digest_next(m, now);
	}
}

void mesh_neighbour_up(struct mesh *m, struct instant now, uint32_t link)
{
	struct mesh_neighbour *n = neighbour_find(m, link);

	if (!m->joined || (n == NULL && m->neighbour_count == MESH_NEIGHBOURS_MAX))
		return;
	if (n == NULL) {
		mem_grow(m->neighbours, m->neighbour_count, m->neighbour_room);
		n = &m->neighbours[m->neighbour_count++];
		memset(n, 0, sizeof(*n));
		n->link = link;
	}
	n->digest_due = true;
	n->digest_at = digest_next(m, now);
}

void mesh_neighbour_down(struct mesh *m, uint32_t link)
{
	struct mesh_neighbour *n = neighbour_find(m, link);

	if (n == NULL)
		return;
	for (unsigned c = 0; c < RECORD_CLASSES; c++)
		mem_free(n->wants[c].at);
	*n = m->neighbours[--m->neighbour_count];
}

/* A handle to be sent, unless it waits already. What it stands for may be gone by then. */
static void want(struct mesh_neighbour *n, enum mesh_record_class class, uint64_t handle)
{
	for (size_t i = n->wants[class].next; i < n->wants[class].count; i++)
		if (n->wants[class].at[i] == handle)
			return;
	if (n->wants[class].next == n->wants[class].count)
		n->wants[class].next = n->wants[class].count = 0;
	if (n->wants[class].count - n->wants[class].next >= ROSTER_MEMBERS_MAX)
		return; /* the next digest tells of it */
	if (n->wants[class].count == n->wants[class].room && n->wants[class].next > 0) {
		n->wants[class].count -= n->wants[class].next;
		memmove(n->wants[class].at, n->wants[class].at + n->wants[class].next,
			n->wants[class].count * sizeof(uint64_t));
		n->wants[class].next = 0;
	}
	mem_grow(n->wants[class].at, n->wants[class].count, n->wants[class].room);
	n->wants[class].at[n->wants[class].count++] = handle;
}

static enum mesh_record_class class_of(const struct mesh_record *r)
{
	return r->key.kind == RECORD_MEMBER ? RECORDS_MEMBERS : RECORDS_URGENT;
}

/* The neighbour has shown that it has it. */
static void unwant(
	struct mesh_neighbour *n, enum mesh_record_class class, uint64_t handle)
{
	for (size_t i = n->wants[class].next; i < n->wants[class].count; i++)
		if (n->wants[class].at[i] == handle) {
			n->wants[class].at[i] =
				n->wants[class].at[--n->wants[class].count];
			return;
		}
}

void spread_news(struct mesh *m, const struct mesh_record *r, uint32_t except)
{
	for (size_t i = 0; r != NULL && i < m->neighbour_count; i++)
		if (m->neighbours[i].link != except)
			want(&m->neighbours[i], class_of(r), r->handle);
}

/* ---- receiving ---- */

static void list_begin(
	struct mesh_neighbour *n, enum mesh_record_class class, bool answers)
{
	n->list_due[class] = true;
	n->list_answers[class] = answers;
	n->list_from[class] = 0;
}

static bool digest_receive(struct mesh *m, struct mesh_neighbour *n, struct reader *r)
{
	uint64_t sums[RECORD_CLASSES];

	for (unsigned c = 0; c < RECORD_CLASSES; c++)
		sums[c] = read_u64(r);
	if (!read_ended(r))
		return false;
	for (unsigned c = 0; c < RECORD_CLASSES; c++)
		if (sums[c] != m->roster.sorted[c].sum && !n->list_due[c])
			list_begin(n, (enum mesh_record_class)c, false);
	return true;
}

/* Sends what the list lacks; answers with the own one when that lacks something. */
static bool list_receive(struct mesh *m, struct mesh_neighbour *n, struct reader *r)
{
	unsigned class = read_u8(r), flags = read_u8(r);
	uint64_t from = read_u64(r), to = read_u64(r), listed[MESH_LIST_MAX];
	unsigned count = read_u8(r), k = 0;
	const struct mesh_records *s;
	bool lacks = false;

	if (class >= RECORD_CLASSES || flags > ANSWERS || from > to ||
		count > MESH_LIST_MAX)
		return false;
	for (unsigned i = 0; i < count; i++) {
		listed[i] = read_u64(r);
		if (listed[i] < from || listed[i] > to ||
			(i > 0 && listed[i] <= listed[i - 1]))
			return false;
	}
	if (!read_ended(r))
		return false;
	s = &m->roster.sorted[class];
	for (size_t i = roster_place(&m->roster, class, from);
		i < s->count && s->at[i]->handle <= to; i++) {
		for (; k < count && listed[k] < s->at[i]->handle; k++)
			lacks = true;
		if (k < count && listed[k] == s->at[i]->handle)
			k++;
		else
			want(n, class, s->at[i]->handle);
	}
	if ((lacks || k < count) && !(flags & ANSWERS) && !n->list_due[class])
		list_begin(n, class, true);
	return true;
}

static enum mesh_fault record_receive(
	struct mesh *m, struct instant now, uint32_t link, struct reader *r)
{
	struct mesh_neighbour *n = neighbour_find(m, link);
	unsigned kind = read_u8(r);
	struct reader rest = *r;
	struct bytes body = read_rest(&rest);
	const struct mesh_record *known;
	struct mesh_cofounder c;
	struct mesh_revocation v;
	struct node_id subject;
	struct lineage l;
	enum mesh_fault fault;

	switch (kind) {
	case RECORD_COFOUNDER:
		return record_cofounder_parse(&c, read_rest(r))
			       ? judge_cofounder(m, &c, link)
			       : MESH_BAD;
	case RECORD_REVOCATION:
		return record_revocation_parse(&v, read_rest(r))
			       ? judge_revocation(m, &v, link)
			       : MESH_BAD;
	case RECORD_MEMBER:
		subject = read_node_id(r);
		fault = lineage_read(&l, r, &subject);
		if (fault != MESH_FINE)
			return fault;
		if (!read_ended(r) || link == 0)
			return MESH_BAD;
		fault = judge_lineage(m, now, &l, -1, link);
		known = roster_member(&m->roster, &subject);
		if (n != NULL && known != NULL &&
			bytes_equal(body, bytes_of(known->body, known->len)))
			unwant(n, RECORDS_MEMBERS, known->handle);
		return fault;
	}
	return MESH_BAD;
}

void mesh_receive(struct mesh *m, struct instant now, uint32_t link, struct bytes body)
{
	struct mesh_neighbour *n = neighbour_find(m, link);
	struct reader r = reader_of(body);
	unsigned type = read_u8(&r);
	bool good = false;

	if (!m->joined) {
		drop(m->config.drops, DROP_STRANGER);
		return;
	}
	if (type == RECORD) {
		(void)judge_count(m, record_receive(m, now, link, &r));
		return;
	}
	if (n != NULL && type == DIGEST)
		good = digest_receive(m, n, &r);
	else if (n != NULL && type == LIST)
		good = list_receive(m, n, &r);
	if (!good)
		drop(m->config.drops, DROP_MALFORMED);
}

bool mesh_message_is_costly(struct bytes body)
{
	return body.len > 0 && body.data[0] == RECORD;
}

/* ---- writing ---- */

static void record_write(struct writer *w, const struct mesh_record *r)
{
	write_u8(w, RECORD);
	write_u8(w, r->key.kind);
	write_bytes(w, bytes_of(r->body, r->len));
}

static bool wanted_write(const struct mesh *m, struct mesh_neighbour *n,
	enum mesh_record_class class, struct writer *w)
{
	while (n->wants[class].next < n->wants[class].count) {
		const struct mesh_record *r = roster_find(
			&m->roster, class, n->wants[class].at[n->wants[class].next++]);

		if (r == NULL)
			continue;
		record_write(w, r);
		return true;
	}
	return false;
}

static bool list_write(const struct mesh *m, struct mesh_neighbour *n,
	enum mesh_record_class class, struct writer *w)
{
	const struct mesh_records *s = &m->roster.sorted[class];
	size_t from = roster_place(&m->roster, class, n->list_from[class]), count;
	bool last;

	if (!n->list_due[class])
		return false;
	count = s->count - from;
	last = count <= MESH_LIST_MAX;
	if (!last)
		count = MESH_LIST_MAX;
	write_u8(w, LIST);
	write_u8(w, (uint8_t) class);
	write_u8(w, n->list_answers[class] ? ANSWERS : 0);
	write_u64(w, n->list_from[class]);
	write_u64(w, last ? UINT64_MAX : s->at[from + count - 1]->handle);
	write_u8(w, (uint8_t)count);
	for (size_t i = 0; i < count; i++)
		write_u64(w, s->at[from + i]->handle);
	n->list_due[class] = !last;
	if (!last)
		n->list_from[class] = s->at[from + count - 1]->handle + 1;
	return true;
}

static bool digest_write(const struct mesh *m, struct mesh_neighbour *n, struct writer *w)
{
	if (!n->digest_due)
		return false;
	n->digest_due = false;
	write_u8(w, DIGEST);
	for (unsigned c = 0; c < RECORD_CLASSES; c++)
		write_u64(w, m->roster.sorted[c].sum);
	return true;
}

bool mesh_write(struct mesh *m, uint32_t link, bool urgent, struct writer *w)
{
	struct mesh_neighbour *n = neighbour_find(m, link);

	if (n == NULL)
		return false;
	if (urgent)
		return wanted_write(m, n, RECORDS_URGENT, w) || digest_write(m, n, w) ||
		       list_write(m, n, RECORDS_URGENT, w);
	return list_write(m, n, RECORDS_MEMBERS, w) ||
	       wanted_write(m, n, RECORDS_MEMBERS, w);
}

bool mesh_waits(struct mesh *m, uint32_t link)
{
	const struct mesh_neighbour *n = neighbour_find(m, link);

	return n != NULL &&
	       (n->list_due[RECORDS_MEMBERS] ||
		       n->wants[RECORDS_MEMBERS].next < n->wants[RECORDS_MEMBERS].count);
}

bool mesh_write_line(const struct mesh *m, unsigned i, struct writer *w)
{
	const struct mesh_records *s = &m->roster.sorted[RECORDS_URGENT];

	for (size_t k = 0; m->joined && k < s->count; k++)
		if (s->at[k]->key.kind == RECORD_COFOUNDER && i-- == 0) {
			record_write(w, s->at[k]);
			return true;
		}
	return false;
}
