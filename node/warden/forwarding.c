/* SPDX-License-Identifier: ISC */
/*
 * Forwarding of both address families, and what the kernel changes along with it. In a row
 * of acts, a ?: b is the first failure.
 */
#include "node/warden/forwarding.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/warden/files.h"

enum { RECORD_SIZE_MAX = 64 * 1024, PATH_ROOM = FILE_PATH_ROOM };

/* What is kept; those for all interfaces come first, because writing them changes each. */
static const char *const kept[] = { SYSCTL_ROOT "ipv4/ip_forward",
	SYSCTL_ROOT "ipv4/conf/all/accept_redirects",
	SYSCTL_ROOT "ipv4/conf/*/forwarding", SYSCTL_ROOT "ipv6/conf/all/forwarding",
	SYSCTL_ROOT "ipv6/conf/*/forwarding", SYSCTL_ROOT "ipv6/conf/*/accept_ra" };

/* Values of another boot are gone. */
static void head_write(char head[PATH_ROOM])
{
	char boot[FILE_BOOT_ROOM];

	file_boot(boot);
	snprintf(head, PATH_ROOM, "boot %s\n", boot);
}

bool forwarding_line_take(const char **text, struct forwarding_line *line)
{
	int end = 0, n;

	n = sscanf(*text, "%64[^ \n]%*1[ ]%11[-0-9]%n", line->path, line->value, &end);
	if (n != 2 || (*text)[end] != '\n')
		return false;
	*text += end + 1;
	return (strncmp(line->path, "ipv4/", 5) == 0 ||
		       strncmp(line->path, "ipv6/", 5) == 0) &&
	       strstr(line->path, "/.") == NULL;
}

/* Every value as it was; or, so that interfaces which listen to routers do so when they
 * forward as well, 2 in the place of 1. */
static int apply(int record, bool listening_only)
{
	static char text[RECORD_SIZE_MAX];
	char head[PATH_ROOM], path[PATH_ROOM];
	ssize_t n = pread(record, text, sizeof(text) - 1, 0);
	struct forwarding_line line;
	const char *rest = text;
	int err = 0, failed = 0;

	text[n > 0 ? n : 0] = 0;
	head_write(head);
	if (strncmp(rest, head, strlen(head)) != 0)
		return n < 0 ? -EIO : 0;
	rest += strlen(head);
	while (forwarding_line_take(&rest, &line)) {
		snprintf(path, sizeof(path), SYSCTL_ROOT "%s", line.path);
		if (!listening_only)
			failed = file_value(path, line.value);
		else if (strstr(path, "/accept_ra") != NULL && line.value[0] == '1')
			failed = file_value(path, "2");
		err = err ?: failed;
	}
	return err;
}

int forwarding_restore(void)
{
	char path[PATH_ROOM];
	int fd, err;

	file_of_namespace(path, "net");
	fd = file_lock(path);
	if (fd < 0)
		return fd == -ENOENT || fd == -EWOULDBLOCK ? 0 : fd;
	err = apply(fd, false);
	if (unlink(path) < 0 && err == 0)
		err = -errno;
	close(fd);
	return err;
}

/* The caller frees it. */
static char *record_make(void)
{
	char value[FORWARDING_VALUE_MAX + 1], head[PATH_ROOM], *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	glob_t found = { 0 };

	check(out != NULL);
	for (size_t i = 0; i < array_len(kept); i++)
		(void)glob(kept[i], GLOB_NOSORT | GLOB_APPEND, NULL, &found);
	head_write(head);
	fputs(head, out);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		file_line(found.gl_pathv[i], value, sizeof(value));
		fprintf(out, "%s %s\n", found.gl_pathv[i] + strlen(SYSCTL_ROOT), value);
	}
	globfree(&found);
	check(fclose(out) == 0);
	return text;
}

int forwarding_record(bool *alone)
{
	char path[PATH_ROOM], beside[PATH_ROOM + 4], *text = record_make();
	size_t len = strlen(text);
	int fd, err;

	*alone = strstr(text, "forwarding 1\n") == NULL;
	file_of_namespace(path, "net");
	snprintf(beside, sizeof(beside), "%s.new", path);
	fd = len < RECORD_SIZE_MAX ? file_new(beside, text, len, 0600) : -EFBIG;
	free(text);
	if (fd < 0 || renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return fd;
	err = file_failed(fd);
	(void)unlink(beside);
	return err;
}

int forwarding_on(int record)
{
	return apply(record, true) ?: file_value(SYSCTL_ROOT "ipv4/ip_forward", "1") ?:
	       file_value(SYSCTL_ROOT "ipv6/conf/all/forwarding", "1");
}

void forwarding_off(int *record)
{
	if (*record < 0)
		return;
	close(*record);
	*record = -1;
	(void)!forwarding_restore();
}
