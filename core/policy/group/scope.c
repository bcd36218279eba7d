/* SPDX-License-Identifier: Apache-2.0 */
/* scope.c - a group by systemd: a transient scope, which cordon-scope asks for */
#include "policy/group/make.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sys.h"
#include "contract/group.h"
#include "contract/wire.h"
#include "policy/filter/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM CORDON_LIBEXECDIR "/cordon-scope"

/* cordon-scope gives up earlier by itself; the PAM module waits for 20 seconds. */
enum { ANSWER_MS = 14000 };

static void fill(const struct plan *plan, uid_t uid, const char *id, bool together,
		 struct group_request *ret)
{
	const bool shared = (plan->flags & PLAN_SHARE_USER) != 0;

	*ret = (struct group_request){ .magic = GROUP_MAGIC,
				       .version = GROUP_WIRE_VERSION,
				       .size = sizeof *ret,
				       .share = shared ? GROUP_USER : GROUP_SESSION,
				       .uid = uid,
				       .together = together,
				       .limits = *plan_group(plan) };
	(void)snprintf(ret->name, sizeof ret->name, "cordon-%.32s.scope", id); /* fits */
	(void)snprintf(ret->slice, sizeof ret->slice, "user-%u%s.slice", uid,
		       shared ? "-cordon" : ""); /* fits */
	(void)snprintf(ret->description, sizeof ret->description, "cordon session %.32s of uid %u",
		       id, uid); /* fits */
}

/* Reads exactly @size bytes. */
static int take(int fd, void *to, size_t size)
{
	const int64_t until = clock_ms() + ANSWER_MS;
	size_t have = 0;

	while (have < size) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const int64_t left = until - clock_ms();
		ssize_t n;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = recv(fd, (char *)to + have, size - have, MSG_DONTWAIT);
		if (n == 0)
			return -EPROTO;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		have += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int converse(const struct group_request *request, struct group_answer *ret, int *ret_hold)
{
	static char name[] = "cordon-scope";
	char *const argv[] = { name, NULL };
	struct ask_process scope;
	int r = ask_start(PROGRAM, argv, &scope);

	if (r < 0)
		return r;
	r = sys_send(scope.socket, request, sizeof *request);
	if (r == 0)
		r = take(scope.socket, ret, sizeof *ret);
	if (r == 0)
		r = group_answer_check(ret, sizeof *ret);
	if (r == 0)
		*ret_hold = take_fd(&scope.socket);
	ask_end(&scope, r < 0);
	return r;
}

static int failed(int r, struct err *e)
{
	if (r == -ENOENT)
		return err_at(
			e, PROGRAM, 0, r,
			"does not exist, and limits of control groups require it on a host with systemd; install libsystemd-dev and build cordon again");
	if (r == -ETIMEDOUT)
		return err_at(e, PROGRAM, 0, r,
			      "did not answer within %d seconds; see 'systemctl status'",
			      ANSWER_MS / 1000);
	return err_at(e, PROGRAM, 0, r, "gave no valid answer: %s; install cordon again",
		      strerror(-r));
}

int group_scope(const struct plan *plan, uid_t uid, const char *id, bool together,
		struct cgroup *ret, struct err *e)
{
	cleanup_close const int root = cgroup_root();
	cleanup_close int hold = -1, fd = -1;
	struct group_request request;
	struct group_answer answer;
	int r;

	if (root < 0)
		return err_set(e, root, "cgroup v2 is not mounted; mount it on /sys/fs/cgroup");
	fill(plan, uid, id, together, &request);
	r = converse(&request, &answer, &hold);
	if (r < 0)
		return failed(r, e);
	if (answer.code < 0)
		return err_set(e, answer.code, "%.500s", answer.text);
	fd = openat(root, answer.path + 1, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, -errno, "control group %.400s cannot be opened: %s", answer.path,
			       strerror(errno));
	*ret = (struct cgroup){ .fd = take_fd(&fd), .hold = take_fd(&hold) };
	return 0;
}
