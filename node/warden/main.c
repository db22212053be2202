/* SPDX-License-Identifier: ISC */
/*
 * qanat-warden: the one program with privileges. It makes the TUN device, sets addresses,
 * routes and packet filter rules, and undoes them; it reads orders, never a packet.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/text.h"
#include "node/control/version.h"
#include "node/warden/listen.h"
#include "node/warden/privileges.h"
#include "node/warden/serve.h"

enum { EXIT_USAGE = 2, EXIT_FORBIDDEN = 4 };

struct options {
	const char *directory, *socket;
	int fd; /* -1: none given */
	bool restore;
};

static const char usage[] =
	"usage: qanat-warden [--directory DIR] [--socket PATH | --fd N | --restore]\n"
	"  --socket PATH    listen there (default /run/qanat/warden.sock)\n"
	"  --fd N           serve the one connection that was inherited as N\n"
	"  --restore        put back what a killed warden left behind, and end\n"
	"  --directory DIR  where restore records are kept (default /run/qanat/warden)\n"
	"  --version, --help\n";

static bool fd_parse(const char *s, int *fd)
{
	char *end;
	long n = strtol(s, &end, 10);

	*fd = (int)n;
	return end != s && *end == 0 && n >= 0 && n < 1024;
}

/* -1: go on. */
static int options_read(struct options *o, int argc, char **argv)
{
	static const struct option known[] = { { "directory", required_argument, NULL,
						       'd' },
		{ "socket", required_argument, NULL, 's' },
		{ "fd", required_argument, NULL, 'f' },
		{ "restore", no_argument, NULL, 'r' },
		{ "version", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ 0 } };
	int letter;

	while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (letter == 'd')
			o->directory = optarg;
		else if (letter == 's')
			o->socket = optarg;
		else if (letter == 'r')
			o->restore = true;
		else if (letter == 'v')
			return puts("qanat-warden " QANAT_VERSION) < 0;
		else if (letter == 'h')
			return fputs(usage, stdout) < 0;
		else if (letter != 'f' || !fd_parse(optarg, &o->fd))
			return fputs(usage, stderr), EXIT_USAGE;
	}
	if (optind < argc)
		return fputs(usage, stderr), EXIT_USAGE;
	return -1;
}

/* Whoever comes first makes them. */
static void directory_make(const char *path)
{
	char parent[4096];
	const char *slash = strrchr(path, '/');
	struct text t = text_of(parent, sizeof(parent));

	umask(022);
	text_chars(&t, path, slash != NULL ? (size_t)(slash - path) : 0);
	(void)mkdir(parent, 0755);
	(void)mkdir(path, 0700);
	umask(077);
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "qanat-warden: cannot %s: %s\n", what, strerror(-err));
	return err == -EPERM || err == -EACCES ? EXIT_FORBIDDEN : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct options o = { .directory = "/run/qanat/warden",
		.socket = "/run/qanat/warden.sock",
		.fd = -1 };
	int code = options_read(&o, argc, argv), listener = -1, err;

	if (code >= 0)
		return code;
	directory_make(o.directory);
	if (o.fd < 0 && !o.restore) {
		/* gives the socket to its group, which is a privilege of its own */
		o.fd = listener = listen_open(o.socket);
		if (o.fd < 0)
			return fail("listen", o.fd);
	}
	err = privileges_keep(PRIVILEGE(CAP_NET_ADMIN) | PRIVILEGE(CAP_NET_BIND_SERVICE));
	if (err < 0)
		return fail("give up privileges", err);
	serve_signals();
	err = serve_restore(o.directory);
	code = err < 0 ? fail("put back what was changed", err) : EXIT_SUCCESS;
	if (o.restore)
		return code;
	/* what cannot be put back is tried again by the next one; orders go on */
	if (listener >= 0)
		listen_serve(listener, o.directory);
	else
		serve(o.fd, o.directory);
	return EXIT_SUCCESS;
}
