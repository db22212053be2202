/* SPDX-License-Identifier: ISC */
/*
 * What the graph costs, for routers strewn over a square so that each hears eight: a JSON
 * object a line. Beside it, in the same run, on the same graph and after the same changes, a
 * Dijkstra as the textbook has it. Times are of CPU, and medians; an update is what a TC with
 * one change costs once it is parsed: taking it in, and the search.
 */
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/base/mem.h"
#include "routing/machine.h"
#include "routing/metric.h"

enum {
	DEGREE = 8,
	RUNS = 41,
	CHANGED = 20, /* one link of so many costs something else in the next run */
	UPDATES = 800,
	ASKED = 200,
	NEAR_HOPS = 2,
};

struct edge {
	unsigned to;
	uint32_t metric; /* 0: it is cut */
};

/* Nothing but what a search needs. */
struct vertex {
	struct edge *edges;
	unsigned degree, room;
};

struct place {
	double x, y;
	unsigned vertex;
};

struct body {
	uint8_t bytes[ROUTING_MESSAGE_MAX];
	size_t len;
};

struct bench {
	unsigned count, ours;
	unsigned connected; /* with us, by whatever number of hops */
	struct vertex *vertices;
	struct body *bodies; /* the newest TC of each */
	struct rng_seeded seeded;
	struct rng rng;
	struct drops drops;
	struct routing *r;
	uint64_t sequence;
};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* 0.5 is the median. */
static double quantile(double *times, unsigned count, double part)
{
	qsort(times, count, sizeof(*times), compare_doubles);
	return times[(unsigned)((count - 1) * part)];
}

/* ---- the mesh ---- */

/* What survives the wire. */
static uint32_t rounded(uint32_t metric)
{
	return metric_of_code(metric_code(metric));
}

static uint32_t metric(struct bench *b)
{
	return rounded(500 + (uint32_t)rng_below(&b->rng, 4000));
}

static void edge_new(struct bench *b, unsigned from, unsigned to)
{
	struct vertex *v = &b->vertices[from];

	mem_grow(v->edges, v->degree, v->room);
	v->edges[v->degree++] = (struct edge){ to, metric(b) };
}

static int by_x(const void *a, const void *b)
{
	return compare_doubles(
		&((const struct place *)a)->x, &((const struct place *)b)->x);
}

/* Sorted by x, but numbered by chance; ours is the one in the middle. */
static struct place *places_new(struct bench *b)
{
	struct place *all = mem_array(b->count, sizeof(*all));
	double least = 1;

	for (unsigned i = 0; i < b->count; i++)
		all[i] =
			(struct place){ (double)rng_below(&b->rng, 1u << 30) / (1u << 30),
				(double)rng_below(&b->rng, 1u << 30) / (1u << 30), i };
	for (unsigned i = 0; i < b->count; i++) {
		double apart = hypot(all[i].x - 0.5, all[i].y - 0.5);

		if (apart >= least)
			continue;
		least = apart;
		b->ours = all[i].vertex;
	}
	qsort(all, b->count, sizeof(*all), by_x);
	return all;
}

/* Returns the mean degree. */
static double strew(struct bench *b)
{
	struct place *all = places_new(b);
	double range = sqrt(DEGREE / M_PI / b->count), edges = 0;

	range *= 1 + range * 2 / 3; /* those at the rim hear fewer */
	for (unsigned i = 0; i < b->count; i++)
		for (unsigned j = i + 1; j < b->count && all[j].x - all[i].x < range;
			j++) {
			unsigned u = all[i].vertex, v = all[j].vertex;

			if (hypot(all[i].x - all[j].x, all[i].y - all[j].y) >= range ||
				b->vertices[u].degree == TC_WRITE_MAX ||
				b->vertices[v].degree == TC_WRITE_MAX)
				continue;
			edge_new(b, u, v);
			edge_new(b, v, u);
			edges += 2;
		}
	mem_free(all);
	return edges / b->count;
}

static struct address address_of(unsigned i)
{
	struct address a = { { 0xfd, 0x71 } };
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u;

	memcpy(a.b + 2, &x, sizeof(x));
	memcpy(a.b + 10, &i, sizeof(i));
	return a;
}

