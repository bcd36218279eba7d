/* main.c - cordon-policy: started by the PAM module, fd 3 is the socket to it */
#include "login.h"

#include "../base/log.h"

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

enum { PAM_FD = 3, EXIT_USAGE = 2, EXIT_SYSTEM = 4 };

/* Let go of the PAM application; the module has seen to it that we are not its child. */
static int daemonize(void)
{
	if (setsid() < 0 || chdir("/") < 0)
		return -errno;
	(void)umask(022); /* the caller's is not ours */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

/*
 * What the caller was limited to must not cut a map, a log line or the view short: no limits where
 * CAP_SYS_RESOURCE allows it, else what the hard limit says; and a write that is too large then
 * fails and is reported, where a signal would end the keeper without a word.
 */
static void limits_own(void)
{
	static const int kinds[] = { RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_AS,   RLIMIT_DATA,
				     RLIMIT_CPU,   RLIMIT_NPROC,  RLIMIT_STACK };
	struct rlimit l;

	for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (getrlimit(kinds[i], &l) < 0)
			continue; /* what can't be done without it fails by itself */
		if (kinds[i] != RLIMIT_NOFILE) { /* bounded by fs.nr_open, and enough as it is */
			const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

			if (setrlimit(kinds[i], &none) == 0)
				continue;
		}
		l.rlim_cur = l.rlim_max;
		(void)setrlimit(kinds[i], &l); /* as above */
	}
	(void)signal(SIGXFSZ, SIG_IGN); /* cannot fail */
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "rules", required_argument, NULL, 'r' },
						 { "debug", no_argument, NULL, 'd' },
						 { NULL, 0, NULL, 0 } };
	static struct attempt a = { .pam = PAM_FD, .caller = -1, .plan_fd = -1 }; /* large */
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
		else
			return EXIT_USAGE;
	}
	if (optind != argc || fstat(PAM_FD, &st) < 0 || !S_ISSOCK(st.st_mode)) {
		(void)fprintf(stderr, "cordon-policy: is started by pam_cordon(8), not by hand\n");
		return EXIT_USAGE;
	}
	log_open("cordon", a.debug);
	r = daemonize();
	limits_own();
	if (r == 0 && fcntl(PAM_FD, F_SETFD, FD_CLOEXEC) < 0)
		r = -errno;
	if (r == 0)
		r = wire_peer(PAM_FD, &peer, &pid);
	if (r < 0 || peer != 0) {
		log_event(LOG_ERR, "event=error why=\"can't start: %s\"", strerror(r < 0 ? -r : EPERM));
		return EXIT_SYSTEM;
	}
	attempt_serve(&a);
	return 0;
}
