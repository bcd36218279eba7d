/* SPDX-License-Identifier: Apache-2.0 */
/* exec_child.c - from clone to exec: the steps of steps.def in one process */
#include "confine/child.h"
#include "confine/program/exec.h"
#include "confine/self/drop.h"
#include "confine/self/landlock.h"
#include "confine/self/owner.h"
#include "confine/self/scheduling.h"
#include "confine/sync.h"
#include "confine/view/view.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/standard.h"
#include "base/sys.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXEC_EXIT_SETUP = 125 };

_Noreturn static void give_up(int syncfd, const struct child_fail *f)
{
	(void)sync_report(syncfd, f, NULL, 0); /* silence is a refusal as well */
	_exit(EXEC_EXIT_SETUP);
}

/* "I am where the map belongs": the parent writes it and sends its byte. */
static int await_map(int syncfd, struct child_fail *f)
{
	const struct child_fail none = { 0 };
	int r = sync_report(syncfd, &none, NULL, 0);

	if (r == 0)
		r = sync_await_go(syncfd);
	return r < 0 ? fail_set(f, STEP_GO, r, 0) : 0;
}

/* A user namespace that isn't the user's. The view stays the host's: no capability that is had in it reaches the mounts. */
static int enter_users(const struct exec_spec *spec, int syncfd, struct child_fail *f)
{
	const struct plan *plan = spec->plan;
	size_t n;
	const gid_t *groups = plan_array(plan, plan->view_groups, sizeof *groups, &n);
	struct account_limits limits;
	int r = 0;

	if (!(spec->login->flags & LOGIN_SET_GROUPS)) { /* inside it will be denied */
		r = sys_setgroups(n, groups);
		if (r == 0)
			r = sys_setresgid(plan->view_gid, plan->view_gid, plan->view_gid);
	}
	if (r < 0)
		return fail_set(f, STEP_GROUPS, r, 0);
	r = account_limits_get(&limits);
	if (r < 0)
		return fail_set(f, STEP_LIMITS, r, 0);
	r = owner_enter(plan, &limits, f);
	if (r < 0)
		return r;
	return await_map(syncfd, f);
}

static int build(const struct exec_spec *spec, struct view *v, struct child_fail *f)
{
	int r;

	if (!(spec->plan->clone_flags & CLONE_NEWNS))
		return 0;
	r = view_start(v, f);
	if (r == 0)
		r = view_build(v, 0, f);
	if (r < 0)
		return r;
	r = view_seal(v);
	if (r < 0)
		return fail_set(f, STEP_VIEW, r, 0);
	v->mqueue = landlock_queues(v->plan, f); /* while there are capabilities */
	return v->mqueue < -1 ? v->mqueue : 0;
}

static int enter_root(const struct exec_spec *spec, struct view *v, struct child_fail *f)
{
	int r = 0;

	if (spec->plan->clone_flags & CLONE_NEWNS)
		r = view_enter(v);
	else if (spec->chroot != NULL)
		r = sys_chroot(spec->chroot);
	return r < 0 ? fail_set(f, STEP_PIVOT, r, 0) : 0;
}

/* New where a namespace was asked for, the parent's where not: as the host's /proc says. */
static int namespaces_compare(const struct exec_spec *spec, const struct exec_wires *w,
			      struct child_fail *f)
{
	const uint64_t flags = spec->plan->clone_flags |
			       (spec->uid_map != NULL ? (uint64_t)CLONE_NEWUSER : 0);
	struct ns_ids have;
	const int r = ns_ids_read(spec->procfd, "self/ns", &have);

	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	for (unsigned i = 0; i < NS_N; i++)
		if ((have.ino[i] != w->outside.ino[i]) != ((flags & ns_type(i)->flag) != 0))
			return fail_set(f, step_prove_ns((enum ns_kind)i), -EXDEV, 0);
	return 0;
}

/* A session of its own; the terminal has none, so that it can be had without privilege. */
static int lead_session(void)
{
	if (setsid() < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++)
		if (isatty(fd))
			return ioctl(fd, TIOCSCTTY, 0) < 0 ? -errno : 0;
	return -ENOTTY;
}

static int standard(const struct exec_spec *spec)
{
	if (spec->out >= 0 && dup2(spec->out, 1) < 0)
		return -errno;
	if (spec->err >= 0 && dup2(spec->err, 2) < 0)
		return -errno;
	return standard_clean();
}

/* Limits, root, where to be, who to be, what is left: the order is the one of steps.def. */
static int become(const struct exec_spec *spec, const struct exec_wires *w, struct view *v,
		  struct child_fail *f)
{
	int keep[] = { w->sync, spec->procfd };
	int r = scheduling_apply(spec->plan, spec->procfd, 0, f);

