/* SPDX-License-Identifier: ISC */
/* What the program answers to another node: the daemon's parts around one node of two. */
#include <stdio.h>
#include <string.h>

#include "node/daemon/client.h"
#include "tests/test.h"
#include "tests/unit/node/core/pair.h"

enum { HERE = PAIR_VICTIM, THERE = PAIR_ROGUE };

static struct medium m;
static struct daemon d;
static struct node_event ended;

static void on_event(struct medium *medium, unsigned at, const struct node_event *e)
{
	if (at == HERE)
		control_event(&d, medium->now, e);
	if (at == HERE && control_busy(&d))
		control_tick(&d, medium->now);
	if (at == THERE && e->kind == NODE_EVENT_CARE_ENDED)
		ended = *e;
}

static void begin(void)
{
	struct rng rng = test_rng();

	EXPECT(pair_init(&m, 2, rng_u64(&rng)), "neighbours find each other");
	memset(&d, 0, sizeof(d));
	d.node = m.nodes[HERE];
	d.self = m.keys[HERE];
	d.log = m.log;
	memcpy(d.settings.name, "here", 5);
	m.on_event = on_event;
	EXPECT(node_care_allow(d.node, m.now, &m.keys[THERE].id, true), "there may read");
}

static void end(void)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		EXPECT(d.clients[i] == NULL, "no client is left behind");
	medium_fini(&m);
}

/* Asks, and reads the records: the exit code, how many answers, and what failed. */
static int ask(struct bytes request, char failed[128], size_t *answers)
{
	struct address here = medium_address(&m, HERE);
	struct instant until = instant_add_ms(m.now, 30000);
	struct bytes got;
	uint64_t token;
	int code = -1;

	memset(&ended, 0, sizeof(ended));
	EXPECT_EQ(
		node_care_ask(m.nodes[THERE], m.now, &here, request, &token), 0, "asked");
	while (ended.token != token && instant_before(m.now, until)) {
		medium_run(&m, instant_add_ms(m.now, 20));
		control_tick(&d, m.now);
	}
	EXPECT(ended.token == token && ended.result == 0, "answered");
	got = node_care_reply(m.nodes[THERE], token);
	*answers = 0;
	while (got.len > 0) {
		struct reply r;
		size_t size;

		EXPECT_EQ(reply_parse(&r, got, &size), REPLY_WHOLE, "in whole records");
		got = bytes_of(got.data + size, got.len - size);
		*answers += r.kind == REPLY_ANSWER || r.kind == REPLY_TEXT;
		if (r.kind == REPLY_ERROR)
			snprintf(failed, 128, "%.*s", (int)r.what.len,
				(const char *)r.what.data);
		if (r.kind == REPLY_EXIT)
			code = r.code;
	}
	node_care_forget(m.nodes[THERE], token);
	return code;
}

static struct bytes request_for(enum command command, const char *at)
{
	static uint8_t bytes[NODE_CARE_REQUEST_MAX];
	struct writer w = writer_of(bytes, sizeof(bytes));
	static struct request r;
	const struct param *missing;

	request_init(&r, command);
	while (!request_is_complete(&r, &missing))
		EXPECT(request_set(&r, missing->field,
			       missing->field == FIELD_NODE ? BYTES("nb") : BYTES("/x")),
			"something for it");
	if (at != NULL)
		EXPECT(request_set(&r, FIELD_AT, bytes_of_string(at)), "another node");
	if (command == COMMAND_PING)
		EXPECT(request_set(&r, FIELD_COUNT, BYTES("1")), "one echo");
	request_write(&w, &r);
	EXPECT(!w.overflow, "it fits");
	return writer_bytes(&w);
}

TEST(over_the_mesh_every_command_that_reads_is_answered_and_no_other)
{
	begin();
	for (enum command c = 0; c < COMMANDS; c++) {
		bool reads = (command_rows[c].flags & COMMAND_READS) != 0;
		char failed[128] = "";
		size_t answers;
		int code;

		if (command_rows[c].flags & COMMAND_LOCAL)
			continue;
		code = ask(request_for(c, NULL), failed, &answers);
		if (!reads) {
			EXPECT_EQ(code, EXIT_FORBIDDEN, command_rows[c].name);
			EXPECT_STRING(
				failed, command_rows[c].name, "it is refused by name");
			EXPECT_EQ(answers, 0, "and not answered");
		} else if (c == COMMAND_MEMBERS) {
			EXPECT_EQ(code, EXIT_NOT_FOUND, "a folder that is not there");
		} else {
			EXPECT_EQ(code, EXIT_DONE, command_rows[c].name);
			EXPECT_EQ(answers, 1, command_rows[c].name);
		}
	}
	end();
}

TEST(what_is_asked_is_not_passed_on_and_nonsense_is_said_to_be)
{
	char failed[128] = "";
	size_t answers;

	begin();
	EXPECT_EQ(ask(request_for(COMMAND_STATUS, "nb"), failed, &answers),
		EXIT_FORBIDDEN, "nobody is asked for somebody else");
	EXPECT_EQ(ask(BYTES("GET /"), failed, &answers), EXIT_FAILED, "no request");
	EXPECT_EQ(ask(BYTES("QNC1\0\2\0\6status\0\3x=1"), failed, &answers), EXIT_USAGE,
		"a wrong one");
	end();
}
