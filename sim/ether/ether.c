/* SPDX-License-Identifier: ISC */
/*
 * One timer: the channel's deadline or the scenario's next event. It is set anew before
 * the loop sleeps, after everything that this wakeup brought.
 */
#include "sim/ether/ether.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <utlist.h>

#include "node/base/mem.h"
#include "sim/ether/capture.h"
#include "sim/ether/hwsim.h"
#include "sim/ether/port.h"
#include "sim/ether/radiotap.h"

enum {
	MOVES = 0x6d6f7665, /* keeps the moves' luck apart from the channel's */
	HEADER_BYTES = 14,
	WHY_CHARS = 160,
	GRAIN_US =
		100, /* of wakeups: a delivery is up to this late, the channel is not */
};

static int64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct frame *frame_of(const struct channel_event *event)
{
	return (struct frame *)(uintptr_t)event->cookie;
}

static struct frame *frame_new(struct ether *e, struct bytes bytes)
{
	struct frame *f = mem_new(sizeof(*f) + bytes.len);

	f->len = (uint32_t)bytes.len;
	memcpy(f->data, bytes.data, bytes.len);
	DL_APPEND(e->frames, f);
	return f;
}

static void frame_free(struct ether *e, struct frame *f)
{
	DL_DELETE(e->frames, f);
	mem_free(f);
}

static void deliver(struct ether *e, const struct channel_event *event)
{
	struct port *port = e->ports[event->to];
	const struct frame *f = frame_of(event);
	uint8_t copy[CHANNEL_FRAME_MAX];
	struct bytes frame = bytes_of(f->data, f->len);

	if (event->damage) {
		memcpy(copy, f->data, f->len);
		channel_damage(copy, f->len, event->damage);
		frame.data = copy;
	}
	if (e->hwsim)
		hwsim_deliver(e->hwsim, event, &f->told, frame);
	else if (port && !port_send(port, frame))
		e->drops[event->to].reader_slow++;
}

static void capture(struct ether *e, const struct channel_event *event)
{
	const struct frame *f = frame_of(event);
	uint8_t copy[RADIOTAP_BYTES_MAX + CHANNEL_FRAME_MAX];
	struct bytes frame = bytes_of(f->data, f->len);

	if (e->hwsim)
		frame = radiotap_add(
			copy, frame, &f->told, event->tries, event->signal_db);
	capture_write(e->capture, event->at, frame);
}

static void take_all(struct ether *e)
{
	struct channel_event event;

	while (channel_take(&e->channel, &event)) {
		struct frame *f = frame_of(&event);

		switch (event.kind) {
		case CHANNEL_TRY:
			if (e->capture)
				capture(e, &event);
			break;
		case CHANNEL_DELIVERY:
			deliver(e, &event);
			break;
		case CHANNEL_DONE:
			if (e->hwsim)
				hwsim_done(e->hwsim, &event, &f->told);
			frame_free(e, f);
			break;
		}
	}
}

static void happen(struct ether *e, const struct scenario_event *event)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));

	struct instant at = instant_us(event->at_us);

	mobility_tick(&e->mobility, at, &e->channel);
	channel_tick(&e->channel, at);
	take_all(e);
	if (!mobility_action(&e->mobility, at, &event->action, &e->channel, &why))
		log_line(&e->log, LOG_WARN_, "scenario: ", buffer, NULL);
}

static struct instant next_event_at(const struct ether *e)
{
	if (e->next_event >= e->scenario.event_count)
		return NEVER;
	return instant_us(e->scenario.events[e->next_event].at_us);
}

void ether_advance(struct ether *e)
{
	if (e->paused)
		return;
	e->now = instant_us(clock_us() - e->origin_us);
	while (instant_due(next_event_at(e), e->now))
		happen(e, &e->scenario.events[e->next_event++]);
	mobility_tick(&e->mobility, e->now, &e->channel);
	channel_tick(&e->channel, e->now);
	take_all(e);
}

bool ether_act(struct ether *e, const struct action *a, struct text *why)
{
	return mobility_action(&e->mobility, e->now, a, &e->channel, why);
}

static void timer_set(struct ether *e)
{
	struct itimerspec t = { 0 };
	struct instant at = NEVER;

	if (!e->paused)
		at = instant_min(instant_min(channel_deadline(&e->channel),
					 mobility_deadline(&e->mobility)),
			next_event_at(e));
	if (at.us != NEVER.us)
		at.us = (at.us + GRAIN_US - 1) / GRAIN_US * GRAIN_US;
	if (at.us == e->timer_at.us && instant_before(e->now, at))
		return;
	e->timer_at = at;
	if (at.us != NEVER.us) {
		int64_t us = at.us + e->origin_us;

		t.it_value.tv_sec = us / 1000000;
		t.it_value.tv_nsec = us % 1000000 * 1000;
	}
	check(timerfd_settime(e->timer_fd, TFD_TIMER_ABSTIME, &t, NULL) == 0);
}

