/* SPDX-License-Identifier: ISC */
/* One order out, one answer in, with the descriptors that came along: the half of the wire
 * that needs no privilege; order.h has the grammar. */
#include "node/warden/warden.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/mem.h"
#include "node/base/text.h"
#include "node/warden/order.h"

/* the kernel may have to load modules for a first order, which takes a slow machine seconds */
enum { ANSWER_MS = 8000, CLOSE_MS = 1000, FDS_MAX = 2, PATH_ROOM = 4096 };

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

struct warden {
	int fd;
	int child; /* pidfd; -1: it is a service */
	struct answer answer;
};

void warden_order_write(struct writer *w, const struct order *o)
{
	write_u8(w, ORDER_VERSION);
	write_u8(w, (uint8_t)o->kind);
	write_u8(w, o->on);
	write_u8(w, o->count);
	write_u16(w, o->kind == ORDER_RADIO ? o->radio.mhz : o->mtu);
	write_id(w, &o->self);
	if (o->kind != ORDER_RADIO) {
		write_bytes(w, bytes_of(o->names, sizeof(o->names)));
		return;
	}
	write_bytes(w, bytes_of(o->radio.interface, IFNAMSIZ));
	write_bytes(w, bytes_of(o->radio.id, RADIO_ID_MAX));
	write_u8(w, o->radio.mode);
	write_u8(w, o->radio.flags);
	write_bytes(w, bytes_of(o->radio.key, sizeof(o->radio.key)));
	write_zeros(
		w, sizeof(o->names) - IFNAMSIZ - RADIO_ID_MAX - 2 - sizeof(o->radio.key));
}

bool warden_answer_parse(struct answer *a, struct bytes packet)
{
	struct reader r = reader_of(packet);
	uint8_t version = read_u8(&r), kind = read_u8(&r);
	struct bytes reason;

	*a = (struct answer){ .kind = (enum order_kind)kind, .error = read_u16(&r) };
	reason = read_rest(&r);
	if (!read_ended(&r) || version != ORDER_VERSION || kind < ORDER_TUN ||
		kind > ORDER_RADIO || reason.len > ORDER_REASON_MAX)
		return false;
	if (reason.len > 0)
		memcpy(a->reason, reason.data, reason.len);
	return true;
}

static int connect_to(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd, err;

	if (strlen(path) >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* The warden beside our own executable. */
static int program_find(char *path, size_t room)
{
	static const char name[] = "qanat-warden";
	ssize_t len = readlink("/proc/self/exe", path, room - sizeof(name));
	char *slash;

	if (len < 0)
		return -errno;
	path[len] = 0;
	slash = strrchr(path, '/');
	if (slash == NULL)
		return -ENOENT;
	memcpy(slash + 1, name, sizeof(name));
	return 0;
}

/* In a process group of its own: what a terminal sends to ours must not end it before us. */
static int start(int *child, const char *path, int end)
{
	char *argv[] = { "qanat-warden", "--inherited", NULL };
	char *environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	sigset_t none, all;
	pid_t pid;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how,
		POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&how, &none);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, end, 3);
	err = -posix_spawn(&pid, path, &actions, &how, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&how);
	if (err < 0)
		return err;
	*child = (int)syscall(SYS_pidfd_open, pid, 0);
	return *child < 0 ? -errno : 0;
}

static int spawn(int *child)
{
	char path[PATH_ROOM];
	int ends[2];
	int err = program_find(path, sizeof(path));

	if (err < 0)
		return err;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	err = start(child, path, ends[1]);
	close(ends[1]);
	if (err < 0) {
		close(ends[0]);
		return err;
	}
	return ends[0];
}

int warden_open(struct warden **out, const char *socket)
{
	int child = -1;
	int fd = socket != NULL ? connect_to(socket) : spawn(&child);

	if (fd < 0)
		return fd;
	*out = mem_new(sizeof(**out));
	(*out)->fd = fd;
	(*out)->child = child;
	return 0;
}

