/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c - the account step: answer the question of the module, and become the keeper */
#include "login/login.h"
#include "login/names_ask.h"

#include "base/own.h"
#include "contract/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#define KEEPER CORDON_LIBEXECDIR "/cordon-keeper"

/* Writes the one deny line of a login, whichever step refuses the login. */
static void refuse(struct attempt *a)
{
	char why[1024];
	const char *text = a->decision.user_text[0] != '\0' ? a->decision.user_text : WIRE_REFUSAL;

	log_login(&a->login, a->facts.session, a->decision.rule, LOG_NOTICE, "deny",
		  log_fields(log_text("why", a->failure.code != 0 ?
						     err_text(&a->failure, why, sizeof why) :
						     NULL)));
	/* if this fails, the module sees the end of the socket, which is a refusal as well */
	(void)wire_verdict(a->pam, VERDICT_DENY, a->facts.session, text);
}

/*
 * The keeper stays as long as the session, so it is a small static program. execve(2) leaves nothing
 * of the parser and the name service in memory; only the sockets remain.
 */
static int become_keeper(struct attempt *a)
{
	static char name[] = "cordon-keeper", debug[] = "--debug";
	char *argv[] = { name, a->debug ? debug : NULL, NULL }, *const env[] = { NULL };
	const int fds[] = { [WIRE_KEEP_CALLER] = a->caller,
			    [WIRE_KEEP_PLAN] = a->plan_fd,
			    [WIRE_KEEP_CGROUP] = a->group.fd,
			    [WIRE_KEEP_HOLD] = a->group.hold };
	const bool grouped = a->group.fd >= 0;
	struct wire_msg m;
	int pair[2], r;
	char group[PATH_MAX];

	r = own_cgroup(group, sizeof group);
	if (r < 0)
		return err_set(
			&a->failure, r,
			"users other than root can change control group '%.200s' or one above it, and the keeper cannot leave it: %s",
			group, strerror(-r));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	wire_init(&m, grouped ? WIRE_KEEP_GROUP : WIRE_KEEP);
	m.login = a->login;
	m.nice = a->nice;
	r = wire_send(pair[0], &m, fds, grouped ? 4 : 2);
	if (r < 0)
		return r;
	if (pair[1] == WIRE_KEEP_FD)
		r = fcntl(WIRE_KEEP_FD, F_SETFD, 0);
	else
		r = dup2(pair[1], WIRE_KEEP_FD); /* the copy is not close-on-exec */
	if (r < 0 || fcntl(a->pam, F_SETFD, 0) < 0)
		return -errno;
	(void)execve(KEEPER, argv, env); /* returns only to fail */
	return -errno;
}

/* The module answers the names of CopyCredentials= with the values that PAM modules have set. */
static int answer_confined(const struct attempt *a)
{
	const struct set_list *names = &a->decision.settings.copy_credentials;
	struct wire_msg m;
	size_t used = 0;

	wire_init(&m, WIRE_VERDICT);
	m.verdict = VERDICT_CONFINE;
	(void)snprintf(m.session, sizeof m.session, "%.31s", a->facts.session); /* fits */
	for (size_t i = 0; i < names->n && used < sizeof m.text; i++) /* fits, see the compiler */
		used += (size_t)snprintf(m.text + used, sizeof m.text - used, "%s%s",
					 i > 0 ? " " : "", names->items[i].text);
	return wire_send(a->pam, &m, NULL, 0);
}

enum { LOOKUP_SEC = 15 }; /* less than WIRE_DEADLINE_MS, which the module waits */

static struct attempt *attempt; /* for too_slow() */

static void too_slow(const char *what)
{
	(void)err_set(&attempt->failure, -ETIMEDOUT,
		      "the name service did not return %s within %d seconds; see nsswitch.conf(5)",
		      what, LOOKUP_SEC);
	refuse(attempt);
	_exit(0);
}

void attempt_serve(struct attempt *a)
{
	struct wire_msg m;
	int fds[WIRE_FDS_MAX], r;

	if (wire_recv(a->pam, &m, fds, WIRE_DEADLINE_MS) < 0)
		return;
	if (m.kind != WIRE_HELLO) {
		wire_close(fds, wire_fds(m.kind));
		return;
	}
	a->caller = fds[0];
	attempt = a;
	names_deadline(LOOKUP_SEC, too_slow);
	if (a->by_root) /* else the application is not to be believed */
		names_by_module(a->pam);
	switch (attempt_prepare(a, &m.login)) {
	case VERDICT_DENY:
		refuse(a);
		return;
	case VERDICT_UNCONFINED:
		log_login(&a->login, a->facts.session, "", LOG_DEBUG, "unconfined", log_no_fields);
		/* no process of cordon stays for an unconfined login */
		(void)wire_verdict(a->pam, VERDICT_UNCONFINED, a->facts.session, "");
		return;
	case VERDICT_CONFINE:
		break;
	}
	if (answer_confined(a) < 0)
		return;
	r = attempt_group(a);
	if (r == 0) {
		r = become_keeper(a);
		group_end(&a->group, a->facts.login.uid, a->facts.session);
	}
	if (a->failure.code == 0)
		(void)err_set(&a->failure, r, "%s: %s; install cordon again", KEEPER, strerror(-r));
	refuse(a); /* the session step reads the refusal as its answer */
}
