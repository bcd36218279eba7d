/* SPDX-License-Identifier: Apache-2.0 */
/* bounded.c - see bounded.h */
#include "base/bounded.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20 /* Linux 5.12 */
#endif

enum { WAIT_MS = 10000 };

static int hung; /* a file system did not answer in time once already */

static int wait_readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int r;

	do
		r = poll(&p, 1, ms);
	while (r < 0 && errno == EINTR);
	return r == 1 ? 0 : r == 0 ? -ETIMEDOUT : -errno;
}

_Noreturn static void child(void (*fn)(const void *arg, void *ret), const void *arg, size_t size,
			    int out)
{
	char ret[BOUNDED_SIZE_MAX];

	memset(ret, 0, size);
	if (sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		_exit(1);
	fn(arg, ret);
	_exit(write(out, ret, size) == (ssize_t)size ? 0 : 1);
}

int bounded_call(void (*fn)(const void *arg, void *ret), const void *arg, void *ret, size_t size)
{
	cleanup_close int from = -1, to = -1, fd = -1;
	char got[BOUNDED_SIZE_MAX];
	int ends[2], r;
	pid_t pid;

	if (hung)
		return -ETIMEDOUT;
	if (size > sizeof got)
		return -EINVAL;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	to = ends[1];
	pid = sys_clone(0, &fd);
	if (pid == 0)
		child(fn, arg, size, to);
	close_fd(&to); /* the child's alone */
	r = pid < 0 ? pid : wait_readable(from, BOUNDED_MS);
	if (r == 0 && read(from, got, size) != (ssize_t)size)
		r = -EIO;
	if (r == -ETIMEDOUT) {
		hung = 1;
		(void)sys_pidfd_kill(fd); /* the child may be gone, or hang in the kernel */
	} else if (pid > 0) {
		/* the child has written or ended, so this does not wait long */
		(void)waitpid(pid, NULL, __WALL);
	}
	if (r == 0)
		memcpy(ret, got, size);
	return r;
}

int bounded_open(int rootfd, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_CACHED,
	};
	const long fd = syscall(SYS_openat2, rootfd, path, &how, sizeof how);

	return fd < 0 ? -errno : (int)fd;
}

void bounded_wait(int pid, int pidfd)
{
	if (wait_readable(pidfd, WAIT_MS) == 0)
		(void)waitpid(pid, NULL, __WALL); /* it is gone */
}
