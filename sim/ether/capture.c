/* SPDX-License-Identifier: ISC */
/* libpcap writes the file; time stamps are the wall clock at the start plus the air's
 * time. */
#include "sim/ether/capture.h"

#include <time.h>

#include <pcap/pcap.h>

#include "node/base/mem.h"

enum { SNAP_BYTES = 65535 };

struct capture {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	int64_t start_us; /* wall clock */
};

struct capture *capture_open(const char *path, enum capture_kind kind, struct text *why)
{
	int link = kind == CAPTURE_RADIOTAP ? DLT_IEEE802_11_RADIO : DLT_EN10MB;
	struct capture *c = mem_new(sizeof(*c));
	struct timespec t;

	c->pcap = pcap_open_dead(link, SNAP_BYTES);
	check(c->pcap != NULL);
	c->dumper = pcap_dump_open(c->pcap, path);
	if (!c->dumper) {
		text_string(why, pcap_geterr(c->pcap));
		pcap_close(c->pcap);
		mem_free(c);
		return NULL;
	}
	clock_gettime(CLOCK_REALTIME, &t);
	c->start_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
	return c;
}

void capture_close(struct capture *c)
{
	if (!c)
		return;
	pcap_dump_close(c->dumper);
	pcap_close(c->pcap);
	mem_free(c);
}

void capture_write(struct capture *c, struct instant at, struct bytes frame)
{
	int64_t us = c->start_us + at.us;
	struct pcap_pkthdr h = { .ts = { .tv_sec = us / 1000000,
					 .tv_usec = us % 1000000 },
		.caplen = (bpf_u_int32)frame.len,
		.len = (bpf_u_int32)frame.len };

	pcap_dump((u_char *)c->dumper, &h, frame.data);
}

bool capture_flush(struct capture *c)
{
	return pcap_dump_flush(c->dumper) == 0 && !ferror(pcap_dump_file(c->dumper));
}
