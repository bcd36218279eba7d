/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cordon-probe: read attempts from standard input, make each in a process of its own, and
 * write what came of it to standard output
 *
 *   in:   ID NAME [ARG...]     separated by tabs
 *   out:  ID v VALUE           it succeeded
 *         ID e ERRNO           it was refused
 *         ID s SIGNAL          it was ended by a signal
 *         ID x ERRNO           it could not be made
 *
 * cordon selftest runs this program in a session. The program knows nothing of the rule: it decides
 * nothing, and has no privilege. It is installed without read permission, so that the kernel lets
 * no program of the user trace it or read its memory, from execve(2) on.
 */
#include "probe/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_MAX = 5 };

static const struct attempt {
	const char *name;
	int64_t (*make)(const char *const args[PROBE_ARGS_MAX]);
} attempts[] = {
#define ATTEMPT(name, help) { #name, try_##name },
#include "probe/attempts.def"
#undef ATTEMPT
};

static const struct attempt *find(const char *name)
{
	for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
		if (strcmp(name, attempts[i].name) == 0)
			return &attempts[i];
	return NULL;
}

uint64_t probe_number(const char *text)
{
	return strtoull(text, NULL, 0);
}

static void child(const struct attempt *a, const char *const args[PROBE_ARGS_MAX], int out)
{
	int64_t got;

	/* the filter's signal comes all the same, and the limit on files fails the call */
	(void)signal(SIGSYS, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)alarm(SECONDS_MAX);
	got = a->make(args);
	_exit(write(out, &got, sizeof got) == (ssize_t)sizeof got ? 0 : 1);
}

static void answer(const char *id, const struct attempt *a, const char *const args[PROBE_ARGS_MAX])
{
	int64_t got = 0;
	int status = 0, pair[2];
	ssize_t n;
	pid_t pid;

	if (pipe(pair) < 0 || (pid = fork()) < 0) {
		(void)printf("%s\tx\t%d\n", id, errno);
		return;
	}
	if (pid == 0)
		child(a, args, pair[1]);
	(void)close(pair[1]);
	n = read(pair[0], &got, sizeof got);
	(void)close(pair[0]);
	(void)waitpid(pid, &status, 0);
	if (n != (ssize_t)sizeof got)
		(void)printf("%s\ts\t%d\n", id, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	else if (got <= PROBE_CANNOT)
		(void)printf("%s\tx\t%" PRId64 "\n", id, PROBE_CANNOT - got);
	else if (got < 0)
		(void)printf("%s\te\t%" PRId64 "\n", id, -got);
	else
		(void)printf("%s\tv\t%" PRId64 "\n", id, got);
}

static void line(char *text)
{
	const char *args[PROBE_ARGS_MAX], *id, *name;
	const struct attempt *a;

	text[strcspn(text, "\n")] = '\0';
	id = strsep(&text, "\t");
	name = strsep(&text, "\t");
	for (unsigned i = 0; i < PROBE_ARGS_MAX; i++) {
		const char *arg = strsep(&text, "\t");

		args[i] = arg != NULL ? arg : "";
	}
	a = name != NULL ? find(name) : NULL;
	if (a != NULL)
		answer(id, a, args);
	else
		(void)printf("%s\tx\t%d\n", id, ENOSYS);
	(void)fflush(stdout); /* an attempt's process must not have what is pending */
}

int main(void)
{
	static char text[16384];

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* where the installed mode does not see to it */
	(void)signal(SIGPIPE, SIG_IGN);
	while (fgets(text, sizeof text, stdin) != NULL)
		line(text);
	return 0;
}
