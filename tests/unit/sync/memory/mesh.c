/* SPDX-License-Identifier: ISC */
#include "tests/unit/sync/memory/mesh.h"

#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "node/base/mem.h"
#include "sync/machine.h"

enum { MESSAGE_ROOM = 1180, DELAY_US = 2000, STEP_MAX_US = 200000 };
#define WALL_MS INT64_C(1790000000000)

struct flight {
	struct instant at;
	uint64_t order;
	unsigned here, to, from;
	uint8_t *data;
	size_t len;
	struct flight *prev, *next;
};

struct mesh {
	unsigned count;
	struct mesh_node nodes[MESH_NODES];
	bool links[MESH_NODES][MESH_NODES];
	struct instant busy[MESH_NODES][MESH_NODES];
	unsigned next_hop[MESH_NODES][MESH_NODES], hops[MESH_NODES][MESH_NODES];
	struct flight *flights;
	struct instant now;
	uint64_t order, rate;
	uint32_t loss_ppm, jitter_us;
	struct rng_seeded luck;
	struct rng rng;
	struct hash folder;
	bool shared;
	struct log log;
};

static void sink(void *context, enum log_level level, const char *line)
{
	(void)context;
	if (getenv("MESH_LOG") != NULL)
		printf("log %d: %s\n", (int)level, line);
}

struct mesh *mesh_new(unsigned count, uint64_t seed)
{
	struct mesh *m = mem_new(sizeof(*m));

	check(crypto_start() == 0);
	m->count = count;
	m->rng = rng_seeded_init(&m->luck, seed);
	m->now = instant_ms(1000);
	m->rate = 20000000;
	m->log = (struct log){ sink, NULL, LOG_INFO_ };
	for (unsigned i = 0; i < count; i++) {
		struct mesh_node *n = &m->nodes[i];
		struct rng r = rng_seeded_init(&n->luck, seed * 977 + i);

		keypair_new(&n->self, &r);
		n->store = memory_store_new(rng_u64(&r));
		mesh_start(m, i);
	}
	return m;
}

void mesh_free(struct mesh *m)
{
	struct flight *f, *next;

	for (unsigned i = 0; i < m->count; i++) {
		sync_free(m->nodes[i].sync);
		memory_store_free(m->nodes[i].store);
	}
	DL_FOREACH_SAFE (m->flights, f, next) {
		mem_free(f->data);
		mem_free(f);
	}
	mem_free(m);
}

struct mesh_node *mesh_node(struct mesh *m, unsigned i)
{
	return &m->nodes[i];
}

struct instant mesh_now(const struct mesh *m)
{
	return m->now;
}

static void paths_from(struct mesh *m, unsigned a)
{
	unsigned queue[MESH_NODES], head = 0, tail = 0;

	for (unsigned i = 0; i < m->count; i++)
		m->hops[a][i] = 0;
	queue[tail++] = a;
	while (head < tail) {
		unsigned at = queue[head++];

		for (unsigned i = 0; i < m->count; i++) {
			if (!m->links[at][i] || i == a || m->hops[a][i] != 0 ||
				m->nodes[i].sync == NULL)
				continue;
			m->hops[a][i] = m->hops[a][at] + 1;
			m->next_hop[a][i] = at == a ? i : m->next_hop[a][at];
			queue[tail++] = i;
		}
	}
}

static void routes_tell(struct mesh *m)
{
	static struct sync_route routes[MESH_NODES];

	for (unsigned a = 0; a < m->count; a++)
		if (m->nodes[a].sync != NULL)
			paths_from(m, a);
	for (unsigned a = 0; a < m->count; a++) {
		size_t count = 0;

		if (m->nodes[a].sync == NULL)
			continue;
		for (unsigned b = 0; b < m->count; b++) {
			struct sync_route *r = &routes[count];

			if (m->hops[a][b] == 0)
				continue;
			*r = (struct sync_route){ .id = m->nodes[b].self.id };
			r->hops = m->hops[a][b];
			r->metric = r->hops * 100;
			for (unsigned at = m->next_hop[a][b]; at != b;
				at = m->next_hop[at][b])
				r->between[r->between_count++] =
					address_of(&m->nodes[at].self.id);
			count++;
		}
		sync_routes(m->nodes[a].sync, m->now, routes, count);
	}
}

void mesh_link(struct mesh *m, unsigned a, unsigned b, bool up)
{
	m->links[a][b] = m->links[b][a] = up;
	routes_tell(m);
}

void mesh_line(struct mesh *m)
{
	for (unsigned i = 0; i + 1 < m->count; i++)
		mesh_link(m, i, i + 1, true);
}

