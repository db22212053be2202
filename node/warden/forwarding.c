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
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/text.h"

#ifndef SO_NETNS_COOKIE /* Linux 5.14 */
#define SO_NETNS_COOKIE 71
#endif

enum { RECORD_SIZE_MAX = 64 * 1024 };

static const char head[] = "qanat-warden 1\nboot ";
/* What a gateway needs, and what the kernel changes along with it; those for all interfaces
 * come first, because writing them changes those of each. */
static const char *const values[] = { "ipv4/ip_forward", "ipv4/conf/all/accept_redirects",
	"ipv4/conf/*/forwarding", "ipv6/conf/all/forwarding", "ipv6/conf/*/forwarding",
	"ipv6/conf/*/accept_ra" };

static void head_write(struct text *t)
{
	char boot[64];

	sysctl_line("/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	text_string(t, head);
	text_string(t, boot);
	text_string(t, "\n");
}

static void values_note(struct text *t, const char *pattern, bool *alone)
{
	glob_t found = { 0 };

	(void)glob(sysctl_path(pattern, "", "").s, GLOB_NOSORT, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char value[SYSCTL_VALUE_MAX + 1];

		sysctl_line(found.gl_pathv[i], value, sizeof(value));
		text_string(t, found.gl_pathv[i] + strlen(SYSCTL_ROOT));
		text_string(t, " ");
		text_string(t, value);
		text_string(t, "\n");
		if (strstr(pattern, "forward") != NULL && strcmp(value, "0") != 0)
			*alone = false;
	}
	globfree(&found);
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
	memcpy(line->path, s, path);
	line->path[path] = 0;
	memcpy(line->value, s + path + 1, value);
	line->value[value] = 0;
	*text = s + path + value + 2;
	return (strncmp(line->path, "ipv4/", 5) == 0 ||
		       strncmp(line->path, "ipv6/", 5) == 0) &&
	       strstr(line->path, "/.") == NULL;
}

/* One of another boot describes values that are gone. */
static int record_apply(const char *text)
{
	char ours[128];
	struct text t = text_of(ours, sizeof(ours));
	struct forwarding_line line;
	int err = 0;

	head_write(&t);
	if (strncmp(text, ours, t.len) != 0)
		return 0;
	text += t.len;
	while (forwarding_line_take(&text, &line)) {
		int failed = sysctl_write(sysctl_path(line.path, "", "").s, line.value);

		err = err < 0 ? err : failed;
	}
	return err;
}

/* The record's name is the network namespace, by a number that is never used twice. */
static int record_dir(const char *directory, char name[24])
{
	struct text t = text_of(name, 24);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), dir;

	if (s < 0)
		return -errno;
	(void)getsockopt(s, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len);
	close(s);
	text_string(&t, "net");
	text_u64(&t, cookie);
	dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : dir;
}

/* Locked, or -EBUSY while a warden that lives holds it. */
static int record_lock(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	close(fd);
	return -EBUSY;
}

/* Puts back what the locked record says, and removes it. */
static int record_undo(int dir, const char *name, int fd)
{
	static char text[RECORD_SIZE_MAX];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	int err;

	if (n < 0)
		return -errno;
	text[n] = 0;
	err = record_apply(text);
	return unlinkat(dir, name, 0) < 0 && err == 0 ? -errno : err;
}

int forwarding_restore(const char *directory)
{
	char name[24];
	int dir = record_dir(directory, name), fd, err;

	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	fd = record_lock(dir, name);
	err = fd < 0 ? fd : record_undo(dir, name, fd);
	if (fd >= 0)
		close(fd);
	close(dir);
	return err == -ENOENT ? 0 : err;
}

/* Written beside, flushed, renamed; the lock is taken before the name. */
static int record_keep(int dir, const char *name, struct bytes text)
{
	char beside[40];
	struct text t = text_of(beside, sizeof(beside));
	int fd, err = 0;

	text_string(&t, name);
	text_string(&t, ".new");
	(void)unlinkat(dir, beside, 0);
	fd = openat(dir, beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 ||
		write(fd, text.data, text.len) != (ssize_t)text.len || fsync(fd) < 0 ||
		renameat(dir, beside, dir, name) < 0 || fsync(dir) < 0)
		err = errno != 0 ? -errno : -EIO;
	if (err == 0)
		return fd;
	close(fd);
	return err;
}

/* An interface that listens to routers would stop to do so once it forwards. */
static int routers_heard(void)
{
	glob_t found = { 0 };
	int err = 0;

	(void)glob(SYSCTL_ROOT "ipv6/conf/*/accept_ra", GLOB_NOSORT, NULL, &found);
	for (size_t i = 0; err == 0 && i < found.gl_pathc; i++) {
		char value[SYSCTL_VALUE_MAX + 1];

		sysctl_line(found.gl_pathv[i], value, sizeof(value));
		if (strcmp(value, "1") == 0)
			err = sysctl_write(found.gl_pathv[i], "2");
	}
	globfree(&found);
	return err;
}

int forwarding_record(struct forwarding *f, const char *directory, bool *alone)
{
	static char buffer[RECORD_SIZE_MAX];
	struct text t = text_of(buffer, sizeof(buffer));
	char name[24];
	int dir, err = forwarding_restore(directory);

	if (err < 0)
		return err;
	dir = record_dir(directory, name);
	if (dir < 0)
		return dir;
	*alone = true;
	head_write(&t);
	for (size_t i = 0; i < array_len(values); i++)
		values_note(&t, values[i], alone);
	f->record = t.cut ? -EFBIG : record_keep(dir, name, bytes_of(buffer, t.len));
	close(dir);
	return f->record < 0 ? f->record : 0;
}

int forwarding_on(void)
{
	int err = routers_heard();

	if (err == 0)
		err = sysctl_write(sysctl_path("ipv4/ip_forward", "", "").s, "1");
	if (err == 0)
		err = sysctl_write(
			sysctl_path("ipv6/conf/all/forwarding", "", "").s, "1");
	return err;
}

void forwarding_off(struct forwarding *f, const char *directory)
{
	char name[24];
	int dir;

	if (f->record < 0)
		return;
	dir = record_dir(directory, name);
	if (dir >= 0) {
		(void)!record_undo(dir, name, f->record);
		close(dir);
	}
	close(f->record);
	f->record = -1;
}
