/* SPDX-License-Identifier: ISC */
/*
 * qanat: asks the node and shows what it answers. stdout is data, stderr is talk. The order
 * of a run stands in ask(): connect, send, one reply after the other until the exit code.
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/cli/client.h"
#include "tools/cli/cmd.h"
#include "tools/cli/options.h"
#include "tools/top/top.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

bool cli_interrupted(void)
{
	return interrupted != 0;
}

static const char *command_name(const struct cli *c)
{
	return command_rows[c->request.command].name;
}

static int fail_open(const struct cli *c, int err)
{
	const char *place = client_place(c->state);
	const char *start =
		c->state != NULL
			? print_format("start it with: qanatd --open --state %s", place)
			: "start it with: qanatd --open";

	if (err == -EACCES || err == -EPERM)
		return print_failure(EXIT_FORBIDDEN, command_name(c),
			print_format(
				"%s/control.sock may not be opened by this user", place),
			"run it as the user that runs qanatd, or join the group qanat");
	if (err == -ECONNREFUSED)
		return print_failure(EXIT_NO_NODE, command_name(c),
			print_format(
				"the node on %s has stopped and left its socket", place),
			start);
	if (err == -ENOENT || err == -ENOTDIR)
		return print_failure(EXIT_NO_NODE, command_name(c),
			print_format("no node is running on %s", place), start);
	return print_failure(EXIT_FAILED, command_name(c),
		print_format("%s/control.sock: %s", place, strerror(-err)), NULL);
}

static int fail_talk(const struct cli *c, int err)
{
	bar_clear();
	if (cli_interrupted())
		return EXIT_INTERRUPTED;
	if (err == -EPIPE || err == -ECONNRESET)
		return print_failure(EXIT_NO_NODE, command_name(c),
			"the node stopped before it had answered",
			"its log says why; start it with: qanatd --open");
	if (err == -EPROTO)
		return print_failure(EXIT_FAILED, command_name(c),
			"the answer is not in the form of this version",
			"install the same version of qanat and qanatd, then restart "
			"qanatd");
	return print_failure(EXIT_FAILED, command_name(c), strerror(-err), NULL);
}

static void print_line(struct bytes b)
{
	fwrite(b.data, 1, b.len, stdout);
	putchar('\n');
	fflush(stdout);
}

/* Text as it is, but nothing that a terminal obeys. */
static void print_data(const struct cli *c, struct bytes b)
{
	size_t from = 0;

	if (!c->is_screen_out) {
		fwrite(b.data, 1, b.len, stdout);
		return;
	}
	for (size_t i = 0; i < b.len; i++) {
		if (b.data[i] != '\n')
			continue;
		fputs(print_safe(bytes_of(b.data + from, i - from)), stdout);
		putchar('\n');
		from = i + 1;
	}
	fputs(print_safe(bytes_of(b.data + from, b.len - from)), stdout);
}

static bool wants_json(const struct cli *c)
{
	return c->json ||
	       (c->request.format != NULL && strcmp(c->request.format, "json") == 0);
}

/* code: what the command ends with as far as known. */
static int take_json(const struct cli *c, const struct reply *r, int code)
{
	const struct cmd *cmd = &cmds[c->request.command];
	json_t *o = json_loadb((const char *)r->body.data, r->body.len, 0, NULL);

	if (o == NULL)
		return print_failure(EXIT_FAILED, command_name(c),
			"the answer is not JSON",
			"install the same version of qanat and qanatd, then restart "
			"qanatd");
	if (r->kind == REPLY_PROGRESS) {
		if (cmd->progress != NULL && !wants_json(c))
			cmd->progress(c, o);
	} else {
		bar_clear();
		if (wants_json(c))
			print_line(r->body);
		else if (cmd->show != NULL)
			code = cmd->show(c, o);
		if (c->request.check)
			code = cmd_status_check(o);
	}
	json_decref(o);
	return code;
}

