/* SPDX-License-Identifier: ISC */
/* Memberships made before the world begins, and what is to be true of them. */
#include "sim/world/meshes.h"

#include "node/base/mem.h"
#include "node/mesh/mesh.h"
#include "sim/world/world.h"

/* The first node that the plan names for a mesh founds it. */
static bool founder_of(const struct world *w, unsigned mesh, uint32_t *out)
{
	for (uint32_t i = 0; i < w->count; i++)
		if (w->plan.nodes[i].founds && w->plan.nodes[i].mesh == mesh) {
			*out = i;
			return true;
		}
	return false;
}

static void keep(struct world_device *d, const struct mesh *m)
{
	mem_free(d->membership.kept);
	d->membership.kept = mesh_save(m, &d->membership.len);
}

/* One machine, as long as it takes to found or to join. */
static void join(struct world *w, uint32_t i, struct rng rng, char token[TOKEN_TEXT_MAX])
{
	struct world_device *d = &w->devices[i];
	struct drops drops = { { 0 } };
	struct mesh_config config = { &d->self, rng, w->log, &drops };
	struct mesh *m = mesh_new(&config, WORLD_START);
	int64_t expires_s;

	mesh_wall_clock(m, WORLD_START, WORLD_TIME_MS);
	if (token[0] == '\0') {
		check(mesh_found(m, WORLD_START, "world") == 0);
		check(mesh_invite(m, WORLD_START, false, 0, 86400, token, &expires_s) ==
			0);
	} else {
		check(mesh_join(m, WORLD_START, token) == 0);
	}
	keep(d, m);
	mesh_free(m);
}

void meshes_init(struct world *w)
{
	struct rng_seeded luck;
	struct rng rng = rng_seeded_init(&luck, w->seed ^ 0x6d657368);

	for (uint32_t i = 0; i < w->count; i++)
		w->devices[i].membership.revoked = NEVER;
	for (unsigned mesh = 1; mesh <= MESHES_MAX; mesh++) {
		char token[TOKEN_TEXT_MAX] = "";
		uint32_t founder;

		if (!founder_of(w, mesh, &founder))
			continue;
		join(w, founder, rng, token);
		for (uint32_t i = 0; i < w->count; i++)
			if (i != founder && w->plan.nodes[i].mesh == mesh)
				join(w, i, rng, token);
	}
}

void meshes_fini(struct world *w)
{
	for (uint32_t i = 0; i < w->count; i++)
		mem_free(w->devices[i].membership.kept);
}

void meshes_start(struct world *w, uint32_t device)
{
	struct world_device *d = &w->devices[device];

	if (d->membership.kept != NULL)
		check(node_mesh_load(d->node, device_clock(w, d),
			bytes_of(d->membership.kept, d->membership.len)));
	d->membership.pressing = 0;
}

void meshes_keep(struct world *w, uint32_t device)
{
	struct world_device *d = &w->devices[device];
	const struct mesh *m = node_mesh(d->node);
	uint64_t pressing = mesh_shown(m) + mesh_revocations(m);

	if (d->membership.kept == NULL || pressing == d->membership.pressing)
		return;
	d->membership.pressing = pressing;
	keep(d, m);
}

void meshes_key(const struct world *w, uint32_t device, uint8_t key[32])
{
	const struct world_device *d = &w->devices[device];
	struct drops drops = { { 0 } };
	struct mesh_config config = { &d->self, w->rng, w->log, &drops };
	struct mesh *m;

	if (d->membership.kept == NULL) {
		node_open_mesh_key(key);
		return;
	}
	m = mesh_new(&config, WORLD_START);
	check(mesh_load(m, bytes_of(d->membership.kept, d->membership.len)));
	mesh_key(m, key);
	mesh_free(m);
}

bool meshes_revoke(struct world *w, uint32_t device)
{
	unsigned mesh = w->plan.nodes[device].mesh;
	uint32_t founder;
	struct world_device *d;

	if (mesh == 0 || !founder_of(w, mesh, &founder) || founder == device)
		return true; /* nobody can */
	d = &w->devices[founder];
	if (!device_on(d))
		return false;
	if (mesh_revoke(node_mesh(d->node), device_clock(w, d),
		    &w->devices[device].self.id) == 0)
		w->devices[device].membership.revoked = w->now;
	device_pump(w, founder);
	return true;
}

