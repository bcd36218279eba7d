/* SPDX-License-Identifier: Apache-2.0 */
/*
 * password_child.c - run passwd(1) of the host for a user whose session cannot run set-user-ID programs
 *
 * passwd runs outside the session, with the real ids of the user, so that PAM asks for the current
 * password as on any host. It has a terminal of its own, whose master only this process holds. Bytes
 * from cordon-passwd are typed there, and what the terminal shows is sent back: neither side gets a
 * descriptor of the other. The session cannot name the terminal, signal the program, or set its
 * environment, directory, limits or arguments.
 */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/own.h"
#include "base/sys.h"
#include "confine/child.h"
#include "contract/password.h"
#include "contract/places.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
	IDLE_SEC = 120,	  /* nothing is typed */
	TOTAL_SEC = 600,  /* a change as a whole */
	TYPED_MAX = 4096, /* packets: what a session sends costs it nothing, but costs the host */
	HANGUP_MS = 10000 /* how long passwd, which ignores SIGHUP, has to end without a terminal */
};

enum { NOT_EXECUTED = 127 };

static int64_t sec(int64_t n)
{
	return n * 1000000;
}

/* passwd(1), in the place of the user who types it outside. */
_Noreturn static void execute(const struct keeper_login *l, int slave)
{
	static char name[] = "passwd", path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		    locale[] = "LC_ALL=C";
	char *const argv[] = { name, NULL };
	char *const envp[] = { path, locale, NULL };
	size_t n = 0;
	const gid_t *groups = plan_array(l->part, l->part->groups, sizeof *groups, &n);

	if (setsid() >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0 && dup2(slave, 0) == 0 &&
	    dup2(slave, 1) == 1 && dup2(slave, 2) == 2 && chdir("/") == 0 &&
	    sys_close_range(3, ~0u) == 0 && sys_setgroups(n, groups) == 0 &&
	    sys_setresgid(l->part->gid, l->part->gid, l->part->gid) == 0 &&
	    sys_setresuid(l->part->uid, l->part->uid, l->part->uid) == 0 && own_signals(0) == 0)
		(void)execve(SESSION_PASSWD, argv, envp);
	_exit(NOT_EXECUTED);
}

/**
 * struct relay - one change
 * @conn:   cordon-passwd
 * @master: of the terminal of passwd; -1 once nothing has it open
 * @child:  pidfd of passwd
 */
struct relay {
	int conn, master, child;
	pid_t pid;
};

/* Only root can open the terminal by its name, as nothing gives it to the user. */
static int terminal_make(struct relay *r)
{
	const int unlocked = 0;
	int slave;

	r->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (r->master < 0 || ioctl(r->master, TIOCSPTLCK, &unlocked) < 0)
		return -errno;
	slave = ioctl(r->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return slave < 0 ? -errno : slave;
}

static int program_start(struct relay *r, const struct keeper_login *l)
{
	cleanup_close const int slave = terminal_make(r);

	if (slave < 0)
		return slave;
	r->pid = sys_clone(0, &r->child);
	if (r->pid == 0)
		execute(l, slave);
	return r->pid < 0 ? (int)r->pid : 0;
}

/* Types what cordon-passwd sends; false: it is gone, or no cordon-passwd. */
static bool type(const struct relay *r)
{
	char buf[PASSWORD_PACKET];
	const ssize_t n = recv(r->conn, buf, sizeof buf, MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0 || n > (ssize_t)sizeof buf)
		return false;
	/* as at any terminal, what is typed faster than it is read is lost */
	if (r->master >= 0)
		(void)!write(r->master, buf, (size_t)n);
	return true;
}

/* Sends what the terminal shows; false: cordon-passwd does not read it. */
static bool show(struct relay *r)
{
	char buf[PASSWORD_PACKET - 1];
	ssize_t n;

	if (r->master < 0)
		return true;
	n = read(r->master, buf, sizeof buf);
	if (n > 0)
		return password_say(r->conn, PASSWORD_SHOWS, buf, (size_t)n) == 0;
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&r->master); /* EIO: no process has the terminal open */
	return true;
}

/* Reads the exit status of passwd, shows its last words, and tells cordon-passwd. */
static enum password_result program_ended(struct relay *r)
{
	int status = -1;
	unsigned char code;

	if (waitpid(r->pid, &status, __WALL) != r->pid)
		return PASSWORD_FAILED;
	r->pid = 0;
	for (int last = -2; r->master >= 0 && r->master != last;) {
		struct pollfd p = { .fd = r->master, .events = POLLIN };

		if (poll(&p, 1, 0) != 1 || !show(r))
			last = r->master;
	}
	code = (unsigned char)(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	if (code == NOT_EXECUTED) {
		static const char text[] =
			"passwd of the host cannot be started; ask the administrator";

		(void)password_say(r->conn, PASSWORD_REFUSES, text, sizeof text - 1);
		return PASSWORD_FAILED;
	}
	(void)password_say(r->conn, PASSWORD_ENDS, &code, 1); /* it may have ended */
	return code == 0 ? PASSWORD_CHANGED : PASSWORD_UNCHANGED;
}

static enum password_result copy(struct relay *r)
{
	static const char idle[] = "nothing was typed for too long";
	const int64_t end = usage_now() + sec(TOTAL_SEC);
	int64_t until = usage_now() + sec(IDLE_SEC);
	unsigned typed = 0;

	for (;;) {
		struct pollfd p[] = { { .fd = r->conn, .events = POLLIN },
				      { .fd = r->master, .events = POLLIN },
				      { .fd = r->child, .events = POLLIN } };
		const int64_t left = (until < end ? until : end) - usage_now();
		const int n = left <= 0 ? 0 : poll(p, 3, (int)(left / 1000) + 1);

		if (n == 0) {
			(void)password_say(r->conn, PASSWORD_REFUSES, idle, sizeof idle - 1);
			return PASSWORD_IDLE;
		}
		if (n < 0)
			continue;
		if (p[1].revents && !show(r))
			return PASSWORD_LEFT;
		if (p[2].revents)
			return program_ended(r);
		if (p[0].revents) {
			if (++typed > TYPED_MAX || !type(r))
				return PASSWORD_LEFT;
			until = usage_now() + sec(IDLE_SEC);
		}
	}
}

/* Hangs up, as when a window is closed: passwd reads end of file. What does not end by this is killed. */
static void hang_up(struct relay *r)
{
	struct pollfd gone = { .fd = r->child, .events = POLLIN };

	close_fd(&r->master);
	if (r->pid <= 0)
		return;
	if (poll(&gone, 1, HANGUP_MS) != 1)
		(void)sys_pidfd_kill(r->child); /* it may have ended just now */
	bounded_wait(r->pid, r->child);
}

_Noreturn void password_run(const struct keeper_login *l, int conn)
{
	static const char failed[] = "the password cannot be changed now; ask the administrator";
	struct relay r = { .conn = conn, .master = -1, .child = -1 };
	enum password_result result = PASSWORD_FAILED;
	int keep[] = { conn };

	if (child_die_with_parent() == 0 && child_close_but(keep, 1) == 0 &&
	    program_start(&r, l) == 0)
		result = copy(&r);
	else
		(void)password_say(conn, PASSWORD_REFUSES, failed, sizeof failed - 1);
	hang_up(&r);
	_exit((int)result);
}
