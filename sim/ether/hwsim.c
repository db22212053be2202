/* SPDX-License-Identifier: ISC */
/*
 * Every frame that the kernel hands out is answered by a status, one way or another: without
 * it the radio's queue fills up.
 */
#include "sim/ether/hwsim.h"

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include "node/base/mem.h"
#include "sim/ether/hwsim_message.h"

enum {
	BATCH = 32, /* messages a wakeup */
	SOCKET_BUFFER_BYTES = 8 << 20,
	MESSAGE_BYTES_MAX = 16384, /* a frame of 802.11 and a few attributes */
	ADDRESS_2 = 10,            /* its place in a frame: who sends */
	ADDRESS_CHARS = 18,
};

struct hwsim {
	struct ether *ether;
	struct nl_sock *socket;
	int family;
	struct addresses radios; /* whose radio has which hardware address */
	uint8_t (*radio)[RADIO_ADDRESS_BYTES]; /* by node; all 0: none */
	struct hwsim_drops drops;
	bool warned;
	ev_io io;
};

static const uint8_t no_radio[RADIO_ADDRESS_BYTES];

static void send_and_free(struct hwsim *h, struct nl_msg *m)
{
	if (nl_send_auto(h->socket, m) < 0)
		h->drops.refused++;
	nlmsg_free(m);
}

static void status(struct hwsim *h, const uint8_t *radio, const struct radio_frame *told,
	uint32_t tries)
{
	send_and_free(h, hwsim_status_new(h->family, radio, told, tries, false, 0));
}

/* Who sent it has this address: interfaces that were up before the medium came are found so.
 * Control frames need not say who sends. */
static void learn(struct hwsim *h, uint32_t node, const uint8_t *frame)
{
	bool control = (frame[0] & 0x0c) == 0x04;

	if (!control && !(frame[ADDRESS_2] & 1))
		addresses_learn(&h->ether->addresses, node, frame + ADDRESS_2);
}

/* BEFORE radio 42:00:00:00:00:00 AFTER */
static void say(struct hwsim *h, enum log_level level, const char *before,
	const uint8_t *radio, const char *after)
{
	char name[ADDRESS_CHARS];
	struct text t = text_of(name, sizeof(name));

	for (unsigned i = 0; i < RADIO_ADDRESS_BYTES; i++) {
		text_string(&t, i ? ":" : "");
		text_hex(&t, bytes_of(radio + i, 1));
	}
	log_line(&h->ether->log, level, before, "radio ", name, after, NULL);
}

static void unknown_radio(struct hwsim *h, const struct hwsim_message *m)
{
	h->drops.unknown_radio++;
	status(h, m->radio, &m->told, 0);
	if (!h->warned)
		say(h, LOG_WARN_, "", m->radio,
			": no node has it, nobody hears what it sends");
	h->warned = true;
}

static void frame_receive(struct hwsim *h, const struct hwsim_message *m)
{
	struct ether *e = h->ether;
	uint32_t node, to = CHANNEL_BROADCAST;

	if (!addresses_find(&h->radios, m->radio, &node)) {
		unknown_radio(h, m);
		return;
	}
	if (m->frame.len < RADIO_HEADER_BYTES) {
		e->drops[node].malformed++;
		status(h, m->radio, &m->told, 0);
		return;
	}
	learn(h, node, m->frame.data);
	if (!radio_is_group(m->frame.data) &&
		(!addresses_find(&e->addresses, m->frame.data + 4, &to) || to == node)) {
		/* It takes its time on the air all the same. */
		e->drops[node].unknown_destination++;
		to = node;
	}
	if (!ether_send(e, node, to, m->frame, &m->told))
		status(h, m->radio, &m->told, 0);
}

static void address_change(struct hwsim *h, const struct hwsim_message *m)
{
	uint32_t node;

	if (!addresses_find(&h->radios, m->radio, &node))
		return;
	if (m->command == HWSIM_ADDRESS_ADD)
		addresses_learn(&h->ether->addresses, node, m->address);
	else
		addresses_forget(&h->ether->addresses, node, m->address);
}

static int on_message(struct nl_msg *message, void *context)
{
	struct hwsim *h = context;
	struct hwsim_message m;

	if (!hwsim_message_parse(&m, nlmsg_hdr(message)))
		h->drops.malformed++;
	else if (m.command == HWSIM_FRAME)
		frame_receive(h, &m);
	else if (m.command == HWSIM_ADDRESS_ADD || m.command == HWSIM_ADDRESS_REMOVE)
		address_change(h, &m);
	return NL_OK;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *context)
{
	struct hwsim *h = context;

	(void)from;
	(void)error;
	h->drops.refused++;
	return NL_SKIP;
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct hwsim *h = w->data;

	(void)loop;
	(void)events;
	ether_advance(h->ether);
	for (unsigned i = 0; i < BATCH; i++) {
		int err = nl_recvmsgs_default(h->socket);

		if (err == -NLE_NOMEM)
			h->drops.overrun++;
		else if (err < 0)
			return;
	}
}

