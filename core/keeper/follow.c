/* SPDX-License-Identifier: Apache-2.0 */
/* follow.c - the keeper's side of follow.h */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum { FOLLOW_MS = 5000, SETTLE_USEC = 250000 };

void follow_begin(struct keeper *k)
{
	if (k->plan->follow.len == 0)
		return;
	close_fd(&k->follow.table); /* of a session that was begun before */
	k->follow.table = openat(k->proc, "self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (k->follow.table < 0)
		keeper_log(&k->logins[0], LOG_ERR, "error", log_word("errno", err_name(errno)),
			   log_text("why",
				    "FollowMounts=: the mounts of the host cannot be watched"));
	else
		follow_look(k); /* what has changed since the view was built */
}

void follow_look(struct keeper *k)
{
	cleanup_close int fd = -1;
	struct pollfd gone = { .events = POLLIN };
	int r;
	pid_t pid;

	if (k->follow.table < 0)
		return;
	pid = sys_clone(0, &fd);
	if (pid == 0)
		follow_run(k);
	if (pid < 0)
		return; /* no memory, and the next change tries again */
	k->follow.next = usage_now() + SETTLE_USEC;
	gone.fd = fd;
	do
		r = poll(&gone, 1, FOLLOW_MS);
	while (r < 0 && errno == EINTR);
	if (r == 1) {
		(void)waitpid(pid, NULL, __WALL); /* it is gone */
		return;
	}
	(void)sys_pidfd_kill(fd); /* it may have ended just now */
	keeper_log(&k->logins[0], LOG_ERR, "error",
		   log_text("why",
			    "FollowMounts=: a file system of the host does not answer; the session "
			    "does not have its latest mounts"));
}

/* A session that has not begun yet has no time to wait, and its keeper other deadlines. */
int follow_patience(const struct keeper *k)
{
	const int64_t left = k->follow.next - usage_now();

	return k->follow.table < 0 || left <= 0 || k->stop.begun || k->failed ||
			       (login_opened(k) == NULL && !k->place.lived) ?
		       -1 :
		       (int)(left / 1000) + 1;
}
