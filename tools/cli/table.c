/* SPDX-License-Identifier: ISC */
/* Aligned columns. A cell's width is what it takes on the screen, not its bytes. */
#include "node/base/mem.h"
#include "tools/cli/print.h"

#include <string.h>

void table_init(struct table *t, const char *const *heads, unsigned columns)
{
	check(columns > 0 && columns <= TABLE_COLUMNS_MAX);
	*t = (struct table){ .heads = heads, .columns = columns };
}

void table_add(struct table *t, const char *cell)
{
	(void)mem_grow(t->cells, t->count, t->room);
	t->cells[t->count++] = mem_string(cell);
}

static bool is_right(const struct table *t, unsigned column)
{
	return t->heads[column][0] == '>';
}

static const char *head_of(const struct table *t, unsigned column)
{
	return t->heads[column] + (is_right(t, column) ? 1 : 0);
}

static void print_cell(
	const struct table *t, unsigned column, unsigned width, const char *s, FILE *out)
{
	unsigned columns = print_columns(s);
	int pad = columns < width ? (int)(width - columns) : 0;
	bool is_last = column + 1 == t->columns;

	if (is_right(t, column))
		fprintf(out, "%*s%s", pad, "", s);
	else
		fprintf(out, "%s%*s", s, is_last ? 0 : pad, "");
	fputs(is_last ? "\n" : "  ", out);
}

void table_print(struct table *t, FILE *out)
{
	unsigned widths[TABLE_COLUMNS_MAX];

	check(t->count % t->columns == 0);
	for (unsigned i = 0; i < t->columns; i++)
		widths[i] = print_columns(head_of(t, i));
	for (size_t i = 0; i < t->count; i++) {
		unsigned columns = print_columns(t->cells[i]);

		if (columns > widths[i % t->columns])
			widths[i % t->columns] = columns;
	}
	for (unsigned i = 0; i < t->columns; i++)
		print_cell(t, i, widths[i], head_of(t, i), out);
	for (size_t i = 0; i < t->count; i++) {
		unsigned column = (unsigned)(i % t->columns);

		print_cell(t, column, widths[column], t->cells[i], out);
		mem_free(t->cells[i]);
	}
	mem_free(t->cells);
	*t = (struct table){ .heads = t->heads, .columns = t->columns };
}
