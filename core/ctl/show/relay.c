/* SPDX-License-Identifier: Apache-2.0 */
/* relay.c - the streams between the caller of cordon enter and the program in the session */
#include "ctl/show/enter.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/sys.h"
#include "ctl/say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEVPTS_MAGIC = 0x1cd1, BUFFER = 16384 };

/* ---- making the streams ---- */

/* The session's devpts, where the program finds its terminal by name; -1: it has none that is real. */
static int devpts_open(int root)
{
	cleanup_close int dir = root < 0 ? -1 : path_walk(root, "/dev/pts");
	struct statfs fs;

	return dir >= 0 && fstatfs(dir, &fs) == 0 && fs.f_type == DEVPTS_MAGIC ? take_fd(&dir) : -1;
}

static int master_open(int root)
{
	const int flags = O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK;
	cleanup_close const int pts = devpts_open(root);
	int zero = 0, fd = -1;

	if (pts >= 0)
		fd = openat(pts, "ptmx", flags | O_NOFOLLOW);
	if (fd < 0)
		fd = open("/dev/ptmx", flags);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, TIOCSPTLCK, &zero) < 0) {
		zero = -errno;
		(void)close(fd); /* nothing was written */
		return zero;
	}
	return fd;
}

/* By the master and not by name, because a name may lead to another terminal. */
static int slave_open(int master, uid_t uid)
{
	cleanup_close int fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = sys_fchown(fd, uid, (gid_t)-1);
	return r < 0 ? r : take_fd(&fd);
}

static int terminal_make(int root, uid_t uid, struct relay *r, int std[3])
{
	struct winsize size;
	struct termios raw;

	r->master = master_open(root);
	if (r->master < 0)
		return r->master;
	std[0] = slave_open(r->master, uid);
	if (std[0] < 0)
		return std[0];
	std[1] = fcntl(std[0], F_DUPFD_CLOEXEC, 3);
	if (std[1] < 0)
		return -errno;
	if (isatty(2))
		std[2] = fcntl(std[0], F_DUPFD_CLOEXEC, 3);
	if (ioctl(0, TIOCGWINSZ, &size) == 0)
		(void)ioctl(r->master, TIOCSWINSZ, &size); /* only a size */
	if (tcgetattr(0, &r->saved) < 0)
		return -errno;
	if (tcsetattr(std[0], TCSANOW, &r->saved) < 0)
		return -errno;
	raw = r->saved;
	cfmakeraw(&raw);
	if (tcsetattr(0, TCSADRAIN, &raw) < 0)
		return -errno;
	r->raw = true;
	return 0;
}

