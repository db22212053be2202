/* SPDX-License-Identifier: ISC */
/* Shared folders: share, invite, join, folders, members, conflicts, wait, pause, leave. */
#include "tools/cli/cmd.h"

#include <string.h>

double cmd_fraction(const json_t *bytes, const json_t *need_bytes)
{
	double all = json_number_value(bytes), need = json_number_value(need_bytes);

	if (!json_is_number(bytes) || !json_is_number(need_bytes))
		return -1;
	if (all <= 0)
		return need > 0 ? 0 : 1;
	return need >= all ? 0 : 1 - need / all;
}

/* Talk goes to stderr, so that the last line of stdout is the invite and nothing else. */
int cmd_invite(const struct cli *c, const json_t *answer)
{
	const json_t *folder = json_object_get(answer, "folder");
	const json_t *uses = json_object_get(answer, "uses");

	if (!c->quiet) {
		if (c->request.command == COMMAND_SHARE)
			fprintf(stderr, "shared %s as %s\n", print_text(folder, "path"),
				print_text(folder, "name"));
		fprintf(stderr, "invite to %s: %s, ", print_text(folder, "name"),
			print_text(answer, "role"));
		if (json_is_integer(uses) && json_integer_value(uses) == 0)
			fputs("any number of uses", stderr);
		else
			fprintf(stderr, "uses: %s", print_number(uses));
		fprintf(stderr, ", until %s\njoin with: qanat join INVITE DIR\n",
			print_text(answer, "expires"));
	}
	puts(print_text(answer, "invite"));
	return EXIT_DONE;
}

int cmd_join(const struct cli *c, const json_t *answer)
{
	const json_t *folder = json_object_get(answer, "folder");

	if (!c->quiet)
		printf("joined %s in %s as %s\n", print_text(folder, "name"),
			print_text(folder, "path"), print_text(answer, "role"));
	return EXIT_DONE;
}

static const char *progress_text(const json_t *f)
{
	double fraction = cmd_fraction(
		json_object_get(f, "bytes"), json_object_get(f, "need_bytes"));

	return fraction < 0 ? "-" : print_format("%d %%", (int)(fraction * 100));
}

static const char *left_text(const json_t *f)
{
	const json_t *eta = json_object_get(f, "eta_s");

	return json_number_value(eta) > 0 ? print_age(eta) : "-";
}

static void show_notes(const json_t *f)
{
	json_int_t conflicts = json_integer_value(json_object_get(f, "conflicts"));
	const json_t *e;
	size_t i;

	if (conflicts > 0)
		printf("%s: files with more than one version: %lld; qanat conflicts "
		       "lists them\n",
			print_text(f, "name"), (long long)conflicts);
	for (i = 0; (e = json_array_get(json_object_get(f, "errors"), i)) != NULL; i++)
		printf("%s: not replicated: %s\n", print_text(f, "name"),
			print_safe_string(json_string_value(e)));
}

int cmd_folders(const struct cli *c, const json_t *answer)
{
	static const char *const heads[] = { "FOLDER", "ROLE", "STATE", ">FILES",
		">BYTES", ">HERE", ">RATE", ">LEFT", ">MEMBERS", "PATH" };
	const json_t *folders = json_object_get(answer, "folders");
	struct table t;
	const json_t *f;
	size_t i;

	table_init(&t, heads, array_len(heads));
	for (i = 0; (f = json_array_get(folders, i)) != NULL; i++) {
		table_add(&t, print_name(f, "id", "name"));
		table_add(&t, print_text(f, "role"));
		table_add(&t, print_text(f, "state"));
		table_add(&t, print_number(json_object_get(f, "files")));
		table_add(&t, print_bytes(json_object_get(f, "bytes")));
		table_add(&t, progress_text(f));
		table_add(&t, print_rate(json_object_get(f, "rate_bps")));
		table_add(&t, left_text(f));
		table_add(&t, print_format("%zu",
				      json_array_size(json_object_get(f, "members"))));
		table_add(&t, print_text(f, "path"));
	}
	if (t.count == 0 && !c->quiet)
		fputs("no folder is shared; qanat share DIR shares one\n", stderr);
	else if (t.count > 0)
		table_print(&t, stdout);
	for (i = 0; (f = json_array_get(folders, i)) != NULL; i++)
		show_notes(f);
	return EXIT_DONE;
}

