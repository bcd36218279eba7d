/* SPDX-License-Identifier: Apache-2.0 */
/* run_group.c - the control group of a program of cordon run */
#include "ctl/run/run.h"

#include "base/cgroup.h"
#include "policy/compile/group_emit.h"

#include <errno.h>

int run_group_make(struct run *r, struct err *e)
{
	struct group_directive d;
	size_t at = 0;
	int got;

	r->group = (struct cgroup)CGROUP_NONE;
	r->spec.group = -1;
	if (!group_directive_next(&r->set, &at, &d))
		return 0;
	if (!r->privileged)
		return err_at(
			e, d.from.file, d.from.line, -EPERM,
			"%s=: requires root, because only root can make a control group; run as root, or remove the line",
			d.name);
	got = group_make(r->plan, r->facts.login.uid, r->facts.session, true, &r->group, e);
	r->spec.group = r->group.fd;
	return got;
}

static struct timeval time_of(uint64_t usec)
{
	return (struct timeval){ .tv_sec = (time_t)(usec / 1000000),
				 .tv_usec = (suseconds_t)(usec % 1000000) };
}

void run_group_end(struct run *r, struct run_result *res)
{
	const int fd = r->group.fd;
	uint64_t user, system, kills, peak;

	if (fd < 0)
		return;
	if (cgroup_count(fd, "cpu.stat", "user_usec", &user) == 0 &&
	    cgroup_count(fd, "cpu.stat", "system_usec", &system) == 0) {
		res->usage.ru_utime = time_of(user);
		res->usage.ru_stime = time_of(system);
	}
	if (cgroup_count(fd, "memory.peak", NULL, &peak) == 0) /* Linux 5.19 */
		res->group_peak = peak;
	if (cgroup_count(fd, "memory.events", "oom_kill", &kills) == 0 && kills > 0)
		res->oom = true;
	group_end(&r->group, r->facts.login.uid, r->facts.session);
}
