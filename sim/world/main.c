/* SPDX-License-Identifier: ISC */
/* qanat-world: runs meshes in virtual time; see README.md. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/control/buffer.h"
#include "node/control/reply.h"
#include "node/control/version.h"
#include "sim/world/run.h"

enum { JOBS_MAX = 256 };

enum mode { MODE_RUN, MODE_PRINT, MODE_REDUCE, MODE_CAMPAIGN, MODE_MERGE };

struct options {
	enum mode mode;
	struct wish wish;
	uint64_t seed, last;
	unsigned jobs;
	const char *reduced;
	struct buffer extra;    /* lines made of --set */
	struct buffer settings; /* options as a repeat command needs them */
	struct source source;
};

static void usage(FILE *out)
{
	fputs("usage: qanat-world SCENARIO [OPTION]...\n"
	      "       qanat-world --merge FILE...\n\n"
	      "Runs a mesh in one process and virtual time; the last line is the digest "
	      "of\n"
	      "all that happened. Exit 0: every verdict held. SCENARIO is a file, - for\n"
	      "standard input, or `random`: made by chance from the seed.\n\n"
	      "  --seed N         the same luck again; default 1\n"
	      "  --nodes N        replaces the number of nodes of the scenario's shape\n"
	      "  --set KEY=VALUE  a radio parameter, as in the scenario: loss=10%, "
	      "retries=0\n"
	      "  --trace FILE     writes what happens as JSON lines\n"
	      "  --html FILE      writes it as a page to be looked at\n"
	      "  --log LEVEL      the nodes' log on stderr: error, warn, info, debug\n"
	      "  --print          prints the scenario instead\n"
	      "  --reduce [FILE]  looks for a smaller scenario that fails in the same "
	      "way\n"
	      "  --seeds A..B     a campaign: all these seeds, a line for each that "
	      "fails\n"
	      "  --first          up to the first that fails\n"
	      "  --jobs N         in so many processes\n"
	      "  --merge          adds up what campaigns printed\n"
	      "  --help, --version\n",
		out);
}

static void say_broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "qanat-world: broken assumption: %s at %s:%d\n", what, file,
		line);
}

static bool read_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *out <= max;
}

static bool read_seeds(struct options *o, const char *text)
{
	const char *dots = strstr(text, "..");
	char first[32] = "";

	if (dots == NULL || (size_t)(dots - text) >= sizeof(first))
		return false;
	memcpy(first, text, (size_t)(dots - text));
	o->mode = MODE_CAMPAIGN;
	return read_number(first, UINT64_MAX - 1, &o->seed) &&
	       read_number(dots + 2, UINT64_MAX - 1, &o->last) && o->seed <= o->last;
}

static bool set_line(struct options *o, const char *setting)
{
	const char *equals = strchr(setting, '=');

	if (equals == NULL || strchr(setting, '\n') != NULL)
		return false;
	buffer_add_string(&o->extra, "\nset ");
	buffer_add(&o->extra, bytes_of(setting, (size_t)(equals - setting)));
	buffer_add_string(&o->extra, " ");
	buffer_add_string(&o->extra, equals + 1);
	buffer_add_string(&o->settings, " --set ");
	buffer_add_string(&o->settings, setting);
	return true;
}

static bool set_nodes(struct options *o, const char *text)
{
	uint64_t n;

	if (!read_number(text, SCENARIO_NODES_MAX, &n))
		return false;
	o->wish.nodes = (uint32_t)n;
	buffer_add_string(&o->settings, " --nodes ");
	buffer_add_string(&o->settings, text);
	return true;
}

static bool set_level(struct options *o, const char *text)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(text, names[i]) == 0) {
			o->wish.log = true;
			o->wish.log_level = (enum log_level)i;
			return true;
		}
	return false;
}

static bool set_mode(struct options *o, enum mode mode, const char *file)
{
	o->mode = mode;
	o->reduced = file;
	return true;
}

static bool option_take(struct options *o, int c, const char *value)
{
	uint64_t n;

	switch (c) {
	case 's':
		return read_number(value, UINT64_MAX, &o->seed);
	case 'S':
		return read_seeds(o, value);
	case 'n':
		return set_nodes(o, value);
	case 'e':
		return set_line(o, value);
	case 'l':
		return set_level(o, value);
	case 't':
		return (o->wish.trace_path = value) != NULL;
	case 'H':
		return (o->wish.html_path = value) != NULL;
	case 'f':
		return o->wish.first = true;
	case 'p':
		return set_mode(o, MODE_PRINT, NULL);
	case 'r':
		return set_mode(o, MODE_REDUCE, value);
	case 'm':
		return set_mode(o, MODE_MERGE, NULL);
	case 'j':
		if (!read_number(value, JOBS_MAX, &n) || n == 0)
			return false;
		o->jobs = (unsigned)n;
		return true;
	}
	return false;
}

