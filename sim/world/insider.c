/* SPDX-License-Identifier: ISC */
/*
 * Functions of the node that are replaced in this program by the linker (--wrap in the
 * Makefile): they do what they always do, but for a device that is hostile.
 */
#include "sim/world/insider.h"

#include "node/core/core.h"
#include "routing/flood.h"
#include "routing/hello.h"
#include "routing/tc.h"
#include "sim/world/verdicts.h"
#include "sync/machine.h"

void __real_relay_receive(
	struct node *n, struct instant now, struct link *l, struct bytes body);
void __wrap_relay_receive(
	struct node *n, struct instant now, struct link *l, struct bytes body);
void __real_tc_write(struct writer *w, const struct tc *t);
void __wrap_tc_write(struct writer *w, const struct tc *t);
void __real_flood_add(
	struct flood *f, struct instant at, struct lsdb_router *n, uint32_t from);
void __wrap_flood_add(
	struct flood *f, struct instant at, struct lsdb_router *n, uint32_t from);
void __real_hello_write(struct writer *w, const struct hello *h);
void __wrap_hello_write(struct writer *w, const struct hello *h);
void __real_piece_write(struct writer *w, const struct piece *p);
void __wrap_piece_write(struct writer *w, const struct piece *p);
uint8_t __real_members_rights(
	const struct folder *f, struct instant now, const struct node_id *id);
uint8_t __wrap_members_rights(
	const struct folder *f, struct instant now, const struct node_id *id);
void __real_members_own_rights(struct folder *f);
void __wrap_members_own_rights(struct folder *f);

void __wrap_relay_receive(
	struct node *n, struct instant now, struct link *l, struct bytes body)
{
	struct relay r;

	if (relay_parse(&r, body)) {
		seals_hop(r.frame, id_equal(&r.source, &l->node) ? NULL : &l->node,
			&n->self, r.hop_limit);
		if ((hostile_now() & HOSTILE_DROP) && !id_equal(&r.destination, &n->self))
			return;
	}
	__real_relay_receive(n, now, l, body);
}

void __wrap_tc_write(struct writer *w, const struct tc *t)
{
	struct tc lie = *t;

	if ((hostile_now() & HOSTILE_LIE) && lie.count < TC_WRITE_MAX)
		lie.neighbours[lie.count++] =
			(struct tc_neighbour){ hostile_address(), 1 };
	if (hostile_now() & (HOSTILE_TUNNEL | HOSTILE_CROWD)) {
		struct address more[TC_WRITE_MAX];
		unsigned count = hostile_claims(more, TC_WRITE_MAX - lie.count);

		for (unsigned i = 0; i < count; i++)
			lie.neighbours[lie.count++] = (struct tc_neighbour){ more[i], 1 };
	}
	__real_tc_write(w, &lie);
}

void __wrap_flood_add(
	struct flood *f, struct instant at, struct lsdb_router *n, uint32_t from)
{
	if (n->own || !(hostile_now() & HOSTILE_MUTE))
		__real_flood_add(f, at, n, from);
}

void __wrap_hello_write(struct writer *w, const struct hello *h)
{
	struct hello lie = *h;

	if ((hostile_now() & HOSTILE_LIE) && lie.count < HELLO_WRITE_MAX)
		lie.neighbours[lie.count++] =
			(struct hello_neighbour){ .node = hostile_address(),
				.status = HELLO_SYMMETRIC,
				.metric_in = 1 };
	__real_hello_write(w, &lie);
}

void __wrap_piece_write(struct writer *w, const struct piece *p)
{
	struct piece spoilt = *p;
	uint8_t data[FRAME_MAX];

	if ((hostile_now() & HOSTILE_SPOIL) && p->data.len > 0 &&
		p->data.len <= sizeof(data)) {
		memcpy(data, p->data.data, p->data.len);
		data[p->data.len / 2] ^= 1;
		spoilt.data.data = data;
	}
	__real_piece_write(w, &spoilt);
}

uint8_t __wrap_members_rights(
	const struct folder *f, struct instant now, const struct node_id *id)
{
	uint8_t rights = __real_members_rights(f, now, id);

	if ((hostile_now() & HOSTILE_WRITE) && id_equal(id, &f->sync->config.self->id))
		rights |= RIGHTS_WRITER;
	return rights;
}

void __wrap_members_own_rights(struct folder *f)
{
	__real_members_own_rights(f);
	if (hostile_now() & HOSTILE_WRITE)
		f->rights |= RIGHTS_WRITER;
}
