/* SPDX-License-Identifier: ISC */
/* Whole machines together: what two and more members make of each other's changes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/base/mem.h"
#include "tests/unit/sync/memory/mesh.h"

TEST(two_members_make_their_folders_alike)
{
	struct mesh *m = mesh_new(2, test_seed());

	mesh_line(m);
	mesh_write(m, 0, "/f/one", "hello");
	mesh_write(m, 0, "/f/deep/er/two", "there");
	mesh_write(m, 0, "/f/empty", "");
	memory_symlink(mesh_node(m, 0)->store, "/f/link", "one");
	mesh_share(m, 0);
	mesh_join(m, 1, RIGHTS_WRITER);
	EXPECT(mesh_settle(m, 20000), "both settle");
	EXPECT(mesh_has(m, 1, "/f/deep/er/two", "there"), "the file has come");
	EXPECT(mesh_alike(m), "the trees are the same");
	mesh_write(m, 1, "/f/three", "back");
	mesh_run_ms(m, 300);
	EXPECT(mesh_settle(m, 20000), "both settle again");
	EXPECT(mesh_has(m, 0, "/f/three", "back"), "a change of the other came back");
	mesh_free(m);
}

static void write_random(struct mesh *m, unsigned i, const char *path, size_t len)
{
	struct rng r = test_rng();
	uint8_t *data = mem_new(len);

	rng_fill(&r, data, len);
	memory_write(mesh_node(m, i)->store, path, bytes_of(data, len), 0600, 5);
	mesh_touch(m, i);
	mem_free(data);
}

TEST(a_line_of_five_relays_a_large_file_chunk_by_chunk_and_once)
{
	enum { LEN = 20 * 1024 * 1024 };
	struct mesh *m = mesh_line_of(5);
	struct instant begun;

	mesh_join_all(m, 5);
	EXPECT(mesh_settle(m, 60000), "all settle empty");
	mesh_counters_zero(m);
	write_random(m, 0, "/f/large", LEN);
	begun = mesh_now(m);
	mesh_settle_after_change(m);
	for (unsigned i = 1; i < 5; i++)
		EXPECT(mesh_node(m, i)->piece_bytes <= LEN * 1.05,
			"every payload byte comes once");
	/* at 20 Mbit/s it is 8.9 s on one link; file by file over four hops would be 35 s */
	printf("line of 5: %.2f s, last received %.4f of the payload\n",
		(double)instant_since_us(mesh_now(m), begun) / 1e6,
		(double)mesh_node(m, 4)->received_bytes / LEN);
	EXPECT(instant_since_us(mesh_now(m), begun) < 15000000,
		"relays work at the same time");
	mesh_free(m);
}

TEST(in_a_ring_no_payload_comes_twice)
{
	enum { LEN = 2 * 1024 * 1024 };
	struct mesh *m = mesh_line_of(5);

	mesh_link(m, 4, 0, true);
	mesh_join_all(m, 5);
	EXPECT(mesh_settle(m, 60000), "all settle empty");
	mesh_counters_zero(m);
	write_random(m, 0, "/f/large", LEN);
	mesh_settle_after_change(m);
	for (unsigned i = 1; i < 5; i++) {
		printf("ring: node %u received %.3f of the payload\n", i,
			(double)mesh_node(m, i)->piece_bytes / LEN);
		EXPECT(mesh_node(m, i)->piece_bytes <= LEN * 1.15,
			"nearly every byte once");
	}
	mesh_free(m);
}

TEST(members_replicate_through_nodes_that_share_nothing)
{
	struct mesh *m = mesh_line_of(5);

	mesh_join(m, 4, RIGHTS_WRITER);
	mesh_write(m, 0, "/f/a", "far");
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 4, "/f/a", "far"), "it came over three strangers");
	EXPECT_EQ(mesh_node(m, 2)->piece_bytes, 0, "strangers were handed nothing");
	mesh_free(m);
}

/* Makes files of so many random bytes each, in directories of 16. */
static void fill(struct memory_store *m, const struct rng *r, size_t files, size_t bytes)
{
	uint8_t data[1000];

	check(bytes <= sizeof(data));
	for (size_t i = 0; i < files; i++) {
		char path[64];
		struct text t = text_of(path, sizeof(path));

		text_string(&t, "/f/d");
		text_u64(&t, i / 16);
		text_string(&t, "/f");
		text_u64(&t, i);
		rng_fill(r, data, bytes);
		memory_write(m, path, bytes_of(data, bytes), 0644, 1000 + (int64_t)i);
	}
}

