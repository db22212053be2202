/* SPDX-License-Identifier: ISC */
/* A hash table over the addresses; each node's ring of entries owns them. */
#include "sim/ether/addresses.h"

#include <string.h>

#include "node/base/mem.h"
#include "node/base/siphash.h"

struct address {
	uint8_t bytes[ADDRESS_BYTES];
	uint32_t node;
	size_t place; /* in held */
	UT_hash_handle hh;
};

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool address_parse(struct bytes t, uint8_t out[ADDRESS_BYTES])
{
	if (t.len != 3 * ADDRESS_BYTES - 1)
		return false;
	for (size_t i = 0; i < ADDRESS_BYTES; i++) {
		int high = hex(t.data[3 * i]), low = hex(t.data[3 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		if (i + 1 < ADDRESS_BYTES && t.data[3 * i + 2] != ':')
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return !(out[0] & 1);
}

static void forget(struct addresses *a, struct address *x)
{
	a->held[x->place] = NULL;
	/* The table is there: it holds x.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	HASH_DEL(a->table, x);
	mem_free(x);
}

void addresses_init(struct addresses *a, uint32_t nodes)
{
	*a = (struct addresses){ .nodes = nodes };
	a->held = mem_array(nodes, ADDRESSES_PER_NODE * sizeof(a->held[0]));
	a->oldest = mem_array(nodes, sizeof(a->oldest[0]));
}

void addresses_fini(struct addresses *a)
{
	for (size_t i = 0; i < (size_t)a->nodes * ADDRESSES_PER_NODE; i++)
		if (a->held[i])
			forget(a, a->held[i]);
	mem_free(a->held);
	mem_free(a->oldest);
	*a = (struct addresses){ 0 };
}

void addresses_learn(struct addresses *a, uint32_t node, const uint8_t address[6])
{
	struct address *x;
	size_t place;

	HASH_FIND(hh, a->table, address, ADDRESS_BYTES, x);
	if (x && x->node == node)
		return;
	if (x)
		forget(a, x);
	place = (size_t)node * ADDRESSES_PER_NODE + a->oldest[node];
	a->oldest[node] = (a->oldest[node] + 1) % ADDRESSES_PER_NODE;
	if (a->held[place])
		forget(a, a->held[place]);
	x = mem_new(sizeof(*x));
	memcpy(x->bytes, address, ADDRESS_BYTES);
	x->node = node;
	x->place = place;
	a->held[place] = x;
	HASH_ADD(hh, a->table, bytes, ADDRESS_BYTES, x);
}

void addresses_forget(struct addresses *a, uint32_t node, const uint8_t address[6])
{
	struct address *x;

	HASH_FIND(hh, a->table, address, ADDRESS_BYTES, x);
	if (x && x->node == node)
		forget(a, x);
}

bool addresses_find(const struct addresses *a, const uint8_t address[6], uint32_t *node)
{
	struct address *x;

	HASH_FIND(hh, a->table, address, ADDRESS_BYTES, x);
	if (!x)
		return false;
	*node = x->node;
	return true;
}
