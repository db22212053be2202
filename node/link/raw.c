/* SPDX-License-Identifier: ISC */
/*
 * Frames of our EtherType on an interface without IP, by a packet socket that the warden has
 * opened, bound and filtered. Endpoints are hardware addresses, as on a simulated radio.
 */
#include "node/link/carrier.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = CARRIER_ETHERNET_HEADER, RAW_BATCH = 32 };

static bool is_ours(const uint8_t *header, const struct mmsghdr *m)
{
	return m->msg_len >= HEADER && !(m->msg_hdr.msg_flags & MSG_TRUNC) &&
	       carrier_ethernet_is_ours(header);
}

static int raw_receive(struct carrier *c, struct datagram *batch, size_t max)
{
	uint8_t headers[RAW_BATCH][HEADER];
	struct iovec parts[RAW_BATCH][2];
	struct mmsghdr all[RAW_BATCH] = { 0 };
	int got, kept = 0;

	if (max > RAW_BATCH)
		max = RAW_BATCH;
	for (size_t i = 0; i < max; i++) {
		parts[i][0] = (struct iovec){ headers[i], HEADER };
		parts[i][1] = (struct iovec){ batch[i].bytes, sizeof(batch[i].bytes) };
		all[i].msg_hdr.msg_iov = parts[i];
		all[i].msg_hdr.msg_iovlen = 2;
	}
	got = recvmmsg(c->fd, all, (unsigned)max, MSG_DONTWAIT, NULL);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < got; i++) {
		if (!is_ours(headers[i], &all[i])) {
			c->refused++;
			continue;
		}
		/* what is left out makes those behind it move up */
		if (kept < i)
			memcpy(batch[kept].bytes, batch[i].bytes,
				all[i].msg_len - HEADER);
		batch[kept].len = all[i].msg_len - HEADER;
		memset(&batch[kept].from, 0, sizeof(batch[kept].from));
		memcpy(batch[kept++].from.address, headers[i] + 6, 6);
	}
	return kept;
}

static int raw_send(struct carrier *c, const struct node_frame *frames, size_t count)
{
	uint8_t headers[CARRIER_BATCH][HEADER];
	struct iovec parts[CARRIER_BATCH][2];
	struct mmsghdr all[CARRIER_BATCH] = { 0 };
	int sent;

	if (count > CARRIER_BATCH)
		count = CARRIER_BATCH;
	for (size_t i = 0; i < count; i++) {
		carrier_ethernet_head(headers[i], &frames[i], c->mac);
		parts[i][0] = (struct iovec){ headers[i], HEADER };
		parts[i][1] = (struct iovec){ (void *)(uintptr_t)frames[i].bytes,
			frames[i].len };
		all[i].msg_hdr.msg_iov = parts[i];
		all[i].msg_hdr.msg_iovlen = 2;
	}
	sent = sendmmsg(c->fd, all, (unsigned)count, MSG_DONTWAIT);
	return sent < 0 ? -errno : sent;
}

static void raw_close(struct carrier *c)
{
	close(c->fd);
	c->fd = -1;
}

static const struct link_ops raw_ops = { raw_receive, raw_send, raw_close };

void raw_open(
	struct carrier *c, int take, unsigned index, const uint8_t mac[6], size_t mtu)
{
	*c = (struct carrier){ .ops = &raw_ops,
		.fd = take,
		.index = index,
		.mtu = mtu < FRAME_MAX ? mtu : FRAME_MAX };
	memcpy(c->mac, mac, sizeof(c->mac));
}
