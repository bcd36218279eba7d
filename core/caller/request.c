/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - ask cordon-login and the keeper, over a socket */
#include "caller/request.h"
#include "caller/groups.h"
#include "caller/spawn.h"

#include "base/cleanup.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLICY CORDON_LIBEXECDIR "/cordon-login" /* turns into the keeper */

enum { CLOSE_DEADLINE_MS = 5000 };

static int failed(struct err *e, int code, const char *what)
{
	errno = -code; /* for %m, because strerror(3) may use a static buffer */
	return err_set(e, code, "%s: %m", what);
}

static int run(int sock, const struct request_options *o, struct err *e)
{
	char name[] = "cordon-login", rules_option[] = "--rules", debug_option[] = "--debug";
	char rules[PATH_MAX] = "";
	char *argv[5] = { name };
	unsigned n = 1;
	int r;

	if (o->rules != NULL) {
		if (strlen(o->rules) >= sizeof rules)
			return err_set(e, -ENAMETOOLONG, "rules=: the path is too long");
		memcpy(rules, o->rules, strlen(o->rules) + 1);
		argv[n++] = rules_option;
		argv[n++] = rules;
	}
	if (o->debug)
		argv[n++] = debug_option;
	r = spawn_apart(POLICY, argv, sock);
	if (r == -EACCES)
		return err_set(
			e, r,
			"cannot start " POLICY
			": this process was confined by an earlier session, or must "
			"not execute it; the application has to use a process for each session");
	return r < 0 ? failed(e, r, "cannot start " POLICY) : 0;
}

static int hello(struct request *q, struct err *e)
{
	cleanup_close int pidfd = wire_fd_up(sys_pidfd_open(getpid()));
	struct wire_msg m;
	int r;

	if (pidfd < 0)
		return failed(e, pidfd, "pidfd_open");
	wire_init(&m, WIRE_HELLO);
	m.login = q->login;
	r = wire_send(q->fd, &m, &pidfd, 1);
	return r < 0 ? failed(e, r, "cannot ask the keeper") : 0;
}

static uint64_t usec(int64_t sec, int64_t more)
{
	return (uint64_t)sec * 1000000 + (uint64_t)more;
}

/* What the children that the application has reaped have used. */
static struct wire_usage usage_of_children(void)
{
	struct rusage u = { 0 };

	(void)getrusage(RUSAGE_CHILDREN, &u); /* cannot fail */
	return (struct wire_usage){ usec(u.ru_utime.tv_sec, u.ru_utime.tv_usec) +
					    usec(u.ru_stime.tv_sec, u.ru_stime.tv_usec),
				    (uint64_t)u.ru_maxrss };
}

/* What a child that is not reaped yet has used, and its own; sshd reaps after the session. */
static struct wire_usage usage_of_dead(void)
{
	struct {
		long user[2], system[2], maxrss, rest[13];
	} u = { 0 }; /* struct rusage of the system call, which libc's waitid(2) does not ask for */
	siginfo_t info = { 0 };

	if (syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT, &u) < 0 ||
	    info.si_pid == 0)
		return (struct wire_usage){ 0 };
	return (struct wire_usage){ usec(u.user[0], u.user[1]) + usec(u.system[0], u.system[1]),
				    (uint64_t)u.maxrss };
}

/* The keeper has ended. With few open files it could not even open the log. */
static int no_answer(int code, struct err *e)
{
	enum { FILES_LEAST = 64 };
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max < FILES_LEAST)
		return err_set(e, code,
			       "the keeper ended without an answer; the application may have only "
			       "%llu open files (RLIMIT_NOFILE): allow it %d",
			       (unsigned long long)files.rlim_max, FILES_LEAST);
	return err_set(e, code, "the keeper ended without an answer; its own log line tells why");
}

