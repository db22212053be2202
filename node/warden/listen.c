/* SPDX-License-Identifier: ISC */
/* Who may connect is said by the socket's group, and asked of the kernel once more. */
#include "node/warden/listen.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/warden/serve.h"

enum { CONNECTIONS_MAX = 8, GROUPS_MAX = 256 };

static gid_t group_of_qanat(void)
{
	const struct group *g = getgrnam("qanat");

	return g != NULL ? g->gr_gid : 0;
}

static bool is_ours(int fd)
{
	gid_t group = group_of_qanat();
	struct ucred who;
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(who), room = sizeof(groups);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
		return false;
	if (who.uid == 0 || who.gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &room) < 0)
		return false;
	for (size_t i = 0; i < room / sizeof(groups[0]); i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* A socket that nobody listens on any more is taken over; another warden's is not. */
static int path_free(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0)
		err = -EADDRINUSE;
	else if (errno == ECONNREFUSED)
		(void)unlink(at->sun_path);
	close(fd);
	return err;
}

/* Forgets those that have ended; waits for all if told to. */
static void children_reap(pid_t children[CONNECTIONS_MAX], int how)
{
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (children[i] > 0 && waitpid(children[i], NULL, how) == children[i])
			children[i] = 0;
}

static void take(int listener, pid_t children[CONNECTIONS_MAX], const char *directory)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	size_t free = 0;

	if (fd < 0)
		return;
	while (free < CONNECTIONS_MAX && children[free] > 0)
		free++;
	if (free < CONNECTIONS_MAX && is_ours(fd)) {
		children[free] = fork();
		if (children[free] == 0) {
			close(listener);
			serve(fd, directory);
			_exit(0);
		}
		children[free] = children[free] < 0 ? 0 : children[free];
	}
	close(fd);
}

int listen_open(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	gid_t group = group_of_qanat();
	int fd, err;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path) + 1);
	err = path_free(&at);
	if (err < 0)
		return err;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* the umask lets nobody in until the group is right */
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
		(group != 0 && chown(path, (uid_t)-1, group) < 0) ||
		chmod(path, 0660) < 0 || listen(fd, CONNECTIONS_MAX) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

void listen_serve(int listener, const char *directory)
{
	pid_t children[CONNECTIONS_MAX] = { 0 };
	struct pollfd p = { .fd = listener, .events = POLLIN };
	const struct timespec again = { .tv_sec = 1 };
	sigset_t none;

	sigemptyset(&none);
	while (!serve_stopped()) {
		if (ppoll(&p, 1, &again, &none) > 0)
			take(listener, children, directory);
		children_reap(children, WNOHANG);
	}
	close(listener);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (children[i] > 0)
			(void)kill(children[i], SIGTERM);
	children_reap(children, 0);
}
