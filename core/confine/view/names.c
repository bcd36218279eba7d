/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - give the terminals of a session names that are unique on the host */
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "confine/view/ops.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A block of terminals has one digit for each. No other terminal of a host has such a name. */
static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_=",
		  blocks[] = ".,+@%^:_";
enum { DIGITS = sizeof digits - 1 };
_Static_assert(DIGITS *(sizeof blocks - 1) == NAMED_TERMINALS, "one name a terminal");

/*
 * A name consists of tag, block and digit, for example "0x.1". It has four bytes, because utmp(5) tells
 * records apart by the last four bytes of the name. The tag can be one of 4,096 numbers, the maximum of
 * Linux (kernel.pty.max).
 */
struct name {
	char text[5];
};

static struct name name_make(const struct view *v, unsigned terminal)
{
	const char *id = plan_str(v->login, v->login->session);
	/* without a number, the session's id makes the tag; "-" tells such a name from one with a number */
	const unsigned long tag = v->number >= 0 ? (unsigned long)v->number :
						   strtoul(id + strlen(id) / 2, NULL, 16);

	return (struct name){ .text = { digits[tag / DIGITS % DIGITS], digits[tag % DIGITS],
					v->number >= 0 ? blocks[terminal / DIGITS] : '-',
					digits[terminal % DIGITS], '\0' } };
}

/*
 * glibc's ttyname(3) only looks at entries of /dev/pts that have the inode number of the terminal, so
 * the numbers must agree. In a devpts, terminal 0 has inode 3. In a new tmpfs, whose root is inode 1,
 * the file made after one directory has inode 3.
 */
enum { INO_FIRST = 3 };

static int link_make(int dir, const char *target, const char *name, unsigned terminal, int look)
{
	const int r = sys_symlinkat(target, dir, name);
	struct stat st;

	if (r < 0 || !look)
		return r;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return st.st_ino == INO_FIRST + terminal ? 0 : -ENOTSUP;
}

/* Makes links in @dir, which becomes /dev/pts of the caller view, to ptmx and terminals at @tag. */
static int links_make(const struct view *v, int dir, const char *tag, unsigned terminals)
{
	char target[16], first[16];
	int r = sys_mkdirat(dir, tag, 0755);

	memcpy(target, tag, 2);
	target[2] = '/';
	for (unsigned i = 0; r == 0 && i < terminals; i++) {
		const struct name n = name_make(v, i);
		const int numbered = i == 0 && v->number >= 0;

		(void)text_number(target + 3, sizeof target - 3, "#", i, 10); /* fits */
		if (numbered)
			(void)text_number(first, sizeof first, "#", (uint64_t)v->number,
					  10); /* fits */
		r = link_make(dir, target, numbered ? first : n.text, i,
			      i == 0 || i == terminals - 1);
	}
	memcpy(target + 3, "ptmx", 5);
	return r < 0 ? r : sys_symlinkat(target, dir, "ptmx");
}

/*
 * Only sshd opens terminals by name. For another login, the names would cost time and serve nobody, but
 * a login by sshd may join a session that outlives its logins.
 */
static unsigned names_needed(const struct view *v, const struct view_op *op)
{
	if (!(v->login->flags & LOGIN_NAMED_TERMINAL) && v->plan->set.lifetime != LIFETIME_USER)
		return 1;
	return v->number < 0 && op->inodes > DIGITS ? DIGITS : (unsigned)op->inodes;
}

int view_names(struct view *v, const struct view_op *op)
{
	const unsigned attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	const unsigned terminals = names_needed(v, op);
	const struct name n = name_make(v, 0);
	const char tag[3] = { n.text[0], n.text[1], '\0' };
	cleanup_close int target = path_walk(v->root, view_text(v, op->target));
	cleanup_close int pts = -1, dir = -1, place = -1;
	int r;

	if (target < 0)
		return target;
	pts = sys_open_tree(target, "", 0);
	if (pts < 0)
		return pts;
	dir = mount_new("tmpfs", "mode=0755,size=64k,nr_inodes=600", attr);
	if (dir < 0)
		return dir;
	r = links_make(v, dir, tag, terminals);
	if (r < 0)
		return r;
	place = openat(dir, tag, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0)
		return -errno;
	r = sys_move_mount(dir, target);
	if (r == 0) /* second, because it lies below the first mount */
		r = sys_move_mount(pts, place);
	if (r == 0)
		r = sys_mount_setattr_one(dir, MOUNT_ATTR_RDONLY);
	/* terminals opened by this descriptor are found in the caller view */
	if (r == 0)
		v->pts = take_fd(&pts);
	return r;
}
