/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c - find mounts of a view that have fallen off, and put them back */
#include "confine/view/watch.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "confine/view/divert.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20 /* Linux 5.12 */
#endif

/* A directory with the file and directory that hide paths; it ends with the repairing process. */
#define NONE_DIR  "none-dir"
#define NONE_FILE "none-file"

static int open_in(int root, const char *path, int flags, bool wait)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (wait ? 0u : RESOLVE_CACHED),
	};
	const long fd = syscall(SYS_openat2, root, path, &how, sizeof how);

	return fd < 0 ? -errno : (int)fd;
}

static bool below(const char *path, const char *dir)
{
	return strncmp(path, dir, strlen(dir)) == 0;
}

/*
 * Does @op mount something on a directory entry of the host? Entries of "/", /proc and /sys belong to
 * the session, so nobody on the host can replace them.
 */
static bool watched(const struct plan *plan, const struct view_op *op, bool session)
{
	const char *target = plan_str(plan, op->target);

	if ((session && (op->flags & VIEW_CALLER_ONLY)) ||
	    (op->flags & (VIEW_COPY_LINK | VIEW_PLAIN)) || target == NULL ||
	    strchr(target + 1, '/') == NULL || below(target, "/proc/") || below(target, "/sys/"))
		return false;
	return op->kind == VIEW_EMPTY || op->kind == VIEW_SAME || op->kind == VIEW_TMPFS ||
	       op->kind == VIEW_BIND || op->kind == VIEW_SCRATCH || op->kind == VIEW_OVERLAY;
}

/* Can @op be done again? Hiding a path, or binding it onto itself with other flags, needs no source. */
static bool repairable(const struct view_op *op)
{
	return op->kind == VIEW_EMPTY || op->kind == VIEW_SAME ||
	       (op->kind == VIEW_BIND && (op->flags & VIEW_PLACE));
}

static enum watch_state look(const struct plan *plan, int root, const struct view_op *op, bool wait,
			     bool *ret_there)
{
	cleanup_close int fd = open_in(root, plan_str(plan, op->target), O_PATH, wait);
	struct sys_statx st;

	*ret_there = fd >= 0;
	if (fd == -ENOENT || fd == -ENOTDIR)
		return WATCH_WELL; /* the session sees nothing there */
	if (fd < 0)
		return wait ? WATCH_FALLEN : WATCH_UNKNOWN;
	return sys_statx(fd, &st) == 0 && (st.attributes & SYS_STATX_MOUNT_ROOT) ? WATCH_WELL :
										   WATCH_FALLEN;
}

