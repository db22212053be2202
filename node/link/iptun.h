/* SPDX-License-Identifier: ISC */
/*
 * The IP interface of this machine: a TUN that somebody else made (node/warden) and whose
 * descriptor we hold. With its virtio header the kernel hands over and takes up to 64 KiB in
 * one step (node/inet: segment, coalesce). Nothing here blocks.
 */
#pragma once

#include "node/inet/coalesce.h"
#include "node/inet/packet.h"

enum { IPTUN_SLOTS = 16 };

struct iptun {
	int fd;
	uint64_t refused; /* writes that the kernel would not take: the packet is lost */
	/* private */
	bool vnet;
	uint8_t *in;      /* owned: COALESCE_BUFFER_SIZE */
	uint8_t *buffers; /* owned: IPTUN_SLOTS of COALESCE_BUFFER_SIZE */
	struct coalescer out;
};

/* Takes fd, which does not block from here on. vnet: it has the virtio header (10 bytes);
 * datagrams: it takes joined UDP. */
void iptun_open(struct iptun *t, int fd, bool vnet, bool datagrams);
void iptun_close(struct iptun *t);

enum iptun_got { IPTUN_PACKET, IPTUN_NOTHING, IPTUN_NONSENSE, IPTUN_GONE };

/* The next packet that this machine sends, valid until the next call. IPTUN_NONSENSE: one that
 * is no packet, take the next. */
must_use enum iptun_got iptun_read(struct iptun *t, struct offload *o, struct packet *p);

/* Takes a copy of a packet for this machine; it is written at the latest by iptun_flush. */
void iptun_write(struct iptun *t, const struct packet *p);
void iptun_flush(struct iptun *t);
