/* SPDX-License-Identifier: Apache-2.0 */
/*
 * helper.c - start the one program that sshd executes as root during a session, outside of the session
 *
 * The program is ssh-sk-helper, which signs with a host key on a FIDO authenticator at every exchange
 * of keys. It needs the host's /dev and its own libraries. In the caller view, only cordonsh can be
 * executed, so the module has sshd start cordonsh instead (pam_module/enter_helper.c), and cordonsh
 * sends its standard descriptors to the keeper (shell/helper.c).
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

/* @fds are standard input, which is also the output, and standard error. */
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

/* Starts the program, waits for its end, and sends the result to cordonsh. */
_Noreturn static void attend(int client, const int fds[2], char *option)
{
	int keep[] = { client, fds[0], fds[1] };
	int status = -1, fd = -1;
	pid_t pid = child_close_but(keep, 3) < 0 ? -1 : sys_clone(0, &fd);

	if (pid == 0)
		execute(fds, option);
	/* only the program may hold them, because sshd waits for end of file */
	(void)close(fds[0]);
	(void)close(fds[1]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)wire_verdict(client, pid > 0 && status == 0 ? VERDICT_UNCONFINED : VERDICT_DENY, "",
			   "");
	_exit(0);
}

/* Is @option one of -v, -vv and so on, which set how much is logged? */
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
		keeper_log(c->login, LOG_CRIT, "tampering", log_number("kind", m->kind));
		return;
	}
	keeper_log(c->login, LOG_DEBUG, "helper", log_word("program", "ssh-sk-helper"));
	/* the child starts another process and ends at once, because the keeper only waits for init */
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
