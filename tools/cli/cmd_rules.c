/* SPDX-License-Identifier: ISC */
/* allow, deny. */
#include "tools/cli/cmd.h"

int cmd_rules(const struct cli *c, const json_t *answer)
{
	static const char *const heads[] = { "NODE", "ADDRESS", "MAY REACH" };
	struct table t;
	const json_t *r;
	size_t i;

	table_init(&t, heads, array_len(heads));
	for (i = 0; (r = json_array_get(json_object_get(answer, "rules"), i)) != NULL;
		i++) {
		table_add(&t, print_name(r, "id", "name"));
		table_add(&t, print_text(r, "address"));
		table_add(&t, print_text(r, "service"));
	}
	if (t.count == 0 && !c->quiet)
		fputs("nothing is allowed\n", stderr);
	else if (t.count > 0)
		table_print(&t, stdout);
	return EXIT_DONE;
}
