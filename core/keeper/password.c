/* SPDX-License-Identifier: Apache-2.0 */
/* password.c - the keeper's side of password.h */
#include "keeper/keeper.h"

#include "base/bounded.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "contract/password.h"
#include "contract/places.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

/*
 * At most so many attempts in this time, so that a session can neither fill the log nor guess fast. Even
 * a refusal takes the time of the keeper, which no limit of the session counts: a session that asks all
 * the time is not listened to any more.
 */
enum { BEGUN_MAX = 10, FLOOD_MAX = 100, BEGUN_SEC = 60 };
enum { ENDED_MS = 100 };

int password_say(int conn, char kind, const void *data, size_t size)
{
	char packet[PASSWORD_PACKET];

	if (size >= sizeof packet)
		return -EMSGSIZE;
	packet[0] = kind;
	memcpy(packet + 1, data, size);
	return send(conn, packet, size + 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Binds @fd to the name in the directory @dir, which is root's. Everybody can connect: peers are checked. */
static int bind_at(int fd, int dir)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask;
	int r;

	(void)text_number(addr.sun_path, sizeof addr.sun_path, "/proc/self/fd/#/" PASSWORD_NAME,
			  (uint64_t)dir, 10); /* fits */
	mask = umask(0);
	r = bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 ? -errno : 0;
	(void)umask(mask); /* cannot fail */
	return r == 0 && listen(fd, 4) < 0 ? -errno : r;
}

static int listener_make(int root)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	cleanup_close const int run = openat(root, "run", flags);
	cleanup_close const int dir = run < 0 ? -1 : openat(run, "cordon", flags);
	cleanup_close int fd = -1;
	int r;

	if (dir < 0)
		return -errno;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = bind_at(fd, dir);
	return r < 0 ? r : take_fd(&fd);
}

void password_listen(struct keeper *k)
{
	int fd;

	close_fd(&k->password.listener); /* of a session that was begun again */
	if (!k->plan->set.password_change)
		return;
	fd = listener_make(k->session.fd[FD_SESSION_ROOT]);
	if (fd < 0)
		keeper_log(&k->logins[0], LOG_ERR, "fail", log_text("object", SESSION_PASSWORD),
			   log_word("errno", err_name(-fd)),
			   log_text("why", "no password can be changed in this session"));
	k->password.listener = fd < 0 ? -1 : fd;
}

void password_polls(const struct keeper *k, struct pollfd *p)
{
	p[0] = (struct pollfd){ .fd = k->stop.begun ? -1 : k->password.listener, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = k->password.child, .events = POLLIN };
}

static const char *refusal(struct password *p)
{
	const int64_t now = usage_now();

	if (p->begun == 0 || now - p->from >= BEGUN_SEC * INT64_C(1000000)) {
		p->begun = 0;
		p->from = now;
	}
	if (++p->begun > BEGUN_MAX)
		return "too many attempts; wait a minute";
	return p->pid > 0 ? "the password is being changed already in this session" : NULL;
}

static void begin(struct keeper *k)
{
	struct password *p = &k->password;
	cleanup_close const int conn =
		accept4(p->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	const struct keeper_login *l;
	const char *why;
	uid_t uid;
	pid_t pid;

	if (conn < 0 || wire_peer(conn, &uid, &pid) < 0 || uid != k->logins[0].who.uid)
		return;
	why = refusal(p);
	if (p->begun > FLOOD_MAX) {
		close_fd(&p->listener);
		keeper_log(&k->logins[0], LOG_NOTICE, "password-change",
			   log_word("result", "too-many"));
	}
	if (why != NULL) {
		(void)password_say(conn, PASSWORD_REFUSES, why, strlen(why)); /* it may be gone */
		return;
	}
	l = place_is(k) ? login_of(k, pid) : login_next(k, NULL);
	p->login = l != NULL ? l : &k->logins[0]; /* programs of a place can outlive their login */
	pid = sys_clone(0, &p->child);
	if (pid == 0)
		password_run(p->login, conn);
	p->pid = pid < 0 ? 0 : pid; /* cordon-passwd sees end of file */
}

/* Logs how the change has ended, and forgets it. */
static void ended(struct keeper *k, enum password_result result)
{
	static const char *const words[PASSWORD_RESULTS] = {
		[PASSWORD_CHANGED] = "changed", [PASSWORD_UNCHANGED] = "unchanged",
		[PASSWORD_IDLE] = "idle",	[PASSWORD_LEFT] = "left",
		[PASSWORD_FAILED] = "failed",
	};
	struct password *p = &k->password;

	close_fd(&p->child);
	p->pid = 0;
	keeper_log(p->login, LOG_NOTICE, "password-change", log_word("result", words[result]));
}

static enum password_result result_of(pid_t pid)
{
	int status;

	return waitpid(pid, &status, __WALL) == pid && WIFEXITED(status) &&
			       WEXITSTATUS(status) < PASSWORD_RESULTS ?
		       (enum password_result)WEXITSTATUS(status) :
		       PASSWORD_FAILED;
}

void password_happened(struct keeper *k, const struct pollfd *p)
{
	if (p[1].revents && k->password.pid > 0 && p[1].fd == k->password.child)
		ended(k, result_of(k->password.pid));
	if (p[0].revents && k->password.listener >= 0 && p[0].fd == k->password.listener)
		begin(k);
}

void password_left(struct keeper *k, const struct keeper_login *l)
{
	if (k->password.login == l)
		k->password.login = &k->logins[0];
}

void password_end(struct keeper *k)
{
	struct password *p = &k->password;

	struct pollfd gone = { .fd = p->child, .events = POLLIN };

	close_fd(&p->listener);
	if (p->pid <= 0)
		return;
	/* cordon-passwd has its answer a moment before the child has ended */
	if (poll(&gone, 1, ENDED_MS) == 1) {
		ended(k, result_of(p->pid));
		return;
	}
	(void)sys_pidfd_kill(p->child); /* passwd reads end of file; the child may have ended */
	bounded_wait(p->pid, p->child);
	ended(k, PASSWORD_LEFT);
}
