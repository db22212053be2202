/* SPDX-License-Identifier: ISC */
#include "node/warden/order.h"
#include "node/warden/warden.h"

#include "tests/test.h"

#define SELF "\xfd\x71\0\1\2\3\4\5\6\7\10\11\12\13\14\15"

static const struct order tun = { .kind = ORDER_TUN, .self = { SELF }, .mtu = 1280 };
static const struct order guard = {
	.kind = ORDER_GUARD, .count = 2, .names = { "wlan0", "eth0.1-x_y" }
};
static const struct order radio = { .kind = ORDER_RADIO,
	.on = true,
	.radio = { .interface = "wlan0",
		.id = "a mesh",
		.mode = RADIO_IBSS,
		.flags = RADIO_TAKE | RADIO_HT | RADIO_MONITOR | RADIO_40_MHZ,
		.key = "a good key",
		.mhz = 5180 } };

static struct bytes written(uint8_t buffer[ORDER_SIZE], const struct order *o)
{
	struct writer w = writer_of(buffer, ORDER_SIZE);

	warden_order_write(&w, o);
	EXPECT(!w.overflow && w.len == ORDER_SIZE, "every order has the same size");
	return writer_bytes(&w);
}

TEST(an_order_is_read_as_it_was_written)
{
	struct order rows[] = {
		tun,
		{ .kind = ORDER_TUN, .self = { SELF }, .mtu = 65535 },
		guard,
		{ .kind = ORDER_GUARD },
		{ .kind = ORDER_GUARD, .count = ORDER_NAMES_MAX },
		{ .kind = ORDER_DNS, .on = true },
		{ .kind = ORDER_UPLINK, .on = false },
		{ .kind = ORDER_GATEWAY, .on = true },
		radio,
		{ .kind = ORDER_RADIO },
		{ .kind = ORDER_RADIO,
			.on = true,
			.radio = { .interface = "fifteen-letters",
				.id = "0123456789abcdef0123456789abcdef",
				.mode = RADIO_MESH,
				.mhz = 65535 } },
	};
	uint8_t a[ORDER_SIZE], b[ORDER_SIZE];
	struct order o;

	for (size_t i = 0; i < ORDER_NAMES_MAX; i++)
		memcpy(rows[4].names[i], "fifteen-letters", 16);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct bytes packet = written(a, &rows[i]);

		EXPECT(order_parse(&o, packet), "an order is taken");
		EXPECT_BYTES(written(b, &o), packet, "and is the same again");
		EXPECT(o.kind == rows[i].kind && o.on == rows[i].on &&
				o.count == rows[i].count && o.mtu == rows[i].mtu,
			"with the same arguments");
		EXPECT(memcmp(&o.radio, &rows[i].radio, sizeof(o.radio)) == 0,
			"and the same radio");
	}
}

