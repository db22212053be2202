/* SPDX-License-Identifier: ISC */
/* Reads the command line into a request. Options may stand anywhere; "--" ends them. */
#include "tools/cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/control/version.h"
#include "tools/cli/help.h"
#include "tools/cli/print.h"

struct parse {
	struct cli *cli;
	int argc, at;
	char **argv;
	const char *node; /* of @NODE; NULL: the one at the socket */
	bool has_command, wants_help, wants_version, no_more_options;
	uint32_t given;  /* a bit for each field */
	char rest[4096]; /* words of the param that takes all that are left */
};

static bool wrong(const struct parse *p, const char *what, const char *why)
{
	const char *command =
		p->has_command ? command_rows[p->cli->request.command].name : NULL;
	const char *fix = command != NULL ? print_format("try: qanat %s --help", command)
					  : "try: qanat help";

	print_failure(EXIT_USAGE, what, why, fix);
	return false;
}

bool options_duration(const char *s, uint64_t *ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 }, { "w", 604800000 } };
	uint64_t whole = 0, part = 0, scale = 1;
	size_t digits = strspn(s, "0123456789");

	if (digits == 0 || digits > 9)
		return false;
	for (; digits > 0; digits--)
		whole = whole * 10 + (uint64_t)(*s++ - '0');
	if (*s == '.') {
		digits = strspn(++s, "0123456789");
		if (digits == 0 || digits > 6)
			return false;
		for (; digits > 0; digits--, scale *= 10)
			part = part * 10 + (uint64_t)(*s++ - '0');
	}
	for (size_t i = 0; i < array_len(units); i++) {
		if (strcmp(s, units[i].unit) == 0) {
			*ms = whole * units[i].ms + part * units[i].ms / scale;
			return true;
		}
	}
	return false;
}

static const char *duration_text(const char *value)
{
	uint64_t ms;

	return options_duration(value, &ms) ? print_format("%llu", (unsigned long long)ms)
					    : "";
}

/* Where DIR is, however the node's own working directory lies. */
static const char *absolute(const char *dir, char *out, size_t room)
{
	char here[4096];

	if (dir[0] == '/' || dir[0] == '\0')
		return dir;
	if (getcwd(here, sizeof(here)) == NULL)
		return "";
	snprintf(out, room, "%s/%s", strcmp(here, "/") == 0 ? "" : here, dir);
	return out;
}

static const char *bounds_text(const struct param *param)
{
	unsigned long long min = param->min, max = param->max;

	if (param->kind == PARAM_NUMBER)
		return print_format("not a whole number from %llu to %llu", min, max);
	if (param->kind == PARAM_DURATION)
		return print_format(
			"not a time from %g to %g seconds, such as 5, 0.5, 90s, 12h, 7d",
			(double)min / 1000, (double)max / 1000);
	return print_format("not possible; %s", param->help);
}

static bool set(struct parse *p, const struct param *param, const char *value)
{
	const char *called = param->option != NULL ? param->option : param->value;
	char path[8192];
	const char *text = value;

	if ((p->given & 1u << param->field) != 0)
		return wrong(p, called, "given twice");
	p->given |= 1u << param->field;
	if (param->kind == PARAM_DURATION)
		text = duration_text(value);
	else if (param->field == FIELD_DIR)
		text = absolute(value, path, sizeof(path));
	if (request_set(&p->cli->request, param->field, bytes_of_string(text)))
		return true;
	if (param->kind == PARAM_TEXT)
		return wrong(p, called, value[0] == '\0' ? "is empty" : "is too long");
	return wrong(p, print_format("%s %s", called, value), bounds_text(param));
}

static bool set_option(struct parse *p, const struct param *param, const char *attached)
{
	const char *value = attached;

	if (param->kind == PARAM_FLAG) {
		if (attached != NULL)
			return wrong(p, param->option, "takes no value");
		return set(p, param, "1");
	}
	if (value == NULL && p->at < p->argc)
		value = p->argv[p->at++];
	if (value == NULL)
		return wrong(
			p, param->option, print_format("%s is missing", param->value));
	return set(p, param, value);
}

/* The command's option of this word, "--name", "--name=value", "-c" or "-c5". */
static const struct param *find_option(
	const struct command_row *row, const char *word, const char **attached)
{
	const char *equals = strchr(word, '=');
	size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);

	for (size_t i = 0; i < row->param_count; i++) {
		const struct param *p = &row->params[i];

		if (p->option == NULL || p->option[0] == '\0')
			continue;
		if (strlen(p->option) == len && strncmp(p->option, word, len) == 0) {
			*attached = equals != NULL ? equals + 1 : NULL;
			return p;
		}
		if (p->letter != '\0' && word[1] == p->letter) {
			*attached = word[2] != '\0' ? word + 2 : NULL;
			return p;
		}
	}
	return NULL;
}

/* Sets *used when the word is an option of every command. */
static bool global_option(struct parse *p, const char *word, bool *used)
{
	*used = true;
	if (strcmp(word, "--json") == 0) {
		p->cli->json = true;
	} else if (strcmp(word, "--quiet") == 0 || strcmp(word, "-q") == 0) {
		p->cli->quiet = true;
	} else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		p->wants_help = true;
	} else if (strcmp(word, "--version") == 0) {
		p->wants_version = true;
	} else if (strncmp(word, "--state=", 8) == 0) {
		p->cli->state = word + 8;
	} else if (strcmp(word, "--state") == 0) {
		if (p->at == p->argc)
			return wrong(p, "--state", "DIR is missing");
		p->cli->state = p->argv[p->at++];
	} else {
		*used = false;
	}
	return true;
}

