/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage.c - what a session has used: time, CPU time, memory, and how its last program ended
 *
 * The kernel keeps no account for a session. The times of a process that has ended are in the account
 * of the process that waited for it. So the times of a session are those of the processes that are
 * left, init among them, which waits for orphans; and those of the children of the PAM application,
 * which tells them when it closes the session. Nothing of this is in the reach of the session.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES_MAX = 256, USEC = 1000000, INIT = 1, PROC_MAGIC = 0x9fa0 };

int64_t usage_now(void)
{
	return clock_usec(CLOCK_MONOTONIC);
}

int usage_proc(const struct keeper *k)
{
	cleanup_close int proc = -1;
	struct statfs fs;

	if (!(k->plan->clone_flags & CLONE_NEWPID) || k->session.pid <= 0 ||
	    k->session.fd[FD_SESSION_ROOT] < 0)
		return -1;
	proc = openat(k->session.fd[FD_SESSION_ROOT], "proc",
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* a rule may have another file system there, where a name could be anything */
	return proc < 0 || fstatfs(proc, &fs) < 0 || fs.f_type != PROC_MAGIC ? -1 : take_fd(&proc);
}

/* Adds the numbers of a process: its own, and the times of the children that it has waited for. */
static void numbers_add(const struct procs *p, const struct process *of, void *arg)
{
	struct usage *u = arg;

	if (of->pid == p->init) { /* what init itself did was to make the session */
		u->inside += of->waited;
		return;
	}
	u->processes++;
	u->pages += of->pages;
	if (of->parent == 0) /* it is outside */
		u->children += of->own + of->waited;
	else
		u->inside += of->own + of->waited;
}

static void numbers_and_memory_add(const struct procs *p, const struct process *of, void *arg)
{
	struct usage *u = arg;
	char buf[4096];
	const char *at;
	unsigned long long kib;

	numbers_add(p, of, arg);
	if (of->pid == p->init)
		return;
	process_text(p, of->pid, "status", buf, sizeof buf);
	at = strstr(buf, "\nVmHWM:"); /* a newline in the name is written as \n */
	if (at != NULL && sscanf(at + 7, " %llu kB", &kib) == 1 && kib > u->rss_kib)
		u->rss_kib = kib;
}

void usage_look(struct keeper *k)
{
	struct usage *u = &k->used;
	const uint64_t before = u->inside + u->children;
	cleanup_close int proc = usage_proc(k);

	if (proc < 0)
		return;
	u->looked = true;
	if (before > u->before)
		u->before = before;
	u->inside = u->children = 0;
	/* what a part of the processes has used is still useful */
	(void)procs_each(&(struct procs){ .dir = proc, .init = INIT }, PROCESSES_MAX,
			 numbers_and_memory_add, u);
}

void usage_state(const struct keeper *k, struct wire_state *ret)
{
	const uint64_t tick = USEC / (uint64_t)sysconf(_SC_CLK_TCK);
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct usage u = { 0 };
	cleanup_close int proc = usage_proc(k);

	if (proc < 0)
		return;
	if (procs_each(&(struct procs){ .dir = proc, .init = INIT }, PROCESSES_MAX, numbers_add,
		       &u) == -E2BIG)
		ret->flags |= WIRE_STATE_MORE;
	ret->flags |= WIRE_STATE_USED;
	ret->processes = u.processes;
	ret->memory = u.pages * page;
	ret->cpu_usec = (u.inside + u.children) * tick;
}

void usage_follow(struct keeper_login *l, pid_t pid)
{
	close_fd(&l->program);
	l->program = (int)syscall(SYS_pidfd_open, pid, 0); /* -1: its exit code stays unknown */
}

/* struct pidfd_info of Linux 6.15, its first version; ioctl_pidfd(2) */
struct program_info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, ids[8];
	int32_t status;
};

