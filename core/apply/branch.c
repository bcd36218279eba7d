/* branch.c - the session's own copy of the view, on a root of its own */
#include "view.h"

#include "../base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* getdents64(2) gives these; libc's reader would allocate. */
struct entry64 {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

static int take_one(const struct view *v, struct branch *b, const char *name, unsigned char type)
{
	const size_t len = strlen(name);
	ssize_t n;

	if (b->n == sizeof b->entry / sizeof b->entry[0] || len >= sizeof b->entry[0].name)
		return -ENOSPC;
	memcpy(b->entry[b->n].name, name, len + 1);
	b->entry[b->n].link[0] = '\0';
	b->entry[b->n].fd = -1;
	if (type == DT_LNK) {
		n = readlinkat(v->root, name, b->entry[b->n].link, sizeof b->entry[0].link - 1);
		if (n <= 0 || n == sizeof b->entry[0].link - 1)
			return n < 0 ? -errno : -ENAMETOOLONG;
		b->entry[b->n].link[n] = '\0';
	} else if (type == DT_DIR) {
		const int fd = sys_open_tree(v->root, name, AT_RECURSIVE);

		if (fd < 0)
			return fd;
		b->entry[b->n].fd = fd;
	} else {
		return -ENOTDIR; /* nothing else is ever made there */
	}
	b->n++;
	return 0;
}

int branch_take(const struct view *v, struct branch *ret)
{
	_Alignas(struct entry64) char buf[8192];
	const int dir = openat(v->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long n;
	int r = 0;

	ret->n = 0;
	if (dir < 0)
		return -errno;
	while (r == 0 && (n = syscall(SYS_getdents64, dir, buf, sizeof buf)) != 0) {
		if (n < 0) {
			r = -errno;
			break;
		}
		for (long at = 0; r == 0 && at < n;) {
			const struct entry64 *e = (const void *)(buf + at);

			if (strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0)
				r = take_one(v, ret, e->name, e->type);
			at += e->len;
		}
	}
	(void)close(dir); /* read-only */
	return r;
}

static int attach_one(int root, const char *name, int tree)
{
	int r = sys_mkdirat(root, name, 0755);
	int target;

	if (r < 0)
		return r;
	target = openat(root, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return -errno;
	r = sys_move_mount(tree, target);
	(void)close(target); /* O_PATH: nothing to lose */
	return r;
}

int branch_enter(struct branch *b, int *ret_root)
{
	const int here = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int root, r = here < 0 ? -errno : 0;

	if (r < 0)
		return r;
	root = view_fs("tmpfs", "mode=0755,size=256k,nr_inodes=500",
		       MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	r = root < 0 ? root : sys_move_mount(root, here);
	for (unsigned i = 0; i < b->n; i++) {
		if (r == 0 && b->entry[i].link[0] != '\0')
			r = sys_symlinkat(b->entry[i].link, root, b->entry[i].name);
		else if (r == 0)
			r = attach_one(root, b->entry[i].name, b->entry[i].fd);
		if (b->entry[i].fd >= 0)
			(void)close(b->entry[i].fd); /* attached, or refused */
	}
	if (r == 0)
		r = sys_mount_setattr_one(root, MOUNT_ATTR_RDONLY);
	if (r == 0 && fchdir(root) < 0)
		r = -errno;
	if (r == 0)
		r = sys_pivot_root_here();
	(void)close(here); /* O_PATH: nothing to lose */
	if (r == 0)
		*ret_root = root;
	else if (root >= 0)
		(void)close(root); /* refusing anyway */
	return r;
}
