/* SPDX-License-Identifier: Apache-2.0 */
/*
 * helper.c - what sshd executes as root while a session is open, started outside of it
 *
 * One program: ssh-sk-helper, which signs with a host key that is on a FIDO authenticator, at every
 * exchange of keys. It needs the host's /dev and its own libraries. In the PAM caller's view nothing
 * but cordonsh can be executed, so sshd finds cordonsh in its place (pam_module/enter_helper.c), and
 * that sends its standard descriptors here (shell/helper.c).
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/own.h"
#include "base/sys.h"
#include "confine/child.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

/* Where Debian, Fedora, Arch and OpenSSH itself install it. */
static const char *const programs[] = {
	"/usr/lib/openssh/ssh-sk-helper",
	"/usr/libexec/openssh/ssh-sk-helper",
	"/usr/lib/ssh/ssh-sk-helper",
	"/usr/libexec/ssh-sk-helper",
};

enum { NOT_EXECUTED = 127 };

/* @fds: standard input, which is its output as well, and standard error */
_Noreturn static void execute(const int fds[2], char *option)
{
	static char name[] = "ssh-sk-helper", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const argv[] = { name, option[0] != '\0' ? option : NULL, NULL };
	char *const envp[] = { path, NULL };

	if (dup2(fds[0], 0) == 0 && dup2(fds[0], 1) == 1 && dup2(fds[1], 2) == 2 &&
	    own_signals(0) == 0 && sys_close_range(3, ~0u) == 0)
		for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
			(void)execve(programs[i], argv, envp);
	_exit(NOT_EXECUTED);
}

/* Starts it, waits, and says what came of it. */
_Noreturn static void attend(int client, const int fds[2], char *option)
{
	int keep[] = { client, fds[0], fds[1] };
	int status = -1, fd = -1;
	pid_t pid = child_close_but(keep, 3) < 0 ? -1 : sys_clone(0, &fd);

	if (pid == 0)
		execute(fds, option);
	/* its alone: the other side waits for their end */
	(void)close(fds[0]);
	(void)close(fds[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)wire_verdict(client, pid > 0 && status == 0 ? VERDICT_UNCONFINED : VERDICT_DENY, "",
			   "");
	_exit(0);
}

/* -v, -vv ..: how much it is to log */
static int option_known(const char *option)
{
	return option[0] == '\0' || (option[0] == '-' && option[1] == 'v' &&
				     strspn(option + 1, "v") == strlen(option + 1));
}

void helper_start(const struct client *c, struct wire_msg *m, const int fds[2])
{
	cleanup_close int fd = -1; /* a pidfd */
	pid_t pid;

	if (!option_known(m->text)) {
		keeper_log(c->login, LOG_CRIT, "tampering", "kind=%u", m->kind);
		return;
	}
	keeper_log(c->login, LOG_DEBUG, "helper", "program=ssh-sk-helper");
	/* By a child that is gone at once: the keeper waits for nobody but init. */
	pid = sys_clone(0, &fd);
	if (pid == 0) {
		pid = sys_clone(0, &fd);
		if (pid == 0)
			attend(c->fd, fds, m->text);
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
