/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/crypto/hash.h"
#include "node/daemon/state.h"
#include "tests/test.h"

static char base[64], dir[96];
static struct state st;
static const char *what;

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *f)
{
	(void)s;
	(void)kind;
	(void)f;
	return remove(path);
}

static void begin(void)
{
	snprintf(base, sizeof(base), "/tmp/qanat-state-XXXXXX");
	EXPECT(crypto_start() == 0 && mkdtemp(base) != NULL, "a place");
	snprintf(dir, sizeof(dir), "%s/a/b", base);
	EXPECT_EQ(state_open(&st, dir, &what), 0, "it is made");
}

static void end(void)
{
	state_close(&st);
	nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *text)
{
	int fd = openat(st.dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	EXPECT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text),
		"it is written");
	close(fd);
}

TEST(a_state_directory_is_private_and_has_one_node)
{
	struct state second;
	struct stat s;

	begin();
	EXPECT(stat(dir, &s) == 0 && (s.st_mode & 0777) == 0700, "nobody else looks in");
	EXPECT_EQ(state_open(&second, dir, &what), -EBUSY, "a second node is refused");
	state_close(&st);
	EXPECT_EQ(state_open(&st, dir, &what), 0, "when the first has gone it may");
	end();
}

TEST(a_state_directory_that_cannot_be_is_named)
{
	char path[128];
	struct state s;

	begin();
	put("file", "x");
	snprintf(path, sizeof(path), "%s/file", dir);
	EXPECT(state_open(&s, path, &what) < 0, "a file is no directory");
	EXPECT(what != NULL && *what != '\0', "what failed is said");
	EXPECT(state_open(&s, "", &what) < 0, "nor is nothing");
	EXPECT(s.dir == -1 && s.lock == -1, "nothing stays open");
	end();
}

TEST(an_identity_is_made_once_and_kept)
{
	struct rng rng = test_rng();
	struct keypair a, b;
	struct stat s;

	begin();
	EXPECT_EQ(state_identity(&st, &rng, &a), 0, "it is made");
	EXPECT(st.new_identity, "and said to be new");
	EXPECT(fstatat(st.dir, "identity", &s, 0) == 0 && (s.st_mode & 0777) == 0600,
		"private");
	state_close(&st);
	EXPECT_EQ(state_open(&st, dir, &what), 0, "another start");
	EXPECT_EQ(state_identity(&st, &rng, &b), 0, "it is read");
	EXPECT(!st.new_identity && id_equal(&a.id, &b.id), "it is the same");
	end();
}

TEST(a_damaged_identity_is_never_replaced)
{
	static const char *const rows[] = { "", "qanat identity 1 ", "qanat identity 2 ",
		"0123456789abcdef", "0123456789abcdef0123456789abcde", NULL };
	static const char good[] =
		"qanat identity 1 "
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
	struct rng rng = test_rng();
	struct keypair k;
	char text[256];

	begin();
	for (size_t i = 0; rows[i] != NULL; i++) {
		put("identity", rows[i]);
		EXPECT_EQ(state_identity(&st, &rng, &k), -EBADMSG, "cut or strange");
	}
	/* each byte of a good one, changed to what a careless reader would skip */
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		memcpy(text, good, sizeof(good));
		text[i] = text[i] == ' ' ? '_' : ' ';
		put("identity", text);
		EXPECT_EQ(state_identity(&st, &rng, &k), -EBADMSG, "one byte is damaged");
	}
	put("identity", good);
	EXPECT_EQ(state_identity(&st, &rng, &k), 0, "the good one is read");
	end();
}

TEST(the_sequence_only_goes_ahead)
{
	uint64_t a, b;

	begin();
	EXPECT_EQ(state_sequence_begin(&st, &a), 0, "the first start");
	EXPECT_EQ(a, 1, "begins at one");
	EXPECT_EQ(state_sequence_keep(&st, a + 100), 0, "used a little");
	EXPECT_EQ(state_sequence_begin(&st, &b), 0, "a start after a crash");
	EXPECT(b > a + 100, "goes above whatever was used");
	a = b + (1 << 21);
	EXPECT_EQ(state_sequence_keep(&st, a), 0, "used a lot");
	EXPECT_EQ(state_sequence_begin(&st, &b), 0, "again");
	EXPECT(b > a, "goes above that");
	end();
}

TEST(a_damaged_sequence_begins_low_and_never_wraps)
{
	static const char *const rows[] = { "", "x", "-1", "18446744073709551615",
		"99999999999999999999", "9223372036854775808", NULL };
	uint64_t sequence;

	begin();
	for (size_t i = 0; rows[i] != NULL; i++) {
		put("sequence", rows[i]);
		EXPECT_EQ(state_sequence_begin(&st, &sequence), 0, "it is taken as none");
		EXPECT_EQ(sequence, 1, "the mesh tells the node where it was");
		EXPECT(st.saved > sequence, "and it is saved ahead");
	}
	put("sequence", "41\n");
	EXPECT_EQ(state_sequence_begin(&st, &sequence), 0, "a good one");
	EXPECT_EQ(sequence, 42, "goes on");
	end();
}

TEST(the_mesh_is_kept_as_it_was_written_and_for_its_owner_only)
{
	uint8_t *read = NULL;
	char path[128];
	struct stat found;
	size_t len;

	begin();
	EXPECT_EQ(state_mesh_read(&st, &read, &len), -ENOENT, "there is none");
	EXPECT_EQ(state_mesh_write(&st, bytes_of("a\0b", 3)), 0, "it is written");
	EXPECT_EQ(state_mesh_write(&st, bytes_of("c\0d!", 4)), 0, "and replaced");
	EXPECT_EQ(state_mesh_read(&st, &read, &len), 0, "it is read");
	EXPECT_BYTES(bytes_of(read, len), bytes_of("c\0d!", 4), "as it was");
	mem_free(read);
	snprintf(path, sizeof(path), "%s/mesh", dir);
	EXPECT(stat(path, &found) == 0 && (found.st_mode & 0777) == 0600, "mode 0600");
	EXPECT(truncate(path, (off_t)1 << 30) == 0, "a file beyond reason");
	EXPECT_EQ(state_mesh_read(&st, &read, &len), -EBADMSG, "is none of ours");
	EXPECT(unlink(path) == 0 && symlink("identity", path) == 0, "a link");
	EXPECT_EQ(state_mesh_read(&st, &read, &len), -ELOOP, "is not followed");
	end();
}
