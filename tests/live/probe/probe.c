/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c - attackers that tests start: raw system calls, because a program that is executed after
 * joining a namespace has lost what its caller had
 *
 *   probe beside FILE     wait for FILE, with pids in it, then try to get at each of these
 *   probe call PID CASE   in the view of the PAM application PID, as bob, call cordonsh with malice
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned got;

static void result(long r, const char *what, int pid, const char *which)
{
	if (r < 0)
		return;
	got++;
	(void)printf("GOT %s %d %s\n", what, pid, which);
}

/* None of these attempts may succeed. */
static void beside(int pid)
{
	static const char *const files[] = { "root/etc", "cwd/.",   "environ", "mem",
					     "maps",	 "fd/0",    "auxv",    "syscall",
					     "io",	 "pagemap", "stack" };
	static const char *const spaces[] = { "user", "mnt", "pid",    "net",
					      "ipc",  "uts", "cgroup", "time" };
	static const int flags[] = { CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,
				     CLONE_NEWNET,  CLONE_NEWIPC, CLONE_NEWUTS };
	char path[64], word[8];
	struct iovec mine = { word, sizeof word }, theirs = { .iov_len = sizeof word };
	long pidfd;

	for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
		int fd;
		ssize_t n;

		(void)snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		n = read(fd, word, sizeof word);
		/* everybody may open some files, which are then empty for others */
		if (n > 0 || errno == EISDIR)
			result(fd, "open", pid, files[i]);
		(void)close(fd);
	}
	for (unsigned i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
		int fd;

		(void)snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, spaces[i]);
		result(readlink(path, word, sizeof word), "readlink", pid, spaces[i]);
		fd = open(path, O_RDONLY);
		result(fd, "open", pid, spaces[i]);
		if (fd >= 0)
			result(setns(fd, 0), "setns", pid, spaces[i]);
	}
	result(ptrace(PTRACE_ATTACH, pid, NULL, NULL), "ptrace", pid, "attach");
	result(ptrace(PTRACE_SEIZE, pid, NULL, NULL), "ptrace", pid, "seize");
	result(process_vm_readv(pid, &mine, 1, &theirs, 1, 0), "memory", pid, "read");
	result(syscall(SYS_kcmp, pid, getpid(), 0, 0, 0), "kcmp", pid, "");
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return;
	result(syscall(SYS_pidfd_getfd, pidfd, 0, 0), "pidfd_getfd", pid, "");
	for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; i++) {
		const pid_t child = fork(); /* a new process for each case */
		int status = 1;

		if (child == 0)
			_exit(setns((int)pidfd, flags[i]) == 0 ? 0 : 1);
		(void)waitpid(child, &status, 0);
		result(status == 0 ? 0 : -1, "setns by pidfd", pid, spaces[i]);
	}
	(void)close((int)pidfd);
}

static int beside_all(const char *file)
{
	FILE *f = NULL;
	int pid, n = 0;

	for (unsigned i = 0; f == NULL && i < 6000; i++) {
		f = fopen(file, "r");
		(void)usleep(10000);
	}
	while (f != NULL && fscanf(f, "%d", &pid) == 1) {
		beside(pid);
		n++;
	}
	(void)printf("tried %d, got %u\n", n, got);
	return n == 0 || got != 0;
}

/* ---- cordonsh, called with malice ------------------------------------------------------------- */

#define SHELL "/run/cordon/cordonsh"
/* at once, and without another process */
#define SHOW "mapfile -t status </proc/self/status; printf '%s\\n' RAN \"${status[@]}\""

static char *plain[] = { "-bash", "-c", (char *)SHOW, NULL };
static char *empty[] = { "HOME=/home/bob", NULL };

static int join(const char *pid)
{
	static const char *const spaces[] = { "ipc", "uts", "net", "cgroup", "pid_for_children",
					      "mnt" };
	int fds[6];

	for (unsigned i = 0; i < 6; i++) {
		char path[64];

		(void)snprintf(path, sizeof path, "/proc/%s/ns/%s", pid, spaces[i]);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			return -1;
	}
	for (unsigned i = 0; i < 6; i++)
		if (setns(fds[i], 0) < 0)
			return -1;
	return chdir("/");
}

static void limits(int which, rlim_t to)
{
	const struct rlimit l = { to, to };

	(void)setrlimit((__rlimit_resource_t)which, &l);
}

static char **many(const char *text, unsigned n, char *const *first)
{
	char **all = calloc(n + 8, sizeof *all);
	unsigned at = 0;

	for (; first != NULL && first[at] != NULL; at++)
		all[at] = first[at];
	for (unsigned i = 0; i < n; i++)
		all[at++] = strdup(text);
	return all;
}

