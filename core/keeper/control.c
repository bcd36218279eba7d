/* SPDX-License-Identifier: Apache-2.0 */
/* control.c - answer cordon list, kill and others at the session's entry in the registry */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "contract/registry.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>

enum {
	USEC = 1000000,
	ENTER_USEC = 30000,   /* cordonsh starts the shell meanwhile */
	USED_USEC = USEC / 2, /* clients that ask more often get the same numbers */
	ADMIT_MAX = 128,
	USER_MAX = CONTROLS_MAX / 2, /* connections that are not root's */
};

int control_enter_locked(struct keeper *k, const struct registry *registry)
{
	const struct keeper_login *l = &k->logins[0];
	int r;

	k->control.due = 0;
	if (k->control.listener >= 0)
		return 0;
	r = registry_enter(registry, login_id(l), l->who.uid);
	if (r < 0)
		return r;
	k->control.listener = r;
	k->control.entered = true;
	return 0;
}

int control_enter_below(struct keeper *k, int max, int *ret_count)
{
	const struct keeper_login *l = &k->logins[0];
	struct registry registry = REGISTRY_NONE;
	int r;

	k->control.due = 0;
	if (k->control.listener >= 0)
		return 0;
	*ret_count = 0;
	r = registry_lock(REGISTRY_DIR, l->who.uid, &registry);
	if (r == 0 && max != INT_MAX)
		r = *ret_count = registry_count(&registry);
	if (r >= 0)
		r = *ret_count >= max ? -EUSERS : control_enter_locked(k, &registry);
	registry_unlock(&registry);
	if (r < 0 && r != -EUSERS)
		keeper_log(l, LOG_ERR, "error", log_word("errno", err_name(-r)),
			   log_text("why", "cordon list cannot show this session"));
	return r;
}

int control_enter(struct keeper *k)
{
	int count;

	return control_enter_below(k, INT_MAX, &count);
}

void control_soon(struct keeper *k)
{
	if (k->control.listener < 0)
		k->control.due = usage_now() + ENTER_USEC;
}

int control_patience(const struct keeper *k)
{
	const int64_t left = k->control.due - usage_now();

	if (k->control.due == 0)
		return -1;
	return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

void control_tend(struct keeper *k)
{
	if (k->control.due != 0 && usage_now() >= k->control.due)
		(void)control_enter(k); /* the log has the error */
}

void control_polls(const struct keeper *k, struct pollfd *p)
{
	const struct control *c = &k->control;

	p[0] = (struct pollfd){ .fd = c->listener, .events = POLLIN };
	for (unsigned i = 0; i < CONTROLS_MAX; i++)
		p[1 + i] = (struct pollfd){ .fd = i < c->n ? c->fd[i] : -1, .events = POLLIN };
	p[1 + CONTROLS_MAX] = (struct pollfd){ .fd = k->stop.sender, .events = POLLIN };
}

static void drop(struct control *c, unsigned i)
{
	close_fd(&c->fd[i]);
	c->n--;
	for (; i < c->n; i++) {
		c->fd[i] = c->fd[i + 1];
		c->root[i] = c->root[i + 1];
	}
}

/* Makes room: a user's connections take none from root's. */
static void drop_oldest(struct control *c, bool root)
{
	const unsigned max = root ? CONTROLS_MAX - USER_MAX : USER_MAX;
	unsigned n = 0, oldest = 0;

	for (unsigned i = c->n; i-- > 0;)
		if (c->root[i] == root) {
			n++;
			oldest = i;
		}
	if (n >= max)
		drop(c, oldest);
}

static void admit(struct keeper *k)
{
	struct control *c = &k->control;

	/* as many as can wait, so that a user who asks all the time leaves room for root */
	for (unsigned n = 0; n < ADMIT_MAX; n++) {
		cleanup_close int fd =
			wire_fd_up(accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK));
		uid_t uid;
		pid_t pid;

		if (fd < 0)
			return;
		if (wire_peer(fd, &uid, &pid) < 0 || (uid != 0 && uid != k->logins[0].who.uid))
			continue;
		drop_oldest(c, uid == 0);
		c->root[c->n] = uid == 0;
		c->fd[c->n++] = take_fd(&fd);
	}
}

/* Does the id mean the session, and none of its logins? */
static bool means_session(const struct keeper *k, const char *id)
{
	return id[0] == '\0' || !place_is(k) || strcmp(id, k->place.id) == 0;
}

