/* SPDX-License-Identifier: ISC */
/* qanatd: reads what it is told, opens its state directory, and runs the node. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "node/base/mem.h"
#include "node/base/siphash.h"
#include "node/control/reply.h"
#include "node/crypto/hash.h"
#include "node/daemon/daemon.h"
#include "node/daemon/sandbox.h"

static void kernel_random(void *context, void *out, size_t len)
{
	uint8_t *p = out;

	(void)context;
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0) {
			check(errno == EINTR);
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
}

/* Tables that strangers can fill are keyed; keys never reach a core file. */
static void harden(struct daemon *d)
{
	struct rlimit none = { 0, 0 };
	uint8_t key[16];

	rng_fill(&d->rng, key, sizeof(key));
	siphash_key_set(key);
	(void)setrlimit(RLIMIT_CORE, &none);
}

#ifdef __SANITIZE_ADDRESS__
/* The search for leaks at the end stops threads by ptrace, which the sandbox forbids. */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
	return 1;
}
#endif

static int fail(struct daemon *d, const char *what, int err)
{
	log_line(&d->log, LOG_ERROR_, "state ", d->settings.state, ": cannot ", what,
		": ",
		err == -EBUSY ? "another node runs on it"
		: err == -EBADMSG
			? "the identity file is damaged; put it back from a copy"
			: strerror(-err),
		NULL);
	return err == -EACCES || err == -EPERM ? EXIT_FORBIDDEN : EXIT_FAILED;
}

int main(int argc, char **argv)
{
	static struct daemon d;
	const char *what = "read the identity";
	int exit_code, err;

	d.argc = argc;
	d.argv = argv;
	d.control = -1;
	if (!settings_read(&d.settings, argc, argv, &exit_code))
		return exit_code;
	d.sink.json = d.settings.log_json;
	d.log = sink_open(&d.sink, d.settings.log_level);
	d.rng = (struct rng){ kernel_random, NULL };
	if (crypto_start() < 0)
		return fail(&d, "start the crypto library", -EIO);
	harden(&d);
	err = state_open(&d.state, d.settings.state, &what);
	if (err < 0)
		return fail(&d, what, err);
	err = state_identity(&d.state, &d.rng, &d.self);
	if (err < 0)
		return fail(&d, "read the identity", err);
	ip_open(&d);
	wifi_open(&d);
	/* from here on nothing is opened that needs a privilege, and strangers are heard */
	err = sandbox_enter(&(struct sandbox){ .wifi = d.wifi.net.sock != NULL }, &d.log);
	if (err == 0)
		err = daemon_run(&d);
	keypair_wipe(&d.self);
	explicit_bzero(d.settings.radio.key, sizeof(d.settings.radio.key));
	explicit_bzero(d.wifi.told.key, sizeof(d.wifi.told.key));
	state_close(&d.state);
	return err < 0 ? EXIT_FAILED : EXIT_DONE;
}
