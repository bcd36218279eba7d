/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.c - see spawn.h */
#include "caller/spawn.h"

#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 64 * 1024, SOCKET_FD = 3 };

/*
 * Memory shared with both children, which run one after the other while the thread of the caller is
 * stopped (CLONE_VFORK). The children make only system calls.
 */
struct spawn {
	const char *path;
	char *const *argv;
	int fd;
	char *inner_stack; /* its upper end */
	pid_t inner; /* the process that uses it; the kernel writes 0 when it uses it no more */
	int err;     /* 0: the program runs */
};

static int descriptors(int fd)
{
	int null;

	if (fd == SOCKET_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, SOCKET_FD) < 0)
		return -errno;
	null = open("/dev/null", O_RDWR | O_NOCTTY);
	if (null < 0)
		return -errno;
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (null != i && dup2(null, i) < 0)
			return -errno;
	return syscall(SYS_close_range, SOCKET_FD + 1, ~0U, 0) < 0 ? -errno : 0;
}

/* AddressSanitizer mistakes the end of a process on such a stack for the end of the caller's stack. */
#define OWN_STACK __attribute__((no_sanitize("address")))

OWN_STACK static int program(void *arg)
{
	struct spawn *s = arg;
	char *const environment[] = { NULL };
	/* first, because until then the user of the caller may stop or end this process */
	int r = geteuid() == 0 ? own_identity() : 0;

	if (r == 0)
		r = descriptors(s->fd);
	if (r == 0)
		r = own_signals(0);
	if (r == 0)
		own_limits(); /* low limits could prevent the loading of the program */
	if (r == 0) {
		(void)execve(s->path, s->argv, environment); /* returns only to fail */
		r = -errno;
	}
	s->err = r;
	_exit(1);
}

OWN_STACK static int between(void *arg)
{
	struct spawn *s = arg;

	if (clone(program, s->inner_stack,
		  CLONE_VM | CLONE_VFORK | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, s,
		  &s->inner, NULL, &s->inner) < 0)
		s->err = -errno;
	_exit(0);
}

/*
 * Waits for the process with the program to have its own memory, or to be gone. Whoever may kill the
 * process in between it, as the user who has started su, could otherwise have it use memory of the
 * application that has become something else.
 */
static void wait_inner(struct spawn *s)
{
	pid_t pid;

	while ((pid = __atomic_load_n(&s->inner, __ATOMIC_ACQUIRE)) != 0)
		(void)syscall(SYS_futex, &s->inner, FUTEX_WAIT, pid, NULL, NULL, 0);
}

int spawn_apart(const char *path, char *const *argv, int fd)
{
	struct spawn s = { .path = path, .argv = argv, .fd = fd };
	char *stacks;
	sigset_t all, old;
	pid_t pid;
	int r;

	stacks = mmap(NULL, 2 * STACK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stacks == MAP_FAILED)
		return -errno;
	s.inner_stack = stacks + STACK_BYTES;
	(void)sigfillset(&all); /* cannot fail for a set of ours */
	/* a signal handler of the application must not run in a child that shares its memory */
	r = -pthread_sigmask(SIG_SETMASK, &all, &old);
	if (r < 0)
		goto out;
	/* without an exit signal, only a wait for "clone" children sees this child */
	pid = clone(between, stacks + 2 * STACK_BYTES, CLONE_VM | CLONE_VFORK, &s);
	r = pid < 0 ? -errno : 0;
	if (r == 0) {
		while (waitpid(pid, NULL, (int)__WCLONE) < 0 && errno == EINTR)
			;
		wait_inner(&s);
		r = s.err;
	}
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL); /* restores the mask of the caller */
out:
	(void)munmap(stacks, 2 * STACK_BYTES); /* mapped above */
	return r;
}
