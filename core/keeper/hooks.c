/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.c - the keeper's side of hooks.h
 *
 * A child of the keeper runs the programs, so that the keeper serves on, and so that ExecStopPost= is
 * run if the keeper is killed. The child has nothing of the session: it knows the plan, which it has
 * inherited, and holds pidfds of init and of the PAM application, so as to wait for their end.
 */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

enum {
	USEC_MS = 1000,
	WAIT_MS = WIRE_DEADLINE_MS / 4, /* the module waits WIRE_DEADLINE_MS for each message */
	LATE_MS = 15000,		/* the child ends its program by itself at its time */
};

bool hooks_first(const struct keeper *k)
{
	return k->plan->start_pre.len != 0 && k->hooks.state != HOOKS_DONE;
}

static int failed(struct keeper *k, int r, const char *what)
{
	k->hooks.failed = true;
	return err_set(&k->failure, r, "%s", what);
}

static int start(struct keeper *k)
{
	cleanup_close int own = -1, other = -1;
	cleanup_close int keeper = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int pair[2];
	pid_t pid;

	if (keeper < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	own = pair[0];
	other = pair[1];
	pid = sys_clone(0, &k->hooks.child);
	if (pid == 0)
		hooks_run(k, other, keeper);
	if (pid < 0)
		return pid;
	k->hooks.pid = pid;
	k->hooks.fd = take_fd(&own);
	return 0;
}

/* The process has ended, or is about to. */
static void reap(struct hooks *h)
{
	bounded_wait(h->pid, h->child);
	close_fd(&h->child);
	close_fd(&h->fd);
}

int hooks_open(struct keeper *k)
{
	struct hooks *h = &k->hooks;
	int r;

	if (h->state == HOOKS_RUN)
		return 1;
	if (h->state == HOOKS_DONE || (k->plan->start_pre.len == 0 && k->plan->stop_post.len == 0))
		return 0;
	r = start(k);
	if (r < 0)
		return failed(k, r, "the process that runs ExecStartPre= cannot be started");
	h->state = k->plan->start_pre.len != 0 ? HOOKS_RUN : HOOKS_DONE;
	h->until = usage_now() + (int64_t)k->plan->set.timeout_start_sec + LATE_MS * USEC_MS;
	h->wait_at = 0;
	return h->state == HOOKS_RUN;
}

int hooks_happened(struct keeper *k)
{
	struct hooks *h = &k->hooks;
	const bool running = h->state == HOOKS_RUN;
	struct wire_msg m;
	const int r = wire_recv(h->fd, &m, NULL, 0);

	if (r == 0 && running && m.kind == WIRE_VERDICT && m.verdict == VERDICT_CONFINE) {
		h->state = HOOKS_DONE;
		if (k->plan->stop_post.len == 0)
			reap(h);
		return 1;
	}
	if (r == 0 && running && m.kind == WIRE_FAIL)
		return failed(k, m.err < 0 ? m.err : -ECANCELED, m.text);
	reap(h);
	if (running)
		return failed(k, r < 0 ? r : -EPROTO,
			      "the process that runs ExecStartPre= has ended");
	keeper_log(&k->logins[0], LOG_ERR, "error",
		   log_text("why",
			    "the process that was to run ExecStopPost= was killed; no program of "
			    "ExecStopPost= will run"));
	return 0;
}

int hooks_patience(const struct keeper *k)
{
	const int64_t now = usage_now();

	return k->hooks.wait_at <= now ? 0 : (int)((k->hooks.wait_at - now) / USEC_MS) + 1;
}

int hooks_tend(struct keeper *k)
{
	struct hooks *h = &k->hooks;
	const int64_t now = usage_now();
	struct wire_msg m;

	if (h->state != HOOKS_RUN || h->failed || now < h->wait_at)
		return 0;
	if (now >= h->until)
		return failed(k, -ETIMEDOUT, "the process that runs ExecStartPre= does not answer");
	wire_init(&m, WIRE_WAIT);
	for (const struct keeper_login *l = NULL; (l = login_next(k, l)) != NULL;)
		if (l->asked)
			(void)wire_send(l->pam, &m, NULL,
					0); /* the end of the module shows elsewhere */
	h->wait_at = now + WAIT_MS * USEC_MS;
	return 0;
}

/* The PAM application of the login that ends last. */
static int last_caller(const struct keeper *k)
{
	const struct keeper_login *l = login_next(k, NULL);

	return l != NULL ? l->caller : k->place.caller;
}

void hooks_tell(const struct keeper *k, const char *result)
{
	const int init = k->session.pidfd, caller = last_caller(k);
	/* one of them twice where the other is not there */
	const int fds[] = { [WIRE_AFTER_INIT] = init >= 0 ? init : caller,
			    [WIRE_AFTER_CALLER] = caller >= 0 ? caller : init };
	struct wire_msg m;

	if (k->hooks.fd < 0 || fds[0] < 0)
		return;
	wire_init(&m, WIRE_AFTER);
	m.verdict = init >= 0 ? VERDICT_CONFINE : VERDICT_UNCONFINED;
	m.err = usage_code(&k->logins[0]);
	(void)snprintf(m.text, sizeof m.text, "%.200s", result); /* fits */
	(void)wire_send(k->hooks.fd, &m, fds, 2); /* if it is gone, hooks_happened() has told */
}

void hooks_end(struct keeper *k)
{
	if (k->hooks.fd >= 0)
		/* a child of the keeper that hangs may still have the socket */
		(void)shutdown(k->hooks.fd, SHUT_RDWR); /* cannot fail for a socket */
	close_fd(&k->hooks.fd);
}
