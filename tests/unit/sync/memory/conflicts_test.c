/* SPDX-License-Identifier: ISC */
/* What becomes of changes on both sides of a cut. */
#include "tests/unit/sync/memory/mesh.h"

static struct mesh *parted(void)
{
	struct mesh *m = mesh_line_of(2);

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/x", "first");
	mesh_write(m, 0, "/f/d/in", "in");
	mesh_settle_after_change(m);
	mesh_link(m, 0, 1, false);
	return m;
}

static void heal(struct mesh *m)
{
	mesh_run_ms(m, 60000);
	mesh_link(m, 0, 1, true);
	mesh_settle_after_change(m);
}

TEST(two_edits_of_one_file_are_both_kept_and_listed)
{
	struct mesh *m = parted();
	struct conflict_status c;

	mesh_write(m, 0, "/f/x", "left");
	mesh_run_ms(m, 1000);
	mesh_write(m, 1, "/f/x", "right");
	heal(m);
	EXPECT(mesh_has(m, 0, "/f/x", "right"), "the newer one is shown");
	for (unsigned i = 0; i < 2; i++) {
		EXPECT_EQ(mesh_status(m, i).conflicts, 1, "one conflict everywhere");
		EXPECT(sync_conflict_at(mesh_node(m, i)->sync, mesh_folder(m), 0, 1, &c),
			"with two versions");
		EXPECT(!sync_conflict_at(mesh_node(m, i)->sync, mesh_folder(m), 0, 2, &c),
			"and no third");
		EXPECT_STRING(c.path, "x", "by its path");
	}
	mesh_free(m);
}

TEST(an_edit_beats_a_deletion)
{
	struct mesh *m = parted();

	mesh_write(m, 0, "/f/x", "kept");
	mesh_run_ms(m, 1000);
	EXPECT(memory_remove(mesh_node(m, 1)->store, "/f/x"), "deleted elsewhere, later");
	mesh_touch(m, 1);
	heal(m);
	EXPECT(mesh_has(m, 1, "/f/x", "kept"), "the edit is shown");
	EXPECT_EQ(mesh_status(m, 0).conflicts, 1, "and the deletion is listed");
	mesh_free(m);
}

TEST(a_directory_deleted_while_filled_stays)
{
	struct mesh *m = parted();

	mesh_write(m, 0, "/f/d/new", "new");
	EXPECT(memory_remove(mesh_node(m, 1)->store, "/f/d"),
		"deleted on the other side");
	mesh_touch(m, 1);
	heal(m);
	EXPECT(mesh_has(m, 1, "/f/d/new", "new"), "what was made meanwhile lives");
	EXPECT(!memory_exists(mesh_node(m, 0)->store, "/f/d/in"), "the rest is deleted");
	EXPECT(memory_remove(mesh_node(m, 0)->store, "/f/d/new"), "the last one goes");
	mesh_touch(m, 0);
	mesh_settle_after_change(m);
	EXPECT(!memory_exists(mesh_node(m, 1)->store, "/f/d"),
		"and the directory with it");
	mesh_free(m);
}

TEST(two_new_files_of_one_name_conflict_unless_alike)
{
	struct mesh *m = parted();

	mesh_write(m, 0, "/f/n", "a");
	memory_write(mesh_node(m, 0)->store, "/f/same", BYTES("s"), 0644, 9);
	mesh_run_ms(m, 1000);
	mesh_write(m, 1, "/f/n", "b");
	memory_write(mesh_node(m, 1)->store, "/f/same", BYTES("s"), 0644, 9);
	mesh_run_ms(m, 1000);
	heal(m);
	EXPECT(mesh_has(m, 0, "/f/n", "b"), "the newer is shown");
	EXPECT_EQ(mesh_status(m, 0).conflicts, 1, "only the one that differs is listed");
	EXPECT_EQ(mesh_status(m, 1).conflicts, 1, "on both sides");
	EXPECT(memory_remove(mesh_node(m, 0)->store, "/f/same"),
		"the shared one is deleted");
	mesh_touch(m, 0);
	mesh_settle_after_change(m);
	EXPECT(!memory_exists(mesh_node(m, 1)->store, "/f/same"), "and leaves no shadow");
	mesh_free(m);
}

TEST(two_new_directories_of_one_name_become_one)
{
	struct mesh *m = parted();

	mesh_write(m, 0, "/f/new/left", "l");
	mesh_write(m, 1, "/f/new/right", "r");
	mesh_run_ms(m, 1000);
	heal(m);
	for (unsigned i = 0; i < 2; i++) {
		EXPECT(mesh_has(m, i, "/f/new/left", "l") &&
				mesh_has(m, i, "/f/new/right", "r"),
			"all children lie in one directory");
		EXPECT_EQ(mesh_status(m, i).conflicts, 0, "and that is no conflict");
	}
	EXPECT(memory_rename(mesh_node(m, 1)->store, "/f/new", "/f/renamed"),
		"it is renamed");
	mesh_touch(m, 1);
	mesh_settle_after_change(m);
	EXPECT(mesh_has(m, 0, "/f/renamed/left", "l") &&
			mesh_has(m, 0, "/f/renamed/right", "r"),
		"as a whole");
	EXPECT(!memory_exists(mesh_node(m, 0)->store, "/f/new"), "without a shadow");
	mesh_free(m);
}

TEST(moves_that_make_a_cycle_settle_the_same_way)
{
	struct mesh *m = mesh_line_of(2);

	mesh_join_all(m, 2);
	mesh_write(m, 0, "/f/a/x", "a");
	mesh_write(m, 0, "/f/b/y", "b");
	mesh_settle_after_change(m);
	mesh_link(m, 0, 1, false);
	EXPECT(memory_rename(mesh_node(m, 0)->store, "/f/a", "/f/b/a"), "a into b");
	mesh_touch(m, 0);
	mesh_run_ms(m, 1000);
	EXPECT(memory_rename(mesh_node(m, 1)->store, "/f/b", "/f/a/b"), "b into a");
	mesh_touch(m, 1);
	heal(m);
	EXPECT(mesh_has(m, 1, "/f/b/a/x", "a") && mesh_has(m, 1, "/f/b/y", "b"),
		"the older move holds");
	mesh_free(m);
}
