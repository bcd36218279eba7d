/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy.c - copy a file of root's for the user
 *
 * Some programs (ssh) read a file only if root or the user owns it. If the map of the user namespace
 * lacks root, root's file has no known owner, so the session gets a copy that the user owns.
 */
#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_MAX = 65536 };

/* Opens a file that only root can have written and everybody may read; -ENOENT for any other. */
static int source_open(struct view *v, const struct view_op *op)
{
	char dir[PATH_MAX];
	const char *name = view_split(view_text(v, op->source), dir, sizeof dir);
	cleanup_close int parent = -1, fd = -1;
	struct stat st;

	/* in a user namespace of the caller, the owner of the file is not known */
	if (name == NULL || (v->plan->flags & PLAN_USER_VIEW))
		return -ENOENT;
	parent = path_walk_roots(v->host, dir);
	if (parent < 0)
		return parent == -EPERM ? -ENOENT : parent;
	fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? -ENOENT : -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    (st.st_mode & S_IROTH) && !(st.st_mode & (S_IWGRP | S_IWOTH)) && st.st_size <= COPY_MAX)
		return take_fd(&fd);
	return -ENOENT;
}

static int target_make(struct view *v, const struct view_op *op)
{
	char dir[PATH_MAX];
	const char *name = view_split(view_text(v, op->target), dir, sizeof dir);
	cleanup_close int parent = name == NULL ? -ENAMETOOLONG : view_walk(v->plan, v->root, dir);
	int fd, r;

	if (parent < 0)
		return parent;
	r = path_owned(&v->own, parent);
	if (r < 0)
		return r;
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	return fd < 0 ? -errno : fd;
}

int view_copy(struct view *v, const struct view_op *op)
{
	cleanup_close int from = source_open(v, op), to = -1;
	int r;

	if (from < 0)
		return from;
	to = target_make(v, op);
	if (to < 0)
		return to;
	r = path_copy(to, from, COPY_MAX);
	if (r == 0)
		r = sys_fchown(to, v->plan->view_uid, v->plan->view_gid);
	if (close(take_fd(&to)) < 0 && r == 0)
		r = -errno;
	return r;
}
