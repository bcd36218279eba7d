/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open.c - open a session by cordon-selftest, and have the attempts made in it
 *
 * The attempts are made in two ways. The login shell starts cordon-probe, as it starts any program: that
 * is the way of a login, but a user whose shell reads files of the user before "-c" could put
 * something else in its place. Then root enters the session and becomes cordon-probe: nobody can come
 * between. A third run, outside and not confined, shows which attempts the host itself refuses.
 */
#include "ctl/selftest/selftest.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "ctl/sessions/sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROBE	CORDON_LIBEXECDIR "/cordon-probe"
#define PAM_APP CORDON_LIBEXECDIR "/cordon-selftest"

enum { PIPE_SIZE = 1 << 20, READ_MS = 120000, ENTRY_TRIES = 100, FD_IN = 3, FD_OUT = 4 };

/**
 * struct app - cordon-selftest, which has the session open
 * @to, @from: its commands and its answers
 */
struct app {
	pid_t pid;
	FILE *to, *from;
};

/* ---- talking to cordon-probe ---- */

/* All attempts in one pipe, which is large enough: the program may begin when it likes. */
static int requests_make(const struct selftest *t)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int fds[2] = { -1, -1 };

	if (f == NULL)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		if (t->row[i].line != NULL && t->row[i].line[0] != '@')
			(void)fprintf(f, "%zu\t%s\n", i, t->row[i].line);
	if (fclose(f) == 0 && size < PIPE_SIZE && pipe2(fds, O_CLOEXEC) == 0) {
		(void)fcntl(fds[1], F_SETPIPE_SZ, PIPE_SIZE);
		(void)fcntl(fds[1], F_SETFL, O_NONBLOCK);
		if (write(fds[1], text, size) != (ssize_t)size)
			close_fd(&fds[0]);
		close_fd(&fds[1]);
	}
	free(text);
	return fds[0];
}

/* Takes the lines that end in time, and only the first word about an attempt. */
static void answers_read(struct selftest *t, enum way way, int fd)
{
	FILE *f = fdopen(fd, "r");
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[256], kind;
	size_t id;
	int64_t value;

	while (f != NULL && poll(&p, 1, READ_MS) > 0 && fgets(text, sizeof text, f) != NULL)
		if (sscanf(text, "%zu\t%c\t%" SCNd64, &id, &kind, &value) == 3 && id < t->n &&
		    strchr("vesx", kind) != NULL && t->row[id].got[way].kind == 0) {
			t->row[id].got[way] = (struct outcome){ kind, value };
			t->answered[way] = true;
		}
	if (f != NULL)
		(void)fclose(f); /* only read */
}

/* ---- the three ways ---- */

static void outside_child(const struct facts *facts, int in, int out)
{
	(void)sys_keyring_private(); /* a kernel without keyrings has none to hide */
	if (setsid() < 0 || setgroups(0, NULL) < 0 ||
	    setresgid(facts->gid, facts->gid, facts->gid) < 0 ||
	    setresuid(facts->login.uid, facts->login.uid, facts->login.uid) < 0 || chdir("/") < 0 ||
	    dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(open("/dev/null", O_WRONLY), 2) < 0)
		_exit(EXIT_SETUP);
	(void)sys_close_range(3, ~0u);
	(void)execl(PROBE, "cordon-probe", (char *)NULL);
	_exit(EXIT_REFUSED);
}

static void by_child(struct selftest *t, enum way way, const char *id)
{
	cleanup_close int in = requests_make(t);
	int pair[2];
	pid_t pid;

	if (in < 0 || pipe2(pair, O_CLOEXEC) < 0)
		return;
	pid = way == WAY_ENTERED ? entered_probe(id, in, pair[1]) : fork();
	if (pid == 0)
		outside_child(&t->facts, in, pair[1]);
	(void)close(pair[1]);
	answers_read(t, way, pair[0]);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
}

/* ---- the PAM application ---- */

static void app_child(const struct selftest *t, const int to[2], const int from[2], int in, int out)
{
	char *argv[] = { strdup("cordon-selftest"), strdup(t->facts.login.user),
			 strdup(t->facts.login.service), strdup(t->facts.login.rhost), NULL };
	char *envp[] = { strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), NULL };
	const int high_in = fcntl(in, F_DUPFD_CLOEXEC, 10);
	const int high_out = fcntl(out, F_DUPFD_CLOEXEC, 10);

	if (dup2(to[0], 0) < 0 || dup2(from[1], 1) < 0 || dup2(high_in, FD_IN) < 0 ||
	    dup2(high_out, FD_OUT) < 0)
		_exit(EXIT_SETUP);
	(void)execve(PAM_APP, argv, envp);
	_exit(EXIT_NOT_FOUND);
}