TEST(two_thousand_small_files_go_down_a_line)
{
	struct mesh *m = mesh_line_of(3);
	struct rng r = test_rng();

	mesh_join_all(m, 3);
	EXPECT(mesh_settle(m, 60000), "all settle empty");
	mesh_counters_zero(m);
	fill(mesh_node(m, 0)->store, &r, 2000, 1000);
	mesh_touch(m, 0);
	mesh_settle_after_change(m);
	EXPECT_EQ(mesh_status(m, 2).files, 2000, "all files are there");
	printf("2000 files of 1000 bytes: last received %.3f of the payload in %llu "
	       "messages\n",
		(double)mesh_node(m, 2)->received_bytes / 2e6,
		(unsigned long long)mesh_node(m, 2)->messages);
	mesh_free(m);
}

TEST(moves_resend_no_content)
{
	struct mesh *m = mesh_line_of(2);
	uint64_t pieces;

	mesh_join_all(m, 2);
	write_random(m, 0, "/f/d/e/large", 300000);
	mesh_write(m, 0, "/f/d/small", "small");
	mesh_settle_after_change(m);
	pieces = mesh_node(m, 1)->piece_bytes;
	EXPECT(memory_rename(mesh_node(m, 0)->store, "/f/d", "/f/moved"),
		"a directory moves");
	mesh_touch(m, 0);
	mesh_settle_after_change(m);
	EXPECT(memory_rename(mesh_node(m, 1)->store, "/f/moved/e/large", "/f/big"),
		"a file moves on the other side");
	mesh_touch(m, 1);
	mesh_settle_after_change(m);
	EXPECT(memory_exists(mesh_node(m, 0)->store, "/f/big"), "it moved here, too");
	EXPECT_EQ(mesh_node(m, 1)->piece_bytes, pieces, "no piece was sent for it");
	EXPECT_EQ(mesh_node(m, 0)->piece_bytes, 0, "nor back");
	mesh_free(m);
}

TEST(names_that_are_swapped_arrive_swapped)
{
	struct mesh *m = mesh_line_of(2);
	struct memory_store *s = mesh_node(m, 0)->store;

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/a/x", "in a");
	mesh_write(m, 0, "/f/b/x", "in b");
	mesh_write(m, 0, "/f/c", "c");
	mesh_write(m, 0, "/f/d", "d");
	mesh_settle_after_change(m);
	EXPECT(memory_rename(s, "/f/a", "/f/t") && memory_rename(s, "/f/b", "/f/a") &&
			memory_rename(s, "/f/t", "/f/b"),
		"directories swap");
	EXPECT(memory_rename(s, "/f/c", "/f/t") && memory_rename(s, "/f/d", "/f/c") &&
			memory_rename(s, "/f/t", "/f/d"),
		"files swap");
	mesh_touch(m, 0);
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 1, "/f/a/x", "in b") && mesh_has(m, 1, "/f/c", "d"),
		"swapped there");
	mesh_free(m);
}

TEST(deletions_arrive_and_stay)
{
	struct mesh *m = mesh_line_of(3);

	mesh_join_all(m, 3);
	mesh_write(m, 0, "/f/d/one", "1");
	mesh_write(m, 0, "/f/two", "2");
	mesh_settle_after_change(m);
	EXPECT(memory_remove(mesh_node(m, 2)->store, "/f/d"), "a directory is deleted");
	mesh_touch(m, 2);
	mesh_settle_after_change(m);
	EXPECT(!memory_exists(mesh_node(m, 0)->store, "/f/d"), "it is gone at the first");
	EXPECT(mesh_has(m, 0, "/f/two", "2"), "the other file stays");
	mesh_free(m);
}

