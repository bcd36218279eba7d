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

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
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
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
	return (int64_t)t.tv_sec * USEC + t.tv_nsec / 1000;
}

/* The file @name of process @pid below @proc; "" if the process is gone. */
static void proc_read(int proc, const char *pid, const char *name, char *buf, size_t size)
{
	char path[64];
	cleanup_close int fd = -1;
	ssize_t n;

	(void)snprintf(path, sizeof path, "%.20s/%s", pid, name); /* fits */
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
}

/* Adds the numbers of proc_pid_stat(5): its own times, and those of the children that it has waited for. */
static void times_add(int proc, const char *pid, struct usage *u)
{
	char buf[1024];
	const char *at;
	unsigned long long own[2], waited[2], pages;
	const bool init = atoi(pid) == INIT;
	int parent;

	proc_read(proc, pid, "stat", buf, sizeof buf);
	at = strrchr(buf, ')'); /* the name before it is the user's choice */
	if (at == NULL || sscanf(at + 1,
				 " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu"
				 " %*d %*d %*d %*d %*u %*u %llu",
				 &parent, &own[0], &own[1], &waited[0], &waited[1], &pages) != 6)
		return;
	if (!init) {
		u->processes++;
		u->pages += pages;
	}
	if (init) /* what init itself did was to make the session */
		u->inside += waited[0] + waited[1];
	else if (parent == 0) /* it is outside */
		u->children += own[0] + own[1] + waited[0] + waited[1];
	else
		u->inside += own[0] + own[1] + waited[0] + waited[1];
}

static void memory_max(int proc, const char *pid, struct usage *u)
{
	char buf[4096];
	const char *at;
	unsigned long long kib;

	proc_read(proc, pid, "status", buf, sizeof buf);
	at = strstr(buf, "\nVmHWM:"); /* a newline in the name is written as \n */
	if (at != NULL && sscanf(at + 7, " %llu kB", &kib) == 1 && kib > u->rss_kib &&
	    atoi(pid) != INIT)
		u->rss_kib = kib;
}

/* Opens /proc of the session; NULL: there is none that can be trusted. */
static DIR *processes(const struct keeper *k)
{
	cleanup_close int proc = -1;
	struct statfs fs;
	DIR *dir;

	if (!(k->plan->clone_flags & CLONE_NEWPID) || k->session.pid <= 0 ||
	    k->session.fd[FD_SESSION_ROOT] < 0)
		return NULL;
	proc = openat(k->session.fd[FD_SESSION_ROOT], "proc",
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* a rule may have another file system there, where a name could be anything */
	if (proc < 0 || fstatfs(proc, &fs) < 0 || fs.f_type != PROC_MAGIC)
		return NULL;
	dir = fdopendir(proc);
	if (dir != NULL)
		(void)take_fd(&proc); /* the directory's */
	return dir;
}

/* The name of the next process; NULL: there are no more. */
static const char *next_process(DIR *dir)
{
	const struct dirent *e;

	do
		e = readdir(dir);
	while (e != NULL && (e->d_name[0] < '1' || e->d_name[0] > '9'));
	return e != NULL ? e->d_name : NULL;
}

void usage_look(struct keeper *k)
{
	const char *pid;
	DIR *dir;

	if (k->used.looked)
		return;
	dir = processes(k);
	if (dir == NULL)
		return;
	k->used.looked = true;
	for (unsigned n = 0; n < PROCESSES_MAX && (pid = next_process(dir)) != NULL; n++) {
		times_add(dirfd(dir), pid, &k->used);
		memory_max(dirfd(dir), pid, &k->used);
	}
	(void)closedir(dir); /* only read */
}

void usage_state(const struct keeper *k, struct wire_state *ret)
{
	const uint64_t tick = USEC / (uint64_t)sysconf(_SC_CLK_TCK);
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct usage u = { 0 };
	DIR *dir = processes(k);
	const char *pid;

	if (dir == NULL)
		return;
	for (unsigned n = 0; (pid = next_process(dir)) != NULL; n++) {
		if (n == PROCESSES_MAX) {
			ret->flags |= WIRE_STATE_MORE;
			break;
		}
		times_add(dirfd(dir), pid, &u);
	}
	(void)closedir(dir); /* only read */
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

/* The exit code of the last program as a shell has it; -1: unknown, or still running. */
static int code_of(const struct keeper_login *l)
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
	const uint64_t children = app != NULL ? app->cpu_usec : u->children * tick;
	const uint64_t rss = app != NULL && app->rss_kib > u->rss_kib ? app->rss_kib : u->rss_kib;
	const bool by_signal = k->signal.ssi_signo != 0;
	const bool by_kill = strcmp(k->ended, ENDED_KILL) == 0;
	const int code = code_of(l);

	keeper_log(l, LOG_INFO, "end", log_word("by", k->ended),
		   { .key = "signal", .number = k->signal.ssi_signo, .numeric = by_signal },
		   { .key = "sender_pid",
		     .number = by_kill ? k->control.sender.pid : (int64_t)k->signal.ssi_pid,
		     .numeric = by_signal || by_kill },
		   { .key = "sender_uid",
		     .number = by_kill ? k->control.sender.uid : k->signal.ssi_uid,
		     .numeric = by_signal || by_kill },
		   log_number("wall_usec", usage_now() - l->since),
		   { .key = "cpu_usec",
		     .number = (int64_t)(u->inside * tick + children),
		     .numeric = u->looked },
		   { .key = "max_rss_kib", .number = (int64_t)rss, .numeric = rss != 0 },
		   { .key = "code", .number = code, .numeric = code >= 0 });
}

void usage_leave(const struct keeper *k, const struct keeper_login *l, const struct wire_usage *app)
{
	const int code = code_of(l);

	keeper_log(l, LOG_INFO, "leave", log_text("place", login_id(&k->logins[0])),
		   log_word("by", k->ended), log_number("wall_usec", usage_now() - l->since),
		   { .key = "cpu_usec",
		     .number = app != NULL ? (int64_t)app->cpu_usec : 0,
		     .numeric = app != NULL },
		   { .key = "code", .number = code, .numeric = code >= 0 });
}

int usage_any(const struct keeper *k)
{
	DIR *dir = processes(k);
	const char *pid, *at;
	char buf[1024];
	int any = 0;

	if (dir == NULL)
		return -ENOENT;
	while (!any && (pid = next_process(dir)) != NULL) {
		proc_read(dirfd(dir), pid, "stat", buf, sizeof buf);
		at = strrchr(buf, ')'); /* the name before it is the user's choice */
		any = atoi(pid) != INIT && at != NULL && at[1] == ' ' && at[2] != 'Z' &&
		      at[2] != 'X';
	}
	(void)closedir(dir); /* only read */
	return any;
}
