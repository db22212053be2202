/* SPDX-License-Identifier: ISC */
/* A whole connection in a process of its own; nothing in it needs a privilege. */
#include "node/warden/serve.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/warden/order.h"
#include "node/warden/warden.h"
#include "tests/test.h"

static pid_t begin(int *ours)
{
	int ends[2];
	pid_t pid;

	EXPECT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0,
		"a socket");
	pid = fork();
	EXPECT(pid >= 0, "a process");
	if (pid == 0) {
		close(ends[0]);
		serve(ends[1], serve_stop());
		_exit(7);
	}
	close(ends[1]);
	*ours = ends[0];
	return pid;
}

static int ended(pid_t pid)
{
	int status = 0;

	EXPECT(waitpid(pid, &status, 0) == pid, "it ends");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static struct answer ask(int fd, struct bytes packet)
{
	uint8_t in[ANSWER_SIZE_MAX + 1];
	struct answer a;
	ssize_t n;

	EXPECT(send(fd, packet.data, packet.len, 0) == (ssize_t)packet.len, "it is sent");
	n = recv(fd, in, sizeof(in), 0);
	EXPECT(n > 0 && warden_answer_parse(&a, bytes_of(in, (size_t)n)),
		"it is answered");
	return a;
}

static struct answer order(int fd, const struct order *o)
{
	uint8_t packet[ORDER_SIZE];
	struct writer w = writer_of(packet, sizeof(packet));

	warden_order_write(&w, o);
	return ask(fd, writer_bytes(&w));
}

TEST(what_is_no_order_is_answered_as_such_and_the_connection_goes_on)
{
	static const uint8_t junk[4000] = { 1, 4, 1 };
	int fd;
	pid_t pid = begin(&fd);
	struct answer a = ask(fd, bytes_of(junk, 3));

	EXPECT_EQ(a.error, EINVAL, "three bytes");
	EXPECT_STRING(a.reason, "that is no order", "in words");
	EXPECT_EQ(ask(fd, bytes_of(junk, sizeof(junk))).error, EINVAL, "4000 bytes");
	EXPECT_EQ(ask(fd, bytes_of(junk, ORDER_SIZE + 1)).error, EINVAL, "one too many");
	EXPECT_EQ(order(fd, &(struct order){ .kind = ORDER_GUARD }).error, 0,
		"a sound one");
	close(fd);
	EXPECT_EQ(ended(pid), 7, "it returns when the other end is closed");
}

TEST(what_hangs_on_the_device_is_refused_before_there_is_one)
{
	static const enum order_kind kinds[] = { ORDER_DNS, ORDER_UPLINK, ORDER_GATEWAY };
	int fd;
	pid_t pid = begin(&fd);

	for (size_t i = 0; i < array_len(kinds); i++)
		for (int on = 0; on < 2; on++)
			EXPECT_EQ(order(fd, &(struct order){ .kind = kinds[i], .on = on })
					  .error,
				ENODEV, "no device");
	close(fd);
	EXPECT_EQ(ended(pid), 7, "it returns");
}

TEST(a_signal_ends_it_after_the_order_in_hand)
{
	int fd;
	pid_t pid = begin(&fd);

	EXPECT_EQ(
		order(fd, &(struct order){ .kind = ORDER_GUARD }).error, 0, "an answer");
	EXPECT(kill(pid, SIGTERM) == 0, "it is told to stop");
	EXPECT_EQ(ended(pid), 7, "and returns");
	close(fd);
}

TEST(nothing_to_put_back_is_no_failure)
{
	EXPECT_EQ(serve_restore(), 0, "no record");
}
