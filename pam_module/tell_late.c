/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell_late.c - tell a user of sshd about a refusal at the session step
 *
 * sshd keeps the messages of this step, and the child that it forks for a command writes them to the
 * standard output of the command. Clients such as sftp and rsync expect a protocol there. The child
 * then ends by exit(3), as it executes nothing without a session. So the line is written at that exit,
 * to standard error, which is also the terminal if the user has one.
 */
#include "tell_late.h"

#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char line[2048];
static pid_t refused; /* the process that was refused */

/* sshd connects a command to sockets or pipes, or to a terminal; its other processes have /dev/null. */
static bool is_stream(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode) || isatty(fd));
}

static void at_exit(void)
{
	if (getpid() != refused && geteuid() != 0 && is_stream(STDIN_FILENO) &&
	    is_stream(STDOUT_FILENO) && is_stream(STDERR_FILENO))
		(void)!write(STDERR_FILENO, line, strlen(line)); /* the log has the line as well */
}

int tell_late(const char *text)
{
	const bool again = refused != 0;

	(void)snprintf(line, sizeof line, "%s\n", text); /* fits */
	refused = getpid();
	return again || atexit(at_exit) == 0 ? 0 : -ENOMEM;
}
