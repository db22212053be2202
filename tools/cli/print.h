/* SPDX-License-Identifier: ISC */
/*
 * Text for people. Whatever came from other nodes or from files is escaped here, before it
 * is measured, cut or printed; where the locale is not UTF-8, what is not ASCII becomes '?'.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "tools/cli/cli.h"

/* Once, at start, after setlocale. */
void print_init(void);
/* True when the terminal takes UTF-8. */
bool print_is_utf8(void);

/* A safe copy in memory that lives until 16 further calls of print_ functions. */
const char *print_safe(struct bytes text);
const char *print_safe_string(const char *s); /* NULL and "" give "-" */

/* Figures, in the same rotating memory. Unknown (NULL or JSON null) is "-". */
const char *print_bytes(const json_t *v);
const char *print_rate(const json_t *bit_per_s);
const char *print_age(const json_t *seconds);
const char *print_ms(const json_t *seconds);
const char *print_percent(const json_t *fraction);
const char *print_number(const json_t *v);
/* The name, with a ? behind it if it clashes, or the first eight digits of the id. */
const char *print_name(const json_t *object, const char *id_key, const char *name_key);
const char *print_text(const json_t *object, const char *key);
const char *print_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Columns that s takes on the screen. */
unsigned print_columns(const char *s);

/* An error of ours, raw text, escaped here: what failed, why, what to do (NULL: nothing to add); returns code. */
int print_failure(
	enum exit_code code, const char *what, const char *why, const char *fix);
int print_failure_bytes(
	enum exit_code code, struct bytes what, struct bytes why, struct bytes fix);

/* Rows of cells with aligned columns. A column whose head begins with '>' stands right. */
enum { TABLE_COLUMNS_MAX = 16 };

struct table {
	/* private */
	const char *const *heads;
	unsigned columns;
	char **cells;
	size_t count, room;
};

void table_init(struct table *t, const char *const *heads, unsigned columns);
/* Copies; cells are safe text. */
void table_add(struct table *t, const char *cell);
/* Prints it and frees what it holds. */
void table_print(struct table *t, FILE *out);

/* A bar on stderr; nothing unless stderr is a terminal. fraction 0..1, below 0: unknown. */
void bar_show(const struct cli *c, double fraction, const char *text);
/* Takes the bar away. */
void bar_clear(void);
