/* SPDX-License-Identifier: Apache-2.0 */
/* watch.h - do the mounts of a view still lie where they were put */
#ifndef CORDON_CONFINE_VIEW_WATCH_H
#define CORDON_CONFINE_VIEW_WATCH_H

#include "contract/plan.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A mount lies on a directory entry, not on a name. When root on the host puts another file in the
 * place of one that is hidden or read-only in a session (rename(2), as sed -i does), the kernel
 * takes the mount off, and the session sees the new file.
 */

/* Operations that can be watched, and directories. */
enum { WATCH_OPS = 4096, WATCH_DIRS = 128 };

/**
 * struct watch - the mounts of one view
 * @root:    O_PATH, the root of the view
 * @ns:      its mount namespace
 * @shell:   O_PATH, cordonsh, which lies over the login shell in the caller view; -1: the session view
 * @tracked: a bit for each operation of the plan whose mount has to be there
 */
struct watch {
	int root, ns, shell;
	uint64_t tracked[WATCH_OPS / 64];
};

/**
 * enum watch_state - how it is about one mount, or all of a view
 * @WATCH_UNKNOWN: it cannot be told without waiting for a file system
 */
enum watch_state { WATCH_WELL = 0, WATCH_FALLEN, WATCH_UNKNOWN };

/**
 * watch_start - see which mounts are there, and so have to stay
 *
 * Never waits for a file system. Nothing is tracked that lies on a file system of the view's own.
 */
void watch_start(const struct plan *plan, struct watch *w);

/**
 * watch_look - are all that are tracked in their places, or is there nothing at the place at all
 * @wait:     may wait for a file system
 * @ret_path: where the first is that is not
 */
enum watch_state watch_look(const struct plan *plan, const struct watch *w, bool wait,
			    const char **ret_path);

/**
 * watch_repair - put back what hides, what is read-only, and cordonsh over the login shell
 * @tell: is told of each path before anything is done
 *
 * Context: a process of its own, as root: it changes its namespace for good, and may wait for file
 *          systems.
 * Return:  1: something was put back; 0: all was in place; -EPERM: this view cannot be repaired;
 *          another -errno: it went on changing meanwhile, or that cannot be done now.
 */
int watch_repair(const struct plan *plan, const struct watch *w,
		 void (*tell)(const void *arg, const char *path), const void *arg);

/**
 * watch_dirs - the directories in which a change may put another file where a mount should lie
 * @ret_fds: the descriptors, which are the caller's
 *
 * Those alone that only root can change: what the user can replace is as it was at the login.
 * Context: init, in the session view, as root.
 * Return:  how many.
 */
unsigned watch_dirs(const struct plan *plan, int ret_fds[WATCH_DIRS]);

/**
 * watch_dirs_again - the same after a change, for directories that were put in the place of others
 * @root: O_PATH, the root of the session view
 * @fds:  @n of before, which are closed where they are no more in any path
 *
 * Never waits for a file system on which nothing has changed.
 * Return: how many there are now.
 */
unsigned watch_dirs_again(const struct plan *plan, int root, int fds[WATCH_DIRS], unsigned n);

#endif
