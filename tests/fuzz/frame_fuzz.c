/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a frame: the header, then the list of messages. What is parsed is written
 * again and must give the same bytes, and no body may lie outside the input.
 */
#include <stdlib.h>

#include "node/wire/frame.h"
#include "node/wire/message.h"

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void header(struct bytes frame)
{
	struct frame_header h;
	uint8_t buf[FRAME_HEADER_SIZE];
	struct writer w = writer_of(buf, sizeof(buf));

	if (!frame_header_parse(&h, frame))
		return;
	frame_header_write(&w, &h);
	must(bytes_equal(writer_bytes(&w), bytes_of(frame.data, FRAME_HEADER_SIZE)));
}

static void messages(struct bytes list)
{
	struct reader r = reader_of(list);
	struct writer w = writer_of(malloc(list.len + 1), list.len);
	struct message m;

	while (message_read(&r, &m) == MESSAGE_GIVEN) {
		must(m.body.len <= list.len);
		must(m.body.len == 0 ||
			(m.body.data >= list.data &&
				m.body.data + m.body.len <= list.data + list.len));
		must(m.body.len >= message_rules[m.kind].min &&
			m.body.len <= message_rules[m.kind].max);
		must(message_write(&w, m.kind, m.body));
	}
	must(memcmp(w.at, list.data, w.len) == 0);
	free(w.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes frame = bytes_of(data, size);

	if (size == 0)
		return 0;
	header(frame);
	if (size > FRAME_HEADER_SIZE)
		messages(bytes_of(data + FRAME_HEADER_SIZE, size - FRAME_HEADER_SIZE));
	return 0;
}