static bool only_root_writes(const struct sys_statx *st)
{
	return st->uid == 0 && (st->mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* @path does not exist. Can only root create it? */
static bool root_makes(int root, const char *path)
{
	char dir[PATH_MAX];
	struct sys_statx st;
	size_t len = strlen(path);
	cleanup_close int fd = -ENOENT;

	if (len >= sizeof dir)
		return false;
	memcpy(dir, path, len + 1);
	while (fd == -ENOENT && strrchr(dir, '/') > dir) {
		*strrchr(dir, '/') = '\0';
		fd = open_in(root, dir, O_PATH | O_DIRECTORY, false);
	}
	return fd >= 0 && sys_statx(fd, &st) == 0 && only_root_writes(&st);
}

/* Must a path that did not exist at login be hidden or read-only as soon as root creates it? */
static bool hides_later(const struct watch *w, const struct plan *plan, const struct view_op *op)
{
	return repairable(op) && (op->kind == VIEW_EMPTY || (op->flags & VIEW_READ_ONLY)) &&
	       root_makes(w->root, plan_str(plan, op->target));
}

void watch_start(const struct plan *plan, struct watch *w)
{
	size_t n;
	const struct view_op *op = plan_array(plan, plan->view, sizeof *op, &n);

	memset(w->tracked, 0, sizeof w->tracked);
	for (size_t i = 0; i < n && i < WATCH_OPS; i++, op++) {
		enum watch_state state;
		bool there;

		if (!watched(plan, op, w->shell < 0))
			continue;
		/* if a hiding mount is missing, somebody replaced the file; other operations may have been skipped */
		state = look(plan, w->root, op, false, &there);
		if ((state == WATCH_WELL && (there || hides_later(w, plan, op))) ||
		    (state == WATCH_FALLEN && w->shell < 0 && repairable(op)))
			w->tracked[i / 64] |= 1ull << i % 64;
	}
}

/* Is cordonsh still mounted over the program at @path in the caller view? */
static enum watch_state look_shell(const struct watch *w, const char *path, bool wait)
{
	cleanup_close int fd = open_in(w->root, path, O_PATH, wait);
	struct stat there, own;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return WATCH_WELL;
	if (fd < 0)
		return wait ? WATCH_FALLEN : WATCH_UNKNOWN;
	return fstat(fd, &there) == 0 && fstat(w->shell, &own) == 0 && there.st_dev == own.st_dev &&
			       there.st_ino == own.st_ino ?
		       WATCH_WELL :
		       WATCH_FALLEN;
}

enum watch_state watch_look(const struct plan *plan, const struct watch *w, bool wait,
			    const char **ret_path)
{
	size_t n;
	const struct view_op *op = plan_array(plan, plan->view, sizeof *op, &n);
	enum watch_state state = WATCH_WELL;
	bool there;

	for (size_t i = 0; state == WATCH_WELL && i < n && i < WATCH_OPS; i++, op++)
		if (w->tracked[i / 64] >> i % 64 & 1) {
			state = look(plan, w->root, op, wait, &there);
			*ret_path = plan_str(plan, op->target);
		}
	for (const char *path = NULL; state == WATCH_WELL && w->shell >= 0 &&
				      (path = plan_next(plan, plan->divert, path)) != NULL;) {
		state = look_shell(w, path, wait);
		*ret_path = path;
	}
	return state;
}

/* Makes a tmpfs with the files that hide paths, in a copy of the host's mounts that ends with us. */
static int none_make(void)
{
	cleanup_close int none = mount_new("tmpfs", "mode=0755,size=64k,nr_inodes=16",
					   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	cleanup_close int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (none < 0)
		return none;
	if (host < 0)
		return -errno;
	r = sys_move_mount(none, host);
	if (r == 0)
		r = sys_mkdirat(none, NONE_DIR, 0);
	if (r == 0)
		r = sys_mknodat(none, NONE_FILE, S_IFREG, 0);
	return r < 0 ? r : take_fd(&none);
}

struct mask {
	const struct view_op *op;
	int tree;
};
enum { MASKS_MAX = 256 };

/* Makes a mount that hides a path: a directory or a file, like the target now; or -errno. */
static int mask_make(const struct plan *plan, const struct watch *w, int none,
		     const struct view_op *op)
{
	cleanup_close int fd = open_in(w->root, plan_str(plan, op->target), O_PATH, true);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return sys_open_tree(none, S_ISDIR(st.st_mode) ? NONE_DIR : NONE_FILE, 0);
}

/* Makes all mounts to put back, before joining the view, whose namespace cannot clone them. */
static int masks_take(const struct plan *plan, const struct watch *w, int none, struct mask *masks,
		      unsigned *ret_n, void (*tell)(const void *arg, const char *path),
		      const void *arg)
{
	size_t n;
	const struct view_op *op = plan_array(plan, plan->view, sizeof *op, &n);

	*ret_n = 0;
	for (size_t i = 0; i < n && i < WATCH_OPS; i++, op++) {
		struct mask *m = &masks[*ret_n];
		bool there;

		if (!(w->tracked[i / 64] >> i % 64 & 1) ||
		    look(plan, w->root, op, true, &there) == WATCH_WELL)
			continue;
		tell(arg, plan_str(plan, op->target));
		if (!repairable(op) || *ret_n == MASKS_MAX)
			return -EPERM;
		*m = (struct mask){ .op = op, .tree = -1 };
		++*ret_n;
		if (op->kind != VIEW_EMPTY)
			continue;
		m->tree = mask_make(plan, w, none, op);
		if (m->tree < 0)
			return m->tree;
	}
	return 0;
}

static int mask_put(struct view *v, const struct mask *m)
{
	cleanup_close int target = -1;

	if (m->op->kind != VIEW_EMPTY)
		return view_same(v, m->op);
	/* does not follow symlinks that anybody but root could have made */
	target = view_target(v, m->op, 0);
	return target < 0 ? target : view_mount_empty(m->tree, target);
}

/* Counts programs to repair, before joining the view, because @tell can only log from here. */
static unsigned shells_fallen(const struct plan *plan, const struct watch *w,
			      void (*tell)(const void *arg, const char *path), const void *arg)
{
	const char *path = NULL;
	unsigned n = 0;

	while (w->shell >= 0 && (path = plan_next(plan, plan->divert, path)) != NULL)
		if (look_shell(w, path, true) != WATCH_WELL) {
			tell(arg, path);
			n++;
		}
	return n;
}

static int shells_put(struct view *v)
{
	const char *path = NULL;
	int r = 0;

	while (r == 0 && (path = plan_next(v->plan, v->plan->divert, path)) != NULL) {
		r = divert_again(v, path);
		if (r == -ENOENT)
			r = 0; /* nobody can start a missing program */
	}
	return r;
}

int watch_repair(const struct plan *plan, const struct watch *w,
		 void (*tell)(const void *arg, const char *path), const void *arg)
{
	static struct mask masks[MASKS_MAX];
	static struct view v; /* large */
	const char *path;
	unsigned n = 0, shells;
	int none, r = sys_unshare(CLONE_NEWNS);

	if (r == 0)
		r = sys_mount_private();
	if (r < 0)
		return r;
	none = none_make();
	r = none < 0 ? none : masks_take(plan, w, none, masks, &n, tell, arg);
	shells = r < 0 ? 0 : shells_fallen(plan, w, tell, arg);
	if (r < 0 || n + shells == 0)
		return r;
	r = sys_setns(w->ns, CLONE_NEWNS);
	if (r < 0)
		return r;
	v = (struct view){ .plan = plan, .host = -1, .scratch = -1, .master = -1 };
	v.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (v.root < 0)
		return -errno;
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = mask_put(&v, &masks[i]);
	if (r == 0 && shells > 0)
		r = shells_put(&v);
	if (r == 0 && watch_look(plan, w, true, &path) != WATCH_WELL)
		r = -ESTALE; /* replaced again, or not available */
	return r < 0 ? r : 1;
}

/*
 * The state of a new list of watched directories. Directories that were watched before are reused.
 * @again: a repeated look, which must not wait for a file system.
 */
struct dirs {
	int root;
	bool again, unsure; /* unsure: some directories could not be looked at without waiting */
	int *old;
	unsigned n_old, n;
	int *fds;
	struct sys_statx seen[WATCH_DIRS];
};

static bool same_dir(const struct sys_statx *a, const struct sys_statx *b)
{
	return a->dev_major == b->dev_major && a->dev_minor == b->dev_minor && a->ino == b->ino;
}

/* Takes the descriptor of directory @st out of the old list; -1: not there. */
static int dir_known(struct dirs *d, const struct sys_statx *st)
{
	for (unsigned i = 0; i < d->n_old; i++) {
		struct sys_statx old;
		const int fd = d->old[i];

		if (fd < 0 || sys_statx(fd, &old) < 0 || !same_dir(&old, st))
			continue;
		d->old[i] = -1;
		return fd;
	}
	return -1;
}

/* Adds a directory, unless it is in the list or anybody but root may change it. */
static void dir_add(struct dirs *d, const char *path)
{
	const int flags = (d->again ? O_PATH : O_RDONLY | O_NONBLOCK) | O_DIRECTORY;
	cleanup_close int fd = open_in(d->root, path, flags, !d->again);
	struct sys_statx *st = &d->seen[d->n];
	int kept;

	d->unsure = d->unsure || fd == -EAGAIN;
	if (fd < 0 || sys_statx(fd, st) < 0 || !only_root_writes(st))
		return;
	for (unsigned i = 0; i < d->n; i++)
		if (same_dir(&d->seen[i], st))
			return;
	kept = d->again ? dir_known(d, st) : take_fd(&fd);
	if (kept < 0)
		kept = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	if (kept >= 0)
		d->fds[d->n++] = kept;
}

static void dirs_find(const struct plan *plan, struct dirs *d)
{
	size_t n;
	const struct view_op *op = plan_array(plan, plan->view, sizeof *op, &n);
	char dir[PATH_MAX], before[PATH_MAX] = "";

	for (size_t i = 0; d->root >= 0 && i < n; i++, op++) {
		const char *target = plan_str(plan, op->target);

		if (!watched(plan, op, false) || strlen(target) >= sizeof dir)
			continue;
		for (const char *at = target;
		     (at = strchr(at + 1, '/')) != NULL && d->n < WATCH_DIRS;) {
			memcpy(dir, target, (size_t)(at - target));
			dir[at - target] = '\0';
			if (below(before, dir) && before[at - target] == '/')
				continue; /* already added on the way to the path before */
			dir_add(d, dir);
		}
		memcpy(before, target, strlen(target) + 1);
	}
}

unsigned watch_dirs(const struct plan *plan, int ret_fds[WATCH_DIRS])
{
	cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct dirs d = { .root = root, .fds = ret_fds };

	dirs_find(plan, &d);
	return d.n;
}

unsigned watch_dirs_again(const struct plan *plan, int root, int fds[WATCH_DIRS], unsigned n)
{
	int found[WATCH_DIRS];
	struct dirs d = { .root = root, .again = true, .old = fds, .n_old = n, .fds = found };

	dirs_find(plan, &d);
	for (unsigned i = 0; i < n; i++) {
		if (fds[i] < 0)
			continue;
		if (d.unsure && d.n < WATCH_DIRS)
			found[d.n++] = fds[i];
		else
			close_fd(&fds[i]);
	}
	memcpy(fds, found, d.n * sizeof *fds);
	return d.n;
}
