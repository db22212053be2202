/* SPDX-License-Identifier: ISC */
/* Messages made by hand, as the kernel makes them and as nobody should. */
#include "sim/ether/hwsim_message.h"

#include <netlink/genl/genl.h>

#include "node/base/mem.h"
#include "tests/test.h"

enum { FAMILY = 30, ROUNDS = 200000 };

static const uint8_t radio[6] = { 0x42, 0, 0, 0, 1, 0 };
static const uint8_t frame[30] = { 0x08, 0, 0, 0, 2, 0, 0, 0, 2, 0 };

static struct nl_msg *message(uint8_t command)
{
	struct nl_msg *m = nlmsg_alloc();

	check(m && genlmsg_put(m, 0, 0, FAMILY, 0, 0, command, HWSIM_VERSION));
	return m;
}

/* All that the kernel says of a frame but the attribute `without`. */
static struct nl_msg *frame_message(enum hwsim_attribute without)
{
	static const uint8_t tries[] = { 11, 2, 4, 3, 0xff, 0, 0xff, 0 };
	static const uint8_t flags[12] = { 11, 0, 0, 4, RADIO_RATE_MCS, 0 };
	static const uint32_t told_flags = RADIO_WANTS_STATUS, freq = 2437;
	static const uint64_t cookie = 77;
	static const struct {
		enum hwsim_attribute type;
		const void *data;
		int len;
	} rows[] = {
		{ HWSIM_TRANSMITTER, radio, 6 },
		{ HWSIM_CONTENT, frame, sizeof(frame) },
		{ HWSIM_FLAGS, &told_flags, 4 },
		{ HWSIM_FREQUENCY, &freq, 4 },
		{ HWSIM_TRIES, tries, sizeof(tries) },
		{ HWSIM_TRIES_FLAGS, flags, sizeof(flags) },
		{ HWSIM_COOKIE, &cookie, 8 },
	};
	struct nl_msg *m = message(HWSIM_FRAME);

	for (size_t i = 0; i < array_len(rows); i++)
		if (rows[i].type != without)
			check(nla_put(m, (int)rows[i].type, rows[i].len, rows[i].data) ==
				0);
	return m;
}

static bool parse_and_free(struct hwsim_message *p, struct nl_msg *m)
{
	bool good = hwsim_message_parse(p, nlmsg_hdr(m));

	nlmsg_free(m);
	p->frame.data = NULL;
	return good;
}

TEST(a_frame_is_read_with_all_that_is_told_of_it)
{
	struct hwsim_message p;

	EXPECT(parse_and_free(&p, frame_message(0)), "it is whole");
	EXPECT_EQ(p.command, HWSIM_FRAME, "a frame");
	EXPECT(memcmp(p.radio, radio, 6) == 0, "its radio");
	EXPECT_EQ(p.frame.len, sizeof(frame), "its bytes");
	EXPECT_EQ(p.told.cookie, 77, "its cookie");
	EXPECT_EQ(p.told.flags, RADIO_WANTS_STATUS, "its flags");
	EXPECT_EQ(p.told.freq_mhz, 2437, "its frequency");
	EXPECT_EQ(p.told.rates.count, 2, "two rates");
	EXPECT_EQ(p.told.rates.step[0].rate.kbps, 54000, "54 Mbit/s");
	EXPECT_EQ(p.told.rates.step[1].rate.kbps, 39000, "then MCS 4");
	EXPECT_EQ(rates_tries(&p.told.rates), 5, "two tries and three");
}

TEST(a_frame_without_what_must_be_there_is_refused)
{
	static const struct {
		enum hwsim_attribute without;
		bool good;
	} rows[] = { { HWSIM_TRANSMITTER, false }, { HWSIM_CONTENT, false },
		{ HWSIM_FLAGS, false }, { HWSIM_COOKIE, false },
		{ HWSIM_FREQUENCY, true }, { HWSIM_TRIES, true },
		{ HWSIM_TRIES_FLAGS, true } };
	struct hwsim_message p;

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT_EQ(parse_and_free(&p, frame_message(rows[i].without)),
			rows[i].good, "by what is missing");
		if (rows[i].good)
			EXPECT(rates_tries(&p.told.rates) > 0, "it can be tried");
	}
}

TEST(attributes_of_a_wrong_length_are_refused)
{
	static const struct {
		enum hwsim_attribute type;
		int len;
	} rows[] = { { HWSIM_TRANSMITTER, 5 }, { HWSIM_TRANSMITTER, 7 },
		{ HWSIM_CONTENT, 0 }, { HWSIM_FLAGS, 3 }, { HWSIM_COOKIE, 7 },
		{ HWSIM_FREQUENCY, 2 } };
	static const uint8_t zeros[8];
	struct hwsim_message p;

	for (size_t i = 0; i < array_len(rows); i++) {
		struct nl_msg *m = frame_message(rows[i].type);

		check(nla_put(m, (int)rows[i].type, rows[i].len, zeros) == 0);
		EXPECT(!parse_and_free(&p, m), "refused by its length");
	}
}

