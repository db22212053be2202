/* SPDX-License-Identifier: ISC */
/* Forwarding of both address families, and what the kernel changes along with it. */
#include "node/warden/forwarding.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/base/text.h"

enum { RECORD_SIZE_MAX = 64 * 1024, PATH_ROOM = 512 };

#ifndef SO_NETNS_COOKIE /* Linux 5.14 */
#define SO_NETNS_COOKIE 71
#endif

/* What is kept; those for all interfaces come first, because writing them changes each. */
static const char *const kept[] = { "ipv4/ip_forward", "ipv4/conf/all/accept_redirects",
	"ipv4/conf/*/forwarding", "ipv6/conf/all/forwarding", "ipv6/conf/*/forwarding",
	"ipv6/conf/*/accept_ra" };

static void head_write(struct text *t)
{
	char boot[64];

	sysctl_line("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	text_string(t, "qanat-warden 1\nboot ");
	text_string(t, boot);
	text_string(t, "\n");
}

/* Calls f for every value that the pattern names. */
static int each(
	const char *pattern, int (*f)(void *, const char *, const char *), void *context)
{
	glob_t found = { 0 };
	int err = 0;

	(void)glob(sysctl_path(pattern, "", "").s, GLOB_NOSORT, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc && err == 0; i++) {
		char value[SYSCTL_VALUE_MAX + 1];

		sysctl_line(found.gl_pathv[i], value, sizeof(value));
		err = f(context, found.gl_pathv[i], value);
	}
	globfree(&found);
	return err;
}

static int note(void *context, const char *path, const char *value)
{
	struct text *t = context;

	text_string(t, path + strlen(SYSCTL_ROOT));
	text_string(t, " ");
	text_string(t, value);
	text_string(t, "\n");
	return t->cut ? -EFBIG : 0;
}

/* An interface that listens to routers would stop to do so once it forwards. */
static int keep_listening(void *context, const char *path, const char *value)
{
	(void)context;
	return strcmp(value, "1") == 0 ? sysctl_write(path, "2") : 0;
}

bool forwarding_line_take(const char **text, struct forwarding_line *line)
{
	const char *s = *text;
	size_t path = strcspn(s, " \n"), value;

	if (s[path] != ' ' || path == 0 || path > SYSCTL_PATH_MAX)
		return false;
	value = strspn(s + path + 1, "-0123456789");
	if (value == 0 || value > SYSCTL_VALUE_MAX || s[path + 1 + value] != '\n')
		return false;
	*line = (struct forwarding_line){ 0 };
	memcpy(line->path, s, path);
	memcpy(line->value, s + path + 1, value);
	*text = s + path + value + 2;
	return (strncmp(s, "ipv4/", 5) == 0 || strncmp(s, "ipv6/", 5) == 0) &&
	       strstr(line->path, "/.") == NULL;
}

/* One of another boot describes values that are gone. */
static int apply(const char *record)
{
	char head[128];
	struct text t = text_of(head, sizeof(head));
	struct forwarding_line line;
	int err = 0;

	head_write(&t);
	if (strncmp(record, head, t.len) != 0)
		return 0;
	record += t.len;
	while (forwarding_line_take(&record, &line)) {
		int failed = sysctl_write(sysctl_path(line.path, "", "").s, line.value);

		err = err < 0 ? err : failed;
	}
	return err;
}

/* Named for the network namespace, by a number that the kernel never uses twice. */
static int path_write(char path[PATH_ROOM], const char *directory, const char *ending)
{
	struct text t = text_of(path, PATH_ROOM);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		return -errno;
	(void)getsockopt(s, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len);
	close(s);
	text_string(&t, directory);
	text_string(&t, "/net");
	text_u64(&t, cookie);
	text_string(&t, ending);
	return t.cut ? -ENAMETOOLONG : 0;
}

/* Puts back what the record says, and removes it. */
static int undo(const char *path, int record)
{
	static char text[RECORD_SIZE_MAX];
	ssize_t n = pread(record, text, sizeof(text) - 1, 0);
	int err;

	if (n < 0)
		return -errno;
	text[n] = 0;
	err = apply(text);
	return unlink(path) < 0 && err == 0 ? -errno : err;
}

int forwarding_restore(const char *directory)
{
	char path[PATH_ROOM];
	int err = path_write(path, directory, ""), fd;

	if (err < 0)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	/* locked: its warden lives */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		err = undo(path, fd);
	close(fd);
	return err;
}

int forwarding_record(struct forwarding *f, const char *directory, bool *alone)
{
	static char text[RECORD_SIZE_MAX];
	struct text t = text_of(text, sizeof(text));
	char path[PATH_ROOM], beside[PATH_ROOM];
	int err = path_write(path, directory, "");

	if (err == 0)
		err = path_write(beside, directory, ".new");
	head_write(&t);
	for (size_t i = 0; i < array_len(kept) && err == 0; i++)
		err = each(kept[i], note, &t);
	if (err < 0)
		return err;
	*alone = strstr(text, "forwarding 1\n") == NULL;
	(void)unlink(beside);
	f->record = open(beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (f->record < 0)
		return -errno;
	/* the lock is taken before it has its name, which is taken if there is another */
	if (flock(f->record, LOCK_EX | LOCK_NB) == 0 &&
		write(f->record, text, t.len) == (ssize_t)t.len &&
		fsync(f->record) == 0 &&
		renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	err = errno == EEXIST ? -EBUSY : errno != 0 ? -errno : -EIO;
	(void)unlink(beside);
	close(f->record);
	f->record = -1;
	return err;
}

int forwarding_on(void)
{
	int err = each("ipv6/conf/*/accept_ra", keep_listening, NULL);

	if (err == 0)
		err = sysctl_write(SYSCTL_ROOT "ipv4/ip_forward", "1");
	if (err == 0)
		err = sysctl_write(SYSCTL_ROOT "ipv6/conf/all/forwarding", "1");
	return err;
}

void forwarding_off(struct forwarding *f, const char *directory)
{
	char path[PATH_ROOM];

	if (f->record < 0)
		return;
	if (path_write(path, directory, "") == 0)
		(void)!undo(path, f->record);
	close(f->record);
	f->record = -1;
}
