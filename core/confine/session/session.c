/* SPDX-License-Identifier: Apache-2.0 */
/* session.c - the parent's side of session.h */
#include "confine/child.h"
#include "confine/session/network.h"
#include "confine/session/session.h"
#include "confine/sync.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* @name is "#/" and a name in /proc/PID; the pid replaces "#". */
static int open_of(int procfd, pid_t pid, const char *name)
{
	char path[64];
	int fd;

	(void)text_number(path, sizeof path, name, (uint64_t)pid, 10); /* fits */
	fd = openat(procfd, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Reads the namespaces of init. Each one that the plan asks for must differ from ours. */
static int namespaces_read(const struct plan *plan, int procfd, struct session *s,
			   struct child_fail *f)
{
	const uint64_t own = plan->clone_flags | CLONE_NEWNS |
			     (plan->uid_map.len != 0 ? CLONE_NEWUSER : 0u);
	struct stat st;
	char dir[64];
	int r;

	(void)text_number(dir, sizeof dir, "#/ns", (uint64_t)s->pid, 10); /* fits */
	r = ns_ids_read(procfd, dir, &s->ns);
	if (r < 0)
		return fail_set(f, STEP_PROVE_NAMESPACES, r, 0);
	for (unsigned i = 0; i < NS_N; i++)
		if ((own & ns_row(i)->flag) &&
		    (s->ns.ino[i] == 0 || s->ns.ino[i] == s->outside.ino[i]))
			return fail_set(f, step_prove_ns((enum ns_kind)i), -EXDEV, 0);
	/* the one that has the rules */
	if (s->network >= 0 &&
	    (fstat(s->network, &st) < 0 || (uint32_t)st.st_ino != s->ns.ino[NS_NET]))
		return fail_set(f, step_prove_ns(NS_NET), -EXDEV, 0);
	return 0;
}

/* Receives a report with exactly @n descriptors. */
static int take(struct session *s, int *fds, unsigned n, int deadline_ms, enum step step,
		struct child_fail *f)
{
	unsigned got;
	int r = sync_take(s->sync, fds, n, &got, NULL, deadline_ms, f);

	if (r == 0 && got != n)
		r = -EPROTO;
	return r < 0 ? sync_failed(f, step, r) : 0;
}

static int take_view(const struct plan *plan, struct session *s, int deadline_ms,
		     struct child_fail *f)
{
	const unsigned n = FDS_SHOWN - !plan_has_view(plan, VIEW_NAMES);

	return take(s, s->fd, n, deadline_ms, STEP_SEND_VIEW, f);
}

/* Writes the map. init is in its user namespace and waits for the byte. */
static int give_map(const struct plan *plan, int procfd, struct session *s, int deadline_ms,
		    struct child_fail *f)
{
	const int r = sync_take(s->sync, s->dirs, WATCH_DIRS, &s->n_dirs, NULL, deadline_ms, f);

	if (r < 0)
		return sync_failed(f, STEP_USER_NAMESPACE, r);
	/* a failed read must not look like a plan without a map */
	if (plan->uid_map.len != 0 && plan_str(plan, plan->uid_map) == NULL)
		return fail_set(f, STEP_MAP, -EPROTO, 0);
	return sync_map(s->sync, procfd, s->pid, plan_str(plan, plan->uid_map),
			plan_str(plan, plan->gid_map), 1, f);
}

/* The owner of a user namespace can enter it, so the owner must be the one of the plan. */
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
	int *const fd = s->fd;
	int r = take(s, NULL, 0, deadline_ms, STEP_INIT_DROP, f);

	if (r < 0)
		return r;
	if (plan->uid_map.len != 0) {
		r = fd[FD_USER_NS] = open_of(procfd, s->pid, "#/ns/user");
		if (r < 0)
			return fail_set(f, STEP_USER_NAMESPACE, r, 0);
		r = owner_prove(plan, fd[FD_USER_NS], f);
		if (r < 0)
			return r;
	}
	r = fd[FD_SESSION_NS] = open_of(procfd, s->pid, "#/ns/mnt");
	if (r >= 0)
		r = fd[FD_SESSION_TABLE] = open_of(procfd, s->pid, "#/mountinfo");
	if (r < 0)
		return fail_set(f, STEP_MOUNT_NAMESPACE, r, 0);
	if (plan->set.lifetime == LIFETIME_USER)
		s->told = take_fd(&s->sync); /* see session_ask() */
	close_fd(&s->sync);		     /* init sends no further reports */
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
	case SESSION_SHOWS:
		r = take(s, NULL, 0, deadline_ms, STEP_SESSION_VIEW, f);
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

int session_begin(const struct plan *plan, const struct plan_login *login, int procfd, int shellfd,
		  int group, int number, struct session *ret, struct child_fail *f)
{
	const bool listed = plan->network.len != 0;
	struct session s = SESSION_NONE;
	int sync[2], r = 0;

	*ret = s;
	*f = (struct child_fail){ 0 };
	if (listed)
		r = s.network = session_network_make(procfd, plan->owner);
	if (r >= 0)
		r = sync_pair(sync);
	if (r < 0) {
		close_fd(&s.network);
		return fail_set(f, STEP_CLONE, r, 0);
	}
	s.pid = sys_clone_into((child_clone_flags(plan) & ~(listed ? (uint64_t)CLONE_NEWNET : 0)) |
				       CLONE_NEWNS,
			       group, &s.pidfd);
	if (s.pid == 0)
		init_run(plan, login, sync[1], procfd, shellfd, number, s.network);
	close_fd(&sync[1]); /* only init holds this end now, so its death is our end of file */
	s.sync = sync[0];
	r = s.pid < 0 ? s.pid :
			/* read while init works, to save time */
			ns_ids_read(procfd, "self/ns", &s.outside);
	if (r < 0) {
		fail_set(f, s.pid < 0 ? STEP_CLONE : STEP_PROVE_NAMESPACES, r, 0);
		session_end(&s);
	} else {
		s.stage = SESSION_BUILDS;
	}
	*ret = s;
	return r;
}

int session_ask(struct session *s)
{
	return s->told < 0 ? -EBADF : sys_pidfd_signal(s->pidfd, SESSION_ASK);
}

bool session_told(struct session *s)
{
	unsigned char byte;
	bool told = false;

	/* one byte for each question; the last one counts as well as any other */
	while (s->told >= 0 && recv(s->told, &byte, 1, MSG_DONTWAIT) == 1)
		told = true;
	return told;
}

void session_kill(struct session *s)
{
	if (s->pid > 0)
		(void)sys_pidfd_kill(s->pidfd); /* init may be dead already */
}

void session_end(struct session *s)
{
	session_kill(s);
	/* closed first, so that clients at the listener see the end at once: a zombie in the pid
	 * namespace whose parent outside does not reap it can delay the end of init */
	close_fd(&s->sync);
	close_fd(&s->told);
	close_fd(&s->network);
	for (unsigned i = 0; i < SESSION_FDS; i++)
		close_fd(&s->fd[i]);
	for (unsigned i = 0; i < s->n_dirs; i++)
		close_fd(&s->dirs[i]);
	s->n_dirs = 0;
	if (s->pid > 0) /* if a file system blocks init, the killed process is left behind */
		bounded_wait(s->pid, s->pidfd);
	close_fd(&s->pidfd);
	s->pid = -1;
	s->stage = SESSION_NOT;
}
