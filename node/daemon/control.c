/* SPDX-License-Identifier: ISC */
/* The control socket: accepts, reads one request, sends replies, never waits for anybody. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "node/daemon/up.h"
#include "node/daemon/capture.h"
#include "node/daemon/client.h"

enum { CONTROL_BACKLOG = 32 };

void client_free(struct client *c)
{
	struct daemon *d = c->daemon;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (d->clients[i] == c)
			d->clients[i] = NULL;
	if (c->request.command == COMMAND_CAPTURE && c->parsed)
		capture_follow(d);
	care_forget(c);
	watch_end(c);
	mem_free(c->up_before);
	if (c->fd >= 0) {
		ev_io_stop(d->loop, &c->io);
		close(c->fd);
	}
	buffer_fini(&c->out);
	/* a token may stand in it */
	wipe(c->in, c->in_len);
	wipe(&c->request, sizeof(c->request));
	mem_free(c->in);
	mem_free(c);
}

/* Sends what it can. False: the client is gone. */
static bool client_flush(struct client *c)
{
	int events = EV_READ;

	while (c->out.len > 0) {
		ssize_t n =
			send(c->fd, c->out.data, c->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			events |= EV_WRITE;
			break;
		}
		if (n < 0) {
			client_free(c);
			return false;
		}
		buffer_drop(&c->out, (size_t)n);
	}
	if (c->out.overflow || (c->ended && c->out.len == 0)) {
		client_free(c);
		return false;
	}
	ev_io_stop(c->daemon->loop, &c->io);
	ev_io_set(&c->io, c->fd, events);
	ev_io_start(c->daemon->loop, &c->io);
	return true;
}

static void client_parse(struct client *c, struct instant now)
{
	struct bytes got = bytes_of(c->in, c->in_len);
	size_t size;
	int err;

	switch (request_measure(got, &size)) {
	case REQUEST_PARTIAL:
		return;
	case REQUEST_BAD:
		c->parsed = c->ended = true;
		reply_refuse(&c->out, -EPROTO);
		return;
	case REQUEST_WHOLE:
		break;
	}
	c->parsed = true;
	err = request_parse(&c->request, bytes_of(c->in, size));
	if (err < 0) {
		c->ended = true;
		reply_refuse(&c->out, err);
		return;
	}
	c->begun = c->next_at = now;
	client_begin(c, now);
}

static void on_client(struct ev_loop *loop, ev_io *io, int events)
{
	struct client *c = io->data;
	struct daemon *d = c->daemon;
	struct instant now = daemon_now();
	uint8_t spare[64];
	ssize_t n;

	(void)loop;
	if (events & EV_READ) {
		if (c->parsed || c->in_len == REQUEST_SIZE_MAX)
			n = recv(c->fd, spare, sizeof(spare), MSG_DONTWAIT);
		else
			n = recv(c->fd, c->in + c->in_len, REQUEST_SIZE_MAX - c->in_len,
				MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			client_free(c);
			return;
		}
		if (n > 0 && !c->parsed) {
			c->in_len += (size_t)n;
			client_parse(c, now);
		}
	}
	if (client_flush(c))
		daemon_pump(d, now);
}

/* Only the user who runs the node, or root, may ask. */
static bool is_allowed(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return false;
	return who.uid == geteuid() || who.uid == 0;
}

struct client *client_new(struct daemon *d, int fd)
{
	struct client *c;
	size_t place = 0;

