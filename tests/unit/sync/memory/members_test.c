/* SPDX-License-Identifier: ISC */
/* Who is let in: certificates, rights and dates, seen from a whole machine. */
#include "sync/machine.h"
#include "tests/unit/sync/memory/mesh.h"

static struct folder *folder_of(struct mesh *m, unsigned i)
{
	return mesh_node(m, i)->sync->folders[0];
}

static struct mesh *pair(void)
{
	struct mesh *m = mesh_new(3, test_seed());

	mesh_link(m, 0, 1, true);
	mesh_link(m, 0, 2, true);
	mesh_share(m, 0);
	mesh_join(m, 1, RIGHTS_WRITER);
	mesh_write(m, 0, "/f/x", "x");
	mesh_run_ms(m, 300);
	EXPECT(mesh_settle(m, 30000), "both settle");
	return m;
}

TEST(a_stranger_learns_nothing_but_a_tag)
{
	struct mesh *m = pair();
	uint8_t buffer[512];
	struct writer w = writer_of(buffer, sizeof(buffer));
	struct wants n = { .tag = folder_of(m, 0)->tag, .count = 1 };
	struct frontier f = { .tag = n.tag, .flags = FRONTIER_ASK, .to = UINT64_MAX };
	uint64_t before = mesh_node(m, 0)->drops.count[DROP_RIGHTS];
	uint64_t received = mesh_node(m, 2)->received_bytes;

	wants_write(&w, &n);
	mesh_inject(m, 0, &mesh_node(m, 2)->self.id, writer_bytes(&w));
	w.len = 0;
	frontier_write(&w, &f);
	mesh_inject(m, 0, &mesh_node(m, 2)->self.id, writer_bytes(&w));
	mesh_run_ms(m, 5000);
	EXPECT_EQ(mesh_node(m, 0)->drops.count[DROP_RIGHTS], before + 2,
		"both are refused");
	EXPECT(mesh_node(m, 2)->received_bytes - received < 100, "only greetings came");
	mesh_free(m);
}

TEST(a_certificate_of_nobody_is_refused)
{
	struct mesh *m = pair();
	struct folder *f = folder_of(m, 0);
	struct certificate c = { .kind = CERTIFICATE_MEMBER, .folder = f->id };
	uint8_t body[CERTIFICATE_SIZE_MAX];
	struct writer w = writer_of(body, sizeof(body));

	c.issuer = mesh_node(m, 2)->self.id;
	c.subject = mesh_node(m, 2)->self.id;
	c.rights = RIGHTS_WRITER;
	c.not_after_s = INT64_MAX / 4;
	certificate_write(&w, &c, &mesh_node(m, 2)->self);
	EXPECT(members_add(f, mesh_now(m), writer_bytes(&w)) == CERT_REFUSED,
		"self-made rights do not count");
	EXPECT_EQ(members_rights(f, mesh_now(m), &c.subject), 0, "and give none");
	mesh_free(m);
}

/* An entry of node `who`, under its certificate, as a commit's blob. */
static struct writer forged(struct mesh *m, unsigned who, const struct hash *capability,
	uint64_t clock_s, uint8_t *blob, size_t room)
{
	struct folder *f = folder_of(m, 0);
	static uint8_t encoded[ENTRY_SIZE_MAX];
	struct writer e_w = writer_of(encoded, sizeof(encoded)),
		      w = writer_of(blob, room);
	struct entry e = { .folder = f->id, .kind = ENTRY_DIRECTORY, .mode = 0755 };
	struct commit c = {
		.folder = f->id, .incarnation = 77, .first_sequence = 1, .count = 1
	};
	struct bytes one;

	memset(e.file.b, 9, sizeof(e.file.b));
	e.author = c.author = mesh_node(m, who)->self.id;
	e.incarnation = 77;
	e.sequence = 1;
	e.clock = c.clock = clock_s * 1000 << 16;
	e.capability = *capability;
	e.key_epoch = f->key.epoch;
	e.sealed_name_len = (uint16_t)name_seal(
		&f->key, &e.file, &e.parent, BYTES("forged"), e.sealed_name);
	entry_write(&e_w, &e);
	one = writer_bytes(&e_w);
	commit_write(&w, &c, &one, &mesh_node(m, who)->self);
	check(!w.overflow && !e_w.overflow);
	return w;
}

