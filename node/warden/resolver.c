/* SPDX-License-Identifier: ISC */
/* Sockets on loopback, resolvectl, /etc/resolv.conf. */
#include "node/warden/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/text.h"

enum { PORT = 53, BACKLOG = 16, TOOL_MS = 900, FILE_MAX = 64 * 1024 };

#define SERVER "127.0.0.71"

static const char tool[] = "/usr/bin/resolvectl";
static const char file[] = "/etc/resolv.conf";
static const char saved[] = "/etc/resolv.conf.before-qanat";
static const char beside[] = "/etc/.resolv.conf.qanat";
static const char mark[] = "# by qanat; what stood here before comes back when it stops\n"
			   "nameserver " SERVER "\n";

const uint8_t resolver_address[4] = { 127, 0, 0, 71 };

static int socket_bind(int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;
	int on = 1;

	if (fd < 0)
		return -errno;
	memcpy(&at.sin_addr, resolver_address, 4);
	/* connections of a node before this one may linger */
	if ((type == SOCK_STREAM &&
		    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
		bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		(type == SOCK_STREAM && listen(fd, BACKLOG) < 0)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* Waits for the tool, but not for ever: what it speaks to may hang. */
static int tool_run(const char *verb, const char *device, const char *value)
{
	const char *argv[] = { tool, verb, device, value, NULL };
	char *environment[] = { NULL };
	posix_spawnattr_t how;
	struct pollfd p = { .events = POLLIN };
	siginfo_t end = { 0 };
	sigset_t none;
	pid_t pid;
	int err;

	sigemptyset(&none);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&how, &none);
	err = posix_spawn(&pid, tool, NULL, &how, (char **)argv, environment);
	posix_spawnattr_destroy(&how);
	if (err != 0)
		return -err;
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd < 0 || poll(&p, 1, TOOL_MS) <= 0)
		(void)kill(pid, SIGKILL);
	(void)waitid(P_PID, (id_t)pid, &end, WEXITED);
	if (p.fd >= 0)
		close(p.fd);
	return end.si_code == CLD_EXITED && end.si_status == 0 ? 0 : -EIO;
}

static int link_point(const char *device)
{
	int err = access(tool, X_OK) == 0 ? tool_run("dns", device, SERVER) : -ENOENT;

	if (err < 0)
		return err;
	err = tool_run("domain", device, "~qanat");
	if (err < 0)
		(void)!tool_run("revert", device, NULL);
	return err;
}

/* The new file beside the old one: our lines, then all that stood there. */
static int file_write(int from, const struct stat *old)
{
	char buffer[FILE_MAX + sizeof(mark) + 64];
	struct text t = text_of(buffer, sizeof(buffer));
	ssize_t n;
	int fd, err = 0;

	text_string(&t, mark);
	n = pread(from, buffer + t.len, FILE_MAX, 0);
	if (n != old->st_size)
		return -EIO;
	(void)unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	n += (ssize_t)t.len;
	if (write(fd, buffer, (size_t)n) != n || fchmod(fd, old->st_mode & 07777) < 0 ||
		fsync(fd) < 0)
		err = errno != 0 ? -errno : -EIO;
	close(fd);
	return err;
}

/* The second name, then the replacement; the old file's descriptor keeps the lock. */
static int file_replace(int old)
{
	struct stat st, kept;
	int err;

	if (fstat(old, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return -EFBIG;
	if (flock(old, LOCK_EX | LOCK_NB) < 0 || link(file, saved) < 0)
		return errno == EWOULDBLOCK || errno == EEXIST ? -EBUSY : -errno;
	/* somebody may have put another file there since it was opened */
	if (lstat(saved, &kept) < 0 || kept.st_ino != st.st_ino) {
		(void)unlink(saved);
		return -EAGAIN;
	}
	err = file_write(old, &st);
	if (err == 0 && rename(beside, file) < 0)
		err = -errno;
	return err;
}

static int file_point(struct resolver *r)
{
	int err = resolver_restore();

	if (err < 0)
		return err;
	r->saved = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (r->saved < 0)
		return -errno;
	err = file_replace(r->saved);
	if (err < 0) {
		close(r->saved);
		if (err != -EBUSY)
			(void)!resolver_restore();
	}
	return err;
}

int resolver_restore(void)
{
	struct stat old, now;
	char first[sizeof(mark)] = "";
	int fd = open(saved, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), current, err = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		/* its warden lives */
		close(fd);
		return 0;
	}
	(void)unlink(beside);
	current = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (current >= 0)
		(void)!read(current, first, sizeof(first) - 1);
	if (current >= 0 && fstat(fd, &old) == 0 && fstat(current, &now) == 0 &&
		old.st_ino != now.st_ino && strcmp(first, mark) == 0)
		err = rename(saved, file) < 0 ? -errno : 0;
	else
		/* not replaced yet, or by somebody else since: that one stays */
		err = unlink(saved) < 0 ? -errno : 0;
	if (current >= 0)
		close(current);
	close(fd);
	return err;
}

int resolver_on(struct resolver *r, const char *device, int fds[2])
{
	int err;

	fds[0] = socket_bind(SOCK_DGRAM);
	if (fds[0] < 0)
		return fds[0];
	fds[1] = socket_bind(SOCK_STREAM);
	err = fds[1];
	if (fds[1] >= 0) {
		r->way = RESOLVER_LINK;
		err = link_point(device);
		if (err < 0) {
			r->way = RESOLVER_FILE;
			err = file_point(r);
		}
		if (err == 0)
			return 0;
		r->way = RESOLVER_NONE;
		close(fds[1]);
	}
	close(fds[0]);
	return err;
}

void resolver_off(struct resolver *r, const char *device)
{
	if (r->way == RESOLVER_LINK)
		(void)!tool_run("revert", device, NULL);
	if (r->way == RESOLVER_FILE) {
		close(r->saved);
		(void)!resolver_restore();
	}
	r->way = RESOLVER_NONE;
}
