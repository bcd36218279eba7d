/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop_child.c - the child of the keeper that ends the programs of a session
 *
 * It runs as root in the pid namespace of the session and with a proc file system of its own, so it
 * sees and reaches the processes of the session and nothing else. Without a pid namespace, the
 * namespaces of a process tell if it belongs to the session.
 *
 * A program without a handler for SIGHUP gets SIGHUP and SIGTERM together. A program with one gets
 * SIGTERM later, because SIGTERM would end a shell before its trap for SIGHUP runs.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "confine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	USEC_MS = 1000,
	TERM_USEC = 500000,  /* when the programs that catch SIGHUP get SIGTERM, at the latest */
	LEAVE_USEC = 500000, /* how long sshd has to see by itself that its client is gone */
	NAP_MIN_USEC = 500,  /* between two looks; grows */
	NAP_MAX_USEC = 20000,
	SWEEPS_MAX = 1000,
	NESTED_MAX = 33 /* see user_namespaces(7) and pid_namespaces(7) */
};

static bool own_pids(const struct keeper *k)
{
	return (k->plan->clone_flags & CLONE_NEWPID) != 0;
}

bool stop_ns_within(const struct procs *p, pid_t pid, const char *name, uint32_t ino)
{
	char path[32];
	cleanup_close int fd = -1;
	struct stat st;

	(void)snprintf(path, sizeof path, "%d/%.20s", pid, name); /* fits */
	fd = openat(p->dir, path, O_RDONLY | O_CLOEXEC);
	for (unsigned i = 0; i < NESTED_MAX && fd >= 0 && fstat(fd, &st) == 0; i++) {
		int up;

		if ((uint32_t)st.st_ino == ino)
			return true;
		up = ioctl(fd, NS_GET_PARENT); /* fails at the first namespace */
		close_fd(&fd);
		fd = up;
	}
	return false;
}

/* Only root can bring a process of the host into the mount namespace or user namespace of a session. */
static bool is_of_session(const struct keeper *k, const struct procs *p, pid_t pid)
{
	const uint32_t *ino = k->session.ns.ino;

	if (own_pids(k))
		return true;
	return process_ns(p, pid, "ns/mnt") == ino[NS_MNT] ||
	       (k->plan->uid_map.len != 0 && stop_ns_within(p, pid, "ns/user", ino[NS_USER]));
}

/* A process that the PAM application has started and that has not joined the session view. */
static bool is_half(const struct keeper *k, const struct procs *p, const struct process *of)
{
	return own_pids(k) && of->parent == 0 &&
	       process_ns(p, of->pid, "ns/mnt") != k->session.ns.ino[NS_MNT];
}

bool crowd_has(const struct crowd *c, const struct procs *p, const struct process *of)
{
	return of->pid != p->init && of->pid != c->self && process_lives(of) &&
	       is_of_session(c->k, p, of->pid);
}

static void count(const struct procs *p, const struct process *of, void *arg)
{
	struct crowd *c = arg;

	if (!crowd_has(c, p, of))
		return;
	if (!is_half(c->k, p, of))
		c->programs++;
	else if (c->halves++ < HALVES_MAX)
		c->half[c->halves - 1] = of->pid;
}

int crowd_look(struct crowd *c, const struct procs *p, unsigned max)
{
	c->programs = c->halves = 0;
	return procs_each(p, max, count, c);
}

/* ---- signals ---- */

static void signal_one(const struct crowd *c, const struct procs *p, pid_t pid, int sig)
{
	cleanup_close int fd = -1;

	if (own_pids(c->k)) {
		(void)kill(pid, sig); /* it may have ended */
		return;
	}
	fd = sys_pidfd_open(pid);
	/* another process may have got the number */
	if (fd >= 0 && is_of_session(c->k, p, pid))
		(void)sys_pidfd_signal(fd, sig); /* as above */
}

static void hang_up(const struct procs *p, const struct process *of, void *arg)
{
	struct crowd *c = arg;

	if (!crowd_has(c, p, of))
		return;
	if (!is_half(c->k, p, of)) {
		const bool traps = process_catches(p, of->pid, SIGHUP);

		signal_one(c, p, of->pid, SIGHUP);
		if (!traps)
			signal_one(c, p, of->pid, SIGTERM);
	}
	signal_one(c, p, of->pid, SIGCONT); /* a stopped process acts on no signal */
}

static void terminate(const struct procs *p, const struct process *of, void *arg)
{
	struct crowd *c = arg;

	if (!crowd_has(c, p, of) || is_half(c->k, p, of))
		return;
	signal_one(c, p, of->pid, SIGTERM);
	signal_one(c, p, of->pid, SIGCONT);
}

static void kill_one(const struct procs *p, const struct process *of, void *arg)
{
	struct crowd *c = arg;

	if (!crowd_has(c, p, of))
		return;
	c->programs++;
	signal_one(c, p, of->pid, SIGKILL);
}

/* ---- the child ---- */

