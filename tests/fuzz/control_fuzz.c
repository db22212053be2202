/* SPDX-License-Identifier: ISC */
/*
 * Requests and replies of the control socket. Whatever parses as a request must be written
 * and parsed again to the same; measuring and parsing must agree; the input read as replies
 * must be stepped through without getting stuck.
 */
#include <errno.h>
#include <stdlib.h>

#include "node/base/mem.h"
#include "node/control/json_out.h"
#include "node/control/reply.h"
#include "node/control/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void try_request(struct bytes in)
{
	static struct request a, b;
	static uint8_t written[REQUEST_SIZE_MAX], again[REQUEST_SIZE_MAX];
	struct writer w = writer_of(written, sizeof(written));
	struct writer w2 = writer_of(again, sizeof(again));
	size_t size = 0;

	if (request_measure(in, &size) != REQUEST_WHOLE) {
		demand(request_parse(&a, in) == -EPROTO);
		return;
	}
	demand(size <= in.len && size <= REQUEST_SIZE_MAX);
	if (request_parse(&a, bytes_of(in.data, size)) != 0)
		return;
	request_write(&w, &a);
	demand(!w.overflow);
	demand(request_parse(&b, writer_bytes(&w)) == 0);
	request_write(&w2, &b);
	demand(bytes_equal(writer_bytes(&w), writer_bytes(&w2)));
}

static void try_replies(struct bytes in)
{
	struct reply r;
	size_t size = 0;

	while (reply_parse(&r, in, &size) == REPLY_WHOLE) {
		demand(size >= REPLY_HEADER_SIZE && size <= in.len);
		in = bytes_of(in.data + size, in.len - size);
	}
}

static void try_text(struct bytes in)
{
	struct buffer b;
	struct json_out j;

	buffer_init(&b, 1 << 20);
	j = json_out_of(&b, "fuzz");
	json_out_text(&j, "t", in);
	json_out_finish(&j);
	buffer_fini(&b);
	(void)command_nearest(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);

	try_request(in);
	try_replies(in);
	try_text(in);
	return 0;
}
