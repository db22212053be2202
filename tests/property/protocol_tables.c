/* SPDX-License-Identifier: ISC */
/* The tables of node/PROTOCOL.md are those of the code. */
#include <stdlib.h>

#include "node/control/command.h"
#include "node/wire/drops.h"
#include "node/wire/message.h"
#include "tests/property/document.h"

static uint8_t trust_of(const char *words)
{
	static const struct {
		const char *word;
		uint8_t trust;
	} rows[] = { { "mesh", TRUST_MESH }, { "link", TRUST_LINK },
		{ "data", TRUST_DATA }, { "session", TRUST_SESSION } };
	uint8_t trust = 0;

	while (*words != '\0') {
		size_t len = strcspn(words, ","), i = 0;

		while (i < array_len(rows) &&
			(strlen(rows[i].word) != len ||
				memcmp(words, rows[i].word, len) != 0))
			i++;
		EXPECT(i < array_len(rows), "mesh, link, data or session");
		trust |= rows[i].trust;
		words += len;
		words += strspn(words, ", ");
	}
	return trust;
}

static long number_of(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	EXPECT(end > text && *end == '\0', "a number");
	return n;
}

TEST(the_table_of_messages_is_that_of_the_code)
{
	struct table t = table_find("| kind | name | min | max | arrives |");

	for (int kind = 0; kind < MESSAGE_KINDS; kind++) {
		const struct message_rule *rule = &message_rules[kind];

		EXPECT(table_next_row(&t) && t.cells == 5, "a row for every kind");
		EXPECT_EQ(number_of(t.cell[0]), kind, "in order");
		EXPECT_STRING(t.cell[1], rule->name, "its name");
		EXPECT_EQ(number_of(t.cell[2]), rule->min, "its least size");
		EXPECT_EQ(number_of(t.cell[3]), rule->max, "its largest size");
		EXPECT_EQ(trust_of(t.cell[4]), rule->trust, "where it may arrive");
	}
	EXPECT(!table_next_row(&t), "and no more");
}

TEST(the_table_of_drop_reasons_is_that_of_the_code)
{
	struct table t = table_find("| reason | why |");

	for (int reason = 0; reason < DROP_REASONS; reason++) {
		EXPECT(table_next_row(&t) && t.cells == 2, "a row for every reason");
		EXPECT_STRING(t.cell[0], drop_name((enum drop_reason)reason), "its name");
		EXPECT(t.cell[1][0] != '\0', "and why");
	}
	EXPECT(!table_next_row(&t), "and no more");
}

static void expect_fields(const char *said, const struct command_row *row)
{
	char fields[256] = "";

	for (size_t i = 0; i < row->param_count; i++) {
		enum param_field field = row->params[i].field;
		size_t len = strlen(fields);

		if (!command_field_is_local(field))
			snprintf(fields + len, sizeof(fields) - len, "%s%s",
				len > 0 ? ", " : "", command_field_name(field));
	}
	EXPECT_STRING(said, fields, "the fields that the command takes");
}

TEST(the_table_of_commands_is_that_of_the_code)
{
	struct table t = table_find("| command | fields |");

	for (int command = 0; command < COMMANDS; command++) {
		const struct command_row *row = &command_rows[command];

		if (row->flags & COMMAND_LOCAL)
			continue;
		EXPECT(table_next_row(&t) && t.cells == 2, "a row for every command");
		EXPECT_STRING(t.cell[0], row->name, "its name");
		expect_fields(t.cell[1], row);
	}
	EXPECT(!table_next_row(&t), "and no more");
}
