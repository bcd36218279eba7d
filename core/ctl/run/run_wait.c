/* SPDX-License-Identifier: Apache-2.0 */
/* run_wait.c - wait for the end of the program; handle signals, the time limit and streams */
#include "ctl/run/run.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ON_SIGNAL, ON_REPORT, ON_TIMER, ON_OUT, ON_ERR, ON_ALL };

/**
 * struct waiting - what has come of the program so far
 * @halted: the program has stopped, and this process has not
 */
struct waiting {
	struct exec *x;
	struct run_result *res;
	struct run_io *io;
	struct rusage used; /* by processes that were reaped here, without PID 1 */
	bool ended, halted;
};

/* The program has ended. In a pid namespace of its own, everything that it started has ended, too. */
static void ended(struct waiting *w, int status, int call, uint64_t cpu_nsec,
		  const struct rusage *usage)
{
	w->res->cpu_nsec = cpu_nsec;
	w->res->call = call;
	w->res->status = status;
	w->res->usage = *usage;
	w->ended = true;
}

/*
 * The program has stopped, by ^Z or by itself. At a terminal we stop as well, so that the shell sees it.
 * Elsewhere nobody would continue us, and a program could keep the signals of a daemon from us.
 */
static void stopped(struct waiting *w)
{
	cleanup_close const int tty = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (tty >= 0)
		(void)kill(getpid(), SIGSTOP);
	else
		w->halted = true;
}

/* Passes a signal on, which a program that has stopped gets as well. */
static void pass_on(struct waiting *w, int sig)
{
	exec_signal(w->x, sig);
	if (w->halted)
		exec_signal(w->x, SIGCONT);
}

static void on_report(struct waiting *w)
{
	struct exec_report r;
	const ssize_t n = recv(w->x->reports, &r, sizeof r, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* PID 1 was killed before it could report, so report how PID 1 ended */
	if (n != (ssize_t)sizeof r) {
		close_fd(&w->x->reports);
	} else if (WIFSTOPPED(r.status)) {
		stopped(w);
	} else {
		ended(w, r.status, r.call, r.cpu_nsec, &r.usage);
	}
}

/* Counts processes that the program has left; the kernel makes them ours, see run_wait(). */
static void orphans_reap(struct waiting *w)
{
	struct rusage usage;

	while (wait4(-1, NULL, WNOHANG | __WALL, &usage) > 0)
		exec_usage_add(&w->used, &usage);
}

static void on_child(struct waiting *w)
{
	const uint64_t cpu_nsec = exec_cpu_nsec(w->x->pid); /* before the process is reaped */
	struct rusage usage;
	pid_t pid = 0;
	int status;

	/* with PID 1, other children are the caller's, by execve(2) */
	while (w->x->child >= 0 && (pid = wait4(w->x->reports >= 0 ? w->x->child : -1, &status,
						WNOHANG | WUNTRACED | __WALL, &usage)) > 0) {
		if (!WIFSTOPPED(status))
			exec_usage_add(&w->used, &usage);
		if (pid == w->x->child)
			break;
	}
	if (pid <= 0 || pid != w->x->child)
		return;
	if (WIFSTOPPED(status)) {
		if (w->x->pid == w->x->child)
			stopped(w);
		return;
	}
	w->x->child = -1;
	if (w->x->reports >= 0)
		on_report(w); /* the process may have sent its report just before its end */
	else
		orphans_reap(w);
	if (!w->ended)
		ended(w, status, -1, cpu_nsec, &w->used);
}

/*
 * The terminal sends its signals to our whole process group, so the program has them already. The
 * same holds for a signal that the program sends to its group. All other signals are passed on.
 */
static void on_signal(struct waiting *w, int fd)
{
	struct signalfd_siginfo si;

	if (read(fd, &si, sizeof si) != (ssize_t)sizeof si)
		return;
	if (si.ssi_signo == SIGCHLD)
		on_child(w);
	else if (si.ssi_code == SI_TIMER)
		return; /* it has continued us, see continue_at() */
	else if (si.ssi_signo == SIGHUP && si.ssi_code > 0 && getsid(0) == getpid())
		pass_on(w, SIGHUP); /* the kernel tells only the session leader */
	else if (si.ssi_code <= 0 && si.ssi_pid != (uint32_t)getpid() &&
		 si.ssi_pid != (uint32_t)w->x->pid && si.ssi_signo != SIGPIPE)
		pass_on(w, (int)si.ssi_signo);
}

static int timer_start(uint64_t usec)
{
	const struct itimerspec in = { .it_value = { .tv_sec = (time_t)(usec / 1000000),
						     .tv_nsec = (long)(usec % 1000000) * 1000 } };
	const int fd = usec == 0 ? -1 : timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (usec != 0 && (fd < 0 || timerfd_settime(fd, 0, &in, NULL) < 0))
		return -errno;
	return fd;
}

/* A program that stops us must not stop our clock: the kernel continues us at the end of the time. */
static int continue_at(uint64_t usec)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT };
	const struct itimerspec in = { .it_value = { .tv_sec = (time_t)(usec / 1000000),
						     .tv_nsec = (long)(usec % 1000000) * 1000 } };
	timer_t timer;

	return usec != 0 && (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ||
			     timer_settime(timer, 0, &in, NULL) < 0) ?
		       -errno :
		       0;
}

