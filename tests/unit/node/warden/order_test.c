/* SPDX-License-Identifier: ISC */
#include "node/warden/order.h"

#include "tests/test.h"

#define SELF "\xfd\x71\0\1\2\3\4\5\6\7\10\11\12\13\14\15"

static struct bytes written(uint8_t *buffer, const struct order *o)
{
	struct writer w = writer_of(buffer, ORDER_SIZE_MAX);

	order_write(&w, o);
	EXPECT(!w.overflow, "every order fits");
	return writer_bytes(&w);
}

TEST(an_order_is_read_as_it_was_written)
{
	struct order rows[] = {
		{ .kind = ORDER_TUN, .self = { SELF }, .mtu = 1280 },
		{ .kind = ORDER_TUN, .self = { SELF }, .mtu = 65535 },
		{ .kind = ORDER_GUARD },
		{ .kind = ORDER_GUARD, .count = 2, .names = { "wlan0", "eth0.1-x_y" } },
		{ .kind = ORDER_GUARD, .count = ORDER_NAMES_MAX },
		{ .kind = ORDER_DNS, .on = true },
		{ .kind = ORDER_UPLINK, .on = false },
		{ .kind = ORDER_GATEWAY, .on = true },
	};
	struct order o;
	uint8_t a[ORDER_SIZE_MAX], b[ORDER_SIZE_MAX];

	for (size_t i = 0; i < ORDER_NAMES_MAX; i++)
		memcpy(rows[4].names[i], "fifteen-letters", 16);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct bytes packet = written(a, &rows[i]);

		EXPECT(order_parse(&o, packet), "an order is taken");
		EXPECT_BYTES(written(b, &o), packet, "and is the same again");
		EXPECT(o.kind == rows[i].kind && o.on == rows[i].on &&
				o.count == rows[i].count && o.mtu == rows[i].mtu,
			"with the same arguments");
	}
}

TEST(what_no_order_may_be_is_refused)
{
	static const struct {
		const char *why;
		struct bytes packet;
	} rows[] = {
		{ "empty", BYTES("") },
		{ "half a head", BYTES("\1") },
		{ "another version", BYTES("\2\4\1") },
		{ "kind 0", BYTES("\1\0\1") },
		{ "a kind beyond the last", BYTES("\1\6\1") },
		{ "an address outside fd71::/16",
			BYTES("\1\1\xfd\x72\0\1\2\3\4\5\6\7\10\11\12\13\14\15\5\0") },
		{ "an MTU of 1279", BYTES("\1\1" SELF "\4\377") },
		{ "an MTU cut off", BYTES("\1\1" SELF "\5") },
		{ "a byte after the MTU", BYTES("\1\1" SELF "\5\0!") },
		{ "17 names", BYTES("\1\2\21\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a"
				    "\1a\1a") },
		{ "fewer names than said", BYTES("\1\2\2\1a") },
		{ "more names than said", BYTES("\1\2\1\1a\1b") },
		{ "a name of 16 letters", BYTES("\1\2\1\20abcdefghijklmnop") },
		{ "a name that is cut off", BYTES("\1\2\1\5eth") },
		{ "an empty name", BYTES("\1\2\1\0") },
		{ "a zero in a name", BYTES("\1\2\1\3a\0b") },
		{ "a quote in a name", BYTES("\1\2\1\3a\"b") },
		{ "a space in a name", BYTES("\1\2\1\3a b") },
		{ "a slash in a name", BYTES("\1\2\1\3a/b") },
		{ "a name that is a wildcard", BYTES("\1\2\1\4eth*") },
		{ "a name that begins with a dot", BYTES("\1\2\1\2..") },
		{ "a name that begins with a dash", BYTES("\1\2\1\2-a") },
		{ "loopback", BYTES("\1\2\1\2lo") },
		{ "neither on nor off", BYTES("\1\4\2") },
		{ "no word of on or off", BYTES("\1\3") },
		{ "a byte too many", BYTES("\1\5\1\1") },
	};
	struct order o;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!order_parse(&o, rows[i].packet), rows[i].why);
}

TEST(an_answer_is_read_as_it_was_written)
{
	static const struct answer rows[] = {
		{ .kind = ORDER_TUN, .name = "qanat0", .features = TUN_VNET | TUN_TSO },
		{ .kind = ORDER_TUN, .error = 13, .reason = "not here" },
		{ .kind = ORDER_GUARD },
		{ .kind = ORDER_DNS, .address = { 127, 0, 0, 71 } },
		{ .kind = ORDER_DNS, .error = 1 },
	};
	struct answer a;

	for (size_t i = 0; i < array_len(rows); i++) {
		uint8_t buffer[ORDER_SIZE_MAX], again[ORDER_SIZE_MAX];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct writer w2 = writer_of(again, sizeof(again));

		answer_write(&w, &rows[i]);
		EXPECT(answer_parse(&a, writer_bytes(&w)), "an answer is taken");
		answer_write(&w2, &a);
		EXPECT_BYTES(
			writer_bytes(&w2), writer_bytes(&w), "and is the same again");
		EXPECT_EQ(a.error, rows[i].error, "with its error");
		EXPECT_STRING(a.reason, rows[i].reason, "and its reason");
	}
}

TEST(what_no_answer_may_be_is_refused)
{
	static const struct {
		const char *why;
		struct bytes packet;
	} rows[] = {
		{ "empty", BYTES("") },
		{ "another version", BYTES("\2\2\0\0\0") },
		{ "kind 0", BYTES("\1\0\0\0\0") },
		{ "a reason that is cut off", BYTES("\1\2\0\1\5abc") },
		{ "a device without a name", BYTES("\1\1\0\0\0") },
		{ "a name of 16 letters", BYTES("\1\1\0\0\0\20abcdefghijklmnop\1") },
		{ "no features", BYTES("\1\1\0\0\0\1a") },
		{ "half an address", BYTES("\1\3\0\0\0\177\0") },
		{ "a body after an error", BYTES("\1\3\0\1\0\177\0\0\1") },
		{ "a byte too many", BYTES("\1\2\0\0\0!") },
	};
	struct answer a;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!answer_parse(&a, rows[i].packet), rows[i].why);
}
