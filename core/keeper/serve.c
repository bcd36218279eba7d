/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - the life of a session, from its plan to the last process */
#include "keeper/keeper.h"

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

static void refuse(struct keeper *k)
{
	char why[800];

	keeper_log(k, LOG_NOTICE, "deny", "why=\"%s\"", err_text(&k->failure, why, sizeof why));
	/* a silent end is a refusal as well */
	(void)wire_verdict(k->pam, VERDICT_DENY, keeper_session(k), WIRE_REFUSAL);
}

static int send_ready(struct keeper *k)
{
	struct wire_msg m;
	const int fds[6] = { k->session.pidfd,
			     k->session.fd[FD_CALLER_NS],
			     k->session.fd[FD_SESSION_ROOT],
			     k->session.fd[FD_SHELL],
			     k->session.fd[FD_ROOTS],
			     k->session.fd[FD_GATE] };

	wire_init(&m, WIRE_READY);
	m.verdict = VERDICT_CONFINE;
	m.flags = (uint32_t)k->plan->clone_flags;
	m.serve = (k->plan->flags & PLAN_INNER_SFTP ? WIRE_SERVE_SFTP : 0u) |
		  (k->plan->flags & PLAN_NO_SUID ? WIRE_SERVE_NO_SUID : 0u) |
		  (k->plan->flags & PLAN_NO_SGID ? WIRE_SERVE_NO_SGID : 0u);
	(void)snprintf(m.session, sizeof m.session, "%.31s", keeper_session(k)); /* fits */
	return wire_send(k->pam, &m, fds, 6);
}

/* Is the view there that the session step waits for? Then it may go on; false: it is gone. */
static bool answer_open(struct keeper *k)
{
	if (!k->asked || k->session.stage < SESSION_SHOWS)
		return true;
	k->asked = false;
	if (send_ready(k) < 0)
		return false;
	k->opened = true;
	terminal_give(k);
	keeper_log(k, LOG_INFO, "permit", "%s", "");
	return true;
}

/* The session step has been answered, and the session fails: the user is told by cordonsh. */
static void fail(struct keeper *k)
{
	keeper_log(k, LOG_ERR, "fail", "%.800s", k->failure.msg);
	k->failed = true; /* init waits, so that cordonsh can tell the user */
}

