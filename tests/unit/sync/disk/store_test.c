/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "sync/disk/packs.h"
#include "tests/unit/sync/disk/world.h"

static struct hash put(struct world *w, struct bytes plain, int *result)
{
	struct job *j = new_job(w, JOB_OBJECT_PUT);

	j->data = mem_new(CHUNK_SEALED_MAX);
	j->data_len = chunk_seal(&w->key, plain, j->data, &j->object);
	disk_run(w->disk, j);
	*result = j->result;

	struct hash id = j->object;

	job_free(j);
	return id;
}

static int get(struct world *w, const struct hash *id)
{
	struct job *j = new_job(w, JOB_OBJECT_GET);
	int result;

	j->object = *id;
	disk_run(w->disk, j);
	result = j->result;
	if (!result)
		EXPECT(object_verify(id, bytes_of(j->data, j->data_len)),
			"what is served is what was asked for");
	job_free(j);
	return result;
}

static bool here(struct world *w, const struct hash *id)
{
	struct job *j = new_job(w, JOB_CHECK);
	bool result;

	j->check_count = 1;
	j->check_ids = mem_copy(id, sizeof(*id));
	j->check_here = mem_new(1);
	disk_run(w->disk, j);
	result = j->check_here[0];
	job_free(j);
	return result;
}

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	uint8_t b;

	EXPECT(fd >= 0 && pread(fd, &b, 1, at) == 1, "a byte is read");
	b ^= 0x40;
	EXPECT_EQ(pwrite(fd, &b, 1, at), 1, "and written wrong");
	close(fd);
}

TEST(objects_come_back_as_they_were_put)
{
	struct world w;
	struct hash id, other;
	int result;

	world_init(&w);
	id = put(&w, BYTES("some plain text"), &result);
	EXPECT_EQ(result, 0, "it is put");
	id = put(&w, BYTES("some plain text"), &result);
	EXPECT_EQ(result, 0, "twice is once");
	EXPECT(here(&w, &id), "it is here");
	EXPECT_EQ(get(&w, &id), 0, "it comes back");
	other = id;
	other.b[0] ^= 1;
	EXPECT(!here(&w, &other), "another is not");
	EXPECT_EQ(get(&w, &other), -ENOENT, "and does not come");
	world_reopen(&w);
	EXPECT_EQ(get(&w, &id), 0, "it comes back after a restart");
	world_fini(&w);
}

TEST(a_damaged_object_is_never_served)
{
	struct world w;
	struct hash id;
	char path[200];
	int result;

	world_init(&w);
	id = put(&w, BYTES("some plain text"), &result);
	disk_idle(w.disk);
	snprintf(path, sizeof(path), "%s/objects/00000001.pack", w.state);
	flip(path, 60);
	EXPECT_EQ(get(&w, &id), -ENOENT, "it is not served");
	EXPECT(!here(&w, &id), "and forgotten");
	put(&w, BYTES("some plain text"), &result);
	EXPECT_EQ(get(&w, &id), 0, "put again it is good");
	world_fini(&w);
}

TEST(objects_of_the_users_files_are_checked)
{
	struct world w;
	struct job *j;
	struct hash id;
	struct stat st;

	world_init(&w);
	write_text(&w, "f", "one version");
	j = scan(&w);
	id = j->scan_items[0].content;
	adopt_items(&w, j);
	job_free(j);
	EXPECT_EQ(get(&w, &id), 0, "it is read from the file");
	EXPECT_EQ(stat(full_path(&w, "f"), &st), 0, "the file is there");
	flip(full_path(&w, "f"), 3);
	utimensat(AT_FDCWD, full_path(&w, "f"),
		(struct timespec[2]){ st.st_atim, st.st_mtim }, 0);
	EXPECT_EQ(get(&w, &id), -ENOENT, "other bytes are not served");
	EXPECT(!here(&w, &id), "and forgotten");
	j = scan(&w);
	EXPECT_EQ(j->scan_count, 1, "the file is read again");
	job_free(j);
	world_fini(&w);
}

