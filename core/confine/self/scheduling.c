/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling.c - see scheduling.h */
#include "confine/self/scheduling.h"

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

/* CPUAffinity= as the kernel's mask; false: it isn't given. */
static bool cpu_mask(const struct plan *plan, uint64_t ret[MASK_WORDS])
{
	bool any = false;

	memset(ret, 0, MASK_WORDS * sizeof *ret);
	for (const char *w = NULL; (w = plan_next(plan, plan->set.cpu_affinity, w)) != NULL;
	     any = true) {
		unsigned from, to;

		for (const char *at = w;
		     cpus_next(&at, &from, &to) > 0;) /* an empty mask is refused */
			for (; from <= to; from++)
				ret[from / 64] |= 1ull << from % 64;
	}
	return any;
}

/* The I/O priority as ioprio_set(2) takes it: the class above 13 bits of level; -1: not given. */
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

static int oom_score_set(const struct plan *plan, int procfd, pid_t pid)
{
	char path[64] = "self/oom_score_adj", text[16];

	if (pid != 0)
		(void)text_number(path, sizeof path, "#/oom_score_adj", (uint64_t)pid, 10); /* fits */
	(void)oom_score_text(plan, text, sizeof text); /* fits */
	return sys_write_at(procfd, path, text);
}

int scheduling_apply(const struct plan *plan, int procfd, pid_t pid, struct child_fail *f)
{
	const struct plan_settings *set = &plan->set;
	uint64_t mask[MASK_WORDS];
	int r = cpu_mask(plan, mask) ? sys_sched_setaffinity(pid, mask, sizeof mask) : 0;

	if (r < 0)
		return fail_set(f, STEP_CPU_AFFINITY, r, 0);
	r = given(set->nice) ? sys_setpriority(pid, (int)set->nice - (int)NICE_ZERO) : 0;
	if (r < 0)
		return fail_set(f, STEP_NICE, r, 0);
	if (given(set->cpu_scheduling_policy))
		r = sys_sched_setscheduler(pid, (int)set->cpu_scheduling_policy, cpu_priority(plan));
	if (r < 0)
		return fail_set(f, STEP_CPU_SCHEDULING, r, 0);
	r = io_priority(plan) >= 0 ? sys_ioprio_set(pid, io_priority(plan)) : 0;
	if (r < 0)
		return fail_set(f, STEP_IO_SCHEDULING, r, 0);
	r = given(set->oom_score_adjust) ? oom_score_set(plan, procfd, pid) : 0;
	return r < 0 ? fail_set(f, STEP_OOM_SCORE, r, 0) : 0;
}

/* Only CPUs of the rule; of those that are there the kernel may have left some out. */
static int affinity_prove(const uint64_t wanted[MASK_WORDS])
{
	uint64_t have[MASK_WORDS] = { 0 };
	const int r = sys_sched_getaffinity(0, have, sizeof have);

	for (unsigned i = 0; r >= 0 && i < MASK_WORDS; i++)
		if ((have[i] & ~wanted[i]) != 0)
			return -EPERM;
	return r < 0 ? r : 0;
}

static int oom_score_prove(const struct plan *plan, int procfd)
{
	char want[16], have[16] = "";
	const int fd = openat(procfd, "self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	const int len = oom_score_text(plan, want, sizeof want);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, have, sizeof have - 1);
	(void)close(fd); /* read-only */
	return n == len + 1 && memcmp(have, want, (size_t)len) == 0 && have[len] == '\n' ? 0 :
											   -EPERM;
}

int scheduling_prove(const struct plan *plan, int procfd, struct child_fail *f)
{
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
	if (r == 0 && given(set->oom_score_adjust))
		r = oom_score_prove(plan, procfd);
	return r < 0 ? fail_set(f, STEP_PROVE_SCHEDULING, r, 0) : 0;
}
