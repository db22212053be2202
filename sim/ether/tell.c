/* SPDX-License-Identifier: ISC */
#include "sim/ether/tell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_S = 10, LINE_BYTES = 512 };

static int complain(const char *path, const char *why)
{
	fprintf(stderr, "qanat-ether: %s: %s\n", path, why);
	return EXIT_FAILURE;
}

static int reach(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = ANSWER_S };
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int print_line(char *line, int is_first)
{
	if (is_first && strncmp(line, "error: ", 7) == 0) {
		fprintf(stderr, "qanat-ether: %s", line + 7);
		return EXIT_FAILURE;
	}
	fputs(line, stdout);
	return EXIT_SUCCESS;
}

/* Several lines come for these; all others bring one. */
static int brings_lines(int count, char **words)
{
	return count == 1 &&
	       (strcmp(words[0], "counters") == 0 || strcmp(words[0], "topology") == 0 ||
		       strcmp(words[0], "help") == 0);
}

static int answer_print(FILE *f, const char *path, int many)
{
	char *line = NULL;
	size_t room = 0;
	int status = EXIT_SUCCESS, is_first = 1;

	for (;;) {
		if (getline(&line, &room, f) < 0) {
			status = complain(path, "no answer");
			break;
		}
		if (many && strcmp(line, ".\n") == 0)
			break;
		status = print_line(line, is_first);
		is_first = 0;
		if (!many || status)
			break;
	}
	free(line);
	return status;
}

int tell(const char *socket_path, int count, char **words)
{
	char line[LINE_BYTES];
	size_t len = 0;
	int fd, status;
	FILE *f;

	for (int i = 0; i < count; i++) {
		int n = snprintf(line + len, sizeof(line) - len, "%s%s", words[i],
			i + 1 < count ? " " : "\n");

		len += (size_t)n;
		if (len >= sizeof(line) || strchr(words[i], '\n'))
			return complain("command", "too long, or more than one line");
	}
	fd = reach(socket_path);
	if (fd < 0)
		return complain(socket_path, strerror(errno));
	if (send(fd, line, len, MSG_NOSIGNAL) != (ssize_t)len) {
		close(fd);
		return complain(socket_path, "no ether takes commands here");
	}
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return complain(socket_path, strerror(errno));
	}
	status = answer_print(f, socket_path, brings_lines(count, words));
	fclose(f);
	return status;
}
