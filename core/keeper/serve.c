/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - serve a session, from its plan to its last process */
#include "keeper/keeper.h"

#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static void log_failure(const struct keeper *k, const struct keeper_login *l, int priority,
			const char *event)
{
	const bool step = k->step != STEP_NONE;
	const char *object = step && k->object[0] != '\0' ? k->object : NULL;
	char why[1024];

	keeper_log(l, priority, event, log_word("step", step ? step_name(k->step) : NULL),
		   log_text("object", object),
		   log_word("errno", step ? err_name(-k->failure.code) : NULL),
		   log_text("why", k->failure.msg[0] != '\0' ?
					   err_text(&k->failure, why, sizeof why) :
					   NULL));
}

/* Tells each login that there is no session. */
static void refuse(const struct keeper *k)
{
	for (const struct keeper_login *l = NULL; (l = login_next(k, l)) != NULL;) {
		log_failure(k, l, LOG_NOTICE, "deny");
		/* if this fails, the module sees end of file, which is a refusal as well */
		(void)wire_verdict(l->pam, VERDICT_DENY, login_id(l),
				   k->hooks.failed ? HOOKS_REFUSAL : WIRE_REFUSAL);
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
	m.serve = (l->part->flags & LOGIN_INTERNAL_SFTP ? WIRE_SERVE_SFTP : 0u) |
		  (k->plan->flags & PLAN_NO_SUID ? WIRE_SERVE_NO_SUID : 0u) |
		  (k->plan->flags & PLAN_NO_SGID ? WIRE_SERVE_NO_SGID : 0u) |
		  (k->plan->flags & PLAN_AUDIT ? WIRE_SERVE_AUDIT : 0u);
	(void)snprintf(m.session, sizeof m.session, "%.31s", login_id(l)); /* fits */
	return wire_send(l->pam, &m, fds, sizeof fds / sizeof fds[0]);
}

/* Answers the session step if the view is complete; false: the module is gone. */
static bool answer_open(struct keeper *k, struct keeper_login *l)
{
	if (!l->asked || k->session.stage < SESSION_SHOWS || !network_ready(k))
		return true;
	l->asked = false;
	if (send_ready(k, l) < 0)
		return false;
	l->opened = true;
	l->since = usage_now();
	terminal_give(k);
	if (k->place.lived)
		keeper_log(l, LOG_INFO, "join", log_text("place", place_id(k)),
			   log_number("init", k->session.pid));
	else
		keeper_log(l, LOG_INFO, "permit", log_number("init", k->session.pid),
			   log_text("place", place_id(k)));
	k->place.lived = place_is(k);
	bounds_begin(k);
	return true;
}

static bool opened(const struct keeper *k)
{
	return login_opened(k) != NULL;
}

static bool asked(const struct keeper *k)
{
	const struct keeper_login *l = NULL;

	while ((l = login_next(k, l)) != NULL && !l->asked)
		;
	return l != NULL;
}

/* Handles a session that fails after the answer to the session step: cordonsh tells the user. */
static void session_failed(struct keeper *k)
{
	log_failure(k, &k->logins[0], LOG_ERR, "fail");
	k->failed = true; /* init stays, so that cordonsh can tell the user */
}

static bool refused(const struct keeper *k)
{
	refuse(k);
	return false;
}

/* Completes the session after the session step, which brings the limits. */
static bool go_on(struct keeper *k)
{
	for (struct keeper_login *l = NULL; (l = login_next(k, l)) != NULL; credentials_bring(k, l))
		if (!answer_open(k, l))
			return false;
	if (opened(k) && k->session.stage == SESSION_WAITS && keeper_release(k) < 0)
		session_failed(k);
	return true;
}

static bool begin_again(struct keeper *k)
{
	k->again = true;
	if (keeper_begin(k) < 0)
		return refused(k);
	hooks_tell(k, "keeper"); /* the last word, if the keeper is killed */
	return true;
}

/* Handles a word of the process that runs ExecStartPre=; false: the session is over. */
static bool on_hooks(struct keeper *k)
{
	const int r = hooks_happened(k);

	return r < 0 ? refused(k) : r == 0 || begin_again(k);
}

/* Handles a word of the process that makes the network; false: the session is over. */
static bool on_network(struct keeper *k)
{
	const int r = network_happened(k);

	/* the session step begins a session that was only prepared again */
	if (r < 0)
		return !asked(k) || refused(k);
	return r == 0 || go_on(k);
}

/* Returns false if this keeper cannot go on; end of file then tells the module to start another. */
static bool on_open(struct keeper *k, struct keeper_login *l, const struct wire_msg *m)
{
	int r;

	if (l->opened || l->asked || !login_same(&m->login, &l->who))
		return false;
	l->asked = true;
	l->limits = m->limits;
	if (!bounds_admit(k, l))
		return false;
	if (k->place.lived)
		return place_open(k, l) && go_on(k);
	r = hooks_open(k);
	if (r != 0)
		return r > 0 || refused(k);
	hooks_tell(k, "keeper"); /* the last word, if the keeper is killed */
	return k->session.stage == SESSION_NOT || k->network.state == NETWORK_FAILED ||
			       keeper_home_changed(k) ?
		       begin_again(k) :
		       go_on(k);
}

/* Handles a report of init, or its absence for too long; false: the session is over. */
static bool on_report(struct keeper *k)
{
	if (keeper_step(k) == 0) {
		if (k->session.stage == SESSION_COMPLETE) {
			if (!masks_begin(k))
				return false;
			follow_begin(k);
			group_settled(k);
			password_listen(k);
			control_soon(k);
		}
		return go_on(k);
	}
	if (opened(k)) {
		session_failed(k);
		return true;
	}
	/* a file system that did not answer will not answer the second time */
	if (k->again || k->failure.code == -ETIMEDOUT) {
		refuse(k);
		return false;
	}
	/* the session was only prepared; the session step begins it again and reports errors */
	session_end(&k->session);
	return !asked(k) || begin_again(k);
}

enum { USAGE_MS = 100 }; /* the module answers at once */

/* The last message: the module reads it when it closes, and says what the children have used. */
static void answer_end(struct keeper_login *l)
{
	struct wire_msg m = { .kind = WIRE_NONE };

	if (l->pam >= 0 && l->opened &&
	    wire_verdict(l->pam, VERDICT_UNCONFINED, login_id(l), "") == 0 && l->closing &&
	    wire_recv(l->pam, &m, NULL, USAGE_MS) == 0 && m.kind == WIRE_USAGE) {
		l->told = true;
		l->app = m.usage;
	}
	/* closed first, because init may stay until the application reaps its child */
	close_fd(&l->pam);
}

static void answer_closing(struct keeper *k)
{
	for (struct keeper_login *l = NULL; (l = login_next(k, l)) != NULL;)
		if (l->closing)
			answer_end(l);
}

/* All processes of the session are killed here; init may outlive the last message of the keeper. */
static void end(struct keeper *k, struct clients *c)
{
	struct pollfd gone = { .fd = k->session.pidfd, .events = POLLIN };
	struct keeper_login *l = NULL;

	if (k->stop.begun)
		k->ended = stop_word(k->stop.why);
	if (opened(k) || k->place.lived)
		usage_look(k);
	stop_kill(k);
	hooks_tell(k, k->ended);
	/*
	 * Waits only shortly, because sshd closes before it reaps its own child, and the kernel keeps
	 * the pid namespace of that zombie until then.
	 */
	if (k->stop.answer != 0)
		(void)poll(&gone, 1, 20);
	clients_close(k, c, NULL);
	password_end(k);
	place_close(k);
	control_close(k); /* before the answer: a next login does not count this one */
	while ((l = login_next(k, l)) != NULL) {
		answer_end(l);
		if (l->opened)
			(place_is(k) ? usage_leave : usage_log)(k, l, l->told ? &l->app : NULL);
	}
	if (k->place.lived)
		usage_log(k, &k->logins[0], NULL);
	while ((l = login_next(k, l)) != NULL)
		credentials_leave(k, l);
	session_end(&k->session);
	network_end(k);
	group_leave(k);
	control_leave(k);
	while ((l = login_next(k, l)) != NULL)
		login_gone(k, l);
	hooks_end(k);
	terminal_outlive(k);
}

/*
 * A login is over, and a session with this one login begins to end. False: the session is over at once.
 */
static bool login_over(struct keeper *k, struct clients *c, struct keeper_login *l,
		       enum stop_why why)
{
	if (why == STOP_FAILURE && !place_is(k)) {
		stop_begin(k, why);
		return false;
	}
	l->closing = why == STOP_CLOSE;
	if (!place_is(k)) {
		if (l->closing)
			stop_close(k, plan_str(l->part, l->part->tty) != NULL);
		else
			stop_begin(k, why);
		return true;
	}
	k->ended = stop_word(k->stop.begun ? k->stop.why : l->killed ? STOP_KILL : why);
	clients_close(k, c, l);
	answer_end(l);
	return place_leave(k, l, l->told ? &l->app : NULL);
}

/* The module is gone without a word. */
static enum stop_why why_silent(const struct keeper_login *l)
{
	struct pollfd caller = { .fd = l->caller, .events = POLLIN };

	/* a dying process closes its sockets before its pidfd tells */
	return poll(&caller, 1, 20) > 0 ? STOP_CALLER : STOP_SOCKET;
}

/* Handles the socket of the module; false: the session is over at once. */
static bool on_pam(struct keeper *k, struct clients *c, struct keeper_login *l)
{
	enum stop_why why = STOP_FAILURE;
	struct wire_msg m;
	int fds[WIRE_FDS_MAX];

	if (wire_recv(l->pam, &m, fds, 0) < 0) {
		why = why_silent(l);
		close_fd(&l->pam);
		return login_over(k, c, l, why);
	}
	if (m.kind == WIRE_OPEN && !k->stop.begun)
		return on_open(k, l, &m) || login_over(k, c, l, STOP_FAILURE);
	if (m.kind == WIRE_CREDENTIAL && !l->asked && !l->opened && credentials_told(l, &m))
		return true;
	wire_close(fds, wire_fds(m.kind));
	if (m.kind == WIRE_FAIL)
		keeper_log(l, LOG_ERR, "fail", log_word("step", "enter"),
			   log_word("errno", err_name(-m.err)), log_text("why", m.text));
	if (m.kind == WIRE_CLOSE && l->opened)
		why = STOP_CLOSE;
	return login_over(k, c, l, why);
}

/* Indexes in the array for poll(2): descriptors of the session, then of each login, then of clients. */
enum {
	ON_INIT,
	ON_REPORT,
	ON_LISTENER,
	ON_SIGNAL,
	ON_STOP,
	ON_TABLE_CALLER,
	ON_TABLE_SESSION,
	ON_TABLE_HOST,
	ON_MEMORY,
	ON_TERMINAL,
	ON_TOLD,
	ON_TIMER,
	ON_BOUND,
	ON_CLOCK,
	ON_TELLER,
	ON_HOOKS,
	ON_FORKER,
	ON_NETWORK,
	ON_LOGOUT,
	ON_PASSWORD = ON_LOGOUT + LOGOUTS_MAX,
	ON_CONTROL = ON_PASSWORD + PASSWORD_POLLS,
	ON_LOGINS = ON_CONTROL + CONTROL_POLLS
};
enum { ON_PAM, ON_CALLER, ON_LOGIN_N };
enum { ON_N = ON_LOGINS + LOGINS_MAX * ON_LOGIN_N + CLIENTS_MAX };

enum {
	OPEN_MS = 15 * 60 * 1000,
	REFUSAL_MS = 2000,
	BUILD_MS = WIRE_DEADLINE_MS - 5000 /* the module waits longer */
};

/* Is init at work, with a report to come? */
static bool builds(const struct keeper *k)
{
	return k->session.sync >= 0 && k->session.stage != SESSION_WAITS && !k->failed;
}

/* The sooner of two times in ms; -1: never. */
static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* The time in ms to wait for an event; -1: for ever. */
static int patience(const struct keeper *k)
{
	const int view = sooner(devices_patience(k), follow_patience(k)),
		  control = control_patience(k);

	if (k->stop.begun)
		return stop_patience(k);
	if (view >= 0 && (control < 0 || view < control))
		return view;
	if (k->failed)
		return REFUSAL_MS;
	if (builds(k))
		return BUILD_MS;
	if (k->hooks.state == HOOKS_RUN)
		return hooks_patience(k);
	if (k->network.state == NETWORK_RUN)
		return network_patience(k);
	/* a login that opens no session has failed elsewhere, or hangs */
	return opened(k) || k->place.lived ? forker_patience(k, control) : OPEN_MS;
}

/* Handles the end of patience(); false: the session is over. */
static bool timed_out(struct keeper *k)
{
	if (k->stop.begun)
		return true;
	if (builds(k))
		return on_report(k);
	if (k->hooks.state == HOOKS_RUN)
		return true;
	if (k->network.state == NETWORK_RUN)
		return on_network(k);
	return (opened(k) || k->place.lived) && !k->failed;
}

/**
 * struct polls - what keeper_serve() waits for
 * @logins, @clients: how many of each @at has, behind the descriptors of the session
 */
struct polls {
	struct pollfd at[ON_N];
	unsigned logins, clients;
};

/* Gets the descriptors of a login. With the number of logins, gets those of the clients. */
static struct pollfd *polls_of(struct polls *p, unsigned login)
{
	return p->at + ON_LOGINS + (size_t)login * ON_LOGIN_N;
}

/* Did something happen at @fd, which may have been closed or replaced since? */
static bool is_ready(const struct pollfd *p, int fd)
{
	return p->revents != 0 && p->fd == fd;
}

/* Handles the end of a process before all other events; false: the session is over. */
static bool lives(struct keeper *k, struct clients *c, struct polls *p)
{
	for (unsigned i = 0; i < p->logins; i++)
		if (is_ready(&polls_of(p, i)[ON_CALLER], k->logins[i].caller) &&
		    !login_over(k, c, &k->logins[i], STOP_CALLER))
			return false;
	if (p->at[ON_INIT].revents)
		stop_begin(k, group_look(k) ? STOP_MEMORY : STOP_INIT);
	return !p->at[ON_INIT].revents;
}

/* Handles the events of the logins; false: the session is over. */
static bool on_logins(struct keeper *k, struct clients *c, struct polls *p)
{
	for (unsigned i = 0; i < p->logins; i++)
		if (is_ready(&polls_of(p, i)[ON_PAM], k->logins[i].pam) &&
		    !on_pam(k, c, &k->logins[i]))
			return false;
	return true;
}

static void on_clients(struct keeper *k, struct clients *c, struct polls *p)
{
	const struct pollfd *at = polls_of(p, p->logins);

	/* backwards, because the last client moves to a free place */
	for (unsigned i = p->clients; i-- > 0;)
		if (i < c->n && is_ready(&at[i], c->at[i].fd))
			clients_answer(k, c, i);
	if (p->at[ON_LISTENER].revents && k->session.fd[FD_LISTENER] >= 0)
		clients_accept(k, c);
	if (is_ready(&p->at[ON_TERMINAL], k->terminal.master))
		terminal_pass(k);
}

/* Handles the events of one poll(2); false: the session is over. */
static bool happened(struct keeper *k, struct clients *c, struct polls *p)
{
	const pid_t init = k->session.pid;
	const struct pollfd *at = p->at;

	forker_happened(k); /* what the programs of a login have used, before its end */
	if (!lives(k, c, p) || (at[ON_SIGNAL].revents && !signals_happened(k)) ||
	    !on_logins(k, c, p))
		return false;
	/* the module may just have begun the session again */
	if (at[ON_REPORT].revents && k->session.pid == init && !on_report(k))
		return false;
	if ((at[ON_TABLE_CALLER].revents || at[ON_TABLE_SESSION].revents ||
	     at[ON_TABLE_HOST].revents) &&
	    k->session.pid == init) {
		follow_look(k); /* first: it may have taken away what the masks lay on */
		if (!masks_look(k))
			return false;
	}
	if (at[ON_HOOKS].revents && !on_hooks(k))
		return false;
	if (is_ready(&at[ON_NETWORK], k->network.fd) && !on_network(k))
		return false;
	if (at[ON_MEMORY].revents && group_look(k))
		stop_begin(k, STOP_MEMORY);
	on_clients(k, c, p);
	if (at[ON_TELLER].revents)
		stop_warned(k);
	if (at[ON_BOUND].revents || at[ON_CLOCK].revents)
		bounds_check(k);
	if (at[ON_TOLD].revents || at[ON_TIMER].revents)
		place_check(k);
	logout_happened(k, &at[ON_LOGOUT]);
	password_happened(k, &at[ON_PASSWORD]);
	control_happened(k, &at[ON_CONTROL]);
	return true;
}

static void polls_fill(const struct keeper *k, const struct clients *c, struct polls *p)
{
	const struct session *s = &k->session;
	const bool building = builds(k), complete = s->stage == SESSION_COMPLETE;
	struct pollfd *at = p->at;

	/* while init builds, its end shows as end of file after its reports */
	at[ON_INIT] = (struct pollfd){ .fd = building ? -1 : s->pidfd, .events = POLLIN };
	at[ON_REPORT] = (struct pollfd){ .fd = building ? s->sync : -1, .events = POLLIN };
	at[ON_LISTENER] =
		(struct pollfd){ .fd = building ? -1 : s->fd[FD_LISTENER], .events = POLLIN };
	at[ON_SIGNAL] = (struct pollfd){ .fd = k->signals, .events = POLLIN };
	at[ON_STOP] = (struct pollfd){ .fd = k->stop.child, .events = POLLIN };
	/* POLLPRI tells of a changed mount table, see proc_pid_mountinfo(5) */
	at[ON_TABLE_CALLER] =
		(struct pollfd){ .fd = complete ? s->fd[FD_CALLER_TABLE] : -1, .events = POLLPRI };
	at[ON_TABLE_SESSION] =
		(struct pollfd){ .fd = complete ? s->fd[FD_SESSION_TABLE] : -1, .events = POLLPRI };
	at[ON_TABLE_HOST] =
		(struct pollfd){ .fd = complete && follow_patience(k) < 0 ? k->follow.table : -1,
				 .events = POLLPRI };
	/* POLLPRI tells of a changed file */
	at[ON_MEMORY] = (struct pollfd){ .fd = k->group.events, .events = POLLPRI };
	at[ON_TERMINAL] =
		(struct pollfd){ .fd = building ? -1 : k->terminal.master, .events = POLLIN };
	at[ON_TOLD] = (struct pollfd){ .fd = s->told, .events = POLLIN };
	at[ON_BOUND] =
		(struct pollfd){ .fd = k->stop.begun ? -1 : k->bounds.timer, .events = POLLIN };
	at[ON_CLOCK] =
		(struct pollfd){ .fd = k->stop.begun ? -1 : k->bounds.clock, .events = POLLIN };
	at[ON_FORKER] = (struct pollfd){ .fd = k->forker.sock, .events = POLLIN };
	at[ON_TELLER] = (struct pollfd){ .fd = k->stop.teller, .events = POLLIN };
	at[ON_TIMER] = (struct pollfd){ .fd = k->place.timer, .events = POLLIN };
	at[ON_HOOKS] = (struct pollfd){ .fd = k->hooks.fd, .events = POLLIN };
	at[ON_NETWORK] = (struct pollfd){ .fd = k->network.fd, .events = POLLIN };
	logout_polls(k, &at[ON_LOGOUT]);
	password_polls(k, &at[ON_PASSWORD]);
	control_polls(k, &at[ON_CONTROL]);
	p->logins = k->n_logins;
	for (unsigned i = 0; i < p->logins; i++) {
		const struct keeper_login *l = &k->logins[i];
		struct pollfd *of = polls_of(p, i);

		of[ON_PAM] = (struct pollfd){ .fd = l->there ? l->pam : -1, .events = POLLIN };
		/* a session of one login knows already */
		of[ON_CALLER] = (struct pollfd){ .fd = l->there && (!k->stop.begun || place_is(k)) ?
							       l->caller :
							       -1,
						 .events = POLLIN };
	}
	p->clients = c->n;
	for (unsigned i = 0; i < c->n; i++)
		polls_of(p, p->logins)[i] = (struct pollfd){ .fd = c->at[i].fd, .events = POLLIN };
}

void keeper_serve(struct keeper *k)
{
	struct clients c = { .n = 0 };

	/* prepares the session; the session step tries again and reports errors */
	if (!hooks_first(k))
		(void)keeper_begin(k);
	for (struct keeper_login *l = NULL; (l = login_next(k, l)) != NULL;)
		login_standing(k, l);

	for (bool go_on = true; go_on;) {
		struct polls p;
		int r;

		polls_fill(k, &c, &p);
		r = poll(p.at, (nfds_t)(polls_of(&p, p.logins) - p.at) + p.clients, patience(k));
		if (r > 0)
			go_on = happened(k, &c, &p);
		else if (r == 0)
			go_on = timed_out(k);
		else
			go_on = errno == EINTR;
		if (go_on)
			go_on = hooks_tend(k) == 0 || refused(k);
		if (go_on) {
			control_tend(k);
			devices_tend(k);
			forker_tend(k);
		}
		if (stop_happened(k))
			answer_closing(k);
		go_on = go_on && !k->stop.over;
	}
	end(k, &c);
}
