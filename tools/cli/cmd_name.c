/* SPDX-License-Identifier: ISC */
/* name: the pins, or what became of one. */
#include "tools/cli/cmd.h"

static void show_change(const struct cli *c, const json_t *pin)
{
	const char *name = print_text(pin, "name"), *id = print_text(pin, "id");

	if (!c->quiet)
		printf(c->request.remove ? "%s: not pinned to %s any more\n"
					 : "%s: pinned to %s\n",
			name, id);
}

int cmd_name(const struct cli *c, const json_t *answer)
{
	static const char *const heads[] = { "NAME", "ID", "ADDRESS", "REACHABLE",
		"CALLS ITSELF" };
	const json_t *pins = json_object_get(answer, "pins");
	struct table t;
	const json_t *p;
	size_t i;

	if (c->request.node[0] != '\0') {
		show_change(c, json_array_get(pins, 0));
		return EXIT_DONE;
	}
	table_init(&t, heads, array_len(heads));
	for (i = 0; (p = json_array_get(pins, i)) != NULL; i++) {
		table_add(&t, print_text(p, "name"));
		table_add(&t, print_format("%.16s", print_text(p, "id")));
		table_add(&t, print_text(p, "address"));
		table_add(
			&t, json_is_true(json_object_get(p, "reachable")) ? "yes" : "no");
		table_add(&t, print_text(p, "announced"));
	}
	if (t.count == 0 && !c->quiet)
		fputs("no name is pinned; qanat name NODE NAME pins one\n", stderr);
	else if (t.count > 0)
		table_print(&t, stdout);
	return EXIT_DONE;
}
