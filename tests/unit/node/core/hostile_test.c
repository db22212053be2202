/* SPDX-License-Identifier: ISC */
/*
 * Attacks on routing by whoever holds the mesh key, as everybody does in the open mesh, and by
 * a neighbour gone bad: what a signature and a budget refuse. Lies under a good signature are
 * tested in tests/unit/routing.
 */
#include "routing/beat.h"
#include "routing/hello.h"
#include "routing/summary.h"
#include "routing/tc.h"
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

enum { THIRD = 2, FAR = 3, NODES = 4, STRANGER = 9, RECORDS = 256 };

static struct medium m;

static uint64_t verifications(void)
{
	struct node_counters c;

	node_counters(m.nodes[PAIR_VICTIM], &c);
	return c.verifications;
}

static void run_ms(int64_t ms)
{
	medium_run(&m, instant_add_ms(m.now, ms));
}

/* A line: victim, rogue, third, far; all find each other. */
static void begin(void)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, NODES, rng_u64(&rng)), "neighbours find each other");
	EXPECT(medium_until_reached(&m, PAIR_VICTIM, FAR, 10000), "and all others");
	run_ms(1500);
}

static bool all_reached(void)
{
	for (unsigned i = 0; i < NODES; i++)
		for (unsigned k = 0; k < NODES; k++)
			if (i != k && !medium_reaches(&m, i, k))
				return false;
	return true;
}

static struct announce announce_by(const struct keypair *k, uint64_t sequence)
{
	struct announce a = { .originator = address_of(&k->id),
		.key = k->id,
		.sequence = sequence,
		.validity_ms = 20000,
		.interval_ms = 5000 };

	return a;
}

/* The message of a body, signed with this key whoever it names. */
static struct bytes signed_by(
	enum message_kind kind, struct bytes body, const struct keypair *k)
{
	static uint8_t whole[ROUTING_MESSAGE_MAX];
	uint8_t covered[ROUTING_MESSAGE_MAX];
	struct signature sig;
	size_t len = routing_covered(body, covered, sizeof(covered));

	sign(k, signed_tag(kind), bytes_of(covered, len), &sig);
	len = routing_signature_attach(body, sig.b, whole, sizeof(whole));
	EXPECT(len > 0, "it can be signed");
	return bytes_of(whole, len);
}

static struct bytes hello_by(const struct announce *a, uint16_t number,
	const struct address *hears, const struct keypair *k)
{
	uint8_t body[ROUTING_MESSAGE_MAX];
	struct writer w = writer_of(body, sizeof(body));
	struct hello h = { .announce = *a, .number = number, .count = hears != NULL };

	if (hears != NULL)
		h.neighbours[0] = (struct hello_neighbour){
			.node = *hears, .status = HELLO_SYMMETRIC, .metric_in = 100
		};
	hello_write(&w, &h);
	return signed_by(MESSAGE_HELLO, writer_bytes(&w), k);
}

static struct bytes tc_by(
	const struct announce *a, const struct address *to, const struct keypair *k)
{
	uint8_t body[ROUTING_MESSAGE_MAX];
	struct writer w = writer_of(body, sizeof(body));
	struct tc t = { .announce = *a, .hop_limit = TC_HOP_LIMIT, .count = 1 };

	t.neighbours[0] = (struct tc_neighbour){ *to, 1 };
	tc_write(&w, &t);
	return signed_by(MESSAGE_TC, writer_bytes(&w), k);
}

static void shout(unsigned endpoint, enum message_kind kind, struct bytes body)
{
	struct endpoint from = medium_endpoint(endpoint);
	uint8_t buffer[FRAME_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));

	EXPECT(message_write(&w, kind, body), "it fits");
	pair_shout(&m, &from, writer_bytes(&w));
}

/* ---- spoofed HELLOs and TCs ---- */

