/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks_child.c - the process that runs ExecStartPre= and ExecStopPost= of a session
 *
 * It is outside of the session, and outlives the keeper. The programs belong to root: each is executed
 * only while nobody but root can change it. What they write is untrusted in the log, as they may
 * repeat what a user has chosen.
 */
#include "keeper/keeper.h"

#include "base/cleanup.h"
#include "base/own.h"
#include "base/path.h"
#include "base/sys.h"
#include "confine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

enum {
	USEC = 1000000,
	USEC_MS = 1000,
	POST_SEC = 90,	  /* the least for ExecStopPost=: nobody waits for it */
	TERM_MS = 3000,	  /* from SIGTERM to SIGKILL */
	INIT_MS = 60000,  /* what does not die is stuck in the kernel */
	CALLER_MS = 5000, /* an application may live on after its session */
	ARGUMENTS = 256,
	LINE_SIZE = 512,
	LINES_MAX = 200,
	NOT_EXECUTED = 203 /* EXIT_EXEC of systemd.exec(5) */
};

/**
 * struct run - the programs of one directive while they run
 * @until:  when they are ended, microseconds of usage_now()
 * @env:    their environment, in @text
 */
struct run {
	const struct keeper *k;
	const char *directive;
	int64_t until;
	char *env[16];
	unsigned n_env;
	char text[3 * PATH_MAX];
	size_t n_text;
};

static const struct keeper_login *login(const struct run *r)
{
	return &r->k->logins[0];
}

/* ---- the environment ---- */

static void env_add(struct run *r, const char *name, const char *value)
{
	const size_t room = sizeof r->text - r->n_text;
	const int n = snprintf(r->text + r->n_text, room, "%s=%s", name, value);

	/* a value that does not fit would be wrong, and a missing one is not */
	if (n < 0 || (size_t)n >= room || r->n_env + 1 >= sizeof r->env / sizeof r->env[0])
		return;
	r->env[r->n_env++] = r->text + r->n_text;
	r->n_text += (size_t)n + 1;
}

static void env_number(struct run *r, const char *name, long value)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%ld", value); /* fits */
	env_add(r, name, text);
}

static void env_begin(struct run *r)
{
	const struct keeper_login *l = login(r);
	const char *home = plan_str(l->part, l->part->home);

	env_add(r, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	env_add(r, "CORDON_USER", l->who.user);
	env_number(r, "CORDON_UID", (long)l->who.uid);
	env_number(r, "CORDON_GID", (long)l->part->gid);
	env_add(r, "CORDON_HOME", home != NULL ? home : "");
	env_add(r, "CORDON_SESSION", login_id(l));
	env_add(r, "CORDON_RULE", plan_str(l->part, l->part->rule));
	env_add(r, "CORDON_SERVICE", l->who.service);
	env_add(r, "CORDON_RHOST", l->who.rhost);
	env_add(r, "CORDON_TTY", l->who.tty);
}

/* ---- one program ---- */

/**
 * struct output - what a program writes, line by line
 */
struct output {
	const struct run *run;
	const char *program;
	char line[LINE_SIZE];
	size_t n;
	unsigned lines;
};

static void line_log(struct output *o)
{
	o->line[o->n] = '\0';
	if (o->n > 0 && ++o->lines <= LINES_MAX)
		keeper_log(login(o->run), LOG_INFO, "hook", log_word("directive", o->run->directive),
			   log_text("program", o->program), log_text("output", o->line));
	o->n = 0;
}

/* Reads once what is there; false: nothing more will come. */
static bool output_read(struct output *o, int fd)
{
	char buf[4096];
	const ssize_t n = read(fd, buf, sizeof buf);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] != '\n' && buf[i] != '\0')
			o->line[o->n++] = buf[i];
		if (buf[i] == '\n' || o->n == sizeof o->line - 1)
			line_log(o);
	}
	return n > 0;
}

static void output_end(struct output *o, int fd)
{
	/* what is in the pipe; a program in the background may go on writing */
	for (unsigned i = 0; i < LINES_MAX; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, 0) != 1 || !output_read(o, fd))
			break;
	}
	line_log(o);
	if (o->lines > LINES_MAX)
		keeper_log(login(o->run), LOG_INFO, "hook",
			   log_word("directive", o->run->directive), log_text("program", o->program),
			   log_number("more", o->lines - LINES_MAX));
}

/* Only root's files: a file that others can change would give them root. Returns 0; -errno. */
static int trusted(const char *path)
{
	cleanup_close const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close const int fd = root < 0 ? -errno : path_walk_program(root, path);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? 0 : -EACCES;
}

