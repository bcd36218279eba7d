/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - see exec.h; the parent's side */
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
	r = take(sync, f, &pid);
	/* after the sign that all is dropped, end of file is execve(2) */
	return r == -EPIPE && f->err == 0 ? 0 : sync_failed(f, STEP_EXEC, r < 0 ? r : -EPROTO);
}

int exec_start(const struct exec_spec *spec, struct exec *ret, struct child_fail *f)
{
	const int own_pids = (spec->plan->clone_flags & CLONE_NEWPID) != 0;
	const uint64_t user = spec->uid_map != NULL && !spec->privileged ? CLONE_NEWUSER : 0;
	int sync[2], reports[2] = { -1, -1 }, on = 1, r;
	struct exec x = EXEC_NONE;
	struct exec_wires w;

	*ret = x;
	*f = (struct child_fail){ 0 };
	r = ns_ids_read(spec->procfd, "self/ns", &w.outside);
	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	r = sync_pair(sync);
	if (r < 0)
		return fail_set(f, STEP_CLONE, r, 0);
	if (setsockopt(sync[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
		r = -errno;
	if (r == 0 && own_pids)
		r = sync_pair(reports);
	if (r < 0)
		fail_set(f, STEP_CLONE, r, 0);
	w.sync = sync[1];
	w.reports = reports[1];
	if (r == 0)
		x.child = sys_clone(child_clone_flags(spec->plan) | user, &x.childfd);
	if (r == 0 && x.child == 0)
		exec_child(spec, &w);
	close_fd(&sync[1]); /* the child's alone now: its death is our end of file */
	close_fd(&reports[1]);
	x.reports = reports[0];
	if (r == 0)
		r = x.child < 0 ? fail_set(f, STEP_CLONE, x.child, 0) : drive(spec, sync[0], &x, f);
	close_fd(&sync[0]); /* everything has been said */
	if (r < 0)
		exec_end(&x);
	*ret = x;
	return r;
}

void exec_kill(struct exec *x)
{
	if (x->child > 0)
		(void)sys_pidfd_kill(x->childfd); /* it may be dead already */
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
		bounded_wait(x->child,
			     x->childfd); /* a file system that doesn't answer may keep it */
		x->child = -1;
	}
	close_fd(&x->childfd);
	close_fd(&x->reports);
}
