/* SPDX-License-Identifier: ISC */
/* Prometheus text: every line is a comment or a sample. */
#include "node/control/metrics.h"

#include <string.h>

#include "tests/test.h"

static void expect_line(const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);

	if (len > 0 && line[0] == '#')
		return;
	EXPECT(len > 6 && memcmp(line, "qanat_", 6) == 0,
		"a sample begins with our prefix");
	EXPECT(space != NULL && space + 1 < line + len, "and has a value");
	for (const char *p = space + 1; p < line + len; p++)
		EXPECT(*p >= '0' && *p <= '9', "which is a number");
}

TEST(metrics_are_comments_and_samples_and_unknown_ones_are_left_out)
{
	struct shown_counter counters[] = { { "frames_sent", 12 } };
	struct drops drops = { .count = { [DROP_REPLAY] = 3 } };
	struct shown_status s = { .uptime_us = known(2500000),
		.counters = counters,
		.counter_count = 1,
		.traffic = &(struct shown_traffic){ "hello", 1, 2, 3, 4 },
		.traffic_count = 1,
		.drops = &drops };
	struct shown_folder f = {
		.id = { { 0xaa } }, .name = BYTES("a\"\n"), .files = known(7)
	};
	struct buffer b;
	const char *at, *end;

	buffer_init(&b, 1 << 20);
	metrics_write(&b, &s, &f, 1);
	at = (const char *)b.data;
	end = at + b.len;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		EXPECT(newline != NULL, "each line ends");
		expect_line(at, (size_t)(newline - at));
		at = newline + 1;
	}
	EXPECT(memmem(b.data, b.len, "qanat_uptime_seconds 2\n", 23) != NULL,
		"whole seconds");
	EXPECT(memmem(b.data, b.len, "{reason=\"replay\"} 3\n", 20) != NULL,
		"drops by reason");
	EXPECT(memmem(b.data, b.len, "qanat_messages_out{kind=\"hello\"} 2\n", 35) !=
				NULL &&
			memmem(b.data, b.len,
				"qanat_message_bytes_in{kind=\"hello\"} 3\n", 39) != NULL,
		"messages by kind");
	EXPECT(memmem(b.data, b.len, "qanat_folder_files{folder=\"aa", 29) != NULL,
		"by folder");
	EXPECT(memmem(b.data, b.len, "qanat_folder_bytes{", 19) == NULL,
		"unknown is left out");
	buffer_fini(&b);
}
