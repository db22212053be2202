/* SPDX-License-Identifier: ISC */
/*
 * capture: packets for whoever looks at this node's frames. The node keeps them only while
 * somebody does. A reader that is too slow loses packets, which are counted and told to him;
 * nothing here ever waits for one.
 */
#include "node/daemon/capture.h"

#include <time.h>

#include "node/control/capture.h"
#include "node/daemon/client.h"

/* Bytes of replies that may wait for a reader; what comes beyond is lost to him. */
enum { BACKLOG_MAX = 1 << 20 };

static bool is_capture(const struct client *c)
{
	return c != NULL && c->running && !c->ended &&
	       c->request.command == COMMAND_CAPTURE;
}

void capture_follow(struct daemon *d)
{
	bool any = false;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		any = any || is_capture(d->clients[i]);
	/* the tap counts from when it was opened */
	if (!any)
		d->capture_lost = 0;
	node_tap(d->node, any);
}

void capture_begin(struct client *c)
{
	c->running = true;
	c->capture_before = c->daemon->capture_lost;
	capture_follow(c->daemon);
}

static int64_t unix_us(struct instant now, struct instant at)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 - instant_since_us(now, at);
}

static struct address port_address(const struct daemon *d, uint32_t interface)
{
	uint8_t mac[16] = { 0 };

	if (interface >= 1 && interface <= NODE_INTERFACES_MAX)
		memcpy(mac, d->ports[interface - 1].carrier.mac, 6);
	return capture_address(mac, true);
}

/* Everything about the packet but its kind and body. group: it goes to everybody. */
static void captured_fill(struct daemon *d, struct instant now,
	const struct node_tapped *f, bool group, struct captured *c)
{
	static const struct address all_routers = { { 0xff, 2, [15] = 0x6d } };
	struct address ours = port_address(d, f->interface), theirs;

	*c = (struct captured){ .unix_us = unix_us(now, f->at),
		.out = f->out,
		.routed = f->interface == 0,
		.interface = BYTES("-") };
	theirs = capture_address(f->peer.address, f->peer.port == 0);
	if (c->routed) {
		ours = node_address(d->node);
		theirs = f->node;
	} else {
		c->interface = bytes_of_string(d->ports[f->interface - 1].name);
	}
	c->from = f->out ? ours : theirs;
	c->to = group ? all_routers : f->out ? theirs : ours;
}

static bool packet_write(struct client *c, struct captured *packet)
{
	struct buffer body;
	bool written;

	packet->lost = c->capture_lost + c->daemon->capture_lost - c->capture_before;
	buffer_init(&body, REPLY_OTHER_MAX);
	capture_write(&body, packet);
	written = c->out.len < BACKLOG_MAX &&
		  reply_write(&c->out, REPLY_PACKET, buffer_bytes(&body));
	buffer_fini(&body);
	if (written)
		c->capture_told = packet->lost;
	return written;
}

static void packet_give(struct client *c, struct captured *packet)
{
	if (!packet_write(c, packet)) {
		c->capture_lost++;
		return;
	}
	c->captured++;
	if (c->request.count == 0 || c->captured < c->request.count)
		return;
	/* it runs on until control_tick has sent all of it */
	reply_exit(&c->out, EXIT_DONE);
	c->ended = true;
}

static void frame_give(struct daemon *d, struct client *c, struct instant now,
	const struct node_tapped *f)
{
	static struct capture_parts parts;
	struct frame_header h;
	struct captured packet;
	bool shout;

	shout = frame_header_parse(&h, bytes_of(f->bytes, f->len)) &&
		(h.type == FRAME_MULTICAST ||
			(f->out && id_is_zero(bytes_of(f->peer.address, 16)) &&
				f->interface != 0));
	capture_parts_begin(&parts, bytes_of(f->bytes, f->len), c->request.control);
	captured_fill(d, now, f, shout, &packet);
	while (!c->ended && capture_parts_next(&parts, &packet))
		packet_give(c, &packet);
}

void capture_pump(struct daemon *d, struct instant now)
{
	static struct node_tapped f;

	while (node_tap_take(d->node, &f)) {
		d->capture_lost = f.lost;
		for (size_t i = 0; i < CLIENTS_MAX; i++)
			if (is_capture(d->clients[i]))
				frame_give(d, d->clients[i], now, &f);
	}
}

void capture_tick(struct client *c)
{
	uint64_t lost = c->capture_lost + c->daemon->capture_lost - c->capture_before;
	struct captured news = { .interface = BYTES("-") };

	/* what was lost is told even if nothing follows */
	if (lost != c->capture_told && !c->ended)
		(void)packet_write(c, &news);
}
