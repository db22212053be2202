/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "node/base/text.h"
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

static struct medium m;

static const struct node_id *id_of(unsigned i)
{
	return &m.keys[i].id;
}

/* The text of an id: its first `digits` hex digits; up to four texts at a time. */
static const char *hex_of(unsigned i, size_t digits)
{
	static char buffers[4][80];
	static unsigned next;
	char *buffer = buffers[next++ % 4];
	struct text t = text_of(buffer, sizeof(buffers[0]));

	text_hex(&t, id_bytes(id_of(i)));
	buffer[digits] = '\0';
	return buffer;
}

/* A line of nodes that announce these names, each reaching every other one. NULL: the first
 * eight digits of node 1's id. */
static void begin(const char *const *names, unsigned count)
{
	struct rng rng = test_rng();

	medium_init(&m, count, rng_u64(&rng));
	for (unsigned i = 0; i < count; i++) {
		struct node_config c = m.nodes[i]->config;
		struct text name = text_of(c.name, sizeof(c.name));

		text_string(&name, names[i] != NULL ? names[i] : hex_of(1, 8));
		node_free(m.nodes[i]);
		m.nodes[i] = node_new(&c, m.now);
		node_interface_add(m.nodes[i], m.now, 1, MEDIUM_MTU);
		if (i > 0)
			medium_join(&m, i - 1, i, true);
	}
	for (unsigned i = 1; i < count; i++)
		EXPECT(medium_until_reached(&m, 0, i, 20000), "they find each other");
}

#define BEGIN(...)                                                                       \
	begin((const char *const[]){ __VA_ARGS__ },                                      \
		array_len(((const char *const[]){ __VA_ARGS__ })))

static bool finds(const char *text, unsigned i)
{
	struct node_id id;

	return node_find_id(m.nodes[0], text, &id) == 0 && id_equal(&id, id_of(i));
}

static int fails(const char *text)
{
	struct address a;

	return node_find(m.nodes[0], text, &a);
}

static struct node_name shown(unsigned i, const char *announced)
{
	struct node_names *s = node_names_new(m.nodes[0]);
	struct address a = medium_address(&m, i);
	struct node_name out = node_name_of(s, &a, announced);

	node_names_free(s);
	return out;
}

TEST(a_name_that_can_be_pinned_is_a_label_of_dns)
{
	static const struct {
		const char *why, *text, *name; /* NULL: refused */
	} rows[] = {
		{ "one letter", "a", "a" },
		{ "capitals are lowered", "Ada-2", "ada-2" },
		{ "digits alone", "42", "42" },
		{ "as long as it may be", "abcdefghijklmnopqrstuvwxyz01234",
			"abcdefghijklmnopqrstuvwxyz01234" },
		{ "empty", "", NULL },
		{ "a byte too long", "abcdefghijklmnopqrstuvwxyz012345", NULL },
		{ "a hyphen first", "-ada", NULL },
		{ "a hyphen last", "ada-", NULL },
		{ "a hyphen alone", "-", NULL },
		{ "a dot", "ada.b", NULL },
		{ "a space", "ada b", NULL },
		{ "an underline", "ada_b", NULL },
		{ "a letter beyond ASCII", "ad\xc3\xa4", NULL },
		{ "a control character", "ada\n", NULL },
		{ "the sign of a clash", "ada?", NULL },
	};
	char name[ROUTING_NAME_MAX + 1];

	for (size_t i = 0; i < array_len(rows); i++) {
		EXPECT_EQ(node_name_parse(name, rows[i].text), rows[i].name != NULL,
			rows[i].why);
		if (rows[i].name != NULL)
			EXPECT_STRING(name, rows[i].name, rows[i].why);
	}
}