TEST(a_HELLO_or_TC_in_the_name_of_another_dies_by_its_signature)
{
	static const struct {
		const char *why;
		enum message_kind kind;
		bool address, key; /* of the third node, else of the rogue, who signs */
		unsigned from;
		enum drop_reason reason;
	} rows[] = {
		{ "another's address", MESSAGE_HELLO, true, false, STRANGER,
			DROP_SIGNATURE },
		{ "another's key", MESSAGE_HELLO, false, true, STRANGER, DROP_SIGNATURE },
		{ "both", MESSAGE_HELLO, true, true, STRANGER, DROP_SIGNATURE },
		{ "both, from a neighbour's place", MESSAGE_HELLO, true, true, PAIR_ROGUE,
			DROP_SIGNATURE },
		{ "a TC with another's address", MESSAGE_TC, true, false, PAIR_ROGUE,
			DROP_SIGNATURE },
		{ "with another's key", MESSAGE_TC, false, true, PAIR_ROGUE,
			DROP_SIGNATURE },
		{ "with both", MESSAGE_TC, true, true, PAIR_ROGUE, DROP_SIGNATURE },
		{ "with both, from a stranger", MESSAGE_TC, true, true, STRANGER,
			DROP_SIGNATURE },
	};
	const struct keypair *rogue, *third;

	begin();
	rogue = &m.keys[PAIR_ROGUE];
	third = &m.keys[THIRD];
	for (size_t i = 0; i < array_len(rows); i++) {
		struct announce a = announce_by(rogue, UINT64_MAX / 4 + i);
		struct address self = medium_address(&m, PAIR_VICTIM);
		uint64_t before = pair_dropped(&m, rows[i].reason), sequence;

		if (rows[i].address)
			a.originator = address_of(&third->id);
		if (rows[i].key)
			a.key = third->id;
		sequence = routing_sequence_of(
			node_routing(m.nodes[PAIR_VICTIM]), &a.originator);
		shout(rows[i].from, rows[i].kind,
			rows[i].kind == MESSAGE_HELLO
				? hello_by(&a, (uint16_t)i, &self, rogue)
				: tc_by(&a, &self, rogue));
		EXPECT_EQ(pair_dropped(&m, rows[i].reason), before + 1, rows[i].why);
		EXPECT_EQ(routing_sequence_of(
				  node_routing(m.nodes[PAIR_VICTIM]), &a.originator),
			sequence, "nothing of it is kept");
		EXPECT(all_reached(), rows[i].why);
	}
	run_ms(3000);
	EXPECT(all_reached(), "all ways are as they were");
	medium_fini(&m);
}

static bool same_covered(struct bytes body, const struct routing_signed *as)
{
	struct routing_signed s;

	return routing_signed_parse(&s, MESSAGE_TC, body) &&
	       s.covered_len == as->covered_len &&
	       memcmp(s.covered, as->covered, s.covered_len) == 0 &&
	       memcmp(s.signature, as->signature, sizeof(s.signature)) == 0;
}

TEST(a_TC_that_was_changed_on_the_way_dies_by_its_signature)
{
	struct address to;
	struct announce a;
	uint8_t whole[ROUTING_MESSAGE_MAX];
	struct routing_signed good;
	struct bytes tc;
	struct tc t;

	begin();
	to = medium_address(&m, PAIR_ROGUE);
	a = announce_by(&m.keys[THIRD], UINT64_MAX / 4);
	tc = tc_by(&a, &to, &m.keys[THIRD]);
	memcpy(whole, tc.data, tc.len);
	EXPECT(tc_parse(&t, tc), "it is a TC");
	EXPECT(routing_signed_parse(&good, MESSAGE_TC, tc), "and signed");
	/* from the message's own header on: neighbour, metric, ANSN, name, key, sequence */
	for (size_t i = t.hops_at + 4; i < tc.len; i++) {
		uint64_t before = pair_dropped_all(&m);

		whole[i] ^= 1;
		/* but a reserved flag of the signature's own TLV, which means nothing */
		if (!same_covered(bytes_of(whole, tc.len), &good)) {
			shout(PAIR_ROGUE, MESSAGE_TC, bytes_of(whole, tc.len));
			EXPECT(pair_dropped_all(&m) > before, "one bit is enough");
		}
		whole[i] ^= 1;
		run_ms(10);
	}
	EXPECT(routing_sequence_of(node_routing(m.nodes[PAIR_VICTIM]), &a.originator) <
			a.sequence,
		"nothing of it is kept");
	whole[t.hops_at] = 17;
	whole[t.hops_at + 1] = 99;
	shout(PAIR_ROGUE, MESSAGE_TC, bytes_of(whole, tc.len));
	EXPECT_EQ(routing_sequence_of(node_routing(m.nodes[PAIR_VICTIM]), &a.originator),
		a.sequence, "only hop limit and hop count may change");
	medium_fini(&m);
}

