/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - the life of a session, from its plan to the last process */
#include "keeper/keeper.h"

#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

/* There is no session: each login is told so. */
static void refuse(const struct keeper *k)
{
	char why[800];

	(void)err_text(&k->failure, why, sizeof why);
	for (const struct keeper_login *l = k->logins; l < k->logins + k->n_logins; l++) {
		keeper_log(l, LOG_NOTICE, "deny", "why=\"%s\"", why);
		/* a silent end is a refusal as well */
		(void)wire_verdict(l->pam, VERDICT_DENY, login_id(l), WIRE_REFUSAL);
	}
}

static int send_ready(const struct keeper *k, const struct keeper_login *l)
{
	const int *fd = k->session.fd;
	const int fds[] = {
		[WIRE_READY_INIT] = k->session.pidfd,	 [WIRE_READY_VIEW] = fd[FD_CALLER_NS],
		[WIRE_READY_ROOT] = fd[FD_SESSION_ROOT], [WIRE_READY_SHELL] = fd[FD_SHELL],
		[WIRE_READY_ROOTS] = fd[FD_ROOTS],	 [WIRE_READY_GATE] = fd[FD_GATE]
	};
	struct wire_msg m;

	wire_init(&m, WIRE_READY);
	m.verdict = VERDICT_CONFINE;
	m.flags = (uint32_t)k->plan->clone_flags;
	m.serve = (k->plan->flags & PLAN_INTERNAL_SFTP ? WIRE_SERVE_SFTP : 0u) |
		  (k->plan->flags & PLAN_NO_SUID ? WIRE_SERVE_NO_SUID : 0u) |
		  (k->plan->flags & PLAN_NO_SGID ? WIRE_SERVE_NO_SGID : 0u);
	(void)snprintf(m.session, sizeof m.session, "%.31s", login_id(l)); /* fits */
	return wire_send(l->pam, &m, fds, sizeof fds / sizeof fds[0]);
}

/* Is the view there that the session step waits for? Then it may go on; false: it is gone. */
static bool answer_open(const struct keeper *k, struct keeper_login *l)
{
	if (!l->asked || k->session.stage < SESSION_SHOWS)
		return true;
	l->asked = false;
	if (send_ready(k, l) < 0)
		return false;
	l->opened = true;
	terminal_give(l);
	keeper_log(l, LOG_INFO, "permit", "%s", "");
	return true;
}

static bool opened(const struct keeper *k)
{
	for (unsigned i = 0; i < k->n_logins; i++)
		if (k->logins[i].opened)
			return true;
	return false;
}

static bool asked(const struct keeper *k)
{
	for (unsigned i = 0; i < k->n_logins; i++)
		if (k->logins[i].asked)
			return true;
	return false;
}

/* The session step has been answered, and the session fails: the user is told by cordonsh. */
static void session_failed(struct keeper *k)
{
	keeper_log(&k->logins[0], LOG_ERR, "fail", "%.800s", k->failure.msg);
	k->failed = true; /* init waits, so that cordonsh can tell the user */
}

/* The rest of the session waits for the session step, with which the limits come. */
static bool go_on(struct keeper *k)
{
	for (unsigned i = 0; i < k->n_logins; i++)
		if (!answer_open(k, &k->logins[i]))
			return false;
	if (opened(k) && k->session.stage == SESSION_WAITS && keeper_release(k) < 0)
		session_failed(k);
	return true;
}

static bool begin_again(struct keeper *k)
{
	k->again = true;
	if (keeper_begin(k) == 0)
		return true;
	refuse(k);
	return false;
}

/* false: this keeper is of no more use; the end of file tells the module to start another one. */
static bool on_open(struct keeper *k, struct keeper_login *l, const struct wire_msg *m)
{
	if (l->opened || l->asked || !login_same(&m->login, &l->who))
		return false;
	l->asked = true;
	l->limits = m->limits;
	return k->session.stage == SESSION_NOT || keeper_home_changed(k) ? begin_again(k) : go_on(k);
}

/* init has something to say, or has been silent for too long; false: the session is over. */
static bool on_report(struct keeper *k)
{
	if (keeper_step(k) == 0) {
		if (k->session.stage == SESSION_COMPLETE && !masks_begin(k))
			return false;
		return go_on(k);
	}
	if (opened(k)) {
		session_failed(k);
		return true;
	}
	/* a file system that did not answer would not answer a second time */
	if (k->again || k->failure.code == -ETIMEDOUT) {
		refuse(k);
		return false;
	}
	/* it was ahead of its time: tried again, and judged, when it is needed */
	session_end(&k->session);
	return !asked(k) || begin_again(k);
}