static bool take_option(struct parse *p, const char *word)
{
	const struct param *param = NULL;
	const char *attached;
	bool used;

	if (!global_option(p, word, &used))
		return false;
	if (used)
		return true;
	if (p->has_command)
		param = find_option(
			&command_rows[p->cli->request.command], word, &attached);
	if (param == NULL)
		return wrong(p, word, "no such option");
	return set_option(p, param, attached);
}

static bool take_command(struct parse *p, const char *word)
{
	enum command command;
	const char *nearest;

	if (strcmp(word, "help") == 0 && !p->wants_help) {
		p->wants_help = true;
		return true;
	}
	if (command_find(bytes_of_string(word), &command)) {
		request_init(&p->cli->request, command);
		p->has_command = true;
		return true;
	}
	nearest = command_nearest(bytes_of_string(word));
	print_failure(EXIT_USAGE, word, "no such command",
		nearest != NULL ? print_format("did you mean: qanat %s", nearest)
				: "qanat help lists them");
	return false;
}

static bool add_rest(struct parse *p, const struct param *param, const char *word)
{
	size_t len = strlen(p->rest);
	int added = snprintf(
		p->rest + len, sizeof(p->rest) - len, "%s%s", len > 0 ? " " : "", word);

	if (word[0] == '\0')
		return wrong(p, param->value, "is empty");
	return (size_t)added < sizeof(p->rest) - len ||
	       wrong(p, param->value, "is too long");
}

/* The second word of a command of two, such as mesh new. */
static bool take_second(struct parse *p, const char *word)
{
	const char *both =
		print_format("%s %s", command_rows[p->cli->request.command].name, word);
	enum command command;

	if (p->given != 0 || !command_find(bytes_of_string(both), &command))
		return false;
	request_init(&p->cli->request, command);
	return true;
}

static bool take_word(struct parse *p, const char *word)
{
	const struct command_row *row = &command_rows[p->cli->request.command];

	if (!p->has_command && word[0] == '@') {
		if (p->node != NULL)
			return wrong(p, word, "one node at a time");
		p->node = word + 1;
		return true;
	}
	if (!p->has_command)
		return take_command(p, word);
	if (take_second(p, word))
		return true;
	for (size_t i = 0; i < row->param_count; i++) {
		const struct param *param = &row->params[i];

		if (param->option == NULL && (p->given & 1u << param->field) == 0)
			return param->rest ? add_rest(p, param, word)
					   : set(p, param, word);
	}
	return wrong(p, word, "one argument too many");
}

static bool set_rest(struct parse *p)
{
	const struct command_row *row = &command_rows[p->cli->request.command];

	for (size_t i = 0; i < row->param_count && p->rest[0] != '\0'; i++)
		if (row->params[i].rest)
			return set(p, &row->params[i], p->rest);
	return true;
}

static enum options_verdict finish(struct parse *p)
{
	const struct param *missing;
	struct cli *c = p->cli;

	if (p->wants_version)
		puts("qanat " QANAT_VERSION);
	else if (p->wants_help && p->has_command)
		help_command(stdout, c->request.command);
	else if (p->wants_help)
		help_all(stdout);
	if (p->wants_help || p->wants_version)
		return OPTIONS_DONE;
	if (!p->has_command) {
		help_all(stderr);
		return OPTIONS_WRONG;
	}
	if (!set_rest(p))
		return OPTIONS_WRONG;
	if (p->node != NULL &&
		(command_rows[c->request.command].flags & COMMAND_READS) == 0) {
		wrong(p, command_rows[c->request.command].name,
			"another node is only read: status, neighbours, routes, map, "
			"folders, members, conflicts, ping, trace, metrics");
		return OPTIONS_WRONG;
	}
	if (p->node != NULL &&
		!request_set(&c->request, FIELD_AT, bytes_of_string(p->node))) {
		wrong(p, print_format("@%s", p->node),
			p->node[0] == '\0' ? "NODE is missing" : "is too long");
		return OPTIONS_WRONG;
	}
	if (!request_is_complete(&c->request, &missing)) {
		wrong(p, command_rows[c->request.command].name,
			print_format("%s is missing", missing->value));
		return OPTIONS_WRONG;
	}
	if (c->json && (command_rows[c->request.command].flags & COMMAND_JSON) == 0) {
		wrong(p, command_rows[c->request.command].name, "takes no --json");
		return OPTIONS_WRONG;
	}
	return OPTIONS_RUN;
}

enum options_verdict options_parse(struct cli *c, int argc, char **argv)
{
	struct parse p = { .cli = c, .argc = argc, .at = 1, .argv = argv };

	while (p.at < p.argc) {
		const char *word = p.argv[p.at++];
		bool is_option = word[0] == '-' && word[1] != '\0' && !p.no_more_options;

		if (is_option && strcmp(word, "--") == 0)
			p.no_more_options = true;
		else if (!(is_option ? take_option(&p, word) : take_word(&p, word)))
			return OPTIONS_WRONG;
	}
	return finish(&p);
}