/* Replies until the exit code; what the node says wins over what we made of its answer. */
static int read_replies(const struct cli *c, struct client *k)
{
	struct reply r;
	int code = EXIT_DONE;

	for (;;) {
		int err = client_next(k, &r);

		if (err == -EINTR && !cli_interrupted())
			continue;
		if (err != 0)
			return fail_talk(c, err);
		switch (r.kind) {
		case REPLY_ANSWER:
		case REPLY_PROGRESS:
			code = take_json(c, &r, code);
			break;
		case REPLY_TEXT:
			print_data(c, r.body);
			break;
		case REPLY_PACKET:
			if (!capture_packet(c, r.body))
				return EXIT_FAILED;
			break;
		case REPLY_ERROR:
			print_failure_bytes(EXIT_FAILED, r.what, r.why, r.fix);
			break;
		case REPLY_EXIT:
			bar_clear();
			return r.code != EXIT_DONE ? r.code : code;
		}
	}
}

static int ask(const struct cli *c)
{
	struct client k;
	int err = client_open(&k, c->state);
	int code;

	if (err != 0)
		return fail_open(c, err);
	err = client_ask(&k, &c->request);
	code = err != 0 ? fail_talk(c, err) : read_replies(c, &k);
	client_close(&k);
	return code;
}

/* The answer to a request without arguments; NULL: there is none. */
static json_t *ask_for(const struct cli *c, enum command command)
{
	struct cli other = *c;
	struct client k;
	struct reply r;
	json_t *o = NULL;

	request_init(&other.request, command);
	if (client_open(&k, c->state) != 0)
		return NULL;
	if (client_ask(&k, &other.request) == 0 && client_next(&k, &r) == 0 &&
		r.kind == REPLY_ANSWER)
		o = json_loadb((const char *)r.body.data, r.body.len, 0, NULL);
	client_close(&k);
	return o;
}

/* The service may have to be started first; then it takes a moment until it answers. */
static bool node_is_there(const struct cli *c)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	struct client k;
	int tries = 50;

	while (client_open(&k, c->state) != 0) {
		if (c->state != NULL || (tries == 50 && !up_service(true)) ||
			tries-- == 0 || cli_interrupted())
			return false;
		nanosleep(&pause, NULL);
	}
	client_close(&k);
	return true;
}

static int ask_up(struct cli *c)
{
	const struct request *r = &c->request;
	json_t *radios;
	bool go = true;

	if (node_is_there(c) && r->wifi[0] == '\0' && r->name[0] == '\0' &&
		!wants_json(c)) {
		radios = ask_for(c, COMMAND_RADIOS);
		go = radios == NULL || up_question(c, radios);
		json_decref(radios);
	}
	return go ? ask(c) : EXIT_FAILED;
}

/* What up began ends: the radio is put back before the service goes. */
static int ask_down(const struct cli *c)
{
	int code = ask(c);

	if (code == EXIT_DONE && c->state == NULL)
		(void)!up_service(false);
	return code;
}

static int ask_capture(const struct cli *c)
{
	int code = capture_begin(c);

	return code != EXIT_DONE ? code : capture_end(c, ask(c));
}

static void look_around(struct cli *c)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	const struct cmd *cmd = &cmds[c->request.command];

	c->is_screen_out = isatty(STDOUT_FILENO) == 1;
	c->is_screen_err = isatty(STDERR_FILENO) == 1;
	c->colour = c->is_screen_out && (no_colour == NULL || *no_colour == '\0') &&
		    term != NULL && strcmp(term, "dumb") != 0;
	c->request.progress = cmd->progress != NULL && !wants_json(c) && !c->quiet &&
			      (!cmd->progress_is_bar || c->is_screen_err);
}

/* What was printed has arrived; a full disk is not a success. */
static int finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	return print_failure(EXIT_FAILED, "stdout", strerror(errno), NULL);
}

static void catch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_signal };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
}

int main(int argc, char **argv)
{
	struct cli c = { .request = { .command = COMMAND_STATUS } };

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	print_init();
	switch (options_parse(&c, argc, argv)) {
	case OPTIONS_DONE:
		return finish(EXIT_DONE);
	case OPTIONS_WRONG:
		return EXIT_USAGE;
	case OPTIONS_RUN:
		break;
	}
	catch_signals();
	look_around(&c);
	if (c.request.command == COMMAND_TOP)
		return top_run(&c);
	if (c.request.command == COMMAND_UP)
		return finish(ask_up(&c));
	if (c.request.command == COMMAND_DOWN)
		return finish(ask_down(&c));
	if (c.request.command == COMMAND_CAPTURE)
		return finish(ask_capture(&c));
	return finish(ask(&c));
}
