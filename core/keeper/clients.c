/* SPDX-License-Identifier: Apache-2.0 */
/* clients.c - cordonsh, once a channel, at the socket in the PAM caller's view */
#include "keeper/keeper.h"

#include "confine/self/scheduling.h"
#include "contract/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

void clients_accept(struct keeper *k, struct clients *c)
{
	const int fd = accept4(k->session.fd[FD_LISTENER], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	uid_t uid;
	pid_t pid;

	if (fd < 0)
		return; /* it has gone again */
	/*
	 * Only the session's own user and the PAM caller, and only so many at once: nobody waits for
	 * those who stall.
	 */
	if (k->failed || c->n == CLIENTS_MAX || wire_peer(fd, &uid, &pid) < 0 ||
	    (uid != k->login.uid && uid != 0)) {
		(void)close(fd); /* end of file is a refusal */
		return;
	}
	c->planned[c->n] = false;
	c->root[c->n] = uid == 0;
	c->pid[c->n] = pid;
	c->fd[c->n++] = fd;
}

static void drop(struct clients *c, unsigned i)
{
	(void)close(c->fd[i]); /* everything has been said */
	c->n--;
	c->fd[i] = c->fd[c->n];
	c->planned[i] = c->planned[c->n];
	c->root[i] = c->root[c->n];
	c->pid[i] = c->pid[c->n];
}

/* @f may have come from the session, all of it. */
static void log_fail(const struct keeper *k, const struct child_fail *f, const char *why)
{
	const char *object = plan_object(k->plan, k->part, f->object);
	char text[700];

	keeper_log(k, LOG_ERR, "fail", "step=%s errno=%s%s%.200s%s%s", step_name(f->step),
		   f->err < 0 && f->err > -4096 ? err_name(-f->err) : "?",
		   object[0] != '\0' ? " object=" : "", object, why[0] != '\0' ? " why=" : "",
		   why[0] != '\0' ? log_quote(why, text, sizeof text) : "");
}

/*
 * What only root may raise. The client waits for its plan. Should it be killed meanwhile, its pid
 * would have to be given away again between two system calls, out of some four million.
 */
static int schedule(const struct keeper *k, pid_t pid)
{
	static const struct step_row rows[] = {
#define WALKS_KEEPER_PROGRAM STEP_ROW
#include "confine/rows.h"
	};
	struct confine c = { .plan = k->plan, .procfd = k->proc, .pid = pid };
	const int r = steps_walk(&c, rows, sizeof rows / sizeof rows[0], STEP_NONE);

	if (r < 0)
		log_fail(k, &c.fail, "");
	return r;
}

static int send_plan(const struct keeper *k, int fd)
{
	struct wire_msg m;
	/* without a user namespace of its own the place is taken by the mount namespace again */
	const int fds[3] = { k->session.fd[FD_USER_NS] >= 0 ? k->session.fd[FD_USER_NS] :
							      k->session.fd[FD_SESSION_NS],
			     k->session.fd[FD_SESSION_NS], k->plan_fd };

	wire_init(&m, WIRE_PLAN);
	m.verdict = VERDICT_CONFINE;
	m.ns = k->session.ns;
	(void)snprintf(m.session, sizeof m.session, "%.31s", keeper_session(k)); /* fits */
	return wire_send(fd, &m, fds, 3);
}

enum { REFUSED_MAX = 60, REFUSED_SEC = 60 };

/*
 * One line for a command that wasn't admitted; its words are whatever a client sent. A client that
 * sends them by the thousand fills no disk with them.
 */
static void log_refused(const struct keeper *k, struct clients *c, const struct wire_msg *m)
{
	const time_t now = time(NULL);
	char text[700];

	if (now < c->refused_from || now - c->refused_from >= REFUSED_SEC) {
		if (c->refused > REFUSED_MAX)
			keeper_log(k, LOG_NOTICE, "refused", "more=%u", c->refused - REFUSED_MAX);
		c->refused = 0;
		c->refused_from = now;
	}
	if (++c->refused <= REFUSED_MAX)
		keeper_log(k, LOG_NOTICE, "refused", "command=%s",
			   log_quote(m->text, text, sizeof text));
}

void clients_answer(struct keeper *k, struct clients *c, unsigned i)
{
	struct wire_msg m;
	int fds[WIRE_FDS_MAX];
	const int r = wire_recv(c->fd[i], &m, fds, 0);

	if (r == 0 && c->root[i]) {
		if (m.kind == WIRE_HELPER)
			helper_start(k, c->fd[i], &m, fds);
		wire_close(fds, wire_fds(m.kind));
	} else if (r == 0 && m.kind == WIRE_JOIN && !c->planned[i]) {
		c->planned[i] = true;
		if (schedule(k, c->pid[i]) == 0 && send_plan(k, c->fd[i]) == 0)
			return;
	} else if (r == 0 && m.kind == WIRE_FAIL) {
		log_fail(k, &(struct child_fail){ m.step, m.err, m.object }, m.text);
	} else if (r == 0 && m.kind == WIRE_REFUSED && c->planned[i]) {
		log_refused(k, c, &m); /* its last word */
	} else if (r == 0) {
		wire_close(fds, wire_fds(m.kind));
		if (m.kind != WIRE_HOT || !c->planned[i])
			keeper_log(k, LOG_CRIT, "tampering", "kind=%u", m.kind);
		else
			return; /* its end of file, by execve(2) or a failure after all, is next */
	}
	drop(c, i);
}

void clients_close(struct keeper *k, struct clients *c)
{
	enum { LAST_WORDS = 4 }; /* HOT and another; a client that goes on is not waited for */

	/* The end of a login may be heard of before what its process said last: that is logged still. */
	for (unsigned i = c->n; i-- > 0;)
		for (unsigned n = 0; n < LAST_WORDS && i < c->n; n++) {
			struct pollfd p = { .fd = c->fd[i], .events = POLLIN };

			if (poll(&p, 1, 0) != 1)
				break;
			clients_answer(k, c, i);
		}
	while (c->n > 0)
		drop(c, 0);
}
