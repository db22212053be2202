/* SPDX-License-Identifier: ISC */
#include "sim/ns3/desk.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>
#include <memory>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <ns3/simulator.h>

using namespace ns3;

enum { LINE_MAX_BYTES = 4096, PATIENCE_S = 10 };

static sigset_t end_signals()
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	return set;
}

/* Does something in the simulator's thread. */
static void post(const std::function<void()> &what)
{
	Simulator::ScheduleWithContext(Simulator::NO_CONTEXT, Time(0), what);
}

/* The answer to a line; empty when the simulator has come to its end before. */
static std::string ask(desk *d, const std::string &line)
{
	auto promise = std::make_shared<std::promise<std::string>>();
	auto answer = promise->get_future();

	post([d, line, promise]() { promise->set_value(d->answer(line)); });
	if (answer.wait_for(std::chrono::seconds(PATIENCE_S)) !=
		std::future_status::ready)
		return "";
	return answer.get();
}

static bool send_all(int fd, const std::string &text)
{
	size_t done = 0;

	while (done < text.size()) {
		ssize_t n =
			send(fd, text.data() + done, text.size() - done, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		done += size_t(n);
	}
	return true;
}

static void talk(desk *d, int fd)
{
	struct timeval patience = { PATIENCE_S, 0 };
	std::string heard;
	char more[512];
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while (heard.size() < LINE_MAX_BYTES &&
		(n = recv(fd, more, sizeof(more), 0)) > 0) {
		size_t end;

		heard.append(more, size_t(n));
		while ((end = heard.find('\n')) != std::string::npos) {
			if (!send_all(fd, ask(d, heard.substr(0, end))))
				return;
			heard.erase(0, end + 1);
		}
	}
}

static void sit(desk *d)
{
	struct pollfd fds[] = { { d->over, POLLIN, 0 }, { d->signals, POLLIN, 0 },
		{ d->listener, POLLIN, 0 } };

	for (;;) {
		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents)
			return;
		if (fds[1].revents) {
			post([]() { Simulator::Stop(); });
			return;
		}
		int fd = accept4(d->listener, nullptr, nullptr, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		talk(d, fd);
		close(fd);
	}
}

static int listen_at(const std::string &path)
{
	struct sockaddr_un a = {};
	int fd, err;

	a.sun_family = AF_UNIX;
	if (path.size() >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	memcpy(a.sun_path, path.c_str(), path.size());
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, reinterpret_cast<struct sockaddr *>(&a), sizeof(a)) == 0 &&
		chmod(path.c_str(), 0600) == 0 && listen(fd, 16) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

void desk_block_signals()
{
	sigset_t set = end_signals();

	pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int desk_open(desk *d, const std::string &path)
{
	sigset_t set = end_signals();

	if (!path.empty()) {
		d->listener = listen_at(path);
		if (d->listener < 0)
			return d->listener;
		d->path = path;
	}
	d->signals = signalfd(-1, &set, SFD_CLOEXEC);
	d->over = eventfd(0, EFD_CLOEXEC);
	if (d->signals < 0 || d->over < 0)
		return -errno;
	d->thread = std::thread(sit, d);
	return 0;
}

void desk_close(desk *d)
{
	uint64_t one = 1;

	if (d->thread.joinable()) {
		while (write(d->over, &one, sizeof(one)) < 0 && errno == EINTR)
			continue;
		d->thread.join();
	}
	if (!d->path.empty())
		unlink(d->path.c_str());
	for (int fd : { d->signals, d->listener, d->over })
		if (fd >= 0)
			close(fd);
}
