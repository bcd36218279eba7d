/* SPDX-License-Identifier: Apache-2.0 */
/* session_view.c - give the session's copy of the view its own root */
#include "base/cleanup.h"
#include "base/sys.h"
#include "confine/view/ops.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An entry of getdents64(2), which is used because readdir(3) allocates. */
struct entry64 {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

/*
 * Moves the mount at @name to the new root. If @name is a plain directory of the old root, it is cloned
 * there, with the mounts below it.
 */
static int move_one(int from, int root, const char *name, unsigned char type)
{
	cleanup_close int fd = openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int target = -1, tree = -1;
	struct stat st, old;
	int plain = 0, r;

	if (fd < 0 || fstat(from, &old) < 0)
		return -errno;
	if (fstat(fd, &st) == 0)
		plain = st.st_dev == old.st_dev;
	else if (errno != EACCES) /* a user's own FUSE mount */
		return -errno;
	if (plain) {
		tree = sys_open_tree(fd, "", AT_RECURSIVE);
		if (tree < 0)
			return tree;
	}
	r = type == DT_DIR ? sys_mkdirat(root, name, 0755) :
			     sys_mknodat(root, name, S_IFREG | 0644, 0);
	if (r < 0)
		return r;
	target = openat(root, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return target < 0 ? -errno : sys_move_mount(plain ? tree : fd, target);
}

static int copy_link(int from, int root, const char *name)
{
	char text[PATH_MAX];
	const ssize_t n = readlinkat(from, name, text, sizeof text);

	if (n <= 0 || n == sizeof text)
		return n < 0 ? -errno : -ENAMETOOLONG;
	text[n] = '\0';
	return sys_symlinkat(text, root, name);
}

/* @from and @list are both the old root; @list is open for reading. */
static int move_all(int from, int list, int root)
{
	_Alignas(struct entry64) char buf[8192];
	long n;

	while ((n = syscall(SYS_getdents64, list, buf, sizeof buf)) > 0)
		for (long at = 0; at < n;) {
			const struct entry64 *e = (const void *)(buf + at);
			int r = 0;

			at += e->len;
			if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0)
				continue;
			if (e->type == DT_LNK)
				r = copy_link(from, root, e->name);
			else if (e->type == DT_DIR || e->type == DT_REG)
				r = move_one(from, root, e->name, e->type);
			else
				r = -ENOTDIR; /* the root holds no other types of files */
			if (r < 0)
				return r;
		}
	return n < 0 ? -errno : 0;
}

int session_view_root(void)
{
	return mount_new("tmpfs", "mode=0755,size=256k,nr_inodes=500",
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

int session_view_enter(int root)
{
	cleanup_close int here = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int list = here < 0 ? -1 : open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (here < 0 || list < 0)
		return -errno;
	r = sys_move_mount(root, here);
	if (r == 0)
		r = move_all(here, list, root);
	if (r == 0)
		r = sys_mount_setattr_one(root, MOUNT_ATTR_RDONLY);
	if (r < 0)
		return r;
	if (fchdir(root) < 0)
		return -errno;
	return sys_pivot_root_here();
}
