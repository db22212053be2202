/* SPDX-License-Identifier: ISC */
/* qanat-world: runs one scenario in virtual time, prints a report and its digest. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "node/base/mem.h"
#include "node/control/reply.h"
#include "node/control/version.h"
#include "sim/world/world.h"

enum { SCENARIO_BYTES_MAX = 4 << 20 };

struct options {
	const char *file;
	uint64_t seed;
	uint32_t nodes;
	struct buffer extra; /* lines made of --set */
	enum log_level log_level;
};

static void usage(FILE *out)
{
	fputs("usage: qanat-world SCENARIO [OPTION]...\n\n"
	      "Runs a mesh in one process and virtual time; the last line is the digest "
	      "of all\n"
	      "that happened. Exit 0: every verdict held.\n\n"
	      "  --seed N         the same luck again; default 1\n"
	      "  --nodes N        replaces the number of nodes of the scenario's shape\n"
	      "  --set KEY=VALUE  a radio parameter, as in the scenario: loss=10%, "
	      "retries=0\n"
	      "  --log LEVEL      the nodes' log on stderr: error, warn, info, debug\n"
	      "  --help, --version\n\n"
	      "SCENARIO is a file, or - for standard input; sim/world/README.md has the "
	      "format.\n",
		out);
}

static void say_broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "qanat-world: broken assumption: %s at %s:%d\n", what, file,
		line);
}

static void log_write(void *context, enum log_level level, const char *line)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	const struct world *w = context;

	fprintf(stderr, "%.6f %s: %s\n", (double)w->now.us / 1e6, names[level], line);
}

static bool read_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *out <= max;
}

static bool set_line(struct options *o, const char *setting)
{
	const char *equals = strchr(setting, '=');

	if (equals == NULL)
		return false;
	buffer_add_string(&o->extra, "\nset ");
	buffer_add(&o->extra, bytes_of(setting, (size_t)(equals - setting)));
	buffer_add_string(&o->extra, " ");
	buffer_add_string(&o->extra, equals + 1);
	return true;
}

static bool set_level(struct options *o, const char *text)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (size_t i = 0; i < array_len(names); i++)
		if (strcmp(text, names[i]) == 0) {
			o->log_level = (enum log_level)i;
			return true;
		}
	return false;
}