/* The child: as little as possible, and nothing inherited. */
_Noreturn static void execute(char *const *argv, char *const *env, int out)
{
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (setsid() >= 0 && null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(out, 2) == 2 && chdir("/") == 0 && own_signals(0) == 0 &&
	    sys_close_range(3, ~0u) == 0)
		(void)execve(argv[0], argv, env); /* returns only to fail */
	_exit(NOT_EXECUTED);
}

/* Waits for the program, and reads what it writes meanwhile; false: not by @until. */
static bool await(struct output *o, int pidfd, int out, int64_t until)
{
	bool open = true;

	for (;;) {
		struct pollfd p[] = { { .fd = pidfd, .events = POLLIN },
				      { .fd = open ? out : -1, .events = POLLIN } };
		const int64_t left = until - usage_now();

		if (left <= 0)
			return false;
		if (poll(p, 2, left / USEC_MS > INT_MAX - 1 ? INT_MAX : (int)(left / USEC_MS) + 1) <
			    0 &&
		    errno != EINTR)
			return false;
		if (p[0].revents != 0)
			return true;
		if (p[1].revents != 0)
			open = output_read(o, out);
	}
}

/* Returns 0: it has ended, *ret_status as waitpid(2); -ETIMEDOUT: it was ended; another -errno. */
static int run_program(const struct run *r, char *const *argv, int *ret_status)
{
	struct output o = { .run = r, .program = argv[0] };
	cleanup_close int in = -1, out = -1, pidfd = -1;
	int ends[2], e = trusted(argv[0]);
	bool late;
	pid_t pid;

	if (e < 0)
		return e;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	in = ends[0];
	out = ends[1];
	pid = sys_clone(0, &pidfd);
	if (pid == 0)
		execute(argv, r->env, out);
	if (pid < 0)
		return pid;
	close_fd(&out); /* the program's alone */
	if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	late = !await(&o, pidfd, in, r->until);
	if (late) {
		(void)kill(-pid, SIGTERM); /* its group, which it leads; it may have ended just now */
		(void)await(&o, pidfd, in, usage_now() + TERM_MS * USEC_MS);
		(void)kill(-pid, SIGKILL);   /* as above */
		(void)sys_pidfd_kill(pidfd); /* before setsid(2), it leads no group */
		(void)await(&o, pidfd, in, usage_now() + TERM_MS * USEC_MS);
	}
	output_end(&o, in);
	/* what hangs in the kernel is left behind */
	e = waitpid(pid, ret_status, late ? WNOHANG | __WALL : __WALL) == pid ? 0 : -ETIMEDOUT;
	return late ? -ETIMEDOUT : e;
}

/* Says what became of a program; "" if all is well. */
static void outcome(int e, int status, char *buf, size_t size)
{
	buf[0] = '\0';
	if (e == -EPERM || e == -ELOOP)
		(void)snprintf(buf, size, "%s",
			       "is not executed, because users other than root can change it");
	else if (e == -ETIMEDOUT)
		(void)snprintf(buf, size, "%s", "did not end in time, and was ended");
	else if (e < 0)
		(void)snprintf(buf, size, "cannot be executed: %s", strerror(-e)); /* fits */
	else if (WIFSIGNALED(status))
		(void)snprintf(buf, size, "was ended by signal %d", WTERMSIG(status)); /* fits */
	else if (WEXITSTATUS(status) == NOT_EXECUTED)
		(void)snprintf(buf, size, "%s",
			       "could not be executed, or ended with exit code 203");
	else if (WEXITSTATUS(status) != 0)
		(void)snprintf(buf, size, "ended with exit code %d", WEXITSTATUS(status)); /* fits */
}

/* Runs one line. Returns 0, also if a failure is ignored; -ECANCELED with @why filled. */
static int run_one(const struct run *r, const struct plan_hook *hook, char *why, size_t size)
{
	const bool ignored = (hook->flags & HOOK_IGNORED) != 0;
	union {
		const char *from;
		char *to;
	} word; /* execve(2) only reads them */
	char *argv[ARGUMENTS + 1], what[200];
	unsigned n = 0;
	int status = 0, e;

	for (word.from = NULL;
	     n < ARGUMENTS && (word.from = plan_next(r->k->plan, hook->argv, word.from)) != NULL;)
		argv[n++] = word.to;
	argv[n] = NULL;
	e = run_program(r, argv, &status);
	outcome(e, status, what, sizeof what);
	if (what[0] == '\0')
		return 0;
	keeper_log(login(r), ignored ? LOG_NOTICE : LOG_ERR, "hook",
		   log_word("directive", r->directive), log_text("program", argv[0]),
		   log_text("why", what));
	(void)snprintf(why, size, "%s=: %.120s %s", r->directive, argv[0],
		       what); /* cut: for people */
	return ignored ? 0 : -ECANCELED;
}

