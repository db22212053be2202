/* SPDX-License-Identifier: ISC */
/* Frames as monitor interfaces give them, written by hand. */
#include "node/radio/overheard.h"

#include "tests/test.h"

/* A beacon and an answer to it: frame control, duration, receiver, transmitter. */
#define BEACON  "\x80\0\0\0\xff\xff\xff\xff\xff\xff"
#define DATA    "\x88\x01\0\0\2\0\0\0\0\1"
#define SENDER  "\2\0\0\0\0\x42"
#define BEACON_ BEACON SENDER
#define DATA_   DATA SENDER

/* As mac80211 gives what it has heard: TSFT, flags, rate, channel, signal, antenna, RX flags. */
#define HEARD(flags, rate, mhz, signal)                                                  \
	"\0\0\x1a\0\x2f\x48\0\0"                                                         \
	"\1\2\3\4\5\6\7\x8" flags rate mhz "\xa0\0" signal "\0\0\0"
/* As it gives what it has sent: rate, TX flags, further tries. */
#define SENT(rate, more) "\0\0\x0d\0\4\x80\2\0" rate "\0\0\0" more
/* With a rate of 802.11n: flags, channel, signal, MCS. */
#define HT(known, flags, mcs)                                                            \
	"\0\0\x12\0\x2a\0\x8\0"                                                          \
	"\0\0\x6c\x09\x80\4\xc4" known flags mcs
#define MHZ_2412 "\x6c\x09"
#define MHZ_5180 "\x3c\x14"