int usage_code(const struct keeper_login *l)
{
	enum { INFO_EXIT = 8 };
	struct program_info info = { .mask = INFO_EXIT };

	/* by the call itself: the number has the highest bit, and musl's ioctl(2) takes an int */
	if (l->program < 0 ||
	    syscall(SYS_ioctl, l->program, _IOWR(0xff, 11, struct program_info), &info) < 0 ||
	    !(info.mask & INFO_EXIT))
		return -1;
	return WIFSIGNALED(info.status) ? 128 + WTERMSIG(info.status) : WEXITSTATUS(info.status);
}

void usage_log(const struct keeper *k, const struct keeper_login *l, const struct wire_usage *app)
{
	const struct usage *u = &k->used;
	const uint64_t tick = USEC / (uint64_t)sysconf(_SC_CLK_TCK);
	const uint64_t last = u->inside + u->children, seen = last > u->before ? last : u->before;
	uint64_t cpu = app != NULL ? u->inside * tick + app->cpu_usec : seen * tick;
	const bool counted = group_cpu(k, &cpu) || u->looked;
	const uint64_t rss = app != NULL && app->rss_kib > u->rss_kib ? app->rss_kib : u->rss_kib;
	const bool by_signal = k->signal.ssi_signo != 0;
	const bool by_kill = k->stop.why == STOP_KILL;
	const int code = usage_code(l);

	keeper_log(l, LOG_INFO, "end", log_word("by", k->ended),
		   { .key = "signal", .number = k->signal.ssi_signo, .numeric = by_signal },
		   { .key = "sender_pid",
		     .number = by_kill ? k->control.sender.pid : (int64_t)k->signal.ssi_pid,
		     .numeric = by_signal || by_kill },
		   { .key = "sender_uid",
		     .number = by_kill ? k->control.sender.uid : k->signal.ssi_uid,
		     .numeric = by_signal || by_kill },
		   log_number("wall_usec", usage_now() - l->since),
		   { .key = "cpu_usec", .number = (int64_t)cpu, .numeric = counted },
		   { .key = "max_rss_kib", .number = (int64_t)rss, .numeric = rss != 0 },
		   { .key = "code", .number = code, .numeric = code >= 0 },
		   log_text("place", place_id(k)));
}

void usage_leave(const struct keeper *k, const struct keeper_login *l, const struct wire_usage *app)
{
	const int code = usage_code(l);

	keeper_log(l, LOG_INFO, "leave", log_text("place", place_id(k)), log_word("by", k->ended),
		   { .key = "sender_pid", .number = l->killer.pid, .numeric = l->killed },
		   { .key = "sender_uid", .number = l->killer.uid, .numeric = l->killed },
		   log_number("wall_usec", usage_now() - l->since),
		   { .key = "cpu_usec",
		     .number = app != NULL ? (int64_t)(app->cpu_usec + l->forked.cpu_usec) : 0,
		     .numeric = app != NULL },
		   { .key = "code", .number = code, .numeric = code >= 0 });
}

/**
 * struct search - the search for a program
 * @caller: inode of the mount namespace of the caller view: what is in it is of a PAM application
 */
struct search {
	uint32_t caller;
	bool any;
};

/*
 * A process of sshd may be left when its login has ended, if the user has stopped it. It can start no
 * program: the keeper answers no cordonsh without a login.
 */
static void is_program(const struct procs *p, const struct process *of, void *arg)
{
	struct search *s = arg;

	s->any = s->any || (of->pid != p->init && process_lives(of) &&
			    process_ns(p, of->pid, "ns/mnt") != s->caller);
}

int usage_any(const struct keeper *k)
{
	cleanup_close const int proc = usage_proc(k);
	struct search s = { .any = false };
	struct stat st;

	if (proc < 0 || fstat(k->session.fd[FD_CALLER_NS], &st) < 0)
		return -ENOENT;
	s.caller = (uint32_t)st.st_ino;
	/* of too many processes, one is a program */
	return procs_each(&(struct procs){ .dir = proc, .init = INIT }, PROCESSES_MAX, is_program,
			  &s) < 0 ||
	       s.any;
}
