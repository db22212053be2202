/* SPDX-License-Identifier: ISC */
#include "sim/ether/report.h"

#include <inttypes.h>

#include "sim/ether/hwsim.h"

enum { COUNTERS_MAX = 32 };

struct counter {
	const char *name;
	uint64_t value;
};

static size_t counters_of(const struct ether *e, uint32_t node, struct counter *out)
{
	const struct channel_counters c = channel_counters(&e->channel, node);
	const struct ether_drops *d = &e->drops[node];
	const struct counter all[] = {
		{ "attached", ether_attached(e, node) },
		{ "frames", c.frames },
		{ "bytes", c.bytes },
		{ "tries", c.tries },
		{ "retries", c.retries },
		{ "airtime_us", c.airtime_us },
		{ "busy_us", c.busy_us },
		{ "delivered", c.delivered },
		{ "unreachable", c.unreachable },
		{ "rx_frames", c.rx_frames },
		{ "rx_bytes", c.rx_bytes },
		{ "losses", c.losses },
		{ "collisions", c.collisions },
		{ "duplicates", c.duplicates },
		{ "reordered", c.reordered },
		{ "corrupted", c.corrupted },
		{ "queued", c.queued },
		{ "drops_queue_full", c.drops_queue_full },
		{ "drops_retry_limit", c.drops_retry_limit },
		{ "drops_bad_length", c.drops_bad_length },
		{ "drops_malformed", d->malformed },
		{ "drops_unknown_destination", d->unknown_destination },
		{ "drops_unsegmented", d->unsegmented },
		{ "drops_reader_slow", d->reader_slow },
	};

	_Static_assert(array_len(all) <= COUNTERS_MAX, "room for all");
	memcpy(out, all, sizeof(all));
	return array_len(all);
}

static size_t radio_drops_of(const struct ether *e, struct counter *out)
{
	const struct hwsim_drops *d = hwsim_drops(e->hwsim);
	const struct counter all[] = {
		{ "drops_malformed", d->malformed },
		{ "drops_unknown_radio", d->unknown_radio },
		{ "drops_refused", d->refused },
		{ "overruns", d->overrun },
	};

	memcpy(out, all, sizeof(all));
	return array_len(all);
}

void report_counters(FILE *out, const struct ether *e)
{
	struct counter c[COUNTERS_MAX];

	for (uint32_t i = 0; i < e->channel.node_count; i++) {
		size_t count = counters_of(e, i, c);

		fputs(e->scenario.names.names[i], out);
		for (size_t k = 0; k < count; k++)
			fprintf(out, " %s %" PRIu64, c[k].name, c[k].value);
		fputc('\n', out);
	}
	if (!e->hwsim)
		return;
	fputs("radios", out);
	for (size_t k = 0, count = radio_drops_of(e, c); k < count; k++)
		fprintf(out, " %s %" PRIu64, c[k].name, c[k].value);
	fputc('\n', out);
}

void report_counters_json(FILE *out, const struct ether *e)
{
	struct counter c[COUNTERS_MAX];

	fprintf(out,
		"{\"schema\":\"qanat-ether.counters/1\",\"time_s\":%" PRId64 ".%06" PRId64
		",\"paused\":%s,\"nodes\":[",
		e->now.us / 1000000, e->now.us % 1000000, e->paused ? "true" : "false");
	for (uint32_t i = 0; i < e->channel.node_count; i++) {
		size_t count = counters_of(e, i, c);

		/* The characters of a name need no escape. */
		fprintf(out, "%s{\"name\":\"%s\",\"attached\":%s", i ? "," : "",
			e->scenario.names.names[i], c[0].value ? "true" : "false");
		for (size_t k = 1; k < count; k++)
			fprintf(out, ",\"%s\":%" PRIu64, c[k].name, c[k].value);
		fputc('}', out);
	}
	fputc(']', out);
	if (e->hwsim) {
		for (size_t k = 0, count = radio_drops_of(e, c); k < count; k++)
			fprintf(out, "%s\"%s\":%" PRIu64, k ? "," : ",\"radios\":{",
				c[k].name, c[k].value);
		fputc('}', out);
	}
	fputs("}\n", out);
}

