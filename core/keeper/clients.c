/* SPDX-License-Identifier: Apache-2.0 */
/* clients.c - serve cordonsh, one for each channel, at the socket in the caller view */
#include "keeper/keeper.h"

#include "base/cleanup.h"
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
	cleanup_close int fd =
		accept4(k->session.fd[FD_LISTENER], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct forked *f;
	struct keeper_login *l;
	uid_t uid;
	pid_t pid;

	/*
	 * Accepts only the user of the session and the PAM application, and only CLIENTS_MAX clients
	 * at once. Clients that stall delay nobody. The end of file is a refusal.
	 */
	if (fd < 0 || k->failed || k->stop.begun || c->n == CLIENTS_MAX ||
	    wire_peer(fd, &uid, &pid) < 0 || (uid != k->logins[0].who.uid && uid != 0))
		return;
	forker_happened(k); /* it tells of a process before the process goes on */
	f = place_is(k) ? forker_of(k, pid) : NULL;
	l = place_is(k) ? login_of(k, pid) : login_next(k, NULL);
	if (l == NULL) {
		keeper_log(&k->logins[0], LOG_ERR, "fail",
			   log_word("step", step_name(STEP_CONNECT)), log_number("pid", pid),
			   log_text("why", "cordonsh is a child of no login that has not ended"));
		return;
	}
	c->at[c->n++] = (struct client){
		.login = l, .fd = take_fd(&fd), .pid = pid, .forked = f, .root = uid == 0
	};
}

static void client_drop(struct clients *c, unsigned i)
{
	close_fd(&c->at[i].fd);
	c->at[i] = c->at[--c->n];
}

static const char *text_or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

/* The session may have chosen every part of @f. */
static void log_fail(const struct keeper *k, const struct keeper_login *l,
		     const struct child_fail *f, const char *why)
{
	const char *object = plan_object(k->plan, l->part, f->object);

	if (f->step == STEP_KEYRING && f->err == -EDQUOT)
		why = "the account has no kernel keys left; raise the sysctl kernel.keys.maxkeys, or write KeyringMode=inherit";
	keeper_log(l, LOG_ERR, "fail", log_word("step", step_name(f->step)),
		   log_text("object", text_or_null(object)),
		   log_word("errno", f->err < 0 && f->err > -4096 ? err_name(-f->err) : "?"),
		   log_text("why", text_or_null(why)));
}

/*
 * The keeper does this because only root may raise some of these values. The client waits for its plan
 * meanwhile. If it is killed, another process could only get the same pid between two system calls, by
 * a chance of one in some four million.
 */
static int client_settle(struct keeper *k, const struct client *c)
{
	static const struct step_row rows[] = {
#define WALKS_KEEPER_PROGRAM STEP_ROW
#include "confine/rows.h"
	};
	struct confine steps = { .plan = k->plan, .procfd = k->proc, .pid = c->pid };
	int r = group_join(k, c->pid);

	if (r < 0) {
		log_fail(k, c->login, &(struct child_fail){ STEP_CGROUP, r, 0 }, "");
		return r;
	}
	r = core_take(k);
	if (r < 0) {
		log_fail(k, c->login, &(struct child_fail){ STEP_CORE_SCHEDULING, r, 0 }, "");
		return r;
	}
	/* the slot may have another process by now, if this one was killed */
	if (c->forked != NULL)
		r = c->forked->pid == c->pid ? forker_settle(k, c->forked) : -ESRCH;
	if (r < 0) {
		log_fail(k, c->login, &(struct child_fail){ STEP_FORKER, r, 0 }, "");
		return r;
	}
	standing_reset(&c->login->standing, k->plan, k->proc, c->pid);
	r = steps_walk(&steps, rows, sizeof rows / sizeof rows[0], STEP_NONE);
	if (r < 0)
		log_fail(k, c->login, &steps.fail, "");
	return r;
}

