/* SPDX-License-Identifier: Apache-2.0 */
/* processes.c - attempts at other processes, memory, limits and scheduling */
#include "probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

static char page[4096] __attribute__((aligned(4096)));

static long number_or_page(const char *text)
{
	return strcmp(text, "buf") == 0 ? (long)(intptr_t)page : (long)probe_number(text);
}

int64_t try_call(const char *const args[PROBE_ARGS_MAX])
{
	long a[6];
	long got;

	for (unsigned i = 0; i < 6; i++)
		a[i] = number_or_page(args[i + 1]);
	got = syscall((long)probe_number(args[0]), a[0], a[1], a[2], a[3], a[4], a[5]);
	if (got < 0)
		return -errno;
	return 1;
}

int64_t try_int80(const char *const args[PROBE_ARGS_MAX])
{
#ifdef __x86_64__
	long got;

	__asm__ volatile("int $0x80"
			 : "=a"(got)
			 : "a"((long)probe_number(args[0]))
			 : "memory", "r8", "r9", "r10", "r11");
	return got < 0 ? got : 1;
#else
	(void)args;
	return PROBE_CANNOT - ENOSYS;
#endif
}

int64_t try_status(const char *const args[PROBE_ARGS_MAX])
{
	const size_t len = strlen(args[0]);
	FILE *f = fopen("/proc/self/status", "re");
	char text[512];

	while (f != NULL && fgets(text, sizeof text, f) != NULL)
		if (strncmp(text, args[0], len) == 0 && text[len] == ':')
			return (int64_t)strtoull(text + len + 1, NULL, 16);
	return PROBE_CANNOT - ENOENT;
}

int64_t try_space(const char *const args[PROBE_ARGS_MAX])
{
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof path, "/proc/self/ns/%s", args[0]); /* cut: not there */
	return stat(path, &st) < 0 ? PROBE_CANNOT - errno : (int64_t)st.st_ino;
}

int64_t try_kill(const char *const args[PROBE_ARGS_MAX])
{
	return kill((pid_t)probe_number(args[0]), 0) < 0 ? -errno : 1;
}

int64_t try_ptrace(const char *const args[PROBE_ARGS_MAX])
{
	const pid_t pid = (pid_t)probe_number(args[0]);

	/* ends with this process, and does not stop the other one */
	return syscall(SYS_ptrace, PTRACE_SEIZE, pid, 0L, 0L) < 0 ? -errno : 1;
}

int64_t try_memory(const char *const args[PROBE_ARGS_MAX])
{
	char word[8];
	struct iovec mine = { word, sizeof word }, theirs = { NULL, sizeof word };

	if (process_vm_readv((pid_t)probe_number(args[0]), &mine, 1, &theirs, 1, 0) >= 0 ||
	    errno == EFAULT)
		return 1; /* there is nothing at 0, but it was looked at */
	return -errno;
}

int64_t try_pidfd(const char *const args[PROBE_ARGS_MAX])
{
	return syscall(SYS_pidfd_open, (long)probe_number(args[0]), 0L) < 0 ? -errno : 1;
}

int64_t try_shm(const char *const args[PROBE_ARGS_MAX])
{
	void *at = shmat((int)probe_number(args[0]), NULL, SHM_RDONLY);

	return (intptr_t)at == -1 ? -errno : 1;
}

int64_t try_queue(const char *const args[PROBE_ARGS_MAX])
{
	return syscall(SYS_mq_open, args[0], O_RDONLY, 0L, 0L) < 0 ? -errno : 1;
}