/* A value is written in the unit in which it is kept. */
static const char *unit_of(const char *word)
{
	static const struct {
		const char *word, *unit;
	} rows[] = {
		{ "loss", "ppm" },
		{ "asymmetry", "ppm" },
		{ "duplicate", "ppm" },
		{ "reorder", "ppm" },
		{ "corrupt", "ppm" },
		{ "ber", "e-9" },
		{ "signal", "dBm" },
		{ "range", "mm" },
		{ "preamble", "us" },
		{ "ack", "us" },
		{ "difs", "us" },
		{ "slot", "us" },
		{ "delay", "us" },
		{ "reorder-delay", "us" },
		{ "beacon", "us" },
		{ "step", "us" },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		if (strcmp(word, rows[i].word) == 0)
			return rows[i].unit;
	return "";
}

static void params_report(FILE *out, const struct channel_params *p)
{
	uint64_t value;
	const char *word;

	for (size_t i = 0; (word = params_word(p, i, &value)); i++)
		fprintf(out, "set %s %s%" PRIu64 "%s\n", word,
			strcmp(word, "signal") == 0 ? "-" : "", value, unit_of(word));
}

static void quality_report(FILE *out, const struct link_quality *q)
{
	if (q->rate_bps)
		fprintf(out, " rate=%" PRIu64, q->rate_bps);
	if (q->loss_ppm != LINK_INHERIT)
		fprintf(out, " loss=%" PRIu32 "ppm", q->loss_ppm);
	if (q->ber_e9 != LINK_INHERIT)
		fprintf(out, " ber=%" PRIu32 "e-9", q->ber_e9);
	if (q->delay_us != LINK_INHERIT)
		fprintf(out, " delay=%" PRIu32 "us", q->delay_us);
	if (q->signal_db != LINK_INHERIT)
		fprintf(out, " signal=-%" PRIu32, q->signal_db);
	fputc('\n', out);
}

static bool same_quality(const struct link_quality *a, const struct link_quality *b)
{
	return a->rate_bps == b->rate_bps && a->loss_ppm == b->loss_ppm &&
	       a->ber_e9 == b->ber_e9 && a->delay_us == b->delay_us &&
	       a->signal_db == b->signal_db;
}

static void links_report(FILE *out, const struct ether *e, uint32_t node)
{
	const struct links *l = &e->channel.links;
	char(*names)[NAME_MAX_CHARS + 1] = e->scenario.names.names;

	for (size_t i = 0; i < l->nodes[node].hearer_count; i++) {
		const struct hearer *h = &l->nodes[node].hearers[i];
		const struct hearer *back = links_hearer(l, h->node, node);
		bool both = back && same_quality(&h->quality, &back->quality);

		if (both && h->node < node)
			continue;
		fprintf(out, "%s %s %s", both ? "link" : "dlink", names[node],
			names[h->node]);
		quality_report(out, &h->quality);
	}
}

void report_topology(FILE *out, struct ether *e)
{
	const struct links *l = &e->channel.links;

	/* Brings the lists of links up to the last change. */
	channel_tick(&e->channel, e->now);
	params_report(out, &e->channel.params);
	for (uint32_t i = 0; i < e->channel.node_count; i++) {
		fprintf(out, "node %s", e->scenario.names.names[i]);
		if (l->nodes[i].placed)
			fprintf(out, " %" PRId64 "mm %" PRId64 "mm", l->nodes[i].x_mm,
				l->nodes[i].y_mm);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < e->channel.node_count; i++)
		links_report(out, e, i);
	for (uint32_t i = 0; i < e->channel.node_count; i++) {
		if (l->nodes[i].group)
			fprintf(out, "at 0 part %" PRIu32 " %s\n", l->nodes[i].group,
				e->scenario.names.names[i]);
		if (e->channel.nodes[i].dozing)
			fprintf(out, "at 0 doze %s\n", e->scenario.names.names[i]);
	}
}