TEST(who_joins_while_the_owner_still_scans_is_not_settled)
{
	struct mesh *m = mesh_new(3, 11);
	struct sync *last;

	mesh_line(m);
	write_random(m, 0, "/f/large", 300000);
	memory_store_fail(mesh_node(m, 0)->store, 1u << JOB_SCAN, EIO);
	mesh_share(m, 0);
	mesh_join(m, 1, RIGHTS_WRITER);
	mesh_join(m, 2, RIGHTS_WRITER);
	last = mesh_node(m, 2)->sync;
	for (int i = 0; i < 3000; i++) {
		mesh_run_ms(m, 5);
		EXPECT(!sync_folder_settled(last, mesh_now(m), mesh_folder(m)),
			"nobody has heard of anything yet");
	}
	memory_store_fail(mesh_node(m, 0)->store, 0, 0);
	for (int i = 0;
		i < 60000 && !sync_folder_settled(last, mesh_now(m), mesh_folder(m)); i++)
		mesh_run_ms(m, 1);
	EXPECT(sync_folder_settled(last, mesh_now(m), mesh_folder(m)),
		"in the end it is");
	EXPECT_EQ(mesh_status(m, 2).files, 1, "and then everything is there");
	mesh_free(m);
}

TEST(a_late_joiner_merges_what_it_has)
{
	struct mesh *m = mesh_line_of(3);

	mesh_join(m, 1, RIGHTS_WRITER);
	mesh_write(m, 0, "/f/x", "x");
	mesh_settle_after_change(m);
	mesh_write(m, 2, "/f/own", "own");
	mesh_join(m, 2, RIGHTS_WRITER);
	mesh_crash(m, 0);
	mesh_run_ms(m, 40000);
	EXPECT(mesh_settle(m, 60000), "the newcomer needs no inviter");
	EXPECT(mesh_has(m, 2, "/f/x", "x"), "it has what was there");
	EXPECT(mesh_has(m, 1, "/f/own", "own"), "and its own is shared");
	mesh_free(m);
}

TEST(a_reader_gets_all_and_gives_nothing)
{
	struct mesh *m = mesh_line_of(2);
	const char *path, *reason;
	int error;

	mesh_join(m, 1, RIGHTS_READER);
	mesh_write(m, 0, "/f/x", "x");
	mesh_settle_after_change(m);
	mesh_write(m, 1, "/f/x", "mine");
	mesh_run_ms(m, 3000);
	EXPECT(mesh_has(m, 0, "/f/x", "x"), "the owner's stays");
	EXPECT(mesh_has(m, 1, "/f/x", "mine"), "the reader's is not overwritten");
	EXPECT(sync_error_at(
		       mesh_node(m, 1)->sync, mesh_folder(m), 0, &path, &error, &reason),
		"it is listed");
	EXPECT_STRING(path, "x", "by its path");
	mesh_write(m, 0, "/f/y", "y");
	mesh_run_ms(m, 3000);
	EXPECT(mesh_has(m, 1, "/f/y", "y"), "other changes still come");
	mesh_free(m);
}

TEST(a_keeper_carries_what_it_cannot_read)
{
	struct mesh *m = mesh_line_of(3);

	mesh_join(m, 1, RIGHTS_KEEPER);
	mesh_join(m, 2, RIGHTS_WRITER);
	mesh_run_ms(m, 5000);
	mesh_write(m, 0, "/f/x", "carried");
	mesh_run_ms(m, 20000);
	EXPECT(mesh_has(m, 2, "/f/x", "carried"), "it came through the keeper");
	EXPECT(!memory_exists(mesh_node(m, 1)->store, "/f/x"), "who has no file of it");
	EXPECT(memory_object_bytes(mesh_node(m, 1)->store) > 0, "but the sealed bytes");
	EXPECT(sync_folder_settled(mesh_node(m, 1)->sync, mesh_now(m), mesh_folder(m)),
		"and is settled");
	mesh_free(m);
}

TEST(a_crash_in_the_middle_resumes)
{
	enum { LEN = 3 * 1024 * 1024 };
	struct mesh *m = mesh_line_of(3);

	mesh_join_all(m, 3);
	EXPECT(mesh_settle(m, 60000), "all settle empty");
	mesh_counters_zero(m);
	write_random(m, 0, "/f/large", LEN);
	for (unsigned i = 0; i < 4; i++) {
		mesh_run_ms(m, 500);
		mesh_crash(m, 1 + i % 2);
		mesh_run_ms(m, 200);
		mesh_start(m, 1 + i % 2);
	}
	EXPECT(mesh_settle(m, 120000), "all settle");
	EXPECT(mesh_alike(m), "all are the same");
	printf("crashed twice each: received %.3f and %.3f of the payload\n",
		(double)mesh_node(m, 1)->piece_bytes / LEN,
		(double)mesh_node(m, 2)->piece_bytes / LEN);
	EXPECT(mesh_node(m, 2)->piece_bytes < LEN * 1.5,
		"what was stored is not sent again");
	mesh_free(m);
}