	if (r == 0)
		r = limits_apply(spec->plan, f);
	if (r == 0)
		r = enter_root(spec, v, f);
	if (r == 0 && spec->privileged && spec->uid_map != NULL)
		r = enter_users(spec, w->sync, f);
	if (r < 0)
		return r;
	r = privileges_drop(spec->plan, spec->login, f);
	/* with the user's own rights */
	if (r == 0 && spec->cwd != NULL && chdir(spec->cwd) < 0 && (!spec->or_root || chdir("/") < 0))
		r = fail_set(f, STEP_CWD, -errno, 0);
	if (r == 0 && (r = child_die_with_parent()) < 0)
		fail_set(f, STEP_PARENT_GONE, r, 0);
	if (r == 0)
		r = surface_drop(spec->plan, f);
	if (r == 0 && (r = standard(spec)) < 0)
		fail_set(f, STEP_DESCRIPTORS, r, 0);
	if (r == 0)
		r = scheduling_prove(spec->plan, spec->procfd,
				     f); /* Landlock closes the host's /proc */
	if (r == 0)
		r = landlock_apply(spec->plan, v->mqueue, f);
	if (r == 0 &&
	    ((spec->lead && (r = lead_session()) < 0) || (r = child_close_but(keep, 2)) < 0))
		fail_set(f, STEP_DESCRIPTORS, r, 0);
	if (r == 0)
		r = privileges_prove(spec->plan, spec->login, f);
	if (r == 0)
		r = namespaces_compare(spec, w, f);
	return r < 0 ? r : limits_last(spec->plan, f);
}

static int run(const struct exec_spec *spec, const struct exec_wires *w, struct view *v,
	       mode_t mask, struct child_fail *f)
{
	const struct child_fail none = { 0 };
	char path[PATH_MAX];
	int r = become(spec, w, v, f);

	if (r == 0 && (r = exec_find(spec, path)) < 0)
		fail_set(f, STEP_FIND, r, 0);
	if (r < 0)
		return r;
	if (close(spec->procfd) < 0 || (r = sync_report(w->sync, &none, NULL, 0)) < 0)
		return fail_set(f, STEP_HOT, r < 0 ? r : -errno, 0);
	(void)umask(spec->login->set.umask != MODE_UNSET ? (mode_t)spec->login->set.umask : mask);
	if (sigprocmask(SIG_SETMASK, spec->mask, NULL) < 0)
		return fail_set(f, STEP_EXEC, -errno, 0);
	r = filter_load(spec->plan, f);
	if (r < 0)
		return r;
	(void)execve(path, spec->argv, spec->envp);
	return fail_set(f, STEP_EXEC, -errno, 0);
}

/* PID 1 stays behind as what it is; the program is its child. */
static int split(const struct exec_spec *spec, const struct exec_wires *w, struct view *v,
		 struct child_fail *f)
{
	int fd = -1, traced[2] = { -1, -1 }, r = 0;
	pid_t pid;

	if (!(spec->plan->clone_flags & CLONE_NEWPID))
		return 0;
	if (spec->trace && (r = sync_pair(traced)) < 0)
		return fail_set(f, STEP_TRACE, r, 0);
	if (spec->trace) /* for a moment: who may not look into it may not trace it */
		r = sys_prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	pid = r < 0 ? r : sys_clone(0, &fd);
	if (pid < 0)
		return fail_set(f, STEP_CLONE, pid, 0);
	if (pid > 0) { /* without the byte the program gives up, and says so */
		if (spec->trace && exec_trace_start(pid) == 0)
			(void)sync_go(traced[1]);
		exec_init(spec, w->reports, v->master, pid, fd);
	}
	if (!spec->trace)
		return 0;
	close_fd(&traced[1]); /* PID 1's alone: its closing is a refusal */
	r = sync_await_go(traced[0]);
	if (r == 0)
		r = sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return r < 0 ? fail_set(f, STEP_TRACE, r, 0) : 0;
}

void exec_child(const struct exec_spec *spec, const struct exec_wires *w)
{
	int keep[] = { w->sync, w->reports, spec->procfd, spec->out, spec->err };
	struct view v = {
		.plan = spec->plan, .host = -1, .root = -1, .scratch = -1, .master = -1, .mqueue = -1
	};
	struct child_fail f = { 0 };
	const mode_t mask = umask(0); /* every mode here is meant as written */
	int r = child_close_but(keep, 5);

	if (r < 0)
		fail_set(&f, STEP_DESCRIPTORS, r, 0);
	if (r == 0 && !spec->privileged && spec->uid_map != NULL) {
		r = await_map(w->sync, &f);
		path_root_unmapped(); /* its files show the id of what has no place in the map */
	}
	if (r == 0 && (r = child_die_with_parent()) < 0)
		fail_set(&f, STEP_PARENT_GONE, r, 0);
	if (r == 0)
		r = child_namespaces(spec->plan, spec->procfd, &f);
	if (r == 0)
		r = build(spec, &v, &f);
	if (r == 0)
		r = split(spec, w, &v, &f);
	if (r == 0)
		r = run(spec, w, &v, mask, &f);
	if (r < 0)
		give_up(w->sync, &f);
	_exit(EXEC_EXIT_SETUP); /* not reached */
}
