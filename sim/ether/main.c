/* SPDX-License-Identifier: ISC */
/*
 * qanat-ether: reads the topology, attaches what the command line names, opens the
 * sockets, says that it is ready, and runs until it is told to stop. Exit: 0 done, 1
 * failed, 2 usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "sim/ether/capture.h"
#include "sim/ether/clients.h"
#include "sim/ether/control.h"
#include "sim/ether/hwsim.h"
#include "sim/ether/options.h"
#include "sim/ether/phys.h"
#include "sim/ether/port.h"
#include "sim/ether/tell.h"
#include "sim/files/source.h"

enum { EXIT_USAGE = 2, WHY_CHARS = 512, FLUSH_S = 1 };

struct program {
	struct options options;
	struct ether ether;
	struct clients clients;
	struct control control;
	ev_signal on_int, on_term;
	ev_timer flush;
};

static struct program program;

static void say(void *context, enum log_level level, const char *line)
{
	static const char *const levels[] = { "error: ", "warning: ", "", "" };

	(void)context;
	fprintf(stderr, "qanat-ether: %s%s\n", levels[level], line);
}

static int complain(const char *thing, const char *why)
{
	fprintf(stderr, "qanat-ether: %s: %s\n", thing, why);
	return EXIT_FAILURE;
}

static void say_check_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "qanat-ether: %s:%d: check(%s) ended the program\n", file, line,
		what);
}

static int scenario_read(struct scenario *s, const char *path, struct rng rng)
{
	char buffer[SOURCE_WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));
	int err = source_scenario(s, path, &rng, &why);

	if (err == 0)
		return 0;
	fprintf(stderr, "qanat-ether: %s\n", buffer);
	return err == -EINVAL || err == -ELOOP ? EXIT_USAGE : EXIT_FAILURE;
}

static int params_read(struct scenario *s, const struct options *o)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));

	for (unsigned i = 0; i < o->set_count; i++)
		if (!params_set(&s->params, bytes_of_string(o->set[i].key),
			    bytes_of_string(o->set[i].value), &why)) {
			complain("--set", buffer);
			return EXIT_USAGE;
		}
	return 0;
}

static int descriptor(const char *word)
{
	char *end;
	long fd = strtol(word, &end, 10);

	if (*end || fd < 0 || fd > 1 << 20 || fcntl((int)fd, F_GETFD) < 0)
		return -EBADF;
	fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	fcntl((int)fd, F_SETFL, O_NONBLOCK);
	return (int)fd;
}

static int radio_attach_named(struct ether *e, uint32_t node, const char *name)
{
	uint8_t address[6];
	int err = phy_address(name, address);

	if (err)
		return complain(name, err == -ENODEV ? "no such radio here"
						     : "not a radio of mac80211_hwsim");
	if (hwsim_attach(e->hwsim, node, address))
		return 0;
	complain(name, "attached twice");
	return EXIT_USAGE;
}

static int radios_attach_all(struct ether *e)
{
	uint8_t address[6];
	uint32_t node = 0;

	for (; node < e->channel.node_count && phy_nth(node, address); node++)
		if (!hwsim_attach(e->hwsim, node, address))
			return complain("--hwsim-all", "two radios of one address");
	return node > 0 ? 0 : complain("--hwsim-all", "no radio of mac80211_hwsim here");
}

static int attach_one(struct ether *e, const struct attach_option *a)
{
	enum port_kind kind = a->kind == ATTACH_PACKET ? PORT_PACKET : PORT_TAP;
	uint32_t node;
	int fd = -1;

	if (!names_find(&e->scenario.names, bytes_of_string(a->node), &node) ||
		e->ports[node]) {
		complain(a->node, "no such node, or attached twice");
		return EXIT_USAGE;
	}
	switch (a->kind) {
	case ATTACH_TAP:
		fd = port_tap_open(a->what);
		break;
	case ATTACH_TAP_FD:
		fd = descriptor(a->what);
		break;
	case ATTACH_PACKET:
		fd = port_packet_open(a->what);
		break;
	case ATTACH_RADIO:
		return radio_attach_named(e, node, a->what);
	}
	if (fd < 0)
		return complain(a->what, strerror(-fd));
	port_open(e, kind, node, fd, a->what);
	return 0;
}

static int attach_all(struct ether *e, const struct options *o)
{
	int status = 0;

	for (unsigned i = 0; !status && i < o->attach_count; i++)
		status = attach_one(e, &o->attach[i]);
	if (!status && o->hwsim_all)
		status = radios_attach_all(e);
	return status;
}

/* Opened before the radios are attached; the kernel asks it once they are. */
static int radios_open(struct program *p)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));

	if (!p->options.hwsim)
		return 0;
	p->ether.hwsim = hwsim_open(&p->ether, &why);
	return p->ether.hwsim ? 0 : complain("simulated radios", buffer);
}

