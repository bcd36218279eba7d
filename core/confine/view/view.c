/* SPDX-License-Identifier: Apache-2.0 */
/* view.c - build a view by the operations of the plan, in order */
#include "confine/view/view.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the root of the view while it is built: the empty file and directory that hide paths. */
#define EMPTY_DIR  ".none-dir"
#define EMPTY_FILE ".none-file"

/* Attaches and closes @mountfd, which may be a negative errno. */
static int attach_new(struct view *v, const struct view_op *op, int mountfd)
{
	cleanup_close int fd = mountfd;

	return fd < 0 ? fd : view_attach(v, op, fd, 0);
}

/* Compares two descriptors, to prove that nobody has replaced the file meanwhile. */
static int same_file(int a, int b)
{
	struct stat x, y;

	if (fstat(a, &x) < 0 || fstat(b, &y) < 0)
		return -errno;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino ? 0 : -ESTALE;
}

/* Clones the source of @op without attaching it; @ret_source, if not NULL, gets its descriptor. */
static int bind_tree(struct view *v, const struct view_op *op, int *ret_as_file, int *ret_source)
{
	cleanup_close int fd = view_source(v, op);
	struct stat st;
	int tree;

	if (fd < 0)
		return fd;
	*ret_as_file = 0;
	if (fstat(fd, &st) == 0)
		*ret_as_file = !S_ISDIR(st.st_mode);
	else if (errno != EACCES) /* a user's own FUSE mount: a directory, or refused later */
		return -errno;
	tree = mount_clone(fd, mount_attr(op), !(op->flags & VIEW_NOT_RECURSIVE),
			   (op->flags & VIEW_DEVICES) != 0);
	if (tree >= 0 && ret_source != NULL)
		*ret_source = take_fd(&fd);
	return tree;
}

/*
 * The kernel mounts nothing on a file without a name, and view_seal() has removed the name of the file
 * that hides paths. The session view keeps this file. In the caller view it is unmounted, to mount
 * something that only the caller view has. Returns 1 if the file was there.
 */
static int unmask(struct view *v, const struct view_op *op)
{
	struct stat st, own;
	int masked;

	{
		cleanup_close int target = view_target(v, op, 0); /* an open file would be busy */

		masked = target >= 0 && fstat(target, &st) == 0 && fstat(v->root, &own) == 0 &&
			 st.st_nlink == 0 && st.st_dev == own.st_dev;
	}
	return masked && sys_umount(view_text(v, op->target)) == 0; /* the view is "/" already */
}

static int bind_taken(struct view *v, const struct view_op *op)
{
	for (unsigned i = 0; i < v->n_taken; i++) {
		struct view_taken *t = &v->taken[i];
		int r;

		if (t->op != op)
			continue;
		if (t->tree < 0)
			return t->tree;
		r = view_attach(v, op, t->tree, t->as_file);
		if (r == -ENOENT && unmask(v, op))
			r = view_attach(v, op, t->tree, t->as_file);
		close_fd(&t->tree);
		return r;
	}
	return -EPROTO;
}

