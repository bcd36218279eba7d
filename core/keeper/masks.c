/* SPDX-License-Identifier: Apache-2.0 */
/* masks.c - keep paths of a running session hidden and read-only, or end the session */
#include "keeper/keeper.h"

#include "base/sys.h"
#include "confine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum { REPAIR_MS = 5000, TRIES = 10 };
enum { EXIT_NEVER = 1, EXIT_AGAIN = 2, EXIT_REPAIRED = 3 };

static void view_of(const struct keeper *k, int i, struct watch *w)
{
	w->root = i == MASKS_SESSION ? k->session.fd[FD_SESSION_ROOT] :
				       k->session.fd[FD_CALLER_ROOT];
	w->ns = i == MASKS_SESSION ? k->session.fd[FD_SESSION_NS] : k->session.fd[FD_CALLER_NS];
	w->shell = i == MASKS_SESSION ? -1 : k->session.fd[FD_SHELL];
}

struct telling {
	const struct keeper *k;
	int view;
};

static void tell(const void *arg, const char *path)
{
	const struct telling *t = arg;

	keeper_log(&t->k->logins[0], LOG_NOTICE, "repair",
		   log_word("view", t->view == MASKS_SESSION ? "session" : "caller"),
		   log_text("path", path));
}

_Noreturn static void repair(const struct telling *t)
{
	const int r = child_die_with_parent() < 0 ?
			      -1 :
			      watch_repair(t->k->plan, &t->k->masks[t->view], tell, t);

	_exit(r == -EPERM ? EXIT_NEVER : r < 0 ? EXIT_AGAIN : r > 0 ? EXIT_REPAIRED : 0);
}

/*
 * Repairs by a child, because a file system may block, and waits for a limited time. Returns 1: mounts
 * were put back; -EAGAIN: try again; another -errno: failed.
 */
static int repaired(const struct telling *t)
{
	int fd = -1, status = -1, r;
	const pid_t pid = sys_clone(0, &fd);
	struct pollfd gone = { .fd = fd, .events = POLLIN };

	if (pid == 0)
		repair(t);
	if (pid < 0)
		return pid;
	do
		r = poll(&gone, 1, REPAIR_MS);
	while (r < 0 && errno == EINTR);
	if (r != 1)
		(void)sys_pidfd_kill(fd); /* the child may have ended just now */
	(void)close(fd);		  /* only polled */
	if (r != 1 || waitpid(pid, &status, __WALL) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == EXIT_NEVER)
		return -EPERM;
	return WEXITSTATUS(status) == EXIT_AGAIN ? -EAGAIN : WEXITSTATUS(status) == EXIT_REPAIRED;
}

static bool view_look(struct keeper *k, int i)
{
	struct telling t = { k, i };

	/* the mounts may change again meanwhile */
	for (unsigned tries = 0; tries < TRIES; tries++) {
		const char *path = "";
		int r;

		if (watch_look(k->plan, &k->masks[i], false, &path) == WATCH_WELL)
			return true;
		r = repaired(&t); /* the child looks at what the keeper cannot see */
		if (r == 0)
			return true;
		if (r == -EPERM)
			break;
	}
	keeper_log(&k->logins[0], LOG_ERR, "fail", log_word("step", step_name(STEP_VIEW)),
		   log_text("why", "a path that the view hides or has read-only was replaced on the "
				   "host and cannot be protected again"));
	stop_begin(k, STOP_VIEW);
	return false;
}

/* Asks for SIGIO, a single signal even after many changes; see fcntl(2). */
static void dirs_notify(const struct keeper *k)
{
	for (unsigned i = 0; i < k->session.n_dirs; i++)
		(void)fcntl(k->session.dirs[i],
			    F_NOTIFY, /* without dnotify, the keeper still polls the mount tables */
			    DN_RENAME | DN_DELETE | DN_CREATE | DN_MULTISHOT);
}

bool masks_begin(struct keeper *k)
{
	dirs_notify(k);
	for (int i = 0; i < MASKS_VIEWS; i++) {
		view_of(k, i, &k->masks[i]);
		watch_start(k->plan, &k->masks[i]);
	}
	/* no event tells of files replaced between the building of the view and now */
	return view_look(k, MASKS_SESSION);
}

bool masks_look(struct keeper *k)
{
	/* before the masks, so that each later change sends a signal */
	k->session.n_dirs = watch_dirs_again(k->plan, k->session.fd[FD_SESSION_ROOT],
					     k->session.dirs, k->session.n_dirs);
	dirs_notify(k);
	return view_look(k, MASKS_CALLER) && view_look(k, MASKS_SESSION);
}