static bool refuse(struct text *why, const char *what)
{
	text_string(why, what);
	return false;
}

static bool family_find(struct hwsim *h, struct text *why)
{
	if (!h->socket || genl_connect(h->socket) < 0)
		return refuse(why, "no generic netlink here");
	h->family = genl_ctrl_resolve(h->socket, HWSIM_FAMILY);
	if (h->family < 0)
		return refuse(why,
			"the kernel has no such radios; modprobe mac80211_hwsim "
			"makes two");
	return true;
}

struct hwsim *hwsim_open(struct ether *e, struct text *why)
{
	struct hwsim *h = mem_new(sizeof(*h));
	int one = 1;

	h->ether = e;
	addresses_init(&h->radios, e->channel.node_count);
	h->radio = mem_array(e->channel.node_count, sizeof(h->radio[0]));
	h->socket = nl_socket_alloc();
	if (!family_find(h, why)) {
		hwsim_close(h);
		return NULL;
	}
	nl_socket_set_buffer_size(h->socket, SOCKET_BUFFER_BYTES, SOCKET_BUFFER_BYTES);
	nl_socket_set_msg_buf_size(h->socket, MESSAGE_BYTES_MAX);
	/* What is refused need not come back whole. */
	setsockopt(nl_socket_get_fd(h->socket), SOL_NETLINK, NETLINK_CAP_ACK, &one,
		sizeof(one));
	/* The kernel speaks unasked. */
	nl_socket_disable_seq_check(h->socket);
	nl_socket_modify_cb(h->socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, h);
	return h;
}

void hwsim_close(struct hwsim *h)
{
	if (!h)
		return;
	if (ev_is_active(&h->io))
		ev_io_stop(h->ether->loop, &h->io);
	nl_socket_free(h->socket);
	addresses_fini(&h->radios);
	mem_free(h->radio);
	mem_free(h);
}

bool hwsim_attached(const struct hwsim *h, uint32_t node)
{
	return memcmp(h->radio[node], no_radio, sizeof(no_radio)) != 0;
}

bool hwsim_attach(struct hwsim *h, uint32_t node, const uint8_t radio[6])
{
	char before[NAME_MAX_CHARS + 20];
	struct text t = text_of(before, sizeof(before));
	uint32_t other;

	if (hwsim_attached(h, node) || addresses_find(&h->radios, radio, &other) ||
		memcmp(radio, no_radio, sizeof(no_radio)) == 0)
		return false;
	memcpy(h->radio[node], radio, RADIO_ADDRESS_BYTES);
	addresses_learn(&h->radios, node, radio);
	text_string(&t, h->ether->scenario.names.names[node]);
	text_string(&t, ": attached by ");
	say(h, LOG_INFO_, before, radio, "");
	return true;
}

bool hwsim_register(struct hwsim *h, struct text *why)
{
	/* Waits for the answer, and takes the first frames, if they come before it. */
	int err = nl_send_sync(h->socket, hwsim_register_new(h->family));

	if (err == -NLE_BUSY)
		return refuse(why, "another program is their medium already");
	if (err == -NLE_PERM)
		return refuse(why, "only root may be their medium");
	if (err < 0)
		return refuse(why, nl_geterror(err));
	nl_socket_disable_auto_ack(h->socket);
	nl_socket_set_nonblocking(h->socket);
	nl_socket_modify_err_cb(h->socket, NL_CB_CUSTOM, on_error, h);
	ev_io_init(&h->io, on_readable, nl_socket_get_fd(h->socket), EV_READ);
	h->io.data = h;
	ev_io_start(h->ether->loop, &h->io);
	return true;
}

const struct hwsim_drops *hwsim_drops(const struct hwsim *h)
{
	return &h->drops;
}

void hwsim_drops_reset(struct hwsim *h)
{
	h->drops = (struct hwsim_drops){ 0 };
}

void hwsim_deliver(struct hwsim *h, const struct channel_event *event,
	const struct radio_frame *told, struct bytes frame)
{
	if (!hwsim_attached(h, event->to))
		return;
	send_and_free(h, hwsim_delivery_new(h->family, h->radio[event->to], frame, told,
				 event->tries, event->signal_db));
}

void hwsim_done(struct hwsim *h, const struct channel_event *event,
	const struct radio_frame *told)
{
	bool acked = event->delivered && event->to != CHANNEL_BROADCAST &&
		     !(told->flags & RADIO_NO_ACK);

	send_and_free(h, hwsim_status_new(h->family, h->radio[event->node], told,
				 event->tries, acked, event->signal_db));
}
