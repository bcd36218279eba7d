/* SPDX-License-Identifier: Apache-2.0 */
/* stop.c - the keeper's side of stop.h */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>

enum {
	USEC_MS = 1000,
	HOLD_MS = 200,	 /* a client does not notice this */
	CLOSE_MS = 4000, /* the module waits a second longer */
	TELL_MS = 300,	 /* sshd passes the line on to its client */
	LATE_MS = 50,	 /* the child ends by itself at its time */
	LOOK_MAX = 256
};

struct stop_row {
	const char *word;
	bool now;
	const char *line;
};

static const struct stop_row *row_of(enum stop_why why)
{
	static const struct stop_row rows[STOP_N] = {
#define NOW				true
#define LATER				false
#define STOP_ROW(WHY, word, when, line) { word, when, line },
		STOPS(STOP_ROW)
#undef STOP_ROW
#undef NOW
#undef LATER
	};

	return &rows[why];
}

const char *stop_word(enum stop_why why)
{
	return row_of(why)->word;
}

static bool own_pids(const struct keeper *k)
{
	return (k->plan->clone_flags & CLONE_NEWPID) != 0;
}

/* Clones a child, into the pid namespace of the session if there is one. */
static pid_t clone_inside(const struct keeper *k, int *ret_fd)
{
	cleanup_close const int outside = openat(k->proc, "self/ns/pid", O_RDONLY | O_CLOEXEC);
	int r = outside < 0 ? -errno : 0;
	pid_t pid;

	if (r == 0 && own_pids(k))
		r = sys_setns(k->session.pidfd, CLONE_NEWPID); /* for children alone */
	if (r < 0)
		return r;
	pid = sys_clone(0, ret_fd);
	if (pid != 0 && own_pids(k) && sys_setns(outside, CLONE_NEWPID) < 0) {
		/* later children would be in the session */
		if (pid > 0) {
			(void)sys_pidfd_kill(*ret_fd); /* it was started just now */
			bounded_wait(pid, *ret_fd);
			close_fd(ret_fd);
		}
		return -EPERM;
	}
	return pid;
}

/* Is there anybody to wait for? A process that cannot be looked at is somebody. */
static bool any_left(const struct keeper *k, bool client)
{
	struct crowd c = { .k = k };
	cleanup_close int proc = -1;

	if (!own_pids(k))
		return true;
	proc = usage_proc(k);
	return proc < 0 ||
	       crowd_look(&c, &(struct procs){ .dir = proc, .init = 1 }, LOOK_MAX) != 0 ||
	       c.programs > 0 || (client && c.halves > 0);
}

static bool opened(const struct keeper *k)
{
	return login_opened(k) != NULL || k->place.lived;
}

/* Starts the child; false: there is nothing to wait for, or no child. */
static bool child_start(struct keeper *k, const struct stop_row *row)
{
	struct stop *s = &k->stop;
	int64_t usec = (int64_t)k->plan->set.timeout_stop_sec;

	if (row->line != NULL && usec < TELL_MS * USEC_MS)
		usec = TELL_MS * USEC_MS;
	if (usec == 0 || !any_left(k, row->line != NULL))
		return false;
	usage_look(k); /* the memory of those that end now */
	s->until = usage_now() + usec;
	s->pid = clone_inside(k, &s->child);
	if (s->pid == 0)
		stop_run(k, row->line, s->until);
	return s->pid > 0;
}

void stop_begin(struct keeper *k, enum stop_why why)
{
	struct stop *s = &k->stop;
	const struct stop_row *row = row_of(why);

	if (s->begun) {
		s->over |= row->now;
		return;
	}
	s->begun = true;
	place_close(k); /* no login may join what ends */
	s->why = why;
	s->over = row->now || k->failed || k->session.stage != SESSION_COMPLETE || !opened(k) ||
		  !child_start(k, row);
}

void stop_close(struct keeper *k, bool terminal)
{
	stop_begin(k, STOP_CLOSE);
	if (k->stop.answer == 0)
		k->stop.answer = usage_now() + (terminal ? CLOSE_MS : HOLD_MS) * USEC_MS;
}

bool stop_happened(struct keeper *k)
{
	struct stop *s = &k->stop;
	struct pollfd child = { .fd = s->child, .events = POLLIN };
	const int64_t now = usage_now();

	if (!s->begun || s->over)
		return false;
	s->over = poll(&child, 1, 0) > 0 || now >= s->until + LATE_MS * USEC_MS;
	return !s->over && s->answer != 0 && now >= s->answer;
}

int stop_patience(const struct keeper *k)
{
	const struct stop *s = &k->stop;
	int64_t at = s->until + LATE_MS * USEC_MS;
	const int64_t now = usage_now();

	if (!s->begun)
		return -1;
	if (s->answer > now && s->answer < at)
		at = s->answer;
	return at <= now ? 0 : (int)((at - now) / USEC_MS) + 1;
}

static void reap(pid_t *pid, int *fd)
{
	if (*pid > 0) {
		(void)sys_pidfd_kill(*fd); /* it may have ended */
		bounded_wait(*pid, *fd);
	}
	close_fd(fd);
	*pid = 0;
}

void stop_warn(struct keeper *k, const char *line)
{
	struct stop *s = &k->stop;

	if (s->warner > 0)
		return;
	s->warner = clone_inside(k, &s->teller);
	if (s->warner == 0)
		stop_line(k, line);
}

void stop_warned(struct keeper *k)
{
	reap(&k->stop.warner, &k->stop.teller);
}

int stop_signal(struct keeper *k, const struct keeper_login *l, int sig)
{
	struct stop *s = &k->stop;
	pid_t pid;

	if (s->begun || k->session.stage != SESSION_COMPLETE)
		return -ESRCH;
	if (s->sender_pid > 0)
		return -EBUSY;
	forker_tidy(k);
	pid = l != NULL ? sys_clone(0, &s->sender) : clone_inside(k, &s->sender);
	if (pid == 0 && l != NULL)
		logout_send(k, l, sig);
	if (pid == 0)
		stop_send(k, sig);
	s->sender_pid = pid > 0 ? pid : 0;
	return pid < 0 ? pid : 0;
}

void stop_sent(struct keeper *k)
{
	struct stop *s = &k->stop;

	if (s->sender_pid > 0)
		bounded_wait(s->sender_pid, s->sender);
	close_fd(&s->sender);
	s->sender_pid = 0;
}

void stop_kill(struct keeper *k)
{
	struct stop *s = &k->stop;

	if (s->sender_pid > 0) {
		(void)sys_pidfd_kill(s->sender); /* it may have ended */
		stop_sent(k);
	}

	logout_kill(k);
	/* reaped first, because init cannot end before all processes of its namespace are */
	reap(&s->warner, &s->teller);
	reap(&s->pid, &s->child);
	if (!own_pids(k) && k->session.stage == SESSION_COMPLETE) {
		s->pid = sys_clone(0, &s->child);
		if (s->pid == 0)
			stop_sweep(k);
		if (s->pid > 0)
			bounded_wait(s->pid, s->child);
		close_fd(&s->child);
	}
	session_kill(&k->session);
	forker_end(k);
}
