/* SPDX-License-Identifier: ISC */
/*
 * Reading is batched: up to BATCH frames a wakeup, so that one busy node cannot keep
 * others waiting. A packet socket brings a virtio header with each frame: it says which
 * checksum the sending kernel left open, and which frames a real radio would have got in
 * pieces.
 */
#include "sim/ether/port.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "node/base/mem.h"

enum { BATCH = 32, BUFFER_BYTES = 65536 + sizeof(struct virtio_net_hdr) };

static uint8_t buffers[BATCH][BUFFER_BYTES];

static void detach(struct port *p, const char *why)
{
	log_line(&p->ether->log, LOG_INFO_, p->ether->scenario.names.names[p->node],
		": detached from ", p->name, ": ", why, NULL);
	port_close(p);
}

/* Internet checksum over the rest of the frame, where the sender left that to
 * hardware. */
static bool checksum_finish(uint8_t *frame, size_t len, size_t start, size_t offset)
{
	uint32_t sum = 0;

	if (start >= len || start + offset + 2 > len)
		return false;
	for (size_t i = start; i < len; i++)
		sum += (i - start) & 1 ? frame[i] : (uint32_t)frame[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (sum == 0)
		sum = 0xffff;
	frame[start + offset] = (uint8_t)(sum >> 8);
	frame[start + offset + 1] = (uint8_t)sum;
	return true;
}

static void packet_receive(struct port *p, uint8_t *data, size_t len)
{
	struct ether_drops *drops = &p->ether->drops[p->node];
	struct virtio_net_hdr h;

	if (len < sizeof(h)) {
		drops->malformed++;
		return;
	}
	memcpy(&h, data, sizeof(h));
	data += sizeof(h);
	len -= sizeof(h);
	if (h.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		drops->unsegmented++;
		if (!p->warned)
			log_line(&p->ether->log, LOG_WARN_, p->name,
				": frames larger than its MTU are dropped: switch "
				"offloads off at the other end, ethtool -K IFACE tso off "
				"gso off tx-udp-segmentation off",
				NULL);
		p->warned = true;
		return;
	}
	if ((h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) &&
		!checksum_finish(data, len, h.csum_start, h.csum_offset)) {
		drops->malformed++;
		return;
	}
	ether_receive(p->ether, p->node, bytes_of(data, len));
}

/* A batch from a socket; false when the port is closed now. */
static bool messages_read(struct port *p)
{
	static struct sockaddr_ll from[BATCH];
	static struct iovec parts[BATCH];
	static struct mmsghdr messages[BATCH];
	int count;

	for (unsigned i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ buffers[i], BUFFER_BYTES };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_name = p->kind == PORT_PACKET ? &from[i] : NULL,
			.msg_namelen = p->kind == PORT_PACKET ? sizeof(from[i]) : 0 };
	}
	count = recvmmsg(p->fd, messages, BATCH, MSG_DONTWAIT, NULL);
	if (count < 0 && (errno == EAGAIN || errno == EINTR || errno == ENETDOWN))
		return true;
	if (count <= 0) {
		detach(p, count < 0 ? strerror(errno) : "closed by the client");
		return false;
	}
	for (int i = 0; i < count; i++) {
		size_t len = messages[i].msg_len;

		if (p->kind == PORT_PACKET && from[i].sll_pkttype == PACKET_OUTGOING)
			continue;
		if (p->kind == PORT_SOCKET && len == 0) {
			detach(p, "closed by the client");
			return false;
		}
		if (messages[i].msg_hdr.msg_flags & MSG_TRUNC)
			p->ether->drops[p->node].malformed++;
		else if (p->kind == PORT_PACKET)
			packet_receive(p, buffers[i], len);
		else
			ether_receive(p->ether, p->node, bytes_of(buffers[i], len));
	}
	return true;
}

static void tap_read(struct port *p)
{
	for (unsigned i = 0; i < BATCH; i++) {
		ssize_t len = read(p->fd, buffers[0], BUFFER_BYTES);

		if (len < 0 && (errno == EAGAIN || errno == EINTR || errno == EIO))
			return;
		if (len <= 0) {
			detach(p, len < 0 ? strerror(errno) : "end of file");
			return;
		}
		ether_receive(p->ether, p->node, bytes_of(buffers[0], (size_t)len));
	}
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct port *p = w->data;

	(void)loop;
	(void)events;
	ether_advance(p->ether);
	if (p->kind == PORT_TAP)
		tap_read(p);
	else
		messages_read(p);
}

void port_open(
	struct ether *e, enum port_kind kind, uint32_t node, int fd, const char *name)
{
	struct port *p = mem_new(sizeof(*p));
	struct text t = text_of(p->name, sizeof(p->name));

	check(!e->ports[node]);
	p->ether = e;
	p->kind = kind;
	p->node = node;
	p->fd = fd;
	text_string(&t, name);
	ev_io_init(&p->io, on_readable, fd, EV_READ);
	p->io.data = p;
	ev_io_start(e->loop, &p->io);
	e->ports[node] = p;
	log_line(&e->log, LOG_INFO_, e->scenario.names.names[node], ": attached by ",
		name, NULL);
}

void port_close(struct port *p)
{
	p->ether->ports[p->node] = NULL;
	ev_io_stop(p->ether->loop, &p->io);
	close(p->fd);
	mem_free(p);
}

bool port_send(struct port *p, struct bytes frame)
{
	struct virtio_net_hdr h = { 0 };
	struct iovec parts[] = { { &h, sizeof(h) }, { (void *)frame.data, frame.len } };
	struct msghdr m = { .msg_iov = &parts[1], .msg_iovlen = 1 };

	if (p->kind == PORT_TAP)
		return write(p->fd, frame.data, frame.len) == (ssize_t)frame.len;
	if (p->kind == PORT_PACKET) {
		m.msg_iov = parts;
		m.msg_iovlen = 2;
	}
	return sendmsg(p->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}
