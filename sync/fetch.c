/* SPDX-License-Identifier: ISC */
/*
 * What is missing. Every head with content is wanted, also those that lose a conflict. A
 * version waits in a queue (small files before large, older arrivals first) until it gets a
 * plan; a plan walks the manifest and turns references into wants, in the order of the file;
 * the store says which objects are here; the rest is asked of peers (ask.c). At most
 * WANTS_MAX wants exist at a time, so that a large file costs no more memory than a small.
 */
#include <utlist.h>

#include "sync/machine.h"

enum { CHECK_IDS_MAX = 512, CHECKS_RUNNING_MAX = 2 };

static struct version *version_of(const struct folder *f, uint32_t version)
{
	return &f->catalogue.versions[version];
}

struct want *fetch_want(const struct folder *f, const struct hash *object)
{
	struct want *n;

	HASH_FIND(hh, f->wants, object, sizeof(*object), n);
	return n;
}

/* ---- the queues ---- */

/* A version of the same file whose content is the same and here already. */
static bool same_content_here(const struct folder *f, uint32_t version)
{
	const struct catalogue *c = &f->catalogue;
	struct entry e, other;

	catalogue_entry(f, version, &e);
	for (uint32_t v = c->files[version_of(f, version)->file].versions; v != NONE;
		v = c->versions[v].next) {
		if (v == version || !(c->versions[v].flags & VERSION_COMPLETE) ||
			(c->versions[v].flags & VERSION_EMPTY))
			continue;
		catalogue_entry(f, v, &other);
		if (other.content_depth == e.content_depth &&
			id_equal(&other.content, &e.content))
			return true;
	}
	return false;
}

static void enqueue(struct folder *f, uint32_t version)
{
	if (version_of(f, version)->size <= SMALL_FILE_BYTES) {
		(void)mem_grow(f->small, f->small_count, f->small_room);
		f->small[f->small_count++] = version;
	} else {
		(void)mem_grow(f->large, f->large_count, f->large_room);
		f->large[f->large_count++] = version;
	}
}

void fetch_version(struct folder *f, uint32_t version)
{
	struct version *v = version_of(f, version);

	if (v->flags & (VERSION_COMPLETE | VERSION_QUEUED | VERSION_DELETED))
		return;
	if (same_content_here(f, version)) {
		v->flags |= VERSION_COMPLETE;
		tree_dirty(f, v->file);
		return;
	}
	v->flags |= VERSION_QUEUED;
	f->need_files++;
	f->need_bytes += v->size;
	enqueue(f, version);
}

void fetch_again(struct folder *f, uint32_t version)
{
	struct version *v = version_of(f, version);

	if (v->flags & (VERSION_QUEUED | VERSION_DELETED | VERSION_EMPTY))
		return;
	v->flags &= (uint8_t)~VERSION_COMPLETE;
	v->flags |= VERSION_QUEUED;
	f->need_files++;
	f->need_bytes += v->size;
	enqueue(f, version);
}

static void not_needed(struct folder *f, uint32_t version, uint64_t left)
{
	version_of(f, version)->flags &= (uint8_t)~VERSION_QUEUED;
	f->need_files--;
	f->need_bytes -= left;
	if (f->need_files == 0)
		serve_folder_done(f);
}

/* ---- plans ---- */

static void plan_free(struct folder *f, struct plan *p)
{
	if (p->large)
		f->large_plans--;
	else
		f->small_plans--;
	DL_DELETE(f->plans, p);
	mem_free(p->refs);
	mem_free(p);
}

static bool plan_dead(const struct folder *f, const struct plan *p)
{
	return p->dead || !version_is_head(version_of(f, p->version));
}

static void want_add(struct folder *f, struct plan *p, const struct ref_left *ref)
{
	struct want *n = fetch_want(f, &ref->id);

	if (n != NULL && n->depth != ref->depth) { /* one name, two meanings: malformed */
		p->dead = true;
		return;
	}
	if (n == NULL) {
		n = mem_new(sizeof(*n));
		n->object = ref->id;
		n->folder = f;
		n->depth = ref->depth;
		n->len = ref->len;
		HASH_ADD(hh, f->wants, object, sizeof(n->object), n);
		f->want_count++;
		DL_APPEND(f->checks, n);
		f->check_count++;
	}
	(void)mem_grow(n->plans, n->plan_count, n->plan_room);
	n->plans[n->plan_count++] = p;
	p->waiting++;
}

