/* SPDX-License-Identifier: ISC */
/* Frames between the nodes and the radio. */
#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "node/flow/queue.h"
#include "sim/channel/faults.h"
#include "sim/world/hostile.h"
#include "sim/world/world.h"

enum { ETHERNET_HEADER = 14, IP_AND_UDP = 48, PORT = 7117 };

static uint64_t frame_place(struct world *w)
{
	if (w->free_count > 0)
		return w->free_frames[--w->free_count];
	mem_grow(w->frames, w->frame_count, w->frame_room);
	return w->frame_count++;
}

static void frame_give_back(struct world *w, uint64_t place)
{
	mem_free(w->frames[place]);
	w->frames[place] = NULL;
	mem_grow(w->free_frames, w->free_count, w->free_room);
	w->free_frames[w->free_count++] = place;
}

struct endpoint air_endpoint(uint32_t device)
{
	struct endpoint e = { { 0xfe, 0x80 }, PORT };

	e.address[12] = (uint8_t)(device >> 24);
	e.address[13] = (uint8_t)(device >> 16);
	e.address[14] = (uint8_t)(device >> 8);
	e.address[15] = (uint8_t)device;
	return e;
}

static uint32_t device_of(const struct endpoint *e)
{
	return (uint32_t)e->address[12] << 24 | (uint32_t)e->address[13] << 16 |
	       (uint32_t)e->address[14] << 8 | e->address[15];
}

static void tell(struct world *w, enum story_fate fate, uint32_t from, uint32_t to,
	const struct world_frame *f)
{
	static const char *const classes[] = { [FLOW_CONTROL] = "control",
		[FLOW_ROUTING] = "routing",
		[FLOW_INTERACTIVE] = "interactive",
		[FLOW_RIDER] = "rider",
		[FLOW_BULK] = "bulk" };

	story_frame(w->story, w->now, fate,
		&(struct story_frame){
			from, to, (uint32_t)f->len, classes[f->class % FLOW_CLASSES] });
}

void air_send(
	struct world *w, uint32_t sender, uint32_t claimed, const struct node_frame *f)
{
	uint64_t place = frame_place(w);
	struct world_frame *out = mem_new(sizeof(*out) - FRAME_MAX + f->len);
	struct channel_frame air = { .cookie = place,
		.to = f->multicast ? CHANNEL_BROADCAST : device_of(&f->to),
		.len = (uint32_t)(f->len + IP_AND_UDP + ETHERNET_HEADER) };

	out->multicast = f->multicast;
	out->class = f->class;
	out->claimed = claimed;
	out->len = f->len;
	memcpy(out->bytes, f->bytes, f->len);
	w->frames[place] = out;
	world_trace(w, "send", sender, air.to, siphash_table(out->bytes, out->len));
	w->devices[sender].frames_out++;
	figures_frame(w, sender, out);
	tell(w, STORY_SENT, sender, air.to, out);
	if (channel_send(&w->channel, w->now, sender, &air) != CHANNEL_QUEUED)
		frame_give_back(w, place);
}

static void deliver(struct world *w, const struct channel_event *e)
{
	const struct world_frame *f = w->frames[e->cookie];
	uint8_t copy[FRAME_MAX];

	if (!device_on(&w->devices[e->to]))
		return;
	memcpy(copy, f->bytes, f->len);
	if (e->damage != 0)
		channel_damage(copy, f->len, e->damage);
	world_trace(w, "recv", e->node, e->to, f->len);
	tell(w, STORY_RECEIVED, e->node, e->to, f);
	hostile_hears(w, e->to, f);
	device_frame(w, e->to, f->claimed, copy, f->len);
}

void air_deliver(struct world *w)
{
	struct channel_event e;

	channel_tick(&w->channel, w->now);
	while (channel_take(&w->channel, &e)) {
		if (e.kind == CHANNEL_DELIVERY) {
			deliver(w, &e);
		} else if (e.kind == CHANNEL_DONE) {
			if (!e.delivered)
				tell(w, STORY_LOST, e.node, e.to, w->frames[e.cookie]);
			frame_give_back(w, e.cookie);
			device_pump(w, e.node);
		}
	}
}
