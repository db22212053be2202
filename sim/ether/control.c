/* SPDX-License-Identifier: ISC */
#include "sim/ether/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utlist.h>

#include "node/base/mem.h"
#include "sim/ether/hwsim.h"
#include "sim/ether/report.h"

enum { WHY_CHARS = 200 };

struct talker {
	struct talker *prev, *next;
	struct control *all;
	int fd;
	char line[CONTROL_LINE_MAX];
	size_t line_len;
	char *output; /* answers not yet written */
	size_t output_len, output_room, output_done;
	ev_io reader, writer;
};

static void command_counters(FILE *out, struct ether *e)
{
	report_counters(out, e);
	fputs(".\n", out);
}

static void command_counters_json(FILE *out, struct ether *e)
{
	report_counters_json(out, e);
}

static void command_reset(FILE *out, struct ether *e)
{
	channel_counters_reset(&e->channel);
	memset(e->drops, 0, e->channel.node_count * sizeof(e->drops[0]));
	if (e->hwsim)
		hwsim_drops_reset(e->hwsim);
	fputs("ok\n", out);
}

static void command_topology(FILE *out, struct ether *e)
{
	report_topology(out, e);
	fputs(".\n", out);
}

static void command_pause(FILE *out, struct ether *e)
{
	ether_pause(e);
	fputs("ok\n", out);
}

static void command_resume(FILE *out, struct ether *e)
{
	ether_resume(e);
	fputs("ok\n", out);
}

static void command_quit(FILE *out, struct ether *e)
{
	fputs("ok\n", out);
	ev_break(e->loop, EVBREAK_ALL);
}

static void command_help(FILE *out, struct ether *e)
{
	(void)e;
	fputs("cut A B | join A B | set A B loss=5% [rate=20M] [delay=1ms] [ber=1e-6] "
	      "[signal=-80]\n"
	      "dcut, djoin, dset: from A to B only\n"
	      "set KEY VALUE | move NAME X Y [over=10s]\n"
	      "part GROUP NODES | heal | doze NODES | wake NODES\n"
	      "counters [json] | reset | topology | pause | resume | quit\n"
	      ".\n",
		out);
}

static const struct {
	const char *words;
	void (*run)(FILE *out, struct ether *e);
} commands[] = {
	{ "counters", command_counters },
	{ "counters json", command_counters_json },
	{ "reset", command_reset },
	{ "topology", command_topology },
	{ "pause", command_pause },
	{ "resume", command_resume },
	{ "quit", command_quit },
	{ "help", command_help },
};

static bool is_command(const struct words *w, const char *words)
{
	struct words c;

	if (!words_split(&c, bytes_of_string(words)) || c.count != w->count)
		return false;
	for (size_t i = 0; i < c.count; i++)
		if (!bytes_equal(c.word[i], w->word[i]))
			return false;
	return true;
}

static void answer(FILE *out, struct ether *e, struct bytes line)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));
	struct action action;
	struct words w;

	ether_advance(e);
	if (!words_split(&w, line) || w.count == 0) {
		fputs("error: not a command, try help\n", out);
		return;
	}
	for (size_t i = 0; i < array_len(commands); i++)
		if (is_command(&w, commands[i].words)) {
			commands[i].run(out, e);
			return;
		}
	if (action_parse(&action, &w, 0, &e->scenario.names, &why) &&
		ether_act(e, &action, &why))
		fputs("ok\n", out);
	else
		fprintf(out, "error: %s\n", buffer);
}

static void talker_free(struct talker *t)
{
	ev_io_stop(t->all->ether->loop, &t->reader);
	ev_io_stop(t->all->ether->loop, &t->writer);
	DL_DELETE(t->all->talkers, t);
	t->all->count--;
	close(t->fd);
	mem_free(t->output);
	mem_free(t);
}

/* False: the talker is gone. */
static bool output_write(struct talker *t)
{
	while (t->output_done < t->output_len) {
		ssize_t n = send(t->fd, t->output + t->output_done,
			t->output_len - t->output_done, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			ev_io_start(t->all->ether->loop, &t->writer);
			return true;
		}
		if (n < 0) {
			talker_free(t);
			return false;
		}
		t->output_done += (size_t)n;
	}
	t->output_len = t->output_done = 0;
	ev_io_stop(t->all->ether->loop, &t->writer);
	return true;
}

static bool output_add(struct talker *t, const char *data, size_t len)
{
	if (t->output_len + len > CONTROL_OUTPUT_MAX) {
		talker_free(t);
		return false;
	}
	if (t->output_len + len > t->output_room) {
		t->output_room = (t->output_len + len) * 2;
		t->output = mem_resize(t->output, t->output_room, 1);
	}
	memcpy(t->output + t->output_len, data, len);
	t->output_len += len;
	return true;
}

static bool line_answer(struct talker *t, struct bytes line)
{
	char *data = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&data, &len);
	bool alive;

	check(out != NULL);
	answer(out, t->all->ether, line);
	check(fclose(out) == 0);
	alive = output_add(t, data, len);
	free(data);
	return alive && output_write(t);
}

static bool lines_take(struct talker *t)
{
	char *end;

	while ((end = memchr(t->line, '\n', t->line_len))) {
		size_t len = (size_t)(end - t->line);

		if (!line_answer(t, bytes_of(t->line, len)))
			return false;
		t->line_len -= len + 1;
		memmove(t->line, end + 1, t->line_len);
	}
	return true;
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct talker *t = w->data;
	ssize_t n = recv(t->fd, t->line + t->line_len, sizeof(t->line) - t->line_len,
		MSG_DONTWAIT);

	(void)loop;
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		talker_free(t);
		return;
	}
	t->line_len += (size_t)n;
	if (lines_take(t) && t->line_len == sizeof(t->line))
		talker_free(t);
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop;
	(void)events;
	output_write(w->data);
}

static void on_connect(struct ev_loop *loop, ev_io *w, int events)
{
	struct control *c = w->data;
	int fd = listener_accept(&c->listener);
	struct talker *t;

	(void)events;
	if (fd < 0)
		return;
	if (c->count >= CONTROL_CLIENTS_MAX) {
		close(fd);
		return;
	}
	t = mem_new(sizeof(*t));
	t->all = c;
	t->fd = fd;
	DL_APPEND(c->talkers, t);
	c->count++;
	ev_io_init(&t->reader, on_readable, fd, EV_READ);
	ev_io_init(&t->writer, on_writable, fd, EV_WRITE);
	t->reader.data = t;
	t->writer.data = t;
	ev_io_start(loop, &t->reader);
}

int control_open(struct control *c, struct ether *e, const char *path)
{
	int err;

	*c = (struct control){ .ether = e };
	err = listener_open(&c->listener, path, SOCK_STREAM, 0600);
	if (err) {
		c->ether = NULL;
		return err;
	}
	ev_io_init(&c->io, on_connect, c->listener.fd, EV_READ);
	c->io.data = c;
	ev_io_start(e->loop, &c->io);
	return 0;
}

void control_close(struct control *c)
{
	if (!c->ether)
		return;
	ev_io_stop(c->ether->loop, &c->io);
	while (c->talkers) {
		struct talker *t = c->talkers;

		if (output_write(t))
			talker_free(t);
	}
	listener_close(&c->listener);
}
