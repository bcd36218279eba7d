/* SPDX-License-Identifier: Apache-2.0 */
/* walk.c - open the paths of an operation, with the rights of root or of the user */
#include "base/cleanup.h"
#include "base/sys.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *view_text(const struct view *v, struct span s)
{
	const char *text = plan_str(v->plan, s);

	return text != NULL ? text : "";
}

int view_walk(const struct plan *plan, int rootfd, const char *path)
{
	size_t n;
	const gid_t *groups = plan_array(plan, plan->view_groups, sizeof *groups, &n);

	if (plan->flags & PLAN_USER_VIEW) /* in a user namespace, all paths are opened as the user */
		return path_walk(rootfd, path);
	return path_walk_as(rootfd, path, plan->view_uid, plan->view_gid, n, groups);
}

int view_source(struct view *v, const struct view_op *op)
{
	const char *source = view_text(v, op->source);
	const int fd = op->flags & VIEW_ROOTS ? path_walk_roots(v->host, source) :
						view_walk(v->plan, v->host, source);

	if (fd < 0)
		v->object = op->source.off;
	return fd;
}

int view_target(struct view *v, const struct view_op *op, int as_file)
{
	const char *target = view_text(v, op->target);
	const int fd = view_walk(v->plan, v->root, target);

	if (fd == -ENOENT && (op->flags & VIEW_CREATE))
		return path_make(v->root, target, &v->own, as_file);
	return fd;
}

const char *view_split(const char *path, char *to, size_t size)
{
	const char *name = strrchr(path, '/');
	const size_t len = name == path ? 1 : (size_t)(name - path);

	if (len >= size)
		return NULL;
	memcpy(to, path, len);
	to[len] = '\0';
	return name + 1;
}

int view_own(struct view *v, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (v->own.n == sizeof v->own.dev / sizeof v->own.dev[0])
		return -ENOSPC;
	v->own.dev[v->own.n++] = st.st_dev;
	return 0;
}

int view_attach(struct view *v, const struct view_op *op, int mountfd, int as_file)
{
	cleanup_close int target = view_target(v, op, as_file);

	return target < 0 ? target : sys_move_mount(mountfd, target);
}

int view_copy_link(struct view *v, const struct view_op *op)
{
	char dir[PATH_MAX], text[PATH_MAX];
	const char *name = view_split(view_text(v, op->source), dir, sizeof dir);
	cleanup_close int fd = -1;
	ssize_t n;
	int r;

	if (name == NULL)
		return -ENAMETOOLONG;
	fd = op->flags & VIEW_ROOTS ? path_walk_roots(v->host, dir) : path_walk(v->host, dir);
	if (fd < 0) {
		v->object = op->source.off;
		return fd;
	}
	n = readlinkat(fd, name, text, sizeof text - 1);
	if (n < 0)
		return errno == EINVAL ? 0 : -errno;
	if (n == sizeof text - 1)
		return -ENAMETOOLONG;
	text[n] = '\0';
	r = sys_symlinkat(text, v->root, view_text(v, op->target) + 1); /* a top-level name */
	return r < 0 ? r : 1;
}

int view_symlink(struct view *v, const struct view_op *op)
{
	char dir[PATH_MAX];
	const char *name = view_split(view_text(v, op->target), dir, sizeof dir);
	cleanup_close int fd = name == NULL ? -ENAMETOOLONG : path_make(v->root, dir, &v->own, 0);
	int r;

	if (fd < 0)
		return fd;
	r = path_owned(&v->own, fd); /* never create a name on a disk of the host */
	return r < 0 ? r : sys_symlinkat(view_text(v, op->source), fd, name);
}
