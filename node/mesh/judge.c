/* SPDX-License-Identifier: ISC */
/* Who is let in, and what is believed. */
#include "node/mesh/machine.h"

enum drop_reason mesh_fault_reason(enum mesh_fault fault)
{
	static const enum drop_reason reasons[MESH_FAULTS] = {
		[MESH_BAD] = DROP_CERTIFICATE,
		[MESH_STRANGER] = DROP_STRANGER,
		[MESH_DEPTH] = DROP_DEPTH,
		[MESH_WIDER] = DROP_WIDER,
		[MESH_FUTURE] = DROP_FUTURE,
		[MESH_EXPIRED] = DROP_EXPIRED,
		[MESH_REVOKED] = DROP_REVOKED,
		[MESH_USED] = DROP_USED,
	};

	check(fault > MESH_FINE && fault < MESH_FAULTS);
	return reasons[fault];
}

bool judge_count(struct mesh *m, enum mesh_fault fault)
{
	return fault == MESH_FINE || drop(m->config.drops, mesh_fault_reason(fault));
}

bool judge_is_lenient(const struct mesh *m, uint32_t now_s)
{
	uint32_t from_s, until_s;

	lineage_dates(&m->own, &from_s, &until_s);
	return now_s > until_s || now_s < m->lenient_s;
}

/* also_s: the clock of whoever showed it; 0: it came over others. */
static enum mesh_fault dates_judge(
	const struct mesh *m, struct instant now, const struct lineage *l, int64_t also_s)
{
	uint32_t now_s = clocks_now_s(&m->clocks, now, also_s);
	uint32_t latest_s = clocks_latest_s(&m->clocks, now, also_s), from_s, until_s;
	uint32_t founder_s = l->at[l->count - 1].from_s;

	lineage_dates(l, &from_s, &until_s);
	/* a founder's date is a word about the time; only those below him can be ahead of it */
	if (latest_s < founder_s)
		latest_s = founder_s;
	if (from_s > latest_s && from_s - latest_s > CLOCKS_SLACK_S &&
		!clocks_are_behind(&m->clocks, now, also_s))
		return MESH_FUTURE;
	if (until_s < now_s && !judge_is_lenient(m, now_s))
		return MESH_EXPIRED;
	return MESH_FINE;
}

/* By the clock of its own holder. */
static bool holds_at(const struct lineage *l, int64_t wall_s)
{
	uint32_t from_s, until_s;

	lineage_dates(l, &from_s, &until_s);
	return wall_s + CLOCKS_SLACK_S >= from_s && wall_s <= until_s;
}

static bool is_known(const struct mesh_record *known, const struct lineage *l)
{
	uint8_t body[RECORD_BODY_MAX];
	struct writer w = writer_of(body, sizeof(body));

	if (known == NULL)
		return false;
	write_id(&w, &l->at[0].subject);
	lineage_write(&w, l);
	return bytes_equal(writer_bytes(&w), bytes_of(known->body, known->len));
}

/* Everything but dates. signer: who stands behind it. */
static enum mesh_fault standing_judge(
	const struct mesh *m, const struct lineage *l, struct node_id *signer)
{
	const struct mesh_record *known = roster_member(&m->roster, &l->at[0].subject);
	enum mesh_fault fault;
	const struct node_id *found;

	if (l->at[0].rights & MESH_INVITE)
		return MESH_WIDER; /* an invite key is nobody's own */
	fault = lineage_narrows(l);
	if (fault != MESH_FINE)
		return fault;
	found = is_known(known, l) ? &known->signer
				   : roster_signer(&m->roster, l, &fault);
	if (found == NULL)
		return fault;
	*signer = *found;
	if (roster_revokes(&m->roster, l, signer))
		return MESH_REVOKED;
	return roster_may_use(&m->roster, l) ? MESH_FINE : MESH_USED;
}

void judge_adopt(struct mesh *m, struct instant now, const struct lineage *l)
{
	uint32_t now_s;

	/* a time that is past the end of ours is past that of others too: they are renewed after us */
	clocks_floor(&m->clocks, l->at[l->count - 1].from_s);
	now_s = clocks_now_s(&m->clocks, now, 0);
	if (m->own.count > 0 && judge_is_lenient(m, now_s))
		m->lenient_s = now_s < UINT32_MAX - CLOCKS_SLACK_S
				       ? now_s + CLOCKS_SLACK_S
				       : UINT32_MAX;
	m->own = *l;
	m->shown++;
	m->generation++;
}

/* Somebody shows his own: what his clock says counts when his certificates hold by it. */
static enum mesh_fault shown_judge(
	struct mesh *m, struct instant now, const struct lineage *l, int64_t wall_s)
{
	if (wall_s == 0 || !holds_at(l, wall_s))
		return dates_judge(m, now, l, 0);
	clocks_tell(&m->clocks, now, &l->at[0].subject, wall_s);
	return dates_judge(m, now, l, wall_s);
}

/* What is passed on is judged by its dates when its holder comes; here it is only forgotten
 * when it is long over, so that all come to know the same. */