static int send_plan(const struct keeper *k, const struct client *c)
{
	const int *fd = k->session.fd;
	/* a session without a user namespace sends the mount namespace twice */
	const int fds[] = { [WIRE_PLAN_USER_NS] =
				    fd[fd[FD_USER_NS] >= 0 ? FD_USER_NS : FD_SESSION_NS],
			    [WIRE_PLAN_MOUNT_NS] = fd[FD_SESSION_NS],
			    [WIRE_PLAN_PLAN] = c->login->plan_fd };
	struct wire_msg m;

	wire_init(&m, WIRE_PLAN);
	m.verdict = VERDICT_CONFINE;
	m.ns = k->session.ns;
	(void)snprintf(m.session, sizeof m.session, "%.31s", login_id(c->login)); /* fits */
	memcpy(m.text, c->login->notice, sizeof m.text);
	return wire_send(c->fd, &m, fds, 3);
}

enum { REFUSED_MAX = 60, REFUSED_SEC = 60 };

/*
 * Logs one line for a refused command, whose words the client chose. The number of lines is limited,
 * so that a client cannot fill the disk.
 */
static void log_refused(const struct keeper_login *l, struct clients *c, const struct wire_msg *m)
{
	const time_t now = time(NULL);

	if (now < c->refused_from || now - c->refused_from >= REFUSED_SEC) {
		if (c->refused > REFUSED_MAX)
			keeper_log(l, LOG_NOTICE, "command-refused",
				   log_number("more", c->refused - REFUSED_MAX));
		c->refused = 0;
		c->refused_from = now;
	}
	if (++c->refused <= REFUSED_MAX)
		keeper_log(l, LOG_NOTICE, "command-refused", log_text("command", m->text));
}

/* Returns true if the client sends more. */
static bool answer(struct keeper *k, struct clients *all, struct client *c, const struct wire_msg *m)
{
	struct wire_msg relay;

	if (m->kind == WIRE_JOIN && !c->planned && !c->relayed) {
		if (k->stop.begun || c->login->killed) /* the end of file is a refusal */
			return false;
		if (c->forked == NULL && forker_wanted(k, c)) {
			c->relayed = true;
			wire_init(&relay, WIRE_RELAY);
			return wire_send(c->fd, &relay, NULL, 0) == 0;
		}
		c->planned = true;
		if (client_settle(k, c) < 0)
			return false;
		if (place_is(k))
			tty_bring(k, c->login);
		usage_follow(c->login, c->pid); /* while the client waits: soon it may have ended */
		return send_plan(k, c) == 0;
	}
	if (m->kind == WIRE_HOT && c->planned)
		return true; /* end of file comes next, by execve(2) or by a failure */
	if (m->kind == WIRE_FAIL)
		log_fail(k, c->login, &(struct child_fail){ m->step, m->err, m->object }, m->text);
	else if (m->kind == WIRE_REFUSED && c->planned)
		log_refused(c->login, all, m);
	else
		keeper_log(c->login, LOG_CRIT, "tampering", log_number("kind", m->kind));
	return false;
}

void clients_answer(struct keeper *k, struct clients *all, unsigned i)
{
	struct client *c = &all->at[i];
	int fds[WIRE_FDS_MAX];
	struct wire_msg m;
	bool more = false;

	if (wire_recv(c->fd, &m, fds, 0) == 0) {
		if (c->root && m.kind == WIRE_HELPER)
			helper_start(c, &m, fds);
		else if (c->relayed && m.kind == WIRE_SPAWN && !k->stop.begun && !c->login->killed)
			forker_spawn(k, c, &m, fds);
		else if (!c->root)
			more = answer(k, all, c, &m);
		wire_close(fds, wire_fds(m.kind));
	}
	if (!more)
		client_drop(all, i);
}

void clients_close(struct keeper *k, struct clients *c, const struct keeper_login *l)
{
	enum { LAST_WORDS = 4 }; /* HOT and others; the keeper does not wait for more */

	/* The keeper may see the end of a login before the last message of its process, which is logged here. */
	for (unsigned i = c->n; i-- > 0;) {
		const int fd = c->at[i].fd;

		if (l != NULL && c->at[i].login != l)
			continue;
		/* the last client moves to the place of one that is dropped */
		for (unsigned n = 0; n < LAST_WORDS && i < c->n && c->at[i].fd == fd; n++) {
			struct pollfd p = { .fd = fd, .events = POLLIN };

			if (poll(&p, 1, 0) != 1)
				break;
			clients_answer(k, c, i);
		}
		if (i < c->n && c->at[i].fd == fd)
			client_drop(c, i);
	}
}