/* Receives an answer. The caller must check whether the verdict is legal. */
static int answer(struct request *q, struct wire_msg *ret, int *ret_fds, struct err *e)
{
	const int r = wire_recv(q->fd, ret, ret_fds, WIRE_DEADLINE_MS);

	if (r == -EPIPE)
		return no_answer(r, e);
	if (r < 0)
		return failed(e, r, "no answer from the keeper");
	memcpy(q->session, ret->session, sizeof q->session);
	return 0;
}

static int adopt(struct request *q, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	q->fd = fd;
	q->dev = st.st_dev;
	q->ino = st.st_ino;
	return 0;
}

/* Makes the memory that tells this process from its children; NULL: errno says why. */
static int *owner_new(void)
{
	int *owner = mmap(NULL, sizeof *owner, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (owner == MAP_FAILED)
		return NULL;
	if (madvise(owner, sizeof *owner, MADV_WIPEONFORK) < 0) {
		(void)munmap(owner, sizeof *owner); /* mapped above */
		return NULL;
	}
	*owner = 1;
	return owner;
}

static void request_cleanup(struct request **q)
{
	request_free(*q);
}

/* Makes a request with an open socket; @ret_other gets the other end. */
static struct request *request_new(const struct login *login, int *ret_other, struct err *e)
{
	__attribute__((cleanup(request_cleanup))) struct request *q = calloc(1, sizeof *q);
	int pair[2], r;

	if (q == NULL) {
		(void)failed(e, -ENOMEM, "memory"); /* NULL says so */
		return NULL;
	}
	q->fd = -1;
	q->owner = owner_new();
	if (q->owner == NULL) {
		(void)failed(e, -errno, "memory"); /* NULL says so */
		return NULL;
	}
	q->login = *login;
	r = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
	if (r == 0) {
		cleanup_close int near = wire_fd_up(pair[0]), far = wire_fd_up(pair[1]);

		r = near < 0 ? near : far < 0 ? far : adopt(q, near);
		if (r == 0) {
			(void)take_fd(&near); /* the request owns it */
			*ret_other = take_fd(&far);
		}
	}
	if (r < 0) {
		(void)failed(e, r, "socketpair"); /* NULL says so */
		return NULL;
	}
	return take_ptr(&q);
}

int request_start(const struct login *login, const struct request_options *options,
		  struct request **ret_request, struct wire_msg *ret_verdict, struct err *e)
{
	cleanup_close int other = -1;
	__attribute__((cleanup(request_cleanup))) struct request *q = request_new(login, &other, e);
	int r;

	if (q == NULL)
		return e->code;
	r = run(other, options, e);
	close_fd(&other); /* with our copy open, we would see no end of file */
	if (r == 0)
		r = hello(q, e);
	if (r == 0)
		r = answer(q, ret_verdict, NULL, e);
	if (r == 0 && ret_verdict->kind == WIRE_GROUPS) {
		(void)groups_tell(q->fd, login, ret_verdict); /* else the answer is a refusal */
		r = answer(q, ret_verdict, NULL, e);
	}
	if (r == 0 && ret_verdict->kind != WIRE_VERDICT)
		r = err_set(e, -EPROTO, "the keeper answers out of turn");
	if (r < 0)
		return r;
	if (ret_verdict->verdict == VERDICT_UNCONFINED) {
		q->alone = 1;
		request_drop(q);
	}
	if (ret_verdict->verdict == VERDICT_CONFINE)
		memcpy(q->credentials, ret_verdict->text, sizeof q->credentials);
	*ret_request = take_ptr(&q);
	return 0;
}

/* Is the descriptor still our socket in this process? */
static int is_ours(const struct request *q)
{
	struct stat st;

	return q->fd >= 0 && fstat(q->fd, &st) == 0 && st.st_dev == q->dev && st.st_ino == q->ino;
}

int request_is_for(const struct request *q, const struct login *login)
{
	/* both were zeroed before they were filled, so comparing bytes compares the strings */
	return !q->opened && *q->owner && (q->alone || is_ours(q)) &&
	       memcmp(&q->login, login, sizeof *login) == 0;
}

void request_credential(const struct request *q, const char *text)
{
	struct wire_msg m;
	const size_t len = strlen(text);

	wire_init(&m, WIRE_CREDENTIAL);
	if (len >= sizeof m.text)
		return;
	memcpy(m.text, text, len);
	(void)wire_send(q->fd, &m, NULL, 0); /* request_open() finds out if the keeper is gone */
}

int request_open(struct request *q, struct wire_msg *ret_answer, int ret_fds[WIRE_FDS_MAX],
		 struct err *e)
{
	struct wire_msg m;
	int r;

	if (q->alone) {
		wire_init(ret_answer, WIRE_VERDICT);
		ret_answer->verdict = VERDICT_UNCONFINED;
		return 0;
	}
	wire_init(&m, WIRE_OPEN);
	m.login = q->login;
	q->before = usage_of_children().cpu_usec;
	r = account_limits_get(&m.limits); /* pam_limits(8) has set the limits before this step */
	if (r < 0)
		return failed(e, r, "the application's limits cannot be read");
	r = wire_send(q->fd, &m, NULL, 0);
	/* a keeper that has refused the login already has left the refusal in the socket */
	if (r < 0 && r != -EPIPE)
		return failed(e, r, "cannot ask the keeper");
	do /* the keeper says WAIT now and then while programs of root prepare the session */
		r = answer(q, ret_answer, ret_fds, e);
	while (r == 0 && ret_answer->kind == WIRE_WAIT);
	if (r < 0 || ret_answer->kind == WIRE_READY)
		return r;
	if (ret_answer->kind == WIRE_VERDICT && ret_answer->verdict == VERDICT_DENY)
		return 0;
	wire_close(ret_fds, WIRE_FDS_MAX);
	return err_set(e, -EPROTO, "the keeper answers out of turn");
}

void request_fail(struct request *q, const struct err *e)
{
	struct wire_msg m;

	wire_init(&m, WIRE_FAIL);
	m.err = e->code;
	/* a truncated message is still useful */
	(void)snprintf(m.text, sizeof m.text, "%.200s", e->msg);
	(void)wire_send(q->fd, &m, NULL, 0); /* if this fails, end of file tells the keeper */
}

/* The session has been killed, so that the application's child is dead, and waits to be reaped. */
static void usage_tell(const struct request *q)
{
	struct wire_usage dead = usage_of_dead();
	struct wire_msg m;

	wire_init(&m, WIRE_USAGE);
	m.usage = usage_of_children();
	m.usage.cpu_usec += dead.cpu_usec;
	m.usage.cpu_usec -= q->before < m.usage.cpu_usec ? q->before : m.usage.cpu_usec;
	if (dead.rss_kib > m.usage.rss_kib)
		m.usage.rss_kib = dead.rss_kib;
	(void)wire_send(q->fd, &m, NULL, 0); /* else the log says what the keeper knows */
}

int request_close(struct request *q, struct err *e)
{
	struct wire_msg m;
	int r;

	if (!is_ours(q))
		return 0;
	wire_init(&m, WIRE_CLOSE);
	r = wire_send(q->fd, &m, NULL, 0);
	/* a keeper that has ended by itself has left its last message in the socket */
	r = wire_recv(q->fd, &m, NULL, r == 0 ? CLOSE_DEADLINE_MS : 0);
	if (r == -ETIMEDOUT)
		return failed(e, r, "no answer from the keeper");
	if (r < 0)
		return failed(e, r, "the keeper was killed, and with it the session");
	usage_tell(q);
	return 0;
}

void request_drop(struct request *q)
{
	if (is_ours(q)) {
		/* children of the application may hold copies, which must not keep the session alive */
		if (*q->owner)
			(void)shutdown(q->fd, SHUT_RDWR); /* fails when the keeper is gone */
		(void)close(q->fd);			  /* nothing is left in it */
	}
	q->fd = -1;
}

void request_free(struct request *q)
{
	if (q == NULL)
		return;
	request_drop(q);
	if (q->owner != NULL)
		(void)munmap(q->owner, sizeof *q->owner); /* mapped by owner_new() */
	free(q);
}
