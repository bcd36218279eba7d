/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cordon-login: the PAM module starts it; descriptor 3 is the socket to the module
 *
 * With --user-manager, systemd starts it before user@UID.service, and the exit code is the answer.
 */
#include "login/login.h"

#include "base/own.h"
#include "contract/exits.h"
#include "contract/log.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* Gives up what the caller left. The module did the part that is possible before execve(2). */
static int be_own(int *ret_nice)
{
	/* an application that is not root gets an answer with its own rights, and no session */
	int r = geteuid() == 0 ? own_identity() : 0;

	if (r == 0)
		r = own_signals(0);
	if (r < 0)
		return r;
	/* a write beyond a limit must fail and be reported; the signal would end us silently */
	(void)signal(SIGXFSZ, SIG_IGN); /* cannot fail */
	own_limits();
	*ret_nice = getpriority(PRIO_PROCESS, 0); /* inherited */
	own_standing();
	if (chdir("/") < 0)
		return -errno;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

static int answer_manager(struct attempt *a, const char *account)
{
	int ignored;
	const int r = be_own(&ignored);

	a->by_root = geteuid() == 0;
	if (r == 0)
		return attempt_manager(a, account);
	(void)fprintf(stderr, "cordon-login: cannot start: %s\n", strerror(-r));
	return EXIT_SYSTEM;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "rules", required_argument, NULL, 'r' },
						 { "debug", no_argument, NULL, 'd' },
						 { "user-manager", required_argument, NULL, 'u' },
						 { NULL, 0, NULL, 0 } };
	static struct attempt a = {
		.pam = WIRE_PAM_FD, .caller = -1, .plan_fd = -1, .group = CGROUP_NONE
	}; /* large */
	const char *manager = NULL;
	struct stat st;
	uid_t peer;
	pid_t pid;
	int option, r;

	policy_paths_default(&a.paths);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'r')
			a.paths.rules_etc = optarg;
		else if (option == 'd')
			a.debug = true;
		else if (option == 'u')
			manager = optarg;
		else
			return EXIT_USAGE;
	}
	if (manager != NULL && optind == argc)
		return answer_manager(&a, manager);
	if (optind != argc || fstat(WIRE_PAM_FD, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		(void)fprintf(stderr, "cordon-login: is started by pam_cordon(8), not by hand\n");
		return EXIT_USAGE;
	}
	log_open("cordon", a.debug);
	r = be_own(&a.nice);
	if (r == 0 && fcntl(WIRE_PAM_FD, F_SETFD, FD_CLOEXEC) < 0)
		r = -errno;
	if (r == 0)
		r = wire_peer(WIRE_PAM_FD, &peer, &pid);
	a.by_root = geteuid() == 0;
	if (r < 0 || peer != geteuid()) {
		log_event(LOG_ERR, "error",
			  log_fields(log_text("why", "cordon-login cannot start"),
				     log_word("errno", err_name(r < 0 ? -r : EPERM))));
		return EXIT_SYSTEM;
	}
	attempt_serve(&a);
	return 0;
}
