/* SPDX-License-Identifier: ISC */
#include "sim/ether/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(struct sockaddr_un *a, const char *path)
{
	size_t len = strlen(path);

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len == 0)
		return -ENOENT;
	if (len >= sizeof(a->sun_path))
		return -ENAMETOOLONG;
	memcpy(a->sun_path, path, len);
	return 0;
}

/* Makes room at path: 0 when nothing is there any more. */
static int clear(const struct sockaddr_un *a, int type)
{
	struct stat s;
	int fd, err;

	if (lstat(a->sun_path, &s) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(s.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	err = connect(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 ? errno : 0;
	close(fd);
	if (err != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(a->sun_path) < 0 ? -errno : 0;
}

static int begin(struct listener *l, const struct sockaddr_un *a, mode_t mode)
{
	struct stat s;
	mode_t before = umask(0777 & ~mode);
	int err = bind(l->fd, (const struct sockaddr *)a, sizeof(*a)) < 0 ? -errno : 0;

	umask(before);
	if (err)
		return err;
	if (listen(l->fd, 128) < 0 || lstat(a->sun_path, &s) < 0)
		return -errno;
	l->device = s.st_dev;
	l->inode = s.st_ino;
	return 0;
}

int listener_open(struct listener *l, const char *path, int type, mode_t mode)
{
	struct sockaddr_un a;
	int err = address_of(&a, path);

	*l = (struct listener){ .fd = -1, .path = path };
	if (!err)
		err = clear(&a, type);
	if (err)
		return err;
	l->fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return -errno;
	err = begin(l, &a, mode);
	if (err) {
		close(l->fd);
		l->fd = -1;
	}
	return err;
}

void listener_close(struct listener *l)
{
	struct stat s;

	if (l->fd < 0)
		return;
	if (lstat(l->path, &s) == 0 && s.st_dev == l->device && s.st_ino == l->inode)
		unlink(l->path);
	close(l->fd);
	l->fd = -1;
}

int listener_accept(const struct listener *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return fd < 0 ? -errno : fd;
}
