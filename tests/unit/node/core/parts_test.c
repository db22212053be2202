/* SPDX-License-Identifier: ISC */
#include "node/core/parts.h"

#include "tests/test.h"

static struct parts all;
static struct instant now;
static const struct address ada = { { 1 } }, bob = { { 2 } };

enum { TOTAL = 200, HALF = 100 };

static void begin(void)
{
	now = instant_ms(1000);
	parts_init(&all);
}

/* Half a packet that is filled with its id. */
static void take(const struct address *from, unsigned id, unsigned index)
{
	uint8_t bytes[HALF];

	memset(bytes, (int)(id & 0xff), sizeof(bytes));
	parts_take(&all, now, from,
		&(struct part){ (uint16_t)id, TOTAL, (uint8_t)index, 2,
			bytes_of(bytes, sizeof(bytes)) });
}

/* The id of the next packet, -1 when there is none. */
static int next(struct address *from)
{
	struct bytes whole;

	if (!parts_next(&all, now, from, &whole))
		return -1;
	EXPECT_EQ(whole.len, TOTAL, "all of it");
	EXPECT_EQ(whole.data[0], whole.data[TOTAL - 1], "of one packet");
	return whole.data[0];
}

TEST(a_part_parses_to_what_was_written_and_nonsense_is_refused)
{
	static const struct {
		const char *why;
		struct bytes body;
		bool good;
	} rows[] = {
		{ "a part", BYTES("\0\0\7\0\5\1\2xy"), true },
		{ "the last of sixteen", BYTES("\0\0\7\0\40\17\20x"), true },
		{ "no bytes", BYTES("\0\0\7\0\5\1\2"), false },
		{ "cut short", BYTES("\0\0\7\0\5\1"), false },
		{ "the first byte is not zero", BYTES("\1\0\7\0\5\1\2x"), false },
		{ "one part is none", BYTES("\0\0\7\0\5\0\1x"), false },
		{ "too many parts", BYTES("\0\0\7\0\100\0\21x"), false },
		{ "index beyond them", BYTES("\0\0\7\0\5\2\2x"), false },
		{ "larger than any packet", BYTES("\0\0\7\377\377\0\2x"), false },
		{ "a part that is all", BYTES("\0\0\7\0\1\0\2x"), false },
		{ "beyond the packet", BYTES("\0\0\7\0\5\2\4xyz"), false },
	};
	uint8_t buffer[16];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct part p;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(part_parse(&p, rows[i].body) == rows[i].good, rows[i].why);
	EXPECT(part_parse(&p, rows[0].body), "it is read");
	part_write(&w, &p);
	EXPECT_BYTES(writer_bytes(&w), rows[0].body, "and written as it was");
}

TEST(a_packet_is_whole_when_all_parts_came_in_any_order)
{
	struct address from;

	begin();
	take(&ada, 7, 1);
	take(&ada, 7, 1);
	EXPECT_EQ(next(&from), -1, "half of it, twice");
	take(&bob, 7, 0);
	EXPECT_EQ(next(&from), -1, "another's is not the other half");
	take(&ada, 7, 0);
	EXPECT_EQ(next(&from), 7, "now");
	EXPECT(id_equal(&from, &ada), "from whom it came");
	EXPECT_EQ(next(&from), -1, "once");
	parts_fini(&all);
}

TEST(packets_of_a_flow_come_in_their_order)
{
	struct address from;

	begin();
	take(&ada, 1, 0);
	for (unsigned id = 4; id >= 2; id--) {
		take(&ada, id, 0);
		take(&ada, id, 1);
	}
	EXPECT_EQ(next(&from), -1, "they wait for the first");
	EXPECT_EQ(parts_deadline(&all).us, instant_add_ms(now, PARTS_HOLD_MS).us,
		"for so long at most");
	now = instant_add_ms(now, PARTS_HOLD_MS - 1);
	take(&ada, 1, 1);
	for (int id = 1; id <= 4; id++)
		EXPECT_EQ(next(&from), id, "in order");
	EXPECT(parts_deadline(&all).us == NEVER.us, "nothing waits");
	parts_fini(&all);
}

TEST(nothing_waits_for_ever_nor_for_another_flow_or_sender)
{
	struct address from;
	unsigned wrap = (1u << PARTS_ID_BITS) - 1;

	begin();
	take(&ada, 1, 0);
	take(&bob, 2, 0);
	take(&bob, 2, 1);
	EXPECT_EQ(next(&from), 2, "another sender's");
	take(&ada, 1u << PARTS_ID_BITS | 3, 0);
	take(&ada, 1u << PARTS_ID_BITS | 3, 1);
	EXPECT_EQ(next(&from), 3, "another flow's");
	take(&ada, 5, 0);
	take(&ada, 5, 1);
	EXPECT_EQ(next(&from), -1, "its own waits");
	now = instant_add_ms(now, PARTS_HOLD_MS);
	EXPECT_EQ(next(&from), 5, "until it has waited long enough");
	take(&ada, wrap, 0);
	take(&ada, 0, 0);
	take(&ada, 0, 1);
	EXPECT_EQ(next(&from), -1, "the numbers go round");
	now = instant_add_ms(now, PARTS_AGE_MS);
	parts_expire(&all, now);
	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++)
		EXPECT(!all.packets[i].used, "what is too old is forgotten");
	parts_fini(&all);
}

TEST(one_sender_pushes_out_only_its_own_and_what_is_whole_last)
{
	struct address from;
	size_t adas = 0, bobs = 0;

	begin();
	for (unsigned id = 0; id < PARTS_PEER_MAX; id++)
		take(&bob, id * 2, 0);
	take(&ada, 100, 0);
	take(&ada, 100, 1);
	for (unsigned id = 0; id < 3 * PARTS_PACKETS_MAX; id++) {
		now = instant_add_us(now, 1);
		take(&ada, 200 + id * 2, 0);
	}
	for (size_t i = 0; i < PARTS_PACKETS_MAX; i++) {
		adas += all.packets[i].used && id_equal(&all.packets[i].from, &ada);
		bobs += all.packets[i].used && id_equal(&all.packets[i].from, &bob);
	}
	EXPECT_EQ(adas, PARTS_PEER_MAX, "as many as one sender may have");
	EXPECT_EQ(bobs, PARTS_PEER_MAX, "none of the other's is gone");
	EXPECT_EQ(next(&from), 100, "nor what was whole");
	parts_fini(&all);
}