static struct keeper_login *login_find(const struct keeper *k, const char *id)
{
	const bool any = id[0] == '\0' || (place_is(k) && strcmp(id, k->place.id) == 0);
	struct keeper_login *l = NULL;

	while ((l = login_next(k, l)) != NULL && !any && strcmp(id, login_id(l)) != 0)
		;
	/* a session that outlives its logins still has the plan of the first one */
	return l == NULL && any ? &k->logins[0] : l;
}

/* The time of day at the moment @when of usage_now(). */
static int64_t time_of(int64_t when)
{
	return clock_usec(CLOCK_REALTIME) - (usage_now() - when);
}

static void fill_state(struct keeper *k, const struct keeper_login *l, struct wire_msg *m)
{
	struct control *c = &k->control;
	const char *rule = plan_str(l->part, l->part->rule);

	if (c->used_at == 0 || usage_now() - c->used_at > USED_USEC) {
		c->used = (struct wire_state){ 0 };
		usage_state(k, &c->used);
		group_state(k, &c->used);
		c->used_at = c->used.at = usage_now();
	}
	m->state = c->used;
	m->state.flags |= (place_is(k) ? WIRE_STATE_PLACE : 0u) |
			  (k->stop.begun ? WIRE_STATE_ENDING : 0u);
	m->state.since = time_of(l->since);
	m->state.init = k->session.pid > 0 ? (uint32_t)k->session.pid : 0;
	for (const struct keeper_login *other = NULL; (other = login_next(k, other)) != NULL;)
		m->state.logins++;
	m->login = l->who;
	(void)snprintf(m->session, sizeof m->session, "%.31s",
		       l->there ? login_id(l) : k->place.id); /* fits */
	if (place_is(k))
		memcpy(m->state.place, k->place.id, sizeof m->state.place);
	(void)snprintf(m->text, sizeof m->text, "%s", rule != NULL ? rule : ""); /* cut: for people */
}

static int refuse(int fd, const char *why)
{
	struct wire_msg m;

	wire_init(&m, WIRE_VERDICT);
	(void)snprintf(m.text, sizeof m.text, "%s", why); /* fits */
	return wire_send(fd, &m, NULL, 0);
}

static int send_handles(struct keeper *k, const struct keeper_login *l, int to)
{
	const int *fd = k->session.fd;
	const int fds[WIRE_HANDLES_N] = {
		[WIRE_HANDLES_INIT] = k->session.pidfd,
		[WIRE_HANDLES_USER_NS] = fd[fd[FD_USER_NS] >= 0 ? FD_USER_NS : FD_SESSION_NS],
		[WIRE_HANDLES_MOUNT_NS] = fd[FD_SESSION_NS],
		[WIRE_HANDLES_PLAN] = l->plan_fd,
		[WIRE_HANDLES_CALLER_NS] = fd[FD_CALLER_NS],
		[WIRE_HANDLES_ROOT] = fd[FD_SESSION_ROOT],
		[WIRE_HANDLES_CALLER_ROOT] = fd[FD_CALLER_ROOT],
		[WIRE_HANDLES_ROOTS] = fd[FD_ROOTS],
		[WIRE_HANDLES_GATE] = fd[FD_GATE],
	};
	struct wire_msg m;

	if (k->session.stage != SESSION_COMPLETE)
		return refuse(to, "the session is not complete");
	wire_init(&m, WIRE_HANDLES);
	fill_state(k, l, &m);
	m.flags = (uint32_t)k->plan->clone_flags & WIRE_JOIN_FLAGS;
	m.ns = k->session.ns;
	return wire_send(to, &m, fds, WIRE_HANDLES_N);
}

static int send_state(struct keeper *k, const struct keeper_login *l, int to)
{
	struct wire_msg m;

	wire_init(&m, WIRE_STATE);
	fill_state(k, l, &m);
	return wire_send(to, &m, NULL, 0);
}

static int accept_wish(int fd)
{
	struct wire_msg m;

	wire_init(&m, WIRE_VERDICT);
	m.verdict = VERDICT_UNCONFINED;
	return wire_send(fd, &m, NULL, 0);
}

