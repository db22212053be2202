/* SPDX-License-Identifier: ISC */
/*
 * What people do with a mesh, renewals, and what is told of it. Timers: each neighbour's next
 * digest (spread.c), and a look at our own certificate every TICK_MS.
 */
#include "node/mesh/mesh.h"

#include <errno.h>

#include "node/crypto/hash.h"
#include "node/mesh/machine.h"

enum { TICK_MS = 10000, GAIN_S = 86400, CHAIN_OF_FOUNDERS_MAX = TOKEN_COFOUNDERS_MAX };

struct mesh *mesh_new(const struct mesh_config *config, struct instant now)
{
	struct mesh *m = mem_new(sizeof(*m));

	m->config = *config;
	m->tick_at = now;
	return m;
}

void mesh_free(struct mesh *m)
{
	if (m == NULL)
		return;
	while (m->neighbour_count > 0)
		mesh_neighbour_down(m, m->neighbours[0].link);
	mem_free(m->neighbours);
	clocks_fini(&m->clocks);
	roster_fini(&m->roster);
	wipe(m, sizeof(*m));
	mem_free(m);
}

bool mesh_joined(const struct mesh *m)
{
	return m->joined;
}

void mesh_key(const struct mesh *m, uint8_t key[32])
{
	check(m->joined);
	memcpy(key, m->key, sizeof(m->key));
}

void mesh_wall_clock(struct mesh *m, struct instant now, int64_t wall_ms)
{
	clocks_own(&m->clocks, now, wall_ms / 1000);
}

void mesh_show(const struct mesh *m, struct instant now, struct writer *w)
{
	write_u32(w, clocks_own_s(&m->clocks, now));
	lineage_write(w, &m->own);
}

uint64_t mesh_shown(const struct mesh *m)
{
	return m->shown;
}

uint64_t mesh_revocations(const struct mesh *m)
{
	return m->revocations;
}

uint64_t mesh_generation(const struct mesh *m)
{
	return m->generation;
}

/* ---- signing ---- */

static bool is_founder(const struct mesh *m, const struct node_id *key)
{
	return roster_is_founder(&m->roster, key) && !roster_revokes_key(&m->roster, key);
}

/* Founders sign for themselves, a delegate with the certificate that a founder gave it. */
static bool is_signer(const struct mesh *m)
{
	const struct node_id *self = &m->config.self->id;

	return m->joined &&
	       (is_founder(m, self) || ((m->own.at[0].rights & MESH_DELEGATE) &&
					       !roster_revokes_key(&m->roster, self)));
}

static uint32_t end_after(uint32_t from_s, int64_t valid_s)
{
	return valid_s > (int64_t)UINT32_MAX - from_s ? UINT32_MAX
						      : from_s + (uint32_t)valid_s;
}

/* Signs a lineage whose own certificate has rights, subject and uses; valid_s is cut where a
 * delegate's own ends. */
static void lineage_sign(
	struct mesh *m, struct instant now, struct lineage *l, int64_t valid_s)
{
	struct mesh_certificate *c = &l->at[0];

	l->count = 1;
	c->from_s = clocks_now_s(&m->clocks, now, 0);
	c->until_s = end_after(c->from_s, valid_s);
	if (is_founder(m, &m->config.self->id)) {
		l->root = lineage_root_of(&m->config.self->id);
	} else {
		l->root = m->own.root;
		l->count += m->own.count;
		memcpy(&l->at[1], m->own.at, m->own.count * sizeof(l->at[0]));
		if (c->from_s < l->at[1].from_s)
			c->from_s = l->at[1].from_s;
		if (c->until_s > l->at[1].until_s)
			c->until_s = l->at[1].until_s;
		/* our own end has passed: what is signed now is as good as that */
		if (c->from_s > c->until_s)
			c->from_s = c->until_s;
	}
	c->serial = ++m->serial;
	record_certificate_sign(c, &m->id, m->config.self);
	m->generation++;
}

static void founder_renew(struct mesh *m, struct instant now)
{
	struct lineage l = { .at[0] = { .rights = MESH_MEMBER | MESH_DELEGATE } };

	l.at[0].subject = m->config.self->id;
	lineage_sign(m, now, &l, MESH_MEMBER_S);
	if (roster_add_member(&m->roster, &l, &m->config.self->id))
		spread_news(m, roster_member(&m->roster, &m->config.self->id), 0);
	judge_adopt(m, now, &l);
}