TEST(a_cut_contact_resumes_inside_a_chunk)
{
	enum { LEN = 1024 * 1024 };
	struct mesh *m = mesh_line_of(2);

	mesh_join_all(m, 2);
	EXPECT(mesh_settle(m, 60000), "both settle empty");
	mesh_counters_zero(m);
	mesh_rate(m, 2000000);
	write_random(m, 0, "/f/large", LEN);
	for (unsigned i = 0; i < 8; i++) {
		mesh_run_ms(m, 900);
		mesh_link(m, 0, 1, false);
		mesh_run_ms(m, 500);
		mesh_link(m, 0, 1, true);
	}
	EXPECT(mesh_settle(m, 60000), "both settle");
	EXPECT(mesh_alike(m), "both are the same");
	printf("eight cuts: received %.3f of the payload\n",
		(double)mesh_node(m, 1)->piece_bytes / LEN);
	EXPECT(mesh_node(m, 1)->piece_bytes < LEN * 1.1, "nearly nothing came twice");
	mesh_free(m);
}

TEST(messages_lost_and_out_of_order_only_cost_time)
{
	struct mesh *m = mesh_line_of(3);

	mesh_loss_ppm(m, 50000);
	mesh_jitter_us(m, 20000);
	mesh_join_all(m, 3);
	write_random(m, 0, "/f/large", 500000);
	mesh_write(m, 0, "/f/x", "x");
	mesh_run_ms(m, 300);
	EXPECT(mesh_settle(m, 300000), "all settle");
	EXPECT(mesh_alike(m), "all are the same");
	mesh_free(m);
}

TEST(a_liar_is_found_out_and_others_are_asked)
{
	struct mesh *m = mesh_new(3, test_seed());

	mesh_line(m);
	mesh_share(m, 0);
	mesh_join_all(m, 2);
	write_random(m, 0, "/f/large", 400000);
	mesh_settle_after_change(m);
	mesh_node(m, 1)->liar = true;
	mesh_link(m, 0, 2, true);
	mesh_join(m, 2, RIGHTS_WRITER);
	EXPECT(mesh_settle(m, 120000), "the newcomer gets it from the honest one");
	EXPECT(mesh_alike(m), "intact");
	EXPECT(mesh_node(m, 2)->drops.count[DROP_HASH] > 0, "the lie was counted");
	mesh_free(m);
}

TEST(a_liar_in_between_keeps_nobody_from_those_behind_it)
{
	struct mesh *m = mesh_line_of(3);

	mesh_join_all(m, 3);
	mesh_settle_after_change(m);
	mesh_node(m, 1)->liar = true;
	write_random(m, 0, "/f/large", 400000);
	mesh_settle_after_change(m);
	EXPECT(mesh_alike(m), "the far end asks the owner, past the liar");
	EXPECT(mesh_node(m, 2)->drops.count[DROP_HASH] > 0, "the lie was counted");
	mesh_free(m);
}

TEST(a_full_disk_heals_without_a_restart)
{
	struct mesh *m = mesh_line_of(3);

	mesh_join_all(m, 3);
	EXPECT(mesh_settle(m, 60000), "all settle empty");
	memory_store_fail(mesh_node(m, 2)->store,
		1u << JOB_OBJECT_PUT | 1u << JOB_APPLY | 1u << JOB_RECORDS, 28);
	write_random(m, 0, "/f/large", 200000);
	mesh_run_ms(m, 20000);
	EXPECT(mesh_status(m, 2).state == FOLDER_ERROR, "the full one says so");
	EXPECT(memory_exists(mesh_node(m, 1)->store, "/f/large"),
		"others are not held up");
	memory_store_fail(mesh_node(m, 2)->store, 0, 0);
	EXPECT(mesh_settle(m, 60000), "all settle after the disk has healed");
	EXPECT(mesh_alike(m), "all are the same");
	mesh_free(m);
}

