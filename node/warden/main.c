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

#include "node/control/version.h"
#include "node/warden/listen.h"
#include "node/warden/privileges.h"
#include "node/warden/serve.h"

enum { EXIT_USAGE = 2, EXIT_FORBIDDEN = 4, INHERITED = 3 };

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

static int fail(const char *what, int err)
{
	fprintf(stderr, "qanat-warden: cannot %s: %s\n", what, strerror(-err));
	return err == -EPERM || err == -EACCES ? EXIT_FORBIDDEN : EXIT_FAILURE;
}

/* mode: the letter of an option. path: where to listen. */
static int run(int mode, const char *path)
{
	int fd = INHERITED, err, code = EXIT_SUCCESS;

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
	err = privileges_keep(PRIVILEGE(CAP_NET_ADMIN) | PRIVILEGE(CAP_NET_BIND_SERVICE));
	if (err < 0)
		return fail("give up privileges", err);
	serve_signals();
	/* what cannot be put back is tried again by the next one; orders go on */
	err = serve_restore();
	if (err < 0)
		code = fail("put back what was changed", err);
	if (mode == 'r')
		return code;
	if (mode == 's')
		listen_serve(fd);
	else
		serve(fd);
	return EXIT_SUCCESS;
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
