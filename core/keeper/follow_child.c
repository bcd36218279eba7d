/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow_child.c - make the views have the mounts of the host below the paths of FollowMounts=
 *
 * Mounts do not propagate into a session: what came so would have the flags of the host, and so devices
 * and set-id programs. Each mount is cloned instead, gets the flags of the place, and is moved into a
 * view afterwards. A mount of the host is one of a view if file system and root are the same.
 *
 * Below a path, the view has no mounts but these (policy/compile/fs_follow.c). At the path itself there
 * is always one. It shows what the host has there: a mount, or the directory below it.
 *
 * The text of mountinfo is the kernel's. Names in it are anybody's, so nothing is done to a name: a path
 * is walked, and has to lead to the mount that the text has there.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "confine/child.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20, ROWS_MAX = 4096, CHANGES_MAX = 256 };

/**
 * struct row - a line of proc_pid_mountinfo(5)
 * @device: "major:minor"
 * @fuse:   a user may have mounted it, with or without a right of root to look into it
 */
struct row {
	uint64_t id;
	bool fuse;
	char *device, *root, *point, *options;
};

struct table {
	struct row rows[ROWS_MAX];
	size_t n;
	char text[TEXT_MAX];
};

/**
 * struct change - what is to be done in a view
 * @gone: the mount to take away, or 0; @away is what came of it
 * @tree: the mount to put there, or -1; @there is what came of it
 */
struct change {
	int view;
	const char *path;
	uint64_t gone;
	int tree, away, there;
};

struct changes {
	const struct keeper *k;
	struct change at[CHANGES_MAX];
	unsigned n;
};

/* ---- the tables ---- */

/* Replaces "\040" and other octal escapes. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && strspn(s + 1, "01234567") >= 3) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* "id parent major:minor root point options ..."; returns false for anything else. */
static bool row_parse(char *line, struct row *ret)
{
	char *word[6], *save = NULL, *end;

	for (unsigned i = 0; i < 6; i++)
		if ((word[i] = strtok_r(i == 0 ? line : NULL, " ", &save)) == NULL)
			return false;
	ret->id = strtoull(word[0], &end, 10);
	ret->device = word[2];
	ret->root = word[3];
	ret->point = word[4];
	ret->options = word[5];
	ret->fuse = save != NULL &&
		    (strncmp(save, "- fuse", 6) == 0 || strstr(save, " - fuse") != NULL);
	unescape(ret->root);
	unescape(ret->point);
	return *end == '\0' && ret->point[0] == '/';
}

