/* SPDX-License-Identifier: ISC */
/*
 * The header that stands before every packet of a TUN opened with IFF_VNET_HDR: virtio-net's
 * legacy header of 10 bytes. The kernel uses it to hand over what is longer than the MTU
 * (segmentation offload) and what has no checksum yet.
 *
 *   offload = flags:8 type:8 header:16 segment:16 checksum_at:16 checksum_offset:16
 *
 * 16-bit numbers are in the byte order of this machine (little-endian on all that we test),
 * which is what a TUN takes unless TUNSETVNETLE or TUNSETVNETBE says otherwise. The constants
 * are those of linux/virtio_net.h (VIRTIO_NET_HDR_*), written out because no kernel header
 * belongs in a pure room.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/wire/writer.h"

enum {
	OFFLOAD_SIZE = 10, /* TUNSETVNETHDRSZ's default */

	OFFLOAD_NEEDS_CSUM = 1, /* flags: checksum is to be completed */
	OFFLOAD_DATA_VALID = 2, /* flags: checksum was verified */

	OFFLOAD_NONE = 0, /* types: VIRTIO_NET_HDR_GSO_* */
	OFFLOAD_TCPV4 = 1,
	OFFLOAD_TCPV6 = 4,
	OFFLOAD_UDP = 5,    /* GSO_UDP_L4: datagrams of equal size (USO, Linux 6.2) */
	OFFLOAD_ECN = 0x80, /* or-ed to a TCP type: the first segment has CWR */
};

struct offload {
	uint8_t flags;
	uint8_t type;
	uint16_t header_size;     /* IP and transport header; a hint only */
	uint16_t segment_size;    /* payload of each segment but the last */
	uint16_t checksum_at;     /* where summing begins, from the packet's first byte */
	uint16_t checksum_offset; /* from there to the checksum itself */
};

/* The first OFFLOAD_SIZE bytes of b; false when they are not there. */
must_use bool offload_parse(struct offload *o, struct bytes b);
void offload_write(struct writer *w, const struct offload *o);
