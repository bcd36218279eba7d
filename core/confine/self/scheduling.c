/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling.c - see scheduling.h */
#include "confine/self/scheduling.h"

#include "base/cleanup.h"
#include "base/cpus.h"
#include "base/sys.h"
#include "base/text.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MASK_WORDS = CPUS_MAX / 64 };

static bool given(uint64_t v)
{
	return v != NUM_UNSET;
}

/* Converts CPUAffinity= to the mask of the kernel; false: the directive is not given. */
static bool cpu_mask(const struct plan *plan, uint64_t ret[MASK_WORDS])
{
	bool any = false;

	memset(ret, 0, MASK_WORDS * sizeof *ret);
	for (const char *w = NULL; (w = plan_next(plan, plan->set.cpu_affinity, w)) != NULL;
	     any = true) {
		unsigned from, to;

		for (const char *at = w;
		     cpus_next(&at, &from, &to) > 0;) /* the kernel refuses an empty mask */
			for (; from <= to; from++)
				ret[from / 64] |= 1ull << from % 64;
	}
	return any;
}

/* Makes the I/O priority of ioprio_set(2): class above 13 bits of level; -1: not given. */
static int io_priority(const struct plan *plan)
{
	const uint64_t class = plan->set.io_scheduling_class,
		       level = plan->set.io_scheduling_priority;

	if (!given(class) && !given(level))
		return -1;
	if (class == IO_CLASS_NONE)
		return 0;
	return (int)(given(class) ? class : IO_CLASS_BEST_EFFORT) << 13 |
	       (class == IO_CLASS_IDLE ? 0 :
		given(level)	       ? (int)level :
					 4);
}

static int cpu_priority(const struct plan *plan)
{
	const uint64_t policy = plan->set.cpu_scheduling_policy;

	if (policy != CPU_POLICY_FIFO && policy != CPU_POLICY_RR)
		return 0;
	return given(plan->set.cpu_scheduling_priority) ? (int)plan->set.cpu_scheduling_priority : 1;
}

static int oom_score_text(const struct plan *plan, char *buf, size_t size)
{
	const uint64_t v = plan->set.oom_score_adjust;
	const bool negative = v < OOM_SCORE_ZERO;

	return (int)text_number(buf, size, negative ? "-#" : "#",
				negative ? OOM_SCORE_ZERO - v : v - OOM_SCORE_ZERO, 10);
}

int cpu_affinity_set(struct confine *c)
{
	uint64_t mask[MASK_WORDS];

	return cpu_mask(c->plan, mask) ? sys_sched_setaffinity(c->pid, mask, sizeof mask) : 0;
}

int nice_set(struct confine *c)
{
	const uint64_t nice = c->plan->set.nice;

	return given(nice) ? sys_setpriority(c->pid, (int)nice - (int)NICE_ZERO) : 0;
}

int cpu_scheduling_set(struct confine *c)
{
	const uint64_t policy = c->plan->set.cpu_scheduling_policy;

	return given(policy) ? sys_sched_setscheduler(c->pid, (int)policy, cpu_priority(c->plan)) :
			       0;
}

int io_scheduling_set(struct confine *c)
{
	const int priority = io_priority(c->plan);

	return priority >= 0 ? sys_ioprio_set(c->pid, priority) : 0;
}

int core_scheduling_set(struct confine *c)
{
	const uint64_t how = c->plan->set.core_scheduling;

	if (how == CORE_SCHEDULING_NO)
		return 0;
	/* the keeper has the cookie of the account; a program of cordon run is the only one of its session */
	return how == CORE_SCHEDULING_USER && c->pid != 0 ? sys_core_give(c->pid) :
							    sys_core_own(c->pid);
}

int oom_score_set(struct confine *c)
{
	char path[64] = "self/oom_score_adj", text[16];

	if (!given(c->plan->set.oom_score_adjust))
		return 0;
	if (c->pid != 0)
		(void)text_number(path, sizeof path, "#/oom_score_adj", (uint64_t)c->pid,
				  10);			  /* fits */
	(void)oom_score_text(c->plan, text, sizeof text); /* fits */
	return sys_write_at(c->procfd, path, text);
}

/* Proves that only CPUs of the rule are left; the kernel may have removed further ones. */
static int affinity_prove(const uint64_t wanted[MASK_WORDS])
{
	uint64_t have[MASK_WORDS] = { 0 };
	const int r = sys_sched_getaffinity(0, have, sizeof have);

	for (unsigned i = 0; r >= 0 && i < MASK_WORDS; i++)
		if ((have[i] & ~wanted[i]) != 0)
			return -EPERM;
	return r < 0 ? r : 0;
}

/* Proves that there is a cookie. Only the kernel knows who else has it. */
static int core_prove(void)
{
	uint64_t cookie;
	const int r = sys_core_cookie(&cookie);

	return r == 0 && cookie == 0 ? -EPERM : r;
}

static int oom_score_prove(const struct plan *plan, int procfd)
{
	char want[16], have[16] = "";
	cleanup_close const int fd = openat(procfd, "self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	const int len = oom_score_text(plan, want, sizeof want);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, have, sizeof have - 1);
	return n == len + 1 && memcmp(have, want, (size_t)len) == 0 && have[len] == '\n' ? 0 :
											   -EPERM;
}

int scheduling_prove(struct confine *c)
{
	const struct plan *plan = c->plan;
	const struct plan_settings *set = &plan->set;
	uint64_t mask[MASK_WORDS];
	int r = cpu_mask(plan, mask) ? affinity_prove(mask) : 0;

	errno = 0;
	if (r == 0 && given(set->nice) &&
	    getpriority(PRIO_PROCESS, 0) != (int)set->nice - (int)NICE_ZERO)
		r = -EPERM;
	if (r == 0 && given(set->cpu_scheduling_policy))
		r = sys_sched_getscheduler(0) == (int)set->cpu_scheduling_policy ? 0 : -EPERM;
	if (r == 0 && io_priority(plan) >= 0)
		r = sys_ioprio_get(0) == io_priority(plan) ? 0 : -EPERM;
	if (r == 0 && set->core_scheduling != CORE_SCHEDULING_NO)
		r = core_prove();
	if (r == 0 && given(set->oom_score_adjust))
		r = oom_score_prove(plan, c->procfd);
	return r;
}
