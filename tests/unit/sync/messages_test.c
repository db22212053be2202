/* SPDX-License-Identifier: ISC */
#include "sync/messages.h"

#include "node/base/mem.h"
#include "tests/test.h"

/* Every parser refuses every cut of a good body and one byte more. */
static bool parses(struct bytes body)
{
	static union {
		struct greet greet;
		struct certs certs;
		struct frontier frontier;
		struct commit_piece commit;
		struct wants wants;
		struct pieces pieces;
		struct answers answers;
	} m;
	uint64_t tag;
	struct bytes certificate;

	return greet_parse(&m.greet, body) || certs_parse(&m.certs, body) ||
	       frontier_parse(&m.frontier, body) || wants_parse(&m.wants, body) ||
	       answers_parse(&m.answers, body) || cancel_parse(&m.answers, body) ||
	       pieces_parse(&m.pieces, body) || commit_piece_parse(&m.commit, body) ||
	       cert_parse(&tag, &certificate, body);
}

static void expect_exact(struct writer *w)
{
	EXPECT(!w->overflow && parses(writer_bytes(w)), "the whole body parses");
	for (size_t len = 0; len < w->len; len++)
		EXPECT(!parses(bytes_of(w->at, len)), "a cut body does not");
	write_u8(w, 0);
	EXPECT(!parses(writer_bytes(w)), "nor one with a byte left over");
	w->len--;
}

TEST(greet_reads_what_was_written)
{
	uint8_t buffer[512];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct greet g = { 1790000000, 2, { { 1, 0, 0, 0 }, { 2, GREET_KNOWN, 3, 4 } } },
		     back;

	greet_write(&w, &g);
	EXPECT(greet_parse(&back, writer_bytes(&w)), "it parses");
	EXPECT(back.wall_s == 1790000000 && back.count == 2 &&
			back.items[1].digest == 3 && back.items[1].need == 4 &&
			back.items[0].tag == 1,
		"and says the same");
	expect_exact(&w);
}

TEST(greet_refuses_what_it_cannot_hold)
{
	static const struct {
		const char *why;
		size_t at;
		uint8_t byte;
	} rows[] = {
		{ "another type", 0, SYNC_CERT },
		{ "a clock before 1970", 1, 0x80 },
		{ "a clock after the year 9999", 3, 0x3b },
		{ "too many folders", 9, GREET_ITEMS_MAX + 1 },
		{ "an unknown flag", 18, 4 },
		{ "a flag without the one it belongs to", 18, GREET_HEARD },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t buffer[32];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct greet g = { .wall_s = DATE_NEVER_S, .count = 1 }, back;

		greet_write(&w, &g);
		EXPECT(greet_parse(&back, writer_bytes(&w)), "as written it parses");
		buffer[rows[i].at] = rows[i].byte;
		EXPECT(!greet_parse(&back, writer_bytes(&w)), rows[i].why);
	}
}

TEST(the_largest_greeting_fits_the_least_room)
{
	uint8_t buffer[SYNC_ROOM_MIN];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct greet g = { .count = GREET_ITEMS_MAX };

	for (unsigned i = 0; i < g.count; i++)
		g.items[i].flags = GREET_KNOWN;
	greet_write(&w, &g);
	EXPECT(!w.overflow, "nineteen folders in 512 bytes");
}

TEST(frontier_and_certs_are_ascending_within_their_range)
{
	uint8_t buffer[512];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct frontier f = { .tag = 1,
		.flags = FRONTIER_ASK,
		.cert_count = 2,
		.cert_sum = 3,
		.from = 10,
		.to = 20,
		.count = 2,
		.items = { { 10, 1 }, { 20, 2 } } };
	struct certs c = { .tag = 1, .from = 5, .to = 9, .count = 2, .ids = { 5, 9 } };
	struct frontier f_back;
	struct certs c_back;

	frontier_write(&w, &f);
	EXPECT(frontier_parse(&f_back, writer_bytes(&w)) && f_back.items[1].last == 2,
		"a frontier reads back");
	expect_exact(&w);
	f.items[0].stream = 20;
	w.len = 0;
	frontier_write(&w, &f);
	EXPECT(!frontier_parse(&f_back, writer_bytes(&w)), "one stream twice is refused");
	f.items[0].stream = 9;
	w.len = 0;
	frontier_write(&w, &f);
	EXPECT(!frontier_parse(&f_back, writer_bytes(&w)),
		"a stream below the range is refused");
	w.len = 0;
	certs_write(&w, &c);
	EXPECT(certs_parse(&c_back, writer_bytes(&w)) && c_back.ids[1] == 9,
		"ids read back");
	expect_exact(&w);
	c.to = 8;
	w.len = 0;
	certs_write(&w, &c);
	EXPECT(!certs_parse(&c_back, writer_bytes(&w)),
		"an id above the range is refused");
}

TEST(wants_carry_ranges_in_order)
{
	uint8_t buffer[512];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct wants n = { .tag = 7, .count = 1 }, back;

	n.items[0].number = 9;
	n.items[0].range_count = 2;
	n.items[0].ranges[0] = (struct extent){ 0, 5 };
	n.items[0].ranges[1] = (struct extent){ 6, 70000 };
	wants_write(&w, &n);
	EXPECT(wants_parse(&back, writer_bytes(&w)), "it parses");
	EXPECT(back.items[0].ranges[1].to == 70000, "24-bit offsets read back");
	expect_exact(&w);
	n.items[0].ranges[1].from = 5;
	w.len = 0;
	wants_write(&w, &n);
	EXPECT(!wants_parse(&back, writer_bytes(&w)), "touching ranges are refused");
	n.count = 0;
	w.len = 0;
	wants_write(&w, &n);
	EXPECT(!wants_parse(&back, writer_bytes(&w)), "no wants are refused");
}

TEST(pieces_stay_inside_their_object)
{
	uint8_t buffer[512];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct piece p = { 1, 10, 7, BYTES("abc") };
	struct pieces back;

	pieces_begin(&w);
	piece_write(&w, &p);
	piece_write(&w, &p);
	EXPECT(pieces_parse(&back, writer_bytes(&w)) && back.count == 2,
		"two pieces read back");
	w.len = 0;
	p.offset = 8;
	pieces_begin(&w);
	piece_write(&w, &p);
	EXPECT(!pieces_parse(&back, writer_bytes(&w)), "bytes past the end are refused");
}

TEST(answers_know_two_words)
{
	uint8_t buffer[64];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct answers a = { 2, { 5, 6 }, { ANSWER_NO, ANSWER_LATER } }, back;

	answers_write(&w, &a);
	EXPECT(answers_parse(&back, writer_bytes(&w)) && back.status[1] == ANSWER_LATER,
		"both");
	expect_exact(&w);
	a.status[0] = 3;
	w.len = 0;
	answers_write(&w, &a);
	EXPECT(!answers_parse(&back, writer_bytes(&w)), "a third is refused");
}
