/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tty.c - the terminals that logins bring along into a session that outlives them
 *
 * su and login(1) run at a terminal of the host, which programs of the session must find by a name. The
 * names below /dev/pts are numbers of the session's own devpts. The keeper therefore opens a terminal
 * there, so that no program gets its number, and a child binds the host's terminal over it.
 */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "confine/child.h"
#include "confine/view/view.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NUMBER_MAX = 512, BIND_MS = 2000 };

/* The number in the host's name of the terminal; -1: it is no pseudo-terminal. */
static long number_of(const char *tty)
{
	return strncmp(tty, "/dev/pts/", 9) == 0 ? strtol(tty + 9, NULL, 10) : -1;
}

static int open_one(int pts, int *ret_number)
{
	const int unlocked = 0;
	cleanup_close int fd = openat(pts, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	unsigned number;

	/* raw calls, because the number has the highest bit and musl's ioctl(2) takes an int */
	if (fd < 0 || syscall(SYS_ioctl, fd, TIOCSPTLCK, &unlocked) < 0 ||
	    syscall(SYS_ioctl, fd, TIOCGPTN, &number) < 0)
		return -errno;
	*ret_number = (int)number;
	return take_fd(&fd);
}

/*
 * Opens a terminal of the session: number @wanted, or if that is taken, the first free one. The kernel
 * gives out the lowest free number, so lower ones are opened meanwhile.
 */
static int take_number(int pts, int wanted, int *ret_number)
{
	int fds[NUMBER_MAX + 1], number[NUMBER_MAX + 1], n = 0, keep = 0;

	while (n <= wanted) {
		fds[n] = open_one(pts, &number[n]);
		if (fds[n] < 0)
			break;
		n++;
		if (number[n - 1] >= wanted) {
			keep = number[n - 1] == wanted ? n - 1 : 0;
			break;
		}
	}
	for (int i = 0; i < n; i++)
		if (i != keep)
			close_fd(&fds[i]);
	if (n == 0)
		return -EAGAIN;
	*ret_number = number[keep];
	return fds[keep];
}

static void path_of(const struct keeper_login *l, const char *tty, char *path, size_t size)
{
	if (l->number >= 0)
		(void)snprintf(path, size, "/dev/pts/%d", l->number); /* fits */
	else
		(void)snprintf(path, size, "%.30s", tty); /* fits, see put_tty() */
}

/* The host's terminal as a mount that nobody has a name for yet. */
static int tree_of(const char *tty)
{
	cleanup_close const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close const int fd = root < 0 ? -errno : path_walk(root, tty);
	cleanup_close int tree = -1;
	int r = fd < 0 ? fd : view_is_terminal(fd);

	if (r < 0)
		return r;
	tree = sys_open_tree(fd, "", 0);
	if (tree < 0)
		return tree;
	r = sys_mount_setattr(tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	return r < 0 ? r : take_fd(&tree);
}

/* Makes the name of a terminal that is none of the session's devpts: in the session's own /dev. */
static int name_make(const char *path)
{
	cleanup_close const int dev = open("/dev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return dev < 0 ? -errno : sys_mknodat(dev, path + sizeof "/dev/" - 1, S_IFREG | 0600, 0);
}

/* The child. */
static int bind_name(const struct keeper *k, const struct keeper_login *l, const char *tty)
{
	char path[32];
	cleanup_close const int tree = tree_of(tty);
	cleanup_close int root = -1, target = -1;
	int r = tree < 0 ? tree : child_die_with_parent();

	path_of(l, tty, path, sizeof path);
	if (r == 0)
		r = sys_setns(k->session.fd[FD_SESSION_NS], CLONE_NEWNS);
	if (r < 0)
		return r;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	target = path_walk(root, path);
	if (target == -ENOENT && l->number < 0) {
		r = name_make(path);
		if (r < 0)
			return r;
		target = path_walk(root, path);
	}
	return target < 0 ? target : sys_move_mount(tree, target);
}

static int unbind_name(const struct keeper *k, const struct keeper_login *l, const char *tty)
{
	char path[32];
	int r = child_die_with_parent();

	path_of(l, tty, path, sizeof path);
	if (r == 0)
		r = sys_setns(k->session.fd[FD_SESSION_NS], CLONE_NEWNS);
	if (r == 0)
		r = sys_umount(path);
	if (r == 0 && l->number < 0 && unlink(path) < 0)
		r = -errno;
	return r;
}

/* Runs @what in a child, and waits for a limited time; true: it is done. */
static bool in_child(const struct keeper *k, const struct keeper_login *l, const char *tty,
		     int (*what)(const struct keeper *, const struct keeper_login *, const char *))
{
	int fd = -1, status = -1, r;
	const pid_t pid = sys_clone(0, &fd);
	struct pollfd gone = { .fd = fd, .events = POLLIN };

	if (pid == 0)
		_exit(what(k, l, tty) == 0 ? 0 : 1);
	if (pid < 0)
		return false;
	do
		r = poll(&gone, 1, BIND_MS);
	while (r < 0 && errno == EINTR);
	if (r != 1) {
		(void)sys_pidfd_kill(fd); /* the child may have ended just now */
		bounded_wait(pid, fd);
	} else {
		r = waitpid(pid, &status, __WALL) == pid && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 0;
	}
	close_fd(&fd);
	return r == 1;
}

void tty_bring(const struct keeper *k, struct keeper_login *l)
{
	const char *tty = plan_str(l->part, l->part->tty);
	const long host = tty == NULL ? -1 : number_of(tty);

	if (tty == NULL || l->tried || host >= NUMBER_MAX || k->session.fd[FD_PTS] < 0)
		return;
	l->tried = true;
	l->number = -1;
	if (host >= 0) {
		l->master = take_number(k->session.fd[FD_PTS], (int)host, &l->number);
		if (l->master < 0) {
			l->master = -1;
			return;
		}
	}
	l->named = in_child(k, l, tty, bind_name);
	if (!l->named)
		close_fd(&l->master);
}

void tty_take_away(const struct keeper *k, struct keeper_login *l)
{
	if (l->named) /* if this fails, the name stays, and nothing is behind it */
		(void)in_child(k, l, plan_str(l->part, l->part->tty), unbind_name);
	l->named = false;
	close_fd(&l->master);
}
