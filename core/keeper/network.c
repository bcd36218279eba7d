/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network.c - the keeper's side of network.h
 *
 * A child of the keeper is PID 1 of a pid namespace, so that pasta dies with it, and it dies with the
 * keeper. The namespace has rules before it has an interface, and it loses the interface with pasta.
 */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

enum { USEC_MS = 1000, NETWORK_MS = 10000 };

static int failed(struct keeper *k, int r, const char *what)
{
	k->network.state = NETWORK_FAILED;
	k->step = STEP_NONE;
	return err_set(&k->failure, r, "NetworkAllow=: %s", what);
}

static int start(struct keeper *k)
{
	cleanup_close int own = -1, other = -1;
	int pair[2];
	pid_t pid;

	if (k->session.network < 0)
		return -EBADF;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	own = pair[0];
	other = pair[1];
	pid = sys_clone(CLONE_NEWPID | CLONE_NEWNS, &k->network.child);
	if (pid == 0)
		network_run(k, other, k->session.network);
	if (pid < 0)
		return pid;
	k->network.pid = pid;
	k->network.fd = take_fd(&own);
	return 0;
}

int network_begin(struct keeper *k)
{
	int r;

	network_end(k);
	if (k->plan->network.len == 0)
		return 0;
	r = start(k);
	if (r < 0)
		return failed(k, r, "the process that makes the network cannot be started");
	k->network.state = NETWORK_RUN;
	k->network.until = usage_now() + (int64_t)NETWORK_MS * USEC_MS;
	return 0;
}

bool network_ready(const struct keeper *k)
{
	return k->plan->network.len == 0 || k->network.state == NETWORK_UP ||
	       k->network.state == NETWORK_LOST;
}

static int lost(struct keeper *k, const char *why)
{
	network_end(k);
	k->network.state = NETWORK_LOST;
	keeper_log(&k->logins[0], LOG_ERR, "network", log_text("why", why));
	return 0;
}

int network_happened(struct keeper *k)
{
	struct network *n = &k->network;
	struct pollfd readable = { .fd = n->fd, .events = POLLIN };
	const bool running = n->state == NETWORK_RUN;
	struct wire_msg m;
	int r;

	if (poll(&readable, 1, 0) <= 0) {
		if (!running || usage_now() < n->until)
			return 0;
		network_end(k);
		return failed(k, -ETIMEDOUT, "the network was not made in time");
	}
	r = wire_recv(n->fd, &m, NULL, 0);
	if (r == 0 && running && m.kind == WIRE_VERDICT && m.verdict == VERDICT_CONFINE) {
		n->state = NETWORK_UP;
		return 1;
	}
	network_end(k);
	if (r == 0 && m.kind == WIRE_FAIL)
		return running ? failed(k, m.err < 0 ? m.err : -ECANCELED, m.text) : lost(k, m.text);
	if (running)
		return failed(k, r < 0 ? r : -EPROTO,
			      "the process that makes the network has ended");
	return lost(k, "the process that watches pasta was killed; the session reaches nothing");
}

int network_patience(const struct keeper *k)
{
	const int64_t left = k->network.until - usage_now();

	return left <= 0 ? 0 : (int)(left / USEC_MS) + 1;
}

void network_end(struct keeper *k)
{
	struct network *n = &k->network;

	if (n->pid > 0) {
		(void)sys_pidfd_kill(n->child); /* it may have ended */
		bounded_wait(n->pid, n->child);
	}
	close_fd(&n->child);
	close_fd(&n->fd);
	n->pid = 0;
	n->state = NETWORK_NONE;
}
