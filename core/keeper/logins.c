/* SPDX-License-Identifier: Apache-2.0 */
/* logins.c - the logins of a session, and which of them a process belongs to */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct keeper_login *login_next(const struct keeper *k, const struct keeper_login *l)
{
	struct keeper_login *const end = k->logins + k->n_logins;
	struct keeper_login *next = l == NULL ? k->logins : k->logins + (l - k->logins) + 1;

	while (next < end && !next->there)
		next++;
	return next < end ? next : NULL;
}

struct keeper_login *login_opened(const struct keeper *k)
{
	struct keeper_login *l = NULL;

	while ((l = login_next(k, l)) != NULL && !l->opened)
		;
	return l;
}

static bool alive(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

/* The parent of @pid as proc_pid_stat(5) has it; 0: none, or unknown. */
static pid_t parent_of(int proc, pid_t pid)
{
	const struct procs p = { .dir = proc };
	struct process of;

	return process_read(&p, pid, &of) ? of.parent : 0;
}

static struct keeper_login *login_by(const struct keeper *k, pid_t pid)
{
	struct keeper_login *l = NULL;

	while ((l = login_next(k, l)) != NULL)
		if (l->pid == pid && alive(l->caller))
			return l;
	return NULL;
}

struct keeper_login *login_of(const struct keeper *k, pid_t pid)
{
	enum { GENERATIONS = 16 }; /* sshd has three */
	cleanup_close int child = sys_pidfd_open(pid);

	for (unsigned i = 0; child >= 0 && i < GENERATIONS; i++) {
		const struct forked *const f = forker_of(k, pid);
		const pid_t parent = parent_of(k->proc, pid);
		struct keeper_login *const l = parent > 1 ? login_by(k, parent) : NULL;
		cleanup_close int next = parent > 1 ? sys_pidfd_open(parent) : -1;

		if (f != NULL)
			return f->login;
		/*
		 * The numbers were right if the child lives, and still has the same parent after the
		 * parent was opened.
		 */
		if (next < 0 || !alive(child) || parent_of(k->proc, pid) != parent)
			return NULL;
		if (l != NULL)
			return l;
		close_fd(&child);
		child = take_fd(&next);
		pid = parent;
	}
	return NULL;
}

void login_standing(const struct keeper *k, struct keeper_login *l)
{
	const int nice = l->standing.nice;
	uid_t uid;
	pid_t pid;

	l->standing = (struct standing){ .nice = 0 };
	if ((l->part->flags & LOGIN_BY_SSHD) && wire_peer(l->pam, &uid, &pid) == 0)
		l->standing = standing_read(k->proc, pid, nice);
}

void login_unmap(struct keeper_login *l)
{
	union {
		const struct plan *from;
		void *to;
	} p = { .from = l->plan }; /* read-only memory, which nobody has a pointer to */

	if (l->plan != NULL)
		(void)munmap(p.to,
			     l->plan->head.size + l->part->head.size); /* mapped by plan_open() */
	l->plan = NULL;
	l->part = NULL;
}

void login_gone(struct keeper *k, struct keeper_login *l)
{
	logout_left(k, l);
	password_left(k, l);
	forker_left(k, l);
	close_fd(&l->pam);
	if (l->opened) {
		close_fd(&k->place.caller);
		k->place.caller = take_fd(&l->caller);
	}
	close_fd(&l->caller);
	close_fd(&l->program);
	close_fd(&l->master);
	l->there = l->asked = l->opened = l->killed = false;
	/* the plan of the first login is the session's as well */
	if (l == k->logins)
		return;
	close_fd(&l->plan_fd);
	login_unmap(l);
	while (k->n_logins > 1 && !k->logins[k->n_logins - 1].there)
		k->n_logins--;
}
