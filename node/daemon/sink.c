/* SPDX-License-Identifier: ISC */
/* Under systemd each text line begins with its priority; elsewhere with the level's name. */
#include "node/daemon/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/base/check.h"

static const char *const names[] = { "error", "warn", "info", "debug" };
static const int priorities[] = { 3, 4, 6, 7 };

static void write_json(enum log_level level, const char *line)
{
	struct timespec t;
	struct tm utc;
	char when[32];

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &utc);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &utc);
	fprintf(stderr, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"text\":\"", when,
		t.tv_nsec / 1000000, names[level]);
	for (; *line != '\0'; line++) {
		unsigned char c = (unsigned char)*line;

		if (c == '"' || c == '\\')
			fprintf(stderr, "\\%c", c);
		else if (c < 0x20)
			fprintf(stderr, "\\u%04x", c);
		else
			fputc(c, stderr);
	}
	fputs("\"}\n", stderr);
}

static void sink_write(void *context, enum log_level level, const char *line)
{
	const struct sink *s = context;

	if (s->json)
		write_json(level, line);
	else if (getenv("JOURNAL_STREAM") != NULL)
		fprintf(stderr, "<%d>%s\n", priorities[level], line);
	else
		fprintf(stderr, "qanatd: %s: %s\n", names[level], line);
}

static void say_broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "qanatd: broken assumption: %s at %s:%d\n", what, file, line);
}

struct log sink_open(struct sink *s, enum log_level level)
{
	setvbuf(stderr, NULL, _IOLBF, 0);
	check_sink_set(say_broken);
	return (struct log){ sink_write, s, level };
}