static bool is_due(const struct mesh *m, struct instant now, const struct lineage *l)
{
	uint32_t from_s, until_s;

	lineage_dates(l, &from_s, &until_s);
	return until_s < end_after(clocks_now_s(&m->clocks, now, 0), MESH_RENEW_S);
}

bool mesh_may_renew(const struct mesh *m)
{
	return is_signer(m);
}

void mesh_meet(struct mesh *m, struct instant now, const struct node_id *id)
{
	const struct node_id *self = &m->config.self->id;
	const struct mesh_record *r;
	struct lineage l = { .count = 1 };
	bool founder, ours;
	uint32_t end_s;

	if (!is_signer(m) || id_equal(id, self) || roster_is_founder(&m->roster, id))
		return;
	r = roster_member(&m->roster, id);
	founder = is_founder(m, self);
	if (r == NULL || (!founder && (r->lineage.at[0].rights & MESH_DELEGATE)) ||
		(!founder && !lineage_has_above(&r->lineage, self)) ||
		(!founder && m->own.count >= LINEAGE_MAX))
		return;
	/* whose invite it was makes the certificate his own at once */
	ours = lineage_invite(&r->lineage) != NULL &&
	       (r->lineage.count == 2 ? id_equal(&r->signer, self)
				      : id_equal(&r->lineage.at[2].subject, self));
	if (!ours && !is_due(m, now, &r->lineage))
		return;
	/* a delegate gives nothing beyond its own end: then there is nothing to gain */
	end_s = end_after(clocks_now_s(&m->clocks, now, 0), MESH_MEMBER_S);
	if (!founder && end_s > m->own.at[0].until_s)
		end_s = m->own.at[0].until_s;
	if (end_s < end_after(r->lineage.at[0].until_s, ours ? 0 : GAIN_S))
		return;
	l.at[0] = (struct mesh_certificate){ .rights = r->lineage.at[0].rights,
		.subject = *id };
	lineage_sign(m, now, &l, MESH_MEMBER_S);
	(void)judge_lineage(m, now, &l, -1, 0);
}

void mesh_tick(struct mesh *m, struct instant now)
{
	uint32_t now_s;

	spread_tick(m, now);
	if (!m->joined || !instant_due(m->tick_at, now))
		return;
	m->tick_at = instant_add_ms(now, TICK_MS);
	now_s = clocks_now_s(&m->clocks, now, 0);
	/* by the own clock alone a certificate can be near its end, and not beyond it */
	if (is_founder(m, &m->config.self->id) && is_due(m, now, &m->own) &&
		(now_s <= m->own.at[0].until_s || clocks_others(&m->clocks)))
		founder_renew(m, now);
	if (!judge_is_lenient(m, now_s))
		roster_forget_members(&m->roster, now_s);
}

struct instant mesh_deadline(const struct mesh *m)
{
	struct instant t = m->joined ? m->tick_at : NEVER;

	for (size_t i = 0; i < m->neighbour_count; i++)
		t = instant_min(t, m->neighbours[i].digest_at);
	return t;
}

/* ---- commands ---- */

int mesh_found(struct mesh *m, struct instant now, const char *name)
{
	struct mesh_genesis *g = &m->genesis;
	size_t len = strlen(name);

	if (m->joined)
		return -EEXIST;
	if (len == 0 || len > MESH_NAME_MAX)
		return -EINVAL;
	memset(g, 0, sizeof(*g));
	g->founder = m->config.self->id;
	rng_fill(&m->config.rng, g->random.b, sizeof(g->random.b));
	memcpy(g->name, name, len);
	record_genesis_sign(g, m->config.self);
	m->id = record_mesh(g);
	rng_fill(&m->config.rng, m->key, sizeof(m->key));
	roster_init(&m->roster, &g->founder, &m->id);
	m->joined = true;
	m->tick_at = now;
	founder_renew(m, now);
	log_line(m->config.log, LOG_INFO_, "mesh ", name, ": made", NULL);
	return 0;
}

static int token_error(enum token_fault fault)
{
	static const int errors[TOKEN_FAULTS] = {
		[TOKEN_NONE] = -EINVAL,
		[TOKEN_FOLDER] = -EISDIR,
		[TOKEN_DAMAGED] = -EBADMSG,
		[TOKEN_WRONG] = -EPROTO,
	};

	return errors[fault];
}

