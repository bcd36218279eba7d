/* SPDX-License-Identifier: Apache-2.0 */
/* forker.c - the forker itself, see forker.h */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/gate.h"
#include "base/landlock_abi.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "confine/child.h"
#include "confine/sync.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT(cap) (UINT64_C(1) << (cap))

/**
 * struct started - a process of a login
 * @pid:   0: the slot is free
 * @relay: the socket of the cordonsh that waits; -1: it is gone
 */
struct started {
	pid_t pid;
	int relay;
};

enum { ON_KEEPER, ON_CHILD, ON_RELAYS, USEC = 1000000 };

/**
 * struct work - what the forker has
 * @keeper: -1: the keeper is gone, and nothing is started any more
 * @child:  a signalfd of SIGCHLD
 */
struct work {
	int keeper, child;
	struct started at[FORKS_MAX];
	struct pollfd polls[ON_RELAYS + FORKS_MAX];
};

/* Enters the caller view and closes the gate, as the PAM module does. */
static int enter(const struct keeper *k)
{
	const int *fd = k->session.fd;
	struct gate g = { .roots = fd[FD_ROOTS],
			  .gate = fd[FD_GATE],
			  .shell = fd[FD_SHELL],
			  .root = fd[FD_SESSION_ROOT] };
	int r = gate_begin(&g, NULL);

	if (r == 0)
		r = sys_setns(fd[FD_CALLER_NS], CLONE_NEWNS);
	if (r == 0)
		r = sys_setns(k->session.pidfd,
			      (int)((uint32_t)k->plan->clone_flags & WIRE_JOIN_FLAGS));
	if (r == 0 && chdir("/") < 0)
		r = -errno;
	return r < 0 ? r :
		       gate_close(&g, 0, k->plan->flags & PLAN_AUDIT ? LL_LOG_NEW_EXEC_ON : 0u,
				  NULL);
}

/* Keeps what it takes to become a user. The bounding set stays: cordonsh has file capabilities. */
static int drop(void)
{
	uint64_t keep = BIT(CAP_KILL) | BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SYS_RESOURCE) |
			BIT(CAP_AUDIT_CONTROL);
	uint64_t effective, permitted, inheritable;
	const int r = sys_capget(&effective, &permitted, &inheritable);

	keep &= permitted; /* in a container, root has fewer */
	return r < 0 ? r : sys_capset(keep, keep, 0);
}

static int prepare(const struct keeper *k, int sock, struct work *w)
{
	const int *fd = k->session.fd;
	int keep[] = { sock,	     k->session.pidfd, fd[FD_CALLER_NS], fd[FD_SESSION_ROOT],
		       fd[FD_SHELL], fd[FD_ROOTS],     fd[FD_GATE] };
	sigset_t child;
	int r = child_close_but(keep, sizeof keep / sizeof keep[0]);

	if (r == 0)
		r = sys_prctl(PR_SET_NAME, (unsigned long)(uintptr_t) "cordon-forker", 0, 0, 0);
	if (r == 0)
		r = enter(k);
	if (r == 0)
		r = drop();
	if (r == 0)
		r = child_close_but(&sock, 1);
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD); /* cannot fail; all signals are blocked */
	w->child = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	return r < 0 ? r : w->child < 0 ? -errno : 0;
}

static uint64_t usec(const struct timeval *t)
{
	return (uint64_t)t->tv_sec * USEC + (uint64_t)t->tv_usec;
}

static void ended(const struct work *w, struct started *s, int status, const struct rusage *used)
{
	struct wire_msg m;

	wire_init(&m, WIRE_USAGE);
	m.slot = (uint32_t)(s - w->at);
	m.usage.cpu_usec = usec(&used->ru_utime) + usec(&used->ru_stime);
	m.usage.rss_kib = (uint64_t)used->ru_maxrss;
	if (w->keeper >= 0) /* only the log lacks what does not arrive */
		(void)wire_send(w->keeper, &m, NULL, 0);
	wire_init(&m, WIRE_ENDED);
	m.value = status;
	if (s->relay >= 0) /* it may be gone */
		(void)wire_send(s->relay, &m, NULL, 0);
	close_fd(&s->relay);
	s->pid = 0;
}

static void reap(struct work *w)
{
	struct signalfd_siginfo ignored;
	struct rusage used;
	int status;
	pid_t pid;

	(void)!read(w->child, &ignored, sizeof ignored); /* there may be none */
	while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0)
		for (unsigned i = 0; i < FORKS_MAX; i++)
			if (w->at[i].pid == pid)
				ended(w, &w->at[i], status, &used);
}