TEST(a_pin_binds_one_name_to_one_key)
{
	struct node_pin pin;

	BEGIN("ada", "bob", "carol");
	EXPECT_EQ(node_pin(m.nodes[0], id_of(1), "Bob"), 0, "pinned");
	EXPECT_EQ(node_pin(m.nodes[0], id_of(1), "bob"), 0, "and once more");
	EXPECT_EQ(node_pin(m.nodes[0], id_of(2), "bob"), -EEXIST, "to no other key");
	EXPECT_EQ(node_pin(m.nodes[0], id_of(2), "b.ob"), -EINVAL, "no such name");
	EXPECT_EQ(node_pin(m.nodes[0], id_of(2), "ann"), 0, "another name is free");
	EXPECT(node_pin_at(m.nodes[0], 0, &pin) && strcmp(pin.name, "ann") == 0,
		"in order of names");
	EXPECT(node_pin_at(m.nodes[0], 1, &pin) && strcmp(pin.name, "bob") == 0 &&
			id_equal(&pin.id, id_of(1)),
		"with its key");
	EXPECT(!node_pin_at(m.nodes[0], 2, &pin), "and no more");
	EXPECT_EQ(node_pin(m.nodes[0], id_of(1), "robert"), 0, "a key is renamed");
	EXPECT(node_pin_named(m.nodes[0], "bob") == NULL, "its old name is free");
	EXPECT_EQ(node_pin(m.nodes[0], id_of(2), "bob"), 0, "for another key");
	EXPECT(node_unpin(m.nodes[0], &pin.address), "a pin is taken away");
	EXPECT(!node_unpin(m.nodes[0], &pin.address), "once");
	EXPECT(node_pin_named(m.nodes[0], "robert") == NULL, "and is gone");
	medium_fini(&m);
}

TEST(pins_have_a_limit)
{
	struct node_id id = { { 0 } };
	char name[16];
	struct node_pin pin;

	BEGIN("ada");
	for (unsigned i = 0; i <= NODE_PINS_MAX; i++) {
		struct text t = text_of(name, sizeof(name));

		id.b[0] = (uint8_t)i;
		id.b[1] = (uint8_t)(i >> 8);
		text_char(&t, 'n');
		text_u64(&t, i);
		EXPECT_EQ(node_pin(m.nodes[0], &id, name),
			i < NODE_PINS_MAX ? 0 : -ENOSPC, "1024 fit");
	}
	EXPECT(node_pin_at(m.nodes[0], NODE_PINS_MAX - 1, &pin), "all are there");
	EXPECT_EQ(node_pin(m.nodes[0], &pin.id, "renamed"), 0,
		"a key that has a pin is renamed all the same");
	medium_fini(&m);
}

TEST(a_node_is_found_by_pin_id_address_name_and_prefix)
{
	char address[48];
	struct text t = text_of(address, sizeof(address));
	struct address a;

	BEGIN("ada", "Bob", "the third one");
	a = medium_address(&m, 1);
	text_ipv6(&t, a.b);
	EXPECT(finds("ada", 0), "itself");
	EXPECT(finds("bob", 1) && finds("BOB", 1), "in both cases");
	EXPECT(finds("the third one", 2), "a name that is no label");
	EXPECT(finds(address, 1), "an address");
	EXPECT(finds(hex_of(2, 64), 2), "a whole id");
	EXPECT(finds(hex_of(2, 12), 2), "the beginning of one");
	EXPECT_EQ(fails(hex_of(2, 3)), -ENOENT, "three digits are too few");
	EXPECT_EQ(fails(""), -ENOENT, "nothing is nobody");
	EXPECT_EQ(fails("bo"), -ENOENT, "half a name is nobody");
	EXPECT_EQ(fails("zelda"), -ENOENT, "a stranger is nobody");
	EXPECT_EQ(node_pin(m.nodes[0], id_of(2), "bob"), 0, "a pin");
	EXPECT(finds("bob", 2) && finds("Bob", 2), "wins over what is announced");
	EXPECT(finds(hex_of(2, 12), 2), "a pin makes nobody two");
	EXPECT(shown(1, "Bob").clash, "and who announces it is marked");
	EXPECT(finds(hex_of(1, 64), 1), "who announces it is found by its id");
	EXPECT(finds("the third one", 2), "an announced name stays beside a pin");
	medium_fini(&m);
}

