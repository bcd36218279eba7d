/* SPDX-License-Identifier: Apache-2.0 */
/* init.c - PID 1 of a session: builds the view as root, is confined itself, then reaps */
#include "confine/child.h"
#include "confine/self/landlock.h"
#include "confine/self/owner.h"
#include "confine/session/session.h"
#include "confine/sync.h"
#include "confine/view/divert.h"
#include "confine/view/view.h"
#include "confine/view/watch.h"

#include "base/sys.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INIT_EXIT_SETUP = 125 };

static int signals_quiet(void)
{
	sigset_t all;

	(void)sigfillset(&all);			 /* cannot fail */
	if (signal(SIGCHLD, SIG_IGN) == SIG_ERR) /* then the kernel reaps what is left to us */
		return -errno;
	return sigprocmask(SIG_SETMASK, &all, NULL) < 0 ? -errno : 0;
}

static int prepare(const struct plan *plan, int procfd, struct child_fail *f)
{
	int r = child_die_with_parent();

	(void)umask(0); /* cannot fail; every mode here is meant as written */
	if (r == 0)
		r = signals_quiet();
	return r < 0 ? fail_set(f, STEP_PARENT_GONE, r, 0) : child_namespaces(plan, procfd, f);
}

/* V gets what B doesn't have: the diversion, the gate. */
static int view_outer(struct view *v, int shellfd, int fds[FDS_SHOWN], struct child_fail *f)
{
	struct divert d;
	int r = view_build(v, 1, f);

	if (r == 0)
		r = divert_make(v, shellfd, &d, f);
	if (r < 0)
		return r;
	fds[FD_SHELL] = d.shell;
	fds[FD_LISTENER] = d.listener;
	fds[FD_PTS] = v->pts;
	return landlock_gate(v->plan, fds[FD_SESSION_ROOT], &fds[FD_ROOTS], f);
}