void mesh_loss_ppm(struct mesh *m, uint32_t ppm)
{
	m->loss_ppm = ppm;
}

void mesh_jitter_us(struct mesh *m, uint32_t us)
{
	m->jitter_us = us;
}

void mesh_rate(struct mesh *m, uint64_t bits_per_second)
{
	m->rate = bits_per_second;
}

static void jobs_run(struct mesh *m, unsigned i)
{
	struct job *j;

	while ((j = sync_job_take(m->nodes[i].sync, m->now)) != NULL) {
		memory_store_run(m->nodes[i].store, j);
		sync_job_done(m->nodes[i].sync, m->now, j);
	}
}

static void clock_tell(struct mesh *m, unsigned i)
{
	struct mesh_node *n = &m->nodes[i];

	sync_wall_clock(n->sync, m->now, WALL_MS + n->clock_off_ms + m->now.us / 1000);
}

void mesh_start(struct mesh *m, unsigned i)
{
	struct mesh_node *n = &m->nodes[i];
	struct sync_config c = { .self = &n->self, .log = &m->log, .drops = &n->drops };

	c.rng = rng_seeded_init(&n->luck, rng_u64(&m->rng));
	c.name[0] = (char)('a' + i);
	n->sync = sync_new(&c, m->now);
	clock_tell(m, i);
	jobs_run(m, i);
	routes_tell(m);
}

void mesh_clock(struct mesh *m, unsigned i, int64_t off_s)
{
	m->nodes[i].clock_off_ms = off_s == MESH_1970 ? -WALL_MS : off_s * 1000;
	if (m->nodes[i].sync == NULL)
		return;
	clock_tell(m, i);
	jobs_run(m, i);
}

void mesh_crash(struct mesh *m, unsigned i)
{
	struct flight *f, *next;

	sync_free(m->nodes[i].sync);
	m->nodes[i].sync = NULL;
	memory_store_crash(m->nodes[i].store);
	DL_FOREACH_SAFE (m->flights, f, next)
		if (f->here == i) {
			DL_DELETE(m->flights, f);
			mem_free(f->data);
			mem_free(f);
		}
	routes_tell(m);
}

static void fly(struct mesh *m, unsigned here, struct flight *f)
{
	unsigned hop = m->next_hop[here][f->to];
	struct instant *busy = &m->busy[here][hop];
	int64_t air_us = (int64_t)((f->len + 60) * 8 * 1000000 / m->rate);

	if (m->hops[here][f->to] == 0 || !m->links[here][hop] ||
		rng_chance_ppm(&m->rng, m->loss_ppm)) {
		mem_free(f->data);
		mem_free(f);
		return;
	}
	*busy = instant_add_us(instant_max(*busy, m->now), air_us);
	f->here = hop;
	f->at = instant_add_us(
		*busy, DELAY_US + (int64_t)rng_below(&m->rng, m->jitter_us + 1u));
	f->order = m->order++;
	DL_APPEND(m->flights, f);
}

static void arrive(struct mesh *m, struct flight *f)
{
	struct mesh_node *n = &m->nodes[f->here];

	DL_DELETE(m->flights, f);
	if (f->here != f->to) {
		fly(m, f->here, f);
		return;
	}
	if (n->sync != NULL) {
		n->received_bytes += f->len;
		n->messages++;
		if (f->data[0] == 7)
			n->piece_bytes += f->len;
		sync_receive(n->sync, m->now, &m->nodes[f->from].self.id,
			bytes_of(f->data, f->len));
		jobs_run(m, f->here);
	}
	mem_free(f->data);
	mem_free(f);
}

static unsigned index_of(const struct mesh *m, const struct node_id *id)
{
	for (unsigned i = 0; i < m->count; i++)
		if (id_equal(&m->nodes[i].self.id, id))
			return i;
	check(0);
	return 0;
}

/* What the machine remembers of who is ready is what it would find by asking everybody. */
static void ready_is_fresh(struct mesh *m, unsigned i, enum sync_class class)
{
	struct sync *s = m->nodes[i].sync;
	struct sync_ready kept[MESH_NODES], peer;
	size_t count = 0, found = 0;

	while (count < array_len(kept) &&
		sync_pending_at(s, m->now, class, count, &kept[count]))
		count++;
	ready_forget(s);
	for (; sync_pending_at(s, m->now, class, found, &peer); found++)
		check(found < count && id_equal(&peer.id, &kept[found].id));
	check(found == count);
}

