/* SPDX-License-Identifier: Apache-2.0 */
/* init.c - PID 1 of a session: builds the views as root, drops everything, then reaps */
#include "confine/child.h"
#include "confine/self/landlock.h"
#include "confine/self/owner.h"
#include "confine/session/session.h"
#include "confine/sync.h"
#include "confine/view/divert.h"
#include "confine/view/view.h"
#include "confine/view/watch.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "contract/exits.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/**
 * struct init - what init needs beside struct confine
 * @shellfd:    cordonsh, open for reading
 * @shown:      the descriptors for the parent of the caller view: the first of enum session_fd
 * @session_ns: the mount namespace of the session view, while init is in the one of the caller view
 * @dirs:       see watch_dirs()
 */
struct init {
	int shellfd;
	int shown[FDS_SHOWN];
	int session_ns;
	int dirs[WATCH_DIRS];
	struct view view;
};

static int close_inherited(struct confine *c)
{
	int keep[] = { c->sync, c->procfd, c->init->shellfd, c->network };

	return child_close_but(keep, c->network < 0 ? 3 : 4);
}

static int signals_quiet(struct confine *c)
{
	sigset_t all;

	(void)c;
	(void)sigfillset(&all); /* cannot fail */
	return sigprocmask(SIG_SETMASK, &all, NULL) < 0 ? -errno : 0;
}

/*
 * When the memory of the group runs out, the kernel kills all processes in it but those with this score.
 * Without init, sshd's half that passes on the last line to the user would be killed as well. A value
 * that cannot be set, as in a container, stays.
 */
static int group_guard(struct confine *c)
{
	if (c->plan->group.len != 0)
		(void)sys_write_at(c->procfd, "self/oom_score_adj", "-1000"); /* see above */
	return 0;
}

static int view_set_aside(struct confine *c)
{
	return view_take(c->view, &c->fail);
}