/* V's root and table of mounts, for the parent to look whether they stay as they are. */
static int view_eyes(int procfd, int fds[FDS_SHOWN])
{
	fds[FD_CALLER_ROOT] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	fds[FD_CALLER_TABLE] = openat(procfd, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	return fds[FD_CALLER_ROOT] < 0 || fds[FD_CALLER_TABLE] < 0 ? -errno : 0;
}

static int own_mounts(int procfd)
{
	const int fd = openat(procfd, "self/ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/*
 * The view, its copy for B, what is V's alone; then in B, which gets its own root later.
 * fds: V, B's root, cordonsh, listener, the two rulesets of the gate, V's root and table of mounts, devpts.
 */
static int views(const struct plan *plan, const struct plan_login *login, int procfd, int shellfd,
		 int number, int fds[FDS_SHOWN], int *ret_master, struct child_fail *f)
{
	struct view v = { .plan = plan, .login = login, .number = number };
	int branch = -1, r = view_start(&v, f);

	if (r == 0)
		r = view_build(&v, 0, f);
	if (r == 0)
		r = view_take(&v, f);
	if (r < 0)
		return r;
	r = view_seal(&v);
	if (r == 0)
		r = view_enter(&v); /* the host's mounts go: what is copied next is the view alone */
	if (r == 0)
		r = fds[FD_CALLER_NS] = own_mounts(procfd);
	if (r < 0)
		return fail_set(f, STEP_PIVOT, r, 0);
	r = sys_unshare(CLONE_NEWNS);
	if (r == 0)
		r = branch = own_mounts(procfd);
	if (r >= 0)
		r = fds[FD_SESSION_ROOT] = session_view_root();
	if (r >= 0)
		r = sys_setns(fds[FD_CALLER_NS], CLONE_NEWNS);
	if (r < 0)
		return fail_set(f, STEP_BRANCH, r, 0);
	r = view_outer(&v, shellfd, fds, f);
	if (r < 0)
		return r;
	r = view_eyes(procfd, fds);
	if (r == 0)
		r = sys_setns(branch, CLONE_NEWNS);
	(void)close(branch); /* we are in it, or refuse */
	if (r < 0)
		return fail_set(f, STEP_BRANCH, r, 0);
	if (plan->flags & PLAN_GOVERNED)
		r = landlock_gate_inside(plan, fds[FD_GATE], f); /* V may hide what B shows */
	*ret_master = v.master;
	return r;
}

/* Up to the first report: from then on the PAM caller may be in V, and what is left is done meanwhile. */
static int show(const struct plan *plan, const struct plan_login *login, int syncfd, int procfd,
		int shellfd, int number, int *ret_root, int *ret_master, struct child_fail *f)
{
	int keep[] = { syncfd, procfd, shellfd };
	int fds[FDS_SHOWN];
	int r = child_close_but(keep, 3);

	if (r < 0)
		return fail_set(f, STEP_DESCRIPTORS, r, 0);
	r = prepare(plan, procfd, f);
	if (r == 0)
		r = views(plan, login, procfd, shellfd, number, fds, ret_master, f);
	if (r < 0)
		return r;
	r = child_die_with_parent(); /* a look with the user's rights may have cleared it */
	if (r < 0)
		return fail_set(f, STEP_PARENT_GONE, r, 0);
	*ret_root = fds[FD_SESSION_ROOT];
	r = sync_report(syncfd, f, fds, FDS_SHOWN - (fds[FD_PTS] < 0));
	return r < 0 ? fail_set(f, STEP_SEND_VIEW, r, 0) : 0;
}

/* What the account may have in all its sessions: known once the PAM stack has set its limits. */
static int await_limits(int syncfd, struct account_limits *ret)
{
	ssize_t n;

	do
		n = recv(syncfd, ret, sizeof *ret, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? -EPIPE : n == (ssize_t)sizeof *ret ? 0 : -EPROTO;
}

static int init_steps(const struct plan *plan, const struct plan_login *login, int syncfd,
		      int procfd, int shellfd, int number, struct child_fail *f)
{
	struct account_limits limits;
	int root = -1, master = -1, dirs[WATCH_DIRS];
	unsigned n = 0;
	int r = show(plan, login, syncfd, procfd, shellfd, number, &root, &master, f);

	if (r < 0)
		return r;
	r = session_view_enter(root);
	if (r < 0)
		return fail_set(f, STEP_BRANCH, r, 0);
	n = watch_dirs(plan, dirs);
	r = sync_report(syncfd, f, NULL, 0);
	if (r == 0)
		r = await_limits(syncfd, &limits);
	if (r < 0)
		return fail_set(f, STEP_LIMITS, r, 0);
	if (plan->uid_map.len != 0) {
		r = sys_setgroups(0, NULL);
		if (r < 0)
			return fail_set(f, STEP_GROUPS, r, 0);
		r = owner_enter(plan, &limits, f);
		if (r < 0)
			return r;
	}
	r = sync_report(syncfd, f, dirs, n);
	if (r < 0)
		return fail_set(f, STEP_USER_NAMESPACE, r, 0);
	r = sync_await_go(syncfd);
	if (r < 0)
		return fail_set(f, STEP_GO, r, 0);
	r = child_drop(plan, 0);
	if (r == 0)
		r = child_die_with_parent();
	if (r == 0) {
		int left[] = { syncfd, master };

		r = child_close_but(left, 2);
	}
	return r < 0 ? fail_set(f, STEP_INIT_DROP, r, 0) : sync_report(syncfd, f, NULL, 0);
}

/*
 * Who is in the session already is to hear that it failed, which they couldn't if their PID 1 went:
 * it stays until the parent ends it, and no longer than the parent.
 */
static void tell_failure(int syncfd, const struct child_fail *f)
{
	if (child_die_with_parent() < 0 || sync_report(syncfd, f, NULL, 0) < 0)
		_exit(INIT_EXIT_SETUP); /* silence is a refusal as well */
}

_Noreturn void init_run(const struct plan *plan, const struct plan_login *login, int syncfd,
			int procfd, int shellfd, int number)
{
	struct child_fail f = { 0 };

	if (init_steps(plan, login, syncfd, procfd, shellfd, number, &f) < 0)
		tell_failure(syncfd, &f);
	(void)close(syncfd); /* everything has been said */
	sys_stack_trim();
	for (;;)
		(void)pause(); /* all signals are blocked but those that kill */
}
