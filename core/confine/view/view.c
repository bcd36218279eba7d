/* SPDX-License-Identifier: Apache-2.0 */
/* view.c - see view.h */
#include "confine/view/view.h"

#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the root of the view while it is built: what lies over paths that can't be reached. */
#define EMPTY_DIR  ".none-dir"
#define EMPTY_FILE ".none-file"

const char *view_text(const struct view *v, struct span s)
{
	const char *text = plan_str(v->plan, s);

	return text != NULL ? text : "";
}

unsigned view_attr(const struct view_op *op)
{
	return (op->flags & VIEW_READ_ONLY ? MOUNT_ATTR_RDONLY : 0u) |
	       (op->flags & VIEW_NOEXEC ? MOUNT_ATTR_NOEXEC : 0u);
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

static int fs_options(int fs, const char *options)
{
	char word[128];

	while (*options != '\0') {
		const size_t len = strcspn(options, ",");
		char *value;
		int r;

		if (len >= sizeof word)
			return -ENAMETOOLONG;
		memcpy(word, options, len);
		word[len] = '\0';
		value = strchr(word, '=');
		if (value != NULL)
			*value++ = '\0';
		r = value != NULL ? sys_fsconfig_string(fs, word, value) :
				    sys_fsconfig_flag(fs, word);
		if (r < 0)
			return r;
		options += len + (options[len] == ',');
	}
	return 0;
}

int view_fs(const char *type, const char *options, unsigned attr)
{
	const int fs = sys_fsopen(type);
	int r;

	if (fs < 0)
		return fs;
	r = fs_options(fs, options);
	if (r == 0)
		r = sys_fsconfig_create(fs);
	if (r == 0)
		r = sys_fsmount(fs, attr);
	(void)close(fs); /* the mount, if any, lives by its own descriptor */
	return r;
}

int view_attach(struct view *v, const struct view_op *op, int mountfd, int as_file)
{
	const int target = view_target(v, op, as_file);
	int r;

	if (target < 0)
		return target;
	r = sys_move_mount(mountfd, target);
	(void)close(target); /* O_PATH: nothing to lose */
	return r;
}

static int attach_and_close(struct view *v, const struct view_op *op, int mountfd, int as_file)
{
	const int r = mountfd < 0 ? mountfd : view_attach(v, op, mountfd, as_file);

	if (mountfd >= 0)
		(void)close(mountfd); /* attached, or refused */
	return r;
}

static int clone_with(int fd, unsigned attr, int recursive, int devices)
{
	const int tree = sys_open_tree(fd, "", recursive ? AT_RECURSIVE : 0);
	int r;

	if (tree < 0)
		return tree;
	r = sys_mount_setattr(tree, MOUNT_ATTR_NOSUID | (devices ? 0u : MOUNT_ATTR_NODEV) | attr);
	if (r == 0)
		return tree;
	(void)close(tree); /* never attached */
	return r;
}

/* Nobody has put another file at the place between the two looks at it. */
static int same_file(int a, int b)
{
	struct stat x, y;

	if (fstat(a, &x) < 0 || fstat(b, &y) < 0)
		return -errno;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino ? 0 : -ESTALE;
}

/* A clone of @op's source, not attached yet; @ret_source (may be NULL): a descriptor of it. */
static int bind_tree(struct view *v, const struct view_op *op, int *ret_as_file, int *ret_source)
{
	const int fd = view_source(v, op);
	struct stat st;
	int r = fd;

	if (fd < 0)
		return fd;
	*ret_as_file = 0;
	if (fstat(fd, &st) == 0)
		*ret_as_file = !S_ISDIR(st.st_mode);
	else if (errno != EACCES) /* a user's own FUSE mount says so: a directory, or refused later */
		r = -errno;
	if (r >= 0)
		r = clone_with(fd, view_attr(op), !(op->flags & VIEW_NOT_RECURSIVE),
			       (op->flags & VIEW_DEVICES) != 0);
	if (r >= 0 && ret_source != NULL)
		*ret_source = fd;
	else
		(void)close(fd); /* O_PATH: nothing to lose */
	return r;
}

/*
 * A mask's own file has lost its name (view_seal), and the kernel mounts nothing on such a file. The
 * mask stays in B; in V it makes way for what V alone has. 1: it was there.
 */
static int unmask(struct view *v, const struct view_op *op)
{
	const int target = view_target(v, op, 0);
	struct stat st, own;
	const int masked = target >= 0 && fstat(target, &st) == 0 && fstat(v->root, &own) == 0 &&
			   st.st_nlink == 0 && st.st_dev == own.st_dev;

	if (target >= 0)
		(void)close(target);				    /* O_PATH: nothing to lose */
	return masked && sys_umount(view_text(v, op->target)) == 0; /* the view is "/" by now */
}

static int bind_taken(struct view *v, const struct view_op *op)
{
	for (unsigned i = 0; i < v->n_taken; i++) {
		const struct view_taken *t = &v->taken[i];
		int r;

		if (t->op != op)
			continue;
		r = t->tree < 0 ? t->tree : view_attach(v, op, t->tree, t->as_file);
		if (r == -ENOENT && t->tree >= 0 && unmask(v, op))
			r = view_attach(v, op, t->tree, t->as_file);
		if (t->tree >= 0)
			(void)close(t->tree); /* attached, or refused */
		return r;
	}
	return -EPROTO;
}

static int do_bind(struct view *v, const struct view_op *op)
{
	int source = -1, target, tree, as_file, r;

	if (op->flags & VIEW_OUTER_ONLY)
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
	r = target < 0 ? target : 0;
	if (r == 0 && (op->flags & VIEW_PLACE))
		r = same_file(source, target);
	if (r == 0)
		r = sys_move_mount(tree, target);
	(void)close(source); /* O_PATH: nothing to lose */
	(void)close(tree);   /* attached, or refused */
	if (target >= 0)
		(void)close(target); /* O_PATH: nothing to lose */
	return r;
}

static int do_check(struct view *v, const struct view_op *op)
{
	const int fd = view_source(v, op);

	if (fd < 0)
		return fd;
	(void)close(fd); /* O_PATH: nothing to lose */
	return 0;
}

static int do_dir(struct view *v, const struct view_op *op)
{
	int fd = path_make(v->root, view_text(v, op->target), &v->own,
			   (op->flags & VIEW_IS_FILE) != 0);
	int r = 0;

	if (fd < 0)
		return fd;
	if (op->mode != 0755 && !(op->flags & VIEW_IS_FILE)) {
		const int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		r = dir < 0 ? -errno : sys_fchmod(dir, op->mode);
		if (dir >= 0)
			(void)close(dir); /* read-only */
	}
	(void)close(fd); /* O_PATH: nothing to lose */
	return r;
}

int view_tmpfs(const struct view_op *op)
{
	char options[128];
	size_t n = text_number(options, sizeof options, "mode=0#", op->mode, 8);

	/* all of it fits: three numbers */
	if (op->size_bytes != 0)
		n += text_number(options + n, sizeof options - n, ",size=#", op->size_bytes, 10);
	if (op->inodes != 0)
		(void)text_number(options + n, sizeof options - n, ",nr_inodes=#", op->inodes, 10);
	return view_fs("tmpfs", options,
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			       (op->flags & VIEW_STRICT_ATIME ? MOUNT_ATTR_STRICTATIME : 0u));
}

static int do_tmpfs(struct view *v, const struct view_op *op)
{
	const int fd = view_tmpfs(op);
	int r;

	if (fd < 0)
		return fd;
	r = view_own(v, fd);
	if (r == 0 && (op->flags & VIEW_OWNER))
		r = sys_fchown(fd, v->plan->view_uid, v->plan->view_gid);
	if (r == 0 && (op->flags & VIEW_NOEXEC))
		r = sys_mount_setattr_one(fd, MOUNT_ATTR_NOEXEC); /* read-only is VIEW_SEAL's */
	if (r == 0)
		r = view_attach(v, op, fd, 0);
	(void)close(fd); /* attached, or refused */
	return r;
}

/* Nothing has been put below it yet: parents come first. */
int view_same(struct view *v, const struct view_op *op)
{
	const int fd = view_target(v, op, 0);
	int tree, r;

	if (fd < 0)
		return fd;
	tree = clone_with(fd, view_attr(op), 1,
			  1); /* /dev may be below; what isn't ours is nodev already */
	r = tree;
	if (r >= 0 && (op->flags & VIEW_EXACT))
		r = sys_mount_setattr_exact(tree, view_attr(op));
	if (r >= 0)
		r = sys_move_mount(tree, fd);
	(void)close(fd); /* O_PATH: nothing to lose */
	if (tree >= 0)
		(void)close(tree); /* attached, or refused */
	return r;
}

static int do_seal(struct view *v, const struct view_op *op)
{
	const int fd = view_target(v, op, 0);
	int r;

	if (fd < 0)
		return fd;
	r = sys_mount_setattr_one(fd, MOUNT_ATTR_RDONLY);
	(void)close(fd); /* O_PATH: nothing to lose */
	return r;
}

static int empty_make(struct view *v)
{
	int r = sys_mkdirat(v->root, EMPTY_DIR, 0);

	if (r == 0)
		r = sys_mknodat(v->root, EMPTY_FILE, S_IFREG, 0);
	v->have_empty = r == 0;
	return r;
}

static int do_empty(struct view *v, const struct view_op *op)
{
	const int fd = view_target(v, op, (op->flags & VIEW_IS_FILE) != 0);
	struct stat st;
	int tree, r = fd < 0 ? fd : 0;

	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r == 0 && !v->have_empty)
		r = empty_make(v);
	if (r == 0) {
		tree = sys_open_tree(v->root, S_ISDIR(st.st_mode) ? EMPTY_DIR : EMPTY_FILE, 0);
		r = tree < 0 ? tree :
			       sys_mount_setattr(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC |
							       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
		if (r == 0)
			r = sys_move_mount(tree, fd);
		if (tree >= 0)
			(void)close(tree); /* attached, or refused */
	}
	if (fd >= 0)
		(void)close(fd); /* O_PATH: nothing to lose */
	return r;
}

static int do_fs(struct view *v, const struct view_op *op, const char *type, unsigned attr)
{
	return attach_and_close(v, op,
				view_fs(type, view_text(v, op->source),
					MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
						attr),
				0);
}

/*
 * In a user namespace these can be mounted by who owns the pid, network or cgroup namespace; else
 * the host's own are shown, which are the same then.
 */
static int do_kernel_fs(struct view *v, const struct view_op *op, const char *type,
			const char *path, uint64_t ns, unsigned attr)
{
	int host, tree;

	if (!(v->plan->flags & PLAN_USER_VIEW) || (v->plan->clone_flags & ns))
		return do_fs(v, op, type, attr);
	host = path_walk(v->host, path);
	if (host < 0)
		return host;
	tree = clone_with(host, attr | MOUNT_ATTR_NOEXEC, 1, 0);
	(void)close(host); /* O_PATH: nothing to lose */
	return attach_and_close(v, op, tree, 0);
}

/*
 * The one tmpfs of the session, so that /tmp, /var/tmp and /dev/shm share one bound. Its root is
 * attached first and then covered: a tree can be cloned from what is attached only (before 6.15).
 */
static int do_scratch(struct view *v, const struct view_op *op)
{
	const char *name = view_text(v, op->source);
	int target = view_target(v, op, 0);
	int tree, r = target < 0 ? target : 0;

	if (r == 0 && v->scratch < 0) {
		v->scratch = view_tmpfs(op);
		r = v->scratch < 0 ? v->scratch : view_own(v, v->scratch);
		r = r < 0 ? r : sys_move_mount(v->scratch, target);
		if (target >= 0)
			(void)close(target); /* covered now */
		target = r < 0 ? -1 : view_target(v, op, 0);
		r = r < 0 ? r : target < 0 ? target : 0;
	}
	if (r == 0)
		r = sys_mkdirat(v->scratch, name, op->mode);
	if (r == 0) {
		const unsigned noexec = op->flags & VIEW_NOEXEC ? MOUNT_ATTR_NOEXEC : 0u;

		tree = sys_open_tree(v->scratch, name, 0);
		r = tree < 0 ? tree : /* read-only is VIEW_SEAL's */
			       sys_mount_setattr(tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | noexec);
		if (r == 0)
			r = sys_move_mount(tree, target);
		if (tree >= 0)
			(void)close(tree); /* attached, or refused */
	}
	if (target >= 0)
		(void)close(target); /* O_PATH: nothing to lose */
	return r;
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
		return do_kernel_fs(v, op, "sysfs", "/sys", CLONE_NEWNET, view_attr(op));
	case VIEW_CGROUP:
		return do_kernel_fs(v, op, "cgroup2", "/sys/fs/cgroup", CLONE_NEWCGROUP,
				    view_attr(op));
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

/* May an optional operation that failed so be left out? */
static int missing(const struct view_op *op, int r)
{
	if (r == -ENOENT || r == -ENOTDIR)
		return 1;
	if (op->kind == VIEW_CGROUP) /* a kernel without it, or where something else has the place */
		return r == -ENODEV || r == -EBUSY;
	/* a default that has no place on this host, or a tmpfs given with a - before it */
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
	v->root = view_fs("tmpfs", "mode=0755,size=1m,nr_inodes=1000",
			  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (v->root < 0)
		return fail_set(f, STEP_VIEW, v->root, 0);
	r = view_own(v, v->root);
	if (r == 0)
		r = sys_move_mount(v->root, v->host);
	return r < 0 ? fail_set(f, STEP_VIEW, r, 0) : 0;
}

int view_build(struct view *v, int outer, struct child_fail *f)
{
	size_t n;
	const struct view_op *op = plan_array(v->plan, v->plan->view, sizeof *op, &n);

	for (size_t i = 0; i < n; i++, op++) {
		int r;

		if (((op->flags & VIEW_OUTER_ONLY) != 0) != outer)
			continue;
		if (outer && op->kind == VIEW_CHECK)
			continue; /* done by view_take() */
		v->object = op->target.off;
		r = do_op(v, op);
		if (r < 0 && !((op->flags & VIEW_OPTIONAL) && missing(op, r)))
			return fail_set(f, STEP_VIEW, r, v->object);
	}
	return 0;
}

/* The error of a source that is missing is kept: view_build() says whether it may be. */
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

		if (!(op->flags & VIEW_OUTER_ONLY))
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
	if (v->have_empty) { /* the mounts of them stay, the names go */
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
	(void)close(v->host); /* O_PATH: nothing to lose */
	if (v->scratch >= 0)
		(void)close(v->scratch); /* attached long since */
	v->host = v->scratch = -1;
	return r;
}
