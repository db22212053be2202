/* SPDX-License-Identifier: ISC */
/*
 * Many worlds: the seeds are dealt out to processes, each of which runs one world after the
 * other and tells what came of it. A process that dies has broken its seed; another one
 * goes on behind it.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/control/reply.h"
#include "sim/world/run.h"

enum { WORLD_SECONDS_MAX = 60, BROKEN_SHOWN = 40 };

struct result {
	uint64_t seed;
	struct outcome outcome;
};

struct worker {
	pid_t pid; /* 0: none */
	int in;
	uint64_t next; /* seed that it is at */
	size_t have;   /* bytes of the result so far */
	struct result result;
};

struct campaign {
	const struct wish *wish;
	uint64_t first, last, step;
	struct worker *workers; /* owned */
	unsigned jobs;
	uint64_t worlds, broken, nodes, events;
	double virtual_s;
	time_t began;
};

static bool write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static void worker_main(const struct campaign *c, uint64_t seed, int out)
{
	for (; seed <= c->last; seed += c->step) {
		struct result r = { .seed = seed };

		alarm(WORLD_SECONDS_MAX);
		run_world(c->wish, seed, &r.outcome);
		if (!write_all(out, &r, sizeof(r)))
			_exit(EXIT_FAILED);
		if (c->last - seed < c->step)
			break;
	}
	_exit(EXIT_DONE);
}

static int worker_start(const struct campaign *c, struct worker *k, uint64_t seed)
{
	int ends[2];

	k->next = seed;
	k->have = 0;
	if (pipe(ends) < 0)
		return -errno;
	fflush(NULL);
	k->pid = fork();
	if (k->pid == 0) {
		close(ends[0]);
		worker_main(c, seed, ends[1]);
	}
	close(ends[1]);
	if (k->pid < 0) {
		close(ends[0]);
		return -errno;
	}
	k->in = ends[0];
	return 0;
}

/* The one command that runs the world again. */
static void say_broken_seed(struct campaign *c, uint64_t seed, const char *text)
{
	c->broken++;
	if (c->broken > BROKEN_SHOWN)
		return;
	printf("broken: qanat-world %s --seed %" PRIu64 "%s   # %s\n", c->wish->name,
		seed, c->wish->settings, text);
	fflush(stdout);
}

static void progress(const struct campaign *c)
{
	uint64_t all = c->last - c->first + 1, part = all > 0 ? c->worlds * 30 / all : 0;
	double seconds = (double)(time(NULL) - c->began);
	char bar[31];

	if (!isatty(STDERR_FILENO))
		return;
	for (unsigned i = 0; i < 30; i++)
		bar[i] = i < part ? '#' : '.';
	bar[30] = '\0';
	fprintf(stderr,
		"\r[%s] %" PRIu64 "/%" PRIu64 " worlds, %" PRIu64 " broken, %.1f/s ", bar,
		c->worlds, all, c->broken,
		seconds > 0 ? (double)c->worlds / seconds : 0.0);
}

static void result_take(struct campaign *c, const struct result *r)
{
	c->worlds++;
	c->nodes += r->outcome.nodes;
	c->events += r->outcome.events;
	c->virtual_s += (double)r->outcome.virtual_us / 1e6;
	if (!r->outcome.held)
		say_broken_seed(c, r->seed, r->outcome.text);
	progress(c);
}

/* The worker has ended: with its last seed, or in the middle of one. */
static int worker_ended(struct campaign *c, struct worker *k)
{
	char text[80];
	int status;

	close(k->in);
	waitpid(k->pid, &status, 0);
	k->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE)
		return 0;
	c->worlds++;
	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text),
			WTERMSIG(status) == SIGALRM ? "it does not end"
						    : "the program died of signal %d",
			WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "the program ended with %d",
			WEXITSTATUS(status));
	say_broken_seed(c, k->next, text);
	if (c->last - k->next < c->step)
		return 0;
	return worker_start(c, k, k->next + c->step);
}

static int worker_read(struct campaign *c, struct worker *k)
{
	ssize_t n =
		read(k->in, (char *)&k->result + k->have, sizeof(k->result) - k->have);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return worker_ended(c, k);
	k->have += (size_t)n;
	if (k->have < sizeof(k->result))
		return 0;
	k->have = 0;
	result_take(c, &k->result);
	k->next = k->result.seed + c->step;
	return 0;
}

/* Those that still run are not needed any more. */
static void workers_end(struct campaign *c)
{
	for (unsigned i = 0; i < c->jobs; i++) {
		if (c->workers[i].pid <= 0)
			continue;
		kill(c->workers[i].pid, SIGKILL);
		close(c->workers[i].in);
		waitpid(c->workers[i].pid, NULL, 0);
	}
	mem_free(c->workers);
}

