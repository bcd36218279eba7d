/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.c - a terminal of the host's that stands for the first one of a session
 *
 * A session has a devpts of its own, in which its first terminal is number 0, as in every other. On
 * the host it needs a number that nobody else has: in utmp(5), wtmp(5) and their successors, for
 * write(1) and wall(1). The keeper holds a terminal of the host's, whose number it is, and passes on
 * what is written to it. Nothing that is in the session can reach it.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* How long the number stays taken after the session: sshd writes down the logout after it. */
enum { RECORDED_MS = 5000 };

static int number_of(int master)
{
	const int unlocked = 0;
	unsigned number;

	/* by the call itself: its number has the highest bit, and musl's ioctl(2) takes an int */
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
	    syscall(SYS_ioctl, master, TIOCGPTN, &number) < 0)
		return -errno;
	return (int)number;
}

/* What is written arrives as it is: the session's terminal ends the lines in its own way. */
static void make_raw(int slave)
{
	struct termios t;

	if (tcgetattr(slave, &t) == 0) {
		cfmakeraw(&t);
		(void)tcsetattr(slave, TCSANOW, &t); /* else lines end twice: no harm */
	}
}

void terminal_reserve(const struct keeper *k, struct keeper_login *l)
{
	struct terminal *t = &l->terminal;

	if (t->master >= 0 || !plan_has_view(k->plan, VIEW_NAMES))
		return;
	t->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (t->master < 0)
		return; /* the host has no more of them; the names come from the login's id */
	t->number = number_of(t->master);
	/* held open: without an open slave the master would report a hangup for ever */
	t->slave = t->number < 0 ? -1 : ioctl(t->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->slave < 0)
		terminal_release(l);
	else
		make_raw(t->slave);
}

void terminal_give(struct keeper_login *l)
{
	const int fd = l->terminal.slave;
	struct stat st;

	/* as sshd does it; should it fail, the terminal is root's and takes no messages */
	if (fd < 0 || fchown(fd, l->who.uid, (gid_t)-1) < 0 || fstat(fd, &st) < 0 || st.st_gid == 0)
		return;
	(void)fchmod(fd, S_IRUSR | S_IWUSR | S_IWGRP); /* the group tty, by the mount's option */
}

void terminal_pass(const struct keeper *k, struct keeper_login *l)
{
	char buf[4096];
	const ssize_t n = read(l->terminal.master, buf, sizeof buf);
	cleanup_close int fd = -1;
	struct stat st;

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			terminal_release(l);
		return;
	}
	/* the session's own; it may have none, or have closed it to messages with mesg(1) */
	fd = openat(k->session.fd[FD_PTS], "0",
		    O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && (st.st_mode & S_IWGRP))
		(void)!write(fd, buf, (size_t)n); /* a terminal that is stopped loses it */
}

void terminal_release(struct keeper_login *l)
{
	struct terminal *t = &l->terminal;

	close_fd(&t->slave);
	close_fd(&t->master); /* the number is free again */
	t->number = -1;
}

void terminal_outlive(struct keeper_login *l)
{
	struct pollfd caller = { .fd = l->caller, .events = POLLIN };

	if (l->opened && l->terminal.master >= 0)
		(void)poll(&caller, 1, RECORDED_MS); /* gone, or it takes too long */
	terminal_release(l);
}
