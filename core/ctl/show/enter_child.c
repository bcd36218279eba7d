/* SPDX-License-Identifier: Apache-2.0 */
/* enter_child.c - enter a session as cordonsh does, as root's child */
#include "ctl/show/enter.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/landlock_abi.h"
#include "base/own.h"
#include "base/sys.h"
#include "confine/child.h"
#include "confine/enter.h"
#include "confine/program/exec.h"
#include "confine/self/drop.h"
#include "confine/self/scheduling.h"
#include "confine/sync.h"
#include "confine/view/ops.h"
#include "contract/exits.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/**
 * struct join - what this process needs beside struct confine
 * @path: the program, once it is found
 */
struct join {
	const struct enter *e;
	char path[PATH_MAX];
};

static int handle(const struct enter *e, int which)
{
	return e->got->fds[which];
}

/* ---- the steps that cordonsh has of its own; steps.def has the order ---- */

/* The keeper knows this process already, by cordon. */
static int keeper_connect(struct confine *c)
{
	(void)c;
	return 0;
}

/*
 * The PAM application has set the groups and the limits, and has joined the namespaces of init, before a
 * login comes to this step.
 */
static int plan_take(struct confine *c)
{
	const struct enter *e = c->join->e;
	size_t n;
	const gid_t *groups = plan_array(c->login, c->login->groups, sizeof *groups, &n);
	const gid_t gid = c->login->gid;
	int r = e->group >= 0 ? cgroup_move(e->group, 0) : 0; /* 0: this process */

	if (r == 0)
		r = sys_setgroups(n, groups);
	if (r == 0)
		r = sys_setresgid(gid, gid, gid);
	for (unsigned i = 0; r == 0 && e->limited && i < SHOW_LIMITS; i++)
		r = sys_setrlimit((int)i, e->limits[i][0], e->limits[i][1]);
	if (r == 0 && e->got->state.flags != 0)
		r = sys_setns(handle(e, WIRE_HANDLES_INIT),
			      (int)(e->got->state.flags & ~(uint32_t)CLONE_NEWPID));
	c->procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return r == 0 && c->procfd < 0 ? -errno : r;
}

/* The rulesets of the login, which the module has completed. */
static int landlock_enter(const struct enter *e, uint32_t flags)
{
	const int r = sys_landlock_restrict_self(handle(e, WIRE_HANDLES_ROOTS), flags);

	return r < 0 ? r : sys_landlock_restrict_self(handle(e, WIRE_HANDLES_GATE), flags);
}

static int session_view_join(struct confine *c)
{
	const struct enter *e = c->join->e;
	int r;

	close_fd(&c->procfd); /* the host's */
	r = landlock_enter(e, c->plan->flags & PLAN_AUDIT ? LL_LOG_NEW_EXEC_ON : 0u);
	return r < 0 ? fail_set(&c->fail, STEP_LANDLOCK, r, 0) :
		       sys_setns(handle(e, WIRE_HANDLES_MOUNT_NS), CLONE_NEWNS);
}

/* Looks the program up as the user sees the files. The report of a login is the end of file here. */
static int keeper_tell_hot(struct confine *c)
{
	const struct enter *e = c->join->e;
	const struct exec_spec spec = { .program = e->program, .path = e->path };
	const int r = e->file > 0 ? 0 : exec_find(&spec, c->join->path);

	return r < 0 ? fail_set(&c->fail, STEP_FIND, r, 0) : 0;
}

static const struct step_row rows[] = {
#define WALKS_SHELL	     STEP_ROW
#define WALKS_SHELL_PROGRAM  STEP_ROW
#define WALKS_KEEPER_PROGRAM STEP_ROW
#include "confine/rows.h"
};

/* Where the program begins: WorkingDirectory= or the home, else "/". */
static void places_to_be(struct confine *c)
{
	const struct span wanted = c->login->set.working_directory;
	const char *dir = plan_next(c->login, wanted, NULL);
	unsigned n = 0;

	if (dir != NULL)
		c->cwd[n++] = dir + (dir[0] == '-');
	else if (plan_str(c->login, c->login->home) != NULL)
		c->cwd[n++] = plan_str(c->login, c->login->home);
	c->cwd[n++] = "/";
}

