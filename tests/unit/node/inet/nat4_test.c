/* SPDX-License-Identifier: ISC */
#include "node/inet/nat4.h"

#include "tests/test.h"

static struct nat4 t;

static struct address member_of(unsigned number)
{
	return (struct address){ { 0xfd, 0x71, [14] = (uint8_t)(number >> 8),
		(uint8_t)number } };
}

static bool is_known(const struct address *guest, unsigned number)
{
	struct address expected = member_of(number), found;

	return nat4_member(&t, guest, &found) && id_equal(&found, &expected);
}

TEST(every_member_has_an_address_of_its_own_and_keeps_it)
{
	struct address a = member_of(1), b = member_of(2), gone, guest_a, guest_b, again;

	nat4_init(&t);
	guest_a = nat4_guest(&t, &a, &gone);
	EXPECT(id_is_zero(id_bytes(&gone)), "nobody had to go");
	EXPECT(nat4_is_guest(&guest_a), "an address of 100.71.0.0/16");
	EXPECT(bytes_equal(bytes_of(guest_a.b + 12, 4), BYTES("\144\107\1\0")),
		"the first is 100.71.1.0");
	guest_b = nat4_guest(&t, &b, &gone);
	EXPECT(!id_equal(&guest_a, &guest_b), "another for another");
	again = nat4_guest(&t, &a, &gone);
	EXPECT(id_equal(&guest_a, &again), "the same for the same");
	EXPECT(is_known(&guest_a, 1) && is_known(&guest_b, 2), "and back");
	nat4_fini(&t);
}

TEST(what_is_nobodys_address_is_not_found)
{
	static const struct {
		const char *why;
		uint8_t b[4];
	} rows[] = {
		{ "the next one", { 100, 71, 1, 1 } },
		{ "before the first", { 100, 71, 0, 255 } },
		{ "the last of all", { 100, 71, 255, 255 } },
		{ "beside the network", { 100, 72, 1, 0 } },
	};
	struct address a = member_of(1), gone, found;

	nat4_init(&t);
	(void)nat4_guest(&t, &a, &gone);
	for (size_t i = 0; i < array_len(rows); i++) {
		struct address guest = { { [10] = 0xff, 0xff } };

		memcpy(guest.b + 12, rows[i].b, 4);
		EXPECT(!nat4_member(&t, &guest, &found), rows[i].why);
	}
	EXPECT(!nat4_member(&t, &a, &found), "nor is an IPv6 one");
	nat4_fini(&t);
}

TEST(when_all_addresses_are_given_who_was_idle_longest_goes)
{
	struct address first = member_of(0), second = member_of(1), gone, guest_first,
		       guest_second, guest;

	nat4_init(&t);
	guest_first = nat4_guest(&t, &first, &gone);
	guest_second = nat4_guest(&t, &second, &gone);
	for (unsigned i = 2; i < NAT4_MEMBERS_MAX; i++) {
		struct address a = member_of(i);

		(void)nat4_guest(&t, &a, &gone);
		EXPECT(id_is_zero(id_bytes(&gone)), "there is room");
	}
	EXPECT(is_known(&guest_first, 0), "an answer is use as well");
	first = member_of(NAT4_MEMBERS_MAX);
	guest = nat4_guest(&t, &first, &gone);
	EXPECT(id_equal(&gone, &second), "who said nothing since has to go");
	EXPECT(id_equal(&guest, &guest_second), "and leaves its address");
	EXPECT(is_known(&guest, NAT4_MEMBERS_MAX), "to the newcomer");
	EXPECT_EQ(t.count, NAT4_MEMBERS_MAX, "no more than that");
	nat4_fini(&t);
}