/* Returns 0; -E2BIG; another -errno. */
static int table_read(int fd, struct table *t)
{
	char *save = NULL;
	size_t n = 0;
	ssize_t got;

	t->n = 0;
	while ((got = pread(fd, t->text + n, sizeof t->text - 1 - n, (off_t)n)) > 0) {
		n += (size_t)got;
		if (n == sizeof t->text - 1)
			return -E2BIG;
	}
	if (got < 0)
		return -errno;
	t->text[n] = '\0';
	for (char *line = strtok_r(t->text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (t->n == ROWS_MAX)
			return -E2BIG;
		if (!row_parse(line, &t->rows[t->n++]))
			return -EPROTO;
	}
	return 0;
}

/* @path as it is behind @dir: "" or "/..."; NULL: it is not below. */
static const char *behind(const char *path, const char *dir)
{
	const size_t len = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0') ? path + len :
											 NULL;
}

/* The last mount at @path, which covers the others; NULL: none. */
static const struct row *row_at(const struct table *t, const char *path)
{
	for (size_t i = t->n; i-- > 0;)
		if (strcmp(t->rows[i].point, path) == 0)
			return &t->rows[i];
	return NULL;
}

/* The mount that has @path; @above: not one at the path itself. */
static const struct row *row_of(const struct table *t, const char *path, bool above)
{
	const struct row *best = NULL;

	for (size_t i = 0; i < t->n; i++) {
		const char *rest = behind(path, t->rows[i].point);

		if (rest != NULL && !(above && *rest == '\0') &&
		    (best == NULL || strlen(t->rows[i].point) >= strlen(best->point)))
			best = &t->rows[i];
	}
	return best;
}

/* Does @have of a view show what @want of the host has at @path? */
static bool same(const struct row *have, const struct row *want, const char *path)
{
	const char *rest = behind(path, want->point);
	const size_t len = strcmp(want->root, "/") == 0 && *rest != '\0' ? 0 : strlen(want->root);

	return strcmp(have->device, want->device) == 0 &&
	       strncmp(have->root, want->root, len) == 0 && strcmp(have->root + len, rest) == 0;
}

/* ---- what has to change ---- */

static bool has(const char *options, const char *word)
{
	const size_t len = strlen(word);

	for (const char *at = options; (at = strstr(at, word)) != NULL; at += len)
		if ((at == options || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

static void tell(const struct changes *c, const struct change *of, int r, const char *what)
{
	keeper_log(&c->k->logins[0], r < 0 ? LOG_ERR : LOG_INFO, "follow",
		   log_word("view", of->view == MASKS_SESSION ? "session" : "caller"),
		   log_word("action", what), log_text("path", of->path),
		   log_word("errno", r < 0 ? err_name(-r) : NULL));
}

/* Clones what the host has at @path, with the flags of a place; -ESTALE: another mount is there now. */
static int tree_take(const struct row *want, const char *path, const char *options)
{
	cleanup_close const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close const int fd = root < 0 ? -errno : path_walk(root, path);
	struct sys_statx st;
	int r = fd < 0 ? fd : sys_statx(fd, &st);

	if (r < 0)
		return r;
	if (st.mnt_id != want->id)
		return -ESTALE;
	return mount_clone(fd,
			   (has(options, "ro") ? MOUNT_ATTR_RDONLY : 0u) |
				   (has(options, "noexec") ? MOUNT_ATTR_NOEXEC : 0u),
			   0, 0);
}

static void change_add(struct changes *c, int view, const char *path, uint64_t gone,
		       const struct row *want, const char *options)
{
	struct change *of = &c->at[c->n];

	if (c->n == CHANGES_MAX)
		return; /* the change of the view brings the next look */
	*of = (struct change){ .view = view, .path = path, .gone = gone, .tree = -1 };
	if (want != NULL) {
		of->tree = tree_take(want, path, options);
		if (of->tree == -ESTALE || of->tree == -ENOENT ||
		    (of->tree == -EACCES && want->fuse)) {
			of->tree = -1; /* hidden by another mount, gone again, or its user's alone */
			if (gone == 0)
				return;
		} else if (of->tree < 0) {
			tell(c, of, of->tree, "mount");
			of->tree = -1;
			if (gone == 0)
				return;
		}
	}
	c->n++;
}

/* The mount at the path itself. Returns true if it is as on the host. */
static bool place_compare(struct changes *c, int view, const char *path, const struct table *host,
			  const struct table *in)
{
	const struct row *want = row_of(host, path, false), *have = row_at(in, path);
	const struct row *first = in->rows;

	if (want == NULL || have == NULL || same(have, want, path))
		return have != NULL;
	while (strcmp(first->point, path) != 0)
		first++;
	/* the uppermost first; below it may be a copy that came with the directory above */
	for (size_t i = in->n; i-- > 0;)
		if (strcmp(in->rows[i].point, path) == 0) {
			const bool last = &in->rows[i] == first;

			change_add(c, view, path, in->rows[i].id, last ? want : NULL, have->options);
		}
	return false;
}

static void below_compare(struct changes *c, int view, const char *path, const struct table *host,
			  const struct table *in)
{
	for (size_t i = in->n; i-- > 0;) {
		const struct row *have = &in->rows[i];
		const char *rest = behind(have->point, path);
		const struct row *want = row_at(host, have->point);

		if (rest == NULL || *rest == '\0' || row_at(in, have->point) != have)
			continue;
		if (want == NULL || !same(have, want, have->point))
			change_add(c, view, have->point, have->id, NULL, "");
	}
	for (size_t i = 0; i < host->n; i++) {
		const struct row *want = &host->rows[i];
		const char *rest = behind(want->point, path);

		if (rest == NULL || *rest == '\0' || row_at(host, want->point) != want ||
		    row_at(in, want->point) != NULL)
			continue; /* a mount that has to go first does not stay long */
		change_add(c, view, want->point, 0, want, row_of(in, want->point, true)->options);
	}
}

static void compare(struct changes *c, int view, const struct table *host, const struct table *in)
{
	const struct plan *plan = c->k->plan;

	for (const char *path = NULL; (path = plan_next(plan, plan->follow, path)) != NULL;)
		if (place_compare(c, view, path, host, in))
			below_compare(c, view, path, host, in);
}

/* ---- in a view ---- */

/*
 * Opens a path of a view. The last part is not opened as a directory: that would have an automounter mount
 * it, on the host.
 */
static int target_open(int root, const char *path)
{
	char dir[PATH_MAX];
	const char *name = view_split(path, dir, sizeof dir);
	cleanup_close const int parent = name == NULL ? -ENAMETOOLONG : path_walk(root, dir);
	int fd;

	if (parent < 0)
		return parent;
	fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Takes a mount away: that one, whatever the name leads to by now. @fds: /proc/self/fd of the host. */
static int take_away(int root, int fds, const struct change *of)
{
	cleanup_close const int fd = target_open(root, of->path);
	struct sys_statx st;
	char name[16];
	int r = fd < 0 ? fd : sys_statx(fd, &st);

	if (r < 0)
		return r;
	if (st.mnt_id != of->gone || !(st.attributes & SYS_STATX_MOUNT_ROOT))
		return -ESTALE;
	(void)snprintf(name, sizeof name, "%d", fd); /* fits */
	return fchdir(fds) < 0 ? -errno : sys_umount_link(name);
}

static int put(int root, const struct change *of)
{
	cleanup_close const int fd = target_open(root, of->path);

	return fd < 0 ? fd : sys_move_mount(of->tree, fd);
}

static void apply(struct changes *c, int view, int ns, int fds)
{
	cleanup_close int root = -1;

	if (sys_setns(ns, CLONE_NEWNS) < 0)
		return; /* the view is gone */
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (unsigned i = 0; root >= 0 && i < c->n; i++) {
		struct change *of = &c->at[i];

		if (of->view != view)
			continue;
		if (of->gone != 0)
			of->away = take_away(root, fds, of);
		if (of->tree >= 0 && of->away == 0)
			of->there = put(root, of);
	}
}

static void tell_all(const struct changes *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		const struct change *of = &c->at[i];

		/* with a mount above it, it was gone already */
		if (of->gone != 0 && of->away != -ESTALE && of->away != -ENOENT)
			tell(c, of, of->away, "unmount");
		if (of->tree >= 0 && of->away == 0)
			tell(c, of, of->there, "mount");
	}
}

_Noreturn void follow_run(const struct keeper *k)
{
	static struct table host, in[MASKS_VIEWS]; /* large, and mostly never touched */
	static struct changes c;
	const int *fd = k->session.fd;
	const int tables[MASKS_VIEWS] = {
		[MASKS_CALLER] = fd[FD_CALLER_TABLE], [MASKS_SESSION] = fd[FD_SESSION_TABLE]
	};
	const int ns[MASKS_VIEWS] = {
		[MASKS_CALLER] = fd[FD_CALLER_NS], [MASKS_SESSION] = fd[FD_SESSION_NS]
	};
	int fds, own, r = child_die_with_parent();

	c.k = k;
	fds = openat(k->proc, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own = openat(k->proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (r < 0 || fds < 0 || own < 0)
		_exit(1);
	r = table_read(k->follow.table, &host);
	for (int i = 0; r == 0 && i < MASKS_VIEWS; i++) {
		r = table_read(tables[i], &in[i]);
		if (r == 0)
			compare(&c, i, &host, &in[i]);
	}
	if (r < 0)
		keeper_log(&k->logins[0], LOG_ERR, "error", log_word("errno", err_name(-r)),
			   log_text("why", "FollowMounts=: the mounts of the host cannot be read"));
	for (int i = 0; c.n > 0 && i < MASKS_VIEWS; i++)
		apply(&c, i, ns[i], fds);
	if (c.n > 0 && sys_setns(own, CLONE_NEWNS) == 0) /* the log is on the host */
		tell_all(&c);
	_exit(0);
}
