/* SPDX-License-Identifier: ISC */
/* The examples of node/PROTOCOL.md for the warden's socket, and its table of kinds. */
#include "node/warden/order.h"
#include "node/warden/warden.h"
#include "tests/property/examples.h"

static bool accepts_tun(struct bytes b)
{
	static const uint8_t self[16] = { 0xfd, 0x71, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
		0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab };
	struct order o;

	return order_parse(&o, b) && o.kind == ORDER_TUN && o.mtu == 1280 &&
	       memcmp(o.self.b, self, sizeof(self)) == 0;
}

static bool accepts_guard(struct bytes b)
{
	struct order o;

	return order_parse(&o, b) && o.kind == ORDER_GUARD && o.count == 2 &&
	       strcmp(o.names[0], "wlan0") == 0 && strcmp(o.names[1], "mesh0") == 0;
}

static bool accepts_radio(struct bytes b)
{
	struct order o;

	return order_parse(&o, b) && o.kind == ORDER_RADIO && o.on &&
	       o.radio.mhz == 2437 && o.radio.mode == RADIO_IBSS &&
	       o.radio.flags == RADIO_HT && strcmp(o.radio.id, "hut") == 0 &&
	       strcmp(o.radio.interface, "wlan0") == 0;
}

static bool accepts_made(struct bytes b)
{
	struct answer a;

	/* whatever follows is a reason */
	return warden_answer_parse(&a, b) && a.kind == ORDER_TUN && a.error == 0;
}

static bool accepts_refused(struct bytes b)
{
	struct answer a;

	/* the reason goes to the end, wherever that is */
	return warden_answer_parse(&a, b) && a.kind == ORDER_GATEWAY && a.error == 16 &&
	       strncmp(a.reason, "another node is the gateway here", strlen(a.reason)) ==
		       0;
}

static const struct example_row rows[] = {
	{ "warden_tun", accepts_tun, 0, 0, { { 0, 0 } } },
	{ "warden_guard", accepts_guard, 0, 0, { { 0, 0 } } },
	{ "warden_radio", accepts_radio, 0, 0, { { 0, 0 } } },
	{ "warden_made", accepts_made, LONGER_TOO, 0, { { 0, 0 } } },
	{ "warden_refused", accepts_refused, 0, 4, { { 0, 0 } } },
};

static bool is_ours(const struct example *e)
{
	return strstr(e->chapter, "warden") != NULL;
}

TEST(every_example_has_its_parser_and_every_parser_its_example)
{
	examples_expect_names(rows, array_len(rows), is_ours);
}

TEST(every_example_is_accepted)
{
	examples_expect_accepted(rows, array_len(rows));
}

TEST(an_example_of_another_length_is_refused)
{
	examples_expect_length(rows, array_len(rows));
}

TEST(an_example_written_again_is_the_same)
{
	uint8_t buffer[ORDER_SIZE];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct order o;

	EXPECT(order_parse(&o, document_example("warden_guard")), "it is taken");
	warden_order_write(&w, &o);
	EXPECT_BYTES(writer_bytes(&w), document_example("warden_guard"), "and written");
}
