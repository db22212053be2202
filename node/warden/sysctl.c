/* SPDX-License-Identifier: ISC */
#include "node/warden/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "node/base/text.h"

struct sysctl_path sysctl_path(const char *a, const char *b, const char *c)
{
	struct sysctl_path p;
	struct text t = text_of(p.s, sizeof(p.s));

	text_string(&t, SYSCTL_ROOT);
	text_string(&t, a);
	text_string(&t, b);
	text_string(&t, c);
	return p;
}

void sysctl_line(const char *path, char *out, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? 0 : read(fd, out, room - 1);

	out[n > 0 ? n : 0] = 0;
	out[strcspn(out, "\n")] = 0;
	if (fd >= 0)
		close(fd);
}

int sysctl_write(const char *path, const char *value)
{
	char now[SYSCTL_VALUE_MAX + 1];
	int fd, err = 0;

	sysctl_line(path, now, sizeof(now));
	if (strcmp(now, value) == 0)
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}
