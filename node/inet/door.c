/* SPDX-License-Identifier: ISC */
/*
 * Flows stand in one hash by their five values, in one list for each stage and in one for
 * each peer, both in the order in which they were last heard; so what has run out, the
 * victim at the cap and the victim of a peer are always at the head of a list.
 */
#include "node/inet/door.h"

#include <utlist.h>

struct door_peer {
	struct address address;
	size_t count;
	struct door_flow *flows; /* idle longest first */
	UT_hash_handle hh;
};

const char *door_verdict_name(enum door_verdict v)
{
	static const char *const names[DOOR_VERDICTS] = {
		[DOOR_PASS] = "pass",
		[DOOR_DENY] = "deny",
		[DOOR_RATE] = "rate",
	};

	return names[v];
}

const char *door_stage_name(enum door_stage s)
{
	static const char *const names[DOOR_STAGES] = {
		[DOOR_TCP_OPENING] = "tcp-opening",
		[DOOR_TCP_ESTABLISHED] = "tcp-established",
		[DOOR_TCP_CLOSING] = "tcp-closing",
		[DOOR_UDP] = "udp",
		[DOOR_ICMP] = "icmp",
		[DOOR_OTHER] = "other",
	};

	return names[s];
}

/* ------------------------------------------------------------------------------- flows */

static struct door_flow *flow_find(const struct door *d, const struct packet_flow *flow)
{
	struct door_flow *f;

	HASH_FIND(hh, d->flows, flow, sizeof(*flow), f);
	return f;
}

static struct door_peer *peer_find(const struct door *d, const struct address *address)
{
	struct door_peer *p;

	HASH_FIND(hh, d->peers, address, sizeof(*address), p);
	return p;
}

static struct door_peer *peer_get(struct door *d, const struct address *address)
{
	struct door_peer *p = peer_find(d, address);

	if (p == NULL) {
		p = mem_new(sizeof(*p));
		p->address = *address;
		HASH_ADD(hh, d->peers, address, sizeof(p->address), p);
	}
	return p;
}

/* At the end of both lists: heard just now. */
static void flow_list(struct door *d, struct door_flow *f)
{
	DL_APPEND(d->stages[f->stage], f);
	DL_APPEND2(f->peer->flows, f, peer_prev, peer_next);
}

static void flow_unlist(struct door *d, struct door_flow *f)
{
	/* Both lists hold f.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	DL_DELETE(d->stages[f->stage], f);
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	DL_DELETE2(f->peer->flows, f, peer_prev, peer_next);
}

static void flow_free(struct door *d, struct door_flow *f)
{
	struct door_peer *p = f->peer;

	flow_unlist(d, f);
	HASH_DEL(d->flows, f);
	mem_free(f);
	if (--p->count == 0) {
		/* The table is there: it holds p.
		 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		HASH_DEL(d->peers, p);
		mem_free(p);
	}
}

static struct door_flow *idle_longest(const struct door *d)
{
	struct door_flow *longest = NULL;

	for (unsigned s = 0; s < DOOR_STAGES; s++) {
		struct door_flow *f = d->stages[s];

		if (f != NULL &&
			(longest == NULL || instant_before(f->heard, longest->heard)))
			longest = f;
	}
	return longest;
}

/* Makes room for one more flow of this peer. */
static void make_room(struct door *d, const struct address *peer)
{
	const struct door_peer *p = peer_find(d, peer);
	struct door_flow *victim = NULL;

	if (p != NULL && p->count >= DOOR_PEER_FLOWS_MAX)
		victim = p->flows;
	else if (HASH_COUNT(d->flows) >= DOOR_FLOWS_MAX)
		victim = idle_longest(d);
	if (victim != NULL) {
		flow_free(d, victim);
		d->flows_pushed_out++;
	}
}

static enum door_stage first_stage(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return DOOR_TCP_OPENING;
	case PROTOCOL_UDP:
		return DOOR_UDP;
	case PROTOCOL_ICMPV4:
	case PROTOCOL_ICMPV6:
		return DOOR_ICMP;
	}
	return DOOR_OTHER;
}