/* The newcomer's lineage, judged by what is known here. */
static int token_take(struct mesh *m, struct instant now, const struct token *t)
{
	const struct mesh_certificate *invite = &t->invite.at[0];
	uint32_t now_s = clocks_now_s(&m->clocks, now, 0);
	struct lineage l;
	enum mesh_fault fault;

	if (now_s > invite->until_s)
		return -ETIME;
	token_redeem(
		t, &m->config.self->id, now_s, (uint32_t)rng_u64(&m->config.rng), &l);
	if (!m->joined) {
		m->genesis = t->genesis;
		m->id = record_mesh(&t->genesis);
		memcpy(m->key, t->key, sizeof(m->key));
		roster_init(&m->roster, &t->genesis.founder, &m->id);
	}
	for (unsigned i = 0; i < t->count; i++)
		(void)judge_cofounder(m, &t->cofounders[i], 0);
	m->joined = true;
	m->tick_at = now;
	clocks_floor(&m->clocks, l.at[l.count - 1].from_s);
	fault = judge_lineage(m, now, &l, -1, 0);
	return fault == MESH_FINE      ? 0
	       : fault == MESH_REVOKED ? -EKEYREJECTED
	       : fault == MESH_USED    ? -EUSERS
				       : -EPROTO;
}

int mesh_join(struct mesh *m, struct instant now, const char *text)
{
	bool before = m->joined;
	struct token t;
	struct hash id;
	int err = token_error(token_parse(&t, text));

	if (err != 0)
		return err;
	id = record_mesh(&t.genesis);
	if (m->joined && !id_equal(&id, &m->id))
		err = -EEXIST;
	else
		err = token_take(m, now, &t);
	token_wipe(&t);
	if (err != 0 && !before && m->joined) {
		roster_fini(&m->roster);
		wipe(m->key, sizeof(m->key));
		m->joined = false;
	}
	if (err == 0)
		log_line(m->config.log, LOG_INFO_, "mesh ", m->genesis.name, ": joined",
			NULL);
	return err;
}

/* The co-founders between the genesis' founder and key, from the top down. */
static bool line_of_founders(
	const struct mesh *m, const struct node_id *key, struct token *t)
{
	struct mesh_cofounder found[CHAIN_OF_FOUNDERS_MAX];
	struct node_id at = *key;
	unsigned n = 0;

	while (!id_equal(&at, &m->roster.founder)) {
		const struct mesh_records *s = &m->roster.sorted[RECORDS_URGENT];
		size_t i = 0;

		while (i < s->count && !(s->at[i]->key.kind == RECORD_COFOUNDER &&
					       id_equal(&s->at[i]->key.subject, &at)))
			i++;
		if (i == s->count || n == CHAIN_OF_FOUNDERS_MAX ||
			!record_cofounder_parse(
				&found[n], bytes_of(s->at[i]->body, s->at[i]->len)))
			return false;
		at = found[n++].issuer;
	}
	t->count = n;
	for (unsigned i = 0; i < n; i++)
		t->cofounders[i] = found[n - 1 - i];
	return true;
}

static int may_sign_below(const struct mesh *m)
{
	if (!m->joined)
		return -ENOENT;
	if (!is_signer(m))
		return -EACCES;
	if (!is_founder(m, &m->config.self->id) && m->own.count > 1)
		return -EXFULL;
	return 0;
}

int mesh_invite(struct mesh *m, struct instant now, bool delegate, uint8_t uses,
	int64_t valid_s, char *text, int64_t *expires_s)
{
	struct token t = { .genesis = m->genesis };
	struct mesh_certificate *c = &t.invite.at[0];
	const struct mesh_record *own = roster_member(&m->roster, &m->config.self->id);
	struct keypair once;
	int err = may_sign_below(m);

	if (err != 0)
		return err;
	if (delegate && !is_founder(m, &m->config.self->id))
		return -EACCES;
	rng_fill(&m->config.rng, t.seed, sizeof(t.seed));
	keypair_from_seed(&once, t.seed);
	c->rights = (uint8_t)(MESH_MEMBER | MESH_INVITE | (delegate ? MESH_DELEGATE : 0));
	c->subject = once.id;
	c->uses = uses;
	keypair_wipe(&once);
	lineage_sign(m, now, &t.invite, valid_s);
	memcpy(t.key, m->key, sizeof(t.key));
	*expires_s = c->until_s;
	if (!line_of_founders(m,
		    is_founder(m, &m->config.self->id) ? &m->config.self->id
						       : &own->signer,
		    &t))
		err = -EACCES;
	else
		token_write(text, &t);
	token_wipe(&t);
	return err;
}

