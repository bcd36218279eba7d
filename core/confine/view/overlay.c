/* SPDX-License-Identifier: Apache-2.0 */
/* overlay.c - show a directory of the host below a layer that ends with the session */
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes a directory in the file system of the upper layer. */
static int layer_make(int tmp, const char *name)
{
	const int r = sys_mkdirat(tmp, name, 0700);
	const int fd = r < 0 ? -1 : openat(tmp, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return r < 0 ? r : fd < 0 ? -errno : fd;
}

/* Sets a layer by our own descriptor, because /proc is still the host's. */
static int layer_set(int fs, const char *key, int fd)
{
	char path[64];

	(void)text_number(path, sizeof path, "/proc/self/fd/#", (uint64_t)fd, 10); /* fits */
	return sys_fsconfig_string(fs, key, path);
}

/* Makes the overlay of the three layers, without attaching it. */
static int overlay_make(const struct view *v, const struct view_op *op, int lower, int upper,
			int work)
{
	cleanup_close int fs = sys_fsopen("overlay");
	int r;

	if (fs < 0)
		return fs;
	r = layer_set(fs, "lowerdir", lower);
	if (r == 0)
		r = layer_set(fs, "upperdir", upper);
	if (r == 0)
		r = layer_set(fs, "workdir", work);
	/* redirect_dir allows renaming lower directories, but its trusted.* attribute needs root */
	if (r == 0)
		r = v->plan->flags & PLAN_USER_VIEW ? sys_fsconfig_flag(fs, "userxattr") :
						      sys_fsconfig_string(fs, "redirect_dir", "on");
	if (r == 0)
		r = sys_fsconfig_create(fs);
	return r < 0 ? r : sys_fsmount(fs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | mount_attr(op));
}

int view_overlay(struct view *v, const struct view_op *op)
{
	cleanup_close int place = view_source(v, op);
	cleanup_close int lower = -1, tmp = -1, upper = -1, work = -1, overlay = -1;
	struct stat st;
	int r;

	if (place < 0)
		return place;
	/* the overlay reads as root; if root has no right to read, the home would look empty */
	lower = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lower < 0) {
		v->object = op->source.off;
		return -errno;
	}
	if (fstat(lower, &st) < 0)
		return -errno;
	tmp = mount_tmpfs(op);
	if (tmp < 0)
		return tmp;
	r = view_attach(v, op, tmp, 0); /* an overlay accepts only attached layers */
	if (r < 0)
		return r;
	upper = layer_make(tmp, "upper");
	work = upper < 0 ? upper : layer_make(tmp, "work");
	if (work < 0)
		return work;
	r = sys_fchown(upper, st.st_uid, st.st_gid);
	if (r == 0)
		r = sys_fchmod(upper, st.st_mode & 07777);
	if (r < 0)
		return r;
	overlay = overlay_make(v, op, lower, upper, work);
	if (overlay < 0)
		return overlay;
	r = view_own(v, overlay); /* new files go to the upper layer */
	return r < 0 ? r : view_attach(v, op, overlay, 0);
}
