/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logout_child.c - the child of the keeper that ends the programs of one login
 *
 * It stays outside of the session, because only the host's process ids tell which processes the PAM
 * application has started. It sends signals to processes of the session alone.
 *
 * The PAM application starts programs itself, or by the process in which sshd serves the connection.
 * These programs and all that is in the same sessions, see setsid(2), are the programs of the login.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/sys_ns.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PIDS_MAX = 1 << 22, /* of Linux */
	USEC_MS = 1000,
	TERM_USEC = 500 * USEC_MS, /* as at the end of a session, see stop_child.c */
	LEAVE_USEC = 500 * USEC_MS,
	KILL_USEC = 5000 * USEC_MS,
	NAP_MIN_USEC = 500,
	NAP_MAX_USEC = 20000,
	PASSES_MAX = 16
};

static bool told;
static const char line[] = "this login was ended by cordon kill";

/* A set of process ids. Memory that is not written to costs nothing. */
struct ids {
	uint64_t bits[PIDS_MAX / 64];
};

/* Of the login. Programs are known by their session, or if that is not theirs alone, one by one. */
static struct ids halves, sessions, descendants;

static bool ids_has(const struct ids *s, pid_t id)
{
	return id > 0 && id < PIDS_MAX && (s->bits[id / 64] >> (id % 64) & 1) != 0;
}

static bool ids_add(struct ids *s, pid_t id)
{
	if (id <= 0 || id >= PIDS_MAX || ids_has(s, id))
		return false;
	s->bits[id / 64] |= UINT64_C(1) << (id % 64);
	return true;
}

/**
 * struct company - the processes of a login
 * @caller:    inode of the mount namespace of the caller view, where the PAM application is
 * @session:   of the PAM application
 * @changed:   a process was found that was not known before
 * @programs:  number of programs that live
 * @n_halves:  number of processes of the PAM application that live in the session
 * @each:      is called for each program, unless NULL
 * @each_half: is called for each process of the PAM application, unless NULL
 */
struct company {
	const struct keeper *k;
	const struct keeper_login *l;
	uint32_t caller;
	pid_t session;
	bool changed;
	unsigned programs, n_halves;
	void (*each)(const struct company *c, const struct procs *p, const struct process *of);
	void (*each_half)(const struct company *c, const struct procs *p, const struct process *of);
};

static bool in_session(const struct company *c, const struct procs *p, pid_t pid)
{
	return stop_ns_within(p, pid, "ns/pid", c->k->session.ns.ino[NS_PID]);
}

static bool in_view(const struct company *c, const struct procs *p, pid_t pid)
{
	return process_ns(p, pid, "ns/mnt") != c->caller;
}

/* Was it started by the PAM application, by one of its own processes, or by the forker for the login? */
static bool is_started(const struct company *c, const struct process *of)
{
	return of->parent == c->l->pid || ids_has(&halves, of->parent) ||
	       forker_started(c->k, c->l, of->pid);
}

static void learn(const struct procs *p, const struct process *of, void *arg)
{
	struct company *c = arg;
	const bool started = is_started(c, of);

	if ((!started && !ids_has(&descendants, of->parent)) || !in_session(c, p, of->pid))
		return;
	if (started && !in_view(c, p, of->pid))
		c->changed |= ids_add(&halves, of->pid);
	else if (of->session == c->session)
		c->changed |= ids_add(&descendants, of->pid);
	else if (started)
		c->changed |= ids_add(&sessions, of->session);
}

static bool is_program(const struct company *c, const struct process *of)
{
	return of->session == c->session ? ids_has(&descendants, of->pid) :
					   ids_has(&sessions, of->session);
}

static void visit(const struct procs *p, const struct process *of, void *arg)
{
	struct company *c = arg;
	const bool half = ids_has(&halves, of->pid) && is_started(c, of);

	if ((!half && !is_program(c, of)) || of->pid == c->k->session.pid || !process_lives(of) ||
	    !in_session(c, p, of->pid))
		return;
	if (half && !in_view(c, p, of->pid)) {
		c->n_halves++;
		if (c->each_half != NULL)
			c->each_half(c, p, of);
	} else if (is_program(c, of)) {
		c->programs++;
		if (c->each != NULL)
			c->each(c, p, of);
	}
}

/* Looks at all processes. What was found at an earlier look stays known when its parents are gone. */
static void look(struct company *c, const struct procs *p)
{
	for (unsigned i = 0; i < PASSES_MAX; i++) {
		c->changed = false;
		if (procs_each(p, ~0u, learn, c) < 0 || !c->changed)
			break;
	}
	c->programs = c->n_halves = 0;
	if (procs_each(p, ~0u, visit, c) < 0)
		c->programs = 1; /* unknown */
}

static void signal_one(const struct company *c, const struct procs *p, pid_t pid, int sig)
{
	cleanup_close const int fd = sys_pidfd_open(pid);

	/* another process may have got the number */
	if (fd >= 0 && in_session(c, p, pid))
		(void)sys_pidfd_signal(fd, sig); /* it may have ended */
}