TEST(odd_tables_of_rates_leave_something_to_try)
{
	static const uint8_t junk[64] = { 200, 0, 3, 0, 9 };
	struct hwsim_message p;

	for (int len = 0; len <= (int)sizeof(junk); len++) {
		struct nl_msg *m = frame_message(HWSIM_TRIES);

		check(nla_put(m, HWSIM_TRIES, len, junk) == 0);
		EXPECT(parse_and_free(&p, m), "the frame goes");
		EXPECT(rates_tries(&p.told.rates) > 0, "at some rate");
	}
}

TEST(addresses_come_and_go)
{
	static const uint8_t interface[6] = { 2, 0, 0, 0, 1, 0 };
	struct hwsim_message p;

	for (unsigned c = HWSIM_ADDRESS_ADD; c <= HWSIM_ADDRESS_REMOVE; c++) {
		struct nl_msg *m = message((uint8_t)c);

		check(nla_put(m, HWSIM_TRANSMITTER, 6, radio) == 0);
		check(nla_put(m, HWSIM_RECEIVER, 6, interface) == 0);
		EXPECT(parse_and_free(&p, m), "whole");
		EXPECT(p.command == c && memcmp(p.address, interface, 6) == 0, "as told");
		m = message((uint8_t)c);
		check(nla_put(m, HWSIM_TRANSMITTER, 6, radio) == 0);
		EXPECT(!parse_and_free(&p, m), "without the address it is nothing");
	}
	EXPECT(parse_and_free(&p, message(99)), "what is new is left alone");
}

TEST(a_status_tells_what_was_tried_and_a_delivery_where_it_goes)
{
	struct nlattr *a[HWSIM_ATTRIBUTE_MAX + 1];
	static const uint8_t wanted[] = { 11, 2, 4, 1, 0xff, 0, 0xff, 0 };
	struct nl_msg *in = frame_message(0), *out;
	struct hwsim_message p;

	EXPECT(hwsim_message_parse(&p, nlmsg_hdr(in)), "it is whole");
	out = hwsim_status_new(FAMILY, p.radio, &p.told, 3, true, 60);
	check(genlmsg_parse(nlmsg_hdr(out), 0, a, HWSIM_ATTRIBUTE_MAX, NULL) == 0);
	EXPECT_BYTES(bytes_of(nla_data(a[HWSIM_TRIES]), (size_t)nla_len(a[HWSIM_TRIES])),
		bytes_of(wanted, sizeof(wanted)),
		"twice at the first, once at the second");
	EXPECT_EQ(nla_get_u32(a[HWSIM_FLAGS]), RADIO_WANTS_STATUS | RADIO_ACKED, "acked");
	EXPECT_EQ((int32_t)nla_get_u32(a[HWSIM_SIGNAL]), -60, "in dBm");
	EXPECT_EQ(nla_get_u64(a[HWSIM_COOKIE]), 77, "which frame");
	nlmsg_free(out);
	out = hwsim_delivery_new(FAMILY, radio, p.frame, &p.told, 2, 80);
	check(genlmsg_parse(nlmsg_hdr(out), 0, a, HWSIM_ATTRIBUTE_MAX, NULL) == 0);
	EXPECT_EQ(nla_get_u32(a[HWSIM_RATE]), 11, "the rate of its second try");
	EXPECT_EQ((int32_t)nla_get_u32(a[HWSIM_SIGNAL]), -80, "the signal");
	EXPECT_EQ(nla_len(a[HWSIM_CONTENT]), sizeof(frame), "all of it");
	nlmsg_free(out);
	nlmsg_free(in);
}

/* Bytes of a message changed by chance, the length of the whole left true. */
TEST(damaged_messages_are_refused_or_read_but_never_harm)
{
	struct rng rng = test_rng();
	struct nl_msg *whole = frame_message(0);
	size_t len = nlmsg_hdr(whole)->nlmsg_len;
	unsigned good = 0, bad = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t cut = NLMSG_HDRLEN + rng_below(&rng, len - NLMSG_HDRLEN + 1);
		size_t part = rng_below(&rng, 4) == 0 ? cut : len;
		struct nlmsghdr *h = mem_array(1, part);
		struct hwsim_message p;

		memcpy(h, nlmsg_hdr(whole), part);
		h->nlmsg_len = (uint32_t)part;
		for (uint64_t k = rng_below(&rng, 6); k > 0 && part > NLMSG_HDRLEN; k--)
			((uint8_t *)h)[NLMSG_HDRLEN +
				       rng_below(&rng, part - NLMSG_HDRLEN)] =
				(uint8_t)rng_u64(&rng);
		if (hwsim_message_parse(&p, h)) {
			good++;
			if (p.command == HWSIM_FRAME)
				EXPECT(p.frame.len > 0 && rates_tries(&p.told.rates) > 0,
					"what is read can be sent");
		} else {
			bad++;
		}
		mem_free(h);
	}
	EXPECT(good > ROUNDS / 20 && bad > ROUNDS / 20, "both happened");
	nlmsg_free(whole);
}
