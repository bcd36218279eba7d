/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bounds.c - see bounds.h
 *
 * Idle is judged as logind does: by the access times of the terminals, which the kernel sets when a
 * program reads what was typed. A session without a terminal is never idle.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	WARN_SEC = 60,
	TTY_SEC = 7, /* the kernel writes an access time once in 8 seconds; the last use may be later */
	LOOK_MAX = 4096
};

/* The moment @usec after @from; a moment that never comes is 0. */
static int64_t after(int64_t from, uint64_t usec)
{
	return usec > (uint64_t)(INT64_MAX / 2 - from) ? 0 : from + (int64_t)usec;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static void timer_arm(const struct bounds *b)
{
	const int64_t at = earlier(earlier(b->end, b->warn), b->look);
	const struct itimerspec when = { .it_value = { at / USEC, (long)(at % USEC) * 1000 } };

	(void)timerfd_settime(b->timer, TFD_TIMER_ABSTIME, &when, NULL); /* cannot fail */
}

/* The clock may be set between now and then: that expires the timer as well. */
static void clock_arm(struct bounds *b)
{
	const int64_t at = b->told ? b->until : b->until - b->before;
	const struct itimerspec when = { .it_value = { at > 0 ? at / USEC : 1,
						       at > 0 ? (long)(at % USEC) * 1000 : 0 } };

	(void)timerfd_settime(b->clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
			      NULL); /* cannot fail */
}

int bounds_prepare(struct keeper *k)
{
	const struct plan_settings *set = &k->plan->set;
	const struct plan_login *login = k->logins[0].part;

	if (login->set.end_with_time && login->until != 0) {
		k->bounds.clock = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
		if (k->bounds.clock < 0)
			return -errno;
	}
	if (after(0, set->runtime_max_sec) == 0 && after(0, set->stop_idle_session_sec) == 0)
		return 0;
	k->bounds.timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	return k->bounds.timer < 0 ? -errno : 0;
}

/* How long before the end the user is warned of it: a minute, or half of a time @left that is short. */
static int64_t warn_before(int64_t left)
{
	return left / 2 < (int64_t)WARN_SEC * USEC ? left / 2 : (int64_t)WARN_SEC * USEC;
}

void bounds_begin(struct keeper *k)
{
	struct bounds *b = &k->bounds;
	int64_t now;

	if (b->clock >= 0 && b->until == 0) {
		b->until = after(0, k->logins[0].part->until * USEC);
		b->before = warn_before(b->until - clock_usec(CLOCK_REALTIME));
		clock_arm(b);
	}
	if (b->timer < 0 || b->end != 0 || b->look != 0)
		return;
	now = clock_usec(CLOCK_BOOTTIME);
	b->end = after(now, k->plan->set.runtime_max_sec);
	if (b->end != 0)
		b->warn = b->end - warn_before(b->end - now);
	b->look = after(now, k->plan->set.stop_idle_session_sec);
	timer_arm(b);
}

/* ---- idle ---- */

struct idle {
	struct crowd crowd;
	int64_t used; /* microseconds of the clock; 0: there is no terminal */
};

static void terminal_used(const struct procs *p, const struct process *of, void *arg)
{
	struct idle *i = arg;
	cleanup_close int fd = -1;
	struct stat st;

	if (of->tty == 0 || !crowd_has(&i->crowd, p, of))
		return;
	fd = stop_terminal(i->crowd.k, of->tty, O_PATH);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode)) {
		const int64_t used = ((int64_t)st.st_atim.tv_sec | TTY_SEC) * USEC;

		i->used = used > i->used ? used : i->used;
	}
}

/* When a terminal was used last, microseconds of CLOCK_REALTIME; 0: there is none, or too many processes. */
static int64_t terminals_used(const struct keeper *k)
{
	struct idle i = { .crowd = { .k = k } };
	cleanup_close int proc = usage_proc(k);
	const struct procs p = proc >= 0 ? (struct procs){ .dir = proc, .init = 1 } :
					   (struct procs){ .dir = k->proc, .init = k->session.pid };

	(void)procs_each(&p, LOOK_MAX, terminal_used, &i); /* those that were seen count */
	return i.used;
}

static void idle_check(struct keeper *k, int64_t now)
{
	const int64_t limit = (int64_t)k->plan->set.stop_idle_session_sec;
	const int64_t used = terminals_used(k);
	int64_t idle = used == 0 ? 0 : clock_usec(CLOCK_REALTIME) - used;

	/* the clock was set, or the login is younger than the last use of its terminal */
	for (const struct keeper_login *l = NULL; (l = login_next(k, l)) != NULL;)
		if (l->opened && usage_now() - l->since < idle)
			idle = usage_now() - l->since;
	if (idle >= limit) {
		stop_begin(k, STOP_IDLE);
		return;
	}
	k->bounds.look = now + (idle < 0 ? limit : limit - idle) + USEC;
}

static void warn(struct keeper *k, int64_t left)
{
	char line[128];

	(void)snprintf(line, sizeof line, "this session ends in %lld seconds",
		       (long long)(left + USEC - 1) / USEC); /* fits */
	stop_warn(k, line);
}

static void clock_check(struct keeper *k)
{
	struct bounds *b = &k->bounds;
	const int64_t left = b->until - clock_usec(CLOCK_REALTIME);
	uint64_t ignored;

	(void)!read(b->clock, &ignored, sizeof ignored); /* there may be nothing, or ECANCELED */
	if (left <= 0) {
		stop_begin(k, STOP_TIME);
		return;
	}
	if (!b->told && left <= b->before) {
		warn(k, left);
		b->told = true;
	}
	clock_arm(b);
}

void bounds_check(struct keeper *k)
{
	struct bounds *b = &k->bounds;
	const int64_t now = clock_usec(CLOCK_BOOTTIME);
	uint64_t ignored;

	if (b->until != 0 && !k->stop.begun)
		clock_check(k);
	if (b->timer < 0)
		return;

	(void)!read(b->timer, &ignored, sizeof ignored); /* there may be nothing */
	if (k->stop.begun)
		return;
	if (b->end != 0 && now >= b->end) {
		stop_begin(k, STOP_RUNTIME);
		return;
	}
	if (b->warn != 0 && now >= b->warn) {
		warn(k, b->end - now);
		b->warn = 0;
	}
	if (b->look != 0 && now >= b->look)
		idle_check(k, now);
	if (!k->stop.begun)
		timer_arm(b);
}

/* ---- MaxSessions= ---- */

void bounds_refuse(const struct keeper_login *l, int count)
{
	const struct registry_full words = registry_full(l->part->set.max_sessions, count);

	keeper_log(l, LOG_NOTICE, "deny", log_text("why", words.why));
	/* if this fails, the module sees end of file, which is a refusal as well */
	(void)wire_verdict(l->pam, VERDICT_DENY, login_id(l), words.user);
}

bool bounds_admit(struct keeper *k, const struct keeper_login *l)
{
	const uint64_t max = l->part->set.max_sessions;
	int count = 0, r;

	/* a login that joins a session was counted before */
	if (max > INT32_MAX || place_is(k) || k->control.listener >= 0)
		return true;
	r = control_enter_below(k, (int)max, &count);
	if (r == -EUSERS)
		bounds_refuse(l, count);
	else if (r < 0) /* the log has the error */
		(void)wire_verdict(l->pam, VERDICT_DENY, login_id(l), WIRE_REFUSAL); /* as above */
	return r == 0;
}
