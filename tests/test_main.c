/* SPDX-License-Identifier: ISC */
/*
 * Runs the cases that registered themselves, each through cmocka, and prints for each the
 * one line that tests/run reads: "ok SENTENCE", "not ok SENTENCE" or
 * "skipped SENTENCE: why". Arguments choose the cases whose names contain one of them.
 */
#include "tests/test.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct test_case *first, *last;
static const char *skip_why;
static bool seed_known;
static uint64_t seed;
static struct rng_seeded rng_state;
static bool rng_begun;

void test_add(struct test_case *c)
{
	if (last != NULL)
		last->next = c;
	else
		first = c;
	last = c;
}

_Noreturn void test_fail(const char *file, int line, const char *what, const char *why)
{
	fprintf(stderr, "%s:%d: %s\n\tdoes not hold: %s\n", file, line, why, what);
	_fail(file, line);
	abort();
}

_Noreturn void test_skip(const char *why)
{
	skip_why = why;
	_skip(__FILE__, __LINE__);
	abort();
}

void test_expect_eq(long long a, long long b, const char *what, const char *file,
	int line, const char *why)
{
	if (a == b)
		return;
	fprintf(stderr, "\tleft  %lld (0x%llx)\n\tright %lld (0x%llx)\n", a,
		(unsigned long long)a, b, (unsigned long long)b);
	test_fail(file, line, what, why);
}

static void print_bytes(const char *name, struct bytes b, size_t from)
{
	enum { SHOWN_BYTES = 64 };
	size_t end = b.len - from > SHOWN_BYTES ? from + SHOWN_BYTES : b.len;

	fprintf(stderr, "\t%s %zu bytes", name, b.len);
	if (from < b.len)
		fprintf(stderr, ", from %zu:", from);
	for (size_t i = from; i < end; i++)
		fprintf(stderr, " %02x", b.data[i]);
	fprintf(stderr, "%s\n", end < b.len ? " ..." : "");
}

void test_expect_bytes(
	struct bytes a, struct bytes b, const char *file, int line, const char *why)
{
	size_t same = 0, from;

	if (bytes_equal(a, b))
		return;
	while (same < a.len && same < b.len && a.data[same] == b.data[same])
		same++;
	from = same > 8 ? same - 8 : 0;
	print_bytes("left ", a, from);
	print_bytes("right", b, from);
	fprintf(stderr, "\tthey part at byte %zu\n", same);
	test_fail(file, line, "the same bytes", why);
}

void test_expect_string(
	const char *a, const char *b, const char *file, int line, const char *why)
{
	if (a != NULL && b != NULL && strcmp(a, b) == 0)
		return;
	fprintf(stderr, "\tleft  \"%s\"\n\tright \"%s\"\n", a != NULL ? a : "(null)",
		b != NULL ? b : "(null)");
	test_fail(file, line, "the same string", why);
}

int test_fork(void)
{
	struct rlimit no_core = { 0, 0 };
	int child;

	fflush(stdout);
	fflush(stderr);
	child = fork();
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		check_sink_set(NULL);
		signal(SIGABRT, SIG_DFL);
	}
	return child;
}

_Noreturn void test_child_end(void)
{
	_exit(0);
}

void test_expect_abort(
	int child, const char *what, const char *file, int line, const char *why)
{
	int status = 0;

	if (child < 0 || waitpid(child, &status, 0) != child)
		test_fail(file, line, "a child process", why);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
		test_fail(file, line, what, why);
}

uint64_t test_seed(void)
{
	const char *asked = getenv("SEED");
	struct timespec t;

	if (seed_known)
		return seed;
	clock_gettime(CLOCK_REALTIME, &t);
	seed = (uint64_t)t.tv_sec * 1000003u + (uint64_t)t.tv_nsec + (uint64_t)getpid();
	seed %= 1000000000u;
	if (asked != NULL && *asked != '\0')
		seed = strtoull(asked, NULL, 0);
	seed_known = true;
	printf("# seed %" PRIu64 " (SEED=%" PRIu64 " repeats this run)\n", seed, seed);
	return seed;
}

struct rng test_rng(void)
{
	static struct rng source;

	if (!rng_begun) {
		source = rng_seeded_init(&rng_state, test_seed());
		rng_begun = true;
	}
	return source;
}

static void run_in_cmocka(void **state)
{
	const struct test_case *c = *state;

	c->run();
}

static void say(const char *verdict, const char *name)
{
	printf("%s ", verdict);
	for (const char *p = name; *p != '\0'; p++)
		putchar(*p == '_' ? ' ' : *p);
}

/* True when the case holds or was skipped. */
static bool run_case(struct test_case *c)
{
	const struct CMUnitTest unit = { c->name, run_in_cmocka, NULL, NULL, c };
	int failed;

	skip_why = NULL;
	rng_begun = false;
	failed = _cmocka_run_group_tests(c->name, &unit, 1, NULL, NULL);
	fflush(stderr);
	if (skip_why != NULL) {
		say("skipped", c->name);
		printf(": %s\n", skip_why);
	} else {
		say(failed ? "not ok" : "ok", c->name);
		putchar('\n');
	}
	fflush(stdout);
	return failed == 0;
}

static bool is_chosen(const struct test_case *c, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strstr(c->name, argv[i]) != NULL)
			return true;
	return argc < 2;
}

static void say_check_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: check(%s) ended the program\n", file, line, what);
}

int main(int argc, char **argv)
{
	bool all_hold = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	check_sink_set(say_check_failed);
	for (struct test_case *c = first; c != NULL; c = c->next)
		if (is_chosen(c, argc, argv) && !run_case(c))
			all_hold = false;
	return all_hold ? 0 : 1;
}