/* What of the session waits for the session step: it needs the limits that came with it. */
static bool go_on(struct keeper *k)
{
	if (!answer_open(k))
		return false;
	if (k->opened && k->session.stage == SESSION_WAITS && keeper_release(k) < 0)
		fail(k);
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

/* false: this keeper is of no more use; end of file tells the module to start another. */
static bool on_open(struct keeper *k, const struct wire_msg *m)
{
	if (k->opened || k->asked || !login_same(&m->login, &k->login))
		return false;
	k->asked = true;
	k->limits = m->limits;
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
	if (k->opened) {
		fail(k);
		return true;
	}
	if (k->again ||
	    k->failure.code == -ETIMEDOUT) { /* what doesn't answer won't for the second */
		refuse(k);
		return false;
	}
	session_end(
		&k->session); /* it was ahead of its time: tried again, and judged, when it is needed */
	return !k->asked || begin_again(k);
}

static void end(struct keeper *k)
{
	session_kill(&k->session);
	if (k->opened) { /* before init has gone: that may take longer than we are left */
		/* everything has been killed: the last word, which the module looks for when it closes */
		(void)wire_verdict(k->pam, VERDICT_UNCONFINED, keeper_session(k), "");
		keeper_log(k, LOG_INFO, "end", "by=%s", k->ended);
	}
	/* who waits for an answer is told at once: init may stay until the caller reaps its own child */
	(void)close(k->pam); /* everything has been said */
	k->pam = -1;
	session_end(&k->session);
	terminal_outlive(k);
}

/* false: the session is over. */
static bool on_pam(struct keeper *k)
{
	struct wire_msg m;
	int fds[WIRE_FDS_MAX];

	if (wire_recv(k->pam, &m, fds, 0) < 0) {
		struct pollfd caller = { .fd = k->caller, .events = POLLIN };

		/* of a process that dies the sockets go first */
		k->ended = poll(&caller, 1, 20) > 0 ? "caller" : "socket";
		return false;
	}
	if (m.kind == WIRE_OPEN)
		return on_open(k, &m);
	wire_close(fds, wire_fds(m.kind));
	if (m.kind == WIRE_FAIL) {
		char text[600];

		keeper_log(k, LOG_ERR, "fail", "step=enter what=%s errno=%d",
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

enum {
	ON_PAM,
	ON_CALLER,
	ON_INIT,
	ON_REPORT,
	ON_LISTENER,
	ON_TERMINAL,
	ON_SIGNAL,
	ON_TABLE_V,
	ON_TABLE_B,
	ON_CLIENTS
};
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
	return k->opened ? -1 : OPEN_MS;
}

/* One thing that has happened; false: the session is over. */
static bool happened(struct keeper *k, struct clients *c, const struct pollfd *p, unsigned n)
{
	const pid_t init = k->session.pid;

	if (p[ON_CALLER].revents || p[ON_INIT].revents) {
		k->ended = p[ON_CALLER].revents ? "caller" : "init";
		return false;
	}
	if (p[ON_SIGNAL].revents && !on_signal(k))
		return false;
	if (p[ON_PAM].revents && !on_pam(k))
		return false;
	/* the module may have asked for another one just now */
	if (p[ON_REPORT].revents && k->session.pid == init && !on_report(k))
		return false;
	if ((p[ON_TABLE_V].revents || p[ON_TABLE_B].revents) && k->session.pid == init &&
	    !masks_look(k))
		return false;
	for (unsigned i = n; i-- > 0;) /* from the end: a place that is freed is filled from there */
		if (p[ON_CLIENTS + i].revents)
			clients_answer(k, c, i);
	if (p[ON_LISTENER].revents && k->session.fd[FD_LISTENER] >= 0)
		clients_accept(k, c);
	if (p[ON_TERMINAL].revents)
		terminal_pass(k);
	return true;
}

void keeper_serve(struct keeper *k)
{
	struct clients c = { .n = 0 };

	k->signals = signals_take(); /* without one a signal waits for the end */
	(void)keeper_begin(k); /* ahead of its time; tried again, and judged, when it is needed */

	for (bool go_on = true; go_on;) {
		const bool building = builds(k);
		const bool complete = k->session.stage == SESSION_COMPLETE;
		struct pollfd p[ON_CLIENTS + CLIENTS_MAX] = {
			[ON_PAM] = { .fd = k->pam, .events = POLLIN },
			[ON_CALLER] = { .fd = k->caller, .events = POLLIN },
			/* its end while it builds is an end of file among its reports */
			[ON_INIT] = { .fd = building ? -1 : k->session.pidfd, .events = POLLIN },
			[ON_REPORT] = { .fd = building ? k->session.sync : -1, .events = POLLIN },
			[ON_SIGNAL] = { .fd = k->signals, .events = POLLIN },
			/* a table that has changed: proc_pid_mountinfo(5) */
			[ON_TABLE_V] = { .fd = complete ? k->session.fd[FD_CALLER_TABLE] : -1,
					 .events = POLLPRI },
			[ON_TABLE_B] = { .fd = complete ? k->session.fd[FD_SESSION_TABLE] : -1,
					 .events = POLLPRI },
			[ON_LISTENER] = { .fd = building ? -1 : k->session.fd[FD_LISTENER],
					  .events = POLLIN },
			[ON_TERMINAL] = { .fd = building ? -1 : k->terminal.master,
					  .events = POLLIN },
		};
		const unsigned n = c.n;
		int r;

		for (unsigned i = 0; i < n; i++)
			p[ON_CLIENTS + i] = (struct pollfd){ .fd = c.fd[i], .events = POLLIN };
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
