/* SPDX-License-Identifier: ISC */
/* The status screen as text, without a terminal. */
#include "tools/top/layout.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "node/base/mem.h"
#include "tests/test.h"
#include "tools/cli/print.h"

enum { ROWS = 24, COLUMNS = 80 };

static struct sheet sheet;

/* A model with so many neighbours n000, n001 ... and two folders. */
static struct model model_with(size_t neighbours)
{
	struct model m;

	setlocale(LC_ALL, "C.UTF-8");
	print_init();
	model_init(&m);
	m.is_running = true;
	m.nodes = 7;
	snprintf(m.name, sizeof(m.name), "alpha");
	snprintf(m.address, sizeof(m.address), "fd71::1");
	m.neighbours = mem_array(neighbours, sizeof(*m.neighbours));
	m.neighbour_count = neighbours;
	for (size_t i = 0; i < neighbours; i++) {
		struct model_neighbour *n = &m.neighbours[i];

		snprintf(n->name, sizeof(n->name), "n%03zu", i);
		snprintf(n->interface, sizeof(n->interface), "wlan0");
		n->symmetric = true;
		n->loss_in = 0.01 * (double)i;
		n->loss_out = n->rate_bps = n->rtt_s = n->metric = n->heard_s = -1;
	}
	m.folders = mem_array(2, sizeof(*m.folders));
	m.folder_count = 2;
	m.folders[0] = (struct model_folder){ .name = "half",
		.state = "syncing",
		.fraction = 0.5,
		.rate_bps = 1000,
		.eta_s = 3 };
	m.folders[1] = (struct model_folder){ .name = "写真写真写真写真写真写真",
		.state = "waiting",
		.fraction = -1,
		.rate_bps = -1,
		.eta_s = -1,
		.conflicts = 2,
		.errors = 1 };
	return m;
}

static struct view view_of(enum view_tab tab)
{
	return (struct view){ .rows = ROWS, .columns = COLUMNS, .tab = tab };
}

static const char *line(unsigned row)
{
	return sheet.lines[row].count > 0 ? sheet.lines[row].spans[0].text : "";
}

static bool has(unsigned row, const char *text)
{
	return strstr(line(row), text) != NULL;
}

TEST(every_line_is_as_wide_as_the_screen_at_every_size)
{
	struct model m = model_with(50);

	for (unsigned columns = 1; columns < 200; columns += 7) {
		for (unsigned rows = 1; rows < 60; rows += 3) {
			struct view v = { .rows = rows,
				.columns = columns,
				.tab = (enum view_tab)(rows % VIEW_TABS),
				.is_help = rows % 5 == 0 };

			layout(&m, &v, &sheet);
			EXPECT_EQ(sheet.rows, rows, "as many lines as the screen has");
			for (unsigned i = 0; i < sheet.rows; i++)
				EXPECT(sheet.lines[i].count == 0 ||
						print_columns(line(i)) == columns,
					"a line fills its row and no more");
		}
	}
	model_fini(&m);
}

TEST(title_tabs_and_keys_stand_in_their_rows)
{
	struct model m = model_with(3);
	struct view v = view_of(VIEW_NEIGHBOURS);

	layout(&m, &v, &sheet);
	EXPECT(has(0, "alpha  fd71::1  nodes 7  neighbours 3"), "the title");
	EXPECT(has(1, "good"), "the state");
	EXPECT(has(2, "[Neighbours 3]  Folders 2"), "the tabs");
	EXPECT(has(3, "NEIGHBOUR"), "the heads");
	EXPECT(has(4, "n000"), "the first row");
	EXPECT(has(ROWS - 1, "q quit"), "the keys");
	EXPECT_EQ(sheet.lines[4].spans[0].style, STYLE_SELECTED, "the first is selected");
	model_fini(&m);
}

TEST(bars_show_how_far_a_folder_is)
{
	struct model m = model_with(0);
	struct view v = view_of(VIEW_FOLDERS);

	layout(&m, &v, &sheet);
	EXPECT(has(4, "████████          50 %"), "half of sixteen");
	EXPECT(has(5, "    -"), "not known is no number");
	EXPECT(has(5, "!2 x1"), "conflicts and errors are noted");
	v.is_ascii = true;
	layout(&m, &v, &sheet);
	EXPECT(has(4, "########........  50 %"), "and in ASCII");
	model_fini(&m);
}

TEST(the_selected_row_stays_in_sight)
{
	struct model m = model_with(100);
	struct view v = view_of(VIEW_NEIGHBOURS);
	unsigned last = ROWS - 2;

	v.selected = 50;
	layout(&m, &v, &sheet);
	EXPECT(has(last, "n050"), "scrolled until it is the last");
	v.selected = 1000000;
	layout(&m, &v, &sheet);
	EXPECT_EQ(v.selected, 99, "past the end is the end");
	EXPECT(has(last, "n099"), "which is shown");
	v.selected = 0;
	layout(&m, &v, &sheet);
	EXPECT(has(4, "n000"), "and back to the first");
	snprintf(v.filter, sizeof(v.filter), "n01");
	v.selected = 99;
	layout(&m, &v, &sheet);
	EXPECT_EQ(v.selected, 9, "a filter leaves ten");
	EXPECT(has(4, "n010") && has(13, "n019"), "all in sight");
	snprintf(v.filter, sizeof(v.filter), "zzz");
	layout(&m, &v, &sheet);
	EXPECT(has(4, "nothing has this in its name"), "or none, and says so");
	model_fini(&m);
}

TEST(sorting_by_a_figure_puts_the_largest_first)
{
	struct model m = model_with(10);
	struct view v = view_of(VIEW_NEIGHBOURS);

	v.sort = 3;
	layout(&m, &v, &sheet);
	EXPECT(has(3, "LOSS") && has(4, "n009") && has(13, "n000"), "most loss first");
	model_fini(&m);
}

TEST(a_node_that_is_gone_is_said_and_the_rest_is_dimmed)
{
	struct model m = model_with(2);
	struct view v = view_of(VIEW_NEIGHBOURS);

	model_lose(&m, "node not running");
	layout(&m, &v, &sheet);
	EXPECT(has(1, "node not running"), "said");
	EXPECT_EQ(sheet.lines[1].spans[0].style, STYLE_BAD, "loudly");
	EXPECT_EQ(sheet.lines[5].spans[0].style, STYLE_DIM, "what is old is dim");
	model_fini(&m);
}

TEST(answers_with_wrong_types_do_no_harm)
{
	static const char *const answers[] = { "{}", "[]", "7", "{\"schema\":7}",
		"{\"schema\":\"qanat.status/1\",\"node\":7,\"health\":{\"a\":1}}",
		"{\"schema\":\"qanat.status/1\",\"health\":[7,null,{\"severity\":8}]}",
		"{\"schema\":\"qanat.neighbours/"
		"1\",\"neighbours\":[7,{\"name\":9,\"rtt_s\":\"x\"}]}",
		"{\"schema\":\"qanat.folders/"
		"1\",\"folders\":[null,{\"members\":3,\"bytes\":\"x\"}]}",
		"{\"schema\":\"qanat.folders/1\",\"folders\":{}}" };
	struct model m = model_with(2);

	for (size_t i = 0; i < array_len(answers); i++) {
		json_t *o = json_loads(answers[i], JSON_DECODE_ANY, NULL);
		struct view v = view_of(i % 2 == 0 ? VIEW_FOLDERS : VIEW_NEIGHBOURS);

		EXPECT(o != NULL, "the row is JSON");
		model_take(&m, o);
		layout(&m, &v, &sheet);
		json_decref(o);
	}
	model_fini(&m);
}
