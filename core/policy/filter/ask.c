/* SPDX-License-Identifier: Apache-2.0 */
/* ask.c - see ask.h */
#include "policy/filter/ask.h"

#include "base/cleanup.h"
#include "base/own.h"
#include "base/sys.h"
#include "contract/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A compilation takes some milliseconds; the PAM module waits for 20 seconds. */
enum { ASK_SEC = 15, NOT_EXECUTED = 127, FIRST_READ = 32768 };

/**
 * struct asked - a cordon-filter that runs
 * @out:    its standard output
 * @status: of waitid(2), once it has ended: CLD_EXITED or another code; 0 where that is not known
 * @value:  the exit status, or the signal
 */
struct asked {
	pid_t pid;
	int pidfd, out;
	int status, value;
	struct timespec until;
};

/* ---- starting it ---- */

/*
 * As cordon-filter gets it: standard input, standard output, and nothing else. Descriptors that are
 * 0 or 1 themselves would be lost, so they are moved out of the way first.
 */
static int descriptors(int in, int out)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	const int from[] = { in >= 0 ? in : null, out, null };
	int high[3];

	for (unsigned i = 0; i < 3; i++) {
		high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 3);
		if (high[i] < 0)
			return -errno;
	}
	for (unsigned i = 0; i < 3; i++)
		if (dup2(high[i], (int)i) < 0)
			return -errno;
	return sys_close_range(3, ~0u);
}

static _Noreturn void execute(const char *program, char *const argv[], int in, int out)
{
	char *const envp[] = { NULL };
	const int r = descriptors(in, out);

	if (r == 0 && own_signals(0) == 0 && sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0)
		(void)execve(program, argv, envp); /* returns only to fail */
	_exit(NOT_EXECUTED);
}

static int start(const char *program, char *const argv[], int in, struct asked *ret)
{
	cleanup_close int from = -1, to = -1;
	int ends[2];

	*ret = (struct asked){ .pidfd = -1, .out = -1 };
	/* said here, where it can be named */
	if (access(program, X_OK) < 0)
		return -errno;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	from = ends[0];
	to = ends[1];
	if (clock_gettime(CLOCK_MONOTONIC, &ret->until) < 0)
		return -errno;
	ret->until.tv_sec += ASK_SEC;
	ret->pid = sys_clone(0, &ret->pidfd);
	if (ret->pid == 0)
		execute(program, argv, in, to);
	if (ret->pid < 0)
		return ret->pid;
	ret->out = take_fd(&from);
	return 0;
}

