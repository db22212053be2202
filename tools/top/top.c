/* SPDX-License-Identifier: ISC */
/*
 * The screen itself: ncurses draws the sheet and sends only what differs from what stands
 * there. Everything that decides what is shown is in layout.c.
 */
#include "tools/top/top.h"

#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/cli/print.h"
#include "tools/top/feed.h"
#include "tools/top/layout.h"

enum { KEY_ESCAPE = 27, KEY_DELETE = 127, ESCAPE_DELAY_MS = 25 };

struct top {
	struct view view;
	struct model model;
	struct feed feed;
	struct sheet sheet;
	bool has_colour;
};

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static chtype attribute_of(const struct top *t, enum style style)
{
	static const chtype plain[STYLES] = { [STYLE_TITLE] = A_REVERSE,
		[STYLE_HEAD] = A_BOLD,
		[STYLE_WARNING] = A_BOLD,
		[STYLE_BAD] = A_BOLD,
		[STYLE_SELECTED] = A_REVERSE,
		[STYLE_DIM] = A_DIM };

	if (t->has_colour &&
		(style == STYLE_GOOD || style == STYLE_WARNING || style == STYLE_BAD))
		return plain[style] | (chtype)COLOR_PAIR(style);
	return plain[style];
}

static void draw(struct top *t)
{
	int rows, columns;

	getmaxyx(stdscr, rows, columns);
	t->view.rows = (unsigned)rows;
	t->view.columns = (unsigned)columns;
	layout(&t->model, &t->view, &t->sheet);
	erase();
	for (unsigned row = 0; row < t->sheet.rows; row++) {
		move((int)row, 0);
		for (unsigned i = 0; i < t->sheet.lines[row].count; i++) {
			const struct span *p = &t->sheet.lines[row].spans[i];

			attrset(attribute_of(t, p->style));
			addstr(p->text);
		}
	}
	attrset(A_NORMAL);
	refresh();
}

static void type_filter(struct view *v, int key)
{
	size_t len = strlen(v->filter);

	if (key == KEY_ESCAPE) {
		v->filter[0] = '\0';
		v->is_typing_filter = false;
	} else if (key == '\n' || key == KEY_ENTER) {
		v->is_typing_filter = false;
	} else if (key == KEY_BACKSPACE || key == KEY_DELETE || key == '\b') {
		v->filter[len > 0 ? len - 1 : 0] = '\0';
	} else if (key >= ' ' && key < KEY_DELETE && len < VIEW_FILTER_MAX) {
		v->filter[len] = (char)key;
		v->filter[len + 1] = '\0';
	}
}

static void change_tab(struct view *v, unsigned by)
{
	v->tab = (enum view_tab)(((unsigned)v->tab + by) % VIEW_TABS);
	v->sort = 0;
	v->selected = v->scrolled = 0;
}

/* False: quit. */
static bool press(struct view *v, int key)
{
	size_t page = v->rows > 6 ? v->rows - 6 : 1;

	if (v->is_typing_filter) {
		type_filter(v, key);
		return true;
	}
	if (key == '\t' || key == KEY_RIGHT || key == KEY_LEFT || key == KEY_BTAB)
		change_tab(v, key == KEY_LEFT || key == KEY_BTAB ? VIEW_TABS - 1 : 1);
	else if (key == KEY_DOWN)
		v->selected++;
	else if (key == KEY_UP)
		v->selected -= v->selected > 0;
	else if (key == KEY_NPAGE)
		v->selected += page;
	else if (key == KEY_PPAGE)
		v->selected -= v->selected < page ? v->selected : page;
	else if (key == 's')
		v->sort = (v->sort + 1) % layout_sorts(v);
	else if (key == '/')
		v->is_typing_filter = true;
	else if (key == '?')
		v->is_help = !v->is_help;
	return key != 'q' && key != 'Q';
}

/* False: quit. */
static bool read_keys(struct top *t, bool *has_changed)
{
	int key;

	while ((key = getch()) != ERR) {
		*has_changed = true;
		if (key != KEY_RESIZE && !press(&t->view, key))
			return false;
	}
	return true;
}

static int run(struct top *t)
{
	bool has_changed = true;

	while (!cli_interrupted()) {
		struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN } };

		has_changed = feed_turn(&t->feed, &t->model, clock_ms()) || has_changed;
		if (has_changed)
			draw(t);
		has_changed = false;
		fds[1] = (struct pollfd){ .fd = t->feed.client.fd, .events = POLLIN };
		if (poll(fds, 2, feed_wait_ms(&t->feed, clock_ms())) < 0 &&
			errno != EINTR)
			return EXIT_FAILED;
		if (!read_keys(t, &has_changed))
			return EXIT_DONE;
		if ((fds[0].revents & (POLLHUP | POLLERR)) != 0)
			return EXIT_DONE;
	}
	return EXIT_INTERRUPTED;
}

/* False: this terminal cannot be used. */
static bool begin_screen(struct top *t)
{
	const char *no_colour = getenv("NO_COLOR");

	if (newterm(NULL, stdout, stdin) == NULL)
		return false;
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_DELAY_MS);
	curs_set(0);
	t->has_colour = has_colors() && (no_colour == NULL || *no_colour == '\0');
	if (!t->has_colour)
		return true;
	start_color();
	use_default_colors();
	init_pair(STYLE_GOOD, COLOR_GREEN, -1);
	init_pair(STYLE_WARNING, COLOR_YELLOW, -1);
	init_pair(STYLE_BAD, COLOR_RED, -1);
	return true;
}

int top_run(const struct cli *c)
{
	static struct top t;
	int code;

	if (!c->is_screen_out || isatty(STDIN_FILENO) != 1)
		return print_failure(EXIT_FAILED, "top", "this is not a terminal",
			"qanat status, qanat neighbours and qanat folders say the same "
			"as text");
	t.view.is_ascii = !print_is_utf8();
	model_init(&t.model);
	feed_init(&t.feed, c->state);
	if (begin_screen(&t)) {
		code = run(&t);
		endwin();
	} else {
		code = print_failure(EXIT_FAILED, "top",
			"this terminal is not known (TERM)", "try: TERM=xterm qanat top");
	}
	feed_fini(&t.feed);
	model_fini(&t.model);
	return code;
}