TEST(a_pinned_node_is_found_while_it_is_away)
{
	struct node_id away = { { 0xab, 0xcd, 0xef, 1 } };
	struct address expected = address_of(&away), a;
	struct node_id id;

	BEGIN("ada");
	EXPECT_EQ(node_pin(m.nodes[0], &away, "keeper"), 0, "pinned");
	EXPECT_EQ(node_find(m.nodes[0], "keeper", &a), 0, "found");
	EXPECT(id_equal(&a, &expected), "by its name");
	EXPECT_EQ(node_find_id(m.nodes[0], "abcdef01", &id), 0, "found");
	EXPECT(id_equal(&id, &away), "by its id");
	medium_fini(&m);
}

TEST(a_name_that_two_announce_means_nobody)
{
	struct node_clash clash;
	struct node_names *s;
	size_t at = 0;

	BEGIN("ada", "twin", "Twin");
	EXPECT_EQ(fails("twin"), -ENOTUNIQ, "not found");
	EXPECT(shown(1, "twin").clash && shown(2, "Twin").clash, "both are marked");
	EXPECT(!shown(0, "ada").clash, "the others are not");
	s = node_names_new(m.nodes[0]);
	EXPECT(node_clash_next(s, &at, &clash), "it is told");
	EXPECT_STRING(clash.name, "twin", "by name");
	EXPECT(clash.count == 2 && clash.pin == NULL, "who announces it");
	EXPECT(!node_clash_next(s, &at, &clash), "and told once");
	node_names_free(s);
	EXPECT_EQ(node_pin(m.nodes[0], id_of(1), "twin"), 0, "pinned to one");
	EXPECT(finds("twin", 1), "it is that one");
	EXPECT(shown(1, "twin").pinned && !shown(1, "twin").clash, "which is trusted");
	EXPECT(shown(2, "Twin").clash, "and the other one still marked");
	at = 0;
	s = node_names_new(m.nodes[0]);
	EXPECT(node_clash_next(s, &at, &clash), "it is told");
	EXPECT(clash.pin != NULL && id_equal(&clash.pin->id, id_of(1)), "whose it is");
	EXPECT(id_equal(&clash.id, id_of(2)), "and who calls itself so");
	node_names_free(s);
	EXPECT_EQ(node_pin(m.nodes[0], id_of(2), "other"), 0, "named as well");
	at = 0;
	s = node_names_new(m.nodes[0]);
	EXPECT(!node_clash_next(s, &at, &clash), "nothing is left to tell");
	node_names_free(s);
	EXPECT_STRING(shown(2, "Twin").text, "other", "the pinned name is shown");
	medium_fini(&m);
}

TEST(an_announced_name_of_our_own_clashes_and_the_other_is_named)
{
	struct node_clash clash;
	struct node_names *s;
	size_t at = 0;

	BEGIN("ada", "ada");
	EXPECT_EQ(fails("ada"), -ENOTUNIQ, "not found");
	s = node_names_new(m.nodes[0]);
	EXPECT(node_clash_next(s, &at, &clash), "it is told");
	EXPECT(id_equal(&clash.id, id_of(1)), "of the other one");
	node_names_free(s);
	medium_fini(&m);
}

TEST(an_announced_name_that_is_the_beginning_of_an_id_means_nobody)
{
	BEGIN("ada", "bob", NULL);
	EXPECT_EQ(fails(hex_of(1, 8)), -ENOTUNIQ, "nobody can be taken for it");
	EXPECT(finds(hex_of(1, 10), 1), "more of the id says who is meant");
	EXPECT(finds(hex_of(1, 64), 1), "all of it as well");
	medium_fini(&m);
}
