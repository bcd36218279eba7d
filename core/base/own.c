/* SPDX-License-Identifier: Apache-2.0 */
/* own.c - see own.h */
#include "base/own.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SIGNALS = 64, NOFILE_LEAST = 4096, RLIMIT_KINDS = 16 };

int own_identity(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;
	int r = sys_setgroups(0, NULL);

	if (r == 0)
		r = sys_setresgid(0, 0, 0);
	if (r == 0)
		r = sys_setresuid(0, 0, 0);
	if (r < 0)
		return r;
	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return -errno;
	if ((ruid | euid | suid) != 0 || (rgid | egid | sgid) != 0 || getgroups(0, NULL) != 0)
		return -EPERM;
	return getsid(0) == getpid() || setsid() >= 0 ? 0 : -errno;
}

static int meant_to_be_ignored(int sig)
{
	return sig == SIGHUP || sig == SIGINT || sig == SIGQUIT || sig == SIGTSTP ||
	       sig == SIGTTIN || sig == SIGTTOU;
}

/*
 * Uses raw calls, because sigaction(3) refuses the two signals that libc reserves, and these could
 * stay ignored. On every architecture, a zeroed struct sigaction of the kernel means SIG_DFL.
 */
int own_signals(int keep_ignored)
{
	static const uint64_t action[4], none;

	for (int s = 1; s <= SIGNALS; s++)
		if (s != SIGKILL && s != SIGSTOP && !(keep_ignored && meant_to_be_ignored(s)) &&
		    syscall(SYS_rt_sigaction, s, action, NULL, sizeof none) < 0)
			return -errno;
	return syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none) < 0 ? -errno : 0;
}

void own_limits(void)
{
	for (int kind = 0; kind < RLIMIT_KINDS; kind++) {
		uint64_t now[2], most[2] = { ~0ull, ~0ull }; /* RLIM64_INFINITY */

		if (syscall(SYS_prlimit64, 0, kind, NULL, now) < 0)
			continue;	   /* this kernel does not know the limit */
		if (kind == RLIMIT_NOFILE) /* fs.nr_open bounds the limit, and its value suffices */
			most[0] = most[1] = now[1] > NOFILE_LEAST ? now[1] : NOFILE_LEAST;
		if (now[0] == most[0] && now[1] == most[1])
			continue;
		if (syscall(SYS_prlimit64, 0, kind, most, NULL) < 0) {
			now[0] = now[1]; /* raise the soft limit as far as possible */
			(void)syscall(SYS_prlimit64, 0, kind, now, NULL);
		}
	}
}

bool own_limits_suffice(void)
{
	static const struct {
		int kind;
		uint64_t least;
	} wanted[] = { { RLIMIT_NOFILE, 64 }, { RLIMIT_AS, 256 << 20 }, { RLIMIT_DATA, 256 << 20 } };
	uint64_t have[2];

	for (unsigned i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if (syscall(SYS_prlimit64, 0, wanted[i].kind, NULL, have) < 0 ||
		    have[0] < wanted[i].least)
			return false;
	return true;
}

/* The first version of struct sched_attr, see sched_setattr(2). Zero is SCHED_OTHER and nice 0. */
struct sched {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* A raised score would let a user have the kernel kill this process first. Root may lower the score. */
static void oom_score(void)
{
	cleanup_close int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	char now[16];
	const ssize_t n = fd < 0 ? -1 : read(fd, now, sizeof now);

	if (n > 0 && now[0] != '-' && now[0] != '0')
		(void)!pwrite(fd, "0", 1, 0); /* see own.h */
}

void own_standing(void)
{
	static const struct sched ordinary = { .size = sizeof ordinary };
	uint64_t processors[128]; /* 8192 of them: NR_CPUS */
	long n;

	(void)umask(022);
	(void)syscall(SYS_personality, 0);
	(void)syscall(SYS_sched_setattr, 0, &ordinary, 0);
	(void)syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, 0);
	(void)syscall(SYS_set_mempolicy, 0 /* MPOL_DEFAULT */, NULL, 0);
	n = syscall(SYS_sched_getaffinity, 1, sizeof processors, processors);
	if (n > 0)
		(void)syscall(SYS_sched_setaffinity, 0, n, processors);
	oom_score();
	/* a new session keyring, because file systems would find keys in the keyring of the caller */
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

/* Returns 1 if anybody but root can change the directory @path below @root, or one on the way. */
static int cgroup_foreign(int root, const char *path)
{
	cleanup_close int dir = -1; /* -1 while the walk is at @root */
	char name[NAME_MAX + 1];

	while (*(path += strspn(path, "/")) != '\0') {
		const size_t len = strcspn(path, "/");
		struct stat st;
		int next;

		if (len > NAME_MAX)
			return 0;
		memcpy(name, path, len);
		name[len] = '\0';
		path += len;
		next = openat(dir >= 0 ? dir : root, name,
			      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close_fd(&dir);
		dir = next;
		if (next < 0 || fstat(next, &st) < 0) /* the directory is not visible here */
			return 0;
		if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
			return 1;
	}
	return 0;
}

int own_cgroup(char *ret_path, size_t size)
{
	static const char file[] = "/cgroup.procs";
	cleanup_close int root = -1;
	char procs[PATH_MAX];
	size_t len;

	cgroup_of("/proc/self/cgroup", ret_path, size);
	if (ret_path[0] == '\0' || strcmp(ret_path, "/") == 0)
		return 0;
	root = cgroup_root();
	if (root < 0 || !cgroup_foreign(root, ret_path))
		return 0;
	procs[0] = '.'; /* relative to the hierarchy */
	cgroup_of("/proc/1/cgroup", procs + 1, sizeof procs - sizeof file - 1);
	len = strlen(procs);
	memcpy(procs + len, file, sizeof file);
	return sys_write_at(root, procs, "0");
}