static int workers_wait(struct campaign *c)
{
	struct pollfd fds[256];
	struct worker *who[256];
	nfds_t count = 0;

	for (unsigned i = 0; i < c->jobs; i++)
		if (c->workers[i].pid > 0) {
			fds[count] = (struct pollfd){ c->workers[i].in, POLLIN, 0 };
			who[count++] = &c->workers[i];
		}
	if (count == 0)
		return 1;
	if (poll(fds, count, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	for (nfds_t i = 0; i < count; i++)
		if (fds[i].revents != 0) {
			int err = worker_read(c, who[i]);

			if (c->wish->first && c->broken > 0)
				return 1;

			if (err < 0)
				return err;
		}
	return 0;
}

static void summary(const struct campaign *c)
{
	struct rusage use;
	double cpu_s;

	getrusage(RUSAGE_CHILDREN, &use);
	cpu_s = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		(double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	if (c->broken > BROKEN_SHOWN)
		printf("and %" PRIu64 " more\n", c->broken - BROKEN_SHOWN);
	printf("worlds %" PRIu64 " broken %" PRIu64 " nodes %" PRIu64
	       " virtual_s %.0f events %" PRIu64 " cpu_s %.1f\n",
		c->worlds, c->broken, c->nodes, c->virtual_s, c->events, cpu_s);
	printf("%.1f worlds a second and core, %.1f nodes and %.1f virtual seconds a "
	       "world\n",
		cpu_s > 0 ? (double)c->worlds / cpu_s : 0.0,
		c->worlds > 0 ? (double)c->nodes / (double)c->worlds : 0.0,
		c->worlds > 0 ? c->virtual_s / (double)c->worlds : 0.0);
}

int campaign_run(const struct wish *wish, uint64_t first, uint64_t last, unsigned jobs)
{
	struct campaign c = { .wish = wish,
		.first = first,
		.last = last,
		.step = jobs,
		.jobs = jobs,
		.began = time(NULL) };
	struct scenario s;
	struct plan p;
	struct outcome out;
	int err = 0;

	if (!run_parse(wish, first, &s, &p, &out)) {
		fprintf(stderr, "qanat-world: %s\n", out.text);
		return EXIT_USAGE;
	}
	scenario_fini(&s);
	plan_fini(&p);
	c.workers = mem_array(jobs, sizeof(*c.workers));
	for (unsigned i = 0; i < jobs && first + i <= last && err == 0; i++)
		err = worker_start(&c, &c.workers[i], first + i);
	while (err == 0)
		err = workers_wait(&c);
	workers_end(&c);
	if (err < 0) {
		fprintf(stderr, "qanat-world: %s\n", strerror(-err));
		return EXIT_FAILED;
	}
	summary(&c);
	return c.broken == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* ---- adding up ---- */

static int file_add(struct campaign *c, const char *name, double *cpu_s)
{
	FILE *in = fopen(name, "re");
	char line[1024];
	uint64_t worlds, broken, nodes, events;
	double virtual_s, cpu;

	if (in == NULL) {
		fprintf(stderr, "qanat-world: %s: %s\n", name, strerror(errno));
		return EXIT_FAILED;
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, "broken: ", 8) == 0)
			fputs(line, stdout);
		/* a number that is too large is no report of ours
		 * NOLINTNEXTLINE(cert-err34-c) */
		if (sscanf(line,
			    "worlds %" SCNu64 " broken %" SCNu64 " nodes %" SCNu64
			    " virtual_s %lf events %" SCNu64 " cpu_s %lf",
			    &worlds, &broken, &nodes, &virtual_s, &events, &cpu) != 6)
			continue;
		c->worlds += worlds;
		c->broken += broken;
		c->nodes += nodes;
		c->events += events;
		c->virtual_s += virtual_s;
		*cpu_s += cpu;
	}
	fclose(in);
	return EXIT_DONE;
}

int campaign_merge(char **files, int count)
{
	struct campaign c = { 0 };
	double cpu_s = 0;

	for (int i = 0; i < count; i++)
		if (file_add(&c, files[i], &cpu_s) != EXIT_DONE)
			return EXIT_FAILED;
	if (c.worlds == 0) {
		fputs("qanat-world: no campaign in these files\n", stderr);
		return EXIT_FAILED;
	}
	printf("worlds %" PRIu64 " broken %" PRIu64 " nodes %" PRIu64
	       " virtual_s %.0f events %" PRIu64 " cpu_s %.1f\n",
		c.worlds, c.broken, c.nodes, c.virtual_s, c.events, cpu_s);
	return c.broken == 0 ? EXIT_DONE : EXIT_FAILED;
}
