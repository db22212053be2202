/* SPDX-License-Identifier: ISC */
/* A line is joined, cut when long, and not built when nobody listens. */
#include "node/base/log.h"

#include "tests/test.h"

struct heard {
	int lines;
	enum log_level level;
	char line[1024];
};

static void hear(void *context, enum log_level level, const char *line)
{
	struct heard *h = context;
	struct text t = text_of(h->line, sizeof(h->line));

	h->lines++;
	h->level = level;
	text_string(&t, line);
}

TEST(log_joins_its_parts)
{
	struct heard h = { 0 };
	struct log l = { hear, &h, LOG_INFO_ };

	log_line(&l, LOG_WARN_, "link ", "wlan0", ": up", NULL);
	EXPECT_STRING(h.line, "link wlan0: up", "into one line");
	EXPECT_EQ(h.level, LOG_WARN_, "with its level");
	log_line(&l, LOG_INFO_, "x", NULL);
	EXPECT_EQ(h.lines, 2, "the level itself is heard");
	log_line(&l, LOG_DEBUG_, "x", NULL);
	EXPECT_EQ(h.lines, 2, "what is above it is not");
}

TEST(log_cuts_what_is_too_long_and_bears_silence)
{
	static char part[400];
	struct heard h = { 0 };
	struct log l = { hear, &h, LOG_DEBUG_ }, silent = { NULL, NULL, LOG_DEBUG_ };

	memset(part, 'a', sizeof(part) - 1);
	log_line(&l, LOG_INFO_, part, part, part, NULL);
	EXPECT_EQ(strlen(h.line), 511, "a long line is cut");
	log_line(&silent, LOG_ERROR_, "x", NULL);
	log_line(NULL, LOG_ERROR_, "x", NULL);
	EXPECT_EQ(h.lines, 1, "without a sink nothing happens");
}