static int app_start(const struct selftest *t, struct app *a, int in, int out)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return -errno;
	a->pid = fork();
	if (a->pid == 0)
		app_child(t, to, from, in, out);
	(void)close(to[0]);
	(void)close(from[1]);
	a->to = fdopen(to[1], "w");
	a->from = fdopen(from[0], "r");
	return a->pid < 0 || a->to == NULL || a->from == NULL ? -errno : 0;
}

/* The next line of its answers, without the newline; "": there is none. */
static const char *app_line(struct app *a)
{
	static char text[1024];

	if (fgets(text, sizeof text, a->from) == NULL)
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void app_end(struct app *a)
{
	if (a->to != NULL)
		(void)fclose(a->to); /* the end of its input closes the session */
	if (a->pid > 0)
		(void)waitpid(a->pid, NULL, 0);
	if (a->from != NULL)
		(void)fclose(a->from);
}

static int app_run(struct app *a, const char *how, const char *command)
{
	int status = EXIT_SETUP;

	(void)fprintf(a->to, "%s %s\n", how, command);
	if (fflush(a->to) == 0)
		(void)sscanf(app_line(a), "ended %d", &status);
	return status;
}

/* Did the command run? It ends with 77, which nothing of cordon's does. */
static void commands_try(struct selftest *t, struct app *a)
{
	for (size_t i = 0; i < t->n; i++) {
		struct attempt_row *row = &t->row[i];

		if (row->line == NULL || row->line[0] != '@')
			continue;
		if (app_run(a, "try", row->line + 1) == 77)
			row->got[WAY_LOGIN] = (struct outcome){ 'v', 1 };
		else
			row->got[WAY_LOGIN] = (struct outcome){ 'e', EPERM };
	}
}

static bool same_space(pid_t pid, const char *word, uint32_t init, const char *other)
{
	struct stat a, b;
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, word); /* fits */
	if (stat(path, &a) < 0)
		return false;
	(void)snprintf(path, sizeof path, "/proc/%u/ns/%s", init, other); /* fits */
	return stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* The newest login of the account whose namespaces the PAM application has joined. */
static bool login_find(const struct selftest *t, const struct app *a, char id[32])
{
	struct sessions s;
	int64_t since = -1;

	if (sessions_read(&s) < 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const struct session_row *row = &s.row[i];

		if (!row->answers || row->uid != t->facts.login.uid || row->state.since < since ||
		    !same_space(a->pid, "pid_for_children", row->state.init, "pid") ||
		    !same_space(a->pid, "ipc", row->state.init, "ipc") ||
		    !same_space(a->pid, "uts", row->state.init, "uts") ||
		    !same_space(a->pid, "net", row->state.init, "net"))
			continue;
		since = row->state.since;
		(void)snprintf(id, 32, "%s", row->id); /* fits */
	}
	sessions_free(&s);
	return since >= 0;
}

/* A session is entered in the registry a moment after its first program has begun. */
static void entered_try(struct selftest *t, const struct app *a)
{
	const struct timespec moment = { .tv_nsec = 20000000 };
	char id[32] = "";

	for (unsigned i = 0; i < ENTRY_TRIES && !login_find(t, a, id); i++)
		(void)nanosleep(&moment, NULL);
	if (id[0] != '\0')
		by_child(t, WAY_ENTERED, id);
}

static int attempts_make(struct selftest *t, struct app *a, int out, struct err *e)
{
	const char *line = app_line(a);

	if (strcmp(line, "open") != 0)
		return err_set(e, -EACCES, "the session was refused: %s",
			       line[0] != '\0' ? line + (strncmp(line, "refused ", 8) == 0 ? 8 : 0) :
						 PAM_APP " cannot be started; install cordon again");
	commands_try(t, a);
	(void)app_run(a, "probe", "exec " PROBE);
	answers_read(t, WAY_LOGIN, out);
	entered_try(t, a);
	return 0;
}

int session_try(struct selftest *t, struct err *e)
{
	struct app a = { .pid = -1 };
	cleanup_close int in = requests_make(t);
	int pair[2], r;

	if (in < 0 || pipe2(pair, O_CLOEXEC) < 0)
		return err_set(e, -errno, "no pipe can be made: %s", strerror(errno));
	(void)fcntl(pair[1], F_SETPIPE_SZ, PIPE_SIZE); /* it is read when the program has ended */
	by_child(t, WAY_OUTSIDE, "");
	r = app_start(t, &a, in, pair[1]);
	(void)close(pair[1]);
	close_fd(&in);
	r = r < 0 ? err_set(e, r, PAM_APP ": %s", strerror(-r)) : attempts_make(t, &a, pair[0], e);
	app_end(&a);
	return r;
}