/* Ends the session, and remembers who wanted it. A session that ends already is killed now. */
static int end_for(struct keeper *k, int fd)
{
	struct sender *s = &k->control.sender;
	int r = k->stop.begun ? 0 : wire_peer(fd, &s->uid, &s->pid);

	if (r == 0)
		r = accept_wish(fd);
	if (r == 0 && k->stop.begun)
		k->stop.over = true;
	else if (r == 0)
		stop_begin(k, STOP_KILL);
	return r;
}

/* The same for one login of a session that goes on. The end of the child ends the connection. */
static int end_login_for(struct keeper *k, struct keeper_login *l, int *fd)
{
	int r = l->killed ? 0 : wire_peer(*fd, &l->killer.uid, &l->killer.pid);

	if (r == 0 && (!l->opened || k->stop.begun))
		return refuse(*fd,
			      k->stop.begun ? "the session ends" : "the login has not begun yet");
	if (r == 0)
		r = logout_begin(k, l, *fd);
	if (r == -EBUSY)
		return refuse(*fd, "other logins of the session are being ended; try again");
	if (r < 0)
		return refuse(*fd, "the login cannot be ended");
	r = accept_wish(*fd);
	*fd = -1; /* the child's; -errno drops the place of the connection */
	return r < 0 ? r : -EINPROGRESS;
}

static int signal_for(struct keeper *k, const struct keeper_login *l, int fd, int sig)
{
	const int r = stop_signal(k, l, sig);

	if (r == 0)
		return accept_wish(fd);
	return refuse(fd, r == -ESRCH ? "the session has not begun yet, or ends" :
			  r == -EBUSY ? "an earlier signal is still being sent; try again" :
					"the signal cannot be sent");
}

/* Answers one message; -errno: the connection is over. */
static int answer(struct keeper *k, unsigned i, const struct wire_msg *m, int fds[WIRE_FDS_MAX])
{
	struct control *c = &k->control;
	struct keeper_login *l = login_find(k, m->session);
	const bool whole = means_session(k, m->session);

	if (m->kind == WIRE_LOGIN && c->root[i]) {
		const int r = place_login(k, c->fd[i], m, fds);

		if (k->place.closed)
			stop_begin(k, STOP_RULE);
		return r;
	}
	if (m->kind != WIRE_STATUS && m->kind != WIRE_INSPECT && m->kind != WIRE_END)
		return -EPROTO;
	if (l == NULL)
		return refuse(c->fd[i], "the login has ended");
	if (m->kind == WIRE_STATUS)
		return send_state(k, l, c->fd[i]);
	if (m->kind == WIRE_INSPECT)
		return c->root[i] ? send_handles(k, l, c->fd[i]) :
				    refuse(c->fd[i], "only root may inspect a session");
	if (m->object != 0)
		return signal_for(k, whole ? NULL : l, c->fd[i], (int)m->object);
	return whole ? end_for(k, c->fd[i]) : end_login_for(k, l, &c->fd[i]);
}

void control_happened(struct keeper *k, const struct pollfd *p)
{
	struct control *c = &k->control;

	/* backwards, because those behind one that is dropped move up */
	for (unsigned i = c->n; i-- > 0;) {
		int fds[WIRE_FDS_MAX];
		struct wire_msg m;

		wire_no_fds(fds);
		if (p[1 + i].revents != 0 &&
		    (wire_recv(c->fd[i], &m, fds, 0) < 0 || answer(k, i, &m, fds) < 0))
			drop(c, i);
		wire_close(fds, WIRE_FDS_MAX);
	}
	if (p[1 + CONTROLS_MAX].revents != 0)
		stop_sent(k);
	if (c->listener >= 0 && p[0].revents != 0)
		admit(k);
}

void control_close(struct keeper *k)
{
	close_fd(&k->control.listener);
}

void control_leave(struct keeper *k)
{
	const struct keeper_login *l = &k->logins[0];
	struct registry registry = REGISTRY_NONE;

	/* a keeper that hands a login over has the lock, and waits for us */
	while (place_is(k) && k->control.n > 0)
		drop(&k->control, 0);
	if (k->control.entered && registry_lock(REGISTRY_DIR, l->who.uid, &registry) == 0) {
		/* a stale entry does no harm */
		if (place_is(k))
			(void)registry_leave(&registry, k->place.id);
		(void)registry_leave(&registry, login_id(l));
		for (l = NULL; (l = login_next(k, l)) != NULL;)
			(void)registry_leave(&registry, login_id(l));
	}
	registry_unlock(&registry);
	while (k->control.n > 0)
		drop(&k->control, 0);
}