/* Makes a pipe whose end @theirs belongs to the user, who may open it again as /dev/stdout. */
static int pipe_make(uid_t uid, int theirs, int *ret_ours, int *ret_theirs)
{
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*ret_ours = fds[!theirs];
	*ret_theirs = fds[theirs];
	r = sys_fchown(*ret_theirs, uid, (gid_t)-1);
	if (r == 0 && fcntl(*ret_ours, F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	return r;
}

int relay_open(int root, uid_t uid, struct relay *ret, int std[3], bool *ret_terminal)
{
	int r = 0;

	*ret = (struct relay){ .master = -1, .in = -1, .out = -1, .err = -1 };
	std[0] = std[1] = std[2] = -1;
	*ret_terminal = isatty(0) && isatty(1);
	if (*ret_terminal)
		r = terminal_make(root, uid, ret, std);
	if (r == 0 && std[0] < 0)
		r = pipe_make(uid, 0, &ret->in, &std[0]);
	if (r == 0 && std[1] < 0)
		r = pipe_make(uid, 1, &ret->out, &std[1]);
	if (r == 0 && std[2] < 0)
		r = pipe_make(uid, 1, &ret->err, &std[2]);
	if (r < 0) {
		relay_close(ret);
		for (int i = 0; i < 3; i++)
			close_fd(&std[i]);
		sayf(stderr, "cordon: no terminal or pipe can be had: %s\n", strerror(-r));
	}
	return r;
}

void relay_close(struct relay *r)
{
	if (r->raw)
		(void)tcsetattr(0, TCSADRAIN, &r->saved); /* the terminal may be gone */
	r->raw = false;
	close_fd(&r->master);
	close_fd(&r->in);
	close_fd(&r->out);
	close_fd(&r->err);
}

/* ---- passing on ---- */

/**
 * struct pump - one direction
 * @from, @to: -1 once it is over
 * @own:       @to is ours, and is closed at the end of file, so that the program sees it
 */
struct pump {
	int from, *to;
	bool own;
	size_t at, len;
	char buf[BUFFER];
};

static void pump_end(struct pump *p)
{
	p->from = -1;
	p->at = p->len = 0;
	if (p->own)
		close_fd(p->to);
}

static void pump_read(struct pump *p)
{
	const ssize_t n = read(p->from, p->buf, sizeof p->buf);

	if (n > 0) {
		p->at = 0;
		p->len = (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		pump_end(p); /* EIO: all ends of the terminal are closed */
	}
}

static void pump_write(struct pump *p)
{
	const ssize_t n = write(*p->to, p->buf + p->at, p->len - p->at);

	if (n >= 0)
		p->at += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		pump_end(p);
}

static bool pump_full(const struct pump *p)
{
	return p->at < p->len;
}

static struct pollfd pump_poll(const struct pump *p)
{
	if (p->from < 0)
		return (struct pollfd){ .fd = -1 };
	if (pump_full(p))
		return (struct pollfd){ .fd = *p->to, .events = POLLOUT };
	return (struct pollfd){ .fd = p->from, .events = POLLIN };
}

static void pump_turn(struct pump *p, const struct pollfd *q)
{
	if (p->from < 0 || q->revents == 0)
		return;
	if (pump_full(p))
		pump_write(p);
	else
		pump_read(p);
}

enum { PUMP_IN, PUMP_OUT, PUMP_ERR, PUMPS, ON_SIGNAL = PUMPS, ON_INIT, ON_N };

static int standard_out = 1, standard_err = 2;

static void pumps_set(struct relay *r, struct pump *p)
{
	p[PUMP_IN] = (struct pump){ .from = 0,
				    .to = r->master >= 0 ? &r->master : &r->in,
				    .own = r->master < 0 };
	p[PUMP_OUT] =
		(struct pump){ .from = r->master >= 0 ? r->master : r->out, .to = &standard_out };
	p[PUMP_ERR] = (struct pump){ .from = r->err, .to = &standard_err };
}

/* The program has ended: passes on what is left, and waits for nobody who still has a stream. */
static void pumps_drain(struct pump *p)
{
	for (unsigned i = PUMP_OUT; i < PUMPS; i++)
		while (p[i].from >= 0) {
			struct pollfd q = { .fd = p[i].from, .events = POLLIN };

			if (pump_full(&p[i]))
				pump_write(&p[i]);
			else if (poll(&q, 1, 0) == 1)
				pump_read(&p[i]);
			else
				break;
		}
}

/* Handles a signal; true: the program has ended, and *@status is its status. */
static bool signalled(struct relay *r, int signals, pid_t pid, int pidfd, int *status)
{
	struct signalfd_siginfo si;
	struct winsize size;

	if (read(signals, &si, sizeof si) != (ssize_t)sizeof si)
		return false;
	if (si.ssi_signo == SIGCHLD)
		return waitpid(pid, status, WNOHANG | __WALL) == pid;
	if (si.ssi_signo == SIGWINCH) {
		if (r->master >= 0 && ioctl(0, TIOCGWINSZ, &size) == 0)
			(void)ioctl(r->master, TIOCSWINSZ, &size); /* only a size */
		return false;
	}
	if (r->group)
		(void)kill(-pid, (int)si.ssi_signo); /* the program has not been waited for */
	else
		(void)sys_pidfd_signal(pidfd, (int)si.ssi_signo); /* it may have ended */
	return false;
}

int relay_run(struct relay *r, pid_t pid, int pidfd, int init)
{
	static struct pump pumps[PUMPS]; /* large */
	int status = 0;
	bool ended = false, killed = false;
	sigset_t watched;
	int signals;

	(void)sigemptyset(&watched); /* these cannot fail */
	for (const int *s = (const int[]){ SIGCHLD, SIGWINCH, SIGTERM, SIGHUP, SIGINT, 0 }; *s != 0;
	     s++)
		(void)sigaddset(&watched, *s);
	signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
	pumps_set(r, pumps);
	ended = waitpid(pid, &status, WNOHANG | __WALL) == pid; /* before the signalfd was there */
	while (!ended) {
		struct pollfd p[ON_N] = {
			[ON_SIGNAL] = { .fd = signals, .events = POLLIN },
			[ON_INIT] = { .fd = killed ? -1 : init, .events = POLLIN },
		};

		for (unsigned i = 0; i < PUMPS; i++)
			p[i] = pump_poll(&pumps[i]);
		if (poll(p, ON_N, -1) < 0)
			continue;
		if (p[ON_INIT].revents) {
			(void)sys_pidfd_kill(pidfd); /* without process ids of its own it lives on */
			killed = true;
		}
		for (unsigned i = 0; i < PUMPS; i++)
			pump_turn(&pumps[i], &p[i]);
		if (p[ON_SIGNAL].revents)
			ended = signalled(r, signals, pid, pidfd, &status);
	}
	pumps_drain(pumps);
	(void)close(signals); /* only read */
	return status;
}