static int do_bind(struct view *v, const struct view_op *op)
{
	cleanup_close int source = -1, tree = -1, target = -1;
	int as_file, r;

	if (op->flags & VIEW_CALLER_ONLY)
		return bind_taken(v, op);
	if (op->flags & VIEW_COPY_LINK) {
		r = view_copy_link(v, op);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	tree = bind_tree(v, op, &as_file, &source);
	if (tree < 0)
		return tree;
	target = view_target(v, op, as_file);
	if (target < 0)
		return target;
	r = op->flags & VIEW_PLACE ? same_file(source, target) : 0;
	return r < 0 ? r : sys_move_mount(tree, target);
}

static int do_check(struct view *v, const struct view_op *op)
{
	cleanup_close int fd = view_source(v, op);

	return fd < 0 ? fd : 0;
}

static int do_dir(struct view *v, const struct view_op *op)
{
	const int as_file = (op->flags & VIEW_IS_FILE) != 0;
	cleanup_close int fd = path_make(v->root, view_text(v, op->target), &v->own, as_file);
	cleanup_close int dir = -1;
	int r;

	if (fd < 0)
		return fd;
	/* a directory of the host, which the rule shows in this place, stays as it is */
	if (op->mode == 0755 || as_file || path_owned(&v->own, fd) < 0)
		return 0;
	dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? -errno : sys_fchmod(dir, op->mode);
	return r == 0 && (op->flags & VIEW_OWNER) ?
		       sys_fchown(dir, v->plan->view_uid, v->plan->view_gid) :
		       r;
}

static int do_tmpfs(struct view *v, const struct view_op *op)
{
	cleanup_close int fd = mount_tmpfs(op);
	int r;

	if (fd < 0)
		return fd;
	r = view_own(v, fd);
	if (r == 0 && (op->flags & VIEW_OWNER))
		r = sys_fchown(fd, v->plan->view_uid, v->plan->view_gid);
	if (r == 0 && (op->flags & VIEW_NOEXEC))
		r = sys_mount_setattr_one(fd, MOUNT_ATTR_NOEXEC); /* read-only is VIEW_SEAL's */
	return r < 0 ? r : view_attach(v, op, fd, 0);
}

/* Nothing is mounted below the target yet, because parents come first. */
int view_same(struct view *v, const struct view_op *op)
{
	cleanup_close int fd = view_target(v, op, 0), tree = -1;
	int r;

	if (fd < 0)
		return fd;
	/* keeps devices, because /dev may be below; all mounts that cordon did not make are nodev already */
	tree = mount_clone(fd, mount_attr(op), 1, 1);
	if (tree < 0)
		return tree;
	r = op->flags & VIEW_EXACT ? sys_mount_setattr_exact(tree, mount_attr(op)) : 0;
	return r < 0 ? r : sys_move_mount(tree, fd);
}

static int do_seal(struct view *v, const struct view_op *op)
{
	cleanup_close int fd = view_target(v, op, 0);

	return fd < 0 ? fd : sys_mount_setattr_one(fd, MOUNT_ATTR_RDONLY);
}

static int empty_make(struct view *v)
{
	int r = sys_mkdirat(v->root, EMPTY_DIR, 0);

	if (r == 0)
		r = sys_mknodat(v->root, EMPTY_FILE, S_IFREG, 0);
	v->have_empty = r == 0;
	return r;
}

int view_mount_empty(int tree, int target)
{
	const int r = sys_mount_setattr(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC |
						      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);

	return r < 0 ? r : sys_move_mount(tree, target);
}

static int do_empty(struct view *v, const struct view_op *op)
{
	cleanup_close int fd = view_target(v, op, (op->flags & VIEW_IS_FILE) != 0), tree = -1;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!v->have_empty) {
		const int r = empty_make(v);

		if (r < 0)
			return r;
	}
	tree = sys_open_tree(v->root, S_ISDIR(st.st_mode) ? EMPTY_DIR : EMPTY_FILE, 0);
	return tree < 0 ? tree : view_mount_empty(tree, fd);
}

/*
 * In a user namespace, only the owner of the pid, network or cgroup namespace can mount these. If the
 * session shares that namespace with the host, the host's mount shows the same, so it is bound.
 */
static int do_kernel_fs(struct view *v, const struct view_op *op, const char *type,
			const char *path, uint64_t ns, unsigned attr)
{
	cleanup_close int host = -1;

	if (!(v->plan->flags & PLAN_USER_VIEW) || (v->plan->clone_flags & ns))
		return attach_new(v, op,
				  mount_new(type, view_text(v, op->source),
					    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
						    MOUNT_ATTR_NOEXEC | attr));
	host = path_walk(v->host, path);
	if (host < 0)
		return host;
	return attach_new(v, op, mount_clone(host, attr | MOUNT_ATTR_NOEXEC, 1, 0));
}

/*
 * Makes the one tmpfs of the session, so that /tmp, /var/tmp and /dev/shm share one limit. Its root is
 * attached first and covered later, because Linux before 6.15 clones only attached trees.
 */
static int scratch_make(struct view *v, const struct view_op *op, int target)
{
	int r;

	v->scratch = mount_tmpfs(op);
	if (v->scratch < 0)
		return v->scratch;
	r = view_own(v, v->scratch);
	return r < 0 ? r : sys_move_mount(v->scratch, target);
}

static int do_scratch(struct view *v, const struct view_op *op)
{
	const unsigned noexec = op->flags & VIEW_NOEXEC ? MOUNT_ATTR_NOEXEC : 0u;
	const char *name = view_text(v, op->source);
	cleanup_close int target = view_target(v, op, 0), tree = -1;
	int r;

	if (target < 0)
		return target;
	if (v->scratch < 0) {
		r = scratch_make(v, op, target);
		if (r < 0)
			return r;
		close_fd(&target); /* covered now */
		target = view_target(v, op, 0);
		if (target < 0)
			return target;
	}
	r = sys_mkdirat(v->scratch, name, op->mode);
	if (r < 0)
		return r;
	tree = sys_open_tree(v->scratch, name, 0);
	if (tree < 0)
		return tree;
	/* read-only is VIEW_SEAL's */
	r = sys_mount_setattr(tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | noexec);
	return r < 0 ? r : sys_move_mount(tree, target);
}

