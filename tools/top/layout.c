/* SPDX-License-Identifier: ISC */
/* The screen as text: title, state, tabs, a table with one row selected, the keys. */
#include "tools/top/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

#include "node/base/mem.h"
#include "node/base/text.h"
#include "tools/cli/print.h"

enum { TOP_ROWS = 4, BOTTOM_ROWS = 1, BAR_COLUMNS = 16, ROWS_MIN = 8, COLUMNS_MIN = 40 };

/* A cell of the table: width below 0 stands right. */
struct column {
	const char *head;
	int width;
};

static const struct column neighbour_columns[] = { { "NEIGHBOUR", 18 },
	{ "INTERFACE", 10 }, { "LINK", 9 }, { "LOSS", -6 }, { "RATE", -11 },
	{ "RTT", -8 }, { "HEARD", -7 } };
static const struct column folder_columns[] = { { "FOLDER", 18 }, { "STATE", 9 },
	{ "HERE", BAR_COLUMNS + 6 }, { "RATE", -11 }, { "LEFT", -7 }, { "NOTES", 6 } };

static const struct column *columns_of(const struct view *v, size_t *count)
{
	*count = v->tab == VIEW_FOLDERS ? array_len(folder_columns)
					: array_len(neighbour_columns);
	return v->tab == VIEW_FOLDERS ? folder_columns : neighbour_columns;
}

unsigned layout_sorts(const struct view *v)
{
	size_t count;

	(void)columns_of(v, &count);
	return (unsigned)count;
}

/* Appends text cut or filled to exactly `width` columns of the screen. */
static void add_fitted(
	char *to, size_t room, const char *text, unsigned width, bool is_right)
{
	size_t len = strlen(to), bytes = 0;
	unsigned used = 0, pad;
	mbstate_t state = { 0 };

	while (text[bytes] != '\0') {
		wchar_t c;
		size_t n = mbrtowc(&c, text + bytes, strlen(text + bytes), &state);
		int w = n == 0 || n > 8 ? -1 : wcwidth(c);

		if (w < 0 || used + (unsigned)w > width)
			break;
		used += (unsigned)w;
		bytes += n;
	}
	pad = width - used;
	if (len + bytes + pad + 1 > room)
		return;
	memset(to + len, ' ', pad + bytes);
	memcpy(to + len + (is_right ? pad : 0), text, bytes);
	to[len + bytes + pad] = '\0';
}

static struct span *add_span(struct sheet *s, unsigned row, enum style style)
{
	struct span *p;

	check(row < SHEET_ROWS_MAX && s->lines[row].count < SHEET_SPANS_MAX);
	p = &s->lines[row].spans[s->lines[row].count++];
	p->style = style;
	p->text[0] = '\0';
	return p;
}

static void add_line(struct sheet *s, const struct view *v, unsigned row,
	enum style style, const char *text)
{
	struct span *p = add_span(s, row, style);

	add_fitted(p->text, sizeof(p->text), text, v->columns, false);
}

static const char *figure(const char *(*print)(const json_t *), double v)
{
	json_t *n = v < 0 ? json_null() : json_real(v);
	const char *text = print(n);

	json_decref(n);
	return text;
}