/* Turns references into wants while there is room; ends the plan when nothing is left. */
static void plan_advance(struct folder *f, struct plan *p)
{
	if (plan_dead(f, p))
		p->ref_count = 0;
	while (p->ref_count > 0 && f->want_count < WANTS_MAX && !p->dead)
		want_add(f, p, &p->refs[--p->ref_count]);
	if (p->waiting > 0 || (p->ref_count > 0 && !p->dead))
		return;
	if (!plan_dead(f, p)) {
		version_of(f, p->version)->flags |= VERSION_COMPLETE;
		tree_dirty(f, version_of(f, p->version)->file);
	}
	not_needed(f, p->version, p->left);
	plan_free(f, p);
}

static void plan_ref(struct plan *p, const struct hash *id, uint64_t len, uint8_t depth)
{
	(void)mem_grow(p->refs, p->ref_count, p->ref_room);
	p->refs[p->ref_count++] = (struct ref_left){ *id, len, depth };
}

static void plan_start(struct folder *f, uint32_t version)
{
	struct plan *p = mem_new(sizeof(*p));
	struct entry e;

	catalogue_entry(f, version, &e);
	p->version = version;
	p->left = e.size;
	p->large = e.size > SMALL_FILE_BYTES;
	if (p->large)
		f->large_plans++;
	else
		f->small_plans++;
	DL_APPEND(f->plans, p);
	if (e.content_depth > CONTENT_DEPTH_MAX)
		p->dead = true;
	else
		plan_ref(p, &e.content, e.size, e.content_depth);
	plan_advance(f, p);
}

/* False: what the manifest says is not what was promised. */
static bool plan_expand(
	struct folder *f, struct plan *p, const struct want *n, const struct manifest *m)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->count; i++) {
		if (m->refs[i].len > n->len - sum)
			return false;
		sum += m->refs[i].len;
	}
	if (sum != n->len || m->depth != n->depth)
		return false;
	for (unsigned i = m->count; i-- > 0;) {
		const struct ref *r = &m->refs[i];

		if (!r->hole) {
			plan_ref(p, &r->id, r->len, (uint8_t)(n->depth - 1));
			continue;
		}
		sum = r->len <= p->left ? r->len : p->left;
		p->left -= sum;
		f->need_bytes -= sum;
	}
	return true;
}

static void plan_malformed(struct folder *f, struct plan *p)
{
	char path[512];
	struct text t = text_of(path, sizeof(path));
	uint32_t file = version_of(f, p->version)->file;

	(void)tree_path(f, file, &t);
	folder_error_add(f, ERROR_APPLY, file, path, 0, "its content list is malformed");
	p->dead = true;
}

static void plan_take(
	struct folder *f, struct plan *p, const struct want *n, struct bytes data)
{
	struct manifest *m;
	uint64_t len = n->len <= p->left ? n->len : p->left;

	p->waiting--;
	if (n->depth == 1) {
		p->left -= len;
		f->need_bytes -= len;
		return;
	}
	m = mem_new(sizeof(*m));
	if (!manifest_parse(m, data) || !plan_expand(f, p, n, m))
		plan_malformed(f, p);
	mem_free(m);
}

/* ---- wants ---- */

bool fetch_want_dead(const struct want *n)
{
	for (uint32_t i = 0; i < n->plan_count; i++)
		if (!plan_dead(n->folder, n->plans[i]))
			return false;
	return true;
}

static void want_free(struct want *n)
{
	struct folder *f = n->folder;

	HASH_DEL(f->wants, n);
	f->want_count--;
	mem_free(n->data);
	mem_free(n->plans);
	mem_free(n);
}

/* A want that nobody needs, out of every list already. */
void fetch_want_drop(struct want *n)
{
	struct folder *f = n->folder;

	for (uint32_t i = 0; i < n->plan_count; i++) {
		n->plans[i]->waiting--;
		n->plans[i]->dead = true;
	}
	want_free(n);
	sync_due(f->sync, instant_us(0));
}

