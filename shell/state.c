/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - reset what cordonsh inherits from its caller: descriptors, signals, timers */
#include "cordonsh.h"

#include "base/own.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

/* Fills closed standard descriptors, so that no file opened later becomes a standard output. */
static int fill_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		int got;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		got = open("/dev/null", O_RDWR);
		if (got != fd) /* open(2) returns the lowest free number, so this is an error */
			return got < 0 ? -errno : -EBADF;
	}
	return 0;
}

int state_reset(void)
{
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };
	static const int raised[] = { SIGALRM, SIGVTALRM, SIGPROF };
	const struct itimerval off = { .it_interval = { 0 } };
	const int r = fill_standard();

	if (r < 0)
		return r;
	for (unsigned i = 0; i < sizeof timers / sizeof timers[0]; i++) {
		(void)setitimer(timers[i], &off, NULL); /* cannot fail */
		(void)signal(raised[i], SIG_IGN);	/* discards a pending signal of the timer */
	}
	return own_signals(1);
}

/* Opens the terminal again, because /proc/self/fd/0 would show a name that the session lacks. */
static void terminal_reopen(const char *path, const struct stat *terminal)
{
	const int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return; /* the old descriptors still work */
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (fstat(i, &st) == 0 && st.st_dev == terminal->st_dev &&
		    st.st_ino == terminal->st_ino)
			(void)dup2(fd, i); /* cannot fail, because @i is open */
	(void)close(fd);		   /* above 2, because 0, 1 and 2 are open */
}

void terminal_name(char **envp)
{
	static char text[40];
	const char *path = text + sizeof "SSH_TTY=" - 1;
	struct stat st, named;

	while (*envp != NULL && strncmp(*envp, "SSH_TTY=", sizeof "SSH_TTY=" - 1) != 0)
		envp++;
	if (*envp == NULL || fstat(STDIN_FILENO, &st) < 0 || !S_ISCHR(st.st_mode))
		return;
	if (text_number(text, sizeof text, "SSH_TTY=/dev/pts/#", minor(st.st_rdev), 10) == 0 ||
	    stat(path, &named) < 0 || named.st_dev != st.st_dev || named.st_rdev != st.st_rdev)
		return; /* a terminal of the host's devpts, or no pseudo-terminal */
	*envp = text;
	terminal_reopen(path, &named);
}

void complain(const char *a, const char *b)
{
	static char line[8192];
	const char *const part[] = { "cordon: ", a, b };
	size_t len = 0;

	for (unsigned i = 0; i < 3; i++)
		len += text_plain(line + len, sizeof line - len - 1, part[i], SIZE_MAX);
	line[len++] = '\n';
	if (write(2, line, len) < 0)
		return; /* nobody listens */
}
