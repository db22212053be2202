/* SPDX-License-Identifier: ISC */
/* Pairing: the code, its three tries and its one use; frames in any order that a radio or an
 * attacker makes of them. */
#include "node/mesh/pairing.h"

#include "node/crypto/hash.h"
#include "tests/test.h"

struct side {
	struct node_id id;
	struct drops drops;
	struct pairing pairing;
};

struct pair {
	struct rng rng;
	struct instant now;
	struct side inviter, newcomer;
	char code[PAIRING_CODE_DIGITS + 1];
};

static void pair_init(struct pair *p)
{
	memset(p, 0, sizeof(*p));
	check(crypto_start() == 0);
	p->rng = test_rng();
	p->now = instant_ms(1000);
	p->inviter.id.b[0] = 1;
	p->newcomer.id.b[0] = 2;
	pairing_init(&p->inviter.pairing, &p->inviter.id, &p->rng, &p->inviter.drops);
	pairing_init(&p->newcomer.pairing, &p->newcomer.id, &p->rng, &p->newcomer.drops);
}

/* A token long enough to come in pieces. */
static const char *token(void)
{
	static char text[900];

	memset(text, 't', sizeof(text) - 1);
	return text;
}

static struct writer frame_of(uint8_t buf[FRAME_MAX])
{
	return writer_of(buf, FRAME_MAX);
}

/* Everything that the newcomer's frame leads to; false: it had none. */
static bool pair_round(struct pair *p)
{
	uint8_t one[FRAME_MAX], two[FRAME_MAX];
	struct writer ask = frame_of(one), answer = frame_of(two);
	bool multicast;

	if (!pairing_send(&p->newcomer.pairing, p->now, &multicast, &ask))
		return false;
	for (;;) {
		answer = frame_of(two);
		if (!pairing_receive(
			    &p->inviter.pairing, p->now, writer_bytes(&ask), &answer))
			return true;
		EXPECT(answer.len <= ask.len, "no answer is larger than what it answers");
		EXPECT_EQ(ask.len, PAIRING_ASK_SIZE, "what asks has its size");
		ask = frame_of(one);
		if (!pairing_receive(
			    &p->newcomer.pairing, p->now, writer_bytes(&answer), &ask))
			return true;
	}
}

TEST(pairing_brings_the_token_to_who_has_the_code)
{
	struct pair p;

	pair_init(&p);
	pairing_open(&p.inviter.pairing, p.now, token(), p.code);
	EXPECT_EQ(strspn(p.code, "0123456789"), 8, "eight digits");
	EXPECT(pairing_seek(&p.newcomer.pairing, p.now, p.code), "it is taken");
	EXPECT(pair_round(&p), "one frame begins it");
	EXPECT_EQ(p.newcomer.pairing.state, PAIRING_DONE, "it is done");
	EXPECT_STRING(p.newcomer.pairing.token, token(), "with the token");
	EXPECT_EQ(p.inviter.pairing.state, PAIRING_DONE, "the code is used");
	EXPECT_STRING(p.inviter.pairing.code, "", "and wiped");
}

TEST(pairing_code_may_be_typed_with_gaps)
{
	static const struct {
		const char *code;
		bool good;
	} rows[] = { { "1234 5678", true }, { "1234-5678", true }, { "12345678", true },
		{ "1234567", false }, { "123456789", false }, { "1234567x", false },
		{ "", false } };
	struct pair p;

	pair_init(&p);
	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(pairing_seek(&p.newcomer.pairing, p.now, rows[i].code),
			rows[i].good, rows[i].code);
}

static void wrong_code(const struct pair *p, char out[PAIRING_CODE_DIGITS + 1])
{
	memcpy(out, p->code, PAIRING_CODE_DIGITS + 1);
	out[3] = out[3] == '0' ? '1' : '0';
}

