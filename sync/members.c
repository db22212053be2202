/* SPDX-License-Identifier: ISC */
/*
 * Certificates of a folder and the members they make. A certificate counts once its whole
 * chain up to the owner verifies; one whose parent is not known waits among a few others.
 * An invite makes at most as many members as it says, first come first served at each
 * receiver. Dates are judged by the folder's time (clock.c): a certificate serves a session
 * only now, and authorises an entry now or when its author says that it was written; an entry
 * outside both is held.
 */
#include "sync/machine.h"

enum { SKEW_S = 600 };

const struct cert *members_cert(const struct folder *f, const struct hash *id)
{
	struct cert *c;

	HASH_FIND(hh, f->certs, id, sizeof(*id), c);
	return c;
}

struct member *members_find(const struct folder *f, const struct node_id *id)
{
	struct member *m;

	HASH_FIND(hh, f->members, id, sizeof(*id), m);
	return m;
}

size_t members_chain(const struct cert *c, struct bytes chain[CHAIN_MAX])
{
	size_t n = 0;

	for (; c != NULL && n < CHAIN_MAX; c = c->parent)
		chain[n++] = bytes_of(c->data, c->len);
	return n;
}

/* An invite's own dates say when it may be redeemed, no more. */
static bool within_dates(const struct cert *c, int64_t at_s)
{
	for (; c != NULL; c = c->parent)
		if (c->parsed.kind == CERTIFICATE_INVITE)
			continue;
		else if (at_s < c->parsed.not_before_s - SKEW_S ||
			 at_s > c->parsed.not_after_s)
			return false;
	return true;
}

static struct member *member_make(struct folder *f, const struct node_id *id)
{
	struct member *m = members_find(f, id);

	if (m != NULL || HASH_COUNT(f->members) >= SYNC_MEMBERS_MAX)
		return m;
	m = mem_new(sizeof(*m));
	m->id = *id;
	m->address = address_of(id);
	m->seen_us = -1;
	HASH_ADD(hh, f->members, id, sizeof(m->id), m);
	HASH_ADD(hh_address, f->by_address, address, sizeof(m->address), m);
	return m;
}

uint8_t members_rights_at(const struct folder *f, const struct node_id *id, int64_t at_s)
{
	const struct member *m = members_find(f, id);
	uint8_t rights = 0;
	struct cert *c, *next;

	if (id_equal(id, &f->owner))
		return RIGHTS_OWNER;
	if (m == NULL)
		return 0;
	if (m->cert != NULL && (at_s == 0 || within_dates(m->cert, at_s)))
		return m->cert->parsed.rights;
	HASH_ITER (hh, f->certs, c, next)
		if (c->parsed.kind == CERTIFICATE_MEMBER &&
			id_equal(&c->parsed.subject, id) &&
			(at_s == 0 || within_dates(c, at_s)))
			rights |= c->parsed.rights;
	return rights;
}

uint8_t members_rights(
	const struct folder *f, struct instant now, const struct node_id *id)
{
	return members_rights_at(f, id, clock_now_s(f, now));
}

enum author_verdict members_judge(
	const struct folder *f, struct instant now, const struct entry *e)
{
	uint8_t needed = e->flags & ENTRY_DELETED ? RIGHT_DELETE : RIGHT_WRITE;
	int64_t written_s = (int64_t)(e->clock >> 16) / 1000;
	int64_t now_s = clock_now_s(f, now);
	const struct cert *c;

	if (id_is_zero(id_bytes(&e->capability)))
		return id_equal(&e->author, &f->owner) ? AUTHOR_GOOD : AUTHOR_REFUSED;
	c = members_cert(f, &e->capability);
	if (c == NULL)
		return AUTHOR_UNKNOWN;
	if (c->parsed.kind != CERTIFICATE_MEMBER ||
		!id_equal(&c->parsed.subject, &e->author) ||
		(c->parsed.rights & needed) == 0 ||
		!id_is_zero(id_bytes(&c->parsed.zone)))
		return AUTHOR_REFUSED;
	if (now_s == 0 || within_dates(c, now_s) || within_dates(c, written_s))
		return AUTHOR_GOOD;
	return AUTHOR_DATES;
}

void members_own_rights(struct folder *f)
{
	const struct cert *c = members_cert(f, &f->capability);

	if (id_equal(&f->owner, &f->sync->config.self->id))
		f->rights = RIGHTS_OWNER;
	else
		f->rights = c != NULL ? c->parsed.rights : 0;
	member_make(f, &f->owner);
}

static bool chain_holds(
	const struct folder *f, const struct cert *parent, struct bytes body)
{
	struct bytes chain[CHAIN_MAX + 1];
	size_t n;

	chain[0] = body;
	n = 1 + members_chain(parent, chain + 1);
	return n <= CHAIN_MAX && chain_verify(&f->id, &f->owner, chain, n);
}

static int by_prefix(const struct cert *a, const struct cert *b)
{
	return a->prefix < b->prefix ? -1 : a->prefix > b->prefix;
}