TEST(an_author_needs_the_right_and_the_dates)
{
	struct mesh *m = pair();
	struct folder *f = folder_of(m, 0);
	const struct hash *own = &folder_of(m, 1)->capability;
	uint64_t good_s = (uint64_t)members_cert(f, own)->parsed.not_before_s + 5;
	uint64_t late_s = (uint64_t)members_cert(f, own)->parsed.not_after_s + 5;
	struct hash zero = { { 0 } }, unknown = { { 1 } };
	uint8_t blob[4096];
	struct writer w;

	w = forged(m, 2, own, good_s, blob, sizeof(blob));
	EXPECT(catalogue_add(f, mesh_now(m), writer_bytes(&w), false) == COMMIT_REFUSED,
		"somebody else's certificate gives no right");
	w = forged(m, 1, &zero, good_s, blob, sizeof(blob));
	EXPECT(catalogue_add(f, mesh_now(m), writer_bytes(&w), false) == COMMIT_REFUSED,
		"only the owner needs none");
	w = forged(m, 1, &unknown, good_s, blob, sizeof(blob));
	EXPECT(catalogue_add(f, mesh_now(m), writer_bytes(&w), false) == COMMIT_HELD,
		"an unknown certificate may still come");
	mesh_clock(m, 0, (int64_t)(late_s - good_s) + 60);
	w = forged(m, 1, own, late_s, blob, sizeof(blob));
	EXPECT(catalogue_add(f, mesh_now(m), writer_bytes(&w), false) == COMMIT_HELD,
		"what was written after the end is held when that has come");
	EXPECT(f->error_count > 0, "with a line about it");
	w = forged(m, 1, own, good_s, blob, sizeof(blob));
	blob[w.len - 1] ^= 1;
	EXPECT(catalogue_add(f, mesh_now(m), writer_bytes(&w), false) == COMMIT_REFUSED,
		"a changed byte is refused");
	blob[w.len - 1] ^= 1;
	EXPECT(catalogue_add(f, mesh_now(m), writer_bytes(&w), false) == COMMIT_NEW,
		"the same, rightly made and in time, is taken in");
	EXPECT(catalogue_add(f, mesh_now(m), writer_bytes(&w), false) == COMMIT_OLD,
		"once");
	w = forged(m, 1, own, good_s + 1, blob, sizeof(blob));
	EXPECT(catalogue_add(f, mesh_now(m), writer_bytes(&w), false) == COMMIT_OLD,
		"another under the same number is a fork: the first is kept");
	EXPECT(f->catalogue.streams[f->catalogue.stream_count - 1].forked, "and told");
	mesh_free(m);
}

TEST(a_member_that_greets_is_greeted_within_an_interval)
{
	struct mesh *m = mesh_line_of(3);
	struct peer *p;

	mesh_join_all(m, 3);
	EXPECT(mesh_settle(m, 20000), "three members are alike");
	/* for 2 the first stands behind the second, and may have waited long for its turn */
	p = peers_find(mesh_node(m, 2)->sync, &mesh_node(m, 0)->self.id);
	EXPECT(p != NULL && p->hops == 2, "the far end is known");
	p->greet_at = instant_add_ms(mesh_now(m), 600000);
	gossip_receive_greet(p, mesh_now(m),
		&(struct greet){ .count = 1,
			.items = { { .tag = mesh_node(m, 2)->sync->folders[0]->tag,
				.flags = GREET_KNOWN } } });
	EXPECT(instant_due(p->greet_at, instant_add_ms(mesh_now(m), 10000)),
		"it greets: it is not kept waiting");
	mesh_free(m);
}

TEST(strangers_are_searched_for_a_few_at_a_time)
{
	struct mesh *m = mesh_line_of(1);
	struct sync_route *routes = mem_array(1000, sizeof(*routes));
	struct sync *s = mesh_node(m, 0)->sync;
	struct rng rng = test_rng();
	struct peer *p, *next;
	unsigned at_once = 0, late = 0;

	for (unsigned i = 0; i < 1000; i++) {
		struct keypair k;

		keypair_new(&k, &rng);
		routes[i].id = k.id;
		routes[i].hops = 2;
		routes[i].metric = 200;
	}
	sync_routes(s, mesh_now(m), routes, 1000);
	HASH_ITER (hh, s->peers, p, next) {
		at_once += instant_due(p->greet_at, instant_add_ms(mesh_now(m), 100));
		late += instant_before(instant_add_ms(mesh_now(m), 200000), p->greet_at);
	}
	EXPECT(at_once >= 30 && at_once <= 40, "some at once");
	EXPECT(late >= 150, "the others four a second");
	mem_free(routes);
	mesh_free(m);
}