/* The TC of a vertex as it goes over the air, but that its signature is zeros. */
static void tc_make(struct bench *b, unsigned i)
{
	static const uint8_t signature[64];
	const struct vertex *v = &b->vertices[i];
	uint8_t buffer[ROUTING_MESSAGE_MAX];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct tc t = { .hop_limit = 250,
		.hop_count = 5,
		.announce = { .originator = address_of(i),
			.sequence = b->sequence++,
			.interval_ms = 300000,
			.validity_ms = 1050000 } };

	memset(t.announce.key.b, (int)i, sizeof(t.announce.key.b));
	snprintf(t.announce.name, sizeof(t.announce.name), "node-%u", i);
	for (unsigned k = 0; k < v->degree; k++)
		if (v->edges[k].metric > 0)
			t.neighbours[t.count++] =
				(struct tc_neighbour){ address_of(v->edges[k].to),
					v->edges[k].metric };
	tc_write(&w, &t);
	b->bodies[i].len = routing_signature_attach(
		writer_bytes(&w), signature, b->bodies[i].bytes, ROUTING_MESSAGE_MAX);
	check(b->bodies[i].len > 0);
}

static struct bytes body_of(const struct bench *b, unsigned i)
{
	return bytes_of(b->bodies[i].bytes, b->bodies[i].len);
}

static void tc_take(struct bench *b, unsigned i)
{
	struct tc t;

	check(tc_parse(&t, body_of(b, i)));
	check(lsdb_install(&b->r->lsdb, instant_ms(1000), &t, body_of(b, i)) != NULL);
}

/* ---- the textbook ---- */

struct item {
	uint64_t distance;
	unsigned vertex;
};

struct plain {
	struct item *heap;
	size_t count, room;
	uint64_t *distance;
	unsigned *parent;
};

