/* SPDX-License-Identifier: Apache-2.0 */
/* sys_sched.c - system calls about scheduling; see sys.h */
#include "base/fault.h"
#include "base/sys.h"

#include <errno.h>
#include <sched.h>
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