static bool is_revoked(const struct world *w, uint32_t i)
{
	return w->devices[i].membership.revoked.us != NEVER.us;
}

static bool has_heard(const struct world *w, uint32_t i, uint32_t of)
{
	const struct world_device *d = &w->devices[i];

	return is_revoked(w, of) && d->node != NULL &&
	       mesh_revokes(node_mesh(d->node), &w->devices[of].self.id);
}

void meshes_shut_out(struct world *w, uint32_t device)
{
	uint32_t *island = verdict_islands(w), founder;

	for (uint32_t i = 0; i < w->count; i++) {
		if (!founder_of(w, w->plan.nodes[device].mesh, &founder) || i == device ||
			island[i] != island[founder] || !device_on(&w->devices[i]))
			continue;
		/* routes to it may stay for a moment, but nothing is sent there any more */
		if (!has_heard(w, i, device))
			verdict_break(w, VERDICT_MIXED, "in time not shut out by ",
				w->devices[i].name);
	}
	mem_free(island);
}

bool meshes_together(const struct world *w, uint32_t a, uint32_t b, bool must)
{
	if (w->plan.nodes[a].mesh != w->plan.nodes[b].mesh)
		return false;
	if (must)
		return !is_revoked(w, a) && !is_revoked(w, b);
	return !has_heard(w, a, b) && !has_heard(w, b, a);
}

/* ---- judging ---- */

static void seen(struct world *w, uint32_t i, const struct address *node, const char *how)
{
	struct world_device *other;
	char more[96];
	struct text t = text_of(more, sizeof(more));

	HASH_FIND(hh, w->by_address, node, sizeof(*node), other);
	if (other == NULL ||
		w->plan.nodes[other - w->devices].mesh == w->plan.nodes[i].mesh)
		return;
	text_string(&t, w->devices[i].name);
	text_string(&t, how);
	text_string(&t, other->name);
	verdict_break(w, VERDICT_MIXED, "", more);
}

/* A link that is used although its other end is known to be shut out. */
static void used(struct world *w, uint32_t i, const struct routing_neighbour *n)
{
	struct world_device *other;
	char more[96];
	struct text t = text_of(more, sizeof(more));

	HASH_FIND(hh, w->by_address, &n->node, sizeof(n->node), other);
	if (other == NULL || !n->usable ||
		!mesh_revokes(node_mesh(w->devices[i].node), &other->self.id))
		return;
	text_string(&t, w->devices[i].name);
	text_string(&t, " uses a link of the revoked ");
	text_string(&t, other->name);
	verdict_break(w, VERDICT_MIXED, "", more);
}

void meshes_judge(struct world *w)
{
	for (uint32_t i = 0; i < w->count; i++) {
		const struct routing *r;
		struct routing_neighbour n;
		struct routing_route route;

		if (!device_on(&w->devices[i]))
			continue;
		r = node_routing(w->devices[i].node);
		for (size_t k = 0; routing_neighbour_at(r, k, &n); k++) {
			seen(w, i, &n.node, " hears ");
			used(w, i, &n);
		}
		for (size_t k = 0; routing_route_at(r, k, &route); k++)
			seen(w, i, &route.node, " knows a way to ");
	}
}

static bool knows(struct world *w, uint32_t i, uint32_t of, struct text *why)
{
	const struct mesh *m = node_mesh(w->devices[i].node);
	const struct node_id *id = &w->devices[of].self.id;
	bool holds = is_revoked(w, of) ? mesh_revokes(m, id) : mesh_holds(m, id);

	if (!holds) {
		text_string(why, w->devices[i].name);
		text_string(why, is_revoked(w, of) ? " has not heard that revoked was "
						   : " does not know the member ");
		text_string(why, w->devices[of].name);
	}
	return holds;
}

bool meshes_as_signed(struct world *w, const uint32_t *island, struct text *why)
{
	for (uint32_t i = 0; i < w->count; i++) {
		unsigned mesh = w->plan.nodes[i].mesh;
		uint32_t founder;

		if (mesh == 0 || !founder_of(w, mesh, &founder) ||
			island[i] != island[founder] || !device_on(&w->devices[i]))
			continue;
		for (uint32_t k = 0; k < w->count; k++)
			if (w->plan.nodes[k].mesh == mesh &&
				(is_revoked(w, k) || island[k] == island[founder]) &&
				!knows(w, i, k, why))
				return false;
	}
	return true;
}