static off_t packs_size(const struct world *w, unsigned *count)
{
	char path[200];
	struct dirent *e;
	off_t size = 0;
	DIR *d;

	*count = 0;
	snprintf(path, sizeof(path), "%s/objects", w->state);
	d = opendir(path);
	EXPECT(d != NULL, "the packs have a directory");
	while ((e = readdir(d)) != NULL) {
		struct stat st;

		if (strstr(e->d_name, ".pack") == NULL)
			continue;
		fstatat(dirfd(d), e->d_name, &st, 0);
		size += st.st_size;
		++*count;
	}
	closedir(d);
	return size;
}

TEST(what_is_in_the_users_files_leaves_the_packs)
{
	struct world a, b;
	struct rng rng = test_rng();
	size_t len = 12 * 1000 * 1000;
	uint8_t *data = mem_new(len);
	unsigned count;

	world_init(&a);
	world_init(&b);
	rng_fill(&rng, data, len);
	write_file(&a, "f", data, len);
	replicate(&a, &b);
	EXPECT(packs_size(&b, &count) < 1000 * 1000, "the room is won back");
	EXPECT_EQ(count, 1, "in one pack");
	replicate(&b, &a);
	expect_same_trees(&a, &b);
	EXPECT_EQ(settle(&b), 0, "and all is well");
	mem_free(data);
	world_fini(&a);
	world_fini(&b);
}

static struct record record_of(
	const struct world *w, enum record_kind kind, const char *value)
{
	return (struct record){ .folder = w->folder,
		.kind = kind,
		.key = { 1, 2, 3 },
		.key_len = 3,
		.value = mem_copy(value, strlen(value)),
		.value_len = strlen(value) };
}

static void put_records(struct world *w)
{
	struct job *j = new_job(w, JOB_RECORDS);

	j->records = mem_array(2, sizeof(*j->records));
	j->records[0] = record_of(w, RECORD_FOLDER, "a secret");
	j->records[1] = record_of(w, RECORD_COMMIT, "a commit");
	j->record_count = 2;
	disk_run(w->disk, j);
	EXPECT_EQ(j->result, 0, "records are put");
	job_free(j);
}

static struct job *load(struct world *w)
{
	struct job *j = job_new(JOB_LOAD);

	disk_run(w->disk, j);
	EXPECT_EQ(j->result, 0, "records are loaded");
	return j;
}

TEST(records_last)
{
	struct world w;
	struct job *j;

	world_init(&w);
	put_records(&w);
	world_reopen(&w);
	j = load(&w);
	EXPECT_EQ(j->record_count, 2, "both are there");
	EXPECT_BYTES(bytes_of(j->records[0].value, j->records[0].value_len),
		BYTES("a secret"), "with their values");
	EXPECT_EQ(j->records[0].key_len, 3, "and keys");
	j->records[0].remove = true;
	j->kind = JOB_RECORDS;
	disk_run(w.disk, j);
	job_free(j);
	j = load(&w);
	EXPECT_EQ(j->record_count, 1, "one was removed");
	EXPECT(!disk_rebuilt(w.disk), "nothing was begun anew");
	job_free(j);
	world_fini(&w);
}

TEST(a_damaged_index_is_begun_anew)
{
	static const char *const damaged[] = { "index.sqlite", "vault.sqlite" };

	for (size_t i = 0; i < array_len(damaged); i++) {
		struct world w;
		struct hash id;
		struct job *j;
		char path[200];
		int result, fd;

		world_init(&w);
		put_records(&w);
		write_text(&w, "f", "content");
		settle(&w);
		id = put(&w, BYTES("an object"), &result);
		disk_close(w.disk);
		snprintf(path, sizeof(path), "%s/%s", w.state, damaged[i]);
		fd = open(path, O_WRONLY);
		EXPECT_EQ(pwrite(fd, "garbage garbage garbage", 23, 0), 23,
			"it is damaged");
		close(fd);
		EXPECT_EQ(disk_open(&w.disk, w.state, &w.log), 0, "the disk opens");
		EXPECT_EQ(disk_rebuilt(w.disk), i == 0, "it says what it did");
		world_reopen(&w);
		EXPECT_EQ(disk_rebuilt(w.disk), i == 0,
			"also at the next start, if nobody has acted on it");
		snprintf(path, sizeof(path), "%s/%s.corrupt-1", w.state, damaged[i]);
		EXPECT_EQ(access(path, F_OK), 0, "the damaged one is kept");
		j = load(&w);
		EXPECT_EQ(j->record_count, i == 0 ? 1 : 2, "all but commits are there");
		EXPECT_EQ(j->records[0].kind, RECORD_FOLDER, "secrets among them");
		job_free(j);
		put_records(&w);
		world_reopen(&w);
		EXPECT(!disk_rebuilt(w.disk), "and not after somebody has");
		EXPECT_EQ(get(&w, &id), 0, "objects are found again");
		EXPECT_EQ(settle(&w), i == 0 ? 1 : 0, "the tree is scanned again");
		world_fini(&w);
	}
}

