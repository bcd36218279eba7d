/* SPDX-License-Identifier: Apache-2.0 */
/* devices.c - make the session's own /dev */
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "confine/view/ops.h"
#include "contract/words.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Device nodes work only in this mount, because cordon made them. */
enum { DEV_ATTR = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC };

/* Limits pts_reserve(): each number up to the wanted one costs a descriptor meanwhile. */
enum { TTY_NUMBER_MAX = 512 };

static const struct {
	const char *name;
	unsigned major, minor;
} node[] = { { "null", 1, 3 },	 { "zero", 1, 5 },    { "full", 1, 7 },
	     { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 } };

/*
 * In a user namespace, which a whole host may be, and without CAP_MKNOD, nobody can make device nodes.
 * This makes plain files instead, and nodes_bind() binds the host's nodes over them. *@own tells if
 * nodes were made.
 */
static int nodes_make(int dev, int *own)
{
	static const char *const link[][2] = { { "pts/ptmx", "ptmx" },
					       { "/proc/self/fd", "fd" },
					       { "/proc/self/fd/0", "stdin" },
					       { "/proc/self/fd/1", "stdout" },
					       { "/proc/self/fd/2", "stderr" } };
	static const char *const dir[] = { "pts", "shm", "mqueue" };
	int r = *own ? sys_mknodat(dev, node[0].name, S_IFCHR | 0666,
				   makedev(node[0].major, node[0].minor)) :
		       0;
	const size_t made = *own && r == 0;

	if (r == -EPERM)
		*own = r = 0;
	for (size_t i = made; r == 0 && i < sizeof node / sizeof node[0]; i++)
		r = *own ? sys_mknodat(dev, node[i].name, S_IFCHR | 0666,
				       makedev(node[i].major, node[i].minor)) :
			   sys_mknodat(dev, node[i].name, S_IFREG | 0666, 0);
	for (size_t i = 0; r == 0 && i < sizeof link / sizeof link[0]; i++)
		r = sys_symlinkat(link[i][0], dev, link[i][1]);
	for (size_t i = 0; r == 0 && i < sizeof dir / sizeof dir[0]; i++)
		r = sys_mkdirat(dev, dir[i], 0755);
	return r;
}

/* Attaches @mountfd, which may be a negative errno, at @name, and closes it. */
static int attach_below(int dev, const char *name, int mountfd)
{
	cleanup_close int mount = mountfd;
	cleanup_close int target = -1;

	if (mount < 0)
		return mount;
	target = openat(dev, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return target < 0 ? -errno : sys_move_mount(mount, target);
}

static int node_bind(const struct view *v, int dev, size_t i)
{
	cleanup_close int host = -1, tree = -1;
	char path[32] = "/dev/";
	struct stat st;
	int r;

	memcpy(path + 5, node[i].name, strlen(node[i].name) + 1);
	host = path_walk(v->host, path);
	if (host < 0)
		return host;
	if (fstat(host, &st) < 0)
		return -errno;
	/* the host's file of this name must be the right device */
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(node[i].major, node[i].minor))
		return -ENODEV;
	tree = sys_open_tree(host, "", 0);
	if (tree < 0)
		return tree;
	r = sys_mount_setattr(tree, DEV_ATTR);
	return r < 0 ? r : attach_below(dev, node[i].name, take_fd(&tree));
}

static int nodes_bind(const struct view *v, int dev)
{
	for (size_t i = 0; i < sizeof node / sizeof node[0]; i++) {
		const int r = node_bind(v, dev, i);

		if (r < 0)
			return r;
	}
	return 0;
}

static unsigned long number_of(const char *tty)
{
	return strncmp(tty, "/dev/pts/", 9) == 0 ? strtoul(tty + 9, NULL, 10) : 0;
}

static const char *login_tty(const struct view *v)
{
	/* in a session that outlives its logins, the keeper gives each login its terminal */
	return v->login != NULL && v->plan->set.lifetime != LIFETIME_USER ?
		       plan_str(v->login, v->login->tty) :
		       NULL;
}

/*
 * Mounts a devpts with as many terminals as the plan allows. The limit of devpts is about numbers, so
 * it must include the number that the login's own terminal has on the host.
 */
