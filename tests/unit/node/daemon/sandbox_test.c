/* SPDX-License-Identifier: ISC */
/* Each forbidden call is tried in a process of its own that has entered the sandbox. */
#include "node/daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/text.h"
#include "tests/test.h"

enum { DONE = 0, NOT_ENTERED = 99, KILLED = 1000 };

static bool kernel_has_filters(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

/* What becomes of f in the sandbox: the errno it returns, or KILLED. */
static int inside_with(int (*f)(void), bool wifi)
{
	struct log silent = { 0 };
	struct sandbox how = { .wifi = wifi };
	int status = 0;
	pid_t pid;

	if (!kernel_has_filters())
		SKIP("this kernel has no filter of system calls");
	pid = fork();
	if (pid == 0) {
		if (sandbox_enter(&how, &silent) < 0)
			_exit(NOT_ENTERED);
		_exit(f());
	}
	EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid, "a process can be made");
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : -WTERMSIG(status);
	return WEXITSTATUS(status);
}

static int inside(int (*f)(void))
{
	return inside_with(f, false);
}

static int result(long r)
{
	return r < 0 ? errno : DONE;
}

/* fork and its like: the child ends at once if there is one after all. */
static int result_of_fork(long r)
{
	if (r == 0)
		_exit(DONE);
	return result(r);
}

#define TRY(name, call)                                                                  \
	static int name(void)                                                            \
	{                                                                                \
		return result(call);                                                     \
	}

static char *const no_words[] = { NULL };

TRY(try_execve, execve("/bin/true", no_words, no_words))
TRY(try_execveat, syscall(SYS_execveat, AT_FDCWD, "/bin/true", no_words, no_words, 0))
TRY(try_ptrace, ptrace(PTRACE_TRACEME, 0, NULL, NULL))
TRY(try_vm_readv, syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0))
TRY(try_mount, syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL))
TRY(try_umount, syscall(SYS_umount2, "/", 0))
TRY(try_chroot, chroot("/"))
TRY(try_pivot, syscall(SYS_pivot_root, "/", "/"))
TRY(try_fsopen, syscall(SYS_fsopen, "tmpfs", 0))
TRY(try_unshare, unshare(CLONE_NEWUSER))
TRY(try_unshare_net, unshare(CLONE_NEWNET))
TRY(try_setns, setns(0, 0))
TRY(try_bpf, syscall(SYS_bpf, 0, NULL, 0))
TRY(try_perf, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))
TRY(try_userfaultfd, syscall(SYS_userfaultfd, 0))
TRY(try_keyctl, syscall(SYS_keyctl, 0, 0, 0, 0, 0))
TRY(try_add_key, syscall(SYS_add_key, "user", "a", "b", 1, -2))
TRY(try_init_module, syscall(SYS_init_module, NULL, 0, ""))
TRY(try_finit_module, syscall(SYS_finit_module, 0, "", 0))
TRY(try_kexec, syscall(SYS_kexec_load, 0, 0, NULL, 0))
TRY(try_by_handle, syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0))
TRY(try_setuid, setuid(0))
TRY(try_mknod, mknod("/nowhere/qanat", S_IFCHR | 0600, 0))

TRY(try_seccomp, syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL))
TRY(try_prctl, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
TRY(try_kill, kill(getppid(), 0))
TRY(try_tgkill, syscall(SYS_tgkill, getppid(), getppid(), 0))
TRY(try_ioctl, syscall(SYS_ioctl, 0, 0x5412, "x")) /* TIOCSTI */
TRY(try_io_uring, syscall(SYS_io_uring_setup, 1, NULL))
TRY(try_memfd, syscall(SYS_memfd_create, "a", 0))
TRY(try_chown, chown("/nowhere/qanat", 1, 1))
TRY(try_socketpair, socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){ 0 }))
TRY(try_raw_v4, socket(AF_INET, SOCK_RAW, 1))
TRY(try_raw_v6, socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, 58))
TRY(try_packet, socket(AF_PACKET, SOCK_RAW, 0))
TRY(try_packet_dgram, socket(AF_PACKET, SOCK_DGRAM, 0))
TRY(try_alg, socket(38, SOCK_SEQPACKET, 0))
TRY(try_vsock, socket(40, SOCK_STREAM, 0))
TRY(try_audit, socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT))
TRY(try_netfilter, socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER))
TRY(try_generic, socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC))
TRY(try_route, socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
TRY(try_udp, socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
TRY(try_tcp, socket(AF_INET, SOCK_STREAM, 0))
TRY(try_unix, socket(AF_UNIX, SOCK_SEQPACKET, 0))
TRY(try_limit, setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 64, 64 }))
TRY(try_read_limit, getrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, 0 }))