TEST(a_newer_index_is_left_alone)
{
	struct world w;
	char path[200];
	int fd;

	world_init(&w);
	disk_close(w.disk);
	snprintf(path, sizeof(path), "%s/index.sqlite", w.state);
	fd = open(path, O_WRONLY);
	EXPECT_EQ(pwrite(fd, "\0\0\0\11", 4, 60), 4, "the format is a later one");
	close(fd);
	EXPECT_EQ(disk_open(&w.disk, w.state, &w.log), -ENOTSUP, "it is not opened");
	snprintf(path, sizeof(path), "%s/index.sqlite.corrupt-1", w.state);
	EXPECT(access(path, F_OK) != 0, "and not moved");
	w.disk = NULL;
	world_fini(&w);
}

TEST(one_state_directory_has_one_owner)
{
	struct world w;
	struct disk *second;

	world_init(&w);
	settle(&w);
	EXPECT_EQ(disk_open(&second, w.state, &w.log), -EBUSY, "the second is refused");
	world_fini(&w);
}

TEST(a_forgotten_folder_leaves_only_the_files)
{
	struct world w;
	struct job *j;

	world_init(&w);
	put_records(&w);
	write_text(&w, "f", "content");
	settle(&w);
	j = new_job(&w, JOB_FORGET);
	mem_free(j->path);
	j->path = NULL;
	disk_run(w.disk, j);
	EXPECT_EQ(j->result, 0, "it is forgotten");
	job_free(j);
	EXPECT(has_text(&w, "f", "content"), "the file stays");
	EXPECT(!exists(&w, ".qanat"), "the marker does not");
	j = load(&w);
	EXPECT_EQ(j->record_count, 0, "nor the records");
	job_free(j);
	EXPECT_EQ(settle(&w), 1, "and it may be shared again");
	world_fini(&w);
}

/* ---- full and read-only disks, in a mount namespace of their own ---- */

static bool own_mounts(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* b's folder on a small file system. */
static void mount_small(struct world *b, const char *size)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%s", size);
	EXPECT_EQ(mount("small", b->dir, "tmpfs", 0, options), 0,
		"a small disk is mounted");
}