	while (place < CLIENTS_MAX && d->clients[place] != NULL)
		place++;
	if (place == CLIENTS_MAX)
		return NULL;
	c = d->clients[place] = mem_new(sizeof(*c));
	c->daemon = d;
	c->fd = fd;
	if (fd < 0) {
		buffer_init(&c->out, NODE_CARE_REPLY_MAX);
		return c;
	}
	c->in = mem_new(REQUEST_SIZE_MAX);
	buffer_init(&c->out, REPLY_BUFFER_MAX);
	ev_io_init(&c->io, on_client, fd, EV_READ);
	c->io.data = c;
	ev_io_start(d->loop, &c->io);
	return c;
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *d = io->data;
	int fd = accept4(d->control, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *c;

	(void)loop;
	(void)events;
	if (fd < 0)
		return;
	c = client_new(d, fd);
	if (c == NULL) {
		close(fd);
		return;
	}
	if (!is_allowed(fd)) {
		c->parsed = true;
		client_fail(c, EXIT_FORBIDDEN, "this node belongs to somebody else",
			"only its user and root may ask it",
			"run the command as that user");
		(void)client_flush(c);
	}
}

static bool socket_path(const struct daemon *d, struct sockaddr_un *at)
{
	int len = snprintf(
		at->sun_path, sizeof(at->sun_path), "%s/control.sock", d->settings.state);

	at->sun_family = AF_UNIX;
	return len > 0 && (size_t)len < sizeof(at->sun_path);
}

int control_open(struct daemon *d)
{
	struct sockaddr_un at = { 0 };
	mode_t mask;
	int err = 0;

	if (!socket_path(d, &at))
		return -ENAMETOOLONG;
	d->control = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (d->control < 0)
		return -errno;
	/* the lock on the directory is ours, so a socket that lies here is stale */
	(void)unlink(at.sun_path);
	mask = umask(0177);
	if (bind(d->control, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		listen(d->control, CONTROL_BACKLOG) < 0)
		err = -errno;
	umask(mask);
	if (err < 0) {
		close(d->control);
		d->control = -1;
		return err;
	}
	ev_io_init(&d->control_io, on_accept, d->control, EV_READ);
	d->control_io.data = d;
	ev_io_start(d->loop, &d->control_io);
	return 0;
}

void control_close(struct daemon *d)
{
	struct sockaddr_un at = { 0 };

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = d->clients[i];

		if (c == NULL)
			continue;
		if (c->fd < 0) {
			client_free(c);
			continue;
		}
		if (c->running && !c->ended)
			client_fail(c, EXIT_NO_NODE, "the node is stopping", NULL, NULL);
		if (client_flush(c))
			client_free(c);
	}
	if (d->control < 0)
		return;
	ev_io_stop(d->loop, &d->control_io);
	close(d->control);
	d->control = -1;
	if (socket_path(d, &at))
		(void)unlink(at.sun_path);
}

static bool is_probe(const struct client *c)
{
	return !c->asks && (c->request.command == COMMAND_PING ||
				   c->request.command == COMMAND_TRACE ||
				   c->request.command == COMMAND_SPEED);
}

/* Sends what there is; the client may be gone afterwards. */
static void client_settle(struct client *c, struct instant now)
{
	if (c->fd < 0)
		care_settle(c, now);
	else
		(void)client_flush(c);
}

void control_event(struct daemon *d, struct instant now, const struct node_event *e)
{
	if (e->kind == NODE_EVENT_CARE_ASKED) {
		care_asked(d, now, e->token);
		return;
	}
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = d->clients[i];

		if (c == NULL || !c->running)
			continue;
		if (e->kind == NODE_EVENT_CARE_ENDED && c->asks &&
			c->question == e->token)
			care_ended(c, e);
		else if (is_probe(c))
			probe_event(c, now, e);
		else if (c->request.command == COMMAND_MESH_JOIN)
			mesh_event(c, now, e);
		else if (c->request.command == COMMAND_WATCH)
			watch_event(c, e);
		client_settle(c, now);
	}
}

void control_tick(struct daemon *d, struct instant now)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = d->clients[i];

		if (c == NULL || !c->running || c->asks)
			continue;
		if (is_probe(c))
			probe_tick(c, now);
		else if (c->request.command == COMMAND_CAPTURE)
			capture_tick(c);
		else if (c->request.command == COMMAND_WATCH)
			watch_tick(c, now);
		else if (c->request.command == COMMAND_UP)
			up_tick(c, now);
		else if (c->request.command != COMMAND_MESH_JOIN)
			wait_tick(c, now);
		client_settle(c, now);
	}
}

bool control_busy(const struct daemon *d)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (d->clients[i] != NULL && d->clients[i]->running &&
			!d->clients[i]->asks)
			return true;
	return false;
}
