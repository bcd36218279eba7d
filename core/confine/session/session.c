/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - see session.h; the parent's side */
#include "confine/child.h"
#include "confine/session/session.h"

#include "base/bounded.h"
#include "base/sys.h"
#include "contract/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int map_file(int procfd, pid_t pid, const char *name, const char *text)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%d/%s", pid, name); /* fits */
	return sys_write_at(procfd, path, text);
}

int map_write(int procfd, pid_t pid, const char *uid_map, const char *gid_map, int deny)
{
	int r = map_file(procfd, pid, "uid_map", uid_map);

	if (r == 0 && deny)
		r = map_file(procfd, pid, "setgroups", "deny");
	return r < 0 ? r : map_file(procfd, pid, "gid_map", gid_map);
}

static int wait_for(int fd, int deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, deadline_ms);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

/* init's report with @n descriptors, or with @ret_n up to so many; a report of failure has none. */
static int take_report(int syncfd, int *fds, unsigned n, unsigned *ret_n, int deadline_ms,
		       struct child_fail *f)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(WATCH_DIRS * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = f, .iov_len = sizeof *f };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	const struct cmsghdr *c;
	int r = wait_for(syncfd, deadline_ms);
	ssize_t size;

	if (r < 0)
		return r;
	size = recvmsg(syncfd, &msg, MSG_CMSG_CLOEXEC);
	if (size < 0)
		return -errno;
	if (size == 0)
		return -EPIPE; /* it died and never said yes */
	if (size != (ssize_t)sizeof *f || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return -EPROTO;
	c = CMSG_FIRSTHDR(&msg);
	if (f->err != 0)
		return f->err < 0 ? f->err : -EPROTO;
	if (c == NULL)
		return n == 0 || ret_n != NULL ? 0 : -EPROTO;
	if (c->cmsg_type != SCM_RIGHTS || c->cmsg_len > CMSG_LEN(n * sizeof(int)) ||
	    (ret_n == NULL && c->cmsg_len != CMSG_LEN(n * sizeof(int))))
		return -EPROTO;
	memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	if (ret_n != NULL)
		*ret_n = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	return 0;
}

