/* SPDX-License-Identifier: Apache-2.0 */
/* check_scheduling.c - see check_warn.h: scheduling that the kernel refuses, or that starves the host */
#include "ctl/check/check_warn.h"

#include "base/sys.h"
#include "contract/words.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NICE_LIMIT_ZERO = 20 }; /* LimitNICE= as getrlimit(2) has it: 20 is the nice value 0 */

/* ---- what the kernel is asked to do, to a process that ends at once ---- */

static int try_nice(const struct settings *s)
{
	return sys_setpriority(0, (int)s->nice.v - (int)NICE_ZERO);
}

static int try_policy(const struct settings *s)
{
	return sys_sched_setscheduler(0, (int)s->cpu_scheduling_policy.v, 1);
}

static int try_io(const struct settings *s)
{
	return sys_ioprio_set(0, (int)s->io_scheduling_class.v << 13 | 4);
}

static int try_oom(const struct settings *s)
{
	const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	return fd < 0 || dprintf(fd, "%d", (int)s->oom_score_adjust.v - (int)OOM_SCORE_ZERO) < 0 ?
		       -EPERM :
		       0;
}

/* Only root can say what the keeper, which is root, is permitted. */
static bool is_refused(const char *root, int (*try_value)(const struct settings *s),
		       const struct settings *s)
{
	int status;
	pid_t pid;

	if (try_value == NULL || root[0] != '\0' || geteuid() != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		const int r = try_value(s);

		_exit(r == -EPERM || r == -EACCES);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) != 0;
}

/* ---- the directives ---- */

static bool is_realtime(const struct settings *s)
{
	return s->cpu_scheduling_policy.v == CPU_POLICY_FIFO ||
	       s->cpu_scheduling_policy.v == CPU_POLICY_RR;
}

void check_warn_scheduling(const struct policy_paths *paths, const struct settings *s,
			   struct diag *d)
{
	const bool all_cpus = s->cpu_affinity.n == 0;
	const struct {
		const char *name;
		bool asked, starves;
		struct origin from;
		int (*try_value)(const struct settings *s);
		const char *problem, *remedy, *more;
	} rows[] = {
		{ "Nice", s->nice.v < NICE_ZERO, true, s->nice.from, try_nice,
		  "programs of the session get more CPU time than programs of the host",
		  "write Nice=0 or a higher number", "" },
		{ "CPUSchedulingPolicy", is_realtime(s), all_cpus, s->cpu_scheduling_policy.from,
		  try_policy, "programs of the session can keep all others from the CPUs",
		  "write other", ", or add CPUAffinity= to leave some CPUs to the host" },
		{ "IOSchedulingClass", s->io_scheduling_class.v == IO_CLASS_REALTIME, true,
		  s->io_scheduling_class.from, try_io,
		  "programs of the session can keep all others from the disks", "write best-effort",
		  "" },
		{ "OOMScoreAdjust", s->oom_score_adjust.v < OOM_SCORE_ZERO, true,
		  s->oom_score_adjust.from, try_oom,
		  "when memory runs out, the kernel kills programs of the host before those of the session",
		  "write OOMScoreAdjust=0 or a higher number", "" },
		{ "LimitNICE", s->limit_nice.given && s->limit_nice.hard > NICE_LIMIT_ZERO, true,
		  s->limit_nice.from, NULL,
		  "programs of the session can get more CPU time than programs of the host",
		  "write LimitNICE=+0 or a higher nice value", "" },
		{ "LimitRTPRIO",
		  s->limit_rtprio.given && s->limit_rtprio.hard > 0 && !s->restrict_realtime.v,
		  all_cpus, s->limit_rtprio.from, NULL,
		  "programs of the session can keep all others from the CPUs",
		  "write LimitRTPRIO=0, or RestrictRealtime=yes", "" },
	};

	if (s->action.v != ACTION_CONFINE)
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (!rows[i].asked || rows[i].from.file == NULL)
			continue;
		if (is_refused(paths->root, rows[i].try_value, s))
			check_refuses(
				d, rows[i].from.file, rows[i].from.line,
				"%s=: the kernel refuses the value here, so logins are refused; %s",
				rows[i].name, rows[i].remedy);
		else if (rows[i].starves)
			check_warn(d, rows[i].from.file, rows[i].from.line, "%s=: %s; %s%s",
				   rows[i].name, rows[i].problem, rows[i].remedy, rows[i].more);
	}
}