/* ---- HELLOs copied from elsewhere ---- */

TEST(a_HELLO_copied_from_elsewhere_makes_no_link_that_is_used)
{
	struct endpoint forged = medium_endpoint(STRANGER);
	struct address far, self;
	struct routing_route route;
	struct announce a;
	struct link *l;
	uint64_t before;

	begin();
	far = medium_address(&m, FAR);
	self = medium_address(&m, PAIR_VICTIM);
	node_interface_add(m.nodes[PAIR_VICTIM], m.now, 2, MEDIUM_MTU);
	/* what the far node said where it is, by the rogue's own mouth */
	a = announce_by(&m.keys[FAR], UINT64_MAX / 4);
	before = pair_dropped(&m, DROP_SOURCE);
	shout(PAIR_ROGUE, MESSAGE_HELLO, hello_by(&a, 7, &self, &m.keys[FAR]));
	EXPECT_EQ(pair_dropped(&m, DROP_SOURCE), before + 1,
		"a neighbour speaks for himself");
	for (unsigned i = 0; i < 40; i++) {
		a.sequence++;
		shout(STRANGER, MESSAGE_HELLO,
			hello_by(&a, (uint16_t)(8 + i), &self, &m.keys[FAR]));
		run_ms(500);
		l = link_by_endpoint(m.nodes[PAIR_VICTIM], 1, &forged);
		EXPECT(l == NULL || !l->up, "without its key no session comes up");
		EXPECT(routing_route(node_routing(m.nodes[PAIR_VICTIM]), &far, &route) &&
				route.hops == 3,
			"the way is as long as it is");
	}
	EXPECT(all_reached(), "all ways stand");
	run_ms(LINK_SILENT_MS + 1000);
	EXPECT(link_by_endpoint(m.nodes[PAIR_VICTIM], 1, &forged) == NULL,
		"it is forgotten when it ends");
	medium_fini(&m);
}

/* ---- replay of whole frames ---- */