int ask_start(const char *program, char *const argv[], struct ask_process *ret)
{
	cleanup_close int ours = -1, theirs = -1;
	int pair[2];

	*ret = (struct ask_process){ .pid = -1, .pidfd = -1, .socket = -1 };
	if (access(program, X_OK) < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = wire_fd_up(pair[0]);
	theirs = wire_fd_up(pair[1]);
	if (ours < 0 || theirs < 0)
		return ours < 0 ? ours : theirs;
	ret->pid = sys_clone(0, &ret->pidfd);
	if (ret->pid == 0)
		execute(program, argv, theirs, theirs);
	if (ret->pid < 0)
		return ret->pid;
	ret->socket = take_fd(&ours); /* the end of @theirs is our end of file */
	return 0;
}

void ask_end(struct ask_process *p, bool kill)
{
	if (p->pid < 0)
		return;
	if (kill)
		(void)sys_pidfd_kill(p->pidfd); /* it may have ended */
	while (waitpid(p->pid, NULL, __WALL) < 0 && errno == EINTR)
		;
	close_fd(&p->pidfd);
	close_fd(&p->socket);
	p->pid = -1;
}

/* ---- waiting for it ---- */

static int until_readable(const struct asked *a, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec now;
	int64_t left;
	int r;

	do {
		if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
			return -errno;
		left = (a->until.tv_sec - now.tv_sec) * (int64_t)1000 +
		       (a->until.tv_nsec - now.tv_nsec) / 1000000;
		if (left <= 0)
			return -ETIMEDOUT;
		r = poll(&p, 1, (int)left);
	} while (r == 0 || (r < 0 && errno == EINTR));
	return r < 0 ? -errno : 0;
}

/* Where the caller ignores SIGCHLD there is nothing to wait for, and @status stays unknown. */
static int reap(struct asked *a)
{
	siginfo_t si = { 0 };
	int r = until_readable(a, a->pidfd);

	if (r < 0)
		(void)sys_pidfd_kill(a->pidfd); /* it may be gone; the wait below tells */
	while (waitid(P_PIDFD, (id_t)a->pidfd, &si, WEXITED | __WALL) < 0)
		if (errno != EINTR)
			break;
	a->status = si.si_code;
	a->value = si.si_status;
	close_fd(&a->pidfd);
	close_fd(&a->out);
	return r;
}

/* All that it writes, @max bytes at most. Return: the bytes; -EMSGSIZE for more; another -errno. */
static ssize_t read_all(const struct asked *a, char **ret, size_t max)
{
	cleanup_free char *buf = NULL;
	size_t have = 0, room = 0;

	for (;;) {
		ssize_t n;
		int r;

		if (have == room) {
			char *more;

			if (room > max)
				return -EMSGSIZE;
			room = room == 0 ? FIRST_READ : room * 2;
			more = realloc(buf, room);
			if (more == NULL)
				return -ENOMEM;
			buf = more;
		}
		r = until_readable(a, a->out);
		if (r < 0)
			return r;
		n = read(a->out, buf + have, room - have);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		have += n > 0 ? (size_t)n : 0;
	}
	if (have > max)
		return -EMSGSIZE;
	*ret = take_ptr(&buf);
	return (ssize_t)have;
}

/* Runs it. Return: the bytes of its output at @ret, the caller's; -errno. */
static ssize_t converse(const char *program, char *const argv[], int in, size_t max,
			struct asked *a, char **ret)
{
	cleanup_free char *out = NULL;
	ssize_t n = start(program, argv, in, a);
	int r;

	if (n < 0)
		return n;
	n = read_all(a, &out, max);
	if (n < 0) {
		a->until = (struct timespec){ 0 }; /* nothing more is expected of it: end it */
		(void)reap(a);			   /* the first error counts */
		return n;
	}
	r = reap(a);
	if (r < 0)
		return r;
	*ret = take_ptr(&out);
	return n;
}

/* ---- what is asked ---- */

/*
 * A file in memory is the request: cordon-filter reads it whenever it likes, and there is no reader
 * who could be gone while it is written, as a pipe has.
 */
static int request_file(const struct filter_request *request)
{
	cleanup_close int fd = memfd_create("cordon-request", MFD_CLOEXEC | 0x8u /* NOEXEC_SEAL */);

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create("cordon-request", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pwrite(fd, request, request->size, 0) != (ssize_t)request->size)
		return -EIO;
	return take_fd(&fd);
}

/* cordon-filter has failed: @r says how, or how it ended. The error is of the program, not of a rule. */
static int failed(const char *program, const struct asked *a, int r, struct err *err)
{
	static const char remedy[] = "install cordon and libseccomp again";

	if (r == -ETIMEDOUT)
		return err_at(
			err, program, 0, r,
			"did not compile the filter within %d seconds; see the load of the host, and try again",
			ASK_SEC);
	if (r < 0)
		return err_at(err, program, 0, r, "%s; %s", strerror(-r), remedy);
	/* the dynamic linker gives the same status where a library is missing */
	if (a->status == CLD_EXITED && a->value == NOT_EXECUTED)
		return err_at(
			err, program, 0, -ENOEXEC,
			"cannot be executed; install libseccomp if it is missing, else install cordon again");
	if (a->status == CLD_EXITED && a->value != 0)
		return err_at(err, program, 0, -EPROTO, "failed with exit status %d; %s", a->value,
			      remedy);
	if (a->status != 0 && a->status != CLD_EXITED)
		return err_at(err, program, 0, -EPROTO, "was killed by signal %d; %s", a->value,
			      remedy);
	return err_at(err, program, 0, -EPROTO, "gave no valid answer; %s", remedy);
}

int ask_filter(const char *program, const struct filter_request *request,
	       struct filter_answer **ret, struct err *err)
{
	static char name[] = "cordon-filter";
	char *const argv[] = { name, NULL };
	cleanup_close int in = request_file(request);
	cleanup_free char *out = NULL;
	struct asked a = { 0 };
	ssize_t n;

	if (in < 0)
		return err_set(err, in, "the request for a filter cannot be written: %s",
			       strerror(-in));
	n = converse(program, argv, in, FILTER_ANSWER_MAX, &a, &out);
	if (n < 0)
		return failed(program, &a, (int)n, err);
	/* where the status is not known, the answer tells: it says how long it has to be */
	if ((a.status != 0 && (a.status != CLD_EXITED || a.value != 0)) ||
	    filter_answer_check((const void *)out, (size_t)n) < 0)
		return failed(program, &a, 0, err);
	*ret = (struct filter_answer *)(void *)take_ptr(&out);
	return 0;
}

int ask_output(const char *program, char *const argv[], char *buf, size_t size)
{
	cleanup_free char *out = NULL;
	struct asked a = { 0 };
	const ssize_t n = converse(program, argv, -1, size - 1, &a, &out);

	if (n < 0)
		return (int)n;
	if (a.status != CLD_EXITED || a.value != 0)
		return -ENOENT;
	memcpy(buf, out, (size_t)n);
	buf[n] = '\0';
	return 0;
}