/* Exit code, or -1: go on. */
static int options_read(struct options *o, int argc, char **argv)
{
	static const struct option rows[] = { { "seed", required_argument, NULL, 's' },
		{ "seeds", required_argument, NULL, 'S' },
		{ "nodes", required_argument, NULL, 'n' },
		{ "set", required_argument, NULL, 'e' },
		{ "log", required_argument, NULL, 'l' },
		{ "trace", required_argument, NULL, 't' },
		{ "html", required_argument, NULL, 'H' },
		{ "print", no_argument, NULL, 'p' },
		{ "reduce", optional_argument, NULL, 'r' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "first", no_argument, NULL, 'f' }, { "merge", no_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		if (c == 'h')
			return usage(stdout), EXIT_DONE;
		if (c == 'v')
			return printf("qanat-world %s\n", QANAT_VERSION), EXIT_DONE;
		if (c != '?' && option_take(o, c, optarg))
			continue;
		if (c != '?')
			fprintf(stderr, "qanat-world: not understood: %s\n", optarg);
		fputs("see qanat-world --help\n", stderr);
		return EXIT_USAGE;
	}
	if (o->mode == MODE_MERGE)
		return campaign_merge(argv + optind, argc - optind);
	if (optind + 1 != argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	o->wish.name = argv[optind];
	return -1;
}

/* The scenario's text, with what it includes. Exit code, or -1: go on. */
static int text_read(struct options *o)
{
	char reason[256];
	struct text why = text_of(reason, sizeof(reason));
	int err;

	if (strcmp(o->wish.name, "random") == 0)
		return -1;
	err = source_read(&o->source, o->wish.name, &why);
	if (err < 0) {
		fprintf(stderr, "qanat-world: %s\n", reason);
		return err == -ELOOP || err == -EMFILE || err == -EFBIG || err == -EINVAL
			       ? EXIT_USAGE
			       : EXIT_FAILED;
	}
	o->wish.source = &o->source;
	o->wish.text = o->source.text;
	o->wish.len = o->source.len;
	return -1;
}

static int print_scenario(const struct options *o)
{
	size_t len = o->wish.len;
	char *made = o->wish.text == NULL ? random_scenario(o->seed, &len) : NULL;

	fwrite(made != NULL ? made : o->wish.text, 1, len, stdout);
	if (o->wish.extra != NULL)
		printf("%s\n", o->wish.extra);
	mem_free(made);
	return EXIT_DONE;
}

static int run_one(const struct options *o)
{
	struct outcome out;

	if (run_reported(&o->wish, o->seed, &out))
		return EXIT_DONE;
	if (out.kind == VERDICTS) {
		fprintf(stderr, "qanat-world: %s\n", out.text);
		return EXIT_USAGE;
	}
	fprintf(stderr, "again: qanat-world %s --seed %" PRIu64 "%s\n", o->wish.name,
		o->seed, o->wish.settings);
	fprintf(stderr, "smaller: qanat-world %s --seed %" PRIu64 "%s --reduce\n",
		o->wish.name, o->seed, o->wish.settings);
	return EXIT_FAILED;
}

/* The text in a buffer, closed by a zero. */
static const char *buffer_text(struct buffer *b)
{
	buffer_add(b, bytes_of("", 1));
	return (const char *)b->data;
}

int main(int argc, char **argv)
{
	struct options o = { .seed = 1, .jobs = 1 };
	int end;

	buffer_init(&o.extra, 65536);
	buffer_init(&o.settings, 65536);
	check_sink_set(say_broken);
	if (crypto_start() < 0)
		return EXIT_FAILED;
	end = options_read(&o, argc, argv);
	if (end < 0)
		end = text_read(&o);
	o.wish.extra = buffer_text(&o.extra);
	o.wish.settings = buffer_text(&o.settings);
	if (end < 0) {
		switch (o.mode) {
		case MODE_PRINT:
			end = print_scenario(&o);
			break;
		case MODE_REDUCE:
			end = reduce_run(&o.wish, o.seed, o.reduced);
			break;
		case MODE_CAMPAIGN:
			end = campaign_run(&o.wish, o.seed, o.last, o.jobs);
			break;
		case MODE_RUN:
		case MODE_MERGE:
			end = run_one(&o);
			break;
		}
	}
	source_fini(&o.source);
	buffer_fini(&o.extra);
	buffer_fini(&o.settings);
	return end;
}
