/* state.c - what a process inherits and doesn't see: descriptors, signals, timers */
#include "cordonsh.h"

#include "../core/base/own.h"
#include "../core/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* A descriptor that is opened later must never be somebody's standard output. */
static int fill_standard(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		int got;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		got = open("/dev/null", O_RDWR);
		if (got != fd) /* the lowest free one: this one, or none at all */
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
		(void)signal(raised[i], SIG_IGN);       /* what has gone off and waits is forgotten */
	}
	return own_signals(1);
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
