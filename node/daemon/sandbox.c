/* SPDX-License-Identifier: ISC */
/*
 * Three answers to a system call. What a node needs is allowed. What only an intruder would
 * try ends the process: there is nothing left to keep. Anything else fails with ENOSYS and is
 * in the kernel's log: a C library newer than this list falls back to an older call, and the
 * node goes on.
 */
#include "node/daemon/sandbox.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/warden/privileges.h"

/* Some exist on some machines only: names that are not known here are left out. */
static const char *const allowed[] = {
	/* bytes in and out */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev",
	"close", "close_range", "lseek", "_llseek", "dup", "dup2", "dup3", "fcntl",
	"fcntl64", "flock", "pipe", "pipe2", "eventfd2", "sendfile",
	/* files */
	"open", "openat", "openat2", "stat", "stat64", "lstat", "lstat64", "fstat",
	"fstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64", "fstatfs",
	"fstatfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
	"getdents64", "getcwd", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat",
	"rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
	"chmod", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32", "umask",
	"utimensat", "utimensat_time64", "truncate", "ftruncate", "ftruncate64",
	"fallocate", "fsync", "fdatasync", "syncfs", "fadvise64", "inotify_init1",
	"inotify_add_watch", "inotify_rm_watch",
	/* memory */
	"munmap", "mremap", "madvise", "brk", "mlock", "munlock", "membarrier",
	/* time, signals, threads */
	"clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time",
	"nanosleep", "clock_nanosleep", "clock_nanosleep_time64", "getrandom",
	"timerfd_create", "timerfd_settime", "timerfd_settime64", "timerfd_gettime",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack",
	"restart_syscall", "futex", "futex_time64", "set_robust_list", "rseq",
	"sched_yield", "sched_getaffinity", "getpid", "gettid", "getuid", "geteuid",
	"getgid", "getegid", "getppid", "uname", "sysinfo", "getrusage", "exit",
	"exit_group", "wait4", "waitid",
	/* waiting, and sockets that are there already */
	"epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll",
	"ppoll", "ppoll_time64", "select", "pselect6", "bind", "connect", "listen",
	"accept", "accept4", "getsockname", "getpeername", "getsockopt", "setsockopt",
	"shutdown", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg",
	"recvmmsg_time64"
};

static const char *const intruders[] = { "execve", "execveat", "fork", "vfork", "ptrace",
	"process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "mount",
	"umount2", "pivot_root", "chroot", "fsopen", "fsmount", "fspick", "move_mount",
	"open_tree", "mount_setattr", "setns", "unshare", "bpf", "perf_event_open",
	"userfaultfd", "keyctl", "add_key", "request_key", "init_module", "finit_module",
	"delete_module", "kexec_load", "kexec_file_load", "open_by_handle_at", "iopl",
	"ioperm", "reboot", "swapon", "swapoff", "personality", "setuid", "setgid",
	"setreuid", "setregid", "setresuid", "setresgid", "setgroups", "capset",
	"sethostname", "settimeofday", "clock_settime", "syslog", "quotactl", "acct",
	"mknod", "mknodat" };

static int names_add(
	scmp_filter_ctx f, uint32_t action, const char *const names[], size_t n)
{
	int err = 0;

	for (size_t i = 0; i < n && err == 0; i++) {
		int call = seccomp_syscall_resolve_name(names[i]);

		if (call != __NR_SCMP_ERROR)
			err = seccomp_rule_add(f, action, call, 0);
	}
	return err;
}

static struct scmp_arg_cmp is(unsigned argument, uint64_t value)
{
	return (struct scmp_arg_cmp){
		.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value
	};
}

/* Of the bits in mask, these and no others. */
static struct scmp_arg_cmp has(unsigned argument, uint64_t mask, uint64_t bits)
{
	return (struct scmp_arg_cmp){ .arg = argument,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = mask,
		.datum_b = bits };
}

static int allow(scmp_filter_ctx f, int call, struct scmp_arg_cmp a)
{
	return seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call, 1, &a);
}

