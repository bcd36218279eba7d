/* SPDX-License-Identifier: Apache-2.0 */
/* enter.c - see enter.h */
#include "caller/enter.h"

#include "base/cleanup.h"
#include "base/gate.h"
#include "base/landlock_abi.h"
#include "base/sys.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <unistd.h>

static int failed(struct err *e, int code, const char *what)
{
	errno = -code; /* for %m */
	return err_set(e, code, "%s: %m", what);
}

/*
 * Gate and namespaces belong to a thread, so other threads would stay outside. setns(2) does not notice
 * other threads if this one has called unshare(CLONE_FS). unshare(CLONE_THREAD) tells: it does nothing
 * in a process of one thread, and fails in any other.
 */
static int join(const struct wire_msg *ready, const int fds[WIRE_FDS_MAX], struct err *e)
{
	int r = sys_unshare(CLONE_THREAD);

	if (r == 0)
		r = sys_setns(fds[WIRE_READY_VIEW], CLONE_NEWNS);
	if (r == -EINVAL)
		return err_set(e, r,
			       "the application has more than one thread, or shares its memory "
			       "or its root with another process; it cannot be confined");
	if (r < 0)
		return failed(e, r, "setns to the view");
	if (ready->flags == 0)
		return 0;
	r = sys_setns(fds[WIRE_READY_INIT], (int)ready->flags);
	return r < 0 ? failed(e, r, "setns to the session's init") : 0;
}

int enter_view(const struct wire_msg *ready, const int fds[WIRE_FDS_MAX], int streams, struct err *e)
{
	char cwd[PATH_MAX];
	/* "/" replaces a directory that is removed, unreachable or too long */
	const int has_cwd = getcwd(cwd, sizeof cwd) != NULL && cwd[0] == '/';
	struct gate g = { .roots = fds[WIRE_READY_ROOTS],
			  .gate = fds[WIRE_READY_GATE],
			  .shell = fds[WIRE_READY_SHELL],
			  .root = fds[WIRE_READY_ROOT] };
	int r;

	r = gate_begin(&g, e);
	if (r < 0)
		return r;
	r = join(ready, fds, e);
	if (r == 0 && (!has_cwd || chdir(cwd) < 0) && chdir("/") < 0)
		r = failed(e, -errno, "chdir to the view's root");
	if (r == 0)
		r = gate_close(&g, streams,
			       ready->serve & WIRE_SERVE_AUDIT ? LL_LOG_NEW_EXEC_ON : 0u, e);
	if (r == 0 && (ready->serve & WIRE_SERVE_SFTP) == 0 && (r = enter_no_sftp()) < 0)
		return failed(e, r, "filter that keeps sftp from starting");
	if (r == 0 && (ready->serve & WIRE_SERVE_SFTP) && (ready->serve & WIRE_SERVE_NO_SUID) &&
	    (r = enter_no_set_id((ready->serve & WIRE_SERVE_NO_SGID) != 0)) < 0)
		return failed(e, r, "filter that keeps sftp from making set-id files");
	return r;
}

int enter_leave(void)
{
	/* by pidfd, because /proc is the session's; only children were born in its pid namespace */
	cleanup_close int self = wire_fd_up(sys_pidfd_open(getpid()));

	return self < 0 ? self : sys_setns(self, CLONE_NEWPID);
}