static const char *bar(double fraction, bool is_ascii)
{
	static const char *const parts[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	char made[BAR_COLUMNS * 4 + 1];
	struct text t = text_of(made, sizeof(made));
	int eighths = (int)((fraction < 0 ? 0 : fraction) * BAR_COLUMNS * 8 + 0.5);
	int full = eighths / 8, columns = 0;

	for (; columns < full; columns++)
		text_string(&t, is_ascii ? "#" : "█");
	if (!is_ascii && eighths % 8 != 0) {
		text_string(&t, parts[eighths % 8]);
		columns++;
	}
	for (; columns < BAR_COLUMNS; columns++)
		text_string(&t, is_ascii ? "." : " ");
	return fraction < 0 ? print_format("%s    -", made)
			    : print_format("%s%4d %%", made, (int)(fraction * 100));
}

static enum style neighbour_style(const struct model_neighbour *n)
{
	if (!n->symmetric)
		return STYLE_DIM;
	return n->loss_in > 0.3 || n->loss_out > 0.3 ? STYLE_WARNING : STYLE_PLAIN;
}

static void neighbour_cells(const struct model_neighbour *n, const char **cells)
{
	double loss = n->loss_in > n->loss_out ? n->loss_in : n->loss_out;

	cells[0] = n->name;
	cells[1] = n->interface;
	cells[2] = n->symmetric ? "both ways" : "one way";
	cells[3] = figure(print_percent, loss);
	cells[4] = figure(print_rate, n->rate_bps);
	cells[5] = figure(print_ms, n->rtt_s);
	cells[6] = figure(print_age, n->heard_s);
}

static enum style folder_style(const struct model_folder *f)
{
	if (strcmp(f->state, "error") == 0 || f->errors > 0)
		return STYLE_BAD;
	if (f->conflicts > 0 || strcmp(f->state, "waiting") == 0)
		return STYLE_WARNING;
	return strcmp(f->state, "synced") == 0 ? STYLE_GOOD : STYLE_PLAIN;
}

static const char *folder_notes(const struct model_folder *f)
{
	if (f->conflicts > 0 && f->errors > 0)
		return print_format("!%u x%u", f->conflicts, f->errors);
	if (f->conflicts > 0)
		return print_format("!%u", f->conflicts);
	return f->errors > 0 ? print_format("x%u", f->errors) : "";
}

static void folder_cells(const struct model_folder *f, bool is_ascii, const char **cells)
{
	cells[0] = f->name;
	cells[1] = f->state;
	cells[2] = bar(f->fraction, is_ascii);
	cells[3] = figure(print_rate, f->rate_bps);
	cells[4] = f->eta_s > 0 ? figure(print_age, f->eta_s) : "-";
	cells[5] = folder_notes(f);
}

static double neighbour_key(const struct model_neighbour *n, unsigned column)
{
	switch (column) {
	case 2:
		return n->symmetric;
	case 3:
		return n->loss_in > n->loss_out ? n->loss_in : n->loss_out;
	case 4:
		return n->rate_bps;
	case 5:
		return n->rtt_s;
	case 6:
		return n->heard_s;
	default:
		return 0;
	}
}

static double folder_key(const struct model_folder *f, unsigned column)
{
	switch (column) {
	case 2:
		return f->fraction;
	case 3:
		return f->rate_bps;
	case 4:
		return f->eta_s;
	case 5:
		return f->conflicts + f->errors;
	default:
		return 0;
	}
}

/* A row to be sorted: text first for columns of text, largest number first for the others. */
struct row {
	size_t index;
	const char *text, *name;
	double key;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int by_text = strcasecmp(x->text, y->text);

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	if (by_text != 0)
		return by_text;
	if (strcasecmp(x->name, y->name) != 0)
		return strcasecmp(x->name, y->name);
	return x->index < y->index ? -1 : x->index > y->index;
}

static struct row row_of(const struct model *m, const struct view *v, size_t i)
{
	bool by_second = v->sort == 1;

	if (v->tab == VIEW_FOLDERS) {
		const struct model_folder *f = &m->folders[i];

		return (struct row){ i, by_second ? f->state : f->name, f->name,
			folder_key(f, v->sort) };
	}
	return (struct row){ i,
		by_second ? m->neighbours[i].interface : m->neighbours[i].name,
		m->neighbours[i].name, neighbour_key(&m->neighbours[i], v->sort) };
}

/* The rows that the filter lets through, in order; caller frees. */
static struct row *sorted_rows(const struct model *m, const struct view *v, size_t *count)
{
	size_t all = v->tab == VIEW_FOLDERS ? m->folder_count : m->neighbour_count;
	struct row *rows = mem_array(all, sizeof(*rows));

	*count = 0;
	for (size_t i = 0; i < all; i++) {
		struct row r = row_of(m, v, i);

		if (v->filter[0] == '\0' || strcasestr(r.name, v->filter) != NULL)
			rows[(*count)++] = r;
	}
	if (*count > 1)
		qsort(rows, *count, sizeof(*rows), compare_rows);
	return rows;
}

static void add_cells(struct sheet *s, const struct view *v, unsigned row,
	enum style style, const char *const *cells)
{
	size_t count;
	const struct column *c = columns_of(v, &count);
	struct span *p = add_span(s, row, style);
	char line[sizeof(p->text)] = "";

	for (size_t i = 0; i < count; i++) {
		unsigned width = (unsigned)abs(c[i].width);

		if (i == 0 && v->columns > 80)
			width += (v->columns - 80) / 2;
		add_fitted(line, sizeof(line), cells[i], width, c[i].width < 0);
		if (i + 1 < count)
			add_fitted(line, sizeof(line), " ", 1, false);
	}
	add_fitted(p->text, sizeof(p->text), line, v->columns, false);
}

static void add_heads(struct sheet *s, const struct view *v, unsigned row)
{
	const char *heads[TABLE_COLUMNS_MAX];
	size_t count;
	const struct column *c = columns_of(v, &count);

	for (size_t i = 0; i < count; i++)
		heads[i] = c[i].head;
	add_cells(s, v, row, STYLE_HEAD, heads);
}

static void add_row(struct sheet *s, const struct model *m, const struct view *v,
	unsigned row, size_t index, bool is_selected)
{
	const char *cells[TABLE_COLUMNS_MAX];
	enum style style;

	if (v->tab == VIEW_FOLDERS) {
		folder_cells(&m->folders[index], v->is_ascii, cells);
		style = folder_style(&m->folders[index]);
	} else {
		neighbour_cells(&m->neighbours[index], cells);
		style = neighbour_style(&m->neighbours[index]);
	}
	if (!m->is_running)
		style = STYLE_DIM;
	add_cells(s, v, row, is_selected ? STYLE_SELECTED : style, cells);
}

static void keep_in_sight(struct view *v, size_t count, size_t room)
{
	if (v->selected >= count)
		v->selected = count > 0 ? count - 1 : 0;
	if (v->scrolled > v->selected)
		v->scrolled = v->selected;
	if (v->selected >= v->scrolled + room)
		v->scrolled = v->selected - room + 1;
	if (v->scrolled + room > count)
		v->scrolled = count > room ? count - room : 0;
}

static void add_table(struct sheet *s, const struct model *m, struct view *v)
{
	unsigned room = v->rows - TOP_ROWS - BOTTOM_ROWS;
	size_t count;
	struct row *rows = sorted_rows(m, v, &count);

	keep_in_sight(v, count, room);
	for (unsigned i = 0; i < room && v->scrolled + i < count; i++)
		add_row(s, m, v, TOP_ROWS + i, rows[v->scrolled + i].index,
			v->scrolled + i == v->selected);
	if (count == 0)
		add_line(s, v, TOP_ROWS, STYLE_DIM,
			v->filter[0] != '\0' ? "nothing has this in its name"
			: v->tab == VIEW_FOLDERS
				? "no folder is shared; qanat share DIR shares one"
				: "no neighbours are heard");
	mem_free(rows);
}

static void add_title(struct sheet *s, const struct model *m, const struct view *v)
{
	const char *nodes = m->nodes < 0 ? "-" : print_format("%.0f", m->nodes);

	add_line(s, v, 0, STYLE_TITLE,
		print_format(" %s  %s  nodes %s  neighbours %zu  %s",
			m->name[0] ? m->name : "qanat", m->address, nodes,
			m->neighbour_count, figure(print_rate, m->rate_bps)));
	if (!m->is_running)
		add_line(s, v, 1, STYLE_BAD, print_format(" %s", m->why));
	else if (m->worst[0] != '\0')
		add_line(s, v, 1, m->is_worst_error ? STYLE_BAD : STYLE_WARNING,
			print_format(" %s", m->worst));
	else
		add_line(s, v, 1, STYLE_GOOD,
			print_format(" good, up %s", figure(print_age, m->uptime_s)));
}

static void add_tabs(struct sheet *s, const struct model *m, const struct view *v)
{
	bool is_folders = v->tab == VIEW_FOLDERS;

	add_line(s, v, 2, STYLE_PLAIN,
		print_format(is_folders ? "  Neighbours %zu  [Folders %zu]"
					: " [Neighbours %zu]  Folders %zu",
			m->neighbour_count, m->folder_count));
}

static void add_keys(struct sheet *s, const struct view *v)
{
	size_t count;
	const struct column *c = columns_of(v, &count);
	const char *text;

	if (v->is_typing_filter)
		text = print_format(
			" filter: %s_   enter keeps it, esc clears it", v->filter);
	else
		text = print_format(" q quit  tab view  arrows move  s sort: %s  / "
				    "filter%s%s  ? help",
			c[v->sort % count].head, v->filter[0] != '\0' ? ": " : "",
			v->filter);
	add_line(s, v, v->rows - 1, STYLE_TITLE, text);
}

static void add_help(struct sheet *s, const struct view *v)
{
	static const char *const lines[] = { "q        quit",
		"tab      neighbours or folders", "arrows   move; page up and down too",
		"s        sort by the next column",
		"/        show only names with this text", "?        this help, and back",
		"In NOTES: !N files with conflicts, xN files that cannot be replicated.",
		"The node is asked once a second; qanat status says more about it." };

	for (unsigned i = 0; i < array_len(lines) && TOP_ROWS + i + 1 < v->rows; i++)
		add_line(s, v, TOP_ROWS + i, STYLE_PLAIN, print_format("  %s", lines[i]));
}

void layout(const struct model *m, struct view *v, struct sheet *s)
{
	if (v->rows > SHEET_ROWS_MAX)
		v->rows = SHEET_ROWS_MAX;
	if (v->columns > SHEET_COLUMNS_MAX)
		v->columns = SHEET_COLUMNS_MAX;
	s->rows = v->rows;
	for (unsigned i = 0; i < v->rows; i++)
		s->lines[i].count = 0;
	if (v->rows < ROWS_MIN || v->columns < COLUMNS_MIN) {
		if (v->rows > 0)
			add_line(s, v, 0, STYLE_PLAIN, "make the window larger");
		return;
	}
	add_title(s, m, v);
	add_tabs(s, m, v);
	add_keys(s, v);
	if (v->is_help) {
		add_help(s, v);
		return;
	}
	add_heads(s, v, 3);
	add_table(s, m, v);
}