int mesh_revoke(struct mesh *m, struct instant now, const struct node_id *key)
{
	struct mesh_revocation v = { .subject = *key, .issuer = m->config.self->id };
	const struct mesh_record *r;
	int err = may_sign_below(m);

	if (err != 0)
		return err;
	if (id_equal(key, &m->config.self->id))
		return -EINVAL;
	if (roster_revokes_key(&m->roster, key) ||
		roster_record(&m->roster, RECORD_REVOCATION, key, &v.issuer) != NULL)
		return -EALREADY;
	v.when_s = clocks_now_s(&m->clocks, now, 0);
	if (!is_founder(m, &m->config.self->id)) {
		r = roster_member(&m->roster, key);
		if (r == NULL || !lineage_has_above(&r->lineage, &m->config.self->id))
			return -EACCES;
		v.by_delegate = true;
		v.delegate = m->own.at[0];
		if (v.when_s < v.delegate.from_s)
			v.when_s = v.delegate.from_s;
		if (v.when_s > v.delegate.until_s)
			v.when_s = v.delegate.until_s;
	}
	record_revocation_sign(&v, &m->id, m->config.self);
	if (judge_revocation(m, &v, 0) != MESH_FINE)
		return -EACCES;
	return roster_record(&m->roster, RECORD_REVOCATION, key, &v.issuer) != NULL
		       ? 0
		       : -ENOSPC;
}

int mesh_cofound(struct mesh *m, struct instant now, const struct node_id *key)
{
	struct mesh_cofounder c = { .subject = *key, .issuer = m->config.self->id };

	if (!m->joined)
		return -ENOENT;
	if (!is_founder(m, &m->config.self->id))
		return -EACCES;
	if (roster_is_founder(&m->roster, key))
		return -EALREADY;
	c.when_s = clocks_now_s(&m->clocks, now, 0);
	record_cofounder_sign(&c, &m->id, m->config.self);
	if (judge_cofounder(m, &c, 0) != MESH_FINE)
		return -EACCES;
	return roster_is_founder(&m->roster, key) ? 0 : -ENOSPC;
}

/* ---- status ---- */

struct fill mesh_fill(const struct mesh *m, size_t i)
{
	const struct fill fills[MESH_FILLS] = {
		{ "mesh members", m->roster.sorted[RECORDS_MEMBERS].count },
		{ "mesh records", m->roster.sorted[RECORDS_URGENT].count },
		{ "mesh neighbours", m->neighbour_count },
	};

	check(i < MESH_FILLS);
	return fills[i];
}

void mesh_status(const struct mesh *m, struct instant now, struct mesh_status *out)
{
	const struct node_id *self = &m->config.self->id;

	memset(out, 0, sizeof(*out));
	out->joined = m->joined;
	if (!m->joined)
		return;
	out->id = m->id;
	memcpy(out->name, m->genesis.name, sizeof(out->name));
	out->founder = m->genesis.founder;
	out->is_founder = is_founder(m, self);
	out->is_delegate = (m->own.at[0].rights & MESH_DELEGATE) != 0;
	out->revoked = roster_revokes_key(&m->roster, self);
	lineage_dates(&m->own, &out->from_s, &out->until_s);
	out->now_s = clocks_now_s(&m->clocks, now, 0);
	out->members = m->roster.sorted[RECORDS_MEMBERS].count;
	out->cofounders = m->roster.cofounders;
	out->revocations = m->roster.sorted[RECORDS_URGENT].count - m->roster.cofounders;
}

bool mesh_member_at(
	const struct mesh *m, struct instant now, size_t i, struct mesh_member *out)
{
	const struct mesh_record *r;

	memset(out, 0, sizeof(*out));
	if (!m->joined || i >= m->roster.sorted[RECORDS_MEMBERS].count)
		return false;
	r = m->roster.sorted[RECORDS_MEMBERS].at[i];
	out->id = r->key.subject;
	out->issuer = r->lineage.count > 1 ? r->lineage.at[1].subject : r->signer;
	out->is_founder = is_founder(m, &out->id);
	out->is_delegate = (r->lineage.at[0].rights & MESH_DELEGATE) != 0;
	lineage_dates(&r->lineage, &out->from_s, &out->until_s);
	out->expired = out->until_s < clocks_now_s(&m->clocks, now, 0);
	return true;
}

bool mesh_revoked_at(const struct mesh *m, size_t i, struct node_id *id, uint32_t *when_s)
{
	const struct mesh_records *s = &m->roster.sorted[RECORDS_URGENT];

	for (size_t k = 0; m->joined && k < s->count; k++) {
		if (s->at[k]->key.kind != RECORD_REVOCATION || i-- > 0)
			continue;
		*id = s->at[k]->key.subject;
		*when_s = s->at[k]->when_s;
		return true;
	}
	return false;
}
