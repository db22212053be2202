/* SPDX-License-Identifier: ISC */
#include "node/control/services.h"

#include "tests/test.h"

TEST(services_are_read_and_written_back)
{
	static const struct {
		const char *word;
		uint8_t protocol;
		uint16_t port;
	} rows[] = { { "all", 0, 0 }, { "tcp", 6, 0 }, { "udp", 17, 0 },
		{ "22/tcp", 6, 22 }, { "65535/udp", 17, 65535 }, { "1/udp", 17, 1 },
		{ "132", 132, 0 } };

	for (size_t i = 0; i < array_len(rows); i++) {
		char word[SERVICE_TEXT_MAX];
		struct text t = text_of(word, sizeof(word));
		struct service s;

		EXPECT(service_parse(&s, bytes_of_string(rows[i].word)), rows[i].word);
		EXPECT_EQ(s.protocol, rows[i].protocol, rows[i].word);
		EXPECT_EQ(s.port, rows[i].port, rows[i].word);
		service_text(&t, &s);
		EXPECT_STRING(word, rows[i].word, "written as it was read");
	}
}

TEST(what_is_no_service_is_refused)
{
	static const struct {
		const char *why, *word;
	} rows[] = { { "nothing", "" },
		{ "no protocol", "22"
				 "/" },
		{ "no port", "/tcp" }, { "port 0", "0/tcp" },
		{ "port too large", "65536/tcp" },
		{ "far too large", "999999999999/tcp" }, { "a leading zero", "022/tcp" },
		{ "a sign", "+22/tcp" }, { "a space", "22 /tcp" },
		{ "unknown protocol", "22/xyz" }, { "capitals", "22/TCP" },
		{ "two slashes", "22/tcp/udp" }, { "a port of what has none", "22/132" },
		{ "protocol 0", "0" }, { "protocol 256", "256" },
		{ "tcp by number has a name", "6" }, { "a range", "20-22/tcp" } };
	struct service s;

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT(!service_parse(&s, bytes_of_string(rows[i].word)), rows[i].why);
}
