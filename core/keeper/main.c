/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - cordon-keeper, the keeper: cordon-login turns into it once a login is to be confined */
#include "keeper/keeper.h"

#include "base/own.h"
#include "contract/exits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <syslog.h>
#include <unistd.h>

/* Where cordon-login has left the module's socket, and the one with what there is to know. */

static int take(struct keeper *k)
{
	struct wire_msg m;
	int fds[WIRE_FDS_MAX];
	int r = wire_recv(WIRE_KEEP_FD, &m, fds, 0);

	if (r < 0)
		return r;
	if (m.kind != WIRE_KEEP) {
		wire_close(fds, wire_fds(m.kind));
		return -EPROTO;
	}
	(void)close(WIRE_KEEP_FD); /* it had this one message */
	k->login = m.login;
	k->caller = fds[WIRE_KEEP_CALLER];
	k->plan_fd = fds[WIRE_KEEP_PLAN];
	r = plan_open(k->plan_fd, &k->plan, &k->part); /* from here on it is what cordonsh will see */
	if (r == 0 && fcntl(WIRE_PAM_FD, F_SETFD, FD_CLOEXEC) < 0)
		r = -errno;
	if (r == 0 && (k->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		r = -errno;
	return r;
}

int main(int argc, char **argv)
{
	struct keeper k = { .pam = WIRE_PAM_FD,
			    .caller = -1,
			    .proc = -1,
			    .signals = -1,
			    .plan_fd = -1,
			    .ended = "failure",
			    .session = SESSION_NONE,
			    .terminal = { .master = -1, .slave = -1, .number = -1 } };
	int r;

	log_open("cordon", argc == 2 && strcmp(argv[1], "--debug") == 0);
	r = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : own_signals(0);
	if (r == 0)
		r = take(&k);
	if (r == -ENOTSOCK || r == -EBADF) {
		static const char text[] =
			"cordon-keeper: is started by pam_cordon(8), not by hand\n";

		(void)!write(STDERR_FILENO, text, sizeof text - 1);
		return EXIT_USAGE;
	}
	if (r < 0) { /* the module sees an end of file, which is a refusal */
		log_event(LOG_ERR, "event=error why=\"the keeper can't start: %s\"", strerror(-r));
		return EXIT_SYSTEM;
	}
	keeper_serve(&k);
	session_end(&k.session);
	return 0;
}
