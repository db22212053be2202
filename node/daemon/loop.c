/* SPDX-License-Identifier: ISC */
/* The loop: what wakes it, and what it does before it sleeps again. */
#include "node/daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/daemon/capture.h"
#include "node/daemon/notify.h"
#include "node/daemon/pins.h"
#include "node/daemon/resolver.h"

/* What is due and still not done waits for a socket: it must not keep the loop awake. */
enum { STOP_WAIT_MS = 1500, DUE_AGAIN_US = 1000 };

#define CLIENTS_TICK_S 0.01
#define TELL_S         0.3 /* so long at most a TC waits to go out */

struct instant daemon_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return instant_us((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
}

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void timer_set(struct daemon *d, struct instant at)
{
	struct itimerspec t = { 0 };

	if (at.us != NEVER.us) {
		t.it_value.tv_sec = at.us / 1000000;
		t.it_value.tv_nsec = at.us % 1000000 * 1000 + 1;
	}
	timerfd_settime(d->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

static void jobs_submit(struct daemon *d, struct instant now)
{
	struct job *job;

	while ((job = node_job_take(d->node, now)) != NULL)
		workers_submit(d->workers, job);
}

static void clients_timer_set(struct daemon *d)
{
	if (control_busy(d) == (ev_is_active(&d->clients_timer) != 0))
		return;
	if (control_busy(d))
		ev_timer_again(d->loop, &d->clients_timer);
	else
		ev_timer_stop(d->loop, &d->clients_timer);
}

void daemon_pump(struct daemon *d, struct instant now)
{
	struct node_event e;
	bool more;

	if (instant_due(node_deadline(d->node), now))
		node_tick(d->node, now);
	uplink_routes(d);
	jobs_submit(d, now);
	more = ports_flush(d, now);
	ip_flush(d);
	jobs_submit(d, now);
	capture_pump(d, now);
	while (node_event_take(d->node, &e))
		control_event(d, now, &e);
	clients_timer_set(d);
	timer_set(d, more ? now
			  : instant_max(node_deadline(d->node),
				    instant_add_us(now, DUE_AGAIN_US)));
}

static void on_timer(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *d = io->data;
	uint64_t count;

	(void)loop;
	(void)events;
	(void)!read(d->timer, &count, sizeof(count));
	daemon_pump(d, daemon_now());
}

static void on_jobs(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *d = io->data;
	struct instant now = daemon_now();
	struct job *job;

	(void)loop;
	(void)events;
	while ((job = workers_take(d->workers)) != NULL)
		node_job_done(d->node, now, job);
	daemon_pump(d, now);
}

static void on_interfaces(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *d = io->data;
	struct instant now = daemon_now();

	(void)loop;
	(void)events;
	if (interfaces_changed(d->interfaces)) {
		ports_refresh(d, now);
		uplink_follow(d);
	}
	daemon_pump(d, now);
}

static void on_wifi(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *d = io->data;
	struct instant now = daemon_now();

	(void)loop;
	(void)events;
	wifi_events(d, now);
	daemon_pump(d, now);
}

static void on_watch(struct ev_loop *loop, ev_io *io, int events)
{
	struct daemon *d = io->data;
	struct instant now = daemon_now();
	struct hash folder;

	(void)loop;
	(void)events;
	(void)watch_read(d->watch);
	while (watch_take(d->watch, &folder))
		sync_folder_touched(node_sync(d->node), now, &folder);
	daemon_pump(d, now);
}

/* Folders come and go by commands; their watches follow here. */
static void watches_follow(struct daemon *d, struct instant now)
{
	struct folder_status f;

	for (size_t i = 0; sync_folder_at(node_sync(d->node), now, i, &f); i++) {
		bool known = false;

		for (size_t k = 0; k < d->watched_count; k++)
			known = known || id_equal(&d->watched[k], &f.id);
		if (known || d->watched_count == WATCHED_MAX)
			continue;
		d->watched[d->watched_count++] = f.id;
		if (watch_add(d->watch, &f.id, f.path) == -ENOSPC)
			log_line(&d->log, LOG_WARN_, "folder ", f.path,
				": the kernel gives no more watches; changes are found "
				"hourly",
				NULL);
		/* what changed before the watch stood is found by one more scan */
		sync_folder_touched(node_sync(d->node), now, &f.id);
	}
	for (size_t k = 0; k < d->watched_count;) {
		bool there = false;

		for (size_t i = 0; sync_folder_at(node_sync(d->node), now, i, &f); i++)
			there = there || id_equal(&d->watched[k], &f.id);
		if (there) {
			k++;
			continue;
		}
		watch_remove(d->watch, &d->watched[k]);
		d->watched[k] = d->watched[--d->watched_count];
	}
}

static void battery_follow(struct daemon *d, struct instant now)
{
	struct battery b;
	bool saving;

	if (instant_before(now, d->battery_due))
		return;
	d->battery_due = instant_add_ms(now, BATTERY_EVERY_MS);
	b = battery_read("/sys/class/power_supply");
	saving = d->settings.power_save == WHEN_ON ||
		 (d->settings.power_save == WHEN_AUTO && b.discharging);
	node_willingness_set(d->node, now, battery_will(&b, saving));
	node_saving_set(d->node, now, saving);
}

static void on_second(struct ev_loop *loop, ev_timer *t, int events)
{
	struct daemon *d = t->data;
	struct instant now = daemon_now();
	int err = state_sequence_keep(&d->state, node_sequence(d->node));

	(void)loop;
	(void)events;
	if (err < 0)
		log_line(&d->log, LOG_WARN_,
			"state: sequence not saved: ", strerror(-err), NULL);
	node_wall_clock(d->node, now, wall_ms());
	(void)mesh_keep(d, now, false);
	ports_second(d, now);
	uplink_follow(d);
	battery_follow(d, now);
	watches_follow(d, now);
	resolver_tick(d, now);
	daemon_pump(d, now);
}

static void on_clients(struct ev_loop *loop, ev_timer *t, int events)
{
	struct daemon *d = t->data;
	struct instant now = daemon_now();

	(void)loop;
	(void)events;
	control_tick(d, now);
	daemon_pump(d, now);
}

static void on_stop(struct ev_loop *loop, ev_signal *s, int events)
{
	struct daemon *d = s->data;

	(void)events;
	d->stopping = true;
	if (!uplink_withdraw(d)) {
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	daemon_pump(d, daemon_now());
	ev_timer_start(loop, &d->told);
}

static void on_told(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)t;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

/* Who may read here, as the settings say; `allow` grants it to others. */
static void care_follow(struct daemon *d, struct instant now, bool allowed)
{
	for (size_t i = 0; i < d->settings.care_count; i++)
		if (!node_care_allow(d->node, now, &d->settings.care[i], allowed))
			log_line(&d->log, LOG_WARN_,
				"care: no room for everybody who is to read here", NULL);
}

void daemon_reread(struct daemon *d, struct instant now)
{
	struct settings fresh;
	uint16_t port;

	if (!settings_reread(&fresh, d->argc, d->argv)) {
		log_line(&d->log, LOG_ERROR_,
			"configuration: not taken, the old one stays", NULL);
		return;
	}
	if (strcmp(fresh.state, d->settings.state) != 0 ||
		fresh.open != d->settings.open || fresh.no_tun != d->settings.no_tun ||
		strcmp(fresh.name, d->settings.name) != 0)
		log_line(&d->log, LOG_WARN_,
			"configuration: state, name, open and no-tun need a restart",
			NULL);
	memcpy(fresh.state, d->settings.state, sizeof(fresh.state));
	memcpy(fresh.name, d->settings.name, sizeof(fresh.name));
	fresh.open = d->settings.open;
	fresh.no_tun = d->settings.no_tun;
	port = d->settings.dns_port;
	care_follow(d, now, false);
	d->settings = fresh;
	care_follow(d, now, true);
	if (fresh.dns_port != port)
		resolver_open(d, now);
	d->log.level = fresh.log_level;
	d->sink.json = fresh.log_json;
	d->battery_due = now;
	ports_open(d, now);
	uplink_reread(d);
	log_line(&d->log, LOG_INFO_, "configuration: read again", NULL);
}

static void on_reread(struct ev_loop *loop, ev_signal *s, int events)
{
	struct instant now = daemon_now();

	(void)loop;
	(void)events;
	daemon_reread(s->data, now);
	daemon_pump(s->data, now);
}

static void io_begin(
	struct daemon *d, ev_io *io, void (*cb)(struct ev_loop *, ev_io *, int), int fd)
{
	ev_io_init(io, cb, fd, EV_READ);
	io->data = d;
	ev_io_start(d->loop, io);
}

static void signal_begin(struct daemon *d, ev_signal *s,
	void (*cb)(struct ev_loop *, ev_signal *, int), int number)
{
	ev_signal_init(s, cb, number);
	s->data = d;
	ev_signal_start(d->loop, s);
}

static void watchers_begin(struct daemon *d)
{
	io_begin(d, &d->timer_io, on_timer, d->timer);
	io_begin(d, &d->workers_io, on_jobs, workers_fd(d->workers));
	io_begin(d, &d->interfaces_io, on_interfaces, interfaces_fd(d->interfaces));
	io_begin(d, &d->watch_io, on_watch, watch_fd(d->watch));
	if (d->wifi.events.sock != NULL)
		io_begin(d, &d->wifi_io, on_wifi, radio_events_fd(&d->wifi.events));
	signal_begin(d, &d->sigterm, on_stop, SIGTERM);
	signal_begin(d, &d->sigint, on_stop, SIGINT);
	signal_begin(d, &d->sighup, on_reread, SIGHUP);
	ev_timer_init(&d->second, on_second, 0.1, 1.0);
	d->second.data = d;
	ev_timer_start(d->loop, &d->second);
	ev_timer_init(&d->clients_timer, on_clients, CLIENTS_TICK_S, CLIENTS_TICK_S);
	d->clients_timer.data = d;
	ev_timer_init(&d->told, on_told, TELL_S, 0.);
	signal(SIGPIPE, SIG_IGN);
}

static int parts_open(struct daemon *d, const char **what)
{
	int err;

	*what = "open the index";
	err = workers_start(&d->workers, d->settings.state, &d->log);
	if (err < 0)
		return err;
	*what = "ask the kernel for interfaces";
	err = interfaces_open(&d->interfaces);
	if (err < 0)
		return err;
	*what = "watch files";
	err = watch_open(&d->watch);
	if (err < 0)
		return err;
	*what = "make a timer";
	d->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return d->timer < 0 ? -errno : 0;
}

static int node_begin(struct daemon *d, struct instant now, const char **what)
{
	struct node_config config = { .self = &d->self,
		.open_mesh = d->settings.open,
		.rng = d->rng,
		.log = &d->log };
	int err;

	*what = "read the routing sequence";
	err = state_sequence_begin(&d->state, &config.sequence);
	if (err < 0)
		return err;
	memcpy(config.name, d->settings.name, sizeof(config.name));
	d->node = node_new(&config, now);
	d->pins_error = pins_load(&d->state, d->node);
	if (d->pins_error < 0)
		log_line(&d->log, LOG_ERROR_, "state ", d->settings.state, "/names: ",
			d->pins_error == -EBADMSG ? "damaged" : strerror(-d->pins_error),
			"; the pins that can be read hold, none can be changed", NULL);
	node_wall_clock(d->node, now, wall_ms());
	care_follow(d, now, true);
	return mesh_begin(d, now, what);
}

static void daemon_stop(struct daemon *d)
{
	struct instant now = daemon_now();

	notify_send("STOPPING=1");
	control_close(d);
	resolver_close(d);
	ports_close(d, now);
	ip_close(d);
	(void)mesh_keep(d, now, true);
	if (!workers_stop(d->workers, STOP_WAIT_MS)) {
		/* the disk holds the thread: what it had acknowledged is durable, the rest is
		 * done again at the next start */
		log_line(&d->log, LOG_WARN_, "stop: not waiting for the disk any longer",
			NULL);
		_exit(0);
	}
	node_free(d->node);
	watch_close(d->watch);
	interfaces_close(d->interfaces);
	close(d->timer);
	mem_free(d->batch);
	ev_loop_destroy(d->loop);
	log_line(&d->log, LOG_INFO_, "node: stopped", NULL);
}

int daemon_run(struct daemon *d)
{
	struct instant now = daemon_now();
	const char *what = "";
	int err = parts_open(d, &what);

	if (err == 0)
		err = node_begin(d, now, &what);
	if (err < 0) {
		log_line(&d->log, LOG_ERROR_, "node: cannot ", what, ": ", strerror(-err),
			NULL);
		return err;
	}
	d->started = now;
	if (d->ip.open)
		node_ip_enable(d->node, now);
	rules_load(d);
	d->batch = mem_array(CARRIER_RECEIVE, sizeof(*d->batch));
	d->loop = ev_loop_new(EVFLAG_AUTO);
	check(d->loop != NULL);
	err = control_open(d);
	if (err < 0) {
		log_line(&d->log, LOG_ERROR_, "control socket: ", strerror(-err), NULL);
		return err;
	}
	watchers_begin(d);
	ip_start(d);
	ports_open(d, now);
	resolver_open(d, now);
	daemon_pump(d, now);
	log_line(&d->log, LOG_INFO_, "node ", d->settings.name, ": running", NULL);
	notify_send("READY=1");
	ev_run(d->loop, 0);
	daemon_stop(d);
	return 0;
}