void fetch_arrived(
	struct folder *f, struct instant now, struct want *n, struct bytes data)
{
	struct plan **plans = n->plans;
	uint32_t count = n->plan_count;

	if (n->depth > 1 && data.len == 0) {
		n->state = WANT_READING;
		objects_read(f->sync, f, &n->object);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		plan_take(f, plans[i], n, data);
	n->plans = NULL;
	want_free(n);
	for (uint32_t i = 0; i < count; i++) {
		bool again = false;

		for (uint32_t k = 0; k < i; k++)
			again |= plans[k] == plans[i];
		if (!again)
			plan_advance(f, plans[i]);
	}
	mem_free(plans);
	sync_due(f->sync, now);
}

/* ---- asking the store ---- */

static void checks_send(struct folder *f)
{
	while (f->checks != NULL && f->checks_running < CHECKS_RUNNING_MAX) {
		struct job *j = sync_folder_job(f, JOB_CHECK);
		size_t room =
			f->check_count < CHECK_IDS_MAX ? f->check_count : CHECK_IDS_MAX;

		j->check_ids = mem_array(room, sizeof(*j->check_ids));
		j->check_here = mem_array(room, sizeof(*j->check_here));
		while (f->checks != NULL && j->check_count < room) {
			struct want *n = f->checks;

			DL_DELETE(f->checks, n);
			f->check_count--;
			j->check_ids[j->check_count++] = n->object;
		}
		f->checks_running++;
		sync_submit(f->sync, j);
	}
}

void fetch_checked(struct folder *f, struct instant now, struct job *j)
{
	f->checks_running--;
	for (size_t i = 0; i < j->check_count; i++) {
		struct want *n = fetch_want(f, &j->check_ids[i]);

		if (n == NULL || n->state != WANT_CHECK)
			continue;
		if (j->check_here[i]) {
			fetch_arrived(f, now, n, bytes_of(NULL, 0));
			continue;
		}
		n->state = WANT_MISSING;
		DL_APPEND(f->missing, n);
	}
}

/* ---- the pump ---- */

static void queue_start(struct folder *f, uint32_t *queue, uint32_t *at)
{
	uint32_t version = queue[(*at)++];
	struct version *v = version_of(f, version);

	if (!(v->flags & VERSION_QUEUED))
		return;
	if ((v->flags & VERSION_COMPLETE) || !version_is_head(v)) {
		not_needed(f, version, v->size);
		return;
	}
	plan_start(f, version);
}

static void folder_pump(struct folder *f, struct instant now)
{
	struct plan *p, *next;

	if (!f->standing_known || f->paused || f->gone)
		return;
	DL_FOREACH_SAFE (f->plans, p, next)
		if (p->ref_count > 0 || p->dead || p->waiting == 0)
			plan_advance(f, p);
	while (f->small_at < f->small_count && f->small_plans < PLANS_SMALL_MAX &&
		f->want_count < WANTS_MAX)
		queue_start(f, f->small, &f->small_at);
	while (f->large_at < f->large_count && f->large_plans < PLANS_LARGE_MAX &&
		f->want_count < WANTS_MAX)
		queue_start(f, f->large, &f->large_at);
	if (f->small_at == f->small_count)
		f->small_at = f->small_count = 0;
	if (f->large_at == f->large_count)
		f->large_at = f->large_count = 0;
	checks_send(f);
	ask_pump(f, now);
}

void fetch_pump(struct sync *s, struct instant now)
{
	for (size_t i = 0; i < s->folder_count; i++)
		folder_pump(s->folders[i], now);
}

void fetch_folder_fini(struct folder *f)
{
	struct want *n, *next;
	struct plan *p, *next_plan;

	HASH_ITER (hh, f->wants, n, next) {
		if (n->state == WANT_ASKED)
			ask_return(n, false);
		/* The table is there: it holds n.
		 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		HASH_DEL(f->wants, n);
		mem_free(n->data);
		mem_free(n->plans);
		mem_free(n);
	}
	DL_FOREACH_SAFE (f->plans, p, next_plan) {
		mem_free(p->refs);
		mem_free(p);
	}
	f->plans = NULL;
	f->missing = f->checks = NULL;
	mem_free(f->small);
	mem_free(f->large);
	f->small = f->large = NULL;
}
