/* SPDX-License-Identifier: ISC */
#include "sync/disk/watch.h"

#include <poll.h>

#include "tests/unit/sync/disk/world.h"

/* Reads until a folder was touched, or for two seconds. */
static bool touched(struct watch *w, struct hash *folder)
{
	for (;;) {
		struct pollfd p = { .fd = watch_fd(w), .events = POLLIN };

		if (watch_take(w, folder))
			return true;
		if (poll(&p, 1, 2000) <= 0)
			return false;
		EXPECT_EQ(watch_read(w), 0, "events are read");
	}
}

static void drain(struct watch *w)
{
	struct hash folder;

	EXPECT_EQ(watch_read(w), 0, "events are read");
	while (watch_take(w, &folder))
		continue;
}

TEST(a_touched_folder_is_named)
{
	struct world a, b;
	struct watch *w;
	struct hash folder;

	world_init(&a);
	world_init(&b);
	b.folder.b[0] = 2;
	make_directory(&a, "d");
	EXPECT_EQ(watch_open(&w), 0, "a watch opens");
	EXPECT_EQ(watch_add(w, &a.folder, a.dir), 0, "a folder is added");
	EXPECT_EQ(watch_add(w, &b.folder, b.dir), 0, "and another");
	EXPECT(!watch_take(w, &folder), "nothing happened yet");
	write_text(&a, "d/f", "x");
	EXPECT(touched(w, &folder) && id_equal(&folder, &a.folder),
		"the first was touched");
	drain(w);
	make_directory(&b, "new");
	make_directory(&b, "new/below");
	EXPECT(touched(w, &folder) && id_equal(&folder, &b.folder),
		"the second was touched");
	drain(w);
	write_text(&b, "new/below/f", "x");
	EXPECT(touched(w, &folder) && id_equal(&folder, &b.folder), "in a new directory");
	drain(w);
	make_directory(&a, ".qanat");
	drain(w);
	write_text(&a, ".qanat/x", "x");
	EXPECT_EQ(watch_read(w), 0, "events are read");
	EXPECT(!watch_take(w, &folder), "our own directory does not count");
	watch_remove(w, &b.folder);
	write_text(&b, "g", "x");
	EXPECT_EQ(watch_read(w), 0, "events are read");
	EXPECT(!watch_take(w, &folder), "nor does a folder that was removed");
	watch_close(w);
	world_fini(&a);
	world_fini(&b);
}