static void hang_up(const struct company *c, const struct procs *p, const struct process *of)
{
	const bool traps = process_catches(p, of->pid, SIGHUP);

	signal_one(c, p, of->pid, SIGHUP);
	if (!traps)
		signal_one(c, p, of->pid, SIGTERM);
	signal_one(c, p, of->pid, SIGCONT); /* a stopped process acts on no signal */
}

static void terminate(const struct company *c, const struct procs *p, const struct process *of)
{
	signal_one(c, p, of->pid, SIGTERM);
	signal_one(c, p, of->pid, SIGCONT);
}

static void continue_one(const struct company *c, const struct procs *p, const struct process *of)
{
	signal_one(c, p, of->pid, SIGCONT);
}

static void kill_one(const struct company *c, const struct procs *p, const struct process *of)
{
	signal_one(c, p, of->pid, SIGKILL);
}

/* Waits until no program, or no process of the PAM application, is left; false: @until is reached. */
static bool wait_for(struct company *c, const struct procs *p, const unsigned *left, int64_t until)
{
	int64_t usec = NAP_MIN_USEC;

	for (;;) {
		const int64_t now = usage_now();

		look(c, p);
		if (*left == 0)
			return true;
		if (now >= until)
			return false;
		stop_nap(usec < until - now ? usec : until - now);
		usec = usec * 2 > NAP_MAX_USEC ? NAP_MAX_USEC : usec * 2;
	}
}

static void once(struct company *c, const struct procs *p,
		 void (*each)(const struct company *, const struct procs *, const struct process *),
		 void (*each_half)(const struct company *, const struct procs *,
				   const struct process *))
{
	c->each = each;
	c->each_half = each_half;
	look(c, p);
	c->each = c->each_half = NULL;
}

static void tell_one(const struct company *c, const struct procs *p, const struct process *of)
{
	(void)p;
	if (of->tty == 0 || !is_started(c, of))
		return;
	stop_tell_login(c->k, c->l, of->tty, line);
	told = true;
}

static void tell(struct company *c, const struct procs *p)
{
	once(c, p, tell_one, NULL);
	if (!told)
		stop_tell_login(c->k, c->l, 0, line);
}

/* Kills until nothing is left. A process that the kernel does not let end is left behind. */
static void kill_all(struct company *c, const struct procs *p, bool and_halves)
{
	const int64_t until = usage_now() + KILL_USEC;

	for (int64_t usec = NAP_MIN_USEC; usage_now() < until; usec *= 2) {
		once(c, p, kill_one, and_halves ? kill_one : NULL);
		if (c->programs + (and_halves ? c->n_halves : 0) == 0)
			break;
		stop_nap(usec < NAP_MAX_USEC ? usec : NAP_MAX_USEC);
	}
}

static struct company company(const struct keeper *k, const struct keeper_login *l,
			      const struct procs *p)
{
	struct company c = { .k = k, .l = l };
	struct process app;
	struct stat st;

	if (fstat(k->session.fd[FD_CALLER_NS], &st) == 0)
		c.caller = (uint32_t)st.st_ino;
	if (process_read(p, l->pid, &app))
		c.session = app.session;
	return c;
}

_Noreturn void logout_run(const struct keeper *k, const struct keeper_login *l, int64_t until)
{
	const struct procs p = { .dir = k->proc, .init = k->session.pid };
	struct company c = company(k, l, &p);
	const int64_t now = usage_now(), quarter = now + (until - now) / 4;
	const int64_t term = now + TERM_USEC < quarter ? now + TERM_USEC : quarter;

	stop_child_begin(k);
	look(&c, &p);
	if (until > now) {
		tell(&c, &p);
		once(&c, &p, hang_up, continue_one);
	}
	if (until > now && !wait_for(&c, &p, &c.programs, term)) {
		once(&c, &p, terminate, NULL);
		(void)wait_for(&c, &p, &c.programs, until); /* the rest is killed */
	}
	kill_all(&c, &p, until <= now);
	/* sshd passes on the last output, and the client ends the connection; if not, sshd ends it */
	if (until > now && !wait_for(&c, &p, &c.n_halves, usage_now() + LEAVE_USEC)) {
		once(&c, &p, NULL, terminate);
		(void)wait_for(&c, &p, &c.n_halves, usage_now() + LEAVE_USEC);
	}
	kill_all(&c, &p, true);
	_exit(0);
}

/* ---- cordon kill --signal ---- */

static int signal_sent;

static void send_one(const struct company *c, const struct procs *p, const struct process *of)
{
	signal_one(c, p, of->pid, signal_sent);
}

_Noreturn void logout_send(const struct keeper *k, const struct keeper_login *l, int sig)
{
	const struct procs p = { .dir = k->proc, .init = k->session.pid };
	struct company c = company(k, l, &p);

	stop_child_begin(k);
	signal_sent = sig;
	once(&c, &p, send_one, NULL);
	_exit(0);
}
