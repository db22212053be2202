/* SPDX-License-Identifier: ISC */
/* Whatever stands in a file was there whole before it had its name. */
#include "node/warden/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

void file_of_namespace(char path[FILE_PATH_ROOM], const char *kind)
{
	unsigned long long cookie = 0;
	socklen_t len = sizeof(cookie);
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)getsockopt(s, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len);
	close(s);
	snprintf(path, FILE_PATH_ROOM, "/run/qanat/warden/%s%llu", kind, cookie);
}

void file_boot(char boot[FILE_BOOT_ROOM])
{
	file_line("/proc/sys/kernel/random/boot_id", boot, FILE_BOOT_ROOM);
}

/* The alarm outlives the exec: what the tool speaks to may hang. The pipe holds all that it
 * says, so it never waits for us. */
int tool_run(char *const argv[], unsigned seconds, char *out, size_t room)
{
	int status = -1, said[2];
	sigset_t none;
	pid_t pid;

	if (pipe2(said, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		alarm(seconds);
		if (dup2(said[1], 1) == 1 && dup2(said[1], 2) == 2)
			execve(argv[0], argv, (char *[]){ NULL });
		_exit(1);
	}
	close(said[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		status = -1;
	memset(out, 0, room);
	(void)!read(said[0], out, room - 1);
	close(said[0]);
	return status < 0 ? -1 : WEXITSTATUS(status);
}