/* A sound order, spoilt by other bytes at one place. */
TEST(what_no_order_may_be_is_refused)
{
	static const struct order uplink = { .kind = ORDER_UPLINK, .on = true };
	static const struct {
		const char *why;
		const struct order *sound;
		size_t at;
		struct bytes put;
	} rows[] = {
		{ "another version", &tun, 0, BYTES("\2") },
		{ "kind 0", &uplink, 1, BYTES("\0") },
		{ "a kind beyond the last", &uplink, 1, BYTES("\7") },
		{ "neither on nor off", &uplink, 2, BYTES("\2") },
		{ "a device that is on", &tun, 2, BYTES("\1") },
		{ "a guard that is on", &guard, 2, BYTES("\1") },
		{ "a device with names", &tun, 3, BYTES("\1") },
		{ "an uplink with a name", &uplink, 22, BYTES("v0") },
		{ "an uplink with an MTU", &uplink, 4, BYTES("\5\0") },
		{ "a guard with an address", &guard, 6, BYTES("\xfd\x71") },
		{ "an address outside fd71::/16", &tun, 6, BYTES("\xfd\x72") },
		{ "a link-local address", &tun, 6, BYTES("\xfe\x80") },
		{ "an MTU of 1279", &tun, 4, BYTES("\4\xff") },
		{ "an MTU of 0", &tun, 4, BYTES("\0\0") },
		{ "17 names", &guard, 3, BYTES("\21") },
		{ "255 names", &guard, 3, BYTES("\377") },
		{ "fewer names than said", &guard, 3, BYTES("\3") },
		{ "more names than said", &guard, 3, BYTES("\1") },
		{ "a name of 16 letters", &guard, 22, BYTES("abcdefghijklmnop") },
		{ "letters after the zero", &guard, 22, BYTES("a\0b") },
		{ "an empty name", &guard, 22, BYTES("\0\0\0\0\0") },
		{ "a quote in a name", &guard, 22, BYTES("a\"b") },
		{ "a space in a name", &guard, 22, BYTES("a b") },
		{ "a newline in a name", &guard, 22, BYTES("a\nb") },
		{ "a slash in a name", &guard, 22, BYTES("a/b") },
		{ "a wildcard", &guard, 22, BYTES("eth*") },
		{ "a brace in a name", &guard, 22, BYTES("a}b") },
		{ "a letter beyond ASCII", &guard, 22, BYTES("\xc3\xa4") },
		{ "a name that begins with a dot", &guard, 22, BYTES("..") },
		{ "a name that begins with a dash", &guard, 22, BYTES("-") },
		{ "loopback", &guard, 22, BYTES("lo\0\0\0") },
		{ "a radio that is off, with arguments", &radio, 2, BYTES("\0") },
		{ "a radio without a frequency", &radio, 4, BYTES("\0\0") },
		{ "a radio with a count", &radio, 3, BYTES("\1") },
		{ "a radio with an address", &radio, 6, BYTES("\xfd\x71") },
		{ "a radio without an interface", &radio, 22, BYTES("\0\0\0\0\0") },
		{ "a radio's interface with a slash", &radio, 22, BYTES("wl/n0") },
		{ "a radio without a network", &radio, 38, BYTES("\0\0\0\0\0\0") },
		{ "letters of the network after the zero", &radio, 38, BYTES("a\0b") },
		{ "mode 0", &radio, 70, BYTES("\0") },
		{ "a mode beyond the last", &radio, 70, BYTES("\3") },
		{ "a flag beyond the last", &radio, 71, BYTES("\40") },
		{ "wide without 802.11n", &radio, 71, BYTES("\10") },
		{ "two widths at once", &radio, 71, BYTES("\32") },
		{ "a key of seven letters", &radio, 72, BYTES("letters\0\0\0") },
		{ "a key of 64 letters", &radio, 72,
			BYTES("0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
			      "abcdef") },
		{ "a quote in a key", &radio, 72, BYTES("a\"") },
		{ "a newline in a key", &radio, 72, BYTES("a\n") },
		{ "letters of the key after the zero", &radio, 82, BYTES("\0b") },
		{ "something behind the key", &radio, 136, BYTES("\1") },
		{ "something at the end", &radio, ORDER_SIZE - 1, BYTES("\1") },
	};
	uint8_t packet[ORDER_SIZE + 1] = { 0 };
	struct order o;

	for (size_t i = 0; i < array_len(rows); i++) {
		(void)written(packet, rows[i].sound);
		memcpy(packet + rows[i].at, rows[i].put.data, rows[i].put.len);
		EXPECT(!order_parse(&o, bytes_of(packet, ORDER_SIZE)), rows[i].why);
	}
	(void)written(packet, &tun);
	EXPECT(order_parse(&o, bytes_of(packet, ORDER_SIZE)), "whole it is sound");
	EXPECT(!order_parse(&o, bytes_of(packet, ORDER_SIZE + 1)), "a byte too many");
	for (size_t len = 0; len < ORDER_SIZE; len++)
		EXPECT(!order_parse(&o, bytes_of(packet, len)), "cut off anywhere");
}

TEST(an_answer_is_read_as_it_was_written)
{
	static const struct answer rows[] = {
		{ .kind = ORDER_TUN },
		{ .kind = ORDER_TUN, .error = 13, .reason = "not here" },
		{ .kind = ORDER_GUARD },
		{ .kind = ORDER_DNS },
		{ .kind = ORDER_GATEWAY, .error = 65535 },
	};
	struct answer a;

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t first[ANSWER_SIZE_MAX], again[ANSWER_SIZE_MAX];
		struct writer w = writer_of(first, sizeof(first));
		struct writer w2 = writer_of(again, sizeof(again));

		answer_write(&w, &rows[i]);
		EXPECT(!w.overflow, "it fits");
		EXPECT(warden_answer_parse(&a, writer_bytes(&w)), "an answer is taken");
		answer_write(&w2, &a);
		EXPECT_BYTES(
			writer_bytes(&w2), writer_bytes(&w), "and is the same again");
		EXPECT_EQ(a.error, rows[i].error, "with its error");
		EXPECT_STRING(a.reason, rows[i].reason, "and its reason");
	}
}

TEST(what_no_answer_may_be_is_refused)
{
	static const struct answer sound = { .kind = ORDER_TUN };
	uint8_t packet[ANSWER_SIZE_MAX + 1] = { 0 };
	struct writer w = writer_of(packet, sizeof(packet));
	struct answer a;

	answer_write(&w, &sound);
	for (size_t len = 0; len < w.len; len++)
		EXPECT(!warden_answer_parse(&a, bytes_of(packet, len)),
			"cut off before the reason");
	EXPECT(warden_answer_parse(&a, bytes_of(packet, ANSWER_SIZE_MAX)),
		"the longest reason");
	EXPECT(!warden_answer_parse(&a, bytes_of(packet, ANSWER_SIZE_MAX + 1)),
		"a longer one");
	packet[0] = 2;
	EXPECT(!warden_answer_parse(&a, writer_bytes(&w)), "another version");
	packet[0] = 1;
	packet[1] = 7;
	EXPECT(!warden_answer_parse(&a, writer_bytes(&w)), "a kind beyond the last");
	packet[1] = 0;
	EXPECT(!warden_answer_parse(&a, writer_bytes(&w)), "kind 0");
}
