/* SPDX-License-Identifier: ISC */
/* The private mesh: mesh, mesh new, join, invite, members, revoke, cofounder. */
#include "tools/cli/cmd.h"

#include <string.h>

static const char *mesh_name(const json_t *answer)
{
	return print_text(json_object_get(answer, "mesh"), "name");
}

int cmd_mesh(const struct cli *c, const json_t *answer)
{
	const json_t *mesh = json_object_get(answer, "mesh");

	(void)c;
	if (json_is_true(json_object_get(answer, "open"))) {
		puts("the open mesh: anybody in range can take part");
		return EXIT_DONE;
	}
	if (!json_is_object(mesh)) {
		puts("no mesh; qanat mesh new makes one, qanat mesh join joins one");
		return EXIT_DONE;
	}
	printf("mesh         %s\nid           %s\nrole here    %s\n", mesh_name(answer),
		print_text(mesh, "id"), print_text(answer, "role"));
	printf("certificate  until %s%s\n", print_text(answer, "until"),
		json_is_true(json_object_get(answer, "revoked")) ? "; REVOKED" : "");
	printf("members      %s\nrevoked      %s\n",
		print_number(json_object_get(answer, "members")),
		print_number(json_object_get(answer, "revocations")));
	return EXIT_DONE;
}

static void say_token(const struct cli *c, const json_t *answer)
{
	const json_t *uses = json_object_get(answer, "uses");

	if (c->request.command == COMMAND_MESH_NEW)
		fprintf(stderr, "made the mesh %s\n", mesh_name(answer));
	fprintf(stderr, "token for %s%s: ", mesh_name(answer),
		json_is_true(json_object_get(answer, "delegate")) ? ", for a delegate"
								  : "");
	if (json_is_integer(uses) && json_integer_value(uses) == 0)
		fputs("any number of uses", stderr);
	else
		fprintf(stderr, "uses: %s", print_number(uses));
	fprintf(stderr,
		", until %s; who has it can join, keep it to yourselves\n"
		"join with: qanat mesh join TOKEN\n",
		print_text(answer, "expires"));
}

/* Talk goes to stderr, so that the last line of stdout is the token or the code. */
int cmd_mesh_token(const struct cli *c, const json_t *answer)
{
	const char *code = json_string_value(json_object_get(answer, "code"));

	if (code != NULL && !c->quiet)
		fprintf(stderr,
			"code for one node in range, until %s, three tries\n"
			"there: qanat mesh join --code CODE\n",
			print_text(answer, "expires"));
	else if (!c->quiet)
		say_token(c, answer);
	puts(print_text(answer, code != NULL ? "code" : "token"));
	return EXIT_DONE;
}

int cmd_mesh_members(const struct cli *c, const json_t *answer)
{
	static const char *const heads[] = { "MEMBER", "ID", "ROLE", "STATE", "UNTIL" };
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
		table_add(&t, json_is_true(json_object_get(m, "self"))      ? "this node"
			      : json_is_true(json_object_get(m, "expired")) ? "expired"
			      : json_is_true(json_object_get(m, "reachable"))
				      ? "reachable"
				      : "away");
		table_add(&t, print_text(m, "until"));
	}
	for (i = 0; (m = json_array_get(json_object_get(answer, "revoked"), i)) != NULL;
		i++) {
		table_add(&t, "-");
		table_add(&t, print_format("%.16s", print_text(m, "id")));
		table_add(&t, "-");
		table_add(&t, "revoked");
		table_add(&t, print_text(m, "time"));
	}
	table_print(&t, stdout);
	return EXIT_DONE;
}

int cmd_mesh_done(const struct cli *c, const json_t *answer)
{
	const json_t *node = json_object_get(answer, "node");

	if (c->quiet)
		return EXIT_DONE;
	if (c->request.command == COMMAND_MESH_JOIN)
		printf("joined the mesh %s\n", mesh_name(answer));
	else if (c->request.command == COMMAND_MESH_REVOKE)
		printf("%s is shut out of %s, with everybody whom it let in\n",
			print_name(node, "id", "name"), mesh_name(answer));
	else
		printf("%s is a founder of %s too\n", print_name(node, "id", "name"),
			mesh_name(answer));
	return EXIT_DONE;
}