/* Mounts a socket of bob's, with or without a listener, over the keeper's socket. */
static int false_keeper(int listening)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "/tmp/false" };
	const int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	(void)unlink(a.sun_path);
	if (unshare(CLONE_NEWNS) < 0 || bind(s, (void *)&a, sizeof a) < 0 ||
	    chmod("/tmp/false", 0777) < 0)
		return -1;
	if (listening && (seteuid(2001) < 0 || listen(s, 5) < 0 || seteuid(0) < 0))
		return -1;
	return mount("/tmp/false", "/run/cordon/sock", NULL, MS_BIND, NULL);
}

static int become(uid_t uid)
{
	gid_t group = 2990;

	return setgroups(1, &group) < 0 || setresgid(uid, uid, uid) < 0 ||
	       setresuid(uid, uid, uid) < 0;
}

static void hostile(const char *what, int number)
{
	static char *none[] = { NULL };
	static char *bad_env[] = { "LD_PRELOAD=/tmp/x.so",
				   "LD_AUDIT=x",
				   "no-equals-sign",
				   "",
				   "=",
				   "BASH_ENV=/home/bob/evil",
				   "GLIBC_TUNABLES=x",
				   "PATH=",
				   "LD_PRELOAD=/tmp/y.so",
				   NULL };
	static char *options[] = { "cordonsh", "--login", "-c", (char *)SHOW, NULL };
	char **argv = plain, **envp = empty;

	if (strcmp(what, "argc-0") == 0) {
		argv = none;
	} else if (strcmp(what, "many-arguments") == 0) {
		argv = many("x", 100000, plain);
	} else if (strcmp(what, "long-argument") == 0) {
		char *text = calloc(1, 120000);

		memset(text, 'A', 119999);
		argv = many(text, 10, plain);
		argv[0] = text;
	} else if (strcmp(what, "many-variables") == 0) {
		envp = many("A=b", 50000, empty);
	} else if (strcmp(what, "bad-variables") == 0) {
		envp = bad_env;
	} else if (strcmp(what, "no-variables") == 0) {
		envp = none;
	} else if (strcmp(what, "options") == 0) {
		argv = options;
	} else if (strcmp(what, "closed") == 0) { /* a bit each */
		for (int fd = 0; fd < 3; fd++)
			if (number & 1 << fd)
				(void)close(fd);
	} else if (strcmp(what, "wrong-descriptors") == 0) {
		const int dir = open("/", O_PATH);

		for (int fd = 3; fd < 900; fd++)
			if (fd != dir)
				(void)dup2(dir, fd);
		(void)dup2(dir, 0);
	} else if (strcmp(what, "limit") == 0) {
		limits(number, 0);
	} else if (strcmp(what, "descriptors") == 0) {
		limits(RLIMIT_NOFILE, (rlim_t)number);
	} else if (strcmp(what, "signals") == 0) {
		const struct itimerval soon = { .it_value = { .tv_usec = 1 } };
		sigset_t all;

		(void)sigfillset(&all);
		(void)sigprocmask(SIG_SETMASK, &all, NULL);
		for (int s = 1; s < 65; s++)
			(void)signal(s, SIG_IGN);
		(void)setitimer(ITIMER_REAL, &soon, NULL);
	}
	(void)execve(SHELL, argv, envp);
	_exit(126);
}

static int call(const char *pid, const char *what, int number)
{
	const int alien = strcmp(what, "another-uid") == 0;
	int status = 0;

	if (join(pid) < 0) {
		perror("join");
		return 3;
	}
	if (strcmp(what, "hold") == 0) { /* only the view outlives the keeper */
		(void)puts("holding");
		(void)fflush(stdout);
		(void)getchar();
		if (become(2001) != 0)
			return 3;
		(void)execve(SHELL, plain, empty);
		perror("execve");
		return 126;
	}
	if (strncmp(what, "false-keeper", 12) == 0 &&
	    false_keeper(strcmp(what, "false-keeper") == 0) < 0) {
		perror("false keeper");
		return 3;
	}
	for (int i = 0; i < (strcmp(what, "loop") == 0 ? number : 1); i++) {
		const pid_t child = fork(); /* in the session's pid namespace */

		if (child == 0) {
			if (become(alien ? 2002 : 2001) != 0)
				_exit(3);
			hostile(what, number);
		}
		(void)waitpid(child, &status, 0);
	}
	(void)printf("status=%d signal=%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		     WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "beside") == 0)
		return beside_all(argv[2]);
	if (argc >= 4 && strcmp(argv[1], "call") == 0)
		return call(argv[2], argv[3], argc > 4 ? atoi(argv[4]) : 0);
	return 2;
}
