/* SPDX-License-Identifier: ISC */
/*
 * A case is TEST(name_that_reads_as_a_sentence) { ... }; it registers itself before main
 * and runs in the order of the file. EXPECT and its kin end the case at the first thing
 * that does not hold, with file, line and the sentence. What is random draws from
 * test_rng(): the seed is printed, and SEED=number in the environment repeats the run.
 */
#pragma once

#include "node/base/bytes.h"
#include "node/base/check.h"
#include "node/base/rng.h"

struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next; /* private */
};

#define TEST(name)                                                                       \
	static void test_##name(void);                                                   \
	static struct test_case case_##name = { #name, test_##name, NULL };              \
	__attribute__((constructor)) static void add_##name(void)                        \
	{                                                                                \
		test_add(&case_##name);                                                  \
	}                                                                                \
	static void test_##name(void)

/* why is one sentence: what should have held. */
#define EXPECT(cond, why)                                                                \
	do {                                                                             \
		if (!(cond))                                                             \
			test_fail(__FILE__, __LINE__, #cond, (why));                     \
	} while (0)

/* Integers of any width; prints both. */
#define EXPECT_EQ(a, b, why)                                                             \
	test_expect_eq(                                                                  \
		(long long)(a), (long long)(b), #a " == " #b, __FILE__, __LINE__, (why))

/* struct bytes; prints where they part, and both in hex. */
#define EXPECT_BYTES(a, b, why) test_expect_bytes((a), (b), __FILE__, __LINE__, (why))

/* Zero-closed strings; prints both. */
#define EXPECT_STRING(a, b, why) test_expect_string((a), (b), __FILE__, __LINE__, (why))

/* statement must end the program by check(); it runs in a child process. */
#define EXPECT_CHECK(statement, why)                                                     \
	do {                                                                             \
		int test_child_ = test_fork();                                           \
		if (test_child_ == 0) {                                                  \
			statement;                                                       \
			test_child_end();                                                \
		}                                                                        \
		test_expect_abort(test_child_, #statement, __FILE__, __LINE__, (why));   \
	} while (0)

/* Ends the case as skipped; why says what this machine lacks. */
#define SKIP(why) test_skip((why))

/* The seed of this run: SEED from the environment, else fresh; printed when first asked. */
uint64_t test_seed(void);

/* A seeded source on test_seed(), begun anew for each case; it lives until the case ends. */
struct rng test_rng(void);

/* What the macros above stand on. */
void test_add(struct test_case *c);
_Noreturn void test_fail(const char *file, int line, const char *what, const char *why);
_Noreturn void test_skip(const char *why);
void test_expect_eq(long long a, long long b, const char *what, const char *file,
	int line, const char *why);
void test_expect_bytes(
	struct bytes a, struct bytes b, const char *file, int line, const char *why);
void test_expect_string(
	const char *a, const char *b, const char *file, int line, const char *why);
int test_fork(void);
_Noreturn void test_child_end(void);
void test_expect_abort(
	int child, const char *what, const char *file, int line, const char *why);
