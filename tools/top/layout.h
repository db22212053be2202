/* SPDX-License-Identifier: ISC */
/*
 * From what is known to lines of styled text: no terminal, no clock, so the screen can be
 * tested as text. Every line is exactly as wide as the screen or shorter.
 */
#pragma once

#include "tools/top/model.h"

enum {
	SHEET_ROWS_MAX = 200,
	SHEET_COLUMNS_MAX = 400,
	SHEET_SPANS_MAX = 4,
	VIEW_FILTER_MAX = 40,
};

enum view_tab { VIEW_NEIGHBOURS, VIEW_FOLDERS, VIEW_TABS };

/* What the person looks at. */
struct view {
	unsigned rows, columns;
	enum view_tab tab;
	unsigned sort; /* index of a column, from 0 */
	size_t selected, scrolled;
	char filter[VIEW_FILTER_MAX + 1];
	bool is_typing_filter;
	bool is_help;
	bool is_ascii;
};

enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_HEAD,
	STYLE_GOOD,
	STYLE_WARNING,
	STYLE_BAD,
	STYLE_SELECTED,
	STYLE_DIM,
	STYLES
};

struct span {
	enum style style;
	char text[SHEET_COLUMNS_MAX * 4 + 1];
};

struct sheet {
	unsigned rows;
	struct {
		unsigned count;
		struct span spans[SHEET_SPANS_MAX];
	} lines[SHEET_ROWS_MAX];
};

/* Fills the sheet; view->selected and scrolled are moved to where there is something. */
void layout(const struct model *m, struct view *v, struct sheet *s);
/* Number of columns that the current tab can be sorted by. */
unsigned layout_sorts(const struct view *v);