static bool pull_one(struct mesh *m, unsigned i, enum sync_class class)
{
	struct mesh_node *n = &m->nodes[i];
	struct sync_ready peer;

	if (m->order % 8 == 0)
		ready_is_fresh(m, i, class);
	for (size_t k = 0; sync_pending_at(n->sync, m->now, class, k, &peer); k++) {
		unsigned to = index_of(m, &peer.id);
		uint8_t buffer[MESSAGE_ROOM];
		struct writer w = writer_of(buffer, sizeof(buffer));
		struct flight *f;

		if (m->hops[i][to] != 0 &&
			instant_before(m->now, m->busy[i][m->next_hop[i][to]]))
			continue;
		if (!sync_write(n->sync, m->now, &peer.id, class, &w))
			continue;
		check(!w.overflow && w.len > 0);
		if (n->liar && buffer[0] == 7)
			buffer[w.len - 1] ^= 1;
		n->sent_bytes += w.len;
		f = mem_new(sizeof(*f));
		*f = (struct flight){ .from = i, .to = to, .len = w.len };
		f->data = mem_copy(buffer, w.len);
		fly(m, i, f);
		return true;
	}
	return false;
}

static void node_turn(struct mesh *m, unsigned i)
{
	struct mesh_node *n = &m->nodes[i];

	if (n->sync == NULL)
		return;
	jobs_run(m, i);
	if (instant_due(sync_deadline(n->sync), m->now)) {
		sync_tick(n->sync, m->now);
		jobs_run(m, i);
	}
	while (pull_one(m, i, SYNC_CONTROL))
		jobs_run(m, i);
	while (pull_one(m, i, SYNC_BULK))
		jobs_run(m, i);
	jobs_run(m, i);
}

static struct instant next_event(const struct mesh *m)
{
	struct instant at = instant_add_us(m->now, STEP_MAX_US);
	const struct flight *f;

	DL_FOREACH (m->flights, f)
		at = instant_min(at, f->at);
	for (unsigned i = 0; i < m->count; i++) {
		if (m->nodes[i].sync == NULL)
			continue;
		at = instant_min(at, sync_deadline(m->nodes[i].sync));
		for (unsigned k = 0; k < m->count; k++)
			if (instant_before(m->now, m->busy[i][k]))
				at = instant_min(at, m->busy[i][k]);
	}
	return instant_max(at, instant_add_us(m->now, 100));
}

static void step(struct mesh *m)
{
	struct flight *f, *next;

	DL_FOREACH_SAFE (m->flights, f, next)
		if (instant_due(f->at, m->now))
			arrive(m, f);
	for (unsigned i = 0; i < m->count; i++)
		node_turn(m, i);
	m->now = next_event(m);
}

void mesh_run_ms(struct mesh *m, int64_t ms)
{
	struct instant end = instant_add_ms(m->now, ms);

	while (instant_before(m->now, end))
		step(m);
}

static bool shares(struct mesh *m, unsigned i)
{
	struct folder_status f;

	return m->nodes[i].sync != NULL &&
	       sync_folder_at(m->nodes[i].sync, m->now, 0, &f);
}

static bool all_settled(struct mesh *m)
{
	for (unsigned i = 0; i < m->count; i++)
		if (shares(m, i) &&
			!sync_folder_settled(m->nodes[i].sync, m->now, &m->folder))
			return false;
	return true;
}

bool mesh_settle(struct mesh *m, int64_t max_ms)
{
	struct instant end = instant_add_ms(m->now, max_ms);

	while (instant_before(m->now, end)) {
		step(m);
		if (all_settled(m))
			return true;
	}
	mesh_explain(m);
	return false;
}

void mesh_share(struct mesh *m, unsigned i)
{
	memory_mkdir(m->nodes[i].store, "/f");
	check(sync_share(m->nodes[i].sync, m->now, "/f", "folder", &m->folder) == 0);
	m->shared = true;
	jobs_run(m, i);
	sync_folder_touched(m->nodes[i].sync, m->now, &m->folder);
}

void mesh_join_by(
	struct mesh *m, unsigned i, unsigned by, uint8_t rights, int64_t valid_s)
{
	char text[INVITE_TEXT_MAX];
	int64_t expires_s;
	struct hash folder;

	check(sync_invite(m->nodes[by].sync, m->now, &m->folder, rights, 1, valid_s, text,
		      &expires_s) == 0);
	check(sync_join(m->nodes[i].sync, m->now, text, "/f", &folder) == 0);
	check(id_equal(&folder, &m->folder));
	jobs_run(m, by);
	jobs_run(m, i);
}

void mesh_join(struct mesh *m, unsigned i, uint8_t rights)
{
	mesh_join_by(m, i, 0, rights, 86400);
}

void mesh_touch(struct mesh *m, unsigned i)
{
	sync_folder_touched(m->nodes[i].sync, m->now, &m->folder);
}