static int confined(const struct enter *e, struct child_fail *f)
{
	static struct join join;
	struct confine c = { .plan = e->got->plan,
			     .login = e->got->login,
			     .sync = e->sync,
			     .procfd = -1,
			     .file = e->file,
			     .user_ns = handle(e, WIRE_HANDLES_USER_NS),
			     .join = &join };
	int r;

	join.e = e;
	c.ns = e->got->state.ns;
	places_to_be(&c);
	(void)umask(e->umask); /* cannot fail */
	r = steps_walk(&c, rows, sizeof rows / sizeof rows[0], STEP_NONE);
	*f = c.fail;
	if (r < 0)
		return r;
	if (e->file > 0)
		(void)syscall(SYS_execveat, e->file, "", e->argv, e->envp, AT_EMPTY_PATH);
	(void)execve(e->file > 0 ? e->program : join.path, e->argv, e->envp);
	return fail_set(f, STEP_EXEC, -errno, 0);
}

/* ---- --unconfined: root's own programs ---- */

/* A copy of all mounts of the session view, which belongs to no mount namespace yet. */
static int view_tree(const struct enter *e)
{
	cleanup_close const int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	cleanup_close int tree = -1;
	int r = own < 0 ? -errno : sys_setns(handle(e, WIRE_HANDLES_MOUNT_NS), CLONE_NEWNS);

	if (r < 0)
		return r;
	tree = sys_open_tree(AT_FDCWD, "/", AT_RECURSIVE);
	r = sys_setns(own, CLONE_NEWNS);
	if (r < 0)
		return r;
	return take_fd(&tree);
}

/* /proc shows the processes of the session, and ENTER_VIEW its files; only for this program. */
static int views_mount(const struct enter *e)
{
	cleanup_close int tree = view_tree(e), proc = -1, at = -1, over = -1;
	int r = tree < 0 ? tree : sys_unshare(CLONE_NEWNS);

	if (r == 0)
		r = sys_mount_private();
	if (r < 0)
		return r;
	at = open(ENTER_VIEW, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	over = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || over < 0)
		return -errno;
	r = sys_move_mount(tree, at);
	if (r < 0 || !(e->got->state.flags & CLONE_NEWPID))
		return r;
	proc = mount_new("proc", "", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return proc < 0 ? proc : sys_move_mount(proc, over);
}

static int unconfined(const struct enter *e, struct child_fail *f)
{
	const struct exec_spec spec = { .program = e->program, .path = e->path };
	const uint32_t flags = e->got->state.flags & ~(uint32_t)CLONE_NEWPID;
	int keep[] = { e->sync };
	char path[PATH_MAX];
	int r = views_mount(e);

	if (r < 0)
		return fail_set(f, STEP_VIEW, r, 0);
	r = flags != 0 ? sys_setns(handle(e, WIRE_HANDLES_INIT), (int)flags) : 0;
	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	r = child_close_but(keep, 1);
	if (r == 0 && chdir("/") < 0)
		r = -errno;
	if (r < 0)
		return fail_set(f, STEP_DESCRIPTORS, r, 0);
	r = exec_find(&spec, path);
	if (r < 0)
		return fail_set(f, STEP_FIND, r, 0);
	(void)execve(path, e->argv, e->envp);
	return fail_set(f, STEP_EXEC, -errno, 0);
}

/* ---- both ---- */

/* A session of its own, on its own terminal or on none. */
static int streams_take(const struct enter *e)
{
	if (setsid() < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (dup2(e->std[i], i) < 0)
			return -errno;
	return e->terminal && ioctl(0, TIOCSCTTY, 0) < 0 ? -errno : 0;
}

void enter_child(const struct enter *e)
{
	struct child_fail f = { 0 };
	/* not dumpable, so that nobody in the session can trace it before it is confined */
	int r = child_die_with_parent();

	if (r == 0)
		r = own_signals(0);
	if (r == 0)
		r = streams_take(e);
	if (r < 0)
		(void)fail_set(&f, STEP_DESCRIPTORS, r, 0);
	else if (e->unconfined)
		(void)unconfined(e, &f);
	else
		(void)confined(e, &f);
	(void)sync_report(e->sync, &f, NULL, 0); /* the parent may be gone */
	_exit(EXIT_SETUP);
}