/* A new flow, which takes the place of what its ports were used for before. */
static struct door_flow *flow_begin(struct door *d, const struct packet_flow *flow,
	const struct address *peer, bool from_peer)
{
	struct door_flow *f = flow_find(d, flow);

	if (f != NULL)
		flow_free(d, f);
	make_room(d, peer);
	f = mem_new(sizeof(*f));
	f->flow = *flow;
	f->stage = first_stage(flow->protocol);
	f->from_peer = from_peer;
	f->peer = peer_get(d, peer);
	f->peer->count++;
	HASH_ADD(hh, d->flows, flow, sizeof(f->flow), f);
	flow_list(d, f);
	return f;
}

/* All transitions of a TCP flow but its beginning. A SYN does not establish anything: its
 * sender has not shown that it hears the answer. */
static enum door_stage tcp_stage(const struct door_flow *f, uint8_t flags)
{
	if (f->stage == DOOR_TCP_CLOSING || (flags & TCP_RST) ||
		(f->fin_in && f->fin_out))
		return DOOR_TCP_CLOSING;
	if (f->heard_in && f->heard_out && !(flags & TCP_SYN))
		return DOOR_TCP_ESTABLISHED;
	return f->stage;
}

static void flow_hear(struct door *d, struct instant now, struct door_flow *f,
	const struct packet *p, bool in)
{
	bool fin = p->tcp_flags & TCP_FIN;

	f->heard = now;
	f->heard_in |= in;
	f->heard_out |= !in;
	f->fin_in |= fin && in;
	f->fin_out |= fin && !in;
	flow_unlist(d, f);
	if (f->flow.protocol == PROTOCOL_TCP)
		f->stage = tcp_stage(f, p->tcp_flags);
	flow_list(d, f);
}

void door_expire(struct door *d, struct instant now)
{
	static const int64_t seconds[DOOR_STAGES] = {
		[DOOR_TCP_OPENING] = DOOR_TCP_OPENING_S,
		[DOOR_TCP_ESTABLISHED] = DOOR_TCP_ESTABLISHED_S,
		[DOOR_TCP_CLOSING] = DOOR_TCP_CLOSING_S,
		[DOOR_UDP] = DOOR_UDP_S,
		[DOOR_ICMP] = DOOR_ICMP_S,
		[DOOR_OTHER] = DOOR_OTHER_S,
	};

	for (unsigned s = 0; s < DOOR_STAGES; s++)
		while (d->stages[s] != NULL &&
			instant_due(
				instant_add_ms(d->stages[s]->heard, seconds[s] * 1000),
				now))
			flow_free(d, d->stages[s]);
}

/* ------------------------------------------------------------------------------- rules */

static struct door_rule *rule_find(
	const struct door *d, const struct address *peer, uint8_t protocol, uint16_t port)
{
	struct door_rule r = { .key = { *peer, port, protocol, 0 } };
	struct door_rule *found;

	HASH_FIND(hh, d->rules, &r.key, sizeof(r.key), found);
	return found;
}

static bool allowed(
	const struct door *d, const struct packet_flow *f, const struct address *peer)
{
	return d->rules != NULL &&
	       (rule_find(d, peer, f->protocol, f->destination_port) != NULL ||
		       rule_find(d, peer, f->protocol, 0) != NULL ||
		       rule_find(d, peer, 0, 0) != NULL);
}

bool door_allow(
	struct door *d, const struct address *peer, uint8_t protocol, uint16_t port)
{
	struct door_rule *r;

	if (rule_find(d, peer, protocol, port) != NULL)
		return true;
	if ((protocol == 0 && port != 0) || HASH_COUNT(d->rules) >= DOOR_RULES_MAX)
		return false;
	r = mem_new(sizeof(*r));
	r->key.peer = *peer;
	r->key.protocol = protocol;
	r->key.port = port;
	HASH_ADD(hh, d->rules, key, sizeof(r->key), r);
	return true;
}