/* The process leads a group of its own, but not at its very beginning. */
static void signal_group(const struct started *s, int sig)
{
	if (kill(-s->pid, sig) < 0)
		(void)kill(s->pid, sig); /* not reaped, so the number is still that of the process */
}

static void on_relay(struct started *s)
{
	struct wire_msg m;

	if (wire_recv(s->relay, &m, NULL, 0) == 0 && m.kind == WIRE_SIGNAL) {
		signal_group(s, m.value);
		return;
	}
	/* killed: sshd, or a user, has meant the program */
	signal_group(s, SIGKILL);
	close_fd(&s->relay);
}

static int start(struct work *w, const struct wire_msg *m, int fds[WIRE_FDS_MAX])
{
	struct started *s = m->slot < FORKS_MAX ? &w->at[m->slot] : NULL;
	int go[2] = { -1, -1 }, pidfd = -1, r = s == NULL || s->pid != 0 ? -EBUSY : sync_pair(go);
	struct fork_order order = {
		.keeper = w->keeper, .slot = m->slot, .terminal = m->value != 0, .fds = fds
	};
	struct wire_msg told;

	if (r < 0)
		return r;
	order.go = go[1];
	r = sys_clone(0, &pidfd);
	if (r == 0) {
		close_fd(&go[0]);
		forker_child(&order);
	}
	close_fd(&go[1]);
	if (r > 0) {
		*s = (struct started){ .pid = r, .relay = take_fd(&fds[WIRE_FORK_RELAY]) };
		wire_init(&told, WIRE_FORKED);
		told.slot = m->slot;
		told.value = r;
		r = wire_send(w->keeper, &told, &pidfd, 1);
		if (r == 0)
			r = wire_verdict(s->relay, VERDICT_CONFINE, "", "");
		if (r == 0)
			(void)sync_go(go[0]); /* the process may have been killed */
		r = 0; /* without its byte, the process ends, and is reaped */
	}
	close_fd(&go[0]);
	close_fd(&pidfd);
	return r;
}

static void say(const struct work *w, uint32_t slot, int err)
{
	struct wire_msg m;

	wire_init(&m, WIRE_FAIL);
	m.slot = slot;
	m.step = STEP_FORKER;
	m.err = err;
	(void)wire_send(w->keeper, &m, NULL, 0); /* end of file is a refusal as well */
}

static void on_keeper(struct work *w)
{
	int fds[WIRE_FDS_MAX];
	struct wire_msg m;
	int r = wire_recv(w->keeper, &m, fds, 0);

	if (r < 0) {
		close_fd(&w->keeper);
		return;
	}
	r = m.kind == WIRE_FORK ? start(w, &m, fds) : -EPROTO;
	if (r < 0)
		say(w, m.slot, r);
	wire_close(fds, WIRE_FDS_MAX); /* cordonsh sees the end of file, if it is not served */
}

/* Ends when the keeper is gone and all children are reaped: init cannot end before. */
_Noreturn static void serve(struct work *w)
{
	for (;;) {
		bool any = false;

		w->polls[ON_KEEPER] = (struct pollfd){ .fd = w->keeper, .events = POLLIN };
		w->polls[ON_CHILD] = (struct pollfd){ .fd = w->child, .events = POLLIN };
		for (unsigned i = 0; i < FORKS_MAX; i++) {
			w->polls[ON_RELAYS + i] =
				(struct pollfd){ .fd = w->at[i].pid != 0 ? w->at[i].relay : -1,
						 .events = POLLIN };
			any |= w->at[i].pid != 0;
		}
		if (w->keeper < 0 && !any)
			_exit(0);
		if (poll(w->polls, ON_RELAYS + FORKS_MAX, -1) < 0)
			_exit(1);
		for (unsigned i = 0; i < FORKS_MAX; i++)
			if (w->polls[ON_RELAYS + i].revents != 0)
				on_relay(&w->at[i]);
		reap(w); /* first: the keeper uses the slot of a process that has ended */
		if (w->polls[ON_KEEPER].revents != 0)
			on_keeper(w);
	}
}

_Noreturn void forker_run(const struct keeper *k, int sock)
{
	static struct work w;
	int r;

	w.keeper = sock;
	for (unsigned i = 0; i < FORKS_MAX; i++)
		w.at[i].relay = -1;
	r = prepare(k, sock, &w);
	if (r < 0) {
		say(&w, 0, r);
		_exit(1);
	}
	serve(&w);
}
