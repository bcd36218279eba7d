/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - the parent's side of exec.h */
#include "confine/child.h"
#include "confine/program/exec.h"
#include "confine/sync.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "contract/wire.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>

static int take(int sync, struct child_fail *f, pid_t *ret_pid)
{
	unsigned none;

	return sync_take(sync, NULL, 0, &none, ret_pid, WIRE_DEADLINE_MS, f);
}

static int drive(const struct exec_spec *spec, int sync, struct exec *x, struct child_fail *f)
{
	pid_t pid;
	int r;

	if (spec->uid_map != NULL) {
		r = take(sync, f, &x->pid);
		if (r < 0)
			return sync_failed(f, STEP_USER_NAMESPACE, r);
		r = sync_map(sync, spec->procfd, x->pid, spec->uid_map, spec->gid_map,
			     spec->deny_groups, f);
		if (r < 0)
			return r;
	}
	r = take(sync, f, &x->pid);
	if (r < 0)
		return sync_failed(f, STEP_HOT, r);
	if (spec->watch != NULL) {
		r = spec->watch(spec->watch_arg, x->pid);
		if (r == 0)
			r = sync_go(sync);
		if (r < 0)
			return fail_set(f, STEP_TRACE, r, 0);
	}
	r = take(sync, f, &pid);
	/* end of file after the report that all is dropped means that execve(2) has succeeded */
	return r == -EPIPE && f->err == 0 ? 0 : sync_failed(f, STEP_EXEC, r < 0 ? r : -EPROTO);
}

/* @w gets the ends of the child, @ret_sync and @x->reports those of the parent. */
static int wires_make(const struct exec_spec *spec, struct exec *x, struct exec_wires *w,
		      int *ret_sync)
{
	int pair[2], on = 1, r = sync_pair(pair);

	if (r < 0)
		return r;
	*ret_sync = pair[0];
	w->sync = pair[1];
	if (setsockopt(*ret_sync, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
		return -errno;
	if (!(spec->plan->clone_flags & CLONE_NEWPID))
		return 0;
	r = sync_pair(pair);
	if (r < 0)
		return r;
	x->reports = pair[0];
	w->reports = pair[1];
	return 0;
}

static int start(const struct exec_spec *spec, struct exec *x, struct child_fail *f)
{
	const uint64_t user = spec->uid_map != NULL && !spec->privileged ? CLONE_NEWUSER : 0;
	struct exec_wires w = { .sync = -1, .reports = -1 };
	cleanup_close int sync = -1;
	int r = ns_ids_read(spec->procfd, "self/ns", &w.outside);

	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	r = wires_make(spec, x, &w, &sync);
	if (r == 0)
		r = x->child = sys_clone_into(child_clone_flags(spec->plan) | user, spec->group,
					      &x->childfd);
	if (r == 0)
		exec_child(spec, &w);
	close_fd(&w.sync); /* only the child holds this end now, so its death is our end of file */
	close_fd(&w.reports);
	return r < 0 ? fail_set(f, STEP_CLONE, r, 0) : drive(spec, sync, x, f);
}

int exec_start(const struct exec_spec *spec, struct exec *ret, struct child_fail *f)
{
	int r;

	*ret = (struct exec)EXEC_NONE;
	*f = (struct child_fail){ 0 };
	r = start(spec, ret, f);
	if (r < 0)
		exec_end(ret);
	return r;
}

void exec_kill(struct exec *x)
{
	if (x->child > 0)
		(void)sys_pidfd_kill(x->childfd); /* the child may be dead already */
}

void exec_signal(struct exec *x, int sig)
{
	if (x->child > 0)
		(void)sys_pidfd_signal(x->childfd, sig); /* it may be dead already */
}

void exec_end(struct exec *x)
{
	if (x->child > 0) {
		exec_kill(x);
		bounded_wait(x->child, x->childfd); /* unless a file system blocks the child */
		x->child = -1;
	}
	close_fd(&x->childfd);
	close_fd(&x->reports);
}