int cmd_members(const struct cli *c, const json_t *answer)
{
	static const char *const heads[] = { "MEMBER", "ID", "ROLE", ">SEEN", ">NEEDS",
		"UNTIL" };
	struct table t;
	const json_t *m;
	size_t i;

	(void)c;
	table_init(&t, heads, array_len(heads));
	for (i = 0; (m = json_array_get(json_object_get(answer, "members"), i)) != NULL;
		i++) {
		table_add(&t, print_name(m, "id", "name"));
		table_add(&t, print_format("%.16s", print_text(m, "id")));
		table_add(&t, print_text(m, "role"));
		table_add(&t, print_age(json_object_get(m, "last_seen_s")));
		table_add(&t, print_bytes(json_object_get(m, "need_bytes")));
		table_add(&t, print_text(m, "expires"));
	}
	table_print(&t, stdout);
	return EXIT_DONE;
}

int cmd_conflicts(const struct cli *c, const json_t *answer)
{
	const json_t *conflicts = json_object_get(answer, "conflicts");
	const json_t *o, *v;
	size_t i, k;

	for (i = 0; (o = json_array_get(conflicts, i)) != NULL; i++) {
		printf("%s: %s\n", print_text(json_object_get(o, "folder"), "name"),
			print_text(o, "path"));
		for (k = 0;
			(v = json_array_get(json_object_get(o, "versions"), k)) != NULL;
			k++)
			printf("  %.12s  %-20s  %8s  %s%s\n", print_text(v, "version"),
				print_text(v, "time"),
				json_is_true(json_object_get(v, "deleted"))
					? "deleted"
					: print_bytes(json_object_get(v, "size")),
				print_name(v, "author", "author_name"),
				json_is_true(json_object_get(v, "shown"))
					? "  (in the tree)"
					: "");
	}
	if (json_array_size(conflicts) == 0 && !c->quiet)
		fputs("no conflicts\n", stderr);
	return EXIT_DONE;
}

void cmd_wait_progress(const struct cli *c, const json_t *report)
{
	const json_t *left = json_object_get(report, "eta_s");
	double fraction = cmd_fraction(
		json_object_get(report, "bytes"), json_object_get(report, "need_bytes"));

	bar_show(c, fraction,
		print_format("%s  %s to come  %s%s%s", print_text(report, "state"),
			print_bytes(json_object_get(report, "need_bytes")),
			print_rate(json_object_get(report, "rate_bps")),
			json_is_number(left) ? "  " : "",
			json_is_number(left) ? print_age(left) : ""));
}

int cmd_wait(const struct cli *c, const json_t *answer)
{
	if (!c->quiet)
		printf("%s: %s, %s files, %s, waited %s\n",
			print_text(json_object_get(answer, "folder"), "name"),
			print_text(answer, "state"),
			print_number(json_object_get(answer, "files")),
			print_bytes(json_object_get(answer, "bytes")),
			print_age(json_object_get(answer, "waited_s")));
	return EXIT_DONE;
}

int cmd_done(const struct cli *c, const json_t *answer)
{
	const json_t *folder = json_object_get(answer, "folder");
	const char *name =
		json_is_object(folder) ? print_text(folder, "name") : "all folders";

	if (c->quiet)
		return EXIT_DONE;
	if (c->request.command == COMMAND_PAUSE)
		printf("%s: paused; qanat resume goes on\n", name);
	else if (c->request.command == COMMAND_RESUME)
		printf("%s: goes on\n", name);
	else
		printf("%s: left; its files stay in %s\n", name,
			print_text(folder, "path"));
	return EXIT_DONE;
}
