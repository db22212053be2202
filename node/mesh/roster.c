/* SPDX-License-Identifier: ISC */
/* The table of records, by key and by handle. */
#include "node/mesh/roster.h"

#include "node/crypto/hash.h"

void roster_init(struct roster *r, const struct node_id *founder, const struct hash *mesh)
{
	memset(r, 0, sizeof(*r));
	r->founder = *founder;
	r->mesh = *mesh;
}

static void spent_free(struct roster *r, struct spent *s)
{
	HASH_DEL(r->spent, s);
	mem_free(s->by);
	mem_free(s);
}

void roster_fini(struct roster *r)
{
	struct mesh_record *e, *next;

	HASH_ITER (hh, r->all, e, next) {
		HASH_DEL(r->all, e);
		mem_free(e);
	}
	while (r->spent != NULL)
		spent_free(r, r->spent);
	for (unsigned c = 0; c < RECORD_CLASSES; c++)
		mem_free(r->sorted[c].at);
	memset(r, 0, sizeof(*r));
}

/* ---- finding ---- */

static enum mesh_record_class class_of(uint8_t kind)
{
	return kind == RECORD_MEMBER ? RECORDS_MEMBERS : RECORDS_URGENT;
}

static struct mesh_record *find(const struct roster *r, enum mesh_record_kind kind,
	const struct node_id *subject, const struct node_id *issuer)
{
	struct mesh_record_key key = { .kind = (uint8_t)kind, .subject = *subject };
	struct mesh_record *found;

	check(r != NULL);
	if (issuer != NULL)
		key.issuer = *issuer;
	HASH_FIND(hh, r->all, &key, sizeof(key), found);
	return found;
}

const struct mesh_record *roster_record(const struct roster *r,
	enum mesh_record_kind kind, const struct node_id *subject,
	const struct node_id *issuer)
{
	return find(r, kind, subject, issuer);
}

size_t roster_place(const struct roster *r, enum mesh_record_class class, uint64_t handle)
{
	const struct mesh_records *s = &r->sorted[class];
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->at[middle]->handle < handle)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct mesh_record *roster_find(
	const struct roster *r, enum mesh_record_class class, uint64_t handle)
{
	size_t i = roster_place(r, class, handle);

	if (i == r->sorted[class].count || r->sorted[class].at[i]->handle != handle)
		return NULL;
	return r->sorted[class].at[i];
}

const struct mesh_record *roster_member(const struct roster *r, const struct node_id *id)
{
	return find(r, RECORD_MEMBER, id, NULL);
}

/* ---- adding ---- */

static void remove_record(struct roster *r, struct mesh_record *e)
{
	struct mesh_records *s = &r->sorted[class_of(e->key.kind)];
	size_t i = roster_place(r, class_of(e->key.kind), e->handle);

	check(i < s->count && s->at[i] == e);
	memmove(&s->at[i], &s->at[i + 1], (s->count - i - 1) * sizeof(s->at[0]));
	s->count--;
	s->sum -= e->handle;
	r->cofounders -= e->key.kind == RECORD_COFOUNDER;
	HASH_DEL(r->all, e);
	mem_free(e);
}

static uint64_t handle_of(const struct mesh_record *e)
{
	uint8_t text[1 + RECORD_BODY_MAX];
	struct hash h;
	struct reader in;

	text[0] = e->key.kind;
	memcpy(text + 1, e->body, e->len);
	h = hash_tagged("qanat mesh record 1", bytes_of(text, 1 + e->len));
	in = reader_of(id_bytes(&h));
	return read_u64(&in);
}

/* Takes it over; before: what stands under its key, which it replaces. False, and freed: two
 * records have one handle. */
static bool insert(struct roster *r, struct mesh_record *take, struct mesh_record *before)
{
	enum mesh_record_class class = class_of(take->key.kind);
	struct mesh_records *s = &r->sorted[class];
	size_t i;

	if (roster_find(r, class, take->handle) != NULL) {
		mem_free(take);
		return false;
	}
	if (before != NULL)
		remove_record(r, before);
	i = roster_place(r, class, take->handle);
	mem_grow(s->at, s->count, s->room);
	memmove(&s->at[i + 1], &s->at[i], (s->count - i) * sizeof(s->at[0]));
	s->at[i] = take;
	s->count++;
	s->sum += take->handle;
	r->cofounders += take->key.kind == RECORD_COFOUNDER;
	HASH_ADD(hh, r->all, key, sizeof(take->key), take);
	return true;
}

static struct mesh_record *record_new(enum mesh_record_kind kind,
	const struct node_id *subject, const struct node_id *issuer)
{
	struct mesh_record *e = mem_new(sizeof(*e));

	e->key.kind = (uint8_t)kind;
	e->key.subject = *subject;
	if (issuer != NULL)
		e->key.issuer = *issuer;
	return e;
}

