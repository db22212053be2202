/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a DNS query, with what is found and the room for the answer taken from the
 * first two. An answer stays in its bounds, carries the query's id and question, and is no
 * query itself.
 */
#include <stdlib.h>

#include "node/inet/dns.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_found found = { .name = "ada", .address = { { 0xfd, 0x71, 1 } } };
	struct dns_query q, again;
	size_t room, len;
	uint8_t *out;

	if (size < 2)
		return 0;
	found.found = (data[0] & 1) != 0;
	room = (data[0] & 2) != 0 ? data[1] : 2048;
	if (!dns_parse(&q, bytes_of(data + 2, size - 2)))
		return 0;
	must(q.asked != DNS_ASKED_ADDRESS || (strlen(q.name) > 0 && q.name[0] != '-'));
	must(q.asked != DNS_ASKED_NAME ||
		(q.address.b[0] == 0xfd && q.address.b[1] == 0x71));
	/* as large as the room, so that a byte too many is seen */
	out = malloc(room + 1);
	must(out != NULL);
	len = dns_answer(&q, &found, out, room);
	must(len <= room && len <= DNS_ANSWER_MAX && (len >= 12 || room < 12));
	if (len > 0) {
		must(memcmp(out, data + 2, 2) == 0);
		must(out[5] == 0 || memcmp(out + 12, data + 14, q.question.len) == 0);
		must(!dns_parse(&again, bytes_of(out, len)));
	}
	free(out);
	return 0;
}
