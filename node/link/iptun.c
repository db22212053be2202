/* SPDX-License-Identifier: ISC */
/* Reads and writes whole packets, each with its virtio header where the TUN has one. */
#include "node/link/iptun.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "node/base/mem.h"

void iptun_open(struct iptun *t, int fd, bool vnet, bool datagrams)
{
	int flags = fcntl(fd, F_GETFL);

	(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	*t = (struct iptun){ .fd = fd, .vnet = vnet };
	t->in = mem_new(COALESCE_BUFFER_SIZE);
	t->buffers = mem_array(IPTUN_SLOTS, COALESCE_BUFFER_SIZE);
	coalesce_init(&t->out, t->buffers, IPTUN_SLOTS, datagrams);
}

void iptun_close(struct iptun *t)
{
	close(t->fd);
	mem_free(t->in);
	mem_free(t->buffers);
	t->fd = -1;
	t->in = t->buffers = NULL;
}

enum iptun_got iptun_read(struct iptun *t, struct offload *o, struct packet *p)
{
	size_t before = t->vnet ? OFFLOAD_SIZE : 0;
	ssize_t n = read(t->fd, t->in, COALESCE_BUFFER_SIZE);

	*o = (struct offload){ .type = OFFLOAD_NONE };
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? IPTUN_NOTHING : IPTUN_GONE;
	if ((size_t)n <= before ||
		(t->vnet && !offload_parse(o, bytes_of(t->in, (size_t)n))) ||
		!packet_parse(p, bytes_of(t->in + before, (size_t)n - before)))
		return IPTUN_NONSENSE;
	return IPTUN_PACKET;
}

static void write_one(struct iptun *t)
{
	struct bytes b = coalesce_take(&t->out);
	size_t before = t->vnet ? 0 : OFFLOAD_SIZE;

	if (write(t->fd, b.data + before, b.len - before) < 0)
		t->refused++;
}

void iptun_write(struct iptun *t, const struct packet *p)
{
	while (!coalesce_add(&t->out, p))
		write_one(t);
	if (!t->vnet)
		write_one(t);
}

void iptun_flush(struct iptun *t)
{
	while (t->out.used > 0)
		write_one(t);
}