/* Everything of the session has been killed; init may outlive the keeper's last words. */
static void login_end(struct keeper_login *l, const char *by)
{
	if (l->opened) {
		/* the last word, which the module looks for when it closes */
		(void)wire_verdict(l->pam, VERDICT_UNCONFINED, login_id(l), "");
		keeper_log(l, LOG_INFO, "end", "by=%s", by);
	}
	/* a module that waits is told at once: init may stay until the application reaps its child */
	close_fd(&l->pam);
}

static void end(struct keeper *k)
{
	session_kill(&k->session);
	for (unsigned i = 0; i < k->n_logins; i++)
		login_end(&k->logins[i], k->ended);
	session_end(&k->session);
	for (unsigned i = 0; i < k->n_logins; i++)
		terminal_outlive(&k->logins[i]);
}

/* The module's socket; false: the login is over, and the session with its last one. */
static bool on_pam(struct keeper *k, struct keeper_login *l)
{
	struct wire_msg m;
	int fds[WIRE_FDS_MAX];

	if (wire_recv(l->pam, &m, fds, 0) < 0) {
		struct pollfd caller = { .fd = l->caller, .events = POLLIN };

		/* of a process that dies the sockets go first */
		k->ended = poll(&caller, 1, 20) > 0 ? "caller" : "socket";
		return false;
	}
	if (m.kind == WIRE_OPEN)
		return on_open(k, l, &m);
	wire_close(fds, wire_fds(m.kind));
	if (m.kind == WIRE_FAIL) {
		char text[600];

		keeper_log(l, LOG_ERR, "fail", "step=enter what=%s errno=%d",
			   log_quote(m.text, text, sizeof text), -m.err);
		k->ended = "failure";
	}
	if (m.kind == WIRE_CLOSE) {
		struct pollfd gone = { .fd = k->session.pidfd, .events = POLLIN };

		/*
		 * Not for long: sshd closes before it reaps its own child, and until then the kernel
		 * keeps that zombie's pid namespace.
		 */
		k->ended = "close";
		session_kill(&k->session);
		(void)poll(&gone, 1, 20);
	}
	return false;
}

/* Signals to look at the views by; others that end a process by default end the session in good order. */
static bool on_signal(struct keeper *k)
{
	struct signalfd_siginfo s;
	bool look = false;

	while (read(k->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		switch (s.ssi_signo) {
		case SIGIO:
			look = true;
			break;
		case SIGCHLD:
		case SIGCONT:
		case SIGURG:
		case SIGWINCH:
		case SIGTSTP:
		case SIGTTIN:
		case SIGTTOU:
			break;
		default:
			(void)snprintf(k->ended_by_signal, sizeof k->ended_by_signal,
				       "signal signal=%u from=%d uid=%u", s.ssi_signo,
				       (int)s.ssi_pid, s.ssi_uid); /* fits */
			k->ended = k->ended_by_signal;
			return false;
		}
	}
	return !look || k->session.stage != SESSION_COMPLETE || masks_look(k);
}

/* By raw calls: libc leaves out the signals that it keeps for itself, which would end us as well. */
static int signals_take(void)
{
	static const uint64_t all = ~0ull;

	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all) < 0)
		return -errno;
	return (int)syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Where each descriptor is in the array for poll(2): the session's, each login's, the clients'. */
enum { ON_INIT, ON_REPORT, ON_LISTENER, ON_SIGNAL, ON_TABLE_CALLER, ON_TABLE_SESSION, ON_LOGINS };
enum { ON_PAM, ON_CALLER, ON_TERMINAL, ON_LOGIN_N };
enum { ON_CLIENTS = ON_LOGINS + LOGINS_MAX * ON_LOGIN_N, ON_N = ON_CLIENTS + CLIENTS_MAX };

enum {
	OPEN_MS = 15 * 60 * 1000,
	REFUSAL_MS = 2000,
	BUILD_MS = WIRE_DEADLINE_MS - 5000 /* the module waits longer */
};

/* Is init at work, and to report? */
static bool builds(const struct keeper *k)
{
	return k->session.sync >= 0 && k->session.stage != SESSION_WAITS && !k->failed;
}

/* How long nothing may happen, ms; -1: for ever. */
static int patience(const struct keeper *k)
{
	if (k->failed)
		return REFUSAL_MS;
	if (builds(k))
		return BUILD_MS;
	/* no session opened after all: the login has failed elsewhere, or hangs */
	return opened(k) ? -1 : OPEN_MS;
}

