/* SPDX-License-Identifier: ISC */
/* Sockets on loopback, resolvectl, /etc/resolv.conf. a ?: b is the first failure. */
#include "node/warden/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/warden/files.h"

enum { PORT = 53, BACKLOG = 16, TOOL_S = 1, FILE_MAX = 64 * 1024 };

#define MARK "# by qanat; what stood here before comes back when it stops"

static const char tool[] = "/usr/bin/resolvectl";
static const char file[] = "/etc/resolv.conf";
static const char saved[] = "/etc/resolv.conf.before-qanat";
static const char beside[] = "/etc/.resolv.conf.qanat";
static const char ours[] = MARK "\nnameserver " RESOLVER_ADDRESS "\n";

int resolver_socket(int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int tcp = type == SOCK_STREAM;

	at.sin_addr.s_addr = inet_addr(RESOLVER_ADDRESS);
	/* connections of a node before this one may linger */
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &tcp, sizeof(tcp)) == 0 &&
		bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		(!tcp || listen(fd, BACKLOG) == 0))
		return fd;
	return file_failed(fd);
}

static bool told(const char *verb, const char *device, const char *value)
{
	char *const argv[] = { (char *)tool, (char *)verb, (char *)device, (char *)value,
		NULL };
	char said[2];

	return tool_run(argv, TOOL_S, said, sizeof(said)) == 0;
}

/* The second name, then the replacement: our lines and all that stood there. */
static int file_replace(int old)
{
	char text[sizeof(ours) + FILE_MAX];
	size_t head = (size_t)snprintf(text, sizeof(text), "%s", ours);
	struct stat st, kept;
	ssize_t n;
	int fd;

	n = pread(old, text + head, FILE_MAX, 0);
	if (fstat(old, &st) < 0 || n != st.st_size)
		return -EFBIG;
	if (link(file, saved) < 0 || lstat(saved, &kept) < 0)
		return -errno;
	/* somebody may have put another file there since it was opened */
	if (kept.st_ino != st.st_ino)
		return unlink(saved) < 0 ? -errno : -EAGAIN;
	fd = file_new(beside, text, head + (size_t)n, st.st_mode & 07777);
	if (fd < 0)
		return fd;
	close(fd);
	return rename(beside, file) < 0 ? -errno : 0;
}

int resolver_restore(void)
{
	char first[sizeof(MARK) + 1];
	int fd = file_lock(saved), err = 0;

	if (fd < 0)
		return fd == -ENOENT || fd == -EWOULDBLOCK ? 0 : fd;
	(void)unlink(beside);
	file_line(file, first, sizeof(first));
	if (strcmp(first, MARK) == 0 && rename(saved, file) < 0)
		err = -errno;
	/* not replaced yet, or by somebody else since: that one stays */
	else if (unlink(saved) < 0 && errno != ENOENT)
		err = -errno;
	close(fd);
	return err;
}

int resolver_on(struct resolver *r, const char *device)
{
	r->told = told("dns", device, RESOLVER_ADDRESS);
	if (r->told && told("domain", device, "~qanat"))
		return 0;
	resolver_off(r, device);
	r->record = resolver_restore() ?: file_lock(file);
	return r->record < 0 ? r->record : file_replace(r->record);
}

void resolver_off(struct resolver *r, const char *device)
{
	if (r->told)
		(void)!told("revert", device, NULL);
	r->told = false;
	if (r->record < 0)
		return;
	close(r->record);
	r->record = -1;
	(void)!resolver_restore();
}
