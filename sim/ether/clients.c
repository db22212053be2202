/* SPDX-License-Identifier: ISC */
#include "sim/ether/clients.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utlist.h>

#include "node/base/mem.h"
#include "sim/ether/port.h"

enum { HELLO_BYTES = 128, SOCKET_BUFFER_BYTES = 1 << 20 };

struct client {
	struct client *prev, *next;
	struct clients *all;
	int fd;
	ev_io io;
};

static void client_free(struct client *k)
{
	ev_io_stop(k->all->ether->loop, &k->io);
	DL_DELETE(k->all->waiting, k);
	k->all->waiting_count--;
	mem_free(k);
}

/* NULL when fine; else what is wrong. */
static const char *hello_accept(struct ether *e, struct bytes hello, uint32_t *node)
{
	uint8_t address[ADDRESS_BYTES];
	bool with_address;
	struct words w;

	if (hello.len > 0 && hello.data[hello.len - 1] == '\n')
		hello.len--;
	if (!words_split(&w, hello) || (w.count != 2 && w.count != 4) ||
		!bytes_equal(w.word[0], BYTES("node")))
		return "error: say: node NAME [mac xx:xx:xx:xx:xx:xx]";
	with_address = w.count == 4;
	if (with_address && (!bytes_equal(w.word[2], BYTES("mac")) ||
				    !address_parse(w.word[3], address)))
		return "error: not an address";
	if (!names_find(&e->scenario.names, w.word[1], node))
		return "error: no such node";
	if (e->ports[*node])
		return "error: this node is attached already";
	if (with_address)
		addresses_learn(&e->addresses, *node, address);
	return NULL;
}

static void on_hello(struct ev_loop *loop, ev_io *w, int events)
{
	struct client *k = w->data;
	struct ether *e = k->all->ether;
	int fd = k->fd, room = SOCKET_BUFFER_BYTES;
	uint8_t hello[HELLO_BYTES];
	const char *answer;
	uint32_t node = 0;
	ssize_t len = recv(fd, hello, sizeof(hello), MSG_DONTWAIT);

	(void)loop;
	(void)events;
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	client_free(k);
	if (len <= 0) {
		close(fd);
		return;
	}
	answer = hello_accept(e, bytes_of(hello, (size_t)len), &node);
	if (answer) {
		send(fd, answer, strlen(answer), MSG_DONTWAIT | MSG_NOSIGNAL);
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (send(fd, "ok", 2, MSG_DONTWAIT | MSG_NOSIGNAL) != 2) {
		close(fd);
		return;
	}
	port_open(e, PORT_SOCKET, node, fd, "socket");
}

static void on_connect(struct ev_loop *loop, ev_io *w, int events)
{
	struct clients *c = w->data;
	struct client *k;
	int fd = listener_accept(&c->listener);

	(void)events;
	if (fd < 0)
		return;
	if (c->waiting_count >= CLIENTS_WAITING_MAX) {
		close(fd);
		return;
	}
	k = mem_new(sizeof(*k));
	k->all = c;
	k->fd = fd;
	DL_APPEND(c->waiting, k);
	c->waiting_count++;
	ev_io_init(&k->io, on_hello, fd, EV_READ);
	k->io.data = k;
	ev_io_start(loop, &k->io);
}

int clients_open(struct clients *c, struct ether *e, const char *path)
{
	int err;

	*c = (struct clients){ .ether = e };
	err = listener_open(&c->listener, path, SOCK_SEQPACKET, 0666);
	if (err) {
		c->ether = NULL;
		return err;
	}
	ev_io_init(&c->io, on_connect, c->listener.fd, EV_READ);
	c->io.data = c;
	ev_io_start(e->loop, &c->io);
	return 0;
}

void clients_close(struct clients *c)
{
	if (!c->ether)
		return;
	ev_io_stop(c->ether->loop, &c->io);
	while (c->waiting) {
		close(c->waiting->fd);
		client_free(c->waiting);
	}
	listener_close(&c->listener);
}
