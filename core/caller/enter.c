/* SPDX-License-Identifier: Apache-2.0 */
/* enter.c - see enter.h */
#include "caller/enter.h"

#include "base/cleanup.h"
#include "base/landlock_abi.h"
#include "base/standard.h"
#include "base/sys.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The gate handles REFER as well as EXECUTE. The kernel refuses REFER (link and rename across
 * directories) under every ruleset without a rule that allows it, so the gate must allow it.
 */
#define GATE ((uint64_t)LL_FS_EXECUTE | LL_FS_REFER)

static int failed(struct err *e, int code, const char *what)
{
	errno = -code; /* for %m */
	return err_set(e, code, "%s: %m", what);
}

static int stat_fd(int fd, mode_t type, struct stat *ret)
{
	if (fstat(fd, ret) < 0)
		return -errno;
	return (ret->st_mode & S_IFMT) == type ? 0 : -EINVAL;
}

/*
 * Makes the part of the gate that needs no view. If the ruleset of the keeper did not handle EXECUTE,
 * the kernel would refuse the rule that allows it, so an open gate cannot go unnoticed.
 */
static int gate_begin(const int fds[WIRE_FDS_MAX], struct stat *ret_root, struct err *e)
{
	const int gate = fds[WIRE_READY_GATE];
	struct stat shell;
	int r;

	/* a directory here would allow execution of everything beneath it */
	r = stat_fd(fds[WIRE_READY_SHELL], S_IFREG, &shell);
	if (r == 0)
		r = stat_fd(fds[WIRE_READY_ROOT], S_IFDIR, ret_root);
	if (r < 0)
		return failed(e, r, "what the keeper sent is no shell and no root");
	r = sys_landlock_add_path(gate, fds[WIRE_READY_SHELL], LL_FS_EXECUTE);
	if (r == 0)
		r = sys_landlock_add_path(gate, fds[WIRE_READY_ROOT], GATE);
	return r < 0 ? failed(e, r, "landlock_add_rule") : 0;
}

/*
 * Restricts the process to files beneath the two roots, and to the programs that a rule allows. Names
 * may still be moved. If the session gets the descriptors 0, 1 and 2 of the application, their files
 * may be opened again.
 */
static int gate_restrict(int roots, int gate, int view, int streams, uint32_t flags)
{
	int r = sys_landlock_add_path(gate, view, LL_FS_REFER);

	if (r == 0 && streams)
		r = standard_allow(roots, 1);
	if (r == 0 && streams)
		r = standard_allow(gate, 0);
	if (r == 0)
		r = sys_landlock_restrict_self(roots, flags);
	return r < 0 ? r : sys_landlock_restrict_self(gate, flags);
}

static int gate_close(const int fds[WIRE_FDS_MAX], const struct stat *root, int streams,
		      uint32_t flags, struct err *e)
{
	cleanup_close int view = wire_fd_up(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	struct stat st;
	int r;

	if (view < 0)
		return failed(e, view, "open of the view's root");
	r = stat_fd(view, S_IFDIR, &st);
	/* with the same root for both views, the gate would be open */
	if (r == 0 && st.st_dev == root->st_dev && st.st_ino == root->st_ino)
		r = -EXDEV;
	if (r == 0)
		r = gate_restrict(fds[WIRE_READY_ROOTS], fds[WIRE_READY_GATE], view, streams, flags);
	return r < 0 ? failed(e, r, "exec gate at the view's root") : 0;
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
	struct stat root;
	int r;

	r = gate_begin(fds, &root, e);
	if (r < 0)
		return r;
	r = join(ready, fds, e);
	if (r == 0 && (!has_cwd || chdir(cwd) < 0) && chdir("/") < 0)
		r = failed(e, -errno, "chdir to the view's root");
	if (r == 0)
		r = gate_close(fds, &root, streams,
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
