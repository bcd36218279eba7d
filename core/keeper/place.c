/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c - Lifetime=user: one session for all logins of a user, which lives on without a login
 *
 * Each login starts a keeper. The first keeper enters itself in the registry, by the rule and the user. A later
 * keeper finds that entry, hands its login over, and ends. The lock of the registry is held from the look
 * to the entry, so that two first logins make one place. The keeper of the place needs no lock: it closes
 * its entry, and who finds nobody there makes another place.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "contract/registry.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum {
	HAND_OVER_MS = 3000, /* less than REGISTRY_LOCK_MS, which the next login waits */
	USEC = 1000000,
	CHECK_SEC_MAX = 64,
	TRIES = 8,
	BUSY_USEC = 1500000, /* with HAND_OVER_MS, less than REGISTRY_LOCK_MS */
};

bool place_is(const struct keeper *k)
{
	return k->plan->set.lifetime == LIFETIME_USER;
}

const char *place_id(const struct keeper *k)
{
	return place_is(k) ? k->place.id : NULL;
}

/* ---- the keeper of a login ---- */

static enum place_answer refused(struct keeper *k, const char *why)
{
	struct keeper_login *l = &k->logins[0];

	keeper_log(l, LOG_NOTICE, "deny", log_text("why", why));
	/* if this fails, the module sees end of file, which is a refusal as well */
	(void)wire_verdict(l->pam, VERDICT_DENY, login_id(l), why[0] != '\0' ? why : WIRE_REFUSAL);
	return PLACE_REFUSED;
}

/*
 * Asks the keeper of the place. After shutdown(2), an answer is in the socket already or never comes, so
 * both keepers know who has the login. Returns -EPIPE if the place ended meanwhile.
 */
static int ask(const struct keeper_login *l, int place, struct wire_msg *m)
{
	const int fds[] = {
		[WIRE_LOGIN_PAM] = l->pam, [WIRE_LOGIN_CALLER] = l->caller, [WIRE_LOGIN_PLAN] = l->plan_fd
	};
	int r;

	wire_init(m, WIRE_LOGIN);
	m->login = l->who;
	m->nice = l->standing.nice;
	r = wire_send(place, m, fds, sizeof fds / sizeof fds[0]);
	if (r == 0)
		r = wire_recv(place, m, NULL, HAND_OVER_MS);
	if (r == -ETIMEDOUT) {
		(void)shutdown(place, SHUT_RDWR); /* cannot fail for a socket */
		if (wire_recv(place, m, NULL, 0) == 0)
			r = 0;
	}
	if (r == 0 && m->kind != WIRE_VERDICT)
		r = -EPROTO;
	return r == -ECONNRESET ? -EPIPE : r;
}

static enum place_answer hand_over(struct keeper *k, const struct registry *r, int place)
{
	struct keeper_login *l = &k->logins[0];
	struct wire_msg m;
	/* before the keeper of the place has the login, because that keeper removes the entry */
	int e = registry_link(r, k->place.name, login_id(l));

	if (e == 0)
		e = ask(l, place, &m);
	if (e == 0 && m.verdict == VERDICT_CONFINE)
		return PLACE_TAKEN;
	(void)registry_leave(r, login_id(l)); /* what stays is stale */
	if (e == 0 && m.verdict == VERDICT_DENY)
		return refused(k, m.text);
	/* -ENOENT: its entry went after we had connected */
	if (e < 0 && e != -EPIPE && e != -ENOENT)
		keeper_log(l, LOG_ERR, "error", log_word("errno", err_name(-e)),
			   log_text("why", "the keeper of the user's session does not answer; this "
					   "login makes another session"));
	if (e == 0)
		(void)snprintf(l->notice, sizeof l->notice, "%s", m.text); /* cut: for people */
	return PLACE_NEW;
}

