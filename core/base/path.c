/* SPDX-License-Identifier: Apache-2.0 */
/* path.c - see path.h */
#include "base/path.h"

#include "base/cleanup.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { PATH_LINKS_MAX = 40 };

/* Tries to open a directory first, because O_PATH alone does not make an automounter mount. */
static int open_plain(int rootfd, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, rootfd, path, &how, sizeof how);

	if (fd < 0 && errno == ENOTDIR) {
		how.flags = O_PATH | O_CLOEXEC;
		fd = syscall(SYS_openat2, rootfd, path, &how, sizeof how);
	}
	return fd < 0 ? -errno : (int)fd;
}

static int open_entry(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOTDIR)
		fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static uid_t root_uid; /* the uid that files of root have here */

void path_root_unmapped(void)
{
	root_uid = 65534; /* DEFAULT_OVERFLOWUID; if the host has another, nothing is trusted */
}

static dev_t host_dev; /* the file system of the host's "/" */
static int host_known;

void path_host(int rootfd)
{
	struct stat st;

	host_known = fstat(rootfd, &st) == 0;
	host_dev = host_known ? st.st_dev : 0;
}

static int is_host(dev_t dev)
{
	struct stat st;

	if (!host_known && stat("/", &st) == 0) {
		host_dev = st.st_dev;
		host_known = 1;
	}
	return host_known && dev == host_dev;
}

int path_vouched(int fd, const struct stat *st)
{
	/* Values of f_type of statfs(2), as numbers because the headers lack some of the names. */
	static const uint32_t local[] = {
		0xef53 /* ext2, 3, 4 */,
		0x58465342 /* xfs */,
		0x9123683e /* btrfs */,
		0xf2f52010 /* f2fs */,
		0xca451a4e /* bcachefs */,
		0x2fc12fc1 /* zfs */,
		0x3153464a /* jfs */,
		0x52654973 /* reiserfs */,
		0x3434 /* nilfs2 */,
		0x24051905 /* ubifs */,
		0x72b6 /* jffs2 */,
		0x73717368 /* squashfs */,
		0xe0f5e1e2 /* erofs */,
		0x794c7630 /* overlay */,
		0x01021994 /* tmpfs, devtmpfs */,
		0x858458f6 /* ramfs */,
		0x0187 /* autofs */,
		0x9fa0 /* proc */,
		0x62656572 /* sysfs */,
		0x1cd1 /* devpts */,
		0x63677270 /* cgroup2 */,
		0x27e0eb /* cgroup */,
	};
	struct statfs fs;

	if (is_host(st->st_dev))
		return 1;
	if (fstatfs(fd, &fs) < 0)
		return 0;
	for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
		if ((uint32_t)fs.f_type == local[i])
			return 1;
	return 0;
}

