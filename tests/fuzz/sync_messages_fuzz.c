/* SPDX-License-Identifier: ISC */
/*
 * Replication messages from a member who means no good: the input is a list of
 * { length:16 body }, handed to a machine with one folder in a session of a verified member.
 * A tag of zeros stands for the folder's. Between messages the machine writes, ticks and has
 * its jobs done.
 */

#include "node/base/mem.h"
#include "sync/memory/store.h"
#include "sync/sync.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGES_MAX = 64, WRITES_MAX = 32 };

struct stage {
	struct keypair owner, member;
	struct rng_seeded luck, luck_b;
	struct drops drops;
	struct log log;
	struct memory_store *store, *store_b;
	struct sync *a, *b;
	struct instant now;
	struct hash folder;
	uint8_t tag[8];
};

static void jobs(struct sync *s, struct memory_store *m, struct instant now)
{
	struct job *j;

	while ((j = sync_job_take(s, now)) != NULL) {
		memory_store_run(m, j);
		sync_job_done(s, now, j);
	}
}

/* What a has to say, to b if b is given. */
static void speak(
	struct stage *t, struct sync *a, const struct node_id *self, struct sync *b)
{
	struct sync_ready peer;
	uint8_t buffer[1200];

	for (unsigned i = 0; i < WRITES_MAX; i++) {
		enum sync_class class = i % 2 ? SYNC_BULK : SYNC_CONTROL;
		struct writer w = writer_of(buffer, sizeof(buffer));

		if (!sync_pending_at(a, t->now, class, 0, &peer) ||
			!sync_write(a, t->now, &peer.id, class, &w))
			continue;
		if (b != NULL)
			sync_receive(b, t->now, self, writer_bytes(&w));
	}
}

static void turn(struct stage *t, bool both)
{
	t->now = instant_add_ms(t->now, 50);
	sync_tick(t->a, t->now);
	jobs(t->a, t->store, t->now);
	speak(t, t->a, &t->owner.id, both ? t->b : NULL);
	jobs(t->a, t->store, t->now);
	if (!both)
		return;
	sync_tick(t->b, t->now);
	jobs(t->b, t->store_b, t->now);
	speak(t, t->b, &t->member.id, t->a);
	jobs(t->a, t->store, t->now);
}

static void begin(struct stage *t)
{
	struct sync_config c = { .self = &t->owner, .log = &t->log, .drops = &t->drops };
	struct sync_route route = { .hops = 1, .metric = 1 };
	char text[INVITE_TEXT_MAX];
	int64_t expires_s;
	struct hash h;

	check(crypto_start() == 0);
	t->now = instant_ms(1000);
	c.rng = rng_seeded_init(&t->luck, 1);
	keypair_new(&t->owner, &c.rng);
	keypair_new(&t->member, &c.rng);
	t->store = memory_store_new(1);
	t->store_b = memory_store_new(2);
	t->a = sync_new(&c, t->now);
	c.self = &t->member;
	c.rng = rng_seeded_init(&t->luck_b, 2);
	t->b = sync_new(&c, t->now);
	sync_wall_clock(t->a, t->now, 1790000000000);
	sync_wall_clock(t->b, t->now, 1790000000000);
	jobs(t->a, t->store, t->now);
	jobs(t->b, t->store_b, t->now);
	memory_write(t->store, "/f/x", BYTES("content"), 0644, 1);
	check(sync_share(t->a, t->now, "/f", "f", &t->folder) == 0);
	check(sync_invite(t->a, t->now, &t->folder, RIGHTS_WRITER, 1, 1000, text,
		      &expires_s) == 0);
	check(sync_join(t->b, t->now, text, "/f", &t->folder) == 0);
	h = hash_tagged("qanat folder tag 1", id_bytes(&t->folder));
	memcpy(t->tag, h.b, sizeof(t->tag));
	route.id = t->member.id;
	sync_routes(t->a, t->now, &route, 1);
	route.id = t->owner.id;
	sync_routes(t->b, t->now, &route, 1);
	for (unsigned i = 0; i < 12; i++)
		turn(t, true);
}

static void tell(struct stage *t, struct bytes body)
{
	uint8_t *copy = mem_new(body.len + 1);
	size_t at = body.len > 0 && body.data[0] == 1 ? 10 : 1;

	if (body.len > 0)
		memcpy(copy, body.data, body.len);
	if (body.len >= at + 8 && id_is_zero(bytes_of(copy + at, 8)))
		memcpy(copy + at, t->tag, sizeof(t->tag));
	sync_receive(t->a, t->now, &t->member.id, bytes_of(copy, body.len));
	mem_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stage *t = mem_new(sizeof(*t));
	struct reader r = reader_of(bytes_of(data, size));

	begin(t);
	for (unsigned i = 0; i < MESSAGES_MAX && r.left > 2; i++) {
		size_t len = read_u16(&r);

		tell(t, read_bytes(&r, len < r.left ? len : r.left));
		turn(t, false);
	}
	t->now = instant_add_ms(t->now, 60000);
	turn(t, true);
	sync_free(t->a);
	sync_free(t->b);
	memory_store_free(t->store);
	memory_store_free(t->store_b);
	mem_free(t);
	return 0;
}
