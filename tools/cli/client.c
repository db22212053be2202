/* SPDX-License-Identifier: ISC */
/* The control socket. A path too long for its address is reached through /proc/self/fd. */
#include "tools/cli/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "node/base/mem.h"

#define SYSTEM_STATE "/var/lib/qanat"
#define SYSTEM_RUN   "/run/qanat"

enum { READ_BYTES = 65536, PATH_ROOM = 4096 };

static void usual_state(char *path, size_t room)
{
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (geteuid() == 0)
		snprintf(path, room, "%s", SYSTEM_STATE);
	else if (xdg != NULL && xdg[0] == '/')
		snprintf(path, room, "%s/qanat", xdg);
	else
		snprintf(path, room, "%s/.local/state/qanat", home != NULL ? home : "");
}

const char *client_place(const char *state)
{
	static char path[PATH_ROOM];

	if (state != NULL)
		return state;
	usual_state(path, sizeof(path));
	return path;
}

/* 0 and *fd, or a negative errno. */
static int connect_in(const char *dir, int *fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int err = 0, s;

	if (at < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path),
		"/proc/self/fd/%d/control.sock", at);
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof(address)) != 0) {
		err = -errno;
		if (s >= 0)
			close(s);
	}
	close(at);
	*fd = s;
	return err;
}

int client_open(struct client *c, const char *state)
{
	int err = connect_in(client_place(state), &c->fd);

	if (state == NULL && (err == -ENOENT || err == -ECONNREFUSED || err == -EACCES)) {
		int other = connect_in(SYSTEM_RUN, &c->fd);

		if (other == 0 || (err == -ENOENT && other == -EACCES))
			err = other;
	}
	if (err != 0) {
		c->fd = -1;
		return err;
	}
	buffer_init(&c->in, REPLY_BUFFER_MAX);
	c->taken = 0;
	return 0;
}

void client_close(struct client *c)
{
	if (c->fd < 0)
		return;
	close(c->fd);
	c->fd = -1;
	buffer_fini(&c->in);
}

int client_ask(struct client *c, const struct request *r)
{
	uint8_t *bytes = mem_new(REQUEST_SIZE_MAX);
	struct writer w = writer_of(bytes, REQUEST_SIZE_MAX);
	size_t sent = 0;
	int err = 0;

	request_write(&w, r);
	check(!w.overflow);
	while (sent < w.len && err == 0) {
		ssize_t n = send(c->fd, w.at + sent, w.len - sent, MSG_NOSIGNAL);

		if (n < 0)
			err = -errno;
		else
			sent += (size_t)n;
	}
	mem_free(bytes);
	return err;
}

int client_next(struct client *c, struct reply *r)
{
	uint8_t more[READ_BYTES];

	buffer_drop(&c->in, c->taken);
	c->taken = 0;
	for (;;) {
		enum reply_verdict v = reply_parse(r, buffer_bytes(&c->in), &c->taken);
		ssize_t n;

		if (v == REPLY_WHOLE)
			return 0;
		if (v == REPLY_BAD)
			return -EPROTO;
		n = recv(c->fd, more, sizeof(more), 0);
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EPIPE;
		buffer_add(&c->in, bytes_of(more, (size_t)n));
		if (c->in.overflow)
			return -EPROTO;
	}
}