TEST(a_frame_is_read_with_signal_rate_and_airtime)
{
	static const struct {
		const char *why;
		struct bytes head;
		size_t frame; /* its bytes, as given */
		int signal;
		unsigned rate, airtime_us;
		bool sent;
	} rows[] = {
		/* 192 + 100 * 8 / 1 */
		{ "1 Mbit/s", BYTES(HEARD("\0", "\2", MHZ_2412, "\xce") BEACON_), 96, -50,
			10, 992, false },
		{ "which has no short preamble",
			BYTES(HEARD("\2", "\2", MHZ_2412, "\xce") BEACON_), 96, -50, 10,
			992, false },
		{ "its check is among the bytes",
			BYTES(HEARD("\x10", "\2", MHZ_2412, "\xce") BEACON_), 100, -50,
			10, 992, false },
		/* 96 + 100 * 8 / 5.5 */
		{ "5.5 Mbit/s, short", BYTES(HEARD("\2", "\xb", MHZ_2412, "\xb0") DATA_),
			96, -80, 55, 242, false },
		{ "11 Mbit/s, long", BYTES(HEARD("\0", "\x16", MHZ_2412, "\xb0") DATA_),
			96, -80, 110, 265, false },
		/* 20 + 4 * ceil((22 + 800) / 24) = 160, and 6 */
		{ "6 Mbit/s in 2.4 GHz",
			BYTES(HEARD("\0", "\xc", MHZ_2412, "\xb0") BEACON_), 96, -80, 60,
			166, false },
		{ "6 Mbit/s in 5 GHz",
			BYTES(HEARD("\0", "\xc", MHZ_5180, "\xb0") BEACON_), 96, -80, 60,
			160, false },
		/* 20 + 4 * ceil((22 + 12000) / 216) + 6 */
		{ "54 Mbit/s", BYTES(HEARD("\0", "\x6c", MHZ_2412, "\xd8") DATA_), 1496,
			-40, 540, 250, false },
		/* 36 + 4 * ceil(12022 / 26) + 6 */
		{ "MCS 0", BYTES(HT("\7", "\0", "\0") DATA_), 1496, -60, 65, 1894,
			false },
		/* 36 + 4 * ceil(463 * 3.6 / 4) + 6 */
		{ "MCS 0 with the short guard interval",
			BYTES(HT("\7", "\4", "\0") DATA_), 1496, -60, 72, 1710, false },
		/* 36 + 4 * ceil(12022 / 260) + 6 */
		{ "MCS 7", BYTES(HT("\7", "\0", "\7") DATA_), 1496, -60, 650, 230,
			false },
		/* 36 + 4 * ceil(12022 / 540) + 6 */
		{ "MCS 7 in 40 MHz", BYTES(HT("\7", "\1", "\7") DATA_), 1496, -60, 1350,
			134, false },
		{ "MCS 7 in the upper 20 of them", BYTES(HT("\7", "\3", "\7") DATA_),
			1496, -60, 650, 230, false },
		/* 40 + 4 * ceil(12 * 3.6 / 4) + 6 */
		{ "MCS 15 in 40 MHz with the short guard interval",
			BYTES(HT("\7", "\5", "\xf") DATA_), 1496, -60, 3000, 90, false },
		/* 48 + 4 * ceil(12022 / 2160) + 6 */
		{ "MCS 31 in 40 MHz", BYTES(HT("\7", "\1", "\x1f") DATA_), 1496, -60,
			5400, 78, false },
		{ "an MCS beyond the last of equal streams",
			BYTES(HT("\7", "\0", "\x20") DATA_), 1496, -60, 0, 0, false },
		{ "an MCS whose width is not told", BYTES(HT("\6", "\0", "\7") DATA_),
			1496, -60, 0, 0, false },
		{ "a rate that nobody has",
			BYTES(HEARD("\0", "\xd", MHZ_2412, "\xb0") BEACON_), 96, -80, 0,
			0, false },
		{ "no field at all", BYTES("\0\0\x8\0\0\0\0\0" BEACON_), 96, 0, 0, 0,
			false },
		{ "what it has sent, in three tries", BYTES(SENT("\xc", "\2") DATA_), 96,
			0, 60, 498, true },
		/* three presence words, of antennas; the fields begin behind them */
		{ "more presence words",
			BYTES("\0\0\x18\0\x2e\0\0\xa0\x20\x8\0\xa0\x20\x8\0\0"
			      "\0\xc\x6c\x09\x80\0\xb0\0" BEACON_),
			96, -80, 60, 166, false },
		/* an antenna, then a channel of 8 bytes where 4 divide, then MCS */
		{ "each field where its size divides",
			BYTES("\0\0\x17\0\x20\x8\x0c\0"
			      "\xc4\1\0\0\1\2\3\4\5\6\7\x8\7\0\7" DATA_),
			1496, -60, 650, 230, false },
		{ "an alignment from the beginning of the header, and fields behind MCS",
			BYTES("\0\0\x18\0\x02\x00\x18\0"
			      "\0\7\0\7"
			      "\1\2\3\4\5\6\7\x8"
			      "\0\0\0\0" DATA_),
			1496, 0, 650, 230, false },
	};
	struct overheard_frame f;

	for (size_t i = 0; i < array_len(rows); i++) {
		size_t len = rows[i].head.data[2];

		EXPECT(overheard_parse(&f, rows[i].head, len + rows[i].frame),
			rows[i].why);
		EXPECT_BYTES(bytes_of(f.from, 6), BYTES(SENDER), rows[i].why);
		EXPECT_EQ(f.signal_dbm, rows[i].signal, rows[i].why);
		EXPECT_EQ(f.rate, rows[i].rate, rows[i].why);
		EXPECT_EQ(f.airtime_us, rows[i].airtime_us, rows[i].why);
		EXPECT_EQ(f.sent, rows[i].sent, rows[i].why);
	}
}

