/* SPDX-License-Identifier: ISC */
/*
 * qanatd's side of qanat-warden: every privileged act is asked of it and waited for, 2 s at
 * most. Results are 0 or a negative errno; warden_reason() has the words of a refusal.
 * Everything asked for is undone when the connection ends, however it ends.
 */
#pragma once

#include "node/base/check.h"
#include "node/base/ids.h"
#include "node/wire/reader.h"
#include "node/wire/writer.h"

struct warden;

struct warden_tun {
	int fd; /* not blocking; the caller closes it, and then the device is gone */
	char name[16];
	bool vnet; /* each packet stands behind a struct virtio_net_hdr of 10 bytes */
	bool tso; /* checksums may be unfinished, TCP segments up to 64 KiB; needs vnet */
	bool uso; /* so may UDP */
};

/* Bound to port 53 of a loopback address, not blocking; the caller closes both. */
struct warden_dns {
	int udp;
	int tcp; /* listens */
	uint8_t address[4];
};

/* socket: where a warden listens; NULL: one is started from our own executable's folder, as
 * a child. -EACCES: not in its group; -ENOENT, -ECONNREFUSED: there is none. */
must_use int warden_open(struct warden **out, const char *socket);
/* Waits up to 1 s until all is put back. NULL is fine. */
void warden_close(struct warden *w);
/* Readable: the warden is gone, with all it had made but the TUN device's descriptor: close
 * that too. */
int warden_fd(const struct warden *w);
/* Why the last call was refused; empty if it was not, or without words. */
const char *warden_reason(const struct warden *w);

/* A TUN device with the address self/128 and the route fd71::/16; once a connection. */
must_use int warden_tun(struct warden *w, const struct address *self, unsigned mtu,
	struct warden_tun *out);
/* Nothing that arrives on these interfaces is let in but UDP port 7117 over link-local IPv6
 * and replies to what this machine began. No names: the guard goes. The list replaces the
 * one before as a whole. */
must_use int warden_guard(struct warden *w, const char *const names[], size_t count);
/* Names under .qanat are asked of the sockets in out; off: out is not touched. After TUN; to
 * be given them anew, close those from before. */
must_use int warden_dns(struct warden *w, bool on, struct warden_dns *out);
/* Default routes through the TUN device, worse than any other. After TUN. */
must_use int warden_uplink(struct warden *w, bool on);
/* What comes out of the TUN device is routed onward, masqueraded. After TUN. */
must_use int warden_gateway(struct warden *w, bool on);

/* What a radio is to join: a mesh of 802.11s or an IBSS. */
struct warden_radio {
	char interface[16];
	bool ibss;
	bool take; /* the interface itself, where no other can be made beside it */
	bool ht;   /* the rates of 802.11n; else those that every radio has */
	uint8_t width_mhz; /* of its channel: 20, with ht also 40 or 80 */
	bool monitor;      /* hear who else is on the channel */
	uint16_t mhz;
	char id[33];  /* the mesh ID, or the SSID */
	char key[64]; /* a password for SAE, or for an IBSS RSN; empty: none */
};

struct warden_joined {
	int fd; /* a packet socket on it, not blocking, filtered; the caller closes it */
	char name[16]; /* of the interface that joined */
	int monitor; /* likewise; gives a radiotap header and a frame up to its transmitter's
			  address (radio.h); -1: not asked for, or the driver cannot */
};

/* Leaves what was joined before, then joins: on an interface of its own where the driver allows
 * one, else on the one that is named, if that is down or may be taken. One a connection. */
must_use bool warden_radio_key(const char *key); /* whether it is one that can be had */
must_use int warden_radio_join(
	struct warden *w, const struct warden_radio *r, struct warden_joined *out);
/* Puts back what was. */
must_use int warden_radio_leave(struct warden *w);

/* Our half of order.h, which has the other. */
struct order;
struct answer;
void warden_order_write(struct writer *w, const struct order *o);
must_use bool warden_answer_parse(struct answer *a, struct bytes packet);