unsigned door_deny(struct door *d, const struct address *peer)
{
	struct door_peer *p = peer_find(d, peer);
	struct door_rule *r, *next;
	struct door_flow *f;
	unsigned count = 0;

	HASH_ITER (hh, d->rules, r, next) {
		if (!id_equal(&r->key.peer, peer))
			continue;
		HASH_DEL(d->rules, r);
		mem_free(r);
		count++;
	}
	if (p != NULL)
		for (f = p->flows; f != NULL; f = f->peer_next)
			f->shut |= f->from_peer;
	return count;
}

/* --------------------------------------------------------------------------- fragments */

static uint64_t fragment_hash(const struct packet *p)
{
	struct {
		struct address source, destination;
		uint32_t id;
		uint32_t protocol; /* IPv4 only: RFC 791, RFC 8200 section 4.5 */
	} key = { p->flow.source, p->flow.destination, p->fragment_id,
		p->version == 4 ? p->flow.protocol : 0 };

	return siphash_table(&key, sizeof(key));
}

static void fragment_note(struct door *d, struct instant now, const struct packet *p)
{
	uint64_t hash = fragment_hash(p);

	d->fragments[hash % DOOR_FRAGMENTS].hash = hash;
	d->fragments[hash % DOOR_FRAGMENTS].until =
		instant_add_ms(now, DOOR_FRAGMENTS_S * 1000);
}

static bool fragment_known(
	const struct door *d, struct instant now, const struct packet *p)
{
	uint64_t hash = fragment_hash(p);

	return d->fragments[hash % DOOR_FRAGMENTS].hash == hash &&
	       instant_before(now, d->fragments[hash % DOOR_FRAGMENTS].until);
}

/* --------------------------------------------------------------------------- judgement */