TEST(an_error_goes_with_what_it_was_about)
{
	struct mesh *m = mesh_line_of(2);
	struct folder_status f;

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/a", "one");
	mesh_settle_after_change(m);
	memory_store_fail(mesh_node(m, 1)->store, 1u << JOB_APPLY, EROFS);
	mesh_write(m, 0, "/f/b", "two");
	mesh_run_ms(m, 5000);
	f = mesh_status(m, 1);
	EXPECT(f.state == FOLDER_ERROR && f.errors == 1,
		"the file that cannot be made is told");
	EXPECT(memory_remove(mesh_node(m, 0)->store, "/f/b"), "it is deleted meanwhile");
	mesh_touch(m, 0);
	mesh_run_ms(m, 1000);
	memory_store_fail(mesh_node(m, 1)->store, 0, 0);
	EXPECT(mesh_settle(m, 60000), "all settle");
	f = mesh_status(m, 1);
	EXPECT(f.state == FOLDER_SYNCED && f.errors == 0, "and no error is left of it");
	mesh_free(m);
}

TEST(a_store_that_can_be_read_again_is_no_error_any_more)
{
	struct mesh *m = mesh_line_of(2);
	struct folder_status f;

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/a", "one");
	mesh_settle_after_change(m);
	memory_store_fail(mesh_node(m, 1)->store, 1u << JOB_CHECK, EIO);
	mesh_write(m, 0, "/f/b", "two");
	mesh_run_ms(m, 5000);
	f = mesh_status(m, 1);
	EXPECT(f.state == FOLDER_ERROR, "what is here cannot be looked up");
	EXPECT(memory_remove(mesh_node(m, 0)->store, "/f/b"), "it is deleted meanwhile");
	mesh_touch(m, 0);
	mesh_run_ms(m, 1000);
	memory_store_fail(mesh_node(m, 1)->store, 0, 0);
	EXPECT(mesh_settle(m, 60000), "all settle");
	f = mesh_status(m, 1);
	EXPECT(f.state == FOLDER_SYNCED && f.errors == 0, "and the error has gone");
	mesh_free(m);
}

TEST(what_was_done_though_it_failed_is_found_out)
{
	struct mesh *m = mesh_line_of(2);

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/a", "one");
	mesh_settle_after_change(m);
	memory_store_fail_late(mesh_node(m, 1)->store, 1u << JOB_APPLY, EIO);
	mesh_write(m, 0, "/f/b", "two");
	mesh_run_ms(m, 700);
	EXPECT(mesh_has(m, 1, "/f/b", "two"), "the file is there");
	EXPECT(mesh_status(m, 1).state == FOLDER_ERROR, "but the disk said no");
	memory_store_fail_late(mesh_node(m, 1)->store, 0, 0);
	EXPECT(memory_remove(mesh_node(m, 0)->store, "/f/b"), "it is deleted meanwhile");
	mesh_touch(m, 0);
	mesh_settle_after_change(m);
	EXPECT(!memory_exists(mesh_node(m, 1)->store, "/f/b"), "and goes here too");
	mesh_free(m);
}

TEST(what_was_joined_counts_when_it_is_stored_and_is_stored_whole)
{
	struct mesh *m = mesh_line_of(2);
	struct mesh_node *n = mesh_node(m, 1);
	struct folder_status f;

	memory_store_fail(n->store, 1u << JOB_RECORDS, EROFS);
	mesh_join(m, 1, RIGHTS_WRITER);
	EXPECT(!sync_folder_durable(n->sync, mesh_folder(m)),
		"nothing is on the disk yet");
	memory_store_fail(n->store, 0, 0);
	for (int i = 0; i < 100 && !sync_folder_durable(n->sync, mesh_folder(m)); i++)
		mesh_run_ms(m, 100);
	EXPECT(sync_folder_durable(n->sync, mesh_folder(m)), "it is tried again");
	mesh_crash(m, 1);
	mesh_start(m, 1);
	f = mesh_status(m, 1);
	EXPECT(f.rights == RIGHTS_WRITER, "the node that begins again knows its rights");
	EXPECT(sync_folder_durable(mesh_node(m, 1)->sync, mesh_folder(m)),
		"and that they stay");
	mesh_write(m, 1, "/f/a", "mine");
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 0, "/f/a", "mine"), "and uses them");
	mesh_free(m);
}