static int allow_both(
	scmp_filter_ctx f, int call, struct scmp_arg_cmp a, struct scmp_arg_cmp b)
{
	return seccomp_rule_add_array(
		f, SCMP_ACT_ALLOW, call, 2, (struct scmp_arg_cmp[]){ a, b });
}

/* By family and type: no raw and no packet sockets, netlink only about interfaces. */
static int sockets_add(scmp_filter_ctx f, const struct sandbox *what)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6 };
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	const uint64_t type = ~(uint64_t)(SOCK_CLOEXEC | SOCK_NONBLOCK);
	int err = 0;

	for (size_t i = 0; i < array_len(families); i++)
		for (size_t k = 0; k < array_len(types) && err == 0; k++)
			err = allow_both(f, SCMP_SYS(socket),
				is(0, (uint64_t)families[i]),
				has(1, type, (uint64_t)types[k]));
	if (err == 0)
		err = allow_both(
			f, SCMP_SYS(socket), is(0, AF_NETLINK), is(2, NETLINK_ROUTE));
	if (err == 0 && what->wifi)
		err = allow_both(
			f, SCMP_SYS(socket), is(0, AF_NETLINK), is(2, NETLINK_GENERIC));
	return err;
}

/* Memory is written or run, never both, and nothing that runs is added. */
static int memory_add(scmp_filter_ctx f)
{
	static const int calls[] = { SCMP_SYS(mmap), SCMP_SYS(mmap2),
		SCMP_SYS(mprotect) };
	int err = 0;

	for (size_t i = 0; i < array_len(calls) && err == 0; i++)
		err = allow(f, calls[i], has(2, PROT_EXEC, 0));
	return err;
}

/* A thread is made by clone, never a process; clone3 hides its flags in memory, and libc
 * takes the older one when it is not there (the default answer). Limits are read, and
 * abort() speaks to ourselves. */
static int threads_add(scmp_filter_ctx f)
{
	const uint64_t flags = CLONE_THREAD | CLONE_VM | CLONE_NEWNS | CLONE_NEWCGROUP |
			       CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
			       CLONE_NEWPID | CLONE_NEWNET;
	int err = allow(f, SCMP_SYS(clone), has(0, flags, CLONE_THREAD | CLONE_VM));

	if (err == 0)
		err = allow_both(f, SCMP_SYS(prlimit64), is(0, 0), is(2, 0));
	if (err == 0)
		err = allow(f, SCMP_SYS(tgkill), is(0, (uint64_t)getpid()));
	return err;
}

static int filter_load(const struct sandbox *what)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int err;

	if (f == NULL)
		return -ENOMEM;
	err = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	/* older kernels have no log of it: no reason to go without the filter */
	(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_LOG, 1);
	(void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (err == 0)
		err = names_add(f, SCMP_ACT_ALLOW, allowed, array_len(allowed));
	if (err == 0)
		err = names_add(
			f, SCMP_ACT_KILL_PROCESS, intruders, array_len(intruders));
	if (err == 0)
		err = sockets_add(f, what);
	if (err == 0)
		err = memory_add(f);
	if (err == 0)
		err = threads_add(f);
	if (err == 0)
		err = seccomp_load(f);
	seccomp_release(f);
	return err;
}

/* Some kernels of small machines are built without, and emulators of a processor have none. */
static bool kernel_has_filters(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 || errno != EINVAL;
}

int sandbox_enter(const struct sandbox *what, const struct log *log)
{
	static const struct rlimit none = { 0, 0 };
	const char *step = "give up privileges";
	int err = privileges_keep(0);

	if (err == 0) {
		step = "forbid core files and debuggers";
		if (setrlimit(RLIMIT_CORE, &none) < 0 ||
			prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
			err = -errno;
	}
	if (err == 0 && !kernel_has_filters()) {
		log_line(log, LOG_WARN_,
			"sandbox: the node runs without a filter of system calls: ",
			"this kernel knows none (seccomp)", NULL);
		return 0;
	}
	if (err == 0) {
		step = "set the filter of system calls";
		err = filter_load(what);
	}
	if (err < 0)
		log_line(log, LOG_ERROR_, "sandbox: cannot ", step, ": ", strerror(-err),
			NULL);
	return err;
}