/* A SYN without ACK: the beginning of a TCP flow, or its repetition. */
static bool tcp_begins(const struct packet *p)
{
	return p->flow.protocol == PROTOCOL_TCP &&
	       (p->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

static bool echo_within_rate(
	struct door *d, struct instant now, const struct address *peer)
{
	uint64_t slot = siphash_table(peer->b, sizeof(peer->b)) % DOOR_ECHO_SLOTS;

	return bucket_take(&d->peer_echo[slot], now) && bucket_take(&d->echo, now);
}

/* Whether p goes on with a flow that may go on. A peer does not begin anything over the
 * ports of a flow that this node began, but for a simultaneous open (RFC 9293 section 3.5),
 * nor does ICMP but for the echo that was asked for; and what a rule let begin is its peer's
 * alone. */
static bool goes_on(
	const struct door_flow *f, const struct packet *p, const struct address *peer)
{
	if (f == NULL || f->shut)
		return false;
	if (f->from_peer && !id_equal(&f->peer->address, peer))
		return false;
	if (p->icmp != PACKET_ICMP_NOT)
		return p->icmp == PACKET_ICMP_ECHO_REPLY;
	return !tcp_begins(p) || f->stage == DOOR_TCP_OPENING;
}

/* Whether p is an ICMP error about a flow that may go on. */
static bool is_about_flow(const struct door *d, const struct packet *p)
{
	const struct door_flow *f =
		p->icmp == PACKET_ICMP_ERROR ? flow_find(d, &p->quoted) : NULL;

	return f != NULL && !f->shut;
}

static enum door_verdict judge_unknown(struct door *d, struct instant now,
	const struct packet *p, const struct address *peer)
{
	if (is_about_flow(d, p))
		return DOOR_PASS;
	if (allowed(d, &p->flow, peer))
		return DOOR_PASS;
	if (p->icmp != PACKET_ICMP_ECHO)
		return DOOR_DENY;
	return echo_within_rate(d, now, peer) ? DOOR_PASS : DOOR_RATE;
}

static enum door_verdict judge(struct door *d, struct instant now, const struct packet *p,
	const struct address *peer)
{
	struct packet_flow ours = packet_flow_reverse(&p->flow);
	struct door_flow *f = flow_find(d, &ours);

	if (goes_on(f, p, peer)) {
		flow_hear(d, now, f, p, true);
		return DOOR_PASS;
	}
	if (p->icmp != PACKET_ICMP_NOT || !allowed(d, &p->flow, peer))
		return judge_unknown(d, now, p, peer);
	flow_hear(d, now, flow_begin(d, &ours, peer, true), p, true);
	return DOOR_PASS;
}

static enum door_verdict judge_answer(
	struct door *d, struct instant now, const struct packet *p)
{
	struct packet_flow ours = packet_flow_reverse(&p->flow);
	struct door_flow *f = flow_find(d, &ours);

	if (f == NULL || f->from_peer || !goes_on(f, p, NULL))
		return is_about_flow(d, p) ? DOOR_PASS : DOOR_DENY;
	flow_hear(d, now, f, p, true);
	return DOOR_PASS;
}

/* peer NULL: it may only be an answer. */
static enum door_verdict take_in(struct door *d, struct instant now,
	const struct packet *p, const struct address *peer)
{
	enum door_verdict v;

	door_expire(d, now);
	if (p->fragment_later)
		v = fragment_known(d, now, p) ? DOOR_PASS : DOOR_DENY;
	else
		v = peer != NULL ? judge(d, now, p, peer) : judge_answer(d, now, p);
	if (v == DOOR_PASS && p->fragment && !p->fragment_later)
		fragment_note(d, now, p);
	d->verdicts[v]++;
	return v;
}

enum door_verdict door_in(struct door *d, struct instant now, const struct packet *p,
	const struct address *peer)
{
	return take_in(d, now, p, peer);
}

enum door_verdict door_in_answer(
	struct door *d, struct instant now, const struct packet *p)
{
	return take_in(d, now, p, NULL);
}

void door_forget(struct door *d, const struct address *peer)
{
	struct door_peer *p = peer_find(d, peer);

	for (size_t left = p != NULL ? p->count : 0; left > 0; left--)
		flow_free(d, p->flows);
}

/* Whether p, on its way out, is the first that is seen of a flow. TCP flows older than this
 * table are taken up again, but not by what only answers: SYN and ACK, or a reset. */
static bool begins(const struct door_flow *f, const struct packet *p)
{
	if (f != NULL)
		return tcp_begins(p) && (f->shut || f->stage != DOOR_TCP_OPENING);
	return p->flow.protocol != PROTOCOL_TCP ||
	       (!(p->tcp_flags & TCP_RST) &&
		       (p->tcp_flags & (TCP_SYN | TCP_ACK)) != (TCP_SYN | TCP_ACK));
}

void door_out(struct door *d, struct instant now, const struct packet *p,
	const struct address *peer)
{
	struct door_flow *f;

	door_expire(d, now);
	if (p->fragment_later || packet_is_multicast(&p->flow.destination) ||
		(p->icmp != PACKET_ICMP_NOT && p->icmp != PACKET_ICMP_ECHO))
		return;
	f = flow_find(d, &p->flow);
	if (begins(f, p))
		f = flow_begin(d, &p->flow, peer, false);
	if (f != NULL && !f->shut)
		flow_hear(d, now, f, p, false);
}

/* ------------------------------------------------------------------ beginning, end, views */

void door_init(struct door *d, struct instant now)
{
	*d = (struct door){ 0 };
	bucket_init(&d->echo, now, DOOR_ECHO_PER_S, DOOR_ECHO_BURST);
	for (unsigned i = 0; i < DOOR_ECHO_SLOTS; i++)
		bucket_init(&d->peer_echo[i], now, DOOR_PEER_ECHO_PER_S,
			DOOR_PEER_ECHO_BURST);
}

void door_fini(struct door *d)
{
	struct door_rule *r, *next;

	while (d->flows != NULL)
		flow_free(d, d->flows);
	HASH_ITER (hh, d->rules, r, next) {
		HASH_DEL(d->rules, r);
		mem_free(r);
	}
}

size_t door_flow_count(const struct door *d)
{
	return HASH_COUNT(d->flows);
}

size_t door_rule_count(const struct door *d)
{
	return HASH_COUNT(d->rules);
}

const struct door_rule *door_rule_next(
	const struct door *d, const struct door_rule *after)
{
	return after != NULL ? after->hh.next : d->rules;
}

const struct door_flow *door_flow_next(
	const struct door *d, const struct door_flow *after)
{
	return after != NULL ? after->hh.next : d->flows;
}