static int own_mounts(int procfd)
{
	const int fd = openat(procfd, "self/ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int view_become(struct confine *c)
{
	int *const fd = c->init->shown;
	const int r = view_enter(c->view);

	if (r < 0)
		return r;
	fd[FD_CALLER_NS] = own_mounts(c->procfd);
	return fd[FD_CALLER_NS] < 0 ? fd[FD_CALLER_NS] : 0;
}

/* Copies the mounts for the session view, then returns to the caller view, which is completed first. */
static int view_copy_all(struct confine *c)
{
	struct init *i = c->init;
	int r = sys_unshare(CLONE_NEWNS);

	if (r == 0)
		r = i->session_ns = own_mounts(c->procfd);
	if (r >= 0)
		r = i->shown[FD_SESSION_ROOT] = session_view_root();
	return r < 0 ? r : sys_setns(i->shown[FD_CALLER_NS], CLONE_NEWNS);
}

/* Adds what only the caller view has: cordonsh over the shell, and the keeper's socket. */
static int caller_view_make(struct confine *c)
{
	int *const fd = c->init->shown;
	struct divert d;
	int r = view_build(c->view, 1, &c->fail);

	if (r == 0)
		r = divert_make(c->view, c->init->shellfd, &d, &c->fail);
	if (r < 0)
		return r;
	fd[FD_SHELL] = d.shell;
	fd[FD_LISTENER] = d.listener;
	fd[FD_PTS] = c->view->pts;
	return 0;
}

static int caller_view_gate(struct confine *c)
{
	int *const fd = c->init->shown;

	return landlock_gate(c->plan, fd[FD_SESSION_ROOT], &fd[FD_ROOTS], &c->fail);
}

/* Gives the parent the descriptors by which it watches the mounts of the caller view. */
static int session_view_return(struct confine *c)
{
	struct init *i = c->init;
	int r;

	i->shown[FD_CALLER_ROOT] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	i->shown[FD_CALLER_TABLE] = openat(c->procfd, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (i->shown[FD_CALLER_ROOT] < 0 || i->shown[FD_CALLER_TABLE] < 0)
		return -errno;
	r = sys_setns(i->session_ns, CLONE_NEWNS);
	close_fd(&i->session_ns);
	return r;
}

/* Made in the session view, because the caller view may hide paths that the session view shows. */
static int session_view_gate(struct confine *c)
{
	return c->plan->flags & PLAN_GOVERNED ?
		       landlock_gate_inside(c->plan, c->init->shown[FD_GATE], &c->fail) :
		       0;
}

static int view_send(struct confine *c)
{
	const int *fd = c->init->shown;

	return sync_report(c->sync, &c->fail, fd, FDS_SHOWN - (fd[FD_PTS] < 0));
}

static int session_view_settle(struct confine *c)
{
	const int r = session_view_enter(c->init->shown[FD_SESSION_ROOT]);

	if (r < 0)
		return r;
	c->dirs = c->init->dirs;
	c->n_dirs = watch_dirs(c->plan, c->init->dirs);
	return 0;
}

static int limits_await(struct confine *c)
{
	ssize_t n;
	const int r = sync_report(c->sync, &c->fail, NULL, 0);

	if (r < 0)
		return r;
	do
		n = recv(c->sync, &c->account, sizeof c->account, MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? -EPIPE : n == (ssize_t)sizeof c->account ? 0 : -EPROTO;
}

static int groups_clear(struct confine *c)
{
	return c->makes_user ? sys_setgroups(0, NULL) : 0;
}

/* Keeps the master of the terminal open, which keeps the number of the terminal taken. */
static int init_drop(struct confine *c)
{
	int left[] = { c->sync, c->view->master };
	int r = child_drop(c->plan, 0);

	if (r == 0)
		r = child_die_with_parent();
	return r < 0 ? r : child_close_but(left, 2);
}

static const struct step_row rows[] = {
#define WALKS_INIT	   STEP_ROW
#define WALKS_INIT_PROGRAM STEP_ROW
#include "confine/rows.h"
};

/*
 * Processes that are in the session already must learn that it failed. They would die with PID 1, so
 * init stays until the parent ends it or dies.
 */
static void tell_end(const struct confine *c)
{
	if (c->fail.err != 0 && child_die_with_parent() < 0)
		_exit(EXIT_SETUP); /* end of file without a report is a refusal as well */
	if (sync_report(c->sync, &c->fail, NULL, 0) < 0)
		_exit(EXIT_SETUP);
}

/* Not inlined, so that its large stack frame is given back. */
__attribute__((noinline)) static void init_steps(const struct plan *plan,
						 const struct plan_login *login, int syncfd,
						 int procfd, int shellfd, int number, int network)
{
	struct init init = { .shellfd = shellfd,
			     .session_ns = -1,
			     .view = { .plan = plan, .login = login, .number = number } };
	struct confine c = { .plan = plan,
			     .login = login,
			     .sync = syncfd,
			     .procfd = procfd,
			     .network = network,
			     .view = &init.view,
			     .makes_user = plan->uid_map.len != 0,
			     .awaits_map = true,
			     .init = &init };

	(void)steps_walk(&c, rows, sizeof rows / sizeof rows[0], STEP_NONE); /* c.fail says it */
	tell_end(&c);
}

/*
 * Waits for orphans, rather than to ignore SIGCHLD: the kernel adds what a process has used to its
 * parent's times only if the parent waits. The keeper reads the times at the end.
 * @told: answers session_ask(); -1: nobody asks
 */
_Noreturn static void reap(int told)
{
	bool asked = false;
	siginfo_t info;
	sigset_t all;
	pid_t pid;

	(void)sigfillset(&all); /* cannot fail; all signals except those that kill are blocked */
	for (;;) {
		do
			pid = waitpid(-1, NULL, WNOHANG | __WALL);
		while (pid > 0);
		if (asked && pid < 0) {		      /* no child */
			(void)sys_send_byte(told, 1); /* the keeper asks again */
			asked = false;
		}
		/* SIGCHLD, or another signal of root's; a sender outside has no pid here */
		if (sigwaitinfo(&all, &info) == SESSION_ASK && info.si_pid == 0 && told >= 0)
			asked = true;
	}
}

_Noreturn void init_run(const struct plan *plan, const struct plan_login *login, int syncfd,
			int procfd, int shellfd, int number, int network)
{
	(void)umask(0); /* files get exactly the modes that the code names */
	init_steps(plan, login, syncfd, procfd, shellfd, number, network);
	if (plan->set.lifetime != LIFETIME_USER)
		close_fd(&syncfd); /* all reports are sent */
	sys_stack_trim();
	reap(syncfd);
}
