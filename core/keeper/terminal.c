/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.c - a terminal of the host that represents the first one of a session
 *
 * A session has a devpts of its own, in which its first terminal has the number 0, as in every session.
 * On the host, the login needs a unique number: in utmp(5), wtmp(5) and their successors, for write(1)
 * and wall(1). The keeper therefore holds a terminal of the host with that number, and passes on what
 * is written to it. No process in the session can reach that terminal.
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

/* How long the number stays taken after the session, because sshd records the logout later. */
enum { RECORDED_MS = 5000 };

static int number_of(int master)
{
	const int unlocked = 0;
	unsigned number;

	/* a raw call, because the number has the highest bit and musl's ioctl(2) takes an int */
	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
	    syscall(SYS_ioctl, master, TIOCGPTN, &number) < 0)
		return -errno;
	return (int)number;
}

/* Turns off all processing, because the terminal of the session converts line ends itself. */
static void make_raw(int slave)
{
	struct termios t;

	if (tcgetattr(slave, &t) == 0) {
		cfmakeraw(&t);
		/* if this fails, lines end twice, which is harmless */
		(void)tcsetattr(slave, TCSANOW, &t);
	}
}

void terminal_reserve(struct keeper *k)
{
	struct terminal *t = &k->terminal;

	if (t->master >= 0 || (!(k->logins[0].part->flags & LOGIN_NAMED_TERMINAL) && !place_is(k)) ||
	    !plan_has_view(k->plan, VIEW_NAMES))
		return;
	t->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	/* the host has no terminals left, so the names are made of the login's id */
	if (t->master < 0)
		return;
	t->number = number_of(t->master);
	/* kept open, because the master reports a hangup while no slave is open */
	t->slave = t->number < 0 ? -1 : ioctl(t->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->slave < 0)
		terminal_release(k);
	else
		make_raw(t->slave);
}

void terminal_give(struct keeper *k)
{
	const int fd = k->terminal.slave;
	struct stat st;

	/* as sshd does; if this fails, the terminal stays root's and accepts no messages */
	if (fd < 0 || fchown(fd, k->logins[0].who.uid, (gid_t)-1) < 0 || fstat(fd, &st) < 0 ||
	    st.st_gid == 0)
		return;
	/* the group is tty, by an option of the mount */
	(void)fchmod(fd, S_IRUSR | S_IWUSR | S_IWGRP);
}

void terminal_pass(struct keeper *k)
{
	char buf[4096];
	const ssize_t n = read(k->terminal.master, buf, sizeof buf);
	cleanup_close int fd = -1;
	struct stat st;

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			terminal_release(k);
		return;
	}
	/* the session may have no terminal, or refuse messages by mesg(1) */
	fd = openat(k->session.fd[FD_PTS], "0",
		    O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && (st.st_mode & S_IWGRP))
		(void)!write(fd, buf, (size_t)n); /* a stopped terminal loses the message */
}

void terminal_release(struct keeper *k)
{
	struct terminal *t = &k->terminal;

	close_fd(&t->slave);
	close_fd(&t->master); /* frees the number */
	t->number = -1;
}

void terminal_outlive(struct keeper *k)
{
	struct pollfd caller = { .fd = k->place.caller, .events = POLLIN };

	/* until the application is gone, or the time is over */
	if (k->place.caller >= 0 && k->terminal.master >= 0)
		(void)poll(&caller, 1, RECORDED_MS);
	terminal_release(k);
}
