/* SPDX-License-Identifier: Apache-2.0 */
/* logout.c - the keeper's side of logout.h */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <poll.h>

void logout_none(struct keeper *k)
{
	for (unsigned i = 0; i < LOGOUTS_MAX; i++)
		k->logouts[i] = (struct logout){ .child = -1, .conn = -1 };
}

static struct logout *logout_of(struct keeper *k, const struct keeper_login *l)
{
	for (unsigned i = 0; i < LOGOUTS_MAX; i++)
		if (k->logouts[i].pid > 0 && k->logouts[i].login == l)
			return &k->logouts[i];
	return NULL;
}

static struct logout *logout_room(struct keeper *k)
{
	for (unsigned i = 0; i < LOGOUTS_MAX; i++)
		if (k->logouts[i].pid == 0)
			return &k->logouts[i];
	return NULL;
}

static void logout_over(struct logout *o)
{
	bounded_wait(o->pid, o->child);
	close_fd(&o->child);
	close_fd(&o->conn);
	*o = (struct logout){ .child = -1, .conn = -1 };
}

int logout_begin(struct keeper *k, struct keeper_login *l, int conn)
{
	struct logout *o = logout_of(k, l);
	int64_t usec = (int64_t)k->plan->set.timeout_stop_sec;
	pid_t pid;
	int fd = -1;

	if (o != NULL) {
		(void)sys_pidfd_kill(o->child); /* it may have ended */
		logout_over(o);
		usec = 0;
	} else {
		o = logout_room(k);
	}
	if (o == NULL)
		return -EBUSY;
	forker_tidy(k);
	pid = sys_clone(0, &fd);
	if (pid == 0)
		logout_run(k, l, usage_now() + usec);
	if (pid < 0)
		return pid;
	l->killed = true;
	*o = (struct logout){ .login = l, .pid = pid, .child = fd, .conn = conn };
	return 0;
}

void logout_polls(const struct keeper *k, struct pollfd *p)
{
	for (unsigned i = 0; i < LOGOUTS_MAX; i++)
		p[i] = (struct pollfd){ .fd = k->logouts[i].pid > 0 ? k->logouts[i].child : -1,
					.events = POLLIN };
}

void logout_happened(struct keeper *k, const struct pollfd *p)
{
	for (unsigned i = 0; i < LOGOUTS_MAX; i++)
		if (p[i].revents != 0 && k->logouts[i].pid > 0 && p[i].fd == k->logouts[i].child)
			logout_over(&k->logouts[i]);
}

void logout_left(struct keeper *k, const struct keeper_login *l)
{
	struct logout *o = logout_of(k, l);

	if (o != NULL)
		o->login = NULL;
}

void logout_kill(struct keeper *k)
{
	for (unsigned i = 0; i < LOGOUTS_MAX; i++)
		if (k->logouts[i].pid > 0) {
			(void)sys_pidfd_kill(k->logouts[i].child); /* it may have ended */
			bounded_wait(k->logouts[i].pid, k->logouts[i].child);
			/* the connection ends with the keeper: not before the session is gone */
			close_fd(&k->logouts[i].child);
			k->logouts[i].pid = 0;
		}
}