TEST(a_join_is_one_transaction)
{
	struct mesh *m = mesh_line_of(2);
	struct memory_store *other = memory_store_new(7), *own = mesh_node(m, 1)->store;
	char text[INVITE_TEXT_MAX];
	int64_t expires_s;
	struct hash folder;
	struct job *j;

	EXPECT_EQ(sync_invite(mesh_node(m, 0)->sync, mesh_now(m), mesh_folder(m),
			  RIGHTS_WRITER, 1, 86400, text, &expires_s),
		0, "an invite");
	EXPECT_EQ(sync_join(mesh_node(m, 1)->sync, mesh_now(m), text, "/f", &folder), 0,
		"is taken");
	/* the power goes after the first job: another disk takes the rest */
	j = sync_job_take(mesh_node(m, 1)->sync, mesh_now(m));
	memory_store_run(own, j);
	job_free(j);
	mesh_node(m, 1)->store = other;
	mesh_crash(m, 1);
	mesh_node(m, 1)->store = own;
	mesh_start(m, 1);
	EXPECT(mesh_status(m, 1).rights == RIGHTS_WRITER,
		"folder and right came together");
	memory_store_free(other);
	mesh_free(m);
}

TEST(a_restart_knows_what_stands)
{
	struct mesh *m = mesh_line_of(2);

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/d/x", "x");
	write_random(m, 0, "/f/large", 200000);
	mesh_settle_after_change(m);
	mesh_counters_zero(m);
	mesh_crash(m, 1);
	mesh_write(m, 1, "/f/d/x", "changed while down");
	mesh_start(m, 1);
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 0, "/f/d/x", "changed while down"),
		"a change while down is a version");
	EXPECT_EQ(mesh_status(m, 0).conflicts, 0, "and no conflict");
	EXPECT_EQ(mesh_node(m, 1)->piece_bytes, 0, "nothing is fetched again");
	mesh_free(m);
}

/* A state directory that was put back from an old copy, or an index that was lost. */
static void check_forgotten_commits(bool told)
{
	struct mesh *m = mesh_line_of(2);
	struct mesh_node *n = mesh_node(m, 0);

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/a", "first");
	mesh_settle_after_change(m);
	mesh_write(m, 0, "/f/b", "second");
	mesh_settle_after_change(m);
	mesh_crash(m, 0);
	memory_store_lose_commits(n->store, told);
	mesh_start(m, 0);
	EXPECT(mesh_settle(m, 60000), "what was forgotten is learned from others");
	mesh_write(m, 0, "/f/c", "third");
	mesh_write(m, 0, "/f/a", "first, changed");
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 1, "/f/c", "third"), "what is signed afterwards is believed");
	EXPECT(mesh_has(m, 1, "/f/a", "first, changed"), "also of files from before");
	EXPECT(mesh_has(m, 0, "/f/b", "second"), "and nothing is lost");
	EXPECT_EQ(mesh_status(m, 1).errors, 0, "no number was signed twice");
	mesh_free(m);
}

TEST(no_number_is_signed_twice_after_a_restore)
{
	check_forgotten_commits(false);
}

TEST(no_number_is_signed_twice_after_the_index_was_lost)
{
	check_forgotten_commits(true);
}

