/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - make detached mounts by the new mount API: new file systems and clones */
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "confine/view/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>

unsigned mount_attr(const struct view_op *op)
{
	return (op->flags & VIEW_READ_ONLY ? MOUNT_ATTR_RDONLY : 0u) |
	       (op->flags & VIEW_NOEXEC ? MOUNT_ATTR_NOEXEC : 0u);
}

static int options_set(int fs, const char *options)
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

int mount_new(const char *type, const char *options, unsigned attr)
{
	cleanup_close int fs = sys_fsopen(type);
	int r;

	if (fs < 0)
		return fs;
	r = options_set(fs, options);
	if (r < 0)
		return r;
	r = sys_fsconfig_create(fs);
	return r < 0 ? r : sys_fsmount(fs, attr);
}

int mount_tmpfs(const struct view_op *op)
{
	char options[128];
	size_t n = text_number(options, sizeof options, "mode=0#", op->mode, 8);

	/* the buffer has room for all three numbers */
	if (op->size_bytes != 0)
		n += text_number(options + n, sizeof options - n, ",size=#", op->size_bytes, 10);
	if (op->inodes != 0)
		(void)text_number(options + n, sizeof options - n, ",nr_inodes=#", op->inodes, 10);
	return mount_new("tmpfs", options,
			 MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				 (op->flags & VIEW_STRICT_ATIME ? MOUNT_ATTR_STRICTATIME : 0u));
}

int mount_clone(int fd, unsigned attr, int recursive, int devices)
{
	cleanup_close int tree = sys_open_tree(fd, "", recursive ? AT_RECURSIVE : 0);
	int r;

	if (tree < 0)
		return tree;
	r = sys_mount_setattr(tree, MOUNT_ATTR_NOSUID | (devices ? 0u : MOUNT_ATTR_NODEV) | attr);
	return r < 0 ? r : take_fd(&tree);
}