bool roster_add_cofounder(struct roster *r, const struct mesh_cofounder *c)
{
	struct mesh_record *e;
	struct writer w;

	if (find(r, RECORD_COFOUNDER, &c->subject, &c->issuer) != NULL ||
		r->cofounders == ROSTER_COFOUNDERS_MAX)
		return false;
	e = record_new(RECORD_COFOUNDER, &c->subject, &c->issuer);
	w = writer_of(e->body, sizeof(e->body));
	record_cofounder_write(&w, c);
	e->len = w.len;
	e->handle = handle_of(e);
	return insert(r, e, NULL);
}

/* The earliest revocation of key by a founder; NULL: none. */
static const struct mesh_record *founders_revocation(
	const struct roster *r, const struct node_id *key)
{
	const struct mesh_record *found = NULL,
				 *e = find(r, RECORD_REVOCATION, key, &r->founder);

	if (e != NULL && !e->by_delegate)
		found = e;
	for (size_t i = 0; r->cofounders > 0 && i < r->sorted[RECORDS_URGENT].count;
		i++) {
		e = r->sorted[RECORDS_URGENT].at[i];
		if (e->key.kind == RECORD_REVOCATION && !e->by_delegate &&
			id_equal(&e->key.subject, key) &&
			(found == NULL || e->when_s < found->when_s))
			found = e;
	}
	return found;
}

static struct mesh_record *revocation_victim(const struct roster *r)
{
	for (struct mesh_record *e = r->all; e != NULL; e = e->hh.next)
		if (e->key.kind == RECORD_REVOCATION && e->by_delegate)
			return e;
	return NULL;
}

/* Whose lineage has ended is no member any more; what a fallen delegate revoked stood below it. */
static void forget_revoked(struct roster *r)
{
	struct mesh_record *e, *next;

	HASH_ITER (hh, r->all, e, next) {
		bool ended = e->key.kind == RECORD_MEMBER
				     ? roster_revokes(r, &e->lineage, &e->signer)
				     : e->by_delegate &&
					       founders_revocation(r, &e->key.issuer);

		if (ended)
			remove_record(r, e);
	}
}

bool roster_add_revocation(struct roster *r, const struct mesh_revocation *v)
{
	struct mesh_record *before = find(r, RECORD_REVOCATION, &v->subject, &v->issuer),
			   *e;
	size_t revocations = r->sorted[RECORDS_URGENT].count - r->cofounders;
	struct writer w;

	/* of two the earlier counts, so that all come to the same one */
	if (before != NULL && before->when_s <= v->when_s)
		return false;
	if (before == NULL && revocations >= ROSTER_REVOCATIONS_MAX) {
		struct mesh_record *victim = v->by_delegate ? NULL : revocation_victim(r);

		if (victim == NULL)
			return false;
		remove_record(r, victim);
	}
	e = record_new(RECORD_REVOCATION, &v->subject, &v->issuer);
	w = writer_of(e->body, sizeof(e->body));
	record_revocation_write(&w, v);
	e->len = w.len;
	e->when_s = v->when_s;
	e->by_delegate = v->by_delegate;
	e->handle = handle_of(e);
	if (!insert(r, e, before))
		return false;
	forget_revoked(r);
	return true;
}

static struct mesh_record *member_victim(const struct roster *r)
{
	struct mesh_record *victim = NULL;

	for (size_t i = 0; i < r->sorted[RECORDS_MEMBERS].count; i++) {
		struct mesh_record *e = r->sorted[RECORDS_MEMBERS].at[i];

		if (victim == NULL ||
			e->lineage.at[0].until_s < victim->lineage.at[0].until_s)
			victim = e;
	}
	return victim;
}

bool roster_add_member(
	struct roster *r, const struct lineage *l, const struct node_id *signer)
{
	const struct mesh_certificate *own = &l->at[0];
	struct mesh_record *before = find(r, RECORD_MEMBER, &own->subject, NULL), *e,
			   *victim;
	struct writer w;

	e = record_new(RECORD_MEMBER, &own->subject, NULL);
	w = writer_of(e->body, sizeof(e->body));
	write_id(&w, &own->subject);
	lineage_write(&w, l);
	check(!w.overflow);
	e->len = w.len;
	e->lineage = *l;
	e->signer = *signer;
	e->handle = handle_of(e);
	/* the one that ends later counts; of two alike the larger handle, for everybody */
	if (before != NULL && (before->lineage.at[0].until_s > own->until_s ||
				      (before->lineage.at[0].until_s == own->until_s &&
					      before->handle >= e->handle))) {
		mem_free(e);
		return false;
	}
	if (before == NULL && r->sorted[RECORDS_MEMBERS].count >= ROSTER_MEMBERS_MAX) {
		victim = member_victim(r);
		if (victim->lineage.at[0].until_s >= own->until_s) {
			mem_free(e);
			return false;
		}
		remove_record(r, victim);
	}
	return insert(r, e, before);
}

