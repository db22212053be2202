/* SPDX-License-Identifier: ISC */
#include "node/warden/forwarding.h"

#include "tests/test.h"

TEST(a_record_is_read_line_by_line)
{
	const char *text = "ipv4/ip_forward 0\nipv6/conf/wl.an-0/accept_ra -1\n";
	struct forwarding_line line;

	EXPECT(forwarding_line_take(&text, &line), "a first line");
	EXPECT_STRING(line.path, "ipv4/ip_forward", "its path");
	EXPECT_STRING(line.value, "0", "its value");
	EXPECT(forwarding_line_take(&text, &line), "a second line");
	EXPECT_STRING(
		line.path, "ipv6/conf/wl.an-0/accept_ra", "an interface with a dot");
	EXPECT_STRING(line.value, "-1", "a negative value");
	EXPECT(!forwarding_line_take(&text, &line), "and no third");
}

TEST(a_line_that_no_record_of_ours_has_is_refused)
{
	static const struct {
		const char *why, *text;
	} rows[] = {
		{ "empty", "" },
		{ "an empty line", "\n" },
		{ "no value", "ipv4/ip_forward\n" },
		{ "an empty value", "ipv4/ip_forward \n" },
		{ "no end of the line: it was cut off", "ipv4/ip_forward 1" },
		{ "a value that is no number", "ipv4/ip_forward yes\n" },
		{ "a value that is too long", "ipv4/ip_forward 123456789012\n" },
		{ "two values", "ipv4/ip_forward 0 1\n" },
		{ "a path from the root", "/etc/passwd 0\n" },
		{ "another folder", "core/somaxconn 0\n" },
		{ "a path that climbs", "ipv4/../../kernel/sysrq 1\n" },
		{ "a path that is too long",
			"ipv4/conf/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaa 0\n" },
	};
	struct forwarding_line line;

	for (size_t i = 0; i < array_len(rows); i++) {
		const char *text = rows[i].text;

		EXPECT(!forwarding_line_take(&text, &line), rows[i].why);
	}
}
