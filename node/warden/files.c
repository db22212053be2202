/* SPDX-License-Identifier: ISC */
/* Whatever stands in a file was there whole before it had its name. */
#include "node/warden/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int file_failed(int fd)
{
	int err = -errno;

	if (fd >= 0)
		close(fd);
	return err;
}

void file_line(const char *path, char *out, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = read(fd, out, room - 1);

	out[n > 0 ? n : 0] = 0;
	out[strcspn(out, "\n")] = 0;
	close(fd);
}

int file_value(const char *path, const char *value)
{
	char now[16];
	int fd, err;

	file_line(path, now, sizeof(now));
	if (strcmp(now, value) == 0)
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	err = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

int file_new(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd, err;

	(void)unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = EIO; /* for a write that is cut */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && write(fd, text, len) == (ssize_t)len &&
		fchmod(fd, mode) == 0 && fsync(fd) == 0)
		return fd;
	err = file_failed(fd);
	(void)unlink(path);
	return err;
}

int file_lock(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	return file_failed(fd);
}
