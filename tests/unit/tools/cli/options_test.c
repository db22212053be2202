/* SPDX-License-Identifier: ISC */
/* What people type: durations, and figures as they are shown to them. */
#include "tools/cli/options.h"

#include <locale.h>

#include "tests/test.h"
#include "tools/cli/cmd.h"

TEST(durations_are_read_in_every_unit)
{
	static const struct {
		const char *text;
		uint64_t ms;
	} rows[] = { { "0", 0 }, { "5", 5000 }, { "0.2", 200 }, { "1.25s", 1250 },
		{ "250ms", 250 }, { "90m", 5400000 }, { "8h", 28800000 },
		{ "7d", 604800000 }, { "2w", 1209600000 },
		{ "999999999w", 604799999395200000u } };

	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t ms = 1;

		EXPECT(options_duration(rows[i].text, &ms), rows[i].text);
		EXPECT_EQ(ms, rows[i].ms, rows[i].text);
	}
}

TEST(what_is_no_duration_is_refused)
{
	static const char *const rows[] = { "", "s", "-1", "+1", ".5", "1.", "1.5.5",
		"5y", "5 s", "1e3", "0x10", "1234567890", "1.1234567", "5ss", "nan" };

	for (size_t i = 0; i < array_len(rows); i++) {
		uint64_t ms;

		EXPECT(!options_duration(rows[i], &ms), rows[i]);
	}
}

static const char *shown(const char *(*print)(const json_t *), double v)
{
	json_t *n = json_real(v);
	const char *text = print(n);

	json_decref(n);
	return text;
}

TEST(figures_have_three_digits_that_count_and_a_unit)
{
	EXPECT_STRING(shown(print_bytes, 0), "0 B", "none");
	EXPECT_STRING(shown(print_bytes, 999), "999 B", "no unit yet");
	EXPECT_STRING(shown(print_bytes, 1000), "1.00 kB", "a thousand");
	EXPECT_STRING(
		shown(print_bytes, 999900), "1.00 MB", "rounded into the next unit");
	EXPECT_STRING(shown(print_bytes, 23456789), "23.5 MB", "three digits");
	EXPECT_STRING(shown(print_rate, 5500000), "5.50 Mbit/s", "a rate");
	EXPECT_STRING(shown(print_age, 3.14), "3.1 s", "seconds");
	EXPECT_STRING(shown(print_age, 125), "2 min", "minutes");
	EXPECT_STRING(shown(print_age, 11520), "3 h", "hours");
	EXPECT_STRING(shown(print_age, 864000), "10 d", "days");
	EXPECT_STRING(shown(print_ms, 0.012345), "12.3 ms", "milliseconds");
	EXPECT_STRING(shown(print_percent, 0.05), "5.0 %", "a share");
	EXPECT_STRING(print_bytes(NULL), "-", "not known");
}

TEST(names_are_escaped_once_and_cut_nowhere)
{
	setlocale(LC_ALL, "C.UTF-8");
	print_init();
	EXPECT_STRING(print_safe(BYTES("a\n\x1b[31m")), "a\\x0a\\x1b[31m", "controls");
	EXPECT_STRING(print_safe(BYTES("\xc3\xa9")), "\xc3\xa9", "letters stay");
	EXPECT_EQ(print_columns("\xe5\x86\x99"), 2, "a wide letter takes two columns");
	EXPECT_STRING(print_safe_string(""), "-", "empty is shown as unknown");
}

TEST(fractions_are_known_only_from_both_numbers)
{
	json_t *all = json_integer(100), *need = json_integer(25),
	       *none = json_integer(0);

	EXPECT(cmd_fraction(all, need) == 0.75, "three quarters");
	EXPECT(cmd_fraction(all, none) == 1, "all");
	EXPECT(cmd_fraction(none, none) == 1, "all of nothing");
	EXPECT(cmd_fraction(need, all) == 0, "more needed than there is");
	EXPECT(cmd_fraction(NULL, need) < 0, "unknown");
	EXPECT(cmd_fraction(all, NULL) < 0, "unknown");
	json_decref(all);
	json_decref(need);
	json_decref(none);
}
