/* SPDX-License-Identifier: ISC */
/* A turn takes one batch, however much is on the air; what comes meanwhile and does not fit the
 * socket is lost, and is airtime that is not told. */
#include "node/daemon/monitor.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/text.h"
#include "node/daemon/daemon.h"

enum { BATCH = 64, HEAD_ROOM = 256 /* more than any driver's radiotap header */ };

union along {
	struct cmsghdr aligned;
	char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

/* ---- words ---- */

static void trouble_set(struct monitor *m, const char *trouble, const char *fix)
{
	m->trouble = trouble;
	m->fix = fix;
}

static bool can_monitor(struct daemon *d)
{
	static struct radio all[RADIOS_MAX];
	struct radio_interface i;
	int count = radios_list(&d->wifi.net, all, array_len(all));

	if (radios_interface(&d->wifi.net, d->wifi.index, &i) < 0)
		return true;
	for (int k = 0; k < count; k++)
		if (all[k].number == i.radio)
			return all[k].monitor;
	return true;
}

static bool name_is_taken(struct daemon *d)
{
	char name[16];
	struct text t = text_of(name, sizeof(name));
	const char *interface = d->settings.radio.interface;
	struct interface_state s;

	text_string(&t, "m-");
	text_chars(&t, interface, strnlen(interface, 13));
	return interfaces_state(d->interfaces, name, &s) == 0 && s.exists;
}

static void trouble_find(struct daemon *d)
{
	if (name_is_taken(d))
		trouble_set(&d->monitor, "an interface m-IFACE is there already",
			"remove that: iw dev m-IFACE del; then restart the node");
	else if (!can_monitor(d))
		trouble_set(&d->monitor, "its driver has no monitor mode",
			"leave out wifi-monitor, or use another card: iw list shows what "
			"one can");
	else
		trouble_set(&d->monitor,
			"its driver makes no monitor interface beside a network",
			"leave out wifi-monitor; the log of the kernel may say more: "
			"dmesg");
}

/* ---- frames ---- */

/* The bytes of the frame before the filter cut it; 0: the kernel does not say. */
static size_t whole_of(struct msghdr *m)
{
	struct tpacket_auxdata a;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA &&
			c->cmsg_len >= CMSG_LEN(sizeof(a))) {
			memcpy(&a, CMSG_DATA(c), sizeof(a));
			return a.tp_len;
		}
	return 0;
}

/* The radio itself is looked at by `wifi`; this is only the monitor interface. */
static void failed(struct daemon *d)
{
	monitor_close(d);
	trouble_set(&d->monitor, "its monitor interface was set down or removed",
		"restart the node, if it does not come back with the radio");
	log_line(&d->log, LOG_WARN_, "Wi-Fi on ", d->settings.radio.interface,
		": nobody listens to the channel: ", d->monitor.trouble, "; ",
		d->monitor.fix, NULL);
}

static void on_frames(struct ev_loop *loop, ev_io *io, int events)
{
	static uint8_t heads[BATCH][HEAD_ROOM];
	struct daemon *d = io->data;
	struct instant now = daemon_now();
	struct mmsghdr all[BATCH] = { 0 };
	struct iovec parts[BATCH];
	union along along[BATCH];
	int got;

	(void)loop;
	(void)events;
	for (size_t i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ heads[i], HEAD_ROOM };
		all[i].msg_hdr = (struct msghdr){ .msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_control = &along[i],
			.msg_controllen = sizeof(along[i]) };
	}
	got = recvmmsg(d->monitor.fd, all, BATCH, MSG_DONTWAIT, NULL);
	if (got < 0 && errno != EAGAIN && errno != EINTR)
		failed(d);
	for (int i = 0; i < got; i++)
		overheard_take(&d->monitor.heard, now, bytes_of(heads[i], all[i].msg_len),
			whole_of(&all[i].msg_hdr));
}

void monitor_open(struct daemon *d, int take)
{
	struct monitor *m = &d->monitor;
	int on = 1;

	monitor_close(d);
	m->heard = (struct overheard){ .count = 0 };
	trouble_set(m, NULL, NULL);
	if (take >= 0 &&
		setsockopt(take, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) == 0) {
		m->open = true;
		m->fd = take;
		ev_io_init(&m->io, on_frames, take, EV_READ);
		m->io.data = d;
		ev_io_start(d->loop, &m->io);
		return;
	}
	if (take >= 0)
		close(take);
	if (!d->settings.radio.monitor)
		return;
	trouble_find(d);
	log_line(&d->log, LOG_WARN_, "Wi-Fi on ", d->settings.radio.interface,
		": nobody listens to the channel: ", m->trouble, "; ", m->fix, NULL);
}

void monitor_close(struct daemon *d)
{
	struct monitor *m = &d->monitor;

	trouble_set(m, NULL, NULL);
	if (!m->open)
		return;
	ev_io_stop(d->loop, &m->io);
	close(m->fd);
	m->open = false;
}

/* ---- what it says ---- */

const struct overheard_sender *monitor_of(const struct daemon *d, const uint8_t mac[6])
{
	return d->monitor.open ? overheard_find(&d->monitor.heard, mac) : NULL;
}

bool monitor_busy(struct daemon *d, struct instant now, struct monitor_busy *out)
{
	const struct overheard *o = &d->monitor.heard;
	struct node_link l;

	if (!d->monitor.open)
		return false;
	*out = (struct monitor_busy){ .all = airtime_permille(&o->all, now),
		.own = airtime_permille(&o->sent, now) };
	for (size_t i = 0; node_link_at(d->node, now, i, &l); i++) {
		const struct overheard_sender *s =
			wifi_is_port(d, l.neighbour.interface)
				? overheard_find(o, l.endpoint.address)
				: NULL;

		if (s != NULL)
			out->nodes += airtime_permille(&s->late, now);
	}
	/* two links may lead to one station, and no sum goes beyond all of the time */
	if (out->nodes > out->all - out->own)
		out->nodes = out->all - out->own;
	out->strangers = out->all - out->own - out->nodes;
	return true;
}

bool monitor_trouble(const struct daemon *d, const char **why, const char **fix)
{
	*why = d->monitor.trouble;
	*fix = d->monitor.fix;
	return d->monitor.trouble != NULL;
}