TEST(no_version_that_a_member_has_acknowledged_is_lost)
{
	enum { FILES = 30 };
	struct mesh *m = mesh_new(3, test_seed());
	struct rng r = test_rng();
	char path[64];

	mesh_line(m);
	mesh_share(m, 0);
	mesh_join_all(m, 3);
	EXPECT(mesh_settle(m, 60000), "all settle empty");
	for (unsigned i = 0; i < FILES; i++) {
		unsigned at = (unsigned)rng_below(&r, 3),
			 other = (unsigned)rng_below(&r, 3);
		struct text t = text_of(path, sizeof(path));

		text_string(&t, "/f/once-");
		text_u64(&t, i);
		if (mesh_node(m, at)->sync == NULL)
			mesh_start(m, at);
		mesh_write(m, at, path, path);
		mesh_run_ms(m, 250); /* long enough to be scanned and durable */
		if (mesh_node(m, other)->sync != NULL)
			mesh_crash(m, other);
		mesh_run_ms(m, (int64_t)rng_below(&r, 400));
		if (mesh_node(m, other)->sync == NULL)
			mesh_start(m, other);
	}
	mesh_run_ms(m, 3000);
	EXPECT(mesh_settle(m, 120000), "all settle");
	for (unsigned i = 0; i < FILES; i++)
		for (unsigned k = 0; k < 3; k++) {
			struct text t = text_of(path, sizeof(path));

			text_string(&t, "/f/once-");
			text_u64(&t, i);
			EXPECT(mesh_has(m, k, path, path), "every file is everywhere");
		}
	EXPECT_EQ(mesh_status(m, 0).conflicts, 0, "and nothing conflicts");
	mesh_free(m);
}

TEST(what_is_left_is_gone_and_what_is_paused_waits)
{
	struct mesh *m = mesh_line_of(2);
	struct folder_status f;

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/x", "x");
	mesh_settle_after_change(m);
	EXPECT_EQ(sync_pause(mesh_node(m, 1)->sync, mesh_now(m), mesh_folder(m), true), 0,
		"it pauses");
	mesh_write(m, 0, "/f/y", "y");
	mesh_run_ms(m, 15000);
	EXPECT(!memory_exists(mesh_node(m, 1)->store, "/f/y"), "nothing comes meanwhile");
	EXPECT_EQ(sync_pause(mesh_node(m, 1)->sync, mesh_now(m), mesh_folder(m), false),
		0, "it goes on");
	mesh_run_ms(m, 15000);
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 1, "/f/y", "y"), "now it has come");
	EXPECT_EQ(sync_leave(mesh_node(m, 1)->sync, mesh_now(m), mesh_folder(m), true), 0,
		"it leaves");
	mesh_run_ms(m, 1000);
	EXPECT(!sync_folder_at(mesh_node(m, 1)->sync, mesh_now(m), 0, &f),
		"no folder is left");
	EXPECT(mesh_has(m, 1, "/f/y", "y"), "the files stay");
	mesh_crash(m, 1);
	mesh_start(m, 1);
	EXPECT(!sync_folder_at(mesh_node(m, 1)->sync, mesh_now(m), 0, &f),
		"nor after a restart");
	mesh_free(m);
}

TEST(commands_refuse_what_cannot_be)
{
	struct mesh *m = mesh_line_of(2);
	struct sync *s = mesh_node(m, 0)->sync;
	char text[INVITE_TEXT_MAX];
	int64_t expires_s;
	struct hash h;

	EXPECT_EQ(sync_share(s, mesh_now(m), "/f/inside", "n", &h), -EEXIST,
		"inside a folder");
	EXPECT_EQ(sync_share(s, mesh_now(m), "/", "n", &h), -EEXIST, "around a folder");
	EXPECT_EQ(sync_share(s, mesh_now(m), "/ff", "", &h), -EINVAL, "without a name");
	EXPECT_EQ(sync_folder_find(s, "folder", &h), 0, "found by its name");
	EXPECT_EQ(sync_folder_find(s, "other", &h), -ENOENT, "not by another");
	EXPECT_EQ(sync_invite(s, mesh_now(m), &h, RIGHTS_WRITER, 1, 60, text, &expires_s),
		0, "an invite is made");
	EXPECT_EQ(sync_join(s, mesh_now(m), text, "/g", &h), -EEXIST, "one's own folder");
	EXPECT(sync_join(mesh_node(m, 1)->sync, mesh_now(m), "nonsense", "/g", &h) < 0,
		"no invite");
	mesh_run_ms(m, 120000);
	EXPECT_EQ(sync_join(mesh_node(m, 1)->sync, mesh_now(m), text, "/g", &h), -ETIME,
		"an expired one");
	mesh_join(m, 1, RIGHTS_READER);
	EXPECT_EQ(sync_invite(mesh_node(m, 1)->sync, mesh_now(m), mesh_folder(m),
			  RIGHTS_READER, 1, 60, text, &expires_s),
		-EACCES, "a reader invites nobody");
	mesh_free(m);
}