static int radios_register(struct program *p)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));

	if (!p->ether.hwsim || hwsim_register(p->ether.hwsim, &why))
		return 0;
	return complain("simulated radios", buffer);
}

static int sockets_open(struct program *p)
{
	const struct options *o = &p->options;
	int err;

	if (o->socket && (err = clients_open(&p->clients, &p->ether, o->socket)))
		return complain(o->socket, strerror(-err));
	if (o->control && (err = control_open(&p->control, &p->ether, o->control)))
		return complain(o->control, strerror(-err));
	return 0;
}

static int air_open(struct program *p)
{
	char buffer[WHY_CHARS];
	struct text why = text_of(buffer, sizeof(buffer));

	if (!p->options.pcap)
		return 0;
	p->ether.capture = capture_open(p->options.pcap,
		p->options.hwsim ? CAPTURE_RADIOTAP : CAPTURE_ETHERNET, &why);
	if (!p->ether.capture)
		return complain("--pcap", buffer);
	channel_report_tries(&p->ether.channel, true);
	return 0;
}

static void air_close(struct program *p)
{
	if (p->ether.capture && !capture_flush(p->ether.capture))
		complain(p->options.pcap, "cannot be written; the capture ends here");
	capture_close(p->ether.capture);
	p->ether.capture = NULL;
}

static void on_flush(struct ev_loop *loop, ev_timer *w, int events)
{
	struct program *p = w->data;

	(void)loop;
	(void)events;
	if (!p->ether.capture || capture_flush(p->ether.capture))
		return;
	channel_report_tries(&p->ether.channel, false);
	air_close(p);
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
	(void)w;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

static void watch(struct program *p, struct ev_loop *loop)
{
	signal(SIGPIPE, SIG_IGN);
	ev_signal_init(&p->on_int, on_signal, SIGINT);
	ev_signal_start(loop, &p->on_int);
	ev_signal_init(&p->on_term, on_signal, SIGTERM);
	ev_signal_start(loop, &p->on_term);
	ev_timer_init(&p->flush, on_flush, FLUSH_S, FLUSH_S);
	p->flush.data = p;
	if (p->ether.capture)
		ev_timer_start(loop, &p->flush);
}

static void say_ready(int fd)
{
	if (fd < 0)
		return;
	if (write(fd, "ready\n", 6) != 6)
		complain("--ready-fd", strerror(errno));
	close(fd);
}

static int run(struct program *p, struct ev_loop *loop)
{
	int status = radios_open(p);

	if (!status)
		status = air_open(p);
	watch(p, loop);
	if (!status)
		status = attach_all(&p->ether, &p->options);
	if (!status)
		status = sockets_open(p);
	if (!status)
		status = radios_register(p);
	if (!status) {
		if (p->options.paused)
			ether_pause(&p->ether);
		say_ready(p->options.ready_fd);
		ev_run(loop, 0);
	}
	control_close(&p->control);
	clients_close(&p->clients);
	hwsim_close(p->ether.hwsim);
	p->ether.hwsim = NULL;
	air_close(p);
	return status;
}

static int prepare(struct program *p, struct scenario *s)
{
	struct rng_seeded luck;
	uint8_t key[16];
	int status;

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return complain("random source", strerror(errno));
	siphash_key_set(key);
	if (!p->options.seed_given) {
		memcpy(&p->options.seed, key, sizeof(p->options.seed));
		p->options.seed ^= siphash(key, "seed", 4);
		p->options.seed %= 1000000000;
		fprintf(stderr, "qanat-ether: seed %llu\n",
			(unsigned long long)p->options.seed);
	}
	status = scenario_read(
		s, p->options.topology, rng_seeded_init(&luck, p->options.seed));
	return status ? status : params_read(s, &p->options);
}

int main(int argc, char **argv)
{
	struct program *p = &program;
	struct scenario scenario;
	struct ev_loop *loop;
	int status, err;

	check_sink_set(say_check_failed);
	switch (options_parse(&p->options, argc, argv)) {
	case OPTIONS_STOP:
		return EXIT_SUCCESS;
	case OPTIONS_USAGE:
		return EXIT_USAGE;
	case OPTIONS_TELL:
		return tell(p->options.tell, p->options.word_count, p->options.words);
	case OPTIONS_RUN:
		break;
	}
	scenario_init(&scenario);
	status = prepare(p, &scenario);
	loop = ev_default_loop(EVFLAG_AUTO);
	if (!status && !loop)
		status = complain("event loop", "cannot be made");
	if (!status && (err = ether_init(&p->ether, loop, &scenario, p->options.seed)))
		status = complain("timer", strerror(-err));
	else if (!status) {
		p->ether.log = (struct log){ say, NULL,
			p->options.quiet ? LOG_WARN_ : LOG_INFO_ };
		status = run(p, loop);
		ether_fini(&p->ether);
	}
	scenario_fini(&scenario);
	if (loop)
		ev_loop_destroy(loop);
	return status;
}
