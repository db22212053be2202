/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/daemon/daemon.h"
#include "tests/test.h"

static char dir[64];
static struct daemon d;
static struct keypair keys;
static struct rng_seeded luck;
static unsigned errors;

#define ID "aa010000000000000000000000000000000000000000000000000000000000ff"

static void count_error(void *context, enum log_level level, const char *line)
{
	(void)context;
	(void)line;
	errors += level == LOG_ERROR_;
}

static void begin(void)
{
	struct node_config c = { .self = &keys, .log = &d.log };
	const char *what;

	memset(&d, 0, sizeof(d));
	errors = 0;
	d.log = (struct log){ .sink = count_error, .level = LOG_ERROR_ };
	snprintf(dir, sizeof(dir), "/tmp/qanat-rules-XXXXXX");
	EXPECT(crypto_start() == 0 && mkdtemp(dir) != NULL, "a place");
	EXPECT_EQ(state_open(&d.state, dir, &what), 0, "it is opened");
	c.rng = rng_seeded_init(&luck, 1);
	keypair_new(&keys, &c.rng);
	d.node = node_new(&c, instant_ms(1000));
	node_ip_enable(d.node, instant_ms(1000));
}

static void end(void)
{
	char path[96];

	node_free(d.node);
	state_close(&d.state);
	snprintf(path, sizeof(path), "%s/allow", dir);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/lock", dir);
	(void)unlink(path);
	EXPECT_EQ(rmdir(dir), 0, "nothing is left");
}

TEST(rules_come_from_the_file_to_the_door)
{
	begin();
	rules_load(&d);
	EXPECT(d.rules.count == 0 && !d.rules.damaged && errors == 0,
		"no file: no rules");
	EXPECT_EQ(state_file_put(&d.state, "allow",
			  "fd71::1 " ID " 22/tcp\nfd71::1 " ID " udp\nfd71::2 - all\n"),
		0, "three rules");
	rules_load(&d);
	EXPECT(d.rules.count == 3 && !d.rules.damaged && errors == 0, "all are taken");
	EXPECT_EQ(door_rule_count(node_door(d.node)), 3, "the door has them");
	EXPECT(d.rules.rows[0].id.b[0] == 0xaa && d.rules.rows[0].service.port == 22,
		"as they stand there");
	EXPECT(id_is_zero(id_bytes(&d.rules.rows[2].id)), "an id that is not known");
	end();
}

TEST(a_damaged_file_allows_nothing_and_says_so)
{
	static const struct {
		const char *why, *text;
	} rows[] = {
		{ "not a line", "x\n" },
		{ "no service", "fd71::1 - \n" },
		{ "a word too many", "fd71::1 - 22/tcp all\n" },
		{ "an address of another network", "fd72::1 - 22/tcp\n" },
		{ "no address", "fd71:x - 22/tcp\n" },
		{ "half an id", "fd71::1 aa01 22/tcp\n" },
		{ "an empty line", "fd71::1 - all\n\nfd71::2 - all\n" },
		{ "a rule twice", "fd71::1 - all\nfd71::1 - all\n" },
		{ "the second line", "fd71::1 - all\nfd71::1 - 99999/tcp\n" },
		{ "two spaces", "fd71::1  - all\n" },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		begin();
		EXPECT_EQ(state_file_put(&d.state, "allow", rows[i].text), 0, "written");
		rules_load(&d);
		EXPECT(d.rules.damaged && d.rules.count == 0, rows[i].why);
		EXPECT_EQ(door_rule_count(node_door(d.node)), 0, "nobody is allowed");
		EXPECT_EQ(errors, 1, "it is said");
		end();
	}
}
