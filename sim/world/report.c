/* SPDX-License-Identifier: ISC */
/* What a world has come to, for people: stdout is the same for the same seed everywhere. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "sim/world/run.h"

static double seconds(struct instant t)
{
	return (double)(t.us - WORLD_START.us) / 1e6;
}

static void print_nodes(const struct world *w)
{
	printf("%-10s %9s %9s %12s %10s %7s %9s %9s\n", "node", "frames", "rx",
		"tx bytes", "airtime s", "routes", "files", "jobs");
	for (uint32_t i = 0; i < w->count; i++) {
		struct channel_counters c = channel_counters(&w->channel, i);
		const struct world_device *d = &w->devices[i];
		struct folder_status f = { .files = 0 };
		size_t routes = 0;

		if (d->node != NULL) {
			routes = routing_route_count(node_routing(d->node));
			(void)!sync_folder_at(
				node_sync(d->node), device_clock(w, d), 0, &f);
		}
		printf("%-10s %9" PRIu64 " %9" PRIu64 " %12" PRIu64
		       " %10.3f %7zu %9" PRIu64 " %9" PRIu64 "\n",
			d->name, d->frames_out, d->frames_in, c.bytes,
			(double)c.airtime_us / 1e6, routes, f.files, d->jobs_done);
	}
}

static void print_drops(const struct world *w)
{
	for (unsigned r = 0; r < DROP_REASONS; r++) {
		uint64_t sum = 0;

		for (uint32_t i = 0; i < w->count; i++)
			if (w->devices[i].node != NULL)
				sum += node_drops(w->devices[i].node)->count[r];
		if (sum > 0)
			printf("dropped %-12s %" PRIu64 "\n",
				drop_name((enum drop_reason)r), sum);
	}
}

static void print_bulk(const struct world *w)
{
	for (size_t i = 0; i < w->bulk_count; i++) {
		const struct world_bulk *b = &w->bulks[i];

		printf("bulk %s to %s: %" PRIu64 " bytes, %.0f kbit/s\n",
			w->devices[b->node].name, w->devices[b->other].name, b->bytes,
			b->elapsed_us > 0
				? (double)b->bytes * 8000 / (double)b->elapsed_us
				: 0.0);
	}
}

static void print_verdicts(const struct world *w)
{
	for (unsigned k = 0; k < VERDICTS; k++) {
		const struct verdict *v = &w->verdicts.rows[k];

		printf("%-24s ", verdict_names[k]);
		if (v->broken && k < VERDICT_LIVENESS)
			printf("BROKEN at %.3f s: %s\n", seconds(v->at), v->text);
		else if (v->broken)
			printf("BROKEN: %s\n", v->text);
		else if (k < VERDICT_LIVENESS)
			printf("held\n");
		else if (v->at.us == NEVER.us)
			printf("not judged\n");
		else
			printf("since %.3f s\n", seconds(v->at));
	}
}

void report_print(struct world *w, const struct outcome *out, double cpu_s)
{
	struct seals_counters c = seals_counters();
	struct rusage use;
	char hex[65];
	struct text t = text_of(hex, sizeof(hex));

	print_nodes(w);
	print_drops(w);
	print_bulk(w);
	getrusage(RUSAGE_SELF, &use);
	fprintf(stderr,
		"processor time %.2f s, %.0f events/s, memory %ld MB, %.0f kB a node\n",
		cpu_s, (double)w->events / (cpu_s > 0 ? cpu_s : 1), use.ru_maxrss / 1024,
		(double)use.ru_maxrss / w->count);
	printf("seed                     %" PRIu64 "\n", w->seed);
	printf("virtual time             %.3f s\n", seconds(w->now));
	printf("events                   %" PRIu64 "\n", w->events);
	printf("signatures               %" PRIu64 " made, %" PRIu64 " checked, %" PRIu64
	       " of these remembered\n",
		c.signatures, c.checks, c.remembered);
	printf("key agreements           %" PRIu64 ", %" PRIu64 " of these remembered\n",
		c.agreements, c.agreements_remembered);
	printf("versions written         %" PRIu32 "\n", w->ledger.count);
	figures_print(w);
	printf("longest loop             %.2f s\n",
		(double)w->verdicts.longest_loop_us / 1e6);
	print_verdicts(w);
	printf("verdicts                 %s\n", out->held ? "all held" : "BROKEN");
	text_hex(&t, id_bytes(&out->digest));
	printf("digest %s\n", hex);
}