/* Setting the timer anew, which follows before the loop sleeps, makes it unreadable. */
static void on_timer(struct ev_loop *loop, ev_io *w, int events)
{
	(void)loop;
	(void)w;
	(void)events;
}

static void on_prepare(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct ether *e = w->data;

	(void)loop;
	(void)events;
	ether_advance(e);
	timer_set(e);
}

int ether_init(
	struct ether *e, struct ev_loop *loop, struct scenario *scenario, uint64_t seed)
{
	*e = (struct ether){ .loop = loop, .scenario = *scenario, .timer_at = NEVER };
	e->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (e->timer_fd < 0)
		return -errno;
	*scenario = (struct scenario){ 0 };
	scenario_build(&e->scenario, &e->channel, rng_seeded_init(&e->luck, seed));
	mobility_init(&e->mobility, &e->scenario, &e->channel, instant_us(0),
		rng_seeded_init(&e->moves, seed ^ MOVES));
	e->ports = mem_array(e->channel.node_count, sizeof(e->ports[0]));
	e->drops = mem_array(e->channel.node_count, sizeof(e->drops[0]));
	addresses_init(&e->addresses, e->channel.node_count);
	e->origin_us = clock_us();
	ev_io_init(&e->timer, on_timer, e->timer_fd, EV_READ);
	ev_io_start(loop, &e->timer);
	ev_prepare_init(&e->prepare, on_prepare);
	e->prepare.data = e;
	ev_prepare_start(loop, &e->prepare);
	return 0;
}

void ether_fini(struct ether *e)
{
	struct frame *f, *next;

	ev_io_stop(e->loop, &e->timer);
	ev_prepare_stop(e->loop, &e->prepare);
	for (uint32_t i = 0; i < e->channel.node_count; i++)
		if (e->ports[i])
			port_close(e->ports[i]);
	DL_FOREACH_SAFE (e->frames, f, next)
		frame_free(e, f);
	close(e->timer_fd);
	addresses_fini(&e->addresses);
	mobility_fini(&e->mobility);
	channel_fini(&e->channel);
	scenario_fini(&e->scenario);
	mem_free(e->ports);
	mem_free(e->drops);
}

bool ether_send(struct ether *e, uint32_t node, uint32_t to, struct bytes frame,
	const struct radio_frame *told)
{
	struct channel_frame cf = { .to = to, .len = (uint32_t)frame.len };
	struct frame *f = NULL;

	/* The channel counts the drop; a full queue must be cheap. */
	if (channel_has_room(&e->channel, node))
		f = frame_new(e, frame);
	if (f && told) {
		f->told = *told;
		cf.rates = &f->told.rates;
	}
	cf.cookie = (uintptr_t)f;
	if (channel_send(&e->channel, e->now, node, &cf) == CHANNEL_QUEUED) {
		check(f != NULL);
		return true;
	}
	if (f)
		frame_free(e, f);
	return false;
}

/* False: nobody is meant. */
static bool destination(const struct ether *e, struct bytes frame, uint32_t *to)
{
	*to = CHANNEL_BROADCAST;
	if (frame.data[0] & 1)
		return true;
	return addresses_find(&e->addresses, frame.data, to);
}

void ether_receive(struct ether *e, uint32_t node, struct bytes frame)
{
	uint32_t to;

	if (frame.len < HEADER_BYTES || frame.len > CHANNEL_FRAME_MAX ||
		(frame.data[ADDRESS_BYTES] & 1)) {
		e->drops[node].malformed++;
		return;
	}
	addresses_learn(&e->addresses, node, frame.data + ADDRESS_BYTES);
	if (!destination(e, frame, &to) || to == node) {
		e->drops[node].unknown_destination++;
		return;
	}
	ether_send(e, node, to, frame, NULL);
}

bool ether_attached(const struct ether *e, uint32_t node)
{
	return e->ports[node] || (e->hwsim && hwsim_attached(e->hwsim, node));
}

void ether_pause(struct ether *e)
{
	ether_advance(e);
	e->paused = true;
}

void ether_resume(struct ether *e)
{
	if (!e->paused)
		return;
	e->paused = false;
	e->origin_us = clock_us() - e->now.us;
}