TEST(pairing_ends_after_three_wrong_codes)
{
	struct pair p;
	char wrong[PAIRING_CODE_DIGITS + 1];

	pair_init(&p);
	pairing_open(&p.inviter.pairing, p.now, token(), p.code);
	wrong_code(&p, wrong);
	for (unsigned i = 0; i < PAIRING_TRIES; i++) {
		EXPECT_EQ(p.inviter.pairing.state, PAIRING_OPEN, "it is still open");
		EXPECT(pairing_seek(&p.newcomer.pairing, p.now, wrong) && pair_round(&p),
			"a try");
		EXPECT_EQ(p.newcomer.pairing.refused_count, 1, "which is refused");
		p.now = instant_add_ms(p.now, 2000);
	}
	EXPECT_EQ(p.inviter.pairing.state, PAIRING_WRONG, "then it is over");
	EXPECT_EQ(p.inviter.drops.count[DROP_PAIRING], 3, "each counted");
	EXPECT(pairing_seek(&p.newcomer.pairing, p.now, p.code) && pair_round(&p),
		"late");
	EXPECT_EQ(
		p.newcomer.pairing.state, PAIRING_SEEKING, "the right one does not help");
	p.now = instant_add_ms(p.now, PAIRING_SEEK_MS);
	pairing_tick(&p.newcomer.pairing, p.now);
	EXPECT_EQ(p.newcomer.pairing.state, PAIRING_SILENT, "nobody answers");
}

TEST(pairing_serves_one_and_repeats_only_to_that_one)
{
	struct pair p;
	struct pairing second;
	struct node_id other = { { 3 } };
	uint8_t one[FRAME_MAX], two[FRAME_MAX];
	struct writer ask = frame_of(one), answer = frame_of(two);
	bool multicast;

	pair_init(&p);
	pairing_init(&second, &other, &p.rng, &p.newcomer.drops);
	pairing_open(&p.inviter.pairing, p.now, token(), p.code);
	EXPECT(pairing_seek(&p.newcomer.pairing, p.now, p.code) && pair_round(&p), "one");
	EXPECT_EQ(p.newcomer.pairing.state, PAIRING_DONE, "is served");
	EXPECT(pairing_seek(&second, p.now, p.code) &&
			pairing_send(&second, p.now, &multicast, &ask),
		"another one with the same code");
	EXPECT(!pairing_receive(&p.inviter.pairing, p.now, writer_bytes(&ask), &answer),
		"is not answered");
}

TEST(pairing_gets_over_lost_frames)
{
	struct pair p;
	uint8_t one[FRAME_MAX], two[FRAME_MAX];
	unsigned rounds = 0;

	pair_init(&p);
	pairing_open(&p.inviter.pairing, p.now, token(), p.code);
	EXPECT(pairing_seek(&p.newcomer.pairing, p.now, p.code), "it is taken");
	while (p.newcomer.pairing.state == PAIRING_SEEKING && rounds++ < 290) {
		struct writer ask = frame_of(one), answer = frame_of(two);
		bool multicast, more;

		more = pairing_send(&p.newcomer.pairing, p.now, &multicast, &ask);
		while (more && !rng_chance_ppm(&p.rng, 200000)) {
			answer = frame_of(two);
			more = pairing_receive(
				&p.inviter.pairing, p.now, writer_bytes(&ask), &answer);
			if (!more || rng_chance_ppm(&p.rng, 200000))
				break;
			ask = frame_of(one);
			more = pairing_receive(
				&p.newcomer.pairing, p.now, writer_bytes(&answer), &ask);
		}
		p.now = instant_add_ms(p.now, 100);
	}
	EXPECT_EQ(p.newcomer.pairing.state, PAIRING_DONE, "in the end it is done");
}

TEST(pairing_window_closes_by_itself)
{
	struct pair p;

	pair_init(&p);
	pairing_open(&p.inviter.pairing, p.now, token(), p.code);
	p.now = instant_add_ms(p.now, PAIRING_WINDOW_MS - 1);
	pairing_tick(&p.inviter.pairing, p.now);
	EXPECT_EQ(p.inviter.pairing.state, PAIRING_OPEN, "not before its time");
	p.now = instant_add_ms(p.now, 1);
	pairing_tick(&p.inviter.pairing, p.now);
	EXPECT_EQ(p.inviter.pairing.state, PAIRING_IDLE, "ten minutes");
	EXPECT_STRING(p.inviter.pairing.token, "", "nothing of it is left");
}

