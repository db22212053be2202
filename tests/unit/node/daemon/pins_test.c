/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/crypto/hash.h"
#include "node/daemon/pins.h"
#include "tests/test.h"

static char dir[64], text[1 << 17];
static struct state st;
static struct keypair keys;
static struct log quiet = { .level = LOG_ERROR_ };
static struct rng_seeded luck;

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *f)
{
	(void)s;
	(void)kind;
	(void)f;
	return remove(path);
}

static struct node *fresh(void)
{
	struct node_config c = { .self = &keys, .log = &quiet };

	c.rng = rng_seeded_init(&luck, 1);
	return node_new(&c, instant_ms(1000));
}

/* A state directory with the pins ada and bob. */
static void begin(void)
{
	struct node_id a = { { 0xaa, 1 } }, b = { { 0xbb, 2 } };
	const char *what;
	struct node *n;
	struct rng rng;

	snprintf(dir, sizeof(dir), "/tmp/qanat-pins-XXXXXX");
	EXPECT(crypto_start() == 0 && mkdtemp(dir) != NULL, "a place");
	EXPECT_EQ(state_open(&st, dir, &what), 0, "it is opened");
	rng = rng_seeded_init(&luck, 1);
	keypair_new(&keys, &rng);
	n = fresh();
	EXPECT_EQ(pins_load(&st, n), 0, "no file is no pins");
	EXPECT(node_pin(n, &b, "bob") == 0 && node_pin(n, &a, "ada") == 0, "two pins");
	EXPECT_EQ(pins_save(&st, n), 0, "are kept");
	EXPECT_EQ(state_file_get(&st, "names", text, sizeof(text)), 0, "in the file");
	node_free(n);
}

static void end(void)
{
	state_close(&st);
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static size_t count_of(const struct node *n)
{
	struct node_pin pin;
	size_t i = 0;

	while (node_pin_at(n, i, &pin))
		i++;
	return i;
}

/* What loading says of this file, and how many pins it gave. */
static int load(const char *file, size_t len, size_t *pins)
{
	int fd = openat(st.dir, "names", O_WRONLY | O_CREAT | O_TRUNC, 0600), err;
	struct node *n = fresh();

	EXPECT(fd >= 0 && write(fd, file, len) == (ssize_t)len, "it is written");
	close(fd);
	err = pins_load(&st, n);
	*pins = count_of(n);
	node_free(n);
	return err;
}

TEST(pins_outlive_the_node)
{
	struct node *n;

	begin();
	n = fresh();
	EXPECT_EQ(pins_load(&st, n), 0, "they are read");
	EXPECT_EQ(count_of(n), 2, "both");
	EXPECT(node_pin_named(n, "ada")->id.b[0] == 0xaa &&
			node_pin_named(n, "bob")->id.b[0] == 0xbb,
		"with their keys");
	node_free(n);
	end();
}

TEST(a_full_table_outlives_the_node)
{
	struct node_id id = { { 0 } };
	char name[ROUTING_NAME_MAX + 1];
	struct node *n;

	begin();
	n = fresh();
	for (unsigned i = 0; i < NODE_PINS_MAX; i++) {
		id.b[0] = (uint8_t)i;
		id.b[1] = (uint8_t)(i >> 8);
		snprintf(name, sizeof(name), "abcdefghijklmnopqrstuvwxyz-%04u", i);
		EXPECT_EQ(node_pin(n, &id, name), 0, "the longest names");
	}
	EXPECT_EQ(pins_save(&st, n), 0, "are kept");
	node_free(n);
	n = fresh();
	EXPECT_EQ(pins_load(&st, n), 0, "and read");
	EXPECT_EQ(count_of(n), NODE_PINS_MAX, "all of them");
	node_free(n);
	end();
}

/* Lines 1 and 2 are the pins. */
static size_t is_pin(size_t line)
{
	return line == 1 || line == 2;
}

TEST(every_byte_that_changes_is_noticed_and_spoils_its_own_pin_only)
{
	size_t len, pins, line = 0;

	begin();
	len = strlen(text);
	EXPECT_EQ(load(text, len, &pins), 0, "as it was written it is good");
	for (size_t i = 0; i < len; i++) {
		bool ends_line = text[i] == '\n';

		text[i] ^= 1;
		EXPECT_EQ(load(text, len, &pins), -EBADMSG, "a byte that changed");
		EXPECT_EQ(pins, 2 - is_pin(line) - (ends_line ? is_pin(line + 1) : 0),
			"the other pins hold");
		text[i] ^= 1;
		line += ends_line;
	}
	for (size_t i = 0; i < len; i++)
		EXPECT_EQ(load(text, i, &pins), -EBADMSG, "a file that was cut");
	text[len] = 'x';
	EXPECT_EQ(load(text, len + 1, &pins), -EBADMSG, "a byte too many");
	EXPECT_EQ(pins, 2, "all pins are read");
	EXPECT_EQ(load("\0\0\0", 3, &pins), -EBADMSG, "zeros");
	end();
}

TEST(a_line_that_is_missing_is_noticed)
{
	size_t len, pins;
	char *second;

	begin();
	second = strchr(strchr(text, '\n') + 1, '\n') + 1;
	len = strlen(second);
	memmove(strchr(text, '\n') + 1, second, len + 1);
	EXPECT_EQ(load(text, strlen(text), &pins), -EBADMSG, "the end counts them");
	EXPECT_EQ(pins, 1, "what is there holds");
	EXPECT_EQ(load("qanat names 1\nend 0\n", 20, &pins), 0, "no pins are fine");
	EXPECT_EQ(load("qanat names 1\njunk\nend 0\n", 25, &pins), -EBADMSG,
		"a line that is no pin");
	EXPECT_EQ(load("end 0\nqanat names 1\n", 20, &pins), -EBADMSG, "in order");
	EXPECT_EQ(load("qanat names 2\nend 0\n", 20, &pins), -EBADMSG, "of this version");
	end();
}
