/* SPDX-License-Identifier: ISC */
/*
 * qanat-warden: the one program with privileges. It makes the TUN device, sets addresses,
 * routes and packet filter rules, and undoes them; it reads orders, never a packet. As a
 * service it has a process for each connection; who may connect is said by the socket's
 * group, and asked of the kernel once more.
 */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/control/version.h"
#include "node/warden/files.h"
#include "node/warden/privileges.h"
#include "node/warden/serve.h"

enum { EXIT_USAGE = 2, EXIT_FORBIDDEN = 4 };
enum { INHERITED = 3, CONNECTIONS_MAX = 8, GROUPS_MAX = 256, AGAIN_MS = 1000 };

static const char usage[] =
	"usage: qanat-warden [--socket PATH | --inherited | --restore]\n"
	"  --socket PATH    listen there (default /run/qanat/warden.sock)\n"
	"  --inherited      serve the one connection that was inherited as descriptor 3\n"
	"  --restore        put back what a killed warden left behind, and end\n"
	"  --version, --help\n";

static const struct option options[] = { { "socket", required_argument, NULL, 's' },
	{ "inherited", no_argument, NULL, 'i' }, { "restore", no_argument, NULL, 'r' },
	{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
	{ 0 } };

/* Without the group it is root's. */
static gid_t our_group(void)
{
	char room[4096];
	struct group g, *found = NULL;

	(void)getgrnam_r("qanat", &g, room, sizeof(room), &found);
	return found != NULL ? g.gr_gid : 0;
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

/* It takes the place of whatever socket was there. */
static int listen_open(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat old;
	int fd;

	if (snprintf(at.sun_path, sizeof(at.sun_path), "%s", path) >=
		(int)sizeof(at.sun_path))
		return -ENAMETOOLONG;
	if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode))
		(void)unlink(path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* the umask lets nobody in until the group is right */
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		chown(path, (uid_t)-1, our_group()) == 0 && chmod(path, 0660) == 0 &&
		listen(fd, CONNECTIONS_MAX) == 0)
		return fd;
	return file_failed(fd);
}

/* The process that serves it is told when this one is gone. */
static bool take(int listener, int stop)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	pid_t child = fd >= 0 && is_ours(fd) ? fork() : -1;

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(listener);
		serve(fd, stop);
		_exit(0);
	}
	close(fd);
	return child > 0;
}

/* Until stop is readable; connections that are open then end by themselves. */
static void listen_serve(int listener, int stop)
{
	struct pollfd p[] = { { .fd = stop, .events = POLLIN },
		{ .fd = listener, .events = POLLIN } };
	unsigned count = 0;

	while (poll(p, array_len(p), AGAIN_MS) >= 0 && p[0].revents == 0) {
		if (p[1].revents != 0 && take(listener, stop))
			count++;
		for (; count > 0 && waitpid(-1, NULL, WNOHANG) > 0; count--)
			/* if it was killed; what others hold is locked */
			(void)!serve_restore();
		/* when all places are taken, who connects waits */
		p[1].fd = count < CONNECTIONS_MAX ? listener : -1;
	}
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "qanat-warden: cannot %s: %s\n", what, strerror(-err));
	return err == -EPERM || err == -EACCES ? EXIT_FORBIDDEN : EXIT_FAILURE;
}

/* mode: the letter of an option. path: where to listen. The exit status. */
static int run(int mode, const char *path)
{
	int fd = INHERITED, stop = serve_stop(), err;

	/* whoever comes first makes them */
	umask(022);
	(void)mkdir("/run/qanat", 0755);
	umask(077);
	(void)mkdir("/run/qanat/warden", 0700);
	if (mode == 's') {
		/* gives the socket to its group, which is a privilege of its own */
		fd = listen_open(path);
		if (fd < 0)
			return fail("listen", fd);
	}
	err = privileges_keep(PRIVILEGE(CAP_NET_ADMIN) | PRIVILEGE(CAP_NET_BIND_SERVICE) |
			      PRIVILEGE(CAP_NET_RAW));
	if (err < 0)
		return fail("give up privileges", err);
	/* what cannot be put back is tried again by the next one; orders go on */
	err = serve_restore();
	if (err < 0)
		err = fail("put back what was changed", err);
	if (mode == 's')
		listen_serve(fd, stop);
	if (mode == 'i')
		serve(fd, stop);
	return err;
}

int main(int argc, char **argv)
{
	const char *path = "/run/qanat/warden.sock";
	int mode = 's', letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter == 'v')
			return puts("qanat-warden " QANAT_VERSION) < 0;
		if (letter == 'h')
			return fputs(usage, stdout) < 0;
		if (letter == '?')
			return fputs(usage, stderr), EXIT_USAGE;
		if (letter == 's')
			path = optarg;
		mode = letter;
	}
	if (optind < argc)
		return fputs(usage, stderr), EXIT_USAGE;
	return run(mode, path);
}
