/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stopwatch.c - start programs and say how long they took; driven by lines on standard input
 *
 *   one US ARG US ARG ...            -> "NANOSECONDS STATUS"
 *   many US COUNT US AT_ONCE US ARG US ...  -> "NANOSECONDS FAILED", all together
 *
 * US is the byte 0x1f. Small and static: what a large process pays to fork is not measured.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGS_MAX = 256, LINE_MAX_BYTES = 65536 };

extern char **environ;

static long long now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
	return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static pid_t start(char **argv, const posix_spawn_file_actions_t *quiet)
{
	pid_t pid;

	return posix_spawnp(&pid, argv[0], quiet, NULL, argv, environ) == 0 ? pid : -1;
}

static void one(char **argv, const posix_spawn_file_actions_t *quiet)
{
	const long long begin = now();
	const pid_t pid = start(argv, quiet);
	int status = 127 << 8;

	if (pid > 0)
		(void)waitpid(pid, &status, 0); /* our child, no handler */
	(void)printf("%lld %d\n", now() - begin, status);
}

static void many(long count, long at_once, char **argv, const posix_spawn_file_actions_t *quiet)
{
	const long long begin = now();
	long started = 0, running = 0, failed = 0;

	while (started < count || running > 0) {
		int status;

		if (started < count && running < at_once) {
			started++;
			if (start(argv, quiet) > 0)
				running++;
			else
				failed++;
			continue;
		}
		if (wait(&status) < 0)
			break;
		running--;
		failed += status != 0;
	}
	(void)printf("%lld %ld\n", now() - begin, failed);
}

int main(void)
{
	static char line[LINE_MAX_BYTES];
	posix_spawn_file_actions_t quiet;

	if (posix_spawn_file_actions_init(&quiet) != 0)
		return 1;
	for (int fd = 0; fd <= 2; fd++)
		if (posix_spawn_file_actions_addopen(&quiet, fd, "/dev/null", O_RDWR, 0) != 0)
			return 1;
	while (fgets(line, sizeof line, stdin) != NULL) {
		char *argv[ARGS_MAX + 1];
		size_t n = 0;

		line[strcspn(line, "\n")] = '\0';
		for (char *word = strtok(line, "\x1f"); word != NULL && n < ARGS_MAX;
		     word = strtok(NULL, "\x1f"))
			argv[n++] = word;
		argv[n] = NULL;
		if (n >= 2 && strcmp(argv[0], "one") == 0)
			one(argv + 1, &quiet);
		else if (n >= 4 && strcmp(argv[0], "many") == 0)
			many(atol(argv[1]), atol(argv[2]), argv + 3, &quiet);
		else
			return 2;
		(void)fflush(stdout); /* the reader waits for it */
	}
	return 0;
}
