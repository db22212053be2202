/* SPDX-License-Identifier: ISC */
/* radios, up, down. */
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/cli/cmd.h"

extern char **environ;

static const char *modes_of(const json_t *radio)
{
	bool mesh = json_is_true(json_object_get(radio, "mesh"));
	bool ibss = json_is_true(json_object_get(radio, "ibss"));

	return mesh && ibss ? "802.11s, IBSS"
	       : mesh       ? "802.11s"
	       : ibss       ? "IBSS"
			    : "neither";
}

/* Of the radio to whose channel the node listens. */
static void show_busy(const json_t *radios)
{
	const json_t *r;

	for (size_t i = 0; (r = json_array_get(radios, i)) != NULL; i++)
		if (json_is_number(json_object_get(r, "busy")))
			printf("%s: its channel was busy for %s of the last 5 s, as "
			       "overheard: this node %s, other nodes %s, strangers %s\n",
				print_text(r, "name"),
				print_percent(json_object_get(r, "busy")),
				print_percent(json_object_get(r, "busy_own")),
				print_percent(json_object_get(r, "busy_nodes")),
				print_percent(json_object_get(r, "busy_strangers")));
}

int cmd_radios(const struct cli *c, const json_t *answer)
{
	static const char *const heads[] = { "RADIO", "CAN", "INTERFACE", "MODE", "UP",
		"MHZ", "NETWORK" };
	const json_t *r, *i;
	size_t at, k;
	struct table t;

	(void)c;
	table_init(&t, heads, array_len(heads));
	for (at = 0; (r = json_array_get(json_object_get(answer, "radios"), at)) != NULL;
		at++)
		for (k = 0;
			(i = json_array_get(json_object_get(r, "interfaces"), k)) != NULL;
			k++) {
			table_add(&t, print_text(r, "name"));
			table_add(&t, modes_of(r));
			table_add(&t, print_text(i, "name"));
			table_add(&t, print_text(i, "mode"));
			table_add(&t,
				json_is_true(json_object_get(i, "up")) ? "yes" : "no");
			table_add(&t, print_number(json_object_get(i, "mhz")));
			table_add(&t, print_text(i, "network"));
		}
	if (t.count == 0)
		fputs("this machine has no Wi-Fi radio that the kernel knows\n", stderr);
	else
		table_print(&t, stdout);
	show_busy(json_object_get(answer, "radios"));
	return EXIT_DONE;
}

int cmd_up(const struct cli *c, const json_t *answer)
{
	const json_t *i;
	size_t at;

	for (at = 0;
		(i = json_array_get(json_object_get(answer, "interfaces"), at)) != NULL;
		at++)
		printf("%s, %s, %s\n", print_text(i, "name"), print_text(i, "type"),
			json_is_true(json_object_get(i, "up")) ? "up" : "not up yet");
	if (at == 0)
		fputs("no interface carries the mesh\n", stderr);
	else if (c->request.command == COMMAND_DOWN)
		fputs("these are the configuration's, and go on\n", stderr);
	return EXIT_DONE;
}

/* ---- the question ---- */

enum { CHOICES_MAX = 9 };

struct choice {
	const json_t *interface;
	bool take, ibss;
};

static size_t choices_fill(const json_t *radios, struct choice *out)
{
	const json_t *r, *i;
	size_t count = 0, at, k;

	for (at = 0; (r = json_array_get(json_object_get(radios, "radios"), at)) != NULL;
		at++) {
		bool mesh = json_is_true(json_object_get(r, "mesh"));

		if (!mesh && !json_is_true(json_object_get(r, "ibss")))
			continue;
		for (k = 0; (i = json_array_get(json_object_get(r, "interfaces"), k)) !=
				    NULL &&
			    count < CHOICES_MAX;
			k++)
			if (strcmp(print_text(i, "mode"), "managed") == 0)
				out[count++] = (struct choice){ i,
					json_is_true(json_object_get(i, "up")), !mesh };
	}
	return count;
}

static void choices_show(const struct choice *all, size_t count)
{
	fputs("What is to carry the mesh?\n", stderr);
	for (size_t n = 0; n < count; n++) {
		const json_t *i = all[n].interface;

		fprintf(stderr, "  %zu  the radio of %s, ", n + 1, print_text(i, "name"));
		if (!json_is_null(json_object_get(i, "network")))
			fprintf(stderr,
				"which is used for '%s': that may have to stop until "
				"qanat down\n",
				print_text(i, "network"));
		else
			fprintf(stderr,
				all[n].take ? "which is up: its network may have to stop "
					      "until qanat down\n"
					    : "which is free\n");
	}
	fputs("  0  the networks that this machine is in now, as they are (or just "
	      "Enter)\n"
	      "Number: ",
		stderr);
}

bool up_question(struct cli *c, const json_t *radios)
{
	struct choice all[CHOICES_MAX];
	size_t count = choices_fill(radios, all);
	char line[32];
	unsigned long n;

	if (count == 0 || isatty(STDIN_FILENO) != 1 || !c->is_screen_err)
		return true;
	choices_show(all, count);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	n = strtoul(line, NULL, 10);
	if (line[0] != '\n' &&
		(strspn(line, "0123456789\n") != strlen(line) || n > count)) {
		fputs("that is none of them; nothing has changed\n", stderr);
		return false;
	}
	if (n == 0)
		return true;
	if (!request_set(&c->request, FIELD_WIFI,
		    bytes_of_string(json_string_value(
			    json_object_get(all[n - 1].interface, "name")))))
		return false;
	c->request.take = all[n - 1].take;
	return !all[n - 1].ibss ||
	       request_set(&c->request, FIELD_SSID, bytes_of_string("qanat"));
}

/* ---- the service ---- */

bool up_service(bool start)
{
	char *user[] = { "systemctl", "--user", start ? "enable" : "disable", "--now",
		"qanatd", NULL };
	char *system[] = { "systemctl", user[2], "--now", "qanatd", NULL };
	int status = -1;
	pid_t pid;

	if (access("/run/systemd/system", F_OK) != 0)
		return false;
	if (posix_spawnp(&pid, "systemctl", NULL, NULL, geteuid() == 0 ? system : user,
		    environ) != 0)
		return false;
	return waitpid(pid, &status, 0) == pid && status == 0;
}