static bool wait_for(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

void warden_close(struct warden *w)
{
	siginfo_t how;

	if (w == NULL)
		return;
	shutdown(w->fd, SHUT_WR);
	/* a service closes its end as the last thing it does, a child ends */
	(void)wait_for(w->child >= 0 ? w->child : w->fd, CLOSE_MS);
	close(w->fd);
	if (w->child >= 0) {
		(void)waitid(P_PIDFD, (id_t)w->child, &how, WEXITED | WNOHANG);
		close(w->child);
	}
	mem_free(w);
}

int warden_fd(const struct warden *w)
{
	return w->fd;
}

const char *warden_reason(const struct warden *w)
{
	return w->answer.reason;
}

static void fds_close(int fds[FDS_MAX])
{
	for (int i = 0; i < FDS_MAX; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void fds_take(struct msghdr *m, int fds[FDS_MAX])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return;
	for (size_t i = 0; i < FDS_MAX && CMSG_LEN((i + 1) * sizeof(int)) <= c->cmsg_len;
		i++)
		memcpy(&fds[i], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
}

static int answer_receive(struct warden *w, int fds[FDS_MAX])
{
	uint8_t packet[ANSWER_SIZE_MAX];
	union {
		char room[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr aligned;
	} control;
	struct iovec v = { packet, sizeof(packet) };
	struct msghdr m = { .msg_iov = &v,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t n;

	if (!wait_for(w->fd, ANSWER_MS))
		return -ETIMEDOUT;
	n = recvmsg(w->fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	fds_take(&m, fds);
	if (n == 0)
		return -EPIPE;
	if ((m.msg_flags & MSG_TRUNC) ||
		!warden_answer_parse(&w->answer, bytes_of(packet, (size_t)n)))
		return -EPROTO;
	return -w->answer.error;
}

/* fds hold what came along, -1 where nothing did; none unless the order was done. */
static int ask(struct warden *w, const struct order *o, int fds[FDS_MAX])
{
	uint8_t packet[ORDER_SIZE];
	struct writer out = writer_of(packet, sizeof(packet));
	int err;

	w->answer = (struct answer){ 0 };
	for (int i = 0; i < FDS_MAX; i++)
		fds[i] = -1;
	warden_order_write(&out, o);
	check(!out.overflow);
	err = send(w->fd, packet, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
	explicit_bzero(packet, sizeof(packet)); /* a radio's key may be in it */
	if (err < 0)
		return err;
	err = answer_receive(w, fds);
	if (err == 0 && w->answer.kind != o->kind)
		err = -EPROTO;
	/* an answer that comes too late must not be taken for the next one's */
	if (err == -ETIMEDOUT || err == -EPROTO)
		shutdown(w->fd, SHUT_RDWR);
	if (err < 0) {
		fds_close(fds);
		fds[0] = fds[1] = -1;
	}
	return err;
}

static int ask_only(struct warden *w, const struct order *o)
{
	int fds[FDS_MAX];
	int err = ask(w, o, fds);

	if (err == 0)
		fds_close(fds);
	return err;
}

/* What the device is, and as much unfinished work as this kernel lets us hand over and take. */
static int tun_describe(struct warden_tun *t)
{
	static const unsigned tso = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
	struct ifreq r = { 0 };

	if (ioctl(t->fd, TUNGETIFF, &r) < 0)
		return -errno;
	memcpy(t->name, r.ifr_name, sizeof(t->name));
	t->vnet = (r.ifr_flags & IFF_VNET_HDR) != 0;
	t->uso = ioctl(t->fd, TUNSETOFFLOAD, tso | TUN_F_USO4 | TUN_F_USO6) == 0;
	t->tso = t->uso || ioctl(t->fd, TUNSETOFFLOAD, tso) == 0;
	return 0;
}

int warden_tun(struct warden *w, const struct address *self, unsigned mtu,
	struct warden_tun *out)
{
	struct order o = { .kind = ORDER_TUN, .self = *self, .mtu = (uint16_t)mtu };
	int fds[FDS_MAX];
	int err;

	if (mtu < ORDER_MTU_MIN || mtu > UINT16_MAX)
		return -EINVAL;
	err = ask(w, &o, fds);
	if (err < 0)
		return err;
	if (fds[0] < 0)
		return -EPROTO;
	*out = (struct warden_tun){ .fd = fds[0] };
	err = tun_describe(out);
	if (err < 0)
		close(fds[0]);
	return err;
}

int warden_guard(struct warden *w, const char *const names[], size_t count)
{
	struct order o = { .kind = ORDER_GUARD, .count = (uint8_t)count };

	if (count > ORDER_NAMES_MAX)
		return -E2BIG;
	for (size_t i = 0; i < count; i++) {
		if (!order_name_is_good(names[i]))
			return -EINVAL;
		memcpy(o.names[i], names[i], strlen(names[i]) + 1);
	}
	return ask_only(w, &o);
}

int warden_dns(struct warden *w, bool on, struct warden_dns *out)
{
	struct order o = { .kind = ORDER_DNS, .on = on };
	int fds[FDS_MAX];
	int err = ask(w, &o, fds);
	struct sockaddr_in at = { 0 };
	socklen_t len = sizeof(at);

	if (err < 0 || !on)
		return err;
	if (fds[1] < 0 || getsockname(fds[0], (struct sockaddr *)&at, &len) < 0) {
		fds_close(fds);
		return -EPROTO;
	}
	*out = (struct warden_dns){ .udp = fds[0], .tcp = fds[1] };
	memcpy(out->address, &at.sin_addr, sizeof(out->address));
	return 0;
}

int warden_uplink(struct warden *w, bool on)
{
	struct order o = { .kind = ORDER_UPLINK, .on = on };

	return ask_only(w, &o);
}

int warden_gateway(struct warden *w, bool on)
{
	struct order o = { .kind = ORDER_GATEWAY, .on = on };

	return ask_only(w, &o);
}

bool warden_radio_key(const char *key)
{
	return radio_key_is_good(key);
}

int warden_radio_join(
	struct warden *w, const struct warden_radio *r, struct warden_joined *out)
{
	struct order o = { .kind = ORDER_RADIO,
		.on = true,
		.radio = { .mode = r->ibss ? RADIO_IBSS : RADIO_MESH,
			.flags = (r->take ? RADIO_TAKE : 0) | (r->ht ? RADIO_HT : 0) |
				 (r->monitor ? RADIO_MONITOR : 0) |
				 (r->width_mhz == 40 ? RADIO_40_MHZ : 0) |
				 (r->width_mhz == 80 ? RADIO_80_MHZ : 0),
			.mhz = r->mhz } };
	struct text name = text_of(o.radio.interface, sizeof(o.radio.interface));
	struct text id = text_of(o.radio.id, sizeof(o.radio.id));
	struct text key = text_of(o.radio.key, sizeof(o.radio.key));
	int fds[FDS_MAX];
	int err;

	text_string(&name, r->interface);
	text_string(&id, r->id);
	text_string(&key, r->key);
	if (!radio_order_is_sound(&o.radio, true))
		return -EINVAL;
	err = ask(w, &o, fds);
	explicit_bzero(&o, sizeof(o));
	if (err < 0)
		return err;
	if (fds[0] < 0 || !order_name_is_good(w->answer.reason)) {
		fds_close(fds);
		return -EPROTO;
	}
	*out = (struct warden_joined){ .fd = fds[0], .monitor = fds[1] };
	memcpy(out->name, w->answer.reason, strlen(w->answer.reason));
	return 0;
}

int warden_radio_leave(struct warden *w)
{
	return ask_only(w, &(struct order){ .kind = ORDER_RADIO });
}
