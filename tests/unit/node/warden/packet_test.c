/* SPDX-License-Identifier: ISC */
/* The monitor's filter, on a socket that needs no privilege: the kernel runs it all the same. */
#include <errno.h>
#include <linux/filter.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/warden/radio.h"
#include "tests/test.h"

#define TO   "\2\0\0\0\0\1"
#define FROM "\2\0\0\0\0\2"

static void filtered(int ends[2])
{
	int err;

	EXPECT(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0, "a socket");
	err = radio_monitor_filter(ends[0]);
	if (err == -ENOPROTOOPT)
		SKIP("this kernel has no filter that can be locked");
	EXPECT_EQ(err, 0, "with the filter");
}

TEST(of_a_frame_that_is_heard_nothing_comes_behind_its_transmitter)
{
	static const struct {
		const char *why;
		struct bytes frame;
		size_t comes;
	} rows[] = {
		{ "a beacon", BYTES("\0\0\x8\0\0\0\0\0\x80\0\0\0" TO FROM "secret"), 24 },
		{ "data behind a longer header",
			BYTES("\0\0\xd\0\4\x80\2\0\xc\0\0\0\2\x88\1\0\0" TO FROM
			      "a letter, its address, and more"),
			29 },
		{ "one with no more than that",
			BYTES("\0\0\x8\0\0\0\0\0\x8\0\0\0" TO FROM), 24 },
		{ "one that ends before", BYTES("\0\0\x8\0\0\0\0\0\x8\0\0\0" TO), 18 },
		{ "an acknowledgement",
			BYTES("\0\0\x8\0\0\0\0\0\xd4\0\0\0" TO FROM "secret"), 0 },
		{ "an extension", BYTES("\0\0\x8\0\0\0\0\0\xc\0\0\0" TO FROM "secret"),
			0 },
		{ "another version",
			BYTES("\0\0\x8\0\0\0\0\0\x81\0\0\0" TO FROM "secret"), 0 },
		{ "a header that goes beyond the end",
			BYTES("\0\0\0\1\0\0\0\0\x80\0\0\0" TO FROM "secret"), 0 },
		{ "three bytes", BYTES("\0\0\2"), 0 },
	};
	uint8_t in[512];
	int ends[2];

	filtered(ends);
	for (size_t i = 0; i < array_len(rows); i++) {
		ssize_t n;

		/* what no filter lets in is refused to who sends it */
		(void)!send(ends[1], rows[i].frame.data, rows[i].frame.len, MSG_DONTWAIT);
		n = recv(ends[0], in, sizeof(in), MSG_DONTWAIT);
		EXPECT_EQ(n < 0 ? 0 : n, rows[i].comes, rows[i].why);
		EXPECT_BYTES(bytes_of(in, rows[i].comes),
			bytes_of(rows[i].frame.data, rows[i].comes), rows[i].why);
	}
	close(ends[0]);
	close(ends[1]);
}

TEST(whoever_holds_the_socket_cannot_take_the_filter_off)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 65535);
	struct sock_fprog other = { 1, &all };
	int ends[2], one = 1;

	filtered(ends);
	EXPECT(setsockopt(ends[0], SOL_SOCKET, SO_DETACH_FILTER, &one, sizeof(one)) < 0 &&
			errno == EPERM,
		"nor leave it out");
	EXPECT(setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_FILTER, &other, sizeof(other)) <
				0 &&
			errno == EPERM,
		"nor set another");
	close(ends[0]);
	close(ends[1]);
}