/* Makes the entry; another process may have entered itself without the lock, in which case -EEXIST. */
static int enter(struct keeper *k, const struct registry *r)
{
	const struct keeper_login *l = &k->logins[0];
	const int fd = registry_enter(r, k->place.name, l->who.uid);
	int e = fd < 0 ? fd : registry_link(r, k->place.name, k->place.id);
	struct stat st;

	if (e == 0)
		e = registry_link(r, k->place.name, login_id(l));

	if (e == 0 && fstatat(r->dir, k->place.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		e = -errno;
	k->control.listener = fd < 0 ? -1 : fd;
	k->control.entered = fd >= 0;
	k->place.ino = e == 0 ? st.st_ino : 0;
	return e;
}

/* A user who connects all the time fills the queue of the keeper for moments. */
static int connect_place(const struct registry *r, const char *name)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const int64_t until = usage_now() + BUSY_USEC;
	int fd;

	while ((fd = registry_place(r, name)) == -EAGAIN && usage_now() < until)
		(void)nanosleep(&pause, NULL); /* a shorter sleep does no harm */
	return fd;
}

static enum place_answer find(struct keeper *k, const struct registry *r)
{
	const struct keeper_login *l = &k->logins[0];
	const uint64_t max = l->part->set.max_sessions;
	const int count = max > INT32_MAX ? 0 : registry_count(r);

	if (count < 0)
		return refused(k, "");
	if ((uint64_t)count >= max) {
		bounds_refuse(l, count);
		return PLACE_REFUSED;
	}
	for (unsigned i = 0; i < TRIES; i++) {
		cleanup_close const int place = connect_place(r, k->place.name);
		enum place_answer answer = PLACE_NEW;
		int e;

		/* another entry of that name would hide a session that goes on */
		if (place == -EAGAIN)
			return refused(k, "the keeper of your session accepts no connections");
		if (place >= 0)
			answer = hand_over(k, r, place);
		if (answer != PLACE_NEW)
			return answer;
		/* a keeper that hangs loses its name */
		e = registry_leave(r, k->place.name);
		if (e == 0)
			e = enter(k, r);
		if (e == 0)
			return PLACE_NEW;
		if (e != -EEXIST)
			break;
	}
	return refused(k, "");
}

enum place_answer place_begin(struct keeper *k)
{
	struct keeper_login *l = &k->logins[0];
	struct registry r;
	enum place_answer answer;
	uid_t uid;
	int e = wire_peer(l->pam, &uid, &l->pid);

	registry_place_name(plan_str(l->part, l->part->rule), plan_str(l->part, l->part->user),
			    k->place.name);
	registry_place_id(login_id(l), k->place.id);
	k->place.timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (e == 0)
		e = registry_lock(REGISTRY_DIR, l->who.uid, &r);
	if (e < 0 || k->place.timer < 0) {
		keeper_log(l, LOG_ERR, "error", log_word("errno", err_name(e < 0 ? -e : errno)),
			   log_text("why", "the registry of sessions cannot be locked"));
		return refused(k, "");
	}
	answer = find(k, &r);
	registry_unlock(&r);
	return answer;
}

/* ---- the keeper of the place ---- */

static struct keeper_login *login_room(struct keeper *k)
{
	/* the first one names the session, so its place is not given to another */
	for (unsigned i = 1; i < LOGINS_MAX; i++)
		if (i >= k->n_logins || !k->logins[i].there)
			return &k->logins[i];
	return NULL;
}

static bool same_session(const struct keeper *k, const struct plan *plan)
{
	return k->plan->head.size == plan->head.size && memcmp(k->plan, plan, plan->head.size) == 0;
}

/* Replaces the plan of @l by one with the session's part of this session. */
static int plan_join(const struct keeper *k, struct keeper_login *l)
{
	cleanup_close int fd = plan_seal(k->plan, l->part);
	const struct plan *plan;
	const struct plan_login *part;
	int r = fd < 0 ? fd : plan_open(fd, &plan, &part);

	if (r < 0)
		return r;
	login_unmap(l);
	close_fd(&l->plan_fd);
	l->plan_fd = take_fd(&fd);
	l->plan = plan;
	l->part = part;
	return 0;
}

static enum verdict refusal(struct wire_msg *answer, const char *why)
{
	wire_init(answer, WIRE_VERDICT);
	(void)snprintf(answer->text, sizeof answer->text, "%s", why); /* fits */
	return VERDICT_DENY;
}

/* Decides about a login whose session would not be this one. */
static enum verdict on_change(struct keeper *k, struct keeper_login *l, struct wire_msg *answer)
{
	switch ((enum rule_change)l->part->set.on_rule_change) {
	case RULE_CHANGE_JOIN:
		if (plan_join(k, l) < 0)
			break;
		(void)snprintf(l->notice, sizeof l->notice, "%s",
			       "the rule has changed; this login joins your session under the rule "
			       "from before the change"); /* fits */
		return VERDICT_CONFINE;
	case RULE_CHANGE_NEW:
		(void)snprintf(answer->text, sizeof answer->text, "%s",
			       "the rule has changed; your earlier session and its programs were "
			       "ended"); /* fits */
		return VERDICT_UNCONFINED;
	case RULE_CHANGE_REFUSE:
		break;
	}
	return refusal(answer,
		       "the rule has changed since your session began; end that session first");
}

/* Takes the descriptors of @fds that the login keeps. */
static enum verdict adopt(struct keeper *k, struct keeper_login *l, const struct wire_msg *m,
			  int fds[WIRE_FDS_MAX], struct wire_msg *answer)
{
	uid_t uid;
	int r;

	*l = (struct keeper_login){ .there = true,
				    .pam = take_fd(&fds[WIRE_LOGIN_PAM]),
				    .caller = take_fd(&fds[WIRE_LOGIN_CALLER]),
				    .plan_fd = take_fd(&fds[WIRE_LOGIN_PLAN]),
				    .who = m->login,
				    .standing = { .nice = (int)m->nice },
				    .program = -1,
				    .master = -1 };
	r = plan_open(l->plan_fd, &l->plan, &l->part);
	if (r == 0)
		r = wire_peer(l->pam, &uid, &l->pid);
	if (r < 0 || l->who.uid != k->logins[0].who.uid)
		return refusal(answer, "");
	login_standing(k, l);
	return same_session(k, l->plan) ? VERDICT_CONFINE : on_change(k, l, answer);
}

int place_login(struct keeper *k, int from, const struct wire_msg *m, int fds[WIRE_FDS_MAX])
{
	struct keeper_login *l = login_room(k);
	const unsigned before = k->n_logins;
	struct wire_msg answer;
	int r;

	wire_init(&answer, WIRE_VERDICT);
	answer.verdict = VERDICT_UNCONFINED;
	if (!place_is(k) || k->failed || k->stop.begun || k->place.closed)
		return wire_send(from, &answer, NULL, 0);
	if (l == NULL) {
		answer.verdict = refusal(&answer, "this user has too many logins");
		return wire_send(from, &answer, NULL, 0);
	}
	if (l >= k->logins + k->n_logins)
		k->n_logins = (unsigned)(l - k->logins) + 1;
	answer.verdict = adopt(k, l, m, fds, &answer);
	if (answer.verdict == VERDICT_UNCONFINED)
		place_close(k); /* before the answer: the other keeper enters itself */
	r = wire_send(from, &answer, NULL, 0);
	if (r < 0 || answer.verdict != VERDICT_CONFINE) {
		login_gone(k, l);
		k->n_logins = before;
	}
	return r;
}

enum { PATH_SIZE = 128 };

static void entry_path(const struct keeper *k, const char *name, char ret[PATH_SIZE])
{
	(void)snprintf(ret, PATH_SIZE, "%s/%u/%.40s", REGISTRY_DIR, k->logins[0].who.uid,
		       name); /* fits */
}

void place_close(struct keeper *k)
{
	char path[PATH_SIZE];
	struct stat st;

	if (k->place.closed || !place_is(k))
		return;
	k->place.closed = true;
	entry_path(k, k->place.name, path);
	/* Another keeper may have the name by now. Until the end, tools find the session by its id. */
	if (lstat(path, &st) == 0 && st.st_ino == k->place.ino)
		(void)unlink(path); /* what stays is stale */
}

/* ---- without a login ---- */

static void timer_set(const struct keeper *k, int64_t usec)
{
	const struct itimerspec at = { .it_value = { usec / USEC, (long)(usec % USEC) * 1000 } };

	(void)timerfd_settime(k->place.timer, TFD_TIMER_ABSTIME, &at, NULL); /* cannot fail */
}

void place_check(struct keeper *k)
{
	struct place *p = &k->place;
	uint64_t ignored;
	int64_t at;
	bool told;
	int any;

	(void)!read(p->timer, &ignored, sizeof ignored); /* there may be nothing */
	told = session_told(&k->session);
	if (login_next(k, NULL) != NULL || !p->lived || k->stop.begun)
		return;
	if (clock_usec(CLOCK_BOOTTIME) >= p->idle_at) {
		stop_begin(k, STOP_NO_LOGIN);
		return;
	}
	any = usage_any(k);
	/* without /proc, the word of init must do */
	if (any == 0 || (any < 0 && told)) {
		stop_begin(k, STOP_EMPTY);
		return;
	}
	/* init tells of its children; programs with a parent outside are looked at now and then */
	(void)session_ask(&k->session); /* if init is gone, its pidfd tells */
	at = clock_usec(CLOCK_BOOTTIME) + p->check_usec;
	timer_set(k, at < p->idle_at ? at : p->idle_at);
	if (p->check_usec < (int64_t)CHECK_SEC_MAX * USEC)
		p->check_usec *= 2;
}

/* The last login has ended. */
static void place_alone(struct keeper *k)
{
	const uint64_t idle = k->place.idle_usec;
	const int64_t now = clock_usec(CLOCK_BOOTTIME);

	k->place.idle_at = idle > (uint64_t)(INT64_MAX - now) ? INT64_MAX : now + (int64_t)idle;
	k->place.check_usec = USEC / 16;
	place_check(k);
}

bool place_open(struct keeper *k, struct keeper_login *l)
{
	static const char why[] =
		"the home has changed since your session began; end that session first";

	if (!keeper_home_other(k))
		return true;
	switch ((enum rule_change)l->part->set.on_rule_change) {
	case RULE_CHANGE_JOIN:
		return true;
	case RULE_CHANGE_NEW:
		/* end of file tells the module to start another keeper */
		stop_begin(k, STOP_RULE);
		return false;
	case RULE_CHANGE_REFUSE:
		break;
	}
	keeper_log(l, LOG_NOTICE, "deny", log_text("why", why));
	/* if this fails, end of file is a refusal */
	(void)wire_verdict(l->pam, VERDICT_DENY, login_id(l), why);
	return false;
}

bool place_leave(struct keeper *k, struct keeper_login *l, const struct wire_usage *app)
{
	char path[PATH_SIZE];

	entry_path(k, login_id(l), path);
	(void)unlink(path); /* what stays is stale */
	/* the daemon that has killed cordon run means the program, which nothing else tells */
	if ((l->part->flags & LOGIN_PROGRAM) && l->program >= 0)
		(void)sys_pidfd_kill(l->program); /* it may have ended */
	if (l->opened)
		usage_leave(k, l, app);
	k->place.idle_usec = l->part->set.stop_when_idle_sec;
	tty_take_away(k, l);
	credentials_leave(k, l);
	login_gone(k, l);
	if (login_next(k, NULL) != NULL)
		return true;
	if (!k->place.lived || k->failed)
		return false;
	place_alone(k);
	return true;
}
