/* SPDX-License-Identifier: Apache-2.0 */
/*
 * direct.c - a group in the tree itself, on a host without systemd: cordon/UID/ID
 *
 * A group is locked (flock(2)) as long as its session lives. A group without a lock and without
 * processes has been left by a keeper that was killed, and the next login of the account removes it.
 * Groups above a session's are removed with its last session, so making one is tried again.
 */
#include "policy/group/make.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "contract/group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { TRIES = 20, SWEPT_MAX = 64 };

/* Opens the group @name of @above, and makes it if it is missing. */
static int open_group(int above, const char *name, mode_t mode)
{
	int fd = -1;

	if (mkdirat(above, name, mode) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Gives the groups below @fd the controllers. */
static int enable(int fd, const char *controllers, const char *where, struct err *e)
{
	const int r = controllers[0] == '\0' ?
			      0 :
			      sys_write_at(fd, "cgroup.subtree_control", controllers);

	if (r == -EBUSY)
		return err_set(
			e, r,
			"control group %s has processes, so it cannot have limits below it; move them into a group of their own, as a container's init does",
			where);
	if (r == -ENOENT || r == -ENODEV)
		return r; /* it may just have been removed */
	return r < 0 ? err_set(e, r,
			       "the controllers '%s' cannot be enabled in control group %s: %s",
			       controllers, where, strerror(-r)) :
		       0;
}

/* Removes groups that a killed keeper has left. */
static void sweep(int account)
{
	const int copy = openat(account, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *d;

	for (unsigned n = 0; dir != NULL && n < SWEPT_MAX && (d = readdir(dir)) != NULL;) {
		cleanup_close int fd = -1;
		uint64_t populated = 1;

		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		n++;
		fd = openat(account, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    cgroup_count(fd, "cgroup.events", "populated", &populated) == 0 &&
		    populated == 0)
			(void)unlinkat(account, d->d_name, AT_REMOVEDIR); /* tried again later */
	}
	if (dir != NULL)
		(void)closedir(dir); /* only read */
}

/* The group of the session, locked. Another login may sweep it between mkdir and the lock. */
static int open_session(int account, const char *id)
{
	cleanup_close int fd = open_group(account, id, 0755);
	struct stat mine, now;

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX) < 0 || fstat(fd, &mine) < 0)
		return -errno;
	if (fstatat(account, id, &now, AT_SYMLINK_NOFOLLOW) < 0 || now.st_ino != mine.st_ino)
		return -ENOENT;
	return take_fd(&fd);
}

static int make(const struct plan *plan, const char *uid, const char *id, struct cgroup *ret,
		struct err *e)
{
	const struct group_limits *l = plan_group(plan);
	cleanup_close const int root = cgroup_root();
	cleanup_close int top = -1, account = -1, fd = -1;
	char controllers[128];
	int r;

	if (root < 0)
		return err_set(e, root, "cgroup v2 is not mounted; mount it on /sys/fs/cgroup");
	group_controllers(l, controllers, sizeof controllers);
	r = enable(root, controllers, "/", e);
	if (r == 0)
		r = top = open_group(root, CGROUP_TOP,
				     0711); /* whoever can open a group can lock it */
	if (r >= 0)
		r = enable(top, controllers, "/" CGROUP_TOP, e);
	if (r >= 0)
		r = account = open_group(top, uid, 0711);
	if (r >= 0 && plan->flags & PLAN_SHARE_USER)
		r = group_write(account, l, e);
	if (r >= 0)
		r = enable(account, controllers, "/" CGROUP_TOP "/UID", e);
	if (r < 0)
		return r;
	sweep(account);
	r = fd = open_session(account, id);
	if (r >= 0)
		r = group_write(fd, l, e);
	if (r < 0)
		return r;
	*ret = (struct cgroup){ .fd = take_fd(&fd), .hold = take_fd(&top) };
	return 0;
}

int group_direct(const struct plan *plan, uid_t uid, const char *id, struct cgroup *ret,
		 struct err *e)
{
	char account[24];
	int r = -ENOENT;

	(void)snprintf(account, sizeof account, "%u", uid); /* fits */
	for (int i = 0; i < TRIES && (r == -ENOENT || r == -ENODEV); i++) {
		*e = (struct err){ 0 };
		r = make(plan, account, id, ret, e);
		if (e->code != 0)
			break;
	}
	if (r < 0 && e->code == 0)
		return err_set(e, r, "the control group /%s/%s/%s cannot be made: %s", CGROUP_TOP,
			       account, id, strerror(-r));
	return r;
}