static int do_op(struct view *v, const struct view_op *op)
{
	switch ((enum view_kind)op->kind) {
	case VIEW_REFUSE:
		break;
	case VIEW_DIR:
		return do_dir(v, op);
	case VIEW_SYMLINK:
		return view_symlink(v, op);
	case VIEW_BIND:
		return do_bind(v, op);
	case VIEW_TMPFS:
		return do_tmpfs(v, op);
	case VIEW_SAME:
		return view_same(v, op);
	case VIEW_EMPTY:
		return do_empty(v, op);
	case VIEW_PROC:
		return do_kernel_fs(v, op, "proc", "/proc", CLONE_NEWPID, 0);
	case VIEW_SYSFS:
		return do_kernel_fs(v, op, "sysfs", "/sys", CLONE_NEWNET, mount_attr(op));
	case VIEW_CGROUP:
		return do_kernel_fs(v, op, "cgroup2", "/sys/fs/cgroup", CLONE_NEWCGROUP,
				    mount_attr(op));
	case VIEW_CHECK:
		return do_check(v, op);
	case VIEW_DEV:
		return view_dev(v, op);
	case VIEW_NAMES:
		return view_names(v, op);
	case VIEW_OVERLAY:
		return view_overlay(v, op);
	case VIEW_SCRATCH:
		return do_scratch(v, op);
	case VIEW_SEAL:
		return do_seal(v, op);
	case VIEW_COPY:
		return view_copy(v, op);
	}
	return -EPROTO;
}

/* Can an optional operation that failed with @r be skipped? */
static int missing(const struct view_op *op, int r)
{
	if (r == -ENOENT || r == -ENOTDIR)
		return 1;
	if (op->kind == VIEW_CGROUP) /* the kernel lacks the file system, or the target is in use */
		return r == -ENODEV || r == -EBUSY;
	/* this host has no place for the target of a default, or of a tmpfs with "-" */
	return r == -EROFS &&
	       (op->kind == VIEW_SCRATCH || op->kind == VIEW_SYMLINK || op->kind == VIEW_TMPFS ||
		op->kind == VIEW_DIR || op->kind == VIEW_COPY);
}

int view_start(struct view *v, struct child_fail *f)
{
	int r = sys_mount_private();

	v->host = v->root = v->scratch = v->master = v->pts = -1;
	if (r < 0)
		return fail_set(f, STEP_PROPAGATION, r, 0);
	v->host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (v->host < 0)
		return fail_set(f, STEP_VIEW, -errno, 0);
	path_host(v->host);
	v->root = mount_new("tmpfs", "mode=0755,size=1m,nr_inodes=1000",
			    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (v->root < 0)
		return fail_set(f, STEP_VIEW, v->root, 0);
	r = view_own(v, v->root);
	if (r == 0)
		r = sys_move_mount(v->root, v->host);
	return r < 0 ? fail_set(f, STEP_VIEW, r, 0) : 0;
}

int view_build(struct view *v, int caller, struct child_fail *f)
{
	size_t n;
	const struct view_op *op = plan_array(v->plan, v->plan->view, sizeof *op, &n);

	for (size_t i = 0; i < n; i++, op++) {
		int r;

		if (((op->flags & VIEW_CALLER_ONLY) != 0) != caller)
			continue;
		if (caller && op->kind == VIEW_CHECK)
			continue; /* done by view_take() */
		v->object = op->target.off;
		r = do_op(v, op);
		if (r < 0 && !((op->flags & VIEW_OPTIONAL) && missing(op, r)))
			return fail_set(f, STEP_VIEW, r, v->object);
	}
	return 0;
}

/* Keeps the error of a missing source, because view_build() decides whether it may be missing. */
static int take_one(struct view *v, const struct view_op *op)
{
	struct view_taken *t = &v->taken[v->n_taken];

	if (op->kind == VIEW_CHECK)
		return do_check(v, op);
	if (op->kind != VIEW_BIND)
		return 0;
	if (v->n_taken == sizeof v->taken / sizeof v->taken[0])
		return -ENOSPC;
	t->op = op;
	t->tree = bind_tree(v, op, &t->as_file, NULL);
	v->n_taken++;
	return t->tree < 0 ? t->tree : 0;
}

int view_take(struct view *v, struct child_fail *f)
{
	size_t n;
	const struct view_op *op = plan_array(v->plan, v->plan->view, sizeof *op, &n);

	for (size_t i = 0; i < n; i++, op++) {
		int r;

		if (!(op->flags & VIEW_CALLER_ONLY))
			continue;
		v->object = op->target.off;
		r = take_one(v, op);
		if (r < 0 && !((op->flags & VIEW_OPTIONAL) && missing(op, r)))
			return fail_set(f, STEP_VIEW, r, v->object);
	}
	return 0;
}

int view_seal(struct view *v)
{
	if (v->have_empty) { /* the mounts of these files stay, only their names go */
		if (unlinkat(v->root, EMPTY_DIR, AT_REMOVEDIR) < 0 ||
		    unlinkat(v->root, EMPTY_FILE, 0) < 0)
			return -errno;
		v->have_empty = 0;
	}
	return sys_mount_setattr_one(v->root, MOUNT_ATTR_RDONLY);
}

int view_enter(struct view *v)
{
	int r;

	if (fchdir(v->root) < 0)
		return -errno;
	r = sys_pivot_root_here();
	close_fd(&v->host);
	close_fd(&v->scratch);
	return r;
}
