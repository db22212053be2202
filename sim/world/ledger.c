/* SPDX-License-Identifier: ISC */
#include "sim/world/ledger.h"

#include "node/base/mem.h"

enum { MAGIC = 0x71, CHANGES_MAX = 4, LENGTH_MAX = 64 << 20 };

void ledger_init(struct ledger *l)
{
	memset(l, 0, sizeof(*l));
}

void ledger_fini(struct ledger *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		mem_free(l->versions[i].bytes);
	mem_free(l->versions);
	mem_free(l->lengths_used);
	ledger_init(l);
}

/* The next length that no version has yet. */
static size_t length_take(struct ledger *l, size_t len)
{
	if (len < LEDGER_HEADER)
		len = LEDGER_HEADER;
	check(len < LENGTH_MAX);
	for (;; len++) {
		if (len / 8 >= l->lengths_room) {
			size_t room = len / 4 + 1024;

			l->lengths_used = mem_resize(l->lengths_used, room, 1);
			memset(l->lengths_used + l->lengths_room, 0,
				room - l->lengths_room);
			l->lengths_room = room;
		}
		if (!(l->lengths_used[len / 8] & 1u << len % 8))
			break;
	}
	l->lengths_used[len / 8] |= (uint8_t)(1u << len % 8);
	return len;
}

static void number_put(uint8_t *bytes, uint32_t number)
{
	memset(bytes, MAGIC, LEDGER_HEADER);
	for (unsigned i = 0; i < 4; i++)
		bytes[4 + i] = (uint8_t)(number >> (24 - 8 * i));
}

static void content_make(struct ledger_version *v, const struct ledger_version *from,
	const struct rng *rng)
{
	size_t kept = from != NULL ? from->len : 0;

	if (kept > v->len)
		kept = v->len;
	if (kept > 0)
		memcpy(v->bytes, from->bytes, kept);
	rng_fill(rng, v->bytes + kept, v->len - kept);
	for (unsigned i = 0; i < CHANGES_MAX && kept > 0; i++)
		v->bytes[rng_below(rng, v->len)] ^= (uint8_t)(1 + rng_below(rng, 255));
}

uint32_t ledger_add(struct ledger *l, struct instant now, uint32_t node, uint32_t from,
	size_t len, const struct rng *rng)
{
	struct ledger_version *v;
	uint32_t number = l->count;

	mem_grow(l->versions, l->count, l->room);
	l->count++;
	v = &l->versions[number];
	*v = (struct ledger_version){ .node = node, .at = now };
	v->len = length_take(l, len);
	v->bytes = mem_new(v->len);
	content_make(v, from != LEDGER_NONE ? &l->versions[from] : NULL, rng);
	number_put(v->bytes, number);
	return number;
}

uint32_t ledger_find(const struct ledger *l, struct bytes bytes)
{
	uint8_t header[LEDGER_HEADER];
	uint32_t number = 0;

	if (bytes.len < LEDGER_HEADER)
		return LEDGER_NONE;
	for (unsigned i = 0; i < 4; i++)
		number = number << 8 | bytes.data[4 + i];
	if (number >= l->count)
		return LEDGER_NONE;
	number_put(header, number);
	if (memcmp(header, bytes.data, LEDGER_HEADER) != 0)
		return LEDGER_NONE;
	if (!bytes_equal(
		    bytes, bytes_of(l->versions[number].bytes, l->versions[number].len)))
		return LEDGER_NONE;
	return number;
}

uint32_t ledger_by_length(const struct ledger *l, uint64_t len)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (l->versions[i].len == len)
			return i;
	return LEDGER_NONE;
}
