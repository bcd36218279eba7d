/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - cordon-keeper: cordon-login turns into the keeper if a login is confined */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/own.h"
#include "contract/exits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

/* Receives the one message that cordon-login has sent to its keeper. */
static int take_login(struct keeper *k)
{
	struct keeper_login *l = &k->logins[0];
	cleanup_close int keep = WIRE_KEEP_FD;
	struct wire_msg m;
	int fds[WIRE_FDS_MAX];
	int r = wire_recv(keep, &m, fds, 0);

	if (r < 0)
		return r;
	if (m.kind != WIRE_KEEP && m.kind != WIRE_KEEP_GROUP) {
		wire_close(fds, wire_fds(m.kind));
		return -EPROTO;
	}
	*l = (struct keeper_login){ .there = true,
				    .pam = WIRE_PAM_FD,
				    .caller = fds[WIRE_KEEP_CALLER],
				    .plan_fd = fds[WIRE_KEEP_PLAN],
				    .who = m.login,
				    .standing = { .nice = (int)m.nice },
				    .program = -1,
				    .master = -1 };
	k->n_logins = 1;
	group_take(k, fds[WIRE_KEEP_CGROUP], fds[WIRE_KEEP_HOLD]); /* -1 without a group */
	/* cordonsh will get the same descriptor */
	r = plan_open(l->plan_fd, &l->plan, &l->part);
	k->plan = l->plan;
	if (r < 0)
		return r;
	return fcntl(WIRE_PAM_FD, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

static int start(struct keeper *k)
{
	int r = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : own_signals(0);

	if (r == 0)
		r = take_login(k);
	if (r == 0)
		r = bounds_prepare(k);
	if (r < 0)
		return r;
	k->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return k->proc < 0 ? -errno : 0;
}

/* Uses raw calls, because libc excludes signals that it reserves, and these would kill the keeper. */
static int signals_take(void)
{
	static const uint64_t all = ~0ull;

	if (syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof all) < 0)
		return -errno;
	return (int)syscall(SYS_signalfd4, -1, &all, sizeof all, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	static struct keeper_login logins[LOGINS_MAX]; /* large, and mostly never touched */
	static struct forked forked[FORKS_MAX];
	struct keeper k = { .proc = -1,
			    .signals = -1,
			    .logins = logins,
			    .terminal = { .master = -1, .slave = -1, .number = -1 },
			    .place = { .timer = -1, .caller = -1 },
			    .ended = "failure",
			    .stop = STOP_NONE,
			    .password = PASSWORD_NONE,
			    .forker = { .pidfd = -1, .sock = -1, .at = forked },
			    .bounds = { .timer = -1, .clock = -1 },
			    .session = SESSION_NONE,
			    .control = { .listener = -1 },
			    .follow = { .table = -1 },
			    .hooks = { .fd = -1, .child = -1 },
			    .network = { .fd = -1, .child = -1 } };
	int r;

	logout_none(&k);
	log_open("cordon", argc == 2 && strcmp(argv[1], "--debug") == 0);
	r = start(&k);
	if (r == -ENOTSOCK || r == -EBADF) {
		static const char text[] = "cordon-keeper: only pam_cordon(8) starts this program\n";

		(void)!write(STDERR_FILENO, text, sizeof text - 1);
		return EXIT_USAGE;
	}
	if (r < 0) { /* the module sees end of file, which is a refusal */
		log_event(LOG_ERR, "error",
			  log_fields(log_text("why", "cordon-keeper cannot start"),
				     log_word("errno", err_name(-r))));
		return EXIT_SYSTEM;
	}
	if (!place_is(&k) || place_begin(&k) == PLACE_NEW) {
		k.signals = signals_take(); /* without it, signals stay blocked until the end */
		keeper_serve(&k);
	} else {
		group_leave(&k); /* another keeper has the login, and the session */
	}
	session_end(&k.session);
	return 0;
}
