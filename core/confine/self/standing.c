/* SPDX-License-Identifier: Apache-2.0 */
/* standing.c - see standing.h */
#include "confine/self/standing.h"

#include "base/cleanup.h"
#include "base/cpus.h"
#include "base/sys.h"
#include "base/text.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MASK_WORDS = CPUS_MAX / 64, INIT = 1, IO_CLASS_SHIFT = 13, OOM_TEXT = 16 };

static void oom_path(pid_t pid, char path[64])
{
	(void)text_number(path, 64, "#/oom_score_adj", (uint64_t)pid, 10); /* fits */
}

/* The OOM score of @pid as text, "" if unknown. */
static void oom_read(int procfd, pid_t pid, char ret[OOM_TEXT])
{
	cleanup_close int fd = -1;
	char path[64];
	ssize_t n;

	oom_path(pid, path);
	fd = openat(procfd, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, ret, OOM_TEXT - 1);
	ret[n > 0 ? n : 0] = '\0';
}

static bool affinity_differs(pid_t pid)
{
	uint64_t its[MASK_WORDS] = { 0 }, all[MASK_WORDS] = { 0 };

	return sys_sched_getaffinity(pid, its, sizeof its) >= 0 &&
	       sys_sched_getaffinity(INIT, all, sizeof all) >= 0 &&
	       memcmp(its, all, sizeof its) != 0;
}

struct standing standing_read(int procfd, pid_t pid, int nice)
{
	char its[OOM_TEXT], system[OOM_TEXT];

	oom_read(procfd, pid, its);
	oom_read(procfd, INIT, system);
	return (struct standing){
		.nice = nice,
		.policy = sys_sched_getscheduler(pid) > 0,
		.io = sys_ioprio_get(pid) >> IO_CLASS_SHIFT > 0,
		.affinity = affinity_differs(pid),
		.oom = its[0] != '\0' && system[0] != '\0' && strcmp(its, system) != 0,
	};
}

static void affinity_reset(pid_t pid)
{
	uint64_t all[MASK_WORDS] = { 0 };

	if (sys_sched_getaffinity(INIT, all, sizeof all) >= 0)
		(void)sys_sched_setaffinity(pid, all, sizeof all); /* see standing.h */
}

static void oom_reset(int procfd, pid_t pid)
{
	char path[64], system[OOM_TEXT];

	oom_path(pid, path);
	oom_read(procfd, INIT, system);
	if (system[0] != '\0')
		(void)sys_write_at(procfd, path, system); /* see standing.h */
}

/* A value below zero is also an error of getpriority(2), so errno tells. */
static bool nice_is(pid_t pid, int value)
{
	errno = 0;
	return getpriority(PRIO_PROCESS, (id_t)pid) == value && errno == 0;
}

/* The steps of the plan, which come after this, fail if they must. */
void standing_reset(const struct standing *s, const struct plan *plan, int procfd, pid_t pid)
{
	const struct plan_settings *set = &plan->set;

	if (s->policy && set->cpu_scheduling_policy == NUM_UNSET)
		(void)sys_sched_setscheduler(pid, CPU_POLICY_OTHER, 0);
	if (s->nice != 0 && set->nice == NUM_UNSET && nice_is(pid, s->nice))
		(void)sys_setpriority(pid, 0);
	if (s->io && set->io_scheduling_class == NUM_UNSET &&
	    set->io_scheduling_priority == NUM_UNSET)
		(void)sys_ioprio_set(pid, 0);
	if (s->affinity && set->cpu_affinity.len == 0)
		affinity_reset(pid);
	if (s->oom && set->oom_score_adjust == NUM_UNSET)
		oom_reset(procfd, pid);
}
