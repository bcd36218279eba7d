/* SPDX-License-Identifier: Apache-2.0 */
/* divert.c - put cordonsh in place of the login shell in the caller view */
#include "confine/view/divert.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "confine/view/ops.h"
#include "contract/places.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CAP_BIT(cap) (1ull << (cap))

/* Writes vfs_ns_cap_data of capability.h, version 2, which is little-endian on every processor. */
static int capable_make(int fd, uint64_t caps)
{
	uint32_t data[5] = { 0 };

	data[0] = htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE);
	data[1] = htole32((uint32_t)caps);
	data[3] = htole32((uint32_t)(caps >> 32));
	return sys_setxattr_fd(fd, "security.capability", data, sizeof data);
}

/* cordonsh must join the user namespace and the session view, and empty the bounding set. */
static uint64_t shell_caps(void)
{
	/* setns(2) to a mount namespace needs CAP_SYS_CHROOT, because it changes the root */
	uint64_t caps = CAP_BIT(CAP_SYS_ADMIN) | CAP_BIT(CAP_SETPCAP) | CAP_BIT(CAP_SYS_CHROOT);

	/* a capability outside the bounding set would make every execve(2) fail */
	if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE, 0, 0, 0) == 1)
		caps |= CAP_BIT(CAP_SYS_RESOURCE); /* to set limits above those of the caller */
	return caps;
}

static int shell_copy(int dir, int shellfd, uint64_t caps)
{
	cleanup_close int fd =
		openat(dir, "cordonsh", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
	struct stat st;
	off_t at = 0;
	int r;

	if (fd < 0 || fstat(shellfd, &st) < 0)
		return -errno;
	while (at < st.st_size) {
		const ssize_t n = sendfile(fd, shellfd, &at, (size_t)(st.st_size - at));

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	r = capable_make(fd, caps); /* last, because a write removes file capabilities */
	if (close(take_fd(&fd)) < 0 && r == 0)
		r = -errno;
	return r;
}

static int socket_make(int dir)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* Everybody can connect, because the umask is 0; the keeper checks the peer. */
	(void)text_number(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/#/sock",
			  (uint64_t)dir, 10); /* fits */
	if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 || listen(fd, 64) < 0)
		return -errno;
	return take_fd(&fd);
}

/* Binds cordonsh over the program at @path. */
static int divert_one(struct view *v, int dir, const char *path)
{
	cleanup_close int target = path_walk(v->root, path), tree = -1;
	struct stat st, own;

	if (target < 0)
		return target;
	if (fstat(target, &st) < 0 || fstatat(dir, "cordonsh", &own, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (st.st_dev == own.st_dev && st.st_ino == own.st_ino)
		return 0; /* already done by another name */
	tree = sys_open_tree(dir, "cordonsh", 0);
	return tree < 0 ? tree : sys_move_mount(tree, target);
}

int divert_again(struct view *v, const char *path)
{
	cleanup_close int dir = path_walk(v->root, SESSION_DIR);

	return dir < 0 ? dir : divert_one(v, dir, path);
}

static int divert_all(struct view *v, int dir, struct child_fail *f)
{
	const char *path = NULL;

	while ((path = plan_next(v->plan, v->plan->divert, path)) != NULL) {
		const int r = divert_one(v, dir, path);

		/* nobody can start a missing program; only the login shell must exist */
		if (r == -ENOENT && strcmp(path, "/bin/sh") == 0)
			continue;
		if (r < 0)
			return fail_set(f, STEP_DIVERT, r, (uint32_t)(path - (const char *)v->plan));
	}
	/* only for the message: if this fails, the exec gate refuses the real passwd(1) */
	(void)divert_one(v, dir, SESSION_PASSWD);
	return 0;
}

int divert_make(struct view *v, int shellfd, struct divert *ret, struct child_fail *f)
{
	cleanup_close int target = path_walk(v->root, SESSION_DIR), dir = -1;
	int r;

	*ret = (struct divert){ .shell = -1, .listener = -1 };
	if (target < 0)
		return fail_set(f, STEP_DIVERT, target, 0);
	/* only in this mount, set-id bits and file capabilities have an effect */
	dir = mount_new("tmpfs", "mode=0711,size=16m,nr_inodes=16", MOUNT_ATTR_NODEV);
	if (dir < 0)
		return fail_set(f, STEP_DIVERT, dir, 0);
	r = shell_copy(dir, shellfd, shell_caps());
	if (r == 0) {
		ret->listener = socket_make(dir);
		r = ret->listener < 0 ? ret->listener : sys_move_mount(dir, target);
	}
	if (r < 0)
		return fail_set(f, STEP_DIVERT, r, 0);
	ret->shell = openat(dir, "cordonsh", O_PATH | O_CLOEXEC);
	if (ret->shell < 0)
		return fail_set(f, STEP_DIVERT, -errno, 0);
	r = divert_all(v, dir, f);
	if (r < 0)
		return r;
	r = sys_mount_setattr_one(dir, MOUNT_ATTR_RDONLY);
	return r < 0 ? fail_set(f, STEP_DIVERT, r, 0) : 0;
}
