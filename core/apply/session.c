/* session.c - see session.h; the parent's side */
#include "session.h"

#include "../base/sys.h"
#include "../base/wire.h"

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

static int wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, WIRE_DEADLINE_MS);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n == 0 ? -ETIMEDOUT : 0;
}

/* init's report with exactly @n descriptors; a report of failure has none. */
static int take_report(int syncfd, int *fds, int n, struct child_fail *f)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(SESSION_FDS * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = f, .iov_len = sizeof *f };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof control };
	const struct cmsghdr *c;
	int r = wait_for(syncfd);
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
	if (n == 0)
		return c == NULL ? 0 : -EPROTO;
	if (c == NULL || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN((size_t)n * sizeof(int)))
		return -EPROTO;
	memcpy(fds, CMSG_DATA(c), (size_t)n * sizeof(int));
	return 0;
}

static int open_ns(int procfd, pid_t pid, const char *name)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof path, "%d/ns/%s", pid, name); /* fits */
	fd = openat(procfd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* init's namespaces; where the plan has one of its own, it isn't the one that we are in. */
static int namespaces_read(const struct plan *plan, int procfd, const struct ns_ids *outside,
			   struct session *s, struct child_fail *f)
{
	static const uint64_t flags[NS_N] = { CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,
					      CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWNET,
					      CLONE_NEWCGROUP, 0x80 /* CLONE_NEWTIME */ };
	const uint64_t own = plan->clone_flags | CLONE_NEWNS |
			     (plan->uid_map.len != 0 ? CLONE_NEWUSER : 0u);
	char dir[64];
	int r;

	(void)snprintf(dir, sizeof dir, "%d/ns", s->pid); /* fits */
	r = ns_ids_read(procfd, dir, &s->ns);
	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	for (unsigned i = 0; i < NS_N; i++)
		if ((own & flags[i]) && (s->ns.ino[i] == 0 || s->ns.ino[i] == outside->ino[i]))
			return fail_set(f, (enum step)(STEP_PROVE_USER_NS + i), -EXDEV, 0);
	return 0;
}

static int drive(const struct plan *plan, int procfd, int syncfd, struct session *s,
		 struct child_fail *f)
{
	const int own_users = plan->uid_map.len != 0;
	struct ns_ids outside;
	int fds[SESSION_FDS];
	int r = ns_ids_read(procfd, "self/ns", &outside); /* now, while init has enough to do */

	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	r = take_report(syncfd, fds, SESSION_FDS, f);
	if (r < 0)
		return f->err != 0 ? r : fail_set(f, STEP_SEND_VIEW, r, 0);
	s->view_ns = fds[0];
	s->root = fds[1];
	s->shell = fds[2];
	s->listener = fds[3];
	s->gate = fds[4];
	if (own_users) {
		const char *uid_map = plan_str(plan, plan->uid_map);
		const char *gid_map = plan_str(plan, plan->gid_map);

		r = uid_map == NULL || gid_map == NULL ? -EPROTO :
							 map_write(procfd, s->pid, uid_map, gid_map, 1);
		if (r < 0)
			return fail_set(f, STEP_MAP, r, 0);
	}
	r = sys_send_byte(syncfd, SESSION_GO);
	if (r < 0)
		return fail_set(f, STEP_GO, r, 0);
	r = take_report(syncfd, NULL, 0, f);
	if (r < 0)
		return f->err != 0 ? r : fail_set(f, STEP_INIT_DROP, r, 0);
	if (own_users && (s->user_ns = open_ns(procfd, s->pid, "user")) < 0)
		return fail_set(f, STEP_USER_NAMESPACE, s->user_ns, 0);
	if ((s->mount_ns = open_ns(procfd, s->pid, "mnt")) < 0)
		return fail_set(f, STEP_MOUNT_NAMESPACE, s->mount_ns, 0);
	return namespaces_read(plan, procfd, &outside, s, f);
}

int session_start(const struct plan *plan, int procfd, int shellfd, struct session *ret,
		  struct child_fail *f)
{
	struct session s = SESSION_NONE;
	int sync[2], r;

	*ret = s;
	*f = (struct child_fail){ 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) < 0)
		return fail_set(f, STEP_CLONE, -errno, 0);
	s.pid = sys_clone(plan->clone_flags | CLONE_NEWNS, &s.pidfd);
	if (s.pid == 0)
		init_run(plan, sync[1], procfd, shellfd);
	(void)close(sync[1]); /* init's alone now: its death is our end of file */
	r = s.pid < 0 ? fail_set(f, STEP_CLONE, s.pid, 0) : drive(plan, procfd, sync[0], &s, f);
	(void)close(sync[0]); /* everything has been said */
	if (r < 0)
		session_end(&s);
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
	int *const fds[] = { &s->pidfd,	   &s->view_ns, &s->root,    &s->shell,
			     &s->listener, &s->gate,    &s->user_ns, &s->mount_ns };
	int r;

	if (s->pid > 0) {
		session_kill(s);
		do
			r = waitpid(s->pid, NULL, 0);
		while (r < 0 && errno == EINTR);
		s->pid = -1;
	}
	for (unsigned i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		if (*fds[i] >= 0)
			(void)close(*fds[i]); /* namespaces and sockets: nothing to lose */
		*fds[i] = -1;
	}
}
