/* SPDX-License-Identifier: Apache-2.0 */
/* sys_sched.c - system calls about scheduling; see sys.h */
#include "base/fault.h"
#include "base/sys.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { IOPRIO_WHO_PROCESS = 1 }; /* linux/ioprio.h */

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int sys_setpriority(pid_t pid, int nice)
{
	SYS_FAULT();
	return result(setpriority(PRIO_PROCESS, (id_t)pid, nice));
}

int sys_sched_setscheduler(pid_t pid, int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	SYS_FAULT();
	return result(syscall(SYS_sched_setscheduler, pid, policy, &param)); /* musl has none */
}

int sys_sched_getscheduler(pid_t pid)
{
	SYS_FAULT();
	return result(syscall(SYS_sched_getscheduler, pid));
}

int sys_sched_setaffinity(pid_t pid, const uint64_t *mask, size_t size)
{
	SYS_FAULT();
	return result(syscall(SYS_sched_setaffinity, pid, size, mask));
}

int sys_sched_getaffinity(pid_t pid, uint64_t *ret_mask, size_t size)
{
	SYS_FAULT();
	return result(syscall(SYS_sched_getaffinity, pid, size, ret_mask));
}

int sys_ioprio_set(pid_t pid, int value)
{
	SYS_FAULT();
	return result(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid, value));
}

int sys_ioprio_get(pid_t pid)
{
	SYS_FAULT();
	return result(syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid));
}

int sys_personality(unsigned long persona)
{
	SYS_FAULT();
	return result(syscall(SYS_personality, persona));
}

/* The first version of struct sched_attr, see sched_setattr(2). */
struct sched {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static int cpus_copy(pid_t from, pid_t to)
{
	uint64_t of[128] = { 0 }, its[128] = { 0 }; /* 8192 of them: NR_CPUS */
	int r = sys_sched_getaffinity(from, of, sizeof of);

	if (r >= 0)
		r = sys_sched_getaffinity(to, its, sizeof its);
	if (r < 0)
		return r;
	return memcmp(of, its, sizeof of) == 0 ? 0 : sys_sched_setaffinity(to, of, sizeof of);
}

int sys_sched_copy(pid_t from, pid_t to)
{
	struct sched of = { .size = sizeof of }, its = { .size = sizeof its };
	int r = result(syscall(SYS_sched_getattr, from, &of, sizeof of, 0));

	if (r == 0)
		r = result(syscall(SYS_sched_getattr, to, &its, sizeof its, 0));
	if (r == 0 && memcmp(&of, &its, sizeof of) != 0)
		r = result(syscall(SYS_sched_setattr, to, &of, 0));
	if (r == 0)
		r = cpus_copy(from, to);
	if (r == 0 && (r = sys_ioprio_get(from)) >= 0)
		r = r == sys_ioprio_get(to) ? 0 : sys_ioprio_set(to, r);
	return r;
}