struct taped {
	unsigned from;
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

static struct taped records[RECORDS];
static size_t record_count;

/* What is on the air for the victim now, as one who has no key can keep it. */
static void record(void)
{
	for (size_t i = 0; i < m.air_count && record_count < RECORDS; i++) {
		const struct medium_frame *f = &m.air[i];

		if (f->to != PAIR_VICTIM && f->to != THIRD)
			continue;
		records[record_count].from = f->from;
		records[record_count].len = f->len;
		memcpy(records[record_count++].bytes, f->bytes, f->len);
	}
}

static void replay_all(bool from_elsewhere)
{
	uint8_t frame[FRAME_MAX];

	for (size_t i = 0; i < record_count; i++) {
		struct endpoint from =
			medium_endpoint(from_elsewhere ? STRANGER : records[i].from);

		memcpy(frame, records[i].bytes, records[i].len);
		node_receive(
			m.nodes[PAIR_VICTIM], m.now, 1, &from, frame, records[i].len);
	}
}

TEST(frames_played_again_at_once_later_or_after_a_restart_change_no_way)
{
	uint64_t stale;

	begin();
	record_count = 0;
	for (unsigned i = 0; i < 8000; i++) {
		medium_run(&m, instant_add_us(m.now, 500));
		record();
	}
	EXPECT(record_count > 10, "an outsider has recorded");
	stale = pair_dropped(&m, DROP_STALE) + pair_dropped(&m, DROP_REPLAY);
	replay_all(false);
	EXPECT(pair_dropped(&m, DROP_STALE) + pair_dropped(&m, DROP_REPLAY) > stale,
		"they are counted as old");
	EXPECT(all_reached(), "at once");
	replay_all(true);
	run_ms(60000);
	replay_all(false);
	replay_all(true);
	run_ms(2000);
	EXPECT(all_reached(), "a minute later");
	node_free(m.nodes[PAIR_VICTIM]);
	m.nodes[PAIR_VICTIM] = medium_node_new(&m, PAIR_VICTIM);
	for (unsigned i = 0; i < 10; i++) {
		replay_all(i & 1);
		run_ms(500);
	}
	EXPECT(all_reached(), "after a restart");
	medium_fini(&m);
}

/* ---- floods ---- */

TEST(bad_signatures_from_a_neighbours_place_neither_cost_much_nor_part_the_two)
{
	struct announce a;
	struct address self;
	uint64_t before, budget;
	struct bytes hello;
	uint8_t whole[ROUTING_MESSAGE_MAX];

	begin();
	self = medium_address(&m, PAIR_VICTIM);
	a = announce_by(&m.keys[PAIR_ROGUE], UINT64_MAX / 4);
	hello = hello_by(&a, 7, &self, &m.keys[THIRD]);
	memcpy(whole, hello.data, hello.len);
	before = verifications();
	budget = pair_dropped(&m, DROP_BUDGET);
	for (unsigned ms = 0; ms < 20000; ms += 10) {
		for (unsigned k = 0; k < 20; k++)
			shout(PAIR_ROGUE, MESSAGE_HELLO, bytes_of(whole, hello.len));
		run_ms(10);
		EXPECT(medium_reaches(&m, PAIR_VICTIM, PAIR_ROGUE), "the link stands");
		EXPECT(medium_reaches(&m, PAIR_ROGUE, PAIR_VICTIM), "its other way too");
	}
	EXPECT(verifications() - before <= VERIFY_BURST + 21 * (VERIFY_PER_SECOND + 50),
		"signatures are checked within the budget");
	EXPECT(pair_dropped(&m, DROP_BUDGET) > budget + 20000, "the rest is counted");
	EXPECT(medium_ping(&m, PAIR_VICTIM, FAR, 2000), "what is sent arrives");
	medium_fini(&m);
}

TEST(a_neighbour_who_signs_nonsense_for_ever_costs_his_budget_and_no_way)
{
	static struct keypair sybils[64];
	uint64_t before, budget;

	begin();
	for (size_t i = 0; i < array_len(sybils); i++)
		keypair_new(&sybils[i], &m.rng);
	before = verifications();
	budget = pair_dropped(&m, DROP_BUDGET);
	for (unsigned i = 0; i < 4000; i++) {
		const struct keypair *k = &sybils[i % array_len(sybils)];
		struct announce a = announce_by(k, i + 1);
		struct address to = medium_address(&m, i % NODES);

		pair_say_data(&m, MESSAGE_TC, tc_by(&a, &to, k));
		if (i % 20 == 0)
			run_ms(10); /* 2000 a second */
	}
	EXPECT(verifications() - before <= VERIFY_BURST + 3 * (VERIFY_PER_SECOND + 50),
		"checked within the budget");
	EXPECT(pair_dropped(&m, DROP_BUDGET) - budget > 2000, "the rest is counted");
	EXPECT(all_reached(), "all ways stand");
	run_ms(3000);
	EXPECT(all_reached(), "and go on to");
	medium_fini(&m);
}

TEST(a_neighbour_who_asks_for_ever_what_we_hold_is_answered_within_his_budget)
{
	uint8_t body[1024];
	struct writer w = writer_of(body, sizeof(body));
	struct summary s = { .sums = true };
	uint64_t before;

	begin();
	summary_write(&w, &s);
	before = pair_dropped(&m, DROP_BUDGET);
	for (unsigned i = 0; i < 2000; i++)
		pair_say_data(&m, MESSAGE_LSDB, writer_bytes(&w));
	EXPECT(pair_dropped(&m, DROP_BUDGET) - before >= 2000 - VERIFY_BURST,
		"what is over it is counted");
	run_ms(2000);
	EXPECT(all_reached(), "all ways stand");
	medium_fini(&m);
}

TEST(beats_from_a_strangers_place_make_no_link)
{
	struct endpoint from = medium_endpoint(STRANGER);
	uint8_t body[64];

	begin();
	for (uint16_t i = 0; i < 500; i++) {
		struct writer w = writer_of(body, sizeof(body));

		beat_write(&w, &(struct beat){ i, 7 });
		shout(STRANGER, MESSAGE_BEAT, writer_bytes(&w));
		run_ms(20);
	}
	EXPECT(link_by_endpoint(m.nodes[PAIR_VICTIM], 1, &from) == NULL, "no link");
	EXPECT(all_reached(), "all ways stand");
	medium_fini(&m);
}