static enum mesh_fault age_judge(
	const struct mesh *m, struct instant now, const struct lineage *l)
{
	uint32_t now_s = clocks_now_s(&m->clocks, now, 0), from_s, until_s;

	lineage_dates(l, &from_s, &until_s);
	if (until_s >= now_s || now_s - until_s <= MESH_MEMBER_S)
		return MESH_FINE;
	return judge_is_lenient(m, now_s) ? MESH_FINE : MESH_EXPIRED;
}

enum mesh_fault judge_lineage(struct mesh *m, struct instant now, const struct lineage *l,
	int64_t wall_s, uint32_t from)
{
	const struct node_id *subject = &l->at[0].subject;
	bool is_self = id_equal(subject, &m->config.self->id);
	struct node_id signer;
	enum mesh_fault fault = standing_judge(m, l, &signer);

	if (fault != MESH_FINE)
		return fault;
	fault = wall_s < 0 ? age_judge(m, now, l) : shown_judge(m, now, l, wall_s);
	if (fault != MESH_FINE)
		return fault;
	roster_use(&m->roster, l);
	if (!roster_add_member(&m->roster, l, &signer))
		return MESH_FINE;
	m->generation++;
	if (is_self)
		judge_adopt(m, now, l);
	spread_news(m, roster_member(&m->roster, subject), from);
	return MESH_FINE;
}

/* What a founder or a delegate signed is not believed any more once its own revocation is known:
 * who has stolen its key could give it any date. */
enum mesh_fault judge_cofounder(
	struct mesh *m, const struct mesh_cofounder *c, uint32_t from)
{
	if (roster_is_founder(&m->roster, &c->subject))
		return MESH_FINE;
	if (!roster_is_founder(&m->roster, &c->issuer))
		return MESH_STRANGER;
	if (roster_revokes_key(&m->roster, &c->issuer) ||
		roster_revokes_key(&m->roster, &c->subject))
		return MESH_REVOKED;
	if (!record_cofounder_verify(c, &m->id))
		return MESH_BAD;
	if (!roster_add_cofounder(&m->roster, c))
		return MESH_FINE;
	m->generation++;
	m->shown++;
	spread_news(m,
		roster_record(&m->roster, RECORD_COFOUNDER, &c->subject, &c->issuer),
		from);
	return MESH_FINE;
}

/* A delegate's certificate comes from a founder, and it revoked while that held. */
static enum mesh_fault delegate_judge(
	const struct mesh *m, const struct mesh_revocation *v)
{
	const struct mesh_certificate *d = &v->delegate;

	if (!(d->rights & MESH_DELEGATE) || (d->rights & MESH_INVITE))
		return MESH_WIDER;
	if (v->when_s < d->from_s || v->when_s > d->until_s)
		return MESH_EXPIRED;
	return roster_signed_by_founder(&m->roster, d) ? MESH_FINE : MESH_STRANGER;
}

enum mesh_fault judge_revocation(
	struct mesh *m, const struct mesh_revocation *v, uint32_t from)
{
	enum mesh_fault fault = MESH_FINE;

	if (v->by_delegate)
		fault = delegate_judge(m, v);
	else if (!roster_is_founder(&m->roster, &v->issuer))
		fault = MESH_STRANGER;
	if (fault != MESH_FINE)
		return fault;
	if (roster_revokes_key(&m->roster, &v->issuer))
		return MESH_REVOKED;
	if (!record_revocation_verify(v, &m->id))
		return MESH_BAD;
	if (!roster_add_revocation(&m->roster, v))
		return MESH_FINE;
	m->generation++;
	m->revocations++;
	spread_news(m,
		roster_record(&m->roster, RECORD_REVOCATION, &v->subject, &v->issuer),
		from);
	return MESH_FINE;
}

static enum mesh_fault shown_by(
	struct mesh *m, struct instant now, const struct node_id *id, struct bytes shown)
{
	struct reader r = reader_of(shown);
	uint32_t wall_s = read_u32(&r);
	struct lineage l;
	enum mesh_fault fault;

	if (!m->joined || shown.len == 0)
		return MESH_STRANGER;
	fault = lineage_read(&l, &r, id);
	if (fault != MESH_FINE)
		return fault;
	return read_ended(&r) ? judge_lineage(m, now, &l, wall_s, 0) : MESH_BAD;
}

bool mesh_admits(
	struct mesh *m, struct instant now, const struct node_id *id, struct bytes shown)
{
	enum mesh_fault fault = shown_by(m, now, id, shown);

	if (fault != MESH_FINE)
		m->refusal = fault;
	return judge_count(m, fault);
}

enum mesh_fault mesh_refusal(const struct mesh *m)
{
	return m->refusal;
}

bool mesh_revokes(const struct mesh *m, const struct node_id *id)
{
	return m->joined && roster_revokes_key(&m->roster, id);
}

bool mesh_holds(const struct mesh *m, const struct node_id *id)
{
	return m->joined && roster_member(&m->roster, id) != NULL;
}