static void plain_put(struct plain *p, uint64_t distance, unsigned vertex)
{
	size_t i = p->count;

	mem_grow(p->heap, p->count, p->room);
	p->count++;
	while (i > 0 && p->heap[(i - 1) / 2].distance > distance) {
		p->heap[i] = p->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	p->heap[i] = (struct item){ distance, vertex };
}

static struct item plain_next(struct plain *p)
{
	struct item first = p->heap[0], last = p->heap[--p->count];
	size_t i = 0;

	for (;;) {
		size_t least = 2 * i + 1;

		if (least >= p->count)
			break;
		if (least + 1 < p->count &&
			p->heap[least + 1].distance < p->heap[least].distance)
			least++;
		if (p->heap[least].distance >= last.distance)
			break;
		p->heap[i] = p->heap[least];
		i = least;
	}
	p->heap[i] = last;
	return first;
}

static void plain_dijkstra(struct plain *p, const struct bench *b)
{
	for (unsigned i = 0; i < b->count; i++)
		p->distance[i] = UINT64_MAX;
	p->distance[b->ours] = 0;
	plain_put(p, 0, b->ours);
	while (p->count > 0) {
		struct item it = plain_next(p);
		const struct vertex *v = &b->vertices[it.vertex];

		if (it.distance != p->distance[it.vertex])
			continue;
		for (unsigned k = 0; k < v->degree; k++) {
			const struct edge *e = &v->edges[k];

			if (it.distance + e->metric >= p->distance[e->to])
				continue;
			p->distance[e->to] = it.distance + e->metric;
			p->parent[e->to] = it.vertex;
			plain_put(p, p->distance[e->to], e->to);
		}
	}
}

/* ---- a whole search, after changes all over ---- */

static void change_many(struct bench *b)
{
	for (unsigned i = 0; i < b->count; i++) {
		bool changed = false;

		for (unsigned k = 0; k < b->vertices[i].degree; k++) {
			if (rng_below(&b->rng, CHANGED) > 0 || i == b->ours)
				continue;
			b->vertices[i].edges[k].metric = metric(b);
			changed = true;
		}
		if (!changed)
			continue;
		tc_make(b, i);
		tc_take(b, i);
	}
}

/* Both find the same, unless some are too many hops away for us, and ways longer for that. */
static void expect_same(struct bench *b, const struct plain *p)
{
	b->connected = 0;
	for (unsigned i = 0; i < b->count; i++)
		b->connected += i != b->ours && p->distance[i] != UINT64_MAX;
	for (unsigned i = 0; i < b->count; i++) {
		struct address a = address_of(i);
		const struct lsdb_router *n = lsdb_find(&b->r->lsdb, &a);

		if (!lsdb_reachable(n))
			continue;
		check(n->route.metric >= p->distance[i]);
		check(n->route.metric == p->distance[i] ||
			routing_route_count(b->r) < b->connected);
	}
}

static void wholes(struct bench *b, double *plain_us, double *ours_us)
{
	struct plain p = { .distance = mem_array(b->count, sizeof(*p.distance)),
		.parent = mem_array(b->count, sizeof(*p.parent)) };
	double plain[RUNS], ours[RUNS];

	for (unsigned i = 0; i < RUNS; i++) {
		change_many(b);
		plain[i] = now_us();
		plain_dijkstra(&p, b);
		plain[i] = now_us() - plain[i];
		spf_forget(&b->r->spf);
		ours[i] = now_us();
		routes_search(b->r, instant_ms(1000));
		ours[i] = now_us() - ours[i];
		expect_same(b, &p);
	}
	mem_free(p.heap);
	mem_free(p.distance);
	mem_free(p.parent);
	*plain_us = quantile(plain, RUNS, 0.5);
	*ours_us = quantile(ours, RUNS, 0.5);
}

/* ---- one change ---- */

static struct lsdb_router *router_of(const struct bench *b, unsigned i)
{
	struct address a = address_of(i);

	return lsdb_find(&b->r->lsdb, &a);
}

/* The edge of vertex i that stands in a route; NULL: none does. */
static struct edge *edge_in_use(const struct bench *b, unsigned i)
{
	uint32_t slot = router_of(b, i)->slot;

	for (unsigned k = 0; k < b->vertices[i].degree; k++) {
		struct edge *e = &b->vertices[i].edges[k];
		const struct lsdb_router *to = router_of(b, e->to);

		if (lsdb_reachable(to) && to->route.parent == slot)
			return e;
	}
	return NULL;
}

/* The TC of vertex i says something else now. */
static double update_us(struct bench *b, unsigned i)
{
	struct routing *r = b->r;
	double begun;
	struct tc t;

	tc_make(b, i);
	check(tc_parse(&t, body_of(b, i)));
	begun = now_us();
	check(lsdb_install(&r->lsdb, instant_ms(1000), &t, body_of(b, i)) != NULL);
	if (r->lsdb.changes != r->lsdb_changes)
		routes_search(r, instant_ms(1000));
	return now_us() - begun;
}

/* Links in use beyond (or within) so many hops become dearer, and cheaper again; are cut, and
 * healed. Returns how many times there are. */
static unsigned updates(struct bench *b, bool far, unsigned hops, double *times)
{
	unsigned count = 0;

	for (unsigned tries = 0; count + 4 <= UPDATES && tries < 1000 * UPDATES;
		tries++) {
		unsigned i = (unsigned)rng_below(&b->rng, b->count);
		const struct lsdb_router *n = router_of(b, i);
		struct edge *e;
		uint32_t before;

		if (!lsdb_reachable(n) || (n->route.hops > hops) != far)
			continue;
		e = edge_in_use(b, i);
		if (e == NULL)
			continue;
		before = e->metric;
		e->metric = rounded(before * 2);
		times[count++] = update_us(b, i);
		e->metric = before;
		times[count++] = update_us(b, i);
		e->metric = 0;
		times[count++] = update_us(b, i);
		e->metric = before;
		times[count++] = update_us(b, i);
	}
	return count;
}

/* ---- what else is asked ---- */

/* A TC comes in that is known already. */
static double known_us(const struct bench *b)
{
	double begun = now_us();
	unsigned news = 0;

	for (unsigned i = 0; i < b->count; i++) {
		struct routing_signed s;

		check(routing_signed_peek(&s, MESSAGE_TC, body_of(b, i)));
		news += routing_is_news(b->r, MESSAGE_TC, 1, &s.originator, s.sequence);
	}
	check(news == 0);
	return (now_us() - begun) / b->count;
}

static double alternates_us(struct bench *b, unsigned *found)
{
	double begun = now_us();

	*found = 0;
	for (unsigned k = 0; k < ASKED; k++) {
		struct address a = address_of((unsigned)rng_below(&b->rng, b->count));
		struct routing_route route;

		*found += routing_alternate(b->r, &a, &route);
	}
	return now_us() - begun;
}

static unsigned median_hops(const struct bench *b)
{
	const struct spf *s = &b->r->spf;

	return b->r->lsdb.slots[s->sorted[s->sorted_count / 2]]->route.hops;
}

static void link_up(struct bench *b, const struct edge *e)
{
	struct nhdp_link *l;

	nhdp_usable(&b->r->nhdp, instant_ms(1), e->to + 1, true);
	l = nhdp_find(&b->r->nhdp, e->to + 1);
	l->node = address_of(e->to);
	l->interface = 1;
	l->advertised = true;
	l->metric_out = l->metric_in = e->metric;
}

static void build(struct bench *b)
{
	struct routing_config config = { .self = address_of(b->ours),
		.drops = &b->drops,
		.rng = b->rng,
		.sequence = UINT32_MAX };

	b->r = routing_new(&config, instant_ms(1));
	for (unsigned i = 0; i < b->count; i++)
		tc_take(b, i);
	for (unsigned k = 0; k < b->vertices[b->ours].degree; k++)
		link_up(b, &b->vertices[b->ours].edges[k]);
	routes_search(b->r, instant_ms(1000));
}

static double allocated(void)
{
	return (double)mallinfo2().uordblks;
}

static void measure(struct bench *b, double degree)
{
	static double near[UPDATES], far[UPDATES];
	double bytes = allocated(), plain, whole, first, again, more;
	unsigned hops, nears, fars, found;

	build(b);
	bytes = allocated() - bytes;
	wholes(b, &plain, &whole);
	hops = median_hops(b);
	nears = updates(b, false, NEAR_HOPS, near);
	fars = updates(b, true, hops, far);
	printf("{\"bench\":\"routing_graph\",\"routers\":%u,\"mean_degree\":%.2f,"
	       "\"connected\":%u,\"reached\":%zu,\"median_hops\":%u,\"dijkstra_us\":%.1f,"
	       "\"whole_us\":%."
	       "1f,",
		b->count, degree, b->connected, routing_route_count(b->r), hops, plain,
		whole);
	printf("\"near_us\":%.2f,\"far_us\":%.2f,\"far_p95_us\":%.2f,"
	       "\"dijkstra_of_far\":%.1f,\"dijkstra_of_near\":%.1f,",
		quantile(near, nears, 0.5), quantile(far, fars, 0.5),
		quantile(far, fars, 0.95), plain / quantile(far, fars, 0.5),
		plain / quantile(near, nears, 0.5));
	more = allocated();
	first = alternates_us(b, &found);
	more = allocated() - more;
	again = alternates_us(b, &found) / ASKED;
	printf("\"known_tc_us\":%.3f,\"first_alternates_us\":%.0f,\"alternate_us\":%.2f,"
	       "\"have_alternate\":%.2f,\"bytes_a_router\":%.0f,"
	       "\"bytes_of_alternates\":%.0f}\n",
		known_us(b), first, again, (double)found / ASKED, bytes / b->count,
		more / b->count);
}

static void bench(unsigned count)
{
	struct bench b = { .count = count,
		.sequence = 1,
		.vertices = mem_array(count, sizeof(*b.vertices)),
		.bodies = mem_array(count, sizeof(*b.bodies)) };
	double degree;

	b.rng = rng_seeded_init(&b.seeded, 7);
	degree = strew(&b);
	for (unsigned i = 0; i < count; i++)
		tc_make(&b, i);
	measure(&b, degree);
	routing_free(b.r);
	for (unsigned i = 0; i < count; i++)
		mem_free(b.vertices[i].edges);
	mem_free(b.vertices);
	mem_free(b.bodies);
}

int main(void)
{
	bench(1000);
	bench(10000);
	return 0;
}
