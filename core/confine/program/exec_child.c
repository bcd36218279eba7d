/* SPDX-License-Identifier: Apache-2.0 */
/* exec_child.c - the steps of `cordon run` between clone and exec */
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
#include "base/sys.h"
#include "contract/exits.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * struct program - what `cordon run` needs beside struct confine
 * @reports: PID 1 reports the end of the program here; -1: there is no pid namespace
 * @mask:    the umask of the caller
 * @path:    the path of the program, once it is found
 */
struct program {
	const struct exec_spec *spec;
	int reports;
	mode_t mask;
	char path[PATH_MAX];
	struct view view;
};

static int close_inherited(struct confine *c)
{
	const struct exec_spec *spec = c->program->spec;
	int keep[] = { c->sync, c->program->reports, c->procfd, spec->out, spec->err };

	return child_close_but(keep, 5);
}

/* Without root, clone(2) has made the user namespace, so its map is needed first. */
static int await_first_map(struct confine *c)
{
	int r;

	if (c->program->spec->privileged || c->program->spec->uid_map == NULL)
		return 0;
	c->awaits_map = true;
	r = await_map(c);
	c->awaits_map = false;
	path_root_unmapped(); /* the files of root have the overflow uid if the map lacks root */
	return r;
}

static int queues_open(struct confine *c)
{
	if (c->view == NULL)
		return 0;
	c->view->mqueue = landlock_queues(c->plan, &c->fail);
	return c->view->mqueue < -1 ? c->view->mqueue : 0;
}

/* Clones the program; PID 1 stays as the parent. */
static int program_part(struct confine *c)
{
	const struct exec_spec *spec = c->program->spec;
	cleanup_close int child_end = -1;
	int fd = -1, traced[2] = { -1, -1 }, r = 0;
	pid_t pid;

	if (!(c->plan->clone_flags & CLONE_NEWPID))
		return 0;
	if (spec->trace)
		r = sync_pair(traced);
	if (r < 0)
		return r;
	if (spec->trace) /* for a moment, because PID 1 cannot trace a process that is not dumpable */
		r = sys_prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	pid = r < 0 ? r : sys_clone(0, &fd);
	if (pid < 0)
		return fail_set(&c->fail, STEP_CLONE, pid, 0);
	if (pid > 0) { /* without the byte, the program reports a failure and ends */
		if (spec->trace && exec_trace_start(pid) == 0)
			(void)sync_go(traced[0]);
		exec_init(spec, c->program->reports, c->program->view.master, pid, fd);
	}
	if (!spec->trace)
		return 0;
	child_end = traced[1];
	close_fd(&traced[0]); /* only PID 1 holds this end now, so its close is a refusal */
	r = sync_await_go(child_end);
	return r < 0 ? r : sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int program_root(struct confine *c)
{
	const char *root = c->program->spec->chroot;

	if (c->view != NULL)
		return view_enter(c->view);
	return root != NULL ? sys_chroot(root) : 0;
}

static int groups_outside(struct confine *c)
{
	size_t n;
	const gid_t *groups = plan_array(c->plan, c->plan->view_groups, sizeof *groups, &n);
	const gid_t gid = c->plan->view_gid;
	int r;

	if (!c->makes_user || (c->login->flags & LOGIN_SET_GROUPS))
		return 0;
	r = sys_setgroups(n, groups);
	return r < 0 ? r : sys_setresgid(gid, gid, gid);
}

static int limits_of_caller(struct confine *c)
{
	return c->makes_user ? account_limits_get(&c->account) : 0;
}

static int output_set(struct confine *c)
{
	const struct exec_spec *spec = c->program->spec;

	if (spec->out >= 0 && dup2(spec->out, 1) < 0)
		return -errno;
	return spec->err >= 0 && dup2(spec->err, 2) < 0 ? -errno : 0;
}

static int landlock_enter(struct confine *c)
{
	return landlock_apply(c->plan, c->program->view.mqueue, &c->fail);
}

/* Makes a session. The terminal belongs to none, so taking it needs no privilege. */
static int terminal_lead(struct confine *c)
{
	if (!c->program->spec->lead)
		return 0;
	if (setsid() < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++)
		if (isatty(fd))
			return ioctl(fd, TIOCSCTTY, 0) < 0 ? -errno : 0;
	return -ENOTTY;
}

static int program_find(struct confine *c)
{
	return exec_find(c->program->spec, c->program->path);
}

static int parent_tell_hot(struct confine *c)
{
	const struct exec_spec *spec = c->program->spec;

	/* without root, the parent may trace only what is dumpable; execve(2) makes it so as well */
	if (spec->watch != NULL && !spec->privileged && sys_prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return -EPERM;
	if (close(c->procfd) < 0)
		return -errno;
	c->procfd = -1;
	return sync_report(c->sync, &c->fail, NULL, 0);
}

/* The parent begins to trace meanwhile. */
static int parent_await(struct confine *c)
{
	return c->program->spec->watch != NULL ? sync_await_go(c->sync) : 0;
}

static int program_state(struct confine *c)
{
	const uint64_t mask = c->login->set.umask;

	(void)umask(mask != MODE_UNSET ? (mode_t)mask : c->program->mask);
	return sigprocmask(SIG_SETMASK, c->program->spec->mask, NULL) < 0 ? -errno : 0;
}

static int program_execute(struct confine *c)
{
	const struct exec_spec *spec = c->program->spec;

	(void)execve(c->program->path, spec->argv, spec->envp);
	return -errno;
}

static const struct step_row rows[] = {
#define WALKS_PROGRAM	     STEP_ROW
#define WALKS_INIT_PROGRAM   STEP_ROW
#define WALKS_SHELL_PROGRAM  STEP_ROW
#define WALKS_KEEPER_PROGRAM STEP_ROW
#include "confine/rows.h"
};

void exec_child(const struct exec_spec *spec, const struct exec_wires *w)
{
	const uint64_t user = spec->uid_map != NULL ? CLONE_NEWUSER : 0;
	struct program program = {
		.spec = spec,
		.reports = w->reports,
		.mask = umask(0), /* files get exactly the modes that the code names */
		.view = { .plan = spec->plan,
			  .login = spec->login,
			  .host = -1,
			  .root = -1,
			  .scratch = -1,
			  .master = -1,
			  .mqueue = -1 },
	};
	struct confine c = {
		.plan = spec->plan,
		.login = spec->login,
		.sync = w->sync,
		.procfd = spec->procfd,
		.view = spec->plan->clone_flags & CLONE_NEWNS ? &program.view : NULL,
		.makes_user = spec->privileged && user != 0,
		.awaits_map = spec->privileged && user != 0,
		.cwd = { spec->cwd, spec->or_root ? "/" : NULL },
		.ns = w->outside,
		.other = spec->plan->clone_flags | user,
		.program = &program,
	};

	(void)steps_walk(&c, rows, sizeof rows / sizeof rows[0], STEP_NONE); /* c.fail says it */
	/* end of file without a report is a refusal as well */
	(void)sync_report(c.sync, &c.fail, NULL, 0);
	_exit(EXIT_SETUP);
}