static uint64_t now_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static bool streams_open(const struct waiting *w)
{
	for (unsigned i = 0; i < 2; i++)
		if (w->io[i].from >= 0 || run_io_pending(&w->io[i]))
			return true;
	return false;
}

/* Waits for the next event and handles it. */
static void turn(struct waiting *w, int signals, int timer)
{
	const bool busy = w->io[0].lines && (run_io_pending(&w->io[0]) || run_io_pending(&w->io[1]));
	struct pollfd p[ON_ALL] = {
		[ON_SIGNAL] = { .fd = signals, .events = POLLIN },
		[ON_REPORT] = { .fd = w->ended ? -1 : w->x->reports, .events = POLLIN },
		[ON_TIMER] = { .fd = w->ended ? -1 : timer, .events = POLLIN },
		/* a stream must wait while a line of the other one is incomplete */
		[ON_OUT] = run_io_wants(&w->io[0], !busy),
		[ON_ERR] = run_io_wants(&w->io[1], !busy),
	};
	bool ready = false;

	/* the program has ended, so the pipes already hold all of its output */
	for (unsigned i = 0; i < 2; i++)
		ready = ready ||
			(w->ended && w->io[i].from >= 0 && p[ON_OUT + i].events == POLLIN && !busy);
	if (poll(p, ON_ALL, ready ? 0 : -1) < 0)
		return;
	if (p[ON_REPORT].revents)
		on_report(w);
	if (p[ON_SIGNAL].revents)
		on_signal(w, signals);
	if (p[ON_TIMER].revents && !w->ended && w->res->why == RUN_BY_ITSELF) {
		w->res->why = RUN_BY_TIME;
		exec_kill(w->x);
	}
	for (unsigned i = 0; i < 2; i++) {
		const struct pollfd *q = &p[ON_OUT + i];

		if (busy && !run_io_pending(&w->io[i]))
			continue;
		if (w->io[0].lines && run_io_pending(&w->io[!i]))
			continue;
		if (q->revents || w->ended)
			run_io_move(&w->io[i], q->events == POLLIN && q->revents != 0,
				    q->events == POLLOUT && q->revents != 0, w->ended);
	}
}

/* Takes the terminal back from a program that was a job-control shell; nobody else would do it. */
static void terminal_back(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		const pid_t front = isatty(fd) ? tcgetpgrp(fd) : -1;

		if (front > 0 && front != getpgrp() && kill(-front, 0) < 0 && errno == ESRCH)
			(void)tcsetpgrp(fd, getpgrp()); /* SIGTTOU is blocked */
	}
}

int run_wait(const struct run *r, struct exec *x, const sigset_t *all, int pipes[2],
	     struct run_result *ret)
{
	static struct run_io io[2]; /* large */
	struct waiting w = { .x = x, .res = ret, .io = io };
	const bool lines = r->o.how == RUN_STREAM && r->o.json != NULL &&
			   strcmp(r->o.json, "-") == 0;
	cleanup_close const int signals = signalfd(-1, all, SFD_CLOEXEC);
	cleanup_close const int timer = timer_start(r->o.time_usec);
	const uint64_t start = now_usec();

	if (signals < 0 || (r->o.time_usec != 0 && timer < 0) || continue_at(r->o.time_usec) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		run_io_start(&io[i], pipes[i],
			     r->o.how != RUN_STREAM ? -1 :
			     lines		    ? 1 :
						      i + 1,
			     i == 0 ? "stdout" : "stderr", lines, &ret->out[i]);
	ret->pid = x->pid;
	if (x->reports < 0) /* if this fails, processes that the program leaves are not counted */
		(void)sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	on_child(&w); /* the program may have ended already */
	while (!w.ended)
		turn(&w, signals, timer);
	ret->wall_usec = now_usec() - start;
	exec_end(x);
	while (streams_open(&w))
		turn(&w, signals, -1);
	terminal_back();
	ret->lost = io[0].failed || io[1].failed;
	return 0;
}