/* A new proc file system shows the pid namespace of the process that makes it. */
static int proc_new(void)
{
	cleanup_close const int fs = sys_fsopen("proc");
	int r = fs < 0 ? fs : sys_fsconfig_create(fs);

	return r < 0 ? r : sys_fsmount(fs, 0);
}

static struct procs procs_open(const struct keeper *k)
{
	struct procs p = { .dir = own_pids(k) ? proc_new() : k->proc,
			   .init = own_pids(k) ? 1 : k->session.pid };

	if (p.dir < 0) /* a container may refuse it */
		p.dir = usage_proc(k);
	return p;
}

void stop_nap(int64_t usec)
{
	const struct timespec t = { .tv_sec = usec / 1000000,
				    .tv_nsec = (long)(usec % 1000000) * 1000 };

	(void)nanosleep(&t, NULL); /* a shorter nap does no harm */
}

/* Waits until @left is 0; false: @until is reached. */
static bool wait_for(struct crowd *c, const struct procs *p, const unsigned *left, int64_t until)
{
	int64_t usec = NAP_MIN_USEC;

	while (crowd_look(c, p, ~0u) != 0 || *left > 0) {
		const int64_t now = usage_now();

		if (now >= until)
			return false;
		stop_nap(usec < until - now ? usec : until - now);
		usec = usec * 2 > NAP_MAX_USEC ? NAP_MAX_USEC : usec * 2;
	}
	return true;
}

/* sshd sends the last output, and the client ends the connection. If not, sshd ends it. */
static void end_halves(struct crowd *c, const struct procs *p, int64_t until)
{
	const int64_t by_itself = usage_now() + LEAVE_USEC;

	if (wait_for(c, p, &c->halves, by_itself < until ? by_itself : until))
		return;
	for (unsigned i = 0; i < c->halves && i < HALVES_MAX; i++) {
		signal_one(c, p, c->half[i], SIGTERM);
		signal_one(c, p, c->half[i], SIGCONT);
	}
	(void)wait_for(c, p, &c->halves, until); /* the keeper kills what is left */
}

void stop_child_begin(const struct keeper *k)
{
	int keep[2 + LOGINS_MAX] = { k->proc, k->session.fd[FD_SESSION_ROOT] };

	unsigned n = 2;

	for (const struct keeper_login *l = NULL; (l = login_next(k, l)) != NULL;)
		keep[n++] = l->program;
	if (child_die_with_parent() < 0 || child_close_but(keep, n) < 0)
		_exit(1); /* the keeper kills the session */
}

_Noreturn void stop_run(const struct keeper *k, const char *line, int64_t until)
{
	struct crowd c = { .k = k, .self = getpid() };
	const int64_t now = usage_now(), quarter = now + (until - now) / 4;
	const int64_t term = now + TERM_USEC < quarter ? now + TERM_USEC : quarter;
	struct procs p;

	stop_child_begin(k);
	p = procs_open(k);
	if (line != NULL && crowd_look(&c, &p, ~0u) == 0)
		stop_tell(&c, &p, line);
	if (procs_each(&p, ~0u, hang_up, &c) < 0)
		_exit(1); /* as above */
	if (!wait_for(&c, &p, &c.programs, term)) {
		(void)procs_each(&p, ~0u, terminate, &c);   /* it could be read just now */
		(void)wait_for(&c, &p, &c.programs, until); /* the keeper kills what is left */
	}
	if (line != NULL)
		end_halves(&c, &p, until);
	_exit(0);
}

_Noreturn void stop_line(const struct keeper *k, const char *line)
{
	struct crowd c = { .k = k, .self = getpid() };
	struct procs p;

	stop_child_begin(k);
	p = procs_open(k);
	if (crowd_look(&c, &p, ~0u) == 0)
		stop_tell(&c, &p, line);
	_exit(0);
}

struct sending {
	struct crowd crowd;
	int sig;
};

static void send_one(const struct procs *p, const struct process *of, void *arg)
{
	const struct sending *s = arg;

	if (crowd_has(&s->crowd, p, of) && !is_half(s->crowd.k, p, of))
		signal_one(&s->crowd, p, of->pid, s->sig);
}

_Noreturn void stop_send(const struct keeper *k, int sig)
{
	struct sending s = { .crowd = { .k = k, .self = getpid() }, .sig = sig };
	struct procs p;

	stop_child_begin(k);
	p = procs_open(k);
	_exit(procs_each(&p, ~0u, send_one, &s) < 0);
}

_Noreturn void stop_sweep(const struct keeper *k)
{
	struct crowd c = { .k = k, .self = getpid() };
	struct procs p;

	stop_child_begin(k);
	p = procs_open(k);
	for (unsigned i = 0; i < SWEEPS_MAX; i++) {
		c.programs = 0;
		if (procs_each(&p, ~0u, kill_one, &c) < 0 || c.programs == 0)
			break;
		stop_nap(NAP_MIN_USEC);
	}
	_exit(0);
}