/* Can only root change this directory, or @file, provided that its owner can be believed? */
static int only_root_writes(const struct stat *st, int file)
{
	return (S_ISDIR(st->st_mode) || (file && S_ISREG(st->st_mode))) && st->st_uid == root_uid &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

struct walk {
	int rootfd;
	int fd;		/* the directory reached so far */
	int trusted;	/* only root can have created the entries of @fd */
	int roots;	/* fail as soon as @trusted is false */
	int program;	/* the last component may be a file */
	int links;	/* symlinks followed */
	dev_t root_dev; /* the directory @rootfd, where ".." stops */
	ino_t root_ino;
	/* the last file system whose owners are believed, while @trusted */
	dev_t believed;
	char rest[2 * PATH_MAX + 1]; /* the rest of the path */
};

static int walk_start(struct walk *w)
{
	struct stat st;

	close_fd(&w->fd);
	w->fd = openat(w->rootfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0 || fstat(w->fd, &st) < 0)
		return -errno;
	w->trusted = only_root_writes(&st, 0) && path_vouched(w->fd, &st);
	w->believed = st.st_dev;
	w->root_dev = st.st_dev;
	w->root_ino = st.st_ino;
	return w->roots && !w->trusted ? -EPERM : 0;
}

/* Puts the text of the symlink @linkfd before the rest of the path. */
static int walk_link(struct walk *w, int linkfd, const char *rest)
{
	char text[2 * PATH_MAX + 1];
	const ssize_t n = readlinkat(linkfd, "", text, PATH_MAX);
	const size_t len = strlen(rest);

	if (n < 0)
		return -errno;
	if (n == 0 || n >= PATH_MAX || len >= PATH_MAX)
		return -ENAMETOOLONG;
	if (++w->links > PATH_LINKS_MAX)
		return -ELOOP;
	text[n] = '/';
	memcpy(text + n + 1, rest, len + 1);
	memcpy(w->rest, text, (size_t)n + len + 2);
	return text[0] == '/' ? walk_start(w) : 0;
}

/*
 * Only the text of a symlink contains "..", and a symlink is followed only while nobody but root can
 * have changed the path. Once anybody else could have, ".." is refused like a symlink.
 */
static int walk_up_allowed(const struct walk *w)
{
	struct stat st;

	if (!w->trusted)
		return -ELOOP;
	if (fstat(w->fd, &st) < 0)
		return -errno;
	return st.st_dev != w->root_dev || st.st_ino != w->root_ino;
}

/* Asks once for each file system, and not at all if nothing on the path is trusted any more. */
static int still_trusted(struct walk *w, int fd, const struct stat *st)
{
	if (!w->trusted || !only_root_writes(st, w->program))
		return 0;
	if (st->st_dev != w->believed && !path_vouched(fd, st))
		return 0;
	w->believed = st->st_dev;
	return 1;
}

/* Walks one component, @name; @rest is the path after it. */
static int walk_step(struct walk *w, const char *name, const char *rest)
{
	cleanup_close int fd = -1;
	struct stat st;

	if (strcmp(name, "..") == 0) {
		const int up = walk_up_allowed(w);

		if (up < 0)
			return up;
		if (up == 0)
			name = "."; /* the root's parent is the root */
	}
	fd = open_entry(w->fd, name);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return w->trusted ? walk_link(w, fd, rest) : -ELOOP;
	w->trusted = still_trusted(w, fd, &st);
	close_fd(&w->fd);
	w->fd = take_fd(&fd);
	memmove(w->rest, rest, strlen(rest) + 1);
	return w->roots && !w->trusted ? -EPERM : 0;
}

enum { WALK_ROOTS = 1, WALK_PROGRAM };

/* @only: 0, or what only root may be able to change */
static int walk_slowly(int rootfd, const char *path, int only)
{
	struct walk w = {
		.rootfd = rootfd, .fd = -1, .roots = only != 0, .program = only == WALK_PROGRAM
	};
	char name[NAME_MAX + 1];
	int r;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(w.rest, path, strlen(path) + 1);
	r = walk_start(&w);
	while (r == 0) {
		const char *at = w.rest + strspn(w.rest, "/");
		const size_t len = strcspn(at, "/");

		if (len == 0)
			return w.fd;
		if (len > NAME_MAX) {
			r = -ENAMETOOLONG;
			break;
		}
		memcpy(name, at, len);
		name[len] = '\0';
		if (strcmp(name, ".") == 0)
			memmove(w.rest, at + len, strlen(at + len) + 1);
		else
			r = walk_step(&w, name, at + len);
	}
	close_fd(&w.fd);
	return r;
}

int path_walk(int rootfd, const char *path)
{
	/* usually, no symlink is on the path and one call suffices */
	const int fd = open_plain(rootfd, path);

	return fd == -ELOOP ? walk_slowly(rootfd, path, 0) : fd;
}

int path_walk_as(int rootfd, const char *path, uid_t uid, gid_t gid, size_t n, const gid_t *groups)
{
	cleanup_close int fd = path_walk(rootfd, path);
	int r;

	if (fd != -EACCES)
		return take_fd(&fd);
	r = sys_setfsids(uid, gid, n, groups);
	if (r == 0)
		fd = path_walk(rootfd, path);
	if (sys_setfsids(0, 0, 0, NULL) < 0) /* no code may run on with the ids of another user */
		r = -EPERM;
	return r < 0 ? r : take_fd(&fd);
}

int path_walk_roots(int rootfd, const char *path)
{
	return walk_slowly(rootfd, path, WALK_ROOTS);
}

int path_walk_program(int rootfd, const char *path)
{
	return walk_slowly(rootfd, path, WALK_PROGRAM);
}

int path_owned(const struct path_own *own, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	for (unsigned i = 0; i < own->n; i++)
		if (own->dev[i] == st.st_dev)
			return 0;
	return -EROFS;
}

/* Opens the entry @name of @dirfd, and creates it if it does not exist and @dirfd is ours. */
static int make_entry(int dirfd, const char *name, const struct path_own *own, int as_file)
{
	int fd = open_entry(dirfd, name);
	int r;

	if (fd != -ENOENT)
		return fd;
	r = path_owned(own, dirfd);
	if (r < 0)
		return r;
	r = as_file ? sys_mknodat(dirfd, name, S_IFREG | 0644, 0) : sys_mkdirat(dirfd, name, 0755);
	if (r < 0)
		return r;
	fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

int path_make(int rootfd, const char *path, const struct path_own *own, int as_file)
{
	char name[NAME_MAX + 1];
	cleanup_close int fd = openat(rootfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (fd >= 0) {
		const char *at = path + strspn(path, "/");
		const size_t len = strcspn(at, "/");
		const int last = at[len + strspn(at + len, "/")] == '\0';
		int next;

		if (len == 0)
			return take_fd(&fd);
		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, at, len);
		name[len] = '\0';
		path = at + len;
		next = make_entry(fd, name, own, as_file && last);
		close_fd(&fd);
		fd = next;
	}
	return fd;
}

int path_copy(int to, int from, size_t max)
{
	char buf[16384];
	size_t all = 0;
	ssize_t n;

	while ((n = read(from, buf, sizeof buf)) > 0) {
		all += (size_t)n;
		if (all > max)
			return -EFBIG;
		if (write(to, buf, (size_t)n) != n) /* a tmpfs writes everything unless it is full */
			return -ENOSPC;
	}
	return n < 0 ? -errno : 0;
}
