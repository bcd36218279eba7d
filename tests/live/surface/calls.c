/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - make one system call after the other in a session, and print each result on a line as
 * "name=OK" or "name=ERRNO"
 *
 *   calls             the calls of the table
 *   calls half PID    those that would have something of another process
 *   calls starting    for three seconds, the memory of each process while it starts
 *   calls int80|x32   one call by another ABI
 *   calls without NUMBER COMMAND [ARG...]
 *                     COMMAND on a kernel that does not know the call NUMBER: ENOSYS
 *
 * The calls are raw, because libc may replace a refused call by another one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DIR_MODE 04755
#if __SIZEOF_POINTER__ > 4
#define HIGH (1ull << 32)
#else
#define HIGH 0 /* an argument has no upper half */
#endif

/* Calls that not every processor has are skipped. */
enum { ABSENT = -1000 };
#ifndef SYS_chmod
#define SYS_chmod ABSENT
#define SYS_creat ABSENT
#define SYS_mknod ABSENT
#define SYS_open  ABSENT
#endif
#ifdef SYS_mmap2 /* 32-bit processors: the other one, if any, takes its arguments in memory */
#define MMAP SYS_mmap2
#else
#define MMAP SYS_mmap
#endif

static void say(const char *name, long r)
{
	(void)printf("%s=%s\n", name, r < 0 ? strerrorname_np(errno) : "OK");
	(void)fflush(stdout);
}

#define TRY(name, nr, ...) \
	do { \
		if ((nr) != ABSENT) \
			say(name, syscall(nr, __VA_ARGS__)); \
	} while (0)

/* In a child, because it changes the caller for good. */
#define TRY_CHILD(name, ...) \
	do { \
		const pid_t pid_ = fork(); \
		if (pid_ == 0) { \
			say(name, syscall(__VA_ARGS__)); \
			_exit(0); \
		} \
		(void)waitpid(pid_, NULL, 0); \
	} while (0)

static void terminal(void)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY);
	int slave;

	(void)unlockpt(master);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	TRY("tiocsti", SYS_ioctl, slave, 0x5412, "x");
	TRY("tiocsti-high", SYS_ioctl, slave, 0x5412 | HIGH, "x");
	TRY("tiocsti-high-sign", SYS_ioctl, slave, (unsigned long)(0xffffffff00005412ull), "x");
	TRY("tioclinux", SYS_ioctl, slave, 0x541c, "\2");
	TRY("tiocsetd", SYS_ioctl, slave, 0x5423, &(int){ 0 });
	TRY("tiocgwinsz", SYS_ioctl, slave, 0x5413, &(struct winsize){ 0 });
}

static void namespaces(void)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} kinds[] = { { "user", 0x10000000 }, { "net", 0x50000000 }, { "time", 0x10000080 } };
	const int fd = open("/proc/self/ns/uts", O_RDONLY);
	char name[64];

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		(void)snprintf(name, sizeof name, "unshare-%s", kinds[i].name);
		TRY_CHILD(name, SYS_unshare, kinds[i].flag);
	}
	{
		const pid_t pid = (pid_t)syscall(SYS_clone, 0x10000000 | 17, 0, 0, 0, 0);

		if (pid == 0)
			_exit(0);
		say("clone-user", pid);
		if (pid > 0)
			(void)waitpid(pid, NULL, 0);
	}
	TRY("clone3", SYS_clone3, NULL, 0);
	TRY("setns-any", SYS_setns, fd, 0);
	TRY("setns-uts", SYS_setns, fd, 0x04000000);
	(void)close(fd);
}

