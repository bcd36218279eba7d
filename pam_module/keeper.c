/* SPDX-License-Identifier: Apache-2.0 */
/* keeper.c - see keeper.h */
#include "keeper.h"
#include "spawn.h"

#include "base/sys_ns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLICY CORDON_LIBEXECDIR "/cordon-login" /* which becomes the keeper */

enum { CLOSE_DEADLINE_MS = 5000 };

static int failed(struct err *e, int code, const char *what)
{
	errno = -code; /* for %m, which needs no static buffer as strerror(3) does */
	return err_set(e, code, "%s: %m", what);
}

static int run(int sock, const struct keeper_options *o, struct err *e)
{
	char name[] = "cordon-login", rules_option[] = "--rules", debug_option[] = "--debug";
	char rules[PATH_MAX] = "";
	char *argv[5] = { name };
	unsigned n = 1;
	int r;

	if (o->rules != NULL) {
		if (strlen(o->rules) >= sizeof rules)
			return err_set(e, -ENAMETOOLONG, "rules=: the path is too long");
		memcpy(rules, o->rules, strlen(o->rules) + 1);
		argv[n++] = rules_option;
		argv[n++] = rules;
	}
	if (o->debug)
		argv[n++] = debug_option;
	r = spawn_apart(POLICY, argv, sock);
	if (r == -EACCES)
		return err_set(
			e, r,
			"can't start " POLICY
			": this process was confined by an earlier session, or must "
			"not execute it; the application has to use a process for each session");
	return r < 0 ? failed(e, r, "can't start " POLICY) : 0;
}

static int hello(struct keeper *k, struct err *e)
{
	const int pidfd = wire_fd_up(sys_pidfd_open(getpid()));
	struct wire_msg m;
	int r;

	if (pidfd < 0)
		return failed(e, pidfd, "pidfd_open");
	wire_init(&m, WIRE_HELLO);
	m.login = k->login;
	r = wire_send(k->fd, &m, &pidfd, 1);
	(void)close(pidfd); /* the keeper has its own */
	return r < 0 ? failed(e, r, "can't ask the keeper") : 0;
}

/* What a verdict may be is for the caller to say. */
static int answer(struct keeper *k, struct wire_msg *ret, int *ret_fds, struct err *e)
{
	const int r = wire_recv(k->fd, ret, ret_fds, WIRE_DEADLINE_MS);

	if (r == -EPIPE)
		return err_set(e, r,
			       "the keeper ended without an answer; its own log line tells why");
	if (r < 0)
		return failed(e, r, "no answer from the keeper");
	memcpy(k->session, ret->session, sizeof k->session);
	return 0;
}

static int adopt(struct keeper *k, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	k->fd = fd;
	k->dev = st.st_dev;
	k->ino = st.st_ino;
	return 0;
}

int keeper_start(const struct login *login, const struct keeper_options *options,
		 struct keeper **ret_keeper, struct wire_msg *ret_verdict, struct err *e)
{
	struct keeper *k = calloc(1, sizeof *k);
	int pair[2] = { -1, -1 };
	int r;

	if (k == NULL)
		return failed(e, -ENOMEM, "memory");
	k->fd = -1;
	k->owner = getpid();
	k->login = *login;
	r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
	for (int i = 0; i < 2 && r == 0; i++) {
		pair[i] = wire_fd_up(pair[i]);
		r = pair[i] < 0 ? pair[i] : 0;
	}
	if (r == 0)
		r = adopt(k, pair[0]);
	if (r < 0) {
		(void)failed(e, r, "socketpair"); /* r says so already */
		goto out;
	}
	pair[0] = -1;
	r = run(pair[1], options, e);
	wire_close(&pair[1], 1); /* else its end would never be seen */
	if (r == 0)
		r = hello(k, e);
	if (r == 0)
		r = answer(k, ret_verdict, NULL, e);
	if (r == 0 && ret_verdict->kind != WIRE_VERDICT)
		r = err_set(e, -EPROTO, "the keeper answers out of turn");
	if (r == 0 && ret_verdict->verdict == VERDICT_UNCONFINED) {
		k->alone = 1;
		keeper_drop(k);
	}
out:
	wire_close(pair, 2);
	if (r < 0)
		keeper_free(k);
	else
		*ret_keeper = k;
	return r;
}

/* Is the number still our socket in this process? */
static int is_ours(const struct keeper *k)
{
	struct stat st;

	return k->fd >= 0 && fstat(k->fd, &st) == 0 && st.st_dev == k->dev && st.st_ino == k->ino;
}

int keeper_is_for(const struct keeper *k, const struct login *login)
{
	/* Both were zeroed before they were filled: bytes compare as the strings do. */
	return !k->opened && k->owner == getpid() && (k->alone || is_ours(k)) &&
	       memcmp(&k->login, login, sizeof *login) == 0;
}

int keeper_open(struct keeper *k, struct wire_msg *ret_answer, int ret_fds[WIRE_FDS_MAX],
		struct err *e)
{
	struct wire_msg m;
	int r;

	if (k->alone) {
		wire_init(ret_answer, WIRE_VERDICT);
		ret_answer->verdict = VERDICT_UNCONFINED;
		return 0;
	}
	wire_init(&m, WIRE_OPEN);
	m.login = k->login;
	r = account_limits_get(&m.limits); /* pam_limits(8) has been here by now */
	if (r < 0)
		return failed(e, r, "the application's limits can't be read");
	r = wire_send(k->fd, &m, NULL, 0);
	if (r < 0)
		return failed(e, r, "can't ask the keeper");
	r = answer(k, ret_answer, ret_fds, e);
	if (r < 0 || ret_answer->kind == WIRE_READY)
		return r;
	if (ret_answer->kind == WIRE_VERDICT && ret_answer->verdict == VERDICT_DENY)
		return 0;
	wire_close(ret_fds, WIRE_FDS_MAX);
	return err_set(e, -EPROTO, "the keeper answers out of turn");
}

void keeper_fail(struct keeper *k, const struct err *e)
{
	struct wire_msg m;

	wire_init(&m, WIRE_FAIL);
	m.err = e->code;
	(void)snprintf(m.text, sizeof m.text, "%.200s", e->msg); /* a cut message is one still */
	(void)wire_send(k->fd, &m, NULL, 0); /* end of file says the same, with fewer words */
}

int keeper_close(struct keeper *k, struct err *e)
{
	struct wire_msg m;
	int r;

	if (!is_ours(k))
		return 0;
	wire_init(&m, WIRE_CLOSE);
	r = wire_send(k->fd, &m, NULL, 0);
	/* one that has ended by itself has left its last word */
	r = wire_recv(k->fd, &m, NULL, r == 0 ? CLOSE_DEADLINE_MS : 0);
	if (r == -ETIMEDOUT)
		return failed(e, r, "no answer from the keeper");
	return r == 0 ? 0 : failed(e, r, "the keeper was killed, and with it the session");
}

void keeper_drop(struct keeper *k)
{
	if (is_ours(k)) {
		/* children of the application may hold copies: they don't keep the session */
		if (k->owner == getpid())
			(void)shutdown(k->fd, SHUT_RDWR); /* fails when the keeper is gone */
		(void)close(k->fd);			  /* nothing is left in it */
	}
	k->fd = -1;
}

void keeper_free(struct keeper *k)
{
	if (k == NULL)
		return;
	keeper_drop(k);
	free(k);
}