static int64_t limit(const char *resource, int hard)
{
	struct rlimit l;
	rlim_t v;

	if (getrlimit((__typeof__(RLIMIT_CPU))probe_number(resource), &l) < 0)
		return PROBE_CANNOT - errno;
	v = hard ? l.rlim_max : l.rlim_cur;
	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

int64_t try_soft(const char *const args[PROBE_ARGS_MAX])
{
	return limit(args[0], 0);
}

int64_t try_hard(const char *const args[PROBE_ARGS_MAX])
{
	return limit(args[0], 1);
}

int64_t try_raise(const char *const args[PROBE_ARGS_MAX])
{
	const int which = (int)probe_number(args[0]);
	struct rlimit l;

	if (getrlimit(which, &l) < 0 || l.rlim_max == RLIM_INFINITY)
		return PROBE_CANNOT - errno;
	l.rlim_max++;
	return setrlimit(which, &l) < 0 ? -errno : 1;
}

int64_t try_files(const char *const args[PROBE_ARGS_MAX])
{
	int64_t n = 0;
	int fd;

	(void)args;
	while ((fd = dup(1)) >= 0 && fd < 1 << 20)
		n = fd + 1;
	return n;
}

int64_t try_file_size(const char *const args[PROBE_ARGS_MAX])
{
	const int fd = (int)syscall(SYS_memfd_create, "selftest", 0L);

	if (fd < 0)
		return PROBE_CANNOT - errno;
	return pwrite(fd, "x", 1, (off_t)probe_number(args[0])) < 0 ? -errno : 1;
}

int64_t try_map(const char *const args[PROBE_ARGS_MAX])
{
	void *at = mmap(NULL, (size_t)probe_number(args[0]), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? -errno : 1;
}

int64_t try_lock(const char *const args[PROBE_ARGS_MAX])
{
	const size_t size = (size_t)probe_number(args[0]);
	void *at = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return PROBE_CANNOT - errno;
	return mlock(at, size) < 0 ? -errno : 1;
}

int64_t try_sticky_input(const char *const args[PROBE_ARGS_MAX])
{
	const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int slave;

	(void)args;
	if (master < 0 || setsid() < 0 || unlockpt(master) < 0)
		return PROBE_CANNOT - errno;
	slave = open(ptsname(master), O_RDWR);
	if (slave < 0)
		return PROBE_CANNOT - errno;
	return ioctl(slave, 0x5412 /* TIOCSTI */, "x") < 0 ? -errno : 1;
}

int64_t try_terminals(const char *const args[PROBE_ARGS_MAX])
{
	const int64_t max = (int64_t)probe_number(args[0]);
	int64_t n = 0;

	while (n < max && open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0)
		n++;
	return n < max && errno == EMFILE ? PROBE_CANNOT - errno : n;
}

int64_t try_host_name(const char *const args[PROBE_ARGS_MAX])
{
	struct utsname u;

	return uname(&u) == 0 && strcmp(u.nodename, args[0]) == 0;
}

int64_t try_mask(const char *const args[PROBE_ARGS_MAX])
{
	(void)args;
	return (int64_t)umask(0);
}

int64_t try_nice_value(const char *const args[PROBE_ARGS_MAX])
{
	(void)args;
	return getpriority(PRIO_PROCESS, 0) + 20;
}

int64_t try_renice(const char *const args[PROBE_ARGS_MAX])
{
	const int now = getpriority(PRIO_PROCESS, 0);

	(void)args;
	if (now == -20)
		return PROBE_CANNOT;
	return setpriority(PRIO_PROCESS, 0, now - 1) < 0 ? -errno : 1;
}

static int64_t oom_score(void)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "re");
	int score;

	return f == NULL || fscanf(f, "%d", &score) != 1 ? PROBE_CANNOT - errno : score + 1000;
}

int64_t try_oom_score(const char *const args[PROBE_ARGS_MAX])
{
	(void)args;
	return oom_score();
}

int64_t try_oom_lower(const char *const args[PROBE_ARGS_MAX])
{
	const int64_t score = oom_score();
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	char text[32];

	(void)args;
	if (score <= 0 || fd < 0)
		return fd < 0 ? -errno : PROBE_CANNOT;
	(void)snprintf(text, sizeof text, "%d", (int)(score - 1001)); /* fits */
	return write(fd, text, strlen(text)) < 0 ? -errno : 1;
}

int64_t try_policy(const char *const args[PROBE_ARGS_MAX])
{
	(void)args;
	return syscall(SYS_sched_getscheduler, 0L) & 0xffff;
}

int64_t try_cpus(const char *const args[PROBE_ARGS_MAX])
{
	const uint64_t allowed = probe_number(args[0]);
	uint64_t all[16], now[16] = { 0 };

	memset(all, 0xff, sizeof all);
	(void)syscall(SYS_sched_setaffinity, 0L, sizeof all, all); /* may be refused */
	if (syscall(SYS_sched_getaffinity, 0L, sizeof now, now) < 0)
		return PROBE_CANNOT - errno;
	return (now[0] & ~allowed) != 0 ? 1 : -EPERM;
}

int64_t try_io_priority(const char *const args[PROBE_ARGS_MAX])
{
	const long got = syscall(SYS_ioprio_get, 1L, 0L);

	(void)args;
	return got < 0 ? PROBE_CANNOT - errno : got;
}

int64_t try_write_exec(const char *const args[PROBE_ARGS_MAX])
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	(void)args;
	return at == MAP_FAILED ? -errno : 1;
}

int64_t try_make_exec(const char *const args[PROBE_ARGS_MAX])
{
	(void)args;
	page[0] = 1;
	return mprotect(page, sizeof page, PROT_READ | PROT_EXEC) < 0 ? -errno : 1;
}

int64_t try_variable(const char *const args[PROBE_ARGS_MAX])
{
	return getenv(args[0]) != NULL ? 1 : -ENOENT;
}
