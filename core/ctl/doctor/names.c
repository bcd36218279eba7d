/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - the name service, and the ids of OwnerIDs= */
#include "ctl/doctor/doctor.h"

#include "base/clock.h"
#include "policy/account/lookup.h"
#include "policy/account/owners.h"
#include "base/cleanup.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SWITCH "/etc/nsswitch.conf"

enum { ANSWER_SEC = 10, NO_SUCH = 200 };

static int ask_user(const struct doctor *d)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;

	(void)d;
	return lookup_user("_cordon-asks", 0, &pw, &buf);
}

static int ask_group(const struct doctor *d)
{
	(void)d;
	return lookup_group_service();
}

static int ask_netgroup(const struct doctor *d)
{
	return d->netgroup[0] == '\0' ? 0 : lookup_netgroup(d->netgroup, "_cordon-asks");
}

/* Asks in a child, because a library of a name service may hang. Return: 0; -errno. */
static int ask(const struct doctor *d, int (*question)(const struct doctor *d))
{
	int status = 0;
	const pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int r;

		(void)signal(SIGALRM, SIG_DFL); /* cannot fail */
		(void)alarm(ANSWER_SEC);
		r = question(d);
		_exit(r < 0 ? (-r < NO_SUCH ? -r : EIO) : 0);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGALRM ? -ETIMEDOUT : -EIO;
	return -WEXITSTATUS(status);
}

void doctor_names(struct doctor *d)
{
	static const struct {
		const char *database;
		int (*question)(const struct doctor *d);
	} all[] = { { "passwd", ask_user }, { "group", ask_group }, { "netgroup", ask_netgroup } };

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		const int r = ask(d, all[i].question);
		char remedy[160];

		(void)snprintf(remedy, sizeof remedy,
			       "start the service, or correct the line '%s:', and try 'getent %s'",
			       all[i].database, all[i].database); /* fits */
		if (r < 0)
			doctor_find(d, LEVEL_BROKEN, SWITCH, 0, remedy,
				    "a source of '%s' does not answer: %s", all[i].database,
				    strerror(-r));
	}
}

void doctor_ids(struct doctor *d)
{
	struct diag found = { .max = 100 };
	struct err e = { 0 };

	if (owners_load(&d->paths, &e) < 0)
		doctor_find_text(d, LEVEL_BROKEN, e.file, e.line, e.msg,
				 "correct OwnerIDs= in " OWNERS_FILE);
	owners_check(&d->paths, &found);
	for (size_t i = 0; i < found.n; i++)
		doctor_find_text(d, LEVEL_BROKEN, found.list[i].file, found.list[i].line,
				 found.list[i].msg, "change OwnerIDs= in " OWNERS_FILE);
	diag_free(&found);
}