void roster_forget_members(struct roster *r, uint32_t now_s)
{
	struct mesh_record *e, *next;

	HASH_ITER (hh, r->all, e, next) {
		uint32_t from_s, until_s;

		if (e->key.kind != RECORD_MEMBER)
			continue;
		lineage_dates(&e->lineage, &from_s, &until_s);
		if (until_s < now_s && now_s - until_s > MESH_MEMBER_S)
			remove_record(r, e);
	}
}

/* ---- founders and revocations ---- */

bool roster_is_founder(const struct roster *r, const struct node_id *key)
{
	if (id_equal(key, &r->founder))
		return true;
	for (size_t i = 0; i < r->sorted[RECORDS_URGENT].count; i++) {
		const struct mesh_record *e = r->sorted[RECORDS_URGENT].at[i];

		if (e->key.kind == RECORD_COFOUNDER && id_equal(&e->key.subject, key))
			return true;
	}
	return false;
}

const struct node_id *roster_signer(
	const struct roster *r, const struct lineage *l, enum mesh_fault *fault)
{
	*fault = MESH_STRANGER;
	if (lineage_root_of(&r->founder) == l->root) {
		if (lineage_verify(l, &r->mesh, &r->founder))
			return &r->founder;
		*fault = MESH_BAD;
	}
	for (size_t i = 0; i < r->sorted[RECORDS_URGENT].count; i++) {
		const struct mesh_record *e = r->sorted[RECORDS_URGENT].at[i];

		if (e->key.kind != RECORD_COFOUNDER ||
			lineage_root_of(&e->key.subject) != l->root)
			continue;
		if (lineage_verify(l, &r->mesh, &e->key.subject))
			return &e->key.subject;
		*fault = MESH_BAD;
	}
	return NULL;
}

bool roster_signed_by_founder(const struct roster *r, const struct mesh_certificate *c)
{
	if (record_certificate_verify(c, &r->mesh, &r->founder))
		return true;
	for (size_t i = 0; r->cofounders > 0 && i < r->sorted[RECORDS_URGENT].count;
		i++) {
		const struct mesh_record *e = r->sorted[RECORDS_URGENT].at[i];

		if (e->key.kind == RECORD_COFOUNDER &&
			record_certificate_verify(c, &r->mesh, &e->key.subject))
			return true;
	}
	return false;
}

static bool is_revoked_below(const struct roster *r, const struct lineage *l, unsigned i)
{
	if (founders_revocation(r, &l->at[i].subject) != NULL)
		return true;
	for (unsigned k = i + 1; k < l->count; k++)
		if (find(r, RECORD_REVOCATION, &l->at[i].subject, &l->at[k].subject) !=
			NULL)
			return true;
	return false;
}

bool roster_revokes(
	const struct roster *r, const struct lineage *l, const struct node_id *signer)
{
	const struct mesh_record *fallen = founders_revocation(r, signer);

	for (unsigned i = 0; i < l->count; i++)
		if (is_revoked_below(r, l, i))
			return true;
	/* what a founder signed before it was revoked holds until its end: a mesh outlives him */
	return fallen != NULL && l->at[l->count - 1].from_s > fallen->when_s;
}

bool roster_revokes_key(const struct roster *r, const struct node_id *key)
{
	return founders_revocation(r, key) != NULL;
}

/* ---- uses of invites ---- */

static struct spent *spent_find(const struct roster *r, const struct node_id *invite)
{
	struct spent *s;

	HASH_FIND(hh, r->spent, invite, sizeof(*invite), s);
	return s;
}

static bool spent_has(const struct spent *s, const struct node_id *by)
{
	for (unsigned i = 0; i < s->count; i++)
		if (id_equal(&s->by[i], by))
			return true;
	return false;
}

bool roster_may_use(const struct roster *r, const struct lineage *l)
{
	const struct mesh_certificate *invite = lineage_invite(l);
	const struct spent *s;

	if (invite == NULL || invite->uses == 0)
		return true;
	s = spent_find(r, &invite->subject);
	return s == NULL || s->count < invite->uses || spent_has(s, &l->at[0].subject);
}

void roster_use_by(
	struct roster *r, const struct node_id *invite, const struct node_id *by)
{
	struct spent *s = spent_find(r, invite);

	if (s == NULL) {
		if (HASH_COUNT(r->spent) >= ROSTER_SPENT_MAX)
			spent_free(r, r->spent);
		s = mem_new(sizeof(*s));
		s->invite = *invite;
		HASH_ADD(hh, r->spent, invite, sizeof(s->invite), s);
	}
	if (s->count == UINT8_MAX || spent_has(s, by))
		return;
	s->by = mem_resize(s->by, (size_t)s->count + 1, sizeof(*s->by));
	s->by[s->count++] = *by;
}

void roster_use(struct roster *r, const struct lineage *l)
{
	const struct mesh_certificate *invite = lineage_invite(l);

	if (invite != NULL && invite->uses != 0)
		roster_use_by(r, &invite->subject, &l->at[0].subject);
}
