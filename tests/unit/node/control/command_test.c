/* SPDX-License-Identifier: ISC */
/* The table of commands is whole, and typing errors find their way. */
#include "node/control/command.h"

#include "tests/test.h"

TEST(every_command_has_a_name_a_help_and_whole_params)
{
	for (enum command c = 0; c < COMMANDS; c++) {
		const struct command_row *row = &command_rows[c];
		enum command found;

		EXPECT(row->name != NULL && row->help != NULL, "a row for each command");
		EXPECT(command_find(bytes_of_string(row->name), &found),
			"found by its name");
		EXPECT_EQ(found, c, "as itself");
		for (size_t i = 0; i < row->param_count; i++) {
			const struct param *p = &row->params[i];
			bool is_hidden = p->option != NULL && p->option[0] == '\0';

			EXPECT(command_param(c, p->field) == p, "a field stands once");
			EXPECT(is_hidden || p->help != NULL,
				"what people may give has a help");
			EXPECT((p->kind == PARAM_CHOICE) == (p->choices != NULL),
				"a choice has its words");
			EXPECT(p->kind == PARAM_FLAG || p->value != NULL,
				"a value has a name");
			EXPECT(!p->required || p->option == NULL,
				"what must be stands by place");
			EXPECT(p->kind == PARAM_FLAG || p->kind == PARAM_CHOICE ||
					p->min <= p->max,
				"bounds are bounds");
		}
	}
}

TEST(every_field_has_its_own_name)
{
	for (enum param_field a = 0; a < FIELDS; a++)
		for (enum param_field b = 0; b < a; b++)
			EXPECT(!bytes_equal(bytes_of_string(command_field_name(a)),
				       bytes_of_string(command_field_name(b))),
				"no two fields share a name");
}

TEST(unknown_words_are_no_commands)
{
	enum command c;

	EXPECT(!command_find(BYTES(""), &c), "nothing is none");
	EXPECT(!command_find(BYTES("stat"), &c), "a beginning is none");
	EXPECT(!command_find(BYTES("status "), &c), "a space too many is none");
	EXPECT(!command_find(BYTES("STATUS"), &c), "capitals are none");
}

TEST(distances_count_edits)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
		{ "", "", 0 },
		{ "ping", "ping", 0 },
		{ "", "ping", 4 },
		{ "png", "ping", 1 },
		{ "pinng", "ping", 1 },
		{ "pong", "ping", 1 },
		{ "pnig", "ping", 1 },
		{ "staut", "status", 2 },
		{ "01234567890123456789012345678901", "x", 100 },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct bytes a = bytes_of_string(rows[i].a),
			     b = bytes_of_string(rows[i].b);

		EXPECT_EQ(command_distance(a, b), rows[i].distance, rows[i].a);
		EXPECT_EQ(command_distance(b, a), rows[i].distance, "the same both ways");
	}
}

TEST(the_nearest_command_is_found_and_far_ones_are_not)
{
	EXPECT_STRING(command_nearest(BYTES("pnig")), "ping", "swapped letters");
	EXPECT_STRING(
		command_nearest(BYTES("neighbors")), "neighbours", "the other spelling");
	EXPECT_STRING(command_nearest(BYTES("folder")), "folders", "a letter less");
	EXPECT(command_nearest(BYTES("xyzzy")) == NULL, "nothing is near");
	EXPECT(command_nearest(BYTES("")) == NULL, "nothing typed is near nothing");
}
