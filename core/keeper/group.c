/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group.c - the control group of a session: cordon-login makes it, the keeper fills and removes it
 *
 * init is cloned into the group. The PAM application stays where it is, and each cordonsh is moved when
 * it asks for its plan. The keeper is not in the group, so that a session that has used up its
 * processes or its memory cannot hold up the keeper.
 */
#include "keeper/keeper.h"

#include "base/cgroup.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <syslog.h>

void group_take(struct keeper *k, int fd, int hold)
{
	k->group = (struct keeper_group){ .fd = fd, .hold = hold, .events = -1 };
	if (fd >= 0) /* there is no such file without the controller */
		k->group.events = openat(fd, "memory.events", O_RDONLY | O_CLOEXEC);
}

void group_settled(struct keeper *k)
{
	struct stat st;

	if (k->group.hold >= 0 && fstat(k->group.hold, &st) == 0 && S_ISSOCK(st.st_mode))
		close_fd(&k->group.hold);
}

int group_join(const struct keeper *k, pid_t pid)
{
	return k->group.fd < 0 ? 0 : cgroup_move(k->group.fd, pid);
}

bool group_look(struct keeper *k)
{
	uint64_t kills = 0;
	char c;

	if (k->group.events < 0 || k->group.killed)
		return false;
	(void)!pread(k->group.events, &c, 1, 0); /* reading ends the event */
	if (cgroup_count(k->group.fd, "memory.events", "oom_kill", &kills) < 0 || kills == 0)
		return false;
	k->group.killed = true;
	keeper_log(&k->logins[0], LOG_WARNING, "limit", log_word("limit", "memory"));
	return true;
}

bool group_cpu(const struct keeper *k, uint64_t *usec)
{
	return k->group.fd >= 0 && cgroup_count(k->group.fd, "cpu.stat", "usage_usec", usec) == 0;
}

void group_state(const struct keeper *k, struct wire_state *ret)
{
	const int fd = k->group.fd;
	uint64_t tasks;

	if (fd < 0 || cgroup_count(fd, "cpu.stat", "usage_usec", &ret->cpu_usec) < 0)
		return;
	/* without the controller of the memory, the processes tell */
	(void)cgroup_count(fd, "memory.current", NULL, &ret->memory);
	if ((ret->flags & WIRE_STATE_MORE || !(ret->flags & WIRE_STATE_USED)) &&
	    cgroup_count(fd, "pids.current", NULL, &tasks) == 0 && tasks > ret->processes) {
		ret->processes = tasks - 1; /* without init */
		ret->flags &= ~(uint32_t)WIRE_STATE_MORE;
	}
	ret->flags |= WIRE_STATE_USED | WIRE_STATE_GROUP;
}

void group_leave(struct keeper *k)
{
	struct keeper_group *g = &k->group;

	if (g->fd >= 0)
		cgroup_remove(g->fd, g->hold, k->logins[0].who.uid, login_id(&k->logins[0]));
	close_fd(&g->events);
	close_fd(&g->fd);
	close_fd(&g->hold);
}