/* ---- all of them ---- */

static bool readable(int fd, int64_t ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	const int64_t until = usage_now() + ms * USEC_MS;
	int r;

	do {
		const int64_t left = until - usage_now();

		r = poll(&p, 1, left > 0 ? (int)(left / USEC_MS) + 1 : 0);
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

static void start_pre(const struct keeper *k, int sock)
{
	struct run r = { .k = k,
			 .directive = "ExecStartPre",
			 .until = usage_now() + (int64_t)k->plan->set.timeout_start_sec };
	char why[WIRE_TEXT_MAX] = "";
	struct wire_msg m;
	size_t n;
	const struct plan_hook *hook = plan_array(k->plan, k->plan->start_pre, sizeof *hook, &n);

	env_begin(&r);
	for (size_t i = 0; i < n; i++) {
		/* the keeper says something now only if the login is over */
		if (readable(sock, 0))
			return;
		if (run_one(&r, &hook[i], why, sizeof why) < 0) {
			wire_init(&m, WIRE_FAIL);
			m.err = -ECANCELED;
			memcpy(m.text, why, sizeof m.text);
			(void)wire_send(sock, &m, NULL, 0); /* end of file tells as well */
			return;
		}
	}
	(void)wire_verdict(sock, VERDICT_CONFINE, "", ""); /* as above */
}

/**
 * struct after - what the keeper has said last
 * @init, @caller: pidfds; -1: unknown
 * @code:          exit code of the last program of the session; negative: unknown
 */
struct after {
	int init, caller, code;
	char result[WIRE_TEXT_MAX];
};

static void await_end(int sock, int keeper, struct after *a)
{
	struct wire_msg m;
	int fds[WIRE_FDS_MAX];

	for (;;) {
		struct pollfd p[] = { { .fd = sock, .events = POLLIN },
				      { .fd = keeper, .events = POLLIN } };

		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[0].revents != 0) {
			if (wire_recv(sock, &m, fds, 0) < 0)
				break;
			if (m.kind == WIRE_AFTER) {
				close_fd(&a->init);
				close_fd(&a->caller);
				if (m.verdict == VERDICT_CONFINE)
					a->init = take_fd(&fds[WIRE_AFTER_INIT]);
				a->caller = take_fd(&fds[WIRE_AFTER_CALLER]);
				a->code = m.err;
				memcpy(a->result, m.text, sizeof a->result);
			}
			wire_close(fds, wire_fds(m.kind));
		} else if (p[1].revents != 0) {
			break; /* another process still has the socket */
		}
	}
	/* init ends after all processes of its namespace */
	if (a->init >= 0)
		(void)readable(a->init, INIT_MS);
	if (a->caller >= 0)
		(void)readable(a->caller, CALLER_MS); /* it is in the view, whose mounts it holds */
}

static void stop_post(const struct keeper *k, const struct after *a)
{
	const int64_t usec = (int64_t)k->plan->set.timeout_stop_sec;
	struct run r = { .k = k,
			 .directive = "ExecStopPost",
			 .until = usage_now() + (usec > (int64_t)POST_SEC * USEC ?
							 usec :
							 (int64_t)POST_SEC * USEC) };
	char ignored[WIRE_TEXT_MAX]; /* the log has it */
	size_t n;
	const struct plan_hook *hook = plan_array(k->plan, k->plan->stop_post, sizeof *hook, &n);

	env_begin(&r);
	env_add(&r, "CORDON_RESULT", a->result);
	if (a->code >= 0)
		env_number(&r, "CORDON_EXIT_STATUS", a->code);
	for (size_t i = 0; i < n; i++) /* all of them: each may undo something else */
		(void)run_one(&r, &hook[i], ignored, sizeof ignored);
}

_Noreturn void hooks_run(const struct keeper *k, int sock, int keeper)
{
	struct after a = { .init = -1, .caller = -1, .code = -1, .result = "failure" };
	int keep[] = { sock, keeper };

	/* a name of its own, so that "pkill cordon-keeper" does not mean this process */
	if (child_close_but(keep, 2) < 0 || sys_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NAME, "cordon-hooks") < 0)
		_exit(1);
	if (k->plan->start_pre.len != 0)
		start_pre(k, sock);
	if (k->plan->stop_post.len == 0)
		_exit(0);
	await_end(sock, keeper, &a);
	stop_post(k, &a);
	_exit(0);
}