TEST(pairing_with_no_window_answers_nothing_and_too_much_neither)
{
	struct pair p;
	uint8_t one[FRAME_MAX], two[FRAME_MAX];
	struct writer ask = frame_of(one), answer = frame_of(two);
	bool multicast;
	unsigned answered = 0;

	pair_init(&p);
	EXPECT(pairing_seek(&p.newcomer.pairing, p.now, "12345678") &&
			pairing_send(&p.newcomer.pairing, p.now, &multicast, &ask),
		"somebody seeks");
	EXPECT(multicast, "everybody is asked");
	EXPECT(!pairing_receive(&p.inviter.pairing, p.now, writer_bytes(&ask), &answer),
		"silence");
	pairing_open(&p.inviter.pairing, p.now, token(), p.code);
	for (unsigned i = 0; i < 100; i++) {
		answer = frame_of(two);
		answered += pairing_receive(
			&p.inviter.pairing, p.now, writer_bytes(&ask), &answer);
	}
	EXPECT_EQ(answered, PAIRING_RATE, "so many a second");
	EXPECT_EQ(
		p.inviter.drops.count[DROP_LOAD], 100 - PAIRING_RATE, "the rest counted");
}

/* An attacker who answers in the inviter's place learns one guess and gives nothing. */
TEST(pairing_takes_no_token_from_who_does_not_know_the_code)
{
	struct pair p;
	struct pairing liar;
	struct node_id who = { { 9 } };
	char wrong[PAIRING_CODE_DIGITS + 1], made[PAIRING_CODE_DIGITS + 1];
	uint8_t one[FRAME_MAX], two[FRAME_MAX];
	struct writer ask = frame_of(one), answer = frame_of(two);
	bool multicast;

	pair_init(&p);
	pairing_open(&p.inviter.pairing, p.now, token(), p.code);
	wrong_code(&p, wrong);
	pairing_init(&liar, &who, &p.rng, &p.inviter.drops);
	pairing_open(&liar, p.now, "somebody else's token", made);
	memcpy(liar.code, wrong, sizeof(wrong));
	EXPECT(pairing_seek(&p.newcomer.pairing, p.now, p.code) &&
			pairing_send(&p.newcomer.pairing, p.now, &multicast, &ask),
		"the newcomer asks everybody");
	for (unsigned i = 0; i < 2; i++) {
		answer = frame_of(two);
		EXPECT(pairing_receive(&liar, p.now, writer_bytes(&ask), &answer),
			"the liar is first");
		ask = frame_of(one);
		EXPECT(pairing_receive(
			       &p.newcomer.pairing, p.now, writer_bytes(&answer), &ask),
			"and believed so far");
	}
	EXPECT(!memcmp(&p.newcomer.pairing.inviter, &who, sizeof(who)), "that is he");
	answer = frame_of(two);
	EXPECT(pairing_receive(&liar, p.now, writer_bytes(&ask), &answer), "he says no");
	ask = frame_of(one);
	EXPECT(!pairing_receive(&p.newcomer.pairing, p.now, writer_bytes(&answer), &ask),
		"he is left");
	p.now = instant_add_ms(p.now, 1000);
	EXPECT(pair_round(&p), "the next one asked");
	EXPECT_STRING(p.newcomer.pairing.token, token(), "is the inviter");
}

TEST(pairing_refuses_every_frame_that_is_cut_or_changed)
{
	struct pair p;
	uint8_t one[FRAME_MAX], two[FRAME_MAX], changed[FRAME_MAX];
	struct writer ask = frame_of(one), answer;
	bool multicast;

	pair_init(&p);
	pairing_open(&p.inviter.pairing, p.now, token(), p.code);
	EXPECT(pairing_seek(&p.newcomer.pairing, p.now, p.code) &&
			pairing_send(&p.newcomer.pairing, p.now, &multicast, &ask),
		"a frame");
	for (size_t len = 0; len < ask.len; len++) {
		answer = frame_of(two);
		EXPECT(!pairing_receive(
			       &p.inviter.pairing, p.now, bytes_of(one, len), &answer),
			"cut short");
	}
	for (size_t i = FRAME_HEADER_SIZE + 1 + 16 + 32; i < ask.len; i++) {
		memcpy(changed, one, ask.len);
		changed[i] ^= 1;
		answer = frame_of(two);
		EXPECT(!pairing_receive(&p.inviter.pairing, instant_add_ms(p.now, 1000),
			       bytes_of(changed, ask.len), &answer),
			"padding is zero");
		p.now = instant_add_ms(p.now, 1000);
	}
	answer = frame_of(two);
	p.now = instant_add_ms(p.now, 1000);
	EXPECT(pairing_receive(&p.inviter.pairing, p.now, writer_bytes(&ask), &answer),
		"the whole one is answered");
	for (size_t len = 0; len < answer.len; len++) {
		ask = frame_of(one);
		EXPECT(!pairing_receive(
			       &p.newcomer.pairing, p.now, bytes_of(two, len), &ask),
			"cut short");
	}
}
