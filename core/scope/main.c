/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - cordon-scope: a request on standard input, the answer on standard output
 *
 * The one program of cordon that links libsystemd. It asks systemd for a scope with the limits; the
 * program that asks reads them back from the kernel. A scope ends when it is empty, so cordon-scope
 * leaves a process in it. This process ends when standard input ends.
 */
#include "scope/scope.h"

#include "base/sys.h"
#include "contract/exits.h"
#include "contract/places.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int scope_fail(struct scope *s, int code, const char *fmt, ...)
{
	struct group_answer *a = s->answer;
	va_list ap;

	if (a->code != 0)
		return code;
	a->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(a->text, sizeof a->text, fmt, ap); /* a long text is cut */
	va_end(ap);
	return code;
}

/*
 * The process in the scope. Whoever asked has the other end of standard input, and closes it by its own
 * end at the latest.
 */
static pid_t holder(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLRDHUP };
	const pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	(void)sys_close_range(1, ~0u); /* so that the answer has an end */
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		continue;
	_exit(0);
}

/*
 * Two logins of an account at once must not both make its slice. Nobody but root can open the file, so
 * that nobody else can hold the lock.
 */
static int lock(struct scope *s)
{
	static const char file[] = KEPT_PARENT "/slices.lock";

	if (mkdir(KEPT_PARENT, 0755) < 0 && errno != EEXIST)
		return scope_fail(s, -errno, "%s cannot be created: %s; see the free space of /run",
				  KEPT_PARENT, strerror(errno));
	s->lock = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock < 0 || flock(s->lock, LOCK_EX) < 0) /* alarm(2) ends us if this takes too long */
		return scope_fail(s, -errno, "%s cannot be locked: %s; remove the file", file,
				  strerror(errno));
	return 0;
}

static int make(struct scope *s, pid_t pid)
{
	const bool shared = s->request->share == GROUP_USER;
	bool slice_too = false;
	int r = bus_open(s);

	if (r == 0 && shared) {
		r = lock(s);
		slice_too = r == 0 && !bus_loaded(s, s->request->slice);
	}
	if (r == 0)
		r = bus_start(s, (uint32_t)pid, slice_too);
	/*
	 * The slice may be that of an earlier login, with other limits. Files for user-.slice, such as
	 * TasksMax=33% of systemd itself, count more than the slice's own limits once systemd reloads,
	 * and less than these.
	 */
	if (r == 0 && shared)
		r = bus_limit_slice(s);
	return r == 0 ? bus_group(s) : r;
}

static void answer(struct scope *s)
{
	const pid_t pid = holder();

	if (pid < 0)
		(void)scope_fail(s, pid,
				 "no process can be started: %s; see TasksMax= of the service",
				 strerror(-pid));
	else if (make(s, pid) < 0)
		(void)kill(pid, SIGKILL); /* our child, not waited for yet: the scope ends */
	sd_bus_flush_close_unref(s->bus);
}

int main(void)
{
	static struct group_request request;
	static struct group_answer reply;
	struct scope s = { .request = &request, .answer = &reply, .lock = -1 };
	struct timespec now;

	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail */
	if (fread(&request, sizeof request, 1, stdin) != 1 ||
	    group_request_check(&request, sizeof request) < 0 ||
	    clock_gettime(CLOCK_MONOTONIC, &now) < 0) {
		(void)fprintf(stderr,
			      "cordon-scope: is started by cordon's programs, not by hand\n");
		return EXIT_USAGE;
	}
	(void)alarm(SCOPE_SEC + 1); /* whatever hangs: without an answer there is no session */
	s.deadline = ((uint64_t)now.tv_sec + SCOPE_SEC) * 1000000 + (uint64_t)now.tv_nsec / 1000;
	reply.magic = GROUP_ANSWER_MAGIC;
	reply.version = GROUP_WIRE_VERSION;
	reply.size = sizeof reply;
	answer(&s);
	if (reply.code != 0)
		reply.path[0] = '\0';
	return fwrite(&reply, sizeof reply, 1, stdout) == 1 && fflush(stdout) == 0 ? EXIT_YES :
										     EXIT_SYSTEM;
}