const struct hash *mesh_folder(const struct mesh *m)
{
	return &m->folder;
}

static void dump(struct mesh *m, unsigned node)
{
	char path[4096];
	bool directory;

	printf("tree of node %u:\n", node);
	for (size_t i = 0; memory_path_at(
		     m->nodes[node].store, "/f", i, path, sizeof(path), &directory);
		i++) {
		struct bytes b = { NULL, 0 };
		struct hash h;
		uint8_t hex[4];

		(void)!memory_read(m->nodes[node].store, path, &b);
		h = hash_tagged("x", b);
		memcpy(hex, h.b, 4);
		printf("  %s%s %zu %02x%02x%02x\n", path, directory ? "/" : "", b.len,
			hex[0], hex[1], hex[2]);
	}
}

bool mesh_alike(struct mesh *m)
{
	struct hash tree = { { 0 } }, digest = { { 0 } };
	bool any = false;

	for (unsigned i = 0; i < m->count; i++) {
		struct hash t, d;
		size_t count;

		if (!shares(m, i))
			continue;
		t = memory_digest(m->nodes[i].store, "/f", &count);
		d = sync_folder_digest(m->nodes[i].sync, &m->folder);
		if (any && (!id_equal(&t, &tree) || !id_equal(&d, &digest))) {
			printf("node %u differs: tree %d digest %d\n", i,
				!id_equal(&t, &tree), !id_equal(&d, &digest));
			mesh_explain(m);
			dump(m, 0);
			dump(m, i);
			return false;
		}
		tree = t;
		digest = d;
		any = true;
	}
	return any;
}

struct folder_status mesh_status(struct mesh *m, unsigned i)
{
	struct folder_status f;

	check(sync_folder_at(m->nodes[i].sync, m->now, 0, &f));
	return f;
}

void mesh_write(struct mesh *m, unsigned i, const char *path, const char *text)
{
	memory_write(m->nodes[i].store, path, bytes_of_string(text), 0644,
		m->now.us / 1000000 + (int64_t)i * 1000000);
	if (m->nodes[i].sync != NULL && m->shared)
		mesh_touch(m, i);
}

bool mesh_has(struct mesh *m, unsigned i, const char *path, const char *text)
{
	struct bytes b;

	return memory_read(m->nodes[i].store, path, &b) &&
	       bytes_equal(b, bytes_of_string(text));
}

void mesh_inject(
	struct mesh *m, unsigned to, const struct node_id *from, struct bytes body)
{
	sync_receive(m->nodes[to].sync, m->now, from, body);
	jobs_run(m, to);
}

void mesh_counters_zero(struct mesh *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		m->nodes[i].received_bytes = m->nodes[i].piece_bytes = 0;
		m->nodes[i].sent_bytes = m->nodes[i].messages = 0;
	}
}

void mesh_explain(struct mesh *m)
{
	printf("at %.3f s\n", (double)m->now.us / 1e6);
	for (unsigned i = 0; i < m->count; i++) {
		struct folder_status f;
		const char *path, *reason;
		int error;

		if (!shares(m, i))
			continue;
		f = mesh_status(m, i);
		printf("node %u: state %d settled %d files %llu need %llu/%llu members "
		       "%zu "
		       "conflicts %zu errors %zu received %llu\n",
			i, (int)f.state,
			sync_folder_settled(m->nodes[i].sync, m->now, &m->folder),
			(unsigned long long)f.files, (unsigned long long)f.need_files,
			(unsigned long long)f.need_bytes, f.members, f.conflicts,
			f.errors, (unsigned long long)m->nodes[i].received_bytes);
		for (size_t k = 0; sync_error_at(
			     m->nodes[i].sync, &m->folder, k, &path, &error, &reason);
			k++)
			printf("  error '%s' %d %s\n", path, error, reason ? reason : "");
		for (int k = 0; k < DROP_REASONS; k++)
			if (m->nodes[i].drops.count[k])
				printf("  drop %s %llu\n", drop_name((enum drop_reason)k),
					(unsigned long long)m->nodes[i].drops.count[k]);
	}
}

struct mesh *mesh_line_of(unsigned count)
{
	struct mesh *m = mesh_new(count, test_seed());

	mesh_line(m);
	mesh_share(m, 0);
	return m;
}

void mesh_join_all(struct mesh *m, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		mesh_join(m, i, RIGHTS_WRITER);
}

void mesh_settle_after_change(struct mesh *m)
{
	mesh_run_ms(m, 300);
	EXPECT(mesh_settle(m, 60000), "all settle");
	EXPECT(mesh_alike(m), "all trees are the same");
}
