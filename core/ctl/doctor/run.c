/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - run a program of the host and read what it prints, for a limited time */
#include "ctl/doctor/doctor.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUN_MS = 10000, OUTPUT_MAX = 1 << 20 };

/* In the child; descriptors other than 0, 1 and 2 close by themselves. */
static void execute(const char *const *argv, int out, int error)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
	char *const env[] = { path, locale, NULL };
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(error, 2) == 2)
		(void)execve(argv[0], (char *const *)(uintptr_t)argv, env);
	_exit(127);
}

struct text {
	char *buf;
	size_t n, size;
};

/* Returns false at the end of the output. What has no room is dropped. */
static bool take(int fd, struct text *t)
{
	char more[4096];
	const ssize_t got = read(fd, more, sizeof more);
	size_t n;

	if (got <= 0)
		return got < 0 && (errno == EINTR || errno == EAGAIN);
	n = t->size - 1 - t->n < (size_t)got ? t->size - 1 - t->n : (size_t)got;
	memcpy(t->buf + t->n, more, n);
	t->n += n;
	return true;
}

/* Reads both streams until their end. */
static int read_both(const int fd[2], struct text *out, struct text *error)
{
	const int64_t until = clock_ms() + RUN_MS;
	struct pollfd p[2] = { { .fd = fd[0], .events = POLLIN },
			       { .fd = fd[1], .events = POLLIN } };

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		const int64_t left = until - clock_ms();

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			return -errno;
		for (unsigned i = 0; i < 2; i++)
			if (p[i].fd >= 0 && p[i].revents != 0 && !take(p[i].fd, i == 0 ? out : error))
				p[i].fd = -1;
	}
	return 0;
}

int doctor_run(const char *const *argv, char **ret, char *ret_error, size_t error_size,
	       int *ret_code)
{
	struct text out = { .size = OUTPUT_MAX }, error = { .buf = ret_error, .size = error_size };
	cleanup_free char *buf = calloc(1, OUTPUT_MAX);
	int pipes[2][2] = { { -1, -1 }, { -1, -1 } }, status = 0, r = 0;
	pid_t pid = -1;

	memset(ret_error, 0, error_size);
	out.buf = buf;
	if (buf == NULL)
		return -ENOMEM;
	if (pipe2(pipes[0], O_CLOEXEC) < 0 || pipe2(pipes[1], O_CLOEXEC) < 0 || (pid = fork()) < 0)
		r = -errno;
	if (pid == 0)
		execute(argv, pipes[0][1], pipes[1][1]);
	close_fd(&pipes[0][1]);
	close_fd(&pipes[1][1]);
	if (r == 0)
		r = read_both((const int[]){ pipes[0][0], pipes[1][0] }, &out, &error);
	close_fd(&pipes[0][0]);
	close_fd(&pipes[1][0]);
	if (r < 0 && pid > 0)
		(void)kill(pid, SIGKILL); /* it is waited for */
	if (pid > 0 && waitpid(pid, &status, 0) < 0 && r == 0)
		r = -errno;
	*ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (r == 0)
		*ret = take_ptr(&buf);
	return r;
}