TEST(what_is_no_frame_with_a_transmitter_is_refused)
{
	static const struct {
		const char *why;
		struct bytes head;
		size_t frame;
	} rows[] = {
		{ "another version of radiotap", BYTES("\1\0\x8\0\0\0\0\0" BEACON_), 96 },
		{ "a header shorter than its own beginning",
			BYTES("\0\0\7\0\0\0\0" BEACON_), 96 },
		{ "a header without room for its fields",
			BYTES("\0\0\x8\0\2\0\0\0" BEACON_), 96 },
		{ "presence words without end",
			BYTES("\0\0\xc\0\0\0\0\x80\0\0\0\x80" BEACON_), 96 },
		{ "a header longer than all that came",
			BYTES("\0\0\xff\xff\0\0\0\0" BEACON_), 96 },
		{ "a byte of what follows the transmitter",
			BYTES("\0\0\x8\0\0\0\0\0" BEACON_ "x"), 96 },
		{ "another version of 802.11",
			BYTES("\0\0\x8\0\0\0\0\0\x81\0\0\0\xff\xff\xff\xff\xff"
			      "\xff" SENDER),
			96 },
		{ "an acknowledgement",
			BYTES("\0\0\x8\0\0\0\0\0\xd4\0\0\0\2\0\0\0\0\1" SENDER), 96 },
		{ "an extension", BYTES("\0\0\x8\0\0\0\0\0\x0c\0\0\0\2\0\0\0\0\1" SENDER),
			96 },
		{ "a group as transmitter",
			BYTES("\0\0\x8\0\0\0\0\0" BEACON "\3\0\0\0\0\x42"), 96 },
		{ "a check that was wrong",
			BYTES(HEARD("\x40", "\2", MHZ_2412, "\xce") BEACON_), 96 },
		{ "fewer bytes in all than came", BYTES("\0\0\x8\0\0\0\0\0" BEACON_),
			15 },
		{ "more bytes than any frame has", BYTES("\0\0\x8\0\0\0\0\0" BEACON_),
			OVERHEARD_BYTES + 1 },
		{ "nothing", BYTES(""), 0 },
	};
	struct overheard_frame f;

	for (size_t i = 0; i < array_len(rows); i++) {
		size_t len = rows[i].head.len > 2 ? rows[i].head.data[2] : 0;

		EXPECT(!overheard_parse(&f, rows[i].head, len + rows[i].frame),
			rows[i].why);
	}
}

TEST(a_frame_that_is_cut_anywhere_is_refused)
{
	static const struct bytes heads[] = {
		BYTES(HEARD("\0", "\xc", MHZ_2412, "\xce") BEACON_),
		BYTES(HT("\7", "\5", "\7") DATA_),
		BYTES(SENT("\xc", "\2") DATA_),
	};
	struct overheard_frame f;
	uint8_t copy[64];

	for (size_t i = 0; i < array_len(heads); i++)
		for (size_t len = 0; len < heads[i].len; len++) {
			/* in a place of its own size: beyond it nothing may be read */
			memset(copy, 0x5a, sizeof(copy));
			memcpy(copy + sizeof(copy) - len, heads[i].data, len);
			EXPECT(!overheard_parse(
				       &f, bytes_of(copy + sizeof(copy) - len, len), 200),
				"so many bytes are too few");
		}
}

/* ---- the table ---- */

static const struct bytes heard = BYTES(HEARD("\0", "\xc", MHZ_2412, "\xce") BEACON_);

static void take_of(struct overheard *o, struct instant now, uint8_t who, int8_t signal)
{
	uint8_t head[64];

	memcpy(head, heard.data, heard.len);
	head[22] = (uint8_t)signal;
	head[heard.len - 1] = who;
	overheard_take(o, now, bytes_of(head, heard.len), 26 + 96);
}

static const struct overheard_sender *sender(const struct overheard *o, uint8_t who)
{
	return overheard_find(o, (const uint8_t[]){ 2, 0, 0, 0, 0, who });
}

TEST(frames_add_up_by_their_transmitter)
{
	static struct overheard o;
	struct instant now = instant_ms(10000);

	take_of(&o, now, 1, -50);
	take_of(&o, now, 1, -50);
	take_of(&o, now, 2, -70);
	overheard_take(&o, now, BYTES(SENT("\xc", "\0") DATA_), 13 + 96);
	overheard_take(&o, now, BYTES("junk"), 4);
	EXPECT_EQ(o.count, 2, "who was heard");
	EXPECT_EQ(sender(&o, 1)->frames, 2, "two of the one");
	EXPECT_EQ(sender(&o, 1)->airtime_us, 332, "with their time");
	EXPECT_EQ(sender(&o, 1)->rate, 60, "and rate");
	EXPECT_EQ(overheard_signal(sender(&o, 2)), -70, "the other's signal");
	EXPECT_EQ(o.frames, 4, "all that was understood");
	EXPECT_EQ(o.refused, 1, "all that was not");
	EXPECT(sender(&o, 0x42) == NULL, "who sends is not heard");
	now = instant_ms(11000);
	EXPECT_EQ(airtime_permille(&o.all, now), 0, "less than a thousandth");
}

