/* SPDX-License-Identifier: ISC */
/* What was measured, for people and for awk: `NAME FIGURES` a line. */
#include <inttypes.h>
#include <stdio.h>

#include "sim/world/world.h"

static double over(uint64_t a, uint64_t b)
{
	return b > 0 ? (double)a / (double)b : 0;
}

static double seconds(const struct world *w, const struct figures_window *win)
{
	double s = (double)instant_since_us(w->now, win->since) / 1e6;

	return s > 0 ? s : 1;
}

/* Mean and maximum over the nodes. */
static void print_load(const struct world *w, unsigned window, const char *name)
{
	const struct figures *f = &w->figures;
	double s = seconds(w, &f->windows[window]);
	uint64_t bytes = 0, frames = 0, most_bytes = 0, most_frames = 0;

	for (uint32_t i = 0; i < w->count; i++) {
		const struct figures_node *n = &f->nodes[i];

		bytes += n->bytes[window];
		frames += n->frames[window];
		if (n->bytes[window] > most_bytes)
			most_bytes = n->bytes[window];
		if (n->frames[window] > most_frames)
			most_frames = n->frames[window];
	}
	printf("control, %-15s %.1f bytes and %.2f frames a node and second, at most "
	       "%.1f and %.2f\n",
		name, (double)bytes / s / w->count, (double)frames / s / w->count,
		(double)most_bytes / s, (double)most_frames / s);
}

static void print_kinds(const struct world *w, unsigned window)
{
	const struct figures_window *win = &w->figures.windows[window];
	double s = seconds(w, win);

	printf("of these bytes          ");
	for (unsigned k = 0; k < FIGURES_ROWS; k++)
		if (win->bytes[k] > 0)
			printf(" %s %.1f",
				k == FIGURES_FRAME       ? "frames"
				: k == FIGURES_HANDSHAKE ? "handshakes"
				: k == MESSAGE_DATA      ? "repair"
							 : message_rules[k].name,
				(double)win->bytes[k] / s / w->count);
	printf("\n");
}

/* The least whole percent above which no more than the rest are. */
static unsigned stretch_at(const struct figures_window *win, unsigned percent)
{
	uint64_t below = 0;

	for (unsigned i = 0; i < FIGURES_STRETCH_MAX; i++) {
		below += win->stretch[i];
		if (below * 100 >= win->ways * percent)
			return i;
	}
	return FIGURES_STRETCH_MAX;
}

static void print_ways(const struct figures_window *win)
{
	printf("pairs routed             %.4f of those in reach, %" PRIu64 " looks\n",
		over(win->routed, win->pairs), win->looks);
	printf("pairs not routed         %.4f know no way, %.4f over a link that is gone "
	       "(for %.2f s), %.4f in circles\n",
		over(win->pairs - win->routed - win->gone - win->circles, win->pairs),
		over(win->gone, win->pairs), over(win->gone_us, win->gone) / 1e6,
		over(win->circles, win->pairs));
	printf("stretch                  %.4f mean, %.2f at 95 %%\n",
		over(win->stretch_e6, win->ways) / 1e6,
		1 + (double)stretch_at(win, 95) / 100);
	printf("airtime of ways          %.4f of ways of least hops\n",
		over(win->ours_ns, win->least_hops_ns));
	if (win->pings > 0)
		printf("pings of the measure     %.4f answered, %" PRIu64
		       " sent, %.1f ms\n",
			over(win->answered, win->pings), win->pings,
			over(win->rtt_us, win->answered) / 1e3);
}

void figures_print(struct world *w)
{
	const struct figures *f = &w->figures;
	bool settled = f->windows[FIGURES_SETTLED].looks > 0;

	print_load(w, FIGURES_ALL, "in all");
	if (settled)
		print_load(w, FIGURES_SETTLED, "settled");
	print_kinds(w, settled ? FIGURES_SETTLED : FIGURES_ALL);
	if (!w->plan.measure.on)
		return;
	printf("pairs routed, in all     %.4f\n",
		over(f->windows[FIGURES_ALL].routed, f->windows[FIGURES_ALL].pairs));
	print_ways(&f->windows[settled ? FIGURES_SETTLED : FIGURES_ALL]);
	printf("longest loop measured    %.2f s\n", (double)f->longest_loop_us / 1e6);
}