/* The descriptors of the logins in @p. */
static struct pollfd *polls_of(struct pollfd *p, unsigned login)
{
	return p + ON_LOGINS + (size_t)login * ON_LOGIN_N;
}

/* An end comes before everything else; false: the session is over. */
static bool lives(struct keeper *k, struct pollfd *p)
{
	for (unsigned i = 0; i < k->n_logins; i++)
		if (polls_of(p, i)[ON_CALLER].revents) {
			k->ended = "caller";
			return false;
		}
	if (p[ON_INIT].revents)
		k->ended = "init";
	return !p[ON_INIT].revents;
}

/* One thing that has happened; false: the session is over. */
static bool happened(struct keeper *k, struct clients *c, struct pollfd *p, unsigned n)
{
	const pid_t init = k->session.pid;

	if (!lives(k, p) || (p[ON_SIGNAL].revents && !on_signal(k)))
		return false;
	for (unsigned i = 0; i < k->n_logins; i++)
		if (polls_of(p, i)[ON_PAM].revents && !on_pam(k, &k->logins[i]))
			return false;
	/* the module may have asked for another session just now */
	if (p[ON_REPORT].revents && k->session.pid == init && !on_report(k))
		return false;
	if ((p[ON_TABLE_CALLER].revents || p[ON_TABLE_SESSION].revents) && k->session.pid == init &&
	    !masks_look(k))
		return false;
	for (unsigned i = n; i-- > 0;) /* from the end: a place that is freed is filled from there */
		if (p[ON_CLIENTS + i].revents)
			clients_answer(k, c, i);
	if (p[ON_LISTENER].revents && k->session.fd[FD_LISTENER] >= 0)
		clients_accept(k, c);
	for (unsigned i = 0; i < k->n_logins; i++)
		if (polls_of(p, i)[ON_TERMINAL].revents)
			terminal_pass(k, &k->logins[i]);
	return true;
}

static void polls_fill(const struct keeper *k, const struct clients *c, struct pollfd *p)
{
	const struct session *s = &k->session;
	const bool building = builds(k), complete = s->stage == SESSION_COMPLETE;

	/* the end of init while it builds is an end of file among its reports */
	p[ON_INIT] = (struct pollfd){ .fd = building ? -1 : s->pidfd, .events = POLLIN };
	p[ON_REPORT] = (struct pollfd){ .fd = building ? s->sync : -1, .events = POLLIN };
	p[ON_LISTENER] =
		(struct pollfd){ .fd = building ? -1 : s->fd[FD_LISTENER], .events = POLLIN };
	p[ON_SIGNAL] = (struct pollfd){ .fd = k->signals, .events = POLLIN };
	/* a table that has changed: proc_pid_mountinfo(5) */
	p[ON_TABLE_CALLER] =
		(struct pollfd){ .fd = complete ? s->fd[FD_CALLER_TABLE] : -1, .events = POLLPRI };
	p[ON_TABLE_SESSION] =
		(struct pollfd){ .fd = complete ? s->fd[FD_SESSION_TABLE] : -1, .events = POLLPRI };
	for (unsigned i = 0; i < LOGINS_MAX; i++) {
		const struct keeper_login *l = &k->logins[i];
		const bool there = i < k->n_logins;
		struct pollfd *of = polls_of(p, i);

		of[ON_PAM] = (struct pollfd){ .fd = there ? l->pam : -1, .events = POLLIN };
		of[ON_CALLER] = (struct pollfd){ .fd = there ? l->caller : -1, .events = POLLIN };
		of[ON_TERMINAL] =
			(struct pollfd){ .fd = there && !building ? l->terminal.master : -1,
					 .events = POLLIN };
	}
	for (unsigned i = 0; i < c->n; i++)
		p[ON_CLIENTS + i] = (struct pollfd){ .fd = c->at[i].fd, .events = POLLIN };
}

void keeper_serve(struct keeper *k)
{
	struct clients c = { .n = 0 };

	k->signals = signals_take(); /* without one a signal waits for the end */
	(void)keeper_begin(k); /* ahead of its time; tried again, and judged, when it is needed */

	for (bool go_on = true; go_on;) {
		const bool building = builds(k);
		const unsigned n = c.n;
		struct pollfd p[ON_N];
		int r;

		polls_fill(k, &c, p);
		r = poll(p, ON_CLIENTS + n, patience(k));
		if (r > 0)
			go_on = happened(k, &c, p, n);
		else if (r == 0)
			go_on = building && on_report(k);
		else
			go_on = errno == EINTR;
	}
	clients_close(k, &c);
	end(k);
}