static void keep(struct folder *f, const struct hash *id,
	const struct certificate *parsed, struct cert *parent, struct bytes body)
{
	struct cert *c = mem_new(sizeof(*c));
	struct hash sum = hash_tagged("qanat certificate sum 1", id_bytes(id));
	struct member *m;

	c->id = *id;
	c->prefix = prefix_of(id_bytes(id));
	c->parsed = *parsed;
	c->parent = parent;
	c->data = mem_copy(body.data, body.len);
	c->len = body.len;
	HASH_ADD_INORDER(hh, f->certs, id, sizeof(c->id), c, by_prefix);
	f->cert_sum += prefix_of(id_bytes(&sum));
	if (parent == NULL)
		clock_floor(f, parsed->not_before_s);
	if (parsed->kind != CERTIFICATE_MEMBER)
		return;
	if (parent != NULL && parent->parsed.kind == CERTIFICATE_INVITE)
		parent->used++;
	m = member_make(f, &parsed->subject);
	if (m != NULL &&
		(m->cert == NULL || (m->cert->parsed.rights & ~parsed->rights) == 0))
		m->cert = c;
}

static void hold(struct folder *f, struct bytes body)
{
	struct held_bytes *h;

	for (unsigned i = 0; i < CERTS_HELD_MAX; i++)
		if (bytes_equal(
			    body, bytes_of(f->held_certs[i].data, f->held_certs[i].len)))
			return;
	for (unsigned i = 0; i < CERTS_HELD_MAX; i++, f->held_cert_at++)
		if (f->held_certs[f->held_cert_at % CERTS_HELD_MAX].data == NULL)
			break;
	h = &f->held_certs[f->held_cert_at++ % CERTS_HELD_MAX];
	mem_free(h->data);
	h->data = mem_copy(body.data, body.len);
	h->len = body.len;
}

static enum cert_verdict add_one(struct folder *f, struct bytes body)
{
	struct drops *drops = f->sync->config.drops;
	struct certificate parsed;
	struct hash id = certificate_id(body);
	struct cert *parent = NULL;

	if (members_cert(f, &id) != NULL)
		return CERT_OLD;
	if (!certificate_parse(&parsed, body) || !id_equal(&parsed.folder, &f->id)) {
		(void)drop(drops, DROP_SYNC);
		return CERT_REFUSED;
	}
	if (HASH_COUNT(f->certs) >= CERTS_MAX) {
		(void)drop(drops, DROP_FULL);
		return CERT_REFUSED;
	}
	if (!id_is_zero(id_bytes(&parsed.parent))) {
		HASH_FIND(hh, f->certs, &parsed.parent, sizeof(parsed.parent), parent);
		if (parent == NULL) {
			hold(f, body);
			return CERT_HELD;
		}
	}
	if (!chain_holds(f, parent, body) ||
		(parent != NULL && parent->parsed.kind == CERTIFICATE_INVITE &&
			parent->parsed.uses != 0 &&
			parent->used >= parent->parsed.uses)) {
		(void)drop(drops, DROP_RIGHTS);
		return CERT_REFUSED;
	}
	keep(f, &id, &parsed, parent, body);
	return CERT_NEW;
}

static void record_cert(struct folder *f, struct bytes body)
{
	struct job *j = sync_folder_job(f, JOB_RECORDS);
	struct hash id = certificate_id(body);

	folder_record(j, f, RECORD_CERTIFICATE, id_bytes(&id), body);
	f->stores_running++;
	sync_submit(f->sync, j);
}

/* Those that waited for a parent; again until none is freed. */
static void free_held(struct folder *f)
{
	bool again = true;

	while (again) {
		again = false;
		for (unsigned i = 0; i < CERTS_HELD_MAX; i++) {
			struct held_bytes h = f->held_certs[i];
			enum cert_verdict v;

			if (h.data == NULL)
				continue;
			f->held_certs[i] = (struct held_bytes){ 0 };
			v = add_one(f, bytes_of(h.data, h.len));
			if (v == CERT_NEW) {
				record_cert(f, bytes_of(h.data, h.len));
				again = true;
			}
			mem_free(h.data);
		}
	}
}

enum cert_verdict members_add(struct folder *f, struct instant now, struct bytes body)
{
	enum cert_verdict v = add_one(f, body);

	if (v != CERT_NEW)
		return v;
	if (f->sync->loaded) {
		record_cert(f, body);
		free_held(f);
		folder_changed(f, now);
		peers_partners(f->sync, now);
		push_retry_held(f, now);
	}
	return v;
}

void members_fini(struct folder *f)
{
	struct cert *c, *next;
	struct member *m, *next_member;

	HASH_ITER (hh, f->certs, c, next) {
		HASH_DEL(f->certs, c);
		mem_free(c->data);
		mem_free(c);
	}
	HASH_ITER (hh, f->members, m, next_member) {
		/* The table is there: every member is in both.
		 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		HASH_DELETE(hh_address, f->by_address, m);
		HASH_DELETE(hh, f->members, m);
		mem_free(m);
	}
	for (unsigned i = 0; i < CERTS_HELD_MAX; i++)
		mem_free(f->held_certs[i].data);
}
