/* SPDX-License-Identifier: Apache-2.0 */
/* make.c - see make.h */
#include "policy/group/make.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "contract/group.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* As sd_booted(3). */
static bool systemd_runs(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

/* Half of a program's processes help nobody. */
static int kill_together(int fd, struct err *e)
{
	const int r = sys_write_at(fd, "memory.oom.group", "1");

	return r == 0 ?
		       0 :
		       err_set(e, r,
			       "memory.oom.group of the session's control group cannot be written: %s",
			       strerror(-r));
}

/*
 * The group above has the limits that all sessions of the account share. systemd changes the slice of
 * an earlier session after it has answered.
 */
static int verify_shared(int fd, const struct group_limits *l, struct err *e)
{
	enum { TURNS = 200 };
	static const struct timespec turn = { .tv_nsec = 10000000 };
	cleanup_close const int above = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = -EPROTO;

	if (above < 0)
		return err_set(e, -errno, "the control group of the account cannot be opened: %s",
			       strerror(errno));
	for (int i = 0; i < TURNS && r == -EPROTO; i++) {
		if (i > 0)
			(void)nanosleep(&turn, NULL); /* the next turn tells */
		*e = (struct err){ 0 };
		r = group_verify(above, l, e);
	}
	return r;
}

void group_end(struct cgroup *g, uid_t uid, const char *id)
{
	if (g->fd >= 0)
		cgroup_remove(g->fd, g->hold, uid, id);
	close_fd(&g->fd);
	close_fd(&g->hold);
}

int group_make(const struct plan *plan, uid_t uid, const char *id, bool together,
	       struct cgroup *ret, struct err *e)
{
	const struct group_limits *l = plan_group(plan);
	struct cgroup g = CGROUP_NONE;
	int r;

	*ret = g;
	if (l == NULL)
		return 0;
	together = together && (l->given & GROUP_MEMORY) != 0;
	r = systemd_runs() ? group_scope(plan, uid, id, together, &g, e) :
			     group_direct(plan, uid, id, &g, e);
	if (r == 0 && together)
		r = kill_together(g.fd, e);
	if (r == 0)
		r = group_verify(g.fd, l, e);
	if (r == 0)
		r = group_hold_addresses(g.fd, plan, e);
	if (r == 0 && (plan->flags & PLAN_SHARE_USER) != 0)
		r = verify_shared(g.fd, l, e);
	if (r < 0) {
		group_end(&g, uid, id);
		return r;
	}
	*ret = g;
	return 0;
}
