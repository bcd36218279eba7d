/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulated.c - LD_PRELOAD for cordon below qemu-user, whose kernel lacks calls
 *
 * Older versions of qemu-user pass on no call of Landlock, of seccomp(2) and of the newer mount API.
 * What rules come to is to be looked at nevertheless (tests/cross). Questions about these calls are
 * answered with yes; calls that would do something fail, as they do without this. Two calls are
 * replaced where they fail: openat2(2) by openat(2), because the trees of the tests have no links that
 * lead out, and clone3(2) without namespaces by fork(3).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LANDLOCK_ABI = 6 };

/* Programs of this machine, such as sh, inherit the environment. */
__attribute__((constructor)) static void not_for_others(void)
{
	(void)unsetenv("LD_PRELOAD");
}

/* The path @path below @root, which has no link. */
static long open_plain(int root, const char *path, const struct open_how *how)
{
	char rest[PATH_MAX], *more = NULL;
	int dir = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = dir;

	(void)snprintf(rest, sizeof rest, "%s", path); /* the paths of the tests are short */
	for (char *name = strtok_r(rest, "/", &more); name != NULL && fd >= 0;) {
		struct stat st;
		char *next = strtok_r(NULL, "/", &more);
		const int flags = next != NULL ? O_PATH | O_CLOEXEC : (int)how->flags;

		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)) {
			errno = ELOOP;
			fd = -1;
		} else {
			fd = openat(dir, name, flags | O_NOFOLLOW);
		}
		(void)close(dir);
		dir = fd;
		name = next;
	}
	return fd;
}

/* The path @path below @root, whose links lead nowhere else. */
static long open_below(int root, const char *path, const struct open_how *how)
{
	if (how->resolve & RESOLVE_NO_SYMLINKS)
		return open_plain(root, path, how);
	path += strspn(path, "/");
	return openat(root, *path != '\0' ? path : ".", (int)how->flags, (mode_t)how->mode);
}

/* Only for programs that go on to execve(2) or _exit(2). */
static long clone_plain(const struct clone_args *args)
{
	union {
		uintptr_t number;
		int *fd;
	} pidfd = { .number = (uintptr_t)args->pidfd };
	long pid;

	if (args->flags != CLONE_PIDFD)
		return -1;
	pid = fork();
	if (pid > 0)
		*pidfd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pid;
}

__attribute__((visibility("default"))) long syscall(long number, ...)
{
	static long (*next)(long number, ...);
	union {
		void *object;
		long (*function)(long number, ...);
	} found;
	long arg[6], r;
	va_list ap;

	va_start(ap, number);
	for (unsigned i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_landlock_create_ruleset && (int)arg[2] == LANDLOCK_CREATE_RULESET_VERSION)
		return LANDLOCK_ABI;
	if (number == SYS_seccomp && (int)arg[0] == SECCOMP_GET_ACTION_AVAIL)
		return 0;
	if (number == SYS_seccomp && arg[2] == 0) { /* how libseccomp asks: invalid on purpose */
		errno = (int)arg[0] == SECCOMP_SET_MODE_STRICT ? EINVAL : EFAULT;
		return -1;
	}
	if (number == SYS_mount_setattr && (int)arg[0] == -1) {
		errno = EBADF;
		return -1;
	}
	if (next == NULL) {
		found.object = dlsym(RTLD_NEXT, "syscall");
		next = found.function;
	}
	r = next(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	if (r < 0 && errno == ENOSYS && number == SYS_openat2)
		r = open_below((int)arg[0], (const char *)arg[1], (const void *)arg[2]);
	else if (r < 0 && errno == ENOSYS && number == SYS_clone3)
		r = clone_plain((const void *)arg[0]);
	return r;
}