TEST(a_signal_follows_slowly_and_gets_there)
{
	static struct overheard o;

	take_of(&o, instant_ms(1), 1, -50);
	EXPECT_EQ(overheard_signal(sender(&o, 1)), -50, "the first is taken whole");
	take_of(&o, instant_ms(2), 1, -90);
	EXPECT_EQ(overheard_signal(sender(&o, 1)), -55, "then an eighth of the way");
	for (unsigned i = 0; i < 60; i++)
		take_of(&o, instant_ms(3), 1, -90);
	EXPECT(overheard_signal(sender(&o, 1)) <= -89, "down");
	for (unsigned i = 0; i < 60; i++)
		take_of(&o, instant_ms(3), 1, -10);
	EXPECT(overheard_signal(sender(&o, 1)) >= -11, "and up");
	overheard_take(&o, instant_ms(4),
		BYTES("\0\0\x8\0\0\0\0\0" BEACON "\2\0\0\0\0\1"), 8 + 96);
	EXPECT(overheard_signal(sender(&o, 1)) >= -11, "one that is not told is none");
	EXPECT_EQ(sender(&o, 1)->rate, 60, "nor is a rate");
}

TEST(a_share_of_time_is_that_of_the_last_whole_seconds)
{
	struct airtime a = { 0 };
	static struct overheard o;

	/* 166 us each: 1000 of them are 166 ms */
	for (unsigned i = 0; i < 1000; i++)
		take_of(&o, instant_ms(100000 + i / 2), 1, -50);
	EXPECT_EQ(airtime_permille(&o.all, instant_ms(100900)), 0,
		"the second that runs does not count");
	EXPECT_EQ(airtime_permille(&o.all, instant_ms(101000)), 33, "166 ms of 5 s");
	EXPECT_EQ(airtime_permille(&sender(&o, 1)->late, instant_ms(105999)), 33,
		"to the end of the fifth after it");
	EXPECT_EQ(airtime_permille(&o.all, instant_ms(106000)), 0, "and then no more");
	EXPECT_EQ(airtime_permille(&o.all, instant_ms(107000)), 0,
		"nor when a second stands where it stood");
	take_of(&o, instant_ms(104000), 1, -50);
	EXPECT_EQ(airtime_permille(&o.all, instant_ms(105000)), 33,
		"what comes meanwhile takes nothing of it");
	take_of(&o, instant_ms(106000), 1, -50);
	EXPECT_EQ(airtime_permille(&o.all, instant_ms(106500)), 0,
		"and leaves nothing of it when it is old");
	EXPECT_EQ(airtime_permille(&o.sent, instant_ms(101000)), 0, "nothing was sent");
	EXPECT_EQ(airtime_permille(&a, instant_ms(0)), 0, "nor at the beginning of time");
	for (unsigned i = 0; i < 100000; i++)
		take_of(&o, instant_ms(200000), 1, -50);
	EXPECT_EQ(airtime_permille(&o.all, instant_ms(201000)), 1000,
		"never more than all of it");
	take_of(&o, instant_ms(209000), 1, -50);
	EXPECT_EQ(airtime_permille(&o.all, instant_ms(209500)), 0,
		"nothing of it is left after a long silence");
}

TEST(when_the_table_is_full_who_was_heard_longest_ago_goes)
{
	static struct overheard o;

	for (unsigned i = 0; i < OVERHEARD_MAX; i++)
		take_of(&o, instant_ms(1000 + i), (uint8_t)i, -50);
	take_of(&o, instant_ms(2000), 0, -50);
	take_of(&o, instant_ms(2001), OVERHEARD_MAX, -60);
	EXPECT_EQ(o.count, OVERHEARD_MAX, "it does not grow");
	EXPECT(sender(&o, 1) == NULL, "the one heard longest ago is gone");
	EXPECT_EQ(sender(&o, 0)->frames, 2, "who was heard again is there");
	EXPECT_EQ(sender(&o, OVERHEARD_MAX)->frames, 1, "who is new begins anew");
	EXPECT_EQ(
		overheard_signal(sender(&o, OVERHEARD_MAX)), -60, "with its own signal");
}
