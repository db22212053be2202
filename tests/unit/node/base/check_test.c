/* SPDX-License-Identifier: ISC */
/* What ends the program, and what does not. */
#include "node/base/check.h"

#include <stdlib.h>

#include "tests/test.h"

static void say_it(const char *what, const char *file, int line)
{
	/* The child ends well only if the sink hears of the right thing. */
	if (strcmp(what, "1 == 2") == 0 && strstr(file, "check_test.c") != NULL &&
		line > 0)
		return;
	_Exit(0);
}

TEST(check_ends_the_program_and_lets_the_sink_speak)
{
	int zero = 0;

	check(zero == 0);
	EXPECT_CHECK(check(zero == 1), "what does not hold ends the program");
	EXPECT_CHECK(
		{
			check_sink_set(say_it);
			check(1 == 2);
		},
		"the sink hears what and where");
}

TEST(check_evaluates_once)
{
	int n = 0;

	check(++n == 1);
	EXPECT_EQ(n, 1, "its argument is evaluated once");
	EXPECT_EQ(array_len("abcd"), 5, "array_len counts elements");
}
