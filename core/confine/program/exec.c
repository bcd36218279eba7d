/* SPDX-License-Identifier: Apache-2.0 */
/* exec.c - see exec.h; the parent's side */
#include "confine/child.h"
#include "confine/program/exec.h"
#include "confine/session/session.h"

#include "base/bounded.h"
#include "base/sys.h"
#include "contract/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's word and, from the kernel, its pid as it is called here. */
static int take(int syncfd, struct child_fail *f, pid_t *ret_pid, int deadline_ms)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { .iov_base = f, .iov_len = sizeof *f };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	struct pollfd p = { .fd = syncfd, .events = POLLIN };
	const struct cmsghdr *c;
	struct ucred cred;
	ssize_t n;
	int r;

	do
		r = poll(&p, 1, deadline_ms);
	while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : -ETIMEDOUT;
	n = recvmsg(syncfd, &msg, MSG_CMSG_CLOEXEC);
	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	c = CMSG_FIRSTHDR(&msg);
	if (n != (ssize_t)sizeof *f || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || c == NULL ||
	    c->cmsg_type != SCM_CREDENTIALS || c->cmsg_len != CMSG_LEN(sizeof cred))
		return -EPROTO;
	if (f->err != 0)
		return f->err < 0 ? f->err : -EPROTO;
	memcpy(&cred, CMSG_DATA(c), sizeof cred);
	*ret_pid = cred.pid;
	return 0;
}

/* What the child said of its failure, or else what we saw of it. */
static int failed(struct child_fail *f, enum step step, int r)
{
	return f->err < 0 ? f->err : fail_set(f, step, r, 0);
}

static int drive(const struct exec_spec *spec, int syncfd, struct exec *x, struct child_fail *f)
{
	const unsigned char go = SESSION_GO;
	int r;

	if (spec->uid_map != NULL) {
		r = take(syncfd, f, &x->pid, WIRE_DEADLINE_MS);
		if (r < 0)
			return failed(f, STEP_USER_NAMESPACE, r);
		r = map_write(spec->procfd, x->pid, spec->uid_map, spec->gid_map, spec->deny_groups);
		if (r < 0)
			return fail_set(f, STEP_MAP, r, 0);
		if (send(syncfd, &go, 1, MSG_NOSIGNAL) != 1)
			return fail_set(f, STEP_GO, -errno, 0);
	}
	r = take(syncfd, f, &x->pid, WIRE_DEADLINE_MS);
	if (r < 0)
		return failed(f, STEP_HOT, r);
	r = take(syncfd, f, &(pid_t){ 0 }, WIRE_DEADLINE_MS);
	/* after the sign that all is dropped, end of file is execve(2) */
	return r == -EPIPE && f->err == 0 ? 0 : failed(f, STEP_EXEC, r < 0 ? r : -EPROTO);
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
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) < 0)
		return fail_set(f, STEP_CLONE, -errno, 0);
	if (setsockopt(sync[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ||
	    (own_pids && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, reports) < 0))
		r = fail_set(f, STEP_CLONE, -errno, 0);
	w.sync = sync[1];
	w.reports = reports[1];
	if (r == 0)
		x.child = sys_clone(child_clone_flags(spec->plan) | user, &x.childfd);
	if (r == 0 && x.child == 0)
		exec_child(spec, &w);
	(void)close(sync[1]); /* the child's alone now: its death is our end of file */
	if (reports[1] >= 0)
		(void)close(reports[1]);
	x.reports = reports[0];
	if (r == 0)
		r = x.child < 0 ? fail_set(f, STEP_CLONE, x.child, 0) : drive(spec, sync[0], &x, f);
	(void)close(sync[0]); /* everything has been said */
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
	if (x->childfd >= 0)
		(void)close(x->childfd); /* nothing to lose */
	if (x->reports >= 0)
		(void)close(x->reports); /* everything has been said */
	x->childfd = x->reports = -1;
}
