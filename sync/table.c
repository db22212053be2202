/* SPDX-License-Identifier: ISC */
/* Linear probing over the slots; growth files everything again by the hashes kept. */
#include "sync/table.h"

#include "node/base/mem.h"
#include "node/base/siphash.h"

enum { ROOM_FIRST = 16 };

void table_fini(struct table *t)
{
	mem_free(t->slots);
	*t = (struct table){ 0 };
}

uint32_t table_hash(struct bytes key)
{
	return (uint32_t)siphash_table(key.data, key.len);
}

static void file_under(struct table *t, uint32_t hash, uint32_t number)
{
	uint32_t i = hash & (t->room - 1);

	while (t->slots[i].number != 0)
		i = (i + 1) & (t->room - 1);
	t->slots[i] = (struct table_slot){ hash, number };
	t->used++;
}

static void grow(struct table *t)
{
	struct table old = *t;

	t->room = old.room == 0 ? ROOM_FIRST : old.room * 2;
	check(t->room > old.room);
	t->slots = mem_array(t->room, sizeof(*t->slots));
	t->used = 0;
	for (uint32_t i = 0; i < old.room; i++)
		if (old.slots[i].number != 0)
			file_under(t, old.slots[i].hash, old.slots[i].number);
	mem_free(old.slots);
}

void table_add(struct table *t, uint32_t hash, uint32_t number)
{
	if (t->room == 0 || t->used >= t->room / 4 * 3)
		grow(t);
	file_under(t, hash, number + 1);
}

bool table_next(const struct table *t, uint32_t hash, uint32_t *at, uint32_t *number)
{
	if (t->room == 0)
		return false;
	while (*at < t->room) {
		const struct table_slot *s = &t->slots[(hash + *at) & (t->room - 1)];

		++*at;
		if (s->number == 0)
			return false;
		if (s->hash == hash) {
			*number = s->number - 1;
			return true;
		}
	}
	return false;
}
