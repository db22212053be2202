/* SPDX-License-Identifier: ISC */
#include "tests/bench/routing/walk.h"

#include "tests/bench/routing/tables.h"

enum { READS = 8 /* tables read before a look gives up */ };

enum fate { UNKNOWN, ON_THE_WAY, ARRIVES, STOPS, LOOPS };

/* Any node of the loop that closes the way at `at` may be at fault: the one whose table was
 * read the longest ago. */
static void loop_blame(struct mesh *m, const unsigned *way, unsigned len, unsigned at)
{
	m->blamed = at;
	for (unsigned i = len; i > 0 && way[i - 1] != at; i--)
		if (m->read_us[way[i - 1]] < m->read_us[m->blamed])
			m->blamed = way[i - 1];
}

/* What becomes of what node `from` sends towards `to`; the fate of all on its way, too. */
static enum fate fate_find(struct mesh *m, enum fate *fate, unsigned from, unsigned to)
{
	unsigned way[MESH_NODES_MAX], len = 0, at = from;
	enum fate end;

	while (fate[at] == UNKNOWN) {
		unsigned via = m->next[at][to];

		fate[at] = ON_THE_WAY;
		way[len++] = at;
		if (via == MESH_NONE || !m->linked[at][via]) {
			fate[at] = STOPS;
			m->blamed = m->part[at] == m->part[to] ? at : m->blamed;
			break;
		}
		at = via;
	}
	if (fate[at] == ON_THE_WAY)
		loop_blame(m, way, len, at);
	end = fate[at] == ON_THE_WAY ? LOOPS : fate[at];
	while (len > 0)
		fate[way[--len]] = end;
	return end;
}

struct walk walk_all(struct mesh *m)
{
	struct walk w = { 0 };

	for (unsigned to = 0; to < m->count; to++) {
		enum fate fate[MESH_NODES_MAX] = { 0 };

		fate[to] = ARRIVES;
		for (unsigned from = 0; from < m->count; from++) {
			enum fate end = fate_find(m, fate, from, to);

			if (from == to || m->part[from] != m->part[to])
				continue;
			w.pairs++;
			w.routed += end == ARRIVES;
			w.looping += end == LOOPS;
		}
	}
	return w;
}

bool walk_is_whole(struct mesh *m)
{
	struct walk w = { 0 };

	for (unsigned i = 0; i < READS; i++) {
		unsigned was = m->blamed;

		tables_read(m, was);
		w = walk_all(m);
		if (w.routed == w.pairs)
			break;
		if (m->blamed == was)
			return false;
	}
	if (w.routed < w.pairs)
		return false;
	tables_read_all(m);
	w = walk_all(m);
	return w.routed == w.pairs;
}
