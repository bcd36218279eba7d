/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop_tell.c - say something to the user of a session
 *
 * The line goes to the terminals of the logins: those of the processes that the PAM application has
 * started, and of their children. Terminals inside, as of tmux(1), are not written to. A session
 * without a terminal gets the line on the standard error of the program that it started last, if that
 * is a pipe or a socket.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PTS_MAJOR = 136, TOLD_MAX = 64, ALWAYS = O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC };

struct telling {
	const struct crowd *c;
	const char *text;
	size_t len;
	unsigned told[TOLD_MAX], n_told;
};

/* Only root's directories of the session view lead to a terminal. */
int stop_terminal(const struct keeper *k, unsigned tty, int flags)
{
	const unsigned line = (tty & 0xff) | (tty >> 12 & 0xfff00);
	cleanup_close const int dev = openat(k->session.fd[FD_SESSION_ROOT], "dev",
					     O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int pts = -1;
	char name[16];

	if ((tty >> 8 & 0xfff) == PTS_MAJOR) {
		(void)text_number(name, sizeof name, "#", line, 10); /* fits */
		pts = openat(dev, "pts", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		return openat(pts, name, flags | ALWAYS);
	}
	for (const struct keeper_login *l = NULL; (l = login_next(k, l)) != NULL;) {
		const char *path = plan_str(l->part, l->part->tty);

		if (path != NULL && strchr(path + 5, '/') == NULL) /* after "/dev/" */
			return openat(dev, path + 5, flags | ALWAYS);
	}
	return -1;
}

static void terminal_tell(struct telling *t, unsigned tty)
{
	cleanup_close int fd = -1;
	struct stat st;

	for (unsigned i = 0; i < t->n_told; i++)
		if (t->told[i] == tty)
			return;
	if (t->n_told == TOLD_MAX)
		return;
	fd = stop_terminal(t->c->k, tty, O_WRONLY);
	/* a stopped terminal loses the line */
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && write(fd, t->text, t->len) > 0)
		t->told[t->n_told++] = tty;
}

/* Was the process started by the PAM application, or by its half of the connection? */
static bool is_first(const struct crowd *c, const struct process *of)
{
	if (!(c->k->plan->clone_flags & CLONE_NEWPID) || of->parent == 0)
		return true;
	for (unsigned i = 0; i < c->halves && i < HALVES_MAX; i++)
		if (c->half[i] == of->parent)
			return true;
	return false;
}

static void tell_one(const struct procs *p, const struct process *of, void *arg)
{
	struct telling *t = arg;

	if (of->tty != 0 && is_first(t->c, of) && crowd_has(t->c, p, of))
		terminal_tell(t, of->tty);
}

/* Writes without waiting: nobody may read. */
static void stderr_tell(const struct keeper_login *l, const char *text, size_t len)
{
	cleanup_close const int fd = l->program < 0 ? -1 : sys_pidfd_getfd(l->program, 2);
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (S_ISSOCK(st.st_mode))
		(void)send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL); /* as above */
	else if (S_ISFIFO(st.st_mode) && poll(&room, 1, 0) > 0 && (room.revents & POLLOUT))
		(void)!write(fd, text, len); /* as above */
}

void stop_tell(const struct crowd *c, const struct procs *p, const char *line)
{
	char text[300];
	struct telling t = { .c = c, .text = text };

	t.len = (size_t)snprintf(text, sizeof text, "\r\ncordon: %.250s\r\n", line); /* fits */
	(void)procs_each(p, ~0u, tell_one, &t); /* whoever is not found is not told */
	if (t.n_told > 0)
		return;
	t.len = (size_t)snprintf(text, sizeof text, "cordon: %.250s\n", line); /* fits */
	for (const struct keeper_login *l = NULL; (l = login_next(c->k, l)) != NULL;)
		stderr_tell(l, text, t.len);
}

/* The number of a terminal that a login has brought along, as proc_pid_stat(5) writes numbers. */
static unsigned brought(const struct keeper_login *l, unsigned tty)
{
	const unsigned number = (unsigned)l->number;

	return l->named && l->number >= 0 ?
		       PTS_MAJOR << 8 | (number & 0xff) | (number & 0xfff00) << 12 :
		       tty;
}

void stop_tell_login(const struct keeper *k, const struct keeper_login *l, unsigned tty,
		     const char *line)
{
	const struct crowd c = { .k = k };
	char text[300];
	struct telling t = { .c = &c, .text = text };

	t.len = (size_t)snprintf(text, sizeof text, "\r\ncordon: %.250s\r\n", line); /* fits */
	if (tty != 0) {
		terminal_tell(&t, brought(l, tty));
		return;
	}
	t.len = (size_t)snprintf(text, sizeof text, "cordon: %.250s\n", line); /* fits */
	stderr_tell(l, text, t.len);
}