static void memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const int shm = shmget(IPC_PRIVATE, 4096, 0700);

	TRY("mmap-wx", MMAP, NULL, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TRY("mmap-wx-high", MMAP, NULL, 4096, 7 | HIGH, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TRY("mmap-rx", MMAP, NULL, 4096, 5, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TRY("mprotect-x", SYS_mprotect, page, 4096, 5);
	TRY("mprotect-rw", SYS_mprotect, page, 4096, 3);
	TRY("pkey_mprotect-x", SYS_pkey_mprotect, page, 4096, 5, -1);
	TRY("shmat-x", SYS_shmat, shm, NULL, 0100000);
	TRY("shmat", SYS_shmat, shm, NULL, 0);
	(void)shmctl(shm, IPC_RMID, NULL);
	TRY("personality-read-exec", SYS_personality, 0x0400000);
}

static void set_id(void)
{
	const struct {
		uint64_t flags, mode, resolve;
	} how = { O_CREAT | O_WRONLY, DIR_MODE, 0 };
	const int fd = open("f", O_CREAT | O_RDWR, 0644);

	TRY("chmod", SYS_chmod, "f", DIR_MODE);
	TRY("chmod-high", SYS_chmod, "f", DIR_MODE | HIGH);
	TRY("fchmod", SYS_fchmod, fd, 02755);
	TRY("fchmod-suid", SYS_fchmod, fd, 04755);
	TRY("fchmodat", SYS_fchmodat, AT_FDCWD, "f", DIR_MODE);
	TRY("fchmodat2", 452, AT_FDCWD, "f", DIR_MODE, 0);
	TRY("chmod-plain", SYS_chmod, "f", 01755);
	TRY("creat", SYS_creat, "g1", DIR_MODE);
	TRY("open-creat", SYS_open, "g2", O_CREAT | O_WRONLY, DIR_MODE);
	TRY("openat-creat", SYS_openat, AT_FDCWD, "g3", O_CREAT | O_WRONLY, DIR_MODE);
	TRY("openat-tmpfile", SYS_openat, AT_FDCWD, ".", O_TMPFILE | O_WRONLY, DIR_MODE);
	TRY("openat-plain", SYS_openat, AT_FDCWD, "f", O_RDONLY, DIR_MODE);
	TRY("openat2", SYS_openat2, AT_FDCWD, "g4", &how, sizeof how);
	TRY("mknod", SYS_mknod, "g5", S_IFREG | DIR_MODE, 0);
	TRY("mknodat", SYS_mknodat, AT_FDCWD, "g6", S_IFREG | DIR_MODE, 0);
	(void)close(fd);
}

static void processes(void)
{
	const struct sched_param param = { 0 };
	struct {
		uint32_t size, policy;
		uint64_t more[6];
	} attr = { .size = 48 };
	uint64_t limit[2];

	TRY("personality-query", SYS_personality, 0xffffffff);
	TRY("personality-linux", SYS_personality, 0);
	TRY_CHILD("personality-no-aslr", SYS_personality, 0x0040000);
	TRY("sched-fifo", SYS_sched_setscheduler, 0, SCHED_FIFO, &(struct sched_param){ 1 });
	TRY("sched-batch", SYS_sched_setscheduler, 0, SCHED_BATCH, &param);
	TRY("sched_setattr", SYS_sched_setattr, 0, &attr, 0);
	TRY("prlimit-self", SYS_prlimit64, 0, 7, NULL, limit);
	TRY("prlimit-by-id", SYS_prlimit64, getpid(), 7, NULL, limit);
	TRY("prctl", SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	(void)printf("dumpable=%d\nsecurebits=%d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
		     prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	TRY_CHILD("traceme", SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}

static void sockets(void)
{
	int pair[2];

	TRY("socket-unix", SYS_socket, 1, 1, 0);
	TRY("socket-inet", SYS_socket, 2, 1, 0);
	TRY("socket-inet6", SYS_socket, 10, 1, 0);
	TRY("socket-inet-high", SYS_socket, 2 | HIGH, 1, 0);
	TRY("socket-netlink", SYS_socket, 16, 3, 0);
	TRY("socket-netlink-high", SYS_socket, 16 | HIGH, 2, HIGH);
	TRY("socket-diag", SYS_socket, 16, 3, 4);
	TRY("socket-uevent", SYS_socket, 16, 3, 15);
	TRY("socket-inet-packet", SYS_socket, 2, 10, 0x300);
	TRY("socket-mptcp", SYS_socket, 2, 1, 262);
	TRY("send-fastopen", SYS_sendto, 0, "x", 1, 0x20000000, NULL, 0);
	TRY("sendmsg-fastopen", SYS_sendmsg, 0, NULL, 0x20000000);
	TRY("send-plain", SYS_sendto, 0, "x", 1, 0, NULL, 0);
	TRY("socketpair-unix", SYS_socketpair, 1, 1, 0, pair);
	TRY("socketpair-netlink", SYS_socketpair, 16, 3, 0, pair);
}

/* Calls that @default-session leaves out, with arguments that do nothing. */
static void left_out(void)
{
	static const struct {
		const char *name;
		long nr;
	} calls[] = {
#define CALL(name, number) { name, number },
#include "ctl/selftest/calls.def"
#undef CALL
		{ "unknown-1000", 1000 },
		{ "unknown-minus-1", -1 },
		{ "unknown-minus-2", -2 },
		{ "unknown-2000000", 2000000 },
	};

	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		TRY(calls[i].name, calls[i].nr, -1, 0, 0, 0, 0, 0);
}

static void half(pid_t pid)
{
	char buf[16], path[64];
	struct iovec local = { buf, sizeof buf }, remote = { &local, sizeof buf };
	const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	uint64_t limit[2];

	(void)printf("there=%s\n", pidfd >= 0 ? "yes" : "no");
	TRY("seize", SYS_ptrace, PTRACE_SEIZE, pid, 0, 0);
	TRY("attach", SYS_ptrace, PTRACE_ATTACH, pid, 0, 0);
	TRY("process_vm_readv", SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0);
	TRY("process_vm_writev", SYS_process_vm_writev, pid, &local, 1, &remote, 1, 0);
	TRY("pidfd_getfd", SYS_pidfd_getfd, pidfd, 0, 0);
	TRY("prlimit", SYS_prlimit64, pid, 7, NULL, limit);
	TRY("kcmp", SYS_kcmp, pid, getpid(), 0, 0, 0);
	TRY("process_madvise", SYS_process_madvise, pidfd, &remote, 1, 20, 0);
	(void)snprintf(path, sizeof path, "/proc/%d/mem", pid);
	say("mem", open(path, O_RDWR));
	(void)snprintf(path, sizeof path, "/proc/%d/fd/0", pid);
	say("fd", open(path, O_RDONLY));
	(void)snprintf(path, sizeof path, "/proc/%d/environ", pid);
	say("environ", open(path, O_RDONLY));
}

/*
 * A process of another channel is cordonsh, with capabilities, before it is a shell. EFAULT in place of
 * EPERM means that its memory was accessible.
 */
static void starting(void)
{
	char buf[16], path[64], exe[256];
	struct iovec local = { buf, sizeof buf }, remote = { NULL, sizeof buf };
	const time_t end = time(NULL) + 3;
	unsigned shells = 0, others = 0;

	while (time(NULL) < end) {
		int last = 0;
		FILE *f = fopen("/proc/loadavg", "r");

		if (f == NULL || fscanf(f, "%*s %*s %*s %*s %d", &last) != 1)
			return;
		(void)fclose(f);
		for (int pid = last - 2; pid <= last + 2; pid++) {
			ssize_t n;

			if (pid == getpid() ||
			    syscall(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0) >= 0 ||
			    errno != EFAULT)
				continue;
			(void)snprintf(path, sizeof path, "/proc/%d/exe", pid);
			n = readlink(path, exe, sizeof exe - 1);
			exe[n > 0 ? n : 0] = '\0';
			if (strstr(exe, "cordonsh") != NULL)
				shells++;
			else if (n > 0)
				others++;
		}
	}
	(void)printf("cordonsh=%u others=%s\n", shells, others > 0 ? "some" : "none");
}

static int other_abi(const char *which)
{
	long r = -1;

	if (strcmp(which, "x32") == 0) {
		TRY("x32", 39 | 0x40000000, 0);
		return 0;
	}
#ifdef __x86_64__
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
#endif
	(void)printf("int80=%s\n", r == getpid() ? "OK" : "refused");
	return 0;
}

static int without(uint32_t nr, char **argv)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog prog = { 4, insns };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0) /* root: no no_new_privs needed */
		return 1;
	(void)execvp(argv[0], argv);
	return 127;
}

int main(int argc, char **argv)
{
	if (argc > 3 && strcmp(argv[1], "without") == 0)
		return without((uint32_t)atoi(argv[2]), argv + 3);
	if (argc == 3 && strcmp(argv[1], "half") == 0) {
		half(atoi(argv[2]));
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "starting") == 0) {
		starting();
		return 0;
	}
	if (argc == 2)
		return other_abi(argv[1]);
	(void)umask(0);
	if (mkdir("/tmp/calls", 0700) < 0 || chdir("/tmp/calls") < 0)
		return 1;
	terminal();
	namespaces();
	memory();
	set_id();
	processes();
	sockets();
	left_out();
	return 0;
}
