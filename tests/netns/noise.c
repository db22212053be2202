/* SPDX-License-Identifier: ISC */
/*
 * A stranger on the simulated radio's socket: plays back what a capture of the air holds,
 * whole, cut, lengthened or with bits turned over, and bytes that mean nothing. Prints one
 * JSON object: what it sent, and what was sent to it alone.
 *
 *     noise SOCKET NODE CAPTURE FRAMES SEED
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	ETHERNET_HEADER = 14,
	FRAME_BYTES_MAX = 1514,
	RECORDS_MAX = 4096,
	PCAP_HEADER = 24,
	PCAP_RECORD = 16,
	ANSWER_WAIT_MS = 2000,
	FRAMES_A_MS = 2
};

enum kind {
	KIND_REPLAYED,
	KIND_TRUNCATED,
	KIND_OVERSIZED,
	KIND_FORGED,
	KIND_RANDOM,
	KINDS
};

static const char *const kind_names[KINDS] = { "replayed", "truncated", "oversized",
	"forged", "random" };

struct record {
	uint8_t bytes[FRAME_BYTES_MAX];
	size_t len;
};

static struct record records[RECORDS_MAX];
static size_t record_count;
static uint64_t luck;
static const uint8_t own[6] = { 2, 0, 0, 0, 0xbe, 0xef };

static unsigned draw(unsigned below)
{
	luck ^= luck << 13;
	luck ^= luck >> 7;
	luck ^= luck << 17;
	return below ? (unsigned)(luck >> 20) % below : 0;
}

static void fill(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)draw(256);
}

/* Keeps a sample of the capture: all of its first frames, then by luck. */
static int capture_read(const char *path)
{
	uint8_t header[PCAP_HEADER], bytes[65536];
	uint32_t record[PCAP_RECORD / 4];
	FILE *in = fopen(path, "re");
	size_t seen = 0;

	if (!in)
		return -1;
	if (fread(header, 1, sizeof(header), in) != sizeof(header)) {
		fclose(in);
		return -1;
	}
	while (fread(record, 1, sizeof(record), in) == sizeof(record)) {
		size_t len = record[2], at = record_count;

		if (len > sizeof(bytes) || fread(bytes, 1, len, in) != len)
			break;
		if (len < ETHERNET_HEADER || len > FRAME_BYTES_MAX)
			continue;
		if (at == RECORDS_MAX)
			at = draw((unsigned)++seen);
		if (at >= RECORDS_MAX)
			continue;
		memcpy(records[at].bytes, bytes, len);
		records[at].len = len;
		if (record_count < RECORDS_MAX)
			seen = ++record_count;
	}
	fclose(in);
	return record_count > 0 ? 0 : -1;
}

static int attach(const char *path, const char *node)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char text[128], answer[256];
	int len = snprintf(text, sizeof(text), "node %s mac 02:00:00:00:be:ef", node);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd < 0 || strlen(path) >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		send(fd, text, (size_t)len, 0) < 0 || poll(&p, 1, ANSWER_WAIT_MS) <= 0 ||
		recv(fd, answer, sizeof(answer), 0) != 2)
		return -1;
	return fd;
}

static size_t make(enum kind kind, uint8_t *out)
{
	const struct record *r = &records[draw((unsigned)record_count)];
	const struct record *to = &records[draw((unsigned)record_count)];
	size_t len = r->len;

	memcpy(out, r->bytes, len);
	switch (kind) {
	case KIND_REPLAYED:
		break;
	case KIND_TRUNCATED:
		len = ETHERNET_HEADER + draw((unsigned)(len - ETHERNET_HEADER + 1));
		break;
	case KIND_OVERSIZED:
		fill(out + len, FRAME_BYTES_MAX - len);
		len = FRAME_BYTES_MAX;
		break;
	case KIND_FORGED:
		for (unsigned i = draw(8) + 1; i > 0 && len > ETHERNET_HEADER; i--)
			out[ETHERNET_HEADER + draw((unsigned)len - ETHERNET_HEADER)] ^=
				(uint8_t)(1u << draw(8));
		break;
	case KIND_RANDOM:
	case KINDS:
		len = ETHERNET_HEADER + draw(FRAME_BYTES_MAX - ETHERNET_HEADER);
		fill(out + ETHERNET_HEADER, len - ETHERNET_HEADER);
		break;
	}
	/* to everybody, or to somebody who was heard */
	if (draw(2))
		memcpy(out, to->bytes + 6, 6);
	memcpy(out + 6, own, 6);
	return len;
}

static void hear(int fd, int wait_ms, uint64_t *frames, uint64_t *bytes)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t packet[65536];

	while (poll(&p, 1, wait_ms) > 0) {
		ssize_t len = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);

		if (len <= 0)
			return;
		if (len >= 6 && !memcmp(packet, own, 6)) {
			(*frames)++;
			*bytes += (uint64_t)len;
		}
	}
}

int main(int argc, char **argv)
{
	uint64_t sent[KINDS] = { 0 }, sent_bytes = 0, got = 0, got_bytes = 0;
	uint8_t frame[FRAME_BYTES_MAX];
	int fd;

	if (argc != 6)
		return 2;
	luck = strtoull(argv[5], NULL, 10) * 2654435761u + 88172645463325252u;
	if (capture_read(argv[3]) < 0 || (fd = attach(argv[1], argv[2])) < 0) {
		fprintf(stderr, "noise: %s\n", strerror(errno));
		return 1;
	}
	for (long i = strtol(argv[4], NULL, 10); i > 0; i--) {
		enum kind kind = (enum kind)draw(KINDS);
		size_t len = make(kind, frame);

		if (send(fd, frame, len, MSG_NOSIGNAL) < 0)
			break;
		sent[kind]++;
		sent_bytes += len;
		hear(fd, i % FRAMES_A_MS ? 0 : 1, &got, &got_bytes);
	}
	hear(fd, 500, &got, &got_bytes);
	printf("{");
	for (int k = 0; k < KINDS; k++)
		printf("\"%s\": %llu, ", kind_names[k], (unsigned long long)sent[k]);
	printf("\"sent_bytes\": %llu, \"answers\": %llu, \"answer_bytes\": %llu}\n",
		(unsigned long long)sent_bytes, (unsigned long long)got,
		(unsigned long long)got_bytes);
	return 0;
}