static int open_of(int procfd, pid_t pid, const char *name)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof path, "%d/%s", pid, name); /* fits */
	fd = openat(procfd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* init's namespaces; where the plan has one of its own, it isn't the one that we are in. */
static int namespaces_read(const struct plan *plan, int procfd, struct session *s,
			   struct child_fail *f)
{
	const uint64_t own = plan->clone_flags | CLONE_NEWNS |
			     (plan->uid_map.len != 0 ? CLONE_NEWUSER : 0u);
	char dir[64];
	int r;

	(void)snprintf(dir, sizeof dir, "%d/ns", s->pid); /* fits */
	r = ns_ids_read(procfd, dir, &s->ns);
	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	for (unsigned i = 0; i < NS_N; i++)
		if ((own & ns_type(i)->flag) &&
		    (s->ns.ino[i] == 0 || s->ns.ino[i] == s->outside.ino[i]))
			return fail_set(f, step_prove_ns((enum ns_kind)i), -EXDEV, 0);
	return 0;
}

static int take_view(const struct plan *plan, struct session *s, int deadline_ms,
		     struct child_fail *f)
{
	const int named = plan_has_view(plan, VIEW_NAMES);
	int fds[SESSION_FDS];
	const int r = take_report(s->sync, fds, SESSION_FDS - !named, NULL, deadline_ms, f);

	if (r < 0)
		return f->err != 0 ? r : fail_set(f, STEP_SEND_VIEW, r, 0);
	s->view_ns = fds[0];
	s->root = fds[1];
	s->shell = fds[2];
	s->listener = fds[3];
	s->roots = fds[4];
	s->gate = fds[5];
	s->view_root = fds[6];
	s->view_table = fds[7];
	s->pts = named ? fds[8] : -1;
	return 0;
}

/* init is where its map belongs, and waits for the byte. */
static int give_map(const struct plan *plan, int procfd, struct session *s, int deadline_ms,
		    struct child_fail *f)
{
	const char *uid_map = plan_str(plan, plan->uid_map);
	const char *gid_map = plan_str(plan, plan->gid_map);
	int r = take_report(s->sync, s->dirs, WATCH_DIRS, &s->n_dirs, deadline_ms, f);

	if (r < 0)
		return f->err != 0 ? r : fail_set(f, STEP_USER_NAMESPACE, r, 0);
	if (plan->uid_map.len != 0)
		r = uid_map == NULL || gid_map == NULL ?
			    -EPROTO :
			    map_write(procfd, s->pid, uid_map, gid_map, 1);
	if (r < 0)
		return fail_set(f, STEP_MAP, r, 0);
	r = sys_send_byte(s->sync, SESSION_GO);
	return r < 0 ? fail_set(f, STEP_GO, r, 0) : 0;
}

/* Whoever owns it can enter it: it is nobody but the plan's. */
static int owner_prove(const struct plan *plan, int user_ns, struct child_fail *f)
{
	uid_t owner = (uid_t)-1;
	int r = sys_ns_owner(user_ns, &owner);

	if (r == 0 && owner != plan->owner)
		r = -EPERM;
	return r < 0 ? fail_set(f, STEP_PROVE_OWNER, r, 0) : 0;
}

static int take_namespaces(const struct plan *plan, int procfd, struct session *s, int deadline_ms,
			   struct child_fail *f)
{
	const int r = take_report(s->sync, NULL, 0, NULL, deadline_ms, f);

	if (r < 0)
		return f->err != 0 ? r : fail_set(f, STEP_INIT_DROP, r, 0);
	if (plan->uid_map.len != 0 && (s->user_ns = open_of(procfd, s->pid, "ns/user")) < 0)
		return fail_set(f, STEP_USER_NAMESPACE, s->user_ns, 0);
	if (s->user_ns >= 0 && owner_prove(plan, s->user_ns, f) < 0)
		return f->err;
	if ((s->mount_ns = open_of(procfd, s->pid, "ns/mnt")) < 0 ||
	    (s->table = open_of(procfd, s->pid, "mountinfo")) < 0)
		return fail_set(f, STEP_MOUNT_NAMESPACE, s->mount_ns < 0 ? s->mount_ns : s->table,
				0);
	(void)close(s->sync); /* everything has been said */
	s->sync = -1;
	return namespaces_read(plan, procfd, s, f);
}

int session_step(const struct plan *plan, int procfd, struct session *s, int deadline_ms,
		 struct child_fail *f)
{
	int r = -EPROTO;

	*f = (struct child_fail){ 0 };
	switch (s->stage) {
	case SESSION_NOT:
	case SESSION_WAITS:
	case SESSION_COMPLETE:
		return fail_set(f, STEP_CLONE, r, 0);
	case SESSION_BUILDS:
		r = take_view(plan, s, deadline_ms, f);
		break;
	case SESSION_BRANCHES:
		r = take_report(s->sync, NULL, 0, NULL, deadline_ms, f);
		if (r < 0 && f->err == 0)
			fail_set(f, STEP_BRANCH, r, 0);
		break;
	case SESSION_MAPS:
		r = give_map(plan, procfd, s, deadline_ms, f);
		break;
	case SESSION_DROPS:
		r = take_namespaces(plan, procfd, s, deadline_ms, f);
		break;
	}
	if (r == 0)
		s->stage++;
	return r;
}

int session_release(struct session *s, const struct account_limits *limits, struct child_fail *f)
{
	int r = s->stage != SESSION_WAITS ? -EPROTO : sys_send(s->sync, limits, sizeof *limits);

	*f = (struct child_fail){ 0 };
	if (r < 0)
		return fail_set(f, STEP_LIMITS, r, 0);
	s->stage = SESSION_MAPS;
	return 0;
}

int session_begin(const struct plan *plan, int procfd, int shellfd, int number, struct session *ret,
		  struct child_fail *f)
{
	struct session s = SESSION_NONE;
	int sync[2], r;

	*ret = s;
	*f = (struct child_fail){ 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) < 0)
		return fail_set(f, STEP_CLONE, -errno, 0);
	s.pid = sys_clone(child_clone_flags(plan) | CLONE_NEWNS, &s.pidfd);
	if (s.pid == 0)
		init_run(plan, sync[1], procfd, shellfd, number);
	(void)close(sync[1]); /* init's alone now: its death is our end of file */
	s.sync = sync[0];
	r = s.pid < 0 ? s.pid :
			ns_ids_read(procfd, "self/ns", &s.outside); /* while init is at work */
	if (r < 0) {
		fail_set(f, s.pid < 0 ? STEP_CLONE : STEP_PROVE_NAMESPACES, r, 0);
		session_end(&s);
	} else {
		s.stage = SESSION_BUILDS;
	}
	*ret = s;
	return r;
}

void session_kill(struct session *s)
{
	if (s->pid > 0)
		(void)sys_pidfd_kill(s->pidfd); /* it may be dead already */
}

void session_end(struct session *s)
{
	int *const fds[] = { &s->sync,	    &s->view_ns,    &s->root, &s->shell,   &s->listener,
			     &s->roots,	    &s->gate,	    &s->pts,  &s->user_ns, &s->mount_ns,
			     &s->view_root, &s->view_table, &s->table };

	session_kill(s);
	/* first, so that who waits at the listener is told at once: init may be kept for long, by a
	 * zombie in its pid namespace that a parent outside doesn't reap */
	for (unsigned i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		if (*fds[i] >= 0)
			(void)close(*fds[i]); /* namespaces and sockets: nothing to lose */
		*fds[i] = -1;
	}
	for (unsigned i = 0; i < s->n_dirs; i++)
		(void)close(s->dirs[i]); /* read-only */
	s->n_dirs = 0;
	if (s->pid >
	    0) /* a file system that doesn't answer may keep it: then it is left behind, killed */
		bounded_wait(s->pid, s->pidfd);
	if (s->pidfd >= 0)
		(void)close(s->pidfd); /* nothing to lose */
	s->pidfd = -1;
	s->pid = -1;
	s->stage = SESSION_NOT;
}