static int devpts_make(const struct view *v, const struct view_op *op)
{
	const char *form = view_text(v, op->source), *tty = login_tty(v);
	uint64_t max = op->inodes;
	char options[128];
	size_t len;

	if (tty != NULL && number_of(tty) >= max && number_of(tty) <= 1u << 20)
		max = number_of(tty) + 1;
	if ((v->plan->flags & PLAN_USER_VIEW) &&
	    strncmp(form, "gid=", 4) == 0) /* the map lacks the group tty */
		form += strcspn(form, ",") + (strchr(form, ',') != NULL);
	len = strlen(form);
	if (len >= sizeof options)
		return -ENAMETOOLONG;
	memcpy(options, form, len + 1);
	if (text_number(options + len, sizeof options - len, ",max=#", max, 10) == 0)
		return -ENAMETOOLONG;
	return mount_new("devpts", options, DEV_ATTR);
}

int view_dev(struct view *v, const struct view_op *op)
{
	int own = !(v->plan->flags & PLAN_USER_VIEW), r;
	cleanup_close int dev = mount_new("tmpfs", "mode=0755,size=64k,nr_inodes=1k", DEV_ATTR);

	if (dev < 0)
		return dev;
	r = view_own(v, dev);
	if (r == 0)
		r = nodes_make(dev, &own);
	if (r == 0)
		r = view_attach(v, op, dev, 0);
	if (r == 0 && !own)
		r = nodes_bind(v, dev);
	if (r == 0)
		r = attach_below(dev, "pts", devpts_make(v, op));
	if (r == 0 && (v->plan->clone_flags & CLONE_NEWIPC))
		r = attach_below(dev, "mqueue",
				 mount_new("mqueue", "", DEV_ATTR | MOUNT_ATTR_NODEV));
	return r < 0 ? r : view_terminal(v);
}

/*
 * Makes the node /dev/pts/@number by opening terminals up to it, because devpts hands out the lowest
 * free number. The terminal stays open, so that nobody else gets its number.
 */
static int pts_reserve(struct view *v, unsigned long number)
{
	int fds[TTY_NUMBER_MAX + 1];
	unsigned long n = 0;
	int r = 0;

	while (r == 0 && n <= number) {
		const int pts = path_walk(v->root, "/dev/pts");

		if (pts < 0) {
			r = pts;
			break;
		}
		fds[n] = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (fds[n] < 0)
			r = -errno;
		else
			n++;
		(void)close(pts); /* O_PATH, so closing cannot lose data */
	}
	if (r == 0)
		v->master = fds[--n];
	while (n > 0)
		(void)close(fds[--n]); /* frees the lower numbers */
	return r;
}

int view_is_terminal(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	/* only Unix98 slaves, virtual and serial terminals, see tty(4) and pts(4) */
	if (!S_ISCHR(st.st_mode) ||
	    !((major(st.st_rdev) >= 136 && major(st.st_rdev) <= 143) || major(st.st_rdev) == 4))
		return -ENOTTY;
	return 0;
}

static int terminal_bind(struct view *v, const char *name, int host)
{
	cleanup_close int target = -1, tree = -1;
	int r = strncmp(name, "/dev/pts/", 9) == 0 ? pts_reserve(v, number_of(name)) : 0;

	if (r < 0)
		return r;
	target = path_walk(v->root, name);
	if (target == -ENOENT)
		target = path_make(v->root, name, &v->own, 1);
	if (target < 0)
		return target;
	tree = sys_open_tree(host, "", 0);
	if (tree < 0)
		return tree;
	r = sys_mount_setattr(tree, DEV_ATTR);
	return r < 0 ? r : sys_move_mount(tree, target);
}

int view_terminal(struct view *v)
{
	const char *name = login_tty(v);
	cleanup_close int host = -1;
	int r;

	if (name == NULL || number_of(name) >= TTY_NUMBER_MAX)
		return 0;
	host = path_walk(v->host, name);
	if (host < 0 || view_is_terminal(host) < 0)
		return 0;
	r = terminal_bind(v, name, host);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		v->object = PLAN_OBJECT_LOGIN | v->login->tty.off;
	return r;
}
