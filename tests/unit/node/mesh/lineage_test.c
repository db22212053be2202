/* SPDX-License-Identifier: ISC */
/* Who may sign what, row by row. */
#include "node/mesh/lineage.h"

#include "tests/unit/node/mesh/party.h"

enum {
	PLAIN = MESH_MEMBER,
	DELEGATE = MESH_MEMBER | MESH_DELEGATE,
	INVITE = MESH_MEMBER | MESH_INVITE,
	INVITE_DELEGATE = MESH_MEMBER | MESH_INVITE | MESH_DELEGATE,
	DAY = 86400,
};

struct one {
	uint8_t rights;
	uint32_t from, until;
};

static struct lineage lineage_of(const struct one *ones, unsigned count)
{
	struct lineage l = { .count = count };

	for (unsigned i = 0; i < count; i++)
		l.at[i] = (struct mesh_certificate){ .rights = ones[i].rights,
			.from_s = ones[i].from,
			.until_s = ones[i].until };
	return l;
}

TEST(lineage_only_narrows)
{
	static const struct {
		const char *why;
		enum mesh_fault fault;
		unsigned count;
		struct one ones[3];
	} rows[] = {
		{ "a member by a founder", MESH_FINE, 1, { { PLAIN, 1, 9 } } },
		{ "a member for 30 days", MESH_FINE, 1, { { PLAIN, 1, 1 + 30 * DAY } } },
		{ "a member for longer", MESH_WIDER, 1, { { PLAIN, 1, 2 + 30 * DAY } } },
		{ "an invite for longer", MESH_FINE, 1, { { INVITE, 1, 90 * DAY } } },
		{ "a member by a member", MESH_WIDER, 2,
			{ { PLAIN, 1, 9 }, { PLAIN, 1, 9 } } },
		{ "a member by a delegate", MESH_FINE, 2,
			{ { PLAIN, 1, 9 }, { DELEGATE, 1, 9 } } },
		{ "a delegate by a delegate", MESH_WIDER, 2,
			{ { DELEGATE, 1, 9 }, { DELEGATE, 1, 9 } } },
		{ "from before the delegate", MESH_WIDER, 2,
			{ { PLAIN, 1, 9 }, { DELEGATE, 2, 9 } } },
		{ "until after the delegate", MESH_WIDER, 2,
			{ { PLAIN, 1, 10 }, { DELEGATE, 1, 9 } } },
		{ "by an invite, longer than that", MESH_FINE, 2,
			{ { PLAIN, 5, 99 }, { INVITE, 1, 9 } } },
		{ "by an invite that was over", MESH_WIDER, 2,
			{ { PLAIN, 10, 99 }, { INVITE, 1, 9 } } },
		{ "by an invite before it began", MESH_WIDER, 2,
			{ { PLAIN, 1, 99 }, { INVITE, 2, 9 } } },
		{ "a delegate by an invite for such", MESH_FINE, 2,
			{ { DELEGATE, 5, 99 }, { INVITE_DELEGATE, 1, 9 } } },
		{ "a delegate by an invite for members", MESH_WIDER, 2,
			{ { DELEGATE, 5, 99 }, { INVITE, 1, 9 } } },
		{ "an invite by an invite", MESH_WIDER, 2,
			{ { INVITE, 5, 9 }, { INVITE, 1, 9 } } },
		{ "by the invite of a delegate", MESH_FINE, 3,
			{ { PLAIN, 5, 20 }, { INVITE, 1, 9 }, { DELEGATE, 1, 20 } } },
		{ "by it, longer than the delegate", MESH_WIDER, 3,
			{ { PLAIN, 5, 21 }, { INVITE, 1, 9 }, { DELEGATE, 1, 20 } } },
		{ "an invite longer than the delegate", MESH_WIDER, 3,
			{ { PLAIN, 5, 9 }, { INVITE, 1, 21 }, { DELEGATE, 1, 20 } } },
		{ "a delegate's invite for delegates", MESH_WIDER, 3,
			{ { PLAIN, 5, 9 }, { INVITE_DELEGATE, 1, 9 },
				{ DELEGATE, 1, 20 } } },
		{ "by a delegate who came by an invite", MESH_FINE, 3,
			{ { PLAIN, 5, 9 }, { DELEGATE, 5, 9 },
				{ INVITE_DELEGATE, 1, 9 } } },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct lineage l = lineage_of(rows[i].ones, rows[i].count);

		EXPECT_EQ(lineage_narrows(&l), rows[i].fault, rows[i].why);
	}
}

TEST(lineage_is_read_as_written_and_refuses_depth)
{
	static const struct one ones[] = { { PLAIN, 5, 20 }, { INVITE, 1, 9 },
		{ DELEGATE, 1, 20 } };
	uint8_t body[LINEAGE_SIZE_MAX + CERTIFICATE_SIZE];
	struct node_id self = { { 7 } };
	struct lineage back;
	struct reader r;

	for (unsigned n = 1; n <= 3; n++) {
		struct lineage l = lineage_of(ones, n);
		struct writer w = writer_of(body, sizeof(body));

		l.root = 0x01020304;
		l.at[0].subject = self;
		lineage_write(&w, &l);
		r = reader_of(writer_bytes(&w));
		EXPECT(lineage_read(&back, &r, &self) == MESH_FINE && read_ended(&r),
			"it is read");
		EXPECT(back.count == n && back.root == l.root &&
				memcmp(back.at, l.at, n * sizeof(l.at[0])) == 0,
			"as it was");
		for (size_t len = 0; len < w.len; len++) {
			r = reader_of(bytes_of(body, len));
			EXPECT(lineage_read(&back, &r, &self) == MESH_BAD, "cut short");
		}
	}
	body[4] = 4;
	r = reader_of(bytes_of(body, sizeof(body)));
	EXPECT_EQ(lineage_read(&back, &r, &self), MESH_DEPTH, "four are too deep");
	body[4] = 0;
	r = reader_of(bytes_of(body, sizeof(body)));
	EXPECT_EQ(lineage_read(&back, &r, &self), MESH_STRANGER, "none is nobody");
}

TEST(lineage_lasts_as_long_as_all_of_it_but_an_invite)
{
	static const struct one ones[] = { { PLAIN, 5, 20 }, { INVITE, 1, 9 },
		{ DELEGATE, 2, 15 } };
	struct lineage l = lineage_of(ones, 3);
	uint32_t from, until;

	lineage_dates(&l, &from, &until);
	EXPECT(from == 5 && until == 15, "the delegate's end, not the invite's");
	EXPECT(lineage_invite(&l) == &l.at[1], "it came by an invite");
	l.at[2].subject.b[0] = 1;
	EXPECT(lineage_has_above(&l, &l.at[2].subject), "the delegate is above");
	l.at[0].subject.b[0] = 2;
	EXPECT(!lineage_has_above(&l, &l.at[0].subject), "it is not above itself");
}
