/* SPDX-License-Identifier: Apache-2.0 */
/* overlay.c - the host's directory below a layer that ends with the session */
#include "confine/view/view.h"

#include "base/sys.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int view_overlay(struct view *v, const struct view_op *op)
{
	static const char *const sub[] = { "upper", "work" };
	const int place = view_source(v, op);
	int lower = -1, tmp = -1, fs = -1, r = place < 0 ? place : 0;
	char path[3][64];
	struct stat st;
	int fds[2] = { -1, -1 };

	/* the overlay reads with root's rights: where root may not, there would be an empty home */
	if (r == 0 && (lower = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		r = -errno;
		v->object = op->source.off;
	}
	if (r == 0 && fstat(lower, &st) < 0)
		r = -errno;
	if (r == 0 && (tmp = view_tmpfs(op)) < 0)
		r = tmp;
	if (r == 0)
		r = view_attach(v, op, tmp, 0); /* an overlay takes attached layers only */
	for (unsigned i = 0; r == 0 && i < 2; i++) {
		r = sys_mkdirat(tmp, sub[i], 0700);
		if (r == 0 && (fds[i] = openat(tmp, sub[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
			r = -errno;
	}
	if (r == 0)
		r = sys_fchown(fds[0], st.st_uid, st.st_gid);
	if (r == 0)
		r = sys_fchmod(fds[0], st.st_mode & 07777);
	if (r == 0 && (fs = sys_fsopen("overlay")) < 0)
		r = fs;
	if (r == 0) { /* our own descriptors, by the host's /proc, which still is ours */
		(void)text_number(path[0], sizeof path[0], "/proc/self/fd/#", (uint64_t)lower, 10);
		(void)text_number(path[1], sizeof path[1], "/proc/self/fd/#", (uint64_t)fds[0], 10);
		(void)text_number(path[2], sizeof path[2], "/proc/self/fd/#", (uint64_t)fds[1], 10);
		r = sys_fsconfig_string(fs, "lowerdir", path[0]);
		r = r < 0 ? r : sys_fsconfig_string(fs, "upperdir", path[1]);
		r = r < 0 ? r : sys_fsconfig_string(fs, "workdir", path[2]);
		/* directories of the lower layer can be renamed, by a trusted.* attribute, which is root's alone */
		if (r == 0)
			r = v->plan->flags & PLAN_USER_VIEW ?
				    sys_fsconfig_flag(fs, "userxattr") :
				    sys_fsconfig_string(fs, "redirect_dir", "on");
		r = r < 0 ? r : sys_fsconfig_create(fs);
	}
	if (r == 0) {
		const int mnt =
			sys_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | view_attr(op));

		r = mnt < 0 ? mnt :
			      view_own(v, mnt); /* what is made in it goes to the upper layer */
		if (r == 0)
			r = view_attach(v, op, mnt, 0);
		if (mnt >= 0)
			(void)close(mnt); /* attached, or refused */
	}
	for (unsigned i = 0; i < 2; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]); /* the overlay holds its own */
	if (fs >= 0)
		(void)close(fs); /* mounted, or refused */
	if (tmp >= 0)
		(void)close(tmp); /* attached, or refused */
	if (lower >= 0)
		(void)close(lower); /* read-only */
	if (place >= 0)
		(void)close(place); /* O_PATH: nothing to lose */
	return r;
}