static int try_exec_memory(void)
{
	return result((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int try_exec_later(void)
{
	void *p = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? DONE : result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int try_fork(void)
{
	return result_of_fork(fork());
}

static int try_namespace_clone(void)
{
	return result_of_fork(
		syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int try_clone3(void)
{
	uint64_t arguments[8] = { [4] = SIGCHLD };

	return result_of_fork(syscall(SYS_clone3, arguments, sizeof(arguments)));
}

static void *thread(void *context)
{
	int s = socket(AF_PACKET, SOCK_RAW, 0);

	*(int *)context = s < 0 ? errno : DONE;
	return NULL;
}

/* A thread can be made, and is held like the one that made it. */
static int try_thread(void)
{
	pthread_t t;
	int got = -1;

	if (pthread_create(&t, NULL, thread, &got) != 0)
		return DONE;
	pthread_join(t, NULL);
	return got;
}

TEST(what_only_an_intruder_would_call_ends_the_process)
{
	static const struct {
		const char *why;
		int (*call)(void);
	} rows[] = {
		{ "execve", try_execve },
		{ "execveat", try_execveat },
		{ "ptrace", try_ptrace },
		{ "process_vm_readv", try_vm_readv },
		{ "mount", try_mount },
		{ "umount", try_umount },
		{ "chroot", try_chroot },
		{ "pivot_root", try_pivot },
		{ "fsopen", try_fsopen },
		{ "a new user namespace", try_unshare },
		{ "a new network namespace", try_unshare_net },
		{ "setns", try_setns },
		{ "bpf", try_bpf },
		{ "perf_event_open", try_perf },
		{ "userfaultfd", try_userfaultfd },
		{ "keyctl", try_keyctl },
		{ "add_key", try_add_key },
		{ "init_module", try_init_module },
		{ "finit_module", try_finit_module },
		{ "kexec_load", try_kexec },
		{ "open_by_handle_at", try_by_handle },
		{ "setuid", try_setuid },
		{ "mknod", try_mknod },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(inside(rows[i].call), KILLED, rows[i].why);
}

TEST(what_a_node_does_not_need_fails_in_the_sandbox)
{
	static const struct {
		const char *why;
		int (*call)(void);
	} rows[] = {
		{ "another filter", try_seccomp },
		{ "to be dumpable again", try_prctl },
		{ "a signal to another process", try_kill },
		{ "a signal to another process's thread", try_tgkill },
		{ "ioctl", try_ioctl },
		{ "io_uring", try_io_uring },
		{ "a file in memory", try_memfd },
		{ "chown by name", try_chown },
		{ "a pair of sockets", try_socketpair },
		{ "a raw IPv4 socket", try_raw_v4 },
		{ "a raw IPv6 socket", try_raw_v6 },
		{ "a packet socket", try_packet },
		{ "a cooked packet socket", try_packet_dgram },
		{ "the kernel's ciphers", try_alg },
		{ "the hypervisor", try_vsock },
		{ "the audit log", try_audit },
		{ "the packet filter", try_netfilter },
		{ "generic netlink", try_generic },
		{ "a higher limit", try_limit },
		{ "memory that is writable and runs", try_exec_memory },
		{ "memory that runs later", try_exec_later },
		{ "fork", try_fork },
		{ "clone into a namespace", try_namespace_clone },
		{ "clone3", try_clone3 },
		{ "a packet socket in a thread made later", try_thread },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		EXPECT_EQ(inside(rows[i].call), ENOSYS, rows[i].why);
}

TEST(what_a_node_needs_works_in_the_sandbox)
{
	EXPECT_EQ(inside(try_route), DONE, "netlink about interfaces");
	EXPECT_EQ(inside(try_udp), DONE, "a UDP socket");
	EXPECT_EQ(inside(try_tcp), DONE, "a TCP socket");
	EXPECT_EQ(inside(try_unix), DONE, "a Unix socket");
	EXPECT_EQ(inside(try_read_limit), DONE, "reading a limit");
	EXPECT_EQ(
		inside_with(try_generic, true), DONE, "nl80211, where it was asked for");
}

/* One line of /proc/self/status; read before the filter could forbid it: it does not. */
static bool status_says(const char *wanted)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	bool found = false;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = strcmp(line, wanted) == 0;
	if (f != NULL)
		fclose(f);
	return found;
}

static int try_status(void)
{
	static const char *const wanted[] = { "CapInh:\t0000000000000000\n",
		"CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n",
		"CapAmb:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n" };

	for (size_t i = 0; i < array_len(wanted); i++)
		if (!status_says(wanted[i]))
			return (int)i + 1;
	/* who may not drop it has no use for it: nothing is gained by executing */
	if (geteuid() == 0 && !status_says("CapBnd:\t0000000000000000\n"))
		return 90;
	return DONE;
}

static int try_limits(void)
{
	struct rlimit core;

	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? DONE : 1;
}

TEST(nothing_is_left_of_privileges)
{
	EXPECT_EQ(inside(try_status), DONE, "no capability, no_new_privs, a filter");
	EXPECT_EQ(inside(try_limits), DONE, "no core file");
}

/* From here on this process sees a kernel without filters. */
static int filters_forget(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	int err = seccomp_rule_add(f, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
		(struct scmp_arg_cmp){
			.arg = 0, .op = SCMP_CMP_EQ, .datum_a = PR_GET_SECCOMP });

	if (err == 0)
		err = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
	if (err == 0)
		err = seccomp_load(f);
	seccomp_release(f);
	return err;
}

static void count_warnings(void *context, enum log_level level, const char *line)
{
	if (level == LOG_WARN_ && strstr(line, "seccomp") != NULL)
		++*(int *)context;
}

static int enter_without_filters(void)
{
	struct sandbox how = { 0 };
	int warnings = 0;
	struct log counting = { count_warnings, &warnings, LOG_DEBUG_ };

	if (kernel_has_filters() && filters_forget() < 0)
		return 10;
	if (sandbox_enter(&how, &counting) < 0)
		return NOT_ENTERED;
	if (warnings != 1)
		return 11;
	if (!status_says("CapPrm:\t0000000000000000\n"))
		return 12;
	return try_limits();
}

TEST(a_kernel_without_filters_is_named_once_and_the_rest_of_the_sandbox_holds)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(enter_without_filters());
	EXPECT(pid > 0 && waitpid(pid, &status, 0) == pid, "a process can be made");
	EXPECT(WIFEXITED(status), "it ends by itself");
	EXPECT_EQ(WEXITSTATUS(status), DONE, "one warning, no capability, no core file");
}

static int try_abort(void)
{
	abort();
}

TEST(a_check_that_fails_still_ends_the_process_by_abort)
{
	EXPECT_EQ(inside(try_abort), -SIGABRT, "SIGABRT");
}
