/* SPDX-License-Identifier: Apache-2.0 */
/* exec_init.c - PID 1 of a program's pid namespace: forwards signals, reaps, ends with the program */
#include "confine/child.h"
#include "confine/program/exec.h"

#include "base/sys.h"
#include "contract/exits.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t exec_cpu_nsec(pid_t pid)
{
	/* the CPU clock of a process, CPUCLOCK_PROF of include/linux/posix-timers.h */
	const clockid_t clock = (clockid_t)(~(unsigned)pid << 3);
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		return 0;
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int tell(int reports, int status, int call, uint64_t cpu_nsec, const struct rusage *usage)
{
	const struct exec_report r = {
		.status = status, .call = call, .cpu_nsec = cpu_nsec, .usage = *usage
	};

	return send(reports, &r, sizeof r, MSG_NOSIGNAL) == (ssize_t)sizeof r ? 0 : -EPIPE;
}

static void time_add(struct timeval *sum, const struct timeval *t)
{
	sum->tv_sec += t->tv_sec;
	sum->tv_usec += t->tv_usec;
	if (sum->tv_usec >= 1000000) {
		sum->tv_usec -= 1000000;
		sum->tv_sec++;
	}
}

void exec_usage_add(struct rusage *sum, const struct rusage *usage)
{
	time_add(&sum->ru_utime, &usage->ru_utime);
	time_add(&sum->ru_stime, &usage->ru_stime);
	if (usage->ru_maxrss > sum->ru_maxrss)
		sum->ru_maxrss = usage->ru_maxrss;
}

/* What all processes have used that were reaped here; each has the processes that it has reaped. */
static struct rusage used;

/* Kills what the program has left, and counts what it has used. A process that hangs is not waited for. */
static void reap_rest(void)
{
	static const struct timespec patience = { .tv_nsec = 200000000 };
	enum { TURNS = 5 };
	struct rusage usage;
	sigset_t child;
	pid_t pid;

	(void)sigemptyset(&child);	  /* cannot fail */
	(void)sigaddset(&child, SIGCHLD); /* cannot fail */
	(void)kill(-1, SIGKILL);	  /* -ESRCH: nothing is left */
	for (int i = 0; i < TURNS;) {
		while ((pid = wait4(-1, NULL, WNOHANG | __WALL, &usage)) > 0)
			exec_usage_add(&used, &usage);
		if (pid < 0)
			return;
		i += sigtimedwait(&child, NULL, &patience) < 0;
	}
}

/* Reaps and reports all ended and stopped processes; returns 1 if the program has ended. */
static int reap(const struct exec_spec *spec, int reports, pid_t program)
{
	static int call = -1;
	const uint64_t cpu_nsec = exec_cpu_nsec(program); /* before the process is reaped */
	struct rusage usage;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG | WUNTRACED | __WALL, &usage)) > 0) {
		if (spec->trace && WIFSTOPPED(status) &&
		    exec_trace_event(spec, pid, status, &call) == 0)
			continue;
		if (!WIFSTOPPED(status))
			exec_usage_add(&used, &usage);
		if (pid != program)
			continue;
		if (!WIFSTOPPED(status))
			reap_rest();
		if (tell(reports, status, call, cpu_nsec, &used) < 0)
			return -EPIPE;
		if (!WIFSTOPPED(status))
			return 1;
	}
	return 0;
}

/*
 * Drops everything except CAP_KILL, which is needed to pass signals on to another uid. PID 1 leaves the
 * caller's process group, because the terminal sends its signals to the program, too, and the program
 * would get them twice.
 */
static int settle(const struct exec_spec *spec, int reports, int keep, int programfd)
{
	int left[] = { reports, keep, programfd };
	int r = child_close_but(left, 3);

	/* whoever reads the program's output must see end of file */
	for (int fd = 0; r == 0 && fd <= 2; fd++)
		if (close(fd) < 0 && errno != EBADF)
			r = -errno;
	if (r == 0 && setpgid(0, 0) < 0)
		r = -errno;
	if (r == 0 && !(spec->plan->flags & PLAN_NO_CAPS))
		r = child_drop(spec->plan, 1ull << CAP_KILL);
	return r < 0 ? r : child_die_with_parent();
}

void exec_init(const struct exec_spec *spec, int reports, int keep, pid_t program, int programfd)
{
	struct signalfd_siginfo si;
	sigset_t all;
	int fd;

	(void)sigfillset(&all); /* cannot fail */
	if (settle(spec, reports, keep, programfd) < 0 || sigprocmask(SIG_SETMASK, &all, NULL) < 0)
		_exit(EXIT_SETUP); /* the kernel then kills all processes of the namespace */
	fd = signalfd(-1, &all, SFD_CLOEXEC);
	if (fd < 0 || reap(spec, reports, program) != 0) /* the program may have ended already */
		_exit(fd < 0 ? EXIT_SETUP : 0);
	while (read(fd, &si, sizeof si) == (ssize_t)sizeof si) {
		/* the program may be gone */
		if (si.ssi_signo != SIGCHLD)
			(void)sys_pidfd_signal(programfd, (int)si.ssi_signo);
		else if (reap(spec, reports, program) != 0)
			_exit(0); /* the kernel kills what is left */
	}
	_exit(EXIT_SETUP);
}