static void in_small_disk(void)
{
	struct world a, b;
	struct rng rng = test_rng();
	size_t len = 6 * 1000 * 1000;
	uint8_t *data = mem_new(len);
	struct apply_item item[2];
	struct job *j;

	if (!own_mounts())
		_exit(77);
	world_init(&a);
	world_init(&b);
	mount_small(&b, "4m");
	write_text(&a, "small", "1");
	write_text(&a, "big", "2");
	replicate(&a, &b);
	rng_fill(&rng, data, len);
	write_file(&a, "big", data, len);
	write_text(&a, "small", "changed");
	j = scan(&a);
	for (unsigned i = 0; i < 2; i++) {
		struct hash v = version_of(900 + i);

		item[i] = apply_of(&j->scan_items[i], &v);
		EXPECT(copy_objects(&a, &b, item[i].content_depth, &item[i].content),
			"sent");
	}
	job_free(j);
	j = new_job(&b, JOB_APPLY);
	j->apply_items = mem_copy(item, sizeof(item));
	j->apply_count = 2;
	disk_run(b.disk, j);
	EXPECT_EQ(j->apply_items[0].name_len, 3, "the big one is first");
	EXPECT_EQ(j->apply_items[0].result, -ENOSPC, "it does not fit");
	EXPECT_EQ(j->apply_items[1].result, 0, "the small one does");
	EXPECT(has_text(&b, "big", "2") && has_text(&b, "small", "changed"),
		"all is whole");
	job_free(j);
	EXPECT_EQ(settle(&b), 0, "nothing is taken for an edit");
	EXPECT_EQ(mount(NULL, b.dir, NULL, MS_REMOUNT, "size=64m"), 0, "the disk grows");
	EXPECT_EQ(apply_one(&b, &item[0]), 0, "now it fits");
	EXPECT_EQ(mount(NULL, b.dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0, "read-only");
	item[1].replaces = item[1].version;
	item[1].version = version_of(990);
	item[1].content = item[0].content;
	item[1].content_depth = item[0].content_depth;
	item[1].size = item[0].size;
	EXPECT_EQ(apply_one(&b, &item[1]), -EROFS, "nothing can be written");
	EXPECT(has_text(&b, "small", "changed"), "nothing is lost");
	EXPECT_EQ(settle(&b), 0, "it can still be scanned");
	umount(b.dir);
	j = scan(&b);
	EXPECT_EQ(j->result, -ENOTCONN, "an unmounted folder is no deletion");
	job_free(j);
	mem_free(data);
	world_fini(&a);
	world_fini(&b);
}

static void in_small_state(void)
{
	struct world w;
	struct rng rng = test_rng();
	uint8_t data[60000];
	char base[] = "/tmp/qanat-disk-XXXXXX";
	int result = 0;

	if (!own_mounts())
		_exit(77);
	EXPECT(mkdtemp(base) != NULL, "a directory is made");
	EXPECT_EQ(mount("small", base, "tmpfs", 0, "size=16m"), 0,
		"a small disk is mounted");
	world_init_at(&w, base);
	for (unsigned i = 0; i < 1000 && result == 0; i++) {
		rng_fill(&rng, data, sizeof(data));
		put(&w, bytes_of(data, sizeof(data)), &result);
	}
	EXPECT_EQ(result, -ENOSPC, "the store stops before the disk is full");
	put_records(&w);
	write_text(&w, "f", "content");
	EXPECT_EQ(settle(&w), 1, "records and scans still have room");
	disk_close(w.disk);
	umount(base);
	rmdir(base);
}

/* Runs it in a child, so that its mounts and filters end with it. */
static void apart(void (*run)(void))
{
	int child = test_fork(), status;

	if (child == 0) {
		run();
		test_child_end();
	}
	EXPECT_EQ(waitpid(child, &status, 0), child, "the child ends");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP("the kernel refuses what this needs (a mount namespace, a filter)");
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		"what the child expected holds");
}

TEST(a_full_or_read_only_disk_loses_nothing)
{
	apart(in_small_disk);
}

/* ---- kernels and file systems that know less ---- */

/* openat2 is not there, and renames take no flags. */
static bool forget_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 2, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	};
	struct sock_fprog program = { array_len(filter), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void with_less(void)
{
	struct world a, b;
	struct job *j;

	if (!forget_calls())
		_exit(77);
	world_init(&a);
	world_init(&b);
	make_directory(&a, "d");
	write_text(&a, "d/f", "one");
	write_text(&a, "g", "g");
	make_link(&a, "l", "g");
	replicate(&a, &b);
	expect_same_trees(&a, &b);
	write_text(&a, "d/f", "one, changed");
	rename_path(&a, "g", "d/g");
	rename_path(&a, "d", "e");
	remove_path(&a, "l");
	make_link(&a, "l", "elsewhere");
	replicate(&a, &b);
	expect_same_trees(&a, &b);
	EXPECT(strstr(b.last_log, "weaker way") != NULL, "the weaker way is said");
	remove_path(&b, "e");
	make_link(&b, "e", a.dir);
	j = scan(&b);
	for (size_t i = 0; i < j->scan_count; i++)
		EXPECT(j->scan_items[i].change == SCAN_GONE ||
				j->scan_items[i].name_len == 1,
			"no link is followed");
	EXPECT(find_item(j, "e") != NULL, "the link itself is told");
	job_free(j);
	world_fini(&a);
	world_fini(&b);
}

TEST(older_kernels_and_file_systems_will_do)
{
	apart(with_less);
}

TEST(the_store_leaves_room_for_the_index)
{
	apart(in_small_state);
}
