/* SPDX-License-Identifier: ISC */
/* Who may connect is said by the socket's group, and asked of the kernel once more. */
#include "node/warden/listen.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/warden/serve.h"

enum { CONNECTIONS_MAX = 8, GROUPS_MAX = 256 };

/* Without the group it is root's. */
static gid_t our_group(void)
{
	const struct group *g = getgrnam("qanat");

	return g != NULL ? g->gr_gid : 0;
}

static bool is_ours(int fd)
{
	gid_t ours = our_group(), groups[GROUPS_MAX];
	struct ucred who;
	socklen_t len = sizeof(who), room = sizeof(groups);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 ||
		getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &room) < 0)
		return false;
	for (size_t i = 0; i < room / sizeof(groups[0]); i++)
		if (groups[i] == ours)
			return true;
	return who.uid == 0 || who.gid == ours;
}

int listen_open(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat old;
	int fd, err;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode))
		(void)unlink(path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* the umask lets nobody in until the group is right */
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		chown(path, (uid_t)-1, our_group()) == 0 && chmod(path, 0660) == 0 &&
		listen(fd, CONNECTIONS_MAX) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* The process that serves it is told when this one is gone. */
static bool take(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pid_t child = fd >= 0 && is_ours(fd) ? fork() : -1;

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(listener);
		serve(fd);
		_exit(0);
	}
	close(fd);
	return child > 0;
}

void listen_serve(int listener)
{
	const struct timespec again = { .tv_sec = 1 };
	struct pollfd p = { .fd = listener, .events = POLLIN };
	unsigned count = 0;
	sigset_t none;

	sigemptyset(&none);
	while (!serve_stopped()) {
		/* when all places are taken, who connects waits */
		if (ppoll(&p, count < CONNECTIONS_MAX, &again, &none) > 0 &&
			take(listener))
			count++;
		for (; count > 0 && waitpid(-1, NULL, WNOHANG) > 0; count--)
			/* if it was killed; what others hold is locked */
			(void)!serve_restore();
	}
}
