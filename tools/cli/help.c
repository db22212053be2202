/* SPDX-License-Identifier: ISC */
/* Help texts: nothing is said here that the table does not hold. */
#include "tools/cli/help.h"

static bool is_hidden(const struct param *p)
{
	return p->option != NULL && p->option[0] == '\0';
}

static void print_param(FILE *out, const struct param *p)
{
	const char *opens = p->required ? "" : "[", *closes = p->required ? "" : "]";

	if (p->option == NULL)
		fprintf(out, " %s%s%s", opens, p->value, closes);
	else if (p->letter != '\0')
		fprintf(out, " %s-%c %s%s", opens, p->letter, p->value, closes);
	else if (p->value != NULL)
		fprintf(out, " %s%s %s%s", opens, p->option, p->value, closes);
	else
		fprintf(out, " %s%s%s", opens, p->option, closes);
}

void help_usage(FILE *out, enum command command)
{
	const struct command_row *row = &command_rows[command];

	fprintf(out, "qanat %s", row->name);
	for (size_t i = 0; i < row->param_count; i++)
		if (!is_hidden(&row->params[i]))
			print_param(out, &row->params[i]);
	fputc('\n', out);
}

void help_all(FILE *out)
{
	fputs("usage: qanat [--state DIR] [--json] [--quiet] [@NODE] COMMAND ...\n\n",
		out);
	for (enum command c = 0; c < COMMANDS; c++)
		fprintf(out, "  %-14s  %s\n", command_rows[c].name, command_rows[c].help);
	fputs("\nqanat @NODE COMMAND asks another node over the mesh, if it allows "
	      "that.\n",
		out);
	fputs("qanat COMMAND --help says more; qanat --version says which this is.\n",
		out);
}

void help_command(FILE *out, enum command command)
{
	const struct command_row *row = &command_rows[command];

	fputs("usage: ", out);
	help_usage(out, command);
	fprintf(out, "\n  %s\n", row->help);
	for (size_t i = 0; i < row->param_count; i++) {
		const struct param *p = &row->params[i];
		char left[64];

		if (is_hidden(p))
			continue;
		if (p->option == NULL)
			snprintf(left, sizeof(left), "%s", p->value);
		else if (p->letter != '\0')
			snprintf(left, sizeof(left), "-%c, %s %s", p->letter, p->option,
				p->value);
		else
			snprintf(left, sizeof(left), "%s%s%s", p->option,
				p->value != NULL ? " " : "",
				p->value != NULL ? p->value : "");
		fprintf(out, "%s  %-20s %s\n", i == 0 ? "\n" : "", left, p->help);
	}
	if ((row->flags & COMMAND_JSON) != 0)
		fprintf(out, "\n  with --json: %s\n",
			command == COMMAND_WATCH ? "one JSON object a line"
						 : "one JSON object");
}