/* Exit code, or -1: go on. */
static int options_read(struct options *o, int argc, char **argv)
{
	static const struct option rows[] = { { "seed", required_argument, NULL, 's' },
		{ "nodes", required_argument, NULL, 'n' },
		{ "set", required_argument, NULL, 'e' },
		{ "log", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 } };
	uint64_t n;
	int c;

	while ((c = getopt_long(argc, argv, "", rows, NULL)) != -1) {
		bool good = true;

		if (c == 's')
			good = read_number(optarg, UINT64_MAX, &o->seed);
		else if (c == 'n' && (good = read_number(optarg, SCENARIO_NODES_MAX, &n)))
			o->nodes = (uint32_t)n;
		else if (c == 'e')
			good = set_line(o, optarg);
		else if (c == 'l')
			good = set_level(o, optarg);
		else if (c == 'h')
			return usage(stdout), EXIT_DONE;
		else if (c == 'v')
			return printf("qanat-world %s\n", QANAT_VERSION), EXIT_DONE;
		if (c == '?' || !good) {
			if (c != '?')
				fprintf(stderr, "qanat-world: not understood: %s\n",
					optarg);
			fputs("see qanat-world --help\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind + 1 != argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	o->file = argv[optind];
	return -1;
}

/* All of in and the lines of --set; NULL: said why. Caller frees. */
static char *stream_read(const struct options *o, FILE *in, size_t *len)
{
	char *text = mem_new(SCENARIO_BYTES_MAX + 1 + o->extra.len);

	*len = fread(text, 1, SCENARIO_BYTES_MAX + 1, in);
	if (ferror(in) || *len > SCENARIO_BYTES_MAX) {
		fprintf(stderr, "qanat-world: %s: %s\n", o->file,
			strerror(ferror(in) ? errno : EFBIG));
		mem_free(text);
		return NULL;
	}
	if (o->extra.len > 0)
		memcpy(text + *len, o->extra.data, o->extra.len);
	*len += o->extra.len;
	return text;
}

/* The scenario's text, from a file or standard input. */
static char *text_read(const struct options *o, size_t *len)
{
	char *text;
	FILE *in;

	if (strcmp(o->file, "-") == 0)
		return stream_read(o, stdin, len);
	in = fopen(o->file, "re");
	if (in == NULL) {
		fprintf(stderr, "qanat-world: %s: %s\n", o->file, strerror(errno));
		return NULL;
	}
	text = stream_read(o, in, len);
	fclose(in);
	return text;
}

static void print_nodes(const struct world *w)
{
	printf("%-10s %9s %9s %12s %10s %7s %9s %9s\n", "node", "frames", "rx",
		"tx bytes", "airtime s", "routes", "files", "jobs");
	for (uint32_t i = 0; i < w->count; i++) {
		struct channel_counters c = channel_counters(&w->channel, i);
		const struct world_node *n = &w->nodes[i];
		struct folder_status f = { .files = 0 };
		size_t routes = 0;

		if (n->node != NULL) {
			routes = routing_route_count(node_routing(n->node));
			(void)!sync_folder_at(node_sync(n->node), w->now, 0, &f);
		}
		printf("%-10s %9" PRIu64 " %9" PRIu64 " %12" PRIu64
		       " %10.3f %7zu %9" PRIu64 " %9" PRIu64 "\n",
			w->scenario.names.names[i], n->frames_out, n->frames_in, c.bytes,
			(double)c.airtime_us / 1e6, routes, f.files, n->jobs);
	}
}

static void print_drops(const struct world *w)
{
	for (unsigned r = 0; r < DROP_REASONS; r++) {
		uint64_t sum = 0;

		for (uint32_t i = 0; i < w->count; i++)
			if (w->nodes[i].node != NULL)
				sum += node_drops(w->nodes[i].node)->count[r];
		if (sum > 0)
			printf("dropped %-12s %" PRIu64 "\n",
				drop_name((enum drop_reason)r), sum);
	}
}

static void print_when(const char *what, struct instant t)
{
	if (t.us == NEVER.us)
		printf("%-24s no\n", what);
	else
		printf("%-24s since %.3f s\n", what, (double)(t.us - 1000000) / 1e6);
}

static bool report(struct world *w, double cpu_s)
{
	size_t lost = world_pings_lost(w);
	bool held =
		w->routes_at.us != NEVER.us && w->alike_at.us != NEVER.us && lost == 0;
	struct hash digest = hash_end(&w->trace);
	struct rusage use;
	char hex[65];
	struct text t = text_of(hex, sizeof(hex));

	print_nodes(w);
	print_drops(w);
	getrusage(RUSAGE_SELF, &use);
	printf("seed                     %" PRIu64 "\n", w->seed);
	printf("virtual time             %.3f s\n", (double)(w->now.us - 1000000) / 1e6);
	printf("events                   %" PRIu64 "\n", w->events);
	fprintf(stderr, "processor time %.2f s, %.0f events/s, memory %ld MB\n", cpu_s,
		(double)w->events / (cpu_s > 0 ? cpu_s : 1), use.ru_maxrss / 1024);
	print_when("routes as the graph", w->routes_at);
	print_when("trees alike", w->alike_at);
	printf("%-24s %zu of %zu\n", "pings lost", lost, w->ping_count);
	printf("verdicts                 %s\n", held ? "all held" : "BROKEN");
	text_hex(&t, id_bytes(&digest));
	printf("digest %s\n", hex);
	return held;
}

int main(int argc, char **argv)
{
	static struct world w;
	struct options o = { .seed = 1, .log_level = LOG_ERROR_ };
	struct log log = { log_write, &w, LOG_ERROR_ };
	struct scenario scenario;
	struct plan plan;
	struct rng_seeded luck;
	struct rng rng;
	char reason[256], *text;
	struct text why = text_of(reason, sizeof(reason));
	unsigned line = 0;
	clock_t began = clock();
	size_t len;
	bool held;
	int end;

	buffer_init(&o.extra, 65536);
	end = options_read(&o, argc, argv);
	if (end >= 0)
		return end;
	log.level = o.log_level;
	check_sink_set(say_broken);
	if (crypto_start() < 0)
		return EXIT_FAILED;
	text = text_read(&o, &len);
	if (text == NULL)
		return EXIT_FAILED;
	rng = rng_seeded_init(&luck, o.seed);
	scenario_init(&scenario);
	plan_init(&plan);
	if (!plan_parse(
		    &plan, &scenario, bytes_of(text, len), o.nodes, &rng, &line, &why) ||
		scenario.names.count == 0) {
		fprintf(stderr, "qanat-world: %s:%u: %s\n", o.file, line,
			scenario.names.count == 0 && why.len == 0 ? "no nodes" : reason);
		return EXIT_USAGE;
	}
	world_init(&w, &scenario, &plan, o.seed, &log);
	world_run(&w);
	held = report(&w, (double)(clock() - began) / CLOCKS_PER_SEC);
	world_fini(&w);
	mem_free(text);
	buffer_fini(&o.extra);
	return held ? EXIT_DONE : EXIT_FAILED;
}
