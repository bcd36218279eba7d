/* SPDX-License-Identifier: Apache-2.0 */
/* enter.c - cordon enter: root enters a running session, confined as its programs are, or not */
#include "ctl/show/enter.h"

#include "base/cgroup.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "confine/sync.h"
#include "contract/env.h"
#include "contract/log.h"
#include "contract/places.h"
#include "contract/words.h"
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

extern char **environ;

/* The path of a login without one; that of sshd and login(1). */
#define PATH_USUAL "PATH=/usr/local/bin:/usr/bin:/bin"
#define PATH_ROOT  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum { ENV_MAX = 4096, BASE_MAX = 32 };

/**
 * struct enter_options - the command line; options/enter.def says which option fills which member
 */
struct enter_options {
	bool unconfined, help;
};

/* ---- as which login ---- */

/*
 * The limits and the umask are those that PAM has given to the login, which the service's process
 * still has. If it has ended, those of a program of the session will do, which can only be lower.
 */
static void standing_take(struct enter *e)
{
	struct show_groups g;
	struct found found = { 0 };
	const struct show_group *best = NULL;
	struct shown s;

	e->umask = 022;
	if (session_shown(e->got, &s) < 0)
		return;
	if (groups_read(&s, &g, &found) == 0) {
		for (size_t i = 0; i < g.n; i++) {
			const struct show_state *st = &g.at[i].state;

			if (st->role == ROLE_SESSION && best == NULL)
				best = &g.at[i];
			if (st->role == ROLE_SERVICE && st->uid[0] == e->got->login->uid)
				best = &g.at[i];
		}
		if (best != NULL) {
			memcpy(e->limits, best->state.limits, sizeof e->limits);
			if (best->state.role == ROLE_SERVICE)
				e->umask = (mode_t)best->state.umask;
			e->limited = true;
		}
		groups_free(&g);
	}
	found_free(&found);
	shown_close(&s);
	if (e->got->login->set.umask != MODE_UNSET)
		e->umask = (mode_t)e->got->login->set.umask;
}

static char *variable(const char *name, const char *value)
{
	char *text = NULL;

	return asprintf(&text, "%s=%s", name, value != NULL ? value : "") < 0 ? NULL : text;
}

/* The variables of a new login; of the caller's only those about its terminal and language. */
static int base_make(const struct plan_login *l, char **base)
{
	static const char *const kept[] = { "TERM", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE" };
	size_t n = 0;

	base[n++] = variable("HOME", plan_str(l, l->home));
	base[n++] = variable("USER", plan_str(l, l->user));
	base[n++] = variable("LOGNAME", plan_str(l, l->user));
	base[n++] = variable("SHELL", plan_str(l, l->shell));
	base[n++] = strdup(PATH_USUAL);
	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (getenv(kept[i]) != NULL)
			base[n++] = variable(kept[i], getenv(kept[i]));
	base[n] = NULL;
	for (size_t i = 0; i < n; i++)
		if (base[i] == NULL)
			return -ENOMEM;
	return 0;
}

static const char *path_in(char *const *envp)
{
	for (; *envp != NULL; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return NULL;
}

/* The login shell, under a name that makes it one, or the program of the command line. */
static void confined_program(struct enter *e, char **argv)
{
	static char name[NAME_MAX + 2];
	static char *shell_argv[2];
	const char *shell = plan_str(e->got->login, e->got->login->shell);

	e->argv = argv;
	e->program = argv[0];
	if (argv[0] != NULL)
		return;
	e->program = shell != NULL ? shell : "/bin/sh";
	(void)snprintf(name, sizeof name, "-%.255s", text_base(e->program)); /* fits */
	shell_argv[0] = name;
	e->argv = shell_argv;
}

static int confined_prepare(struct enter *e, char **argv)
{
	static const char *env[ENV_MAX];
	static char *base[BASE_MAX];
	union {
		const char **from;
		char *const *to;
	} envp = { .from = env }; /* execve(2) changes neither */
	int r = base_make(e->got->login, base);

	if (r == 0)
		r = env_build(e->got->plan, e->got->login, base, env, ENV_MAX);
	if (r < 0)
		return r;
	e->envp = envp.to;
	e->path = path_in(e->envp);
	confined_program(e, argv);
	standing_take(e);
	/* the keeper is connected, and ends with init */
	e->group = plan_group(e->got->plan) != NULL ? group_open((pid_t)e->got->state.state.init) :
						      -1;
	return e->group == -1 || e->group >= 0 ? 0 : e->group;
}

static int unconfined_prepare(struct enter *e, char **argv)
{
	static char *shell_argv[2];
	const char *shell = getenv("SHELL");

	if (mkdir(KEPT_PARENT, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mkdir(ENTER_VIEW, 0700) < 0 && errno != EEXIST)
		return -errno;
	e->argv = argv;
	e->program = argv[0];
	if (argv[0] == NULL) {
		e->program = shell != NULL && shell[0] == '/' ? shell : "/bin/sh";
		shell_argv[0] = strdup(text_base(e->program));
		e->argv = shell_argv;
		if (shell_argv[0] == NULL)
			return -ENOMEM;
	}
	if (setenv("CORDON_VIEW", ENTER_VIEW, 1) < 0)
		return -errno;
	e->envp = environ;
	e->path = getenv("PATH") != NULL ? getenv("PATH") : PATH_ROOT;
	return 0;
}

/* ---- the log ---- */

/* Who has become root: the uid of the login that audit(8) remembers; -1: of none. */
static int64_t caller_uid(void)
{
	cleanup_fclose FILE *f = fopen("/proc/self/loginuid", "re");
	unsigned uid;

	return f != NULL && fscanf(f, "%u", &uid) == 1 && uid != UINT32_MAX ? (int64_t)uid : -1;
}

static void log_enter(const struct enter *e)
{
	const struct wire_msg *m = &e->got->state;
	const int64_t uid = caller_uid();
	char command[512] = "";

	for (char **a = e->argv; *a != NULL; a++)
		(void)snprintf(command + strlen(command), sizeof command - strlen(command), "%s%s",
			       a != e->argv ? " " : "", *a); /* cut: for people */
	log_open("cordon", 0);
	log_login(&m->login, m->session, m->text, LOG_NOTICE, "enter",
		  log_fields(log_word("as", e->unconfined ? "root" : "user"),
			     log_text("command", command), log_number("pid", getpid()),
			     { .key = "by_uid", .number = uid, .numeric = uid >= 0 }));
}

/* ---- the run ---- */

static int failed(const struct enter *e, const struct child_fail *f)
{
	if (f->step == STEP_FIND || f->step == STEP_EXEC) {
		sayf(stderr, "cordon: %s: %s\n", e->program, strerror(-f->err));
		return f->err == -ENOENT ? EXIT_NOT_FOUND : EXIT_REFUSED;
	}
	sayf(stderr, "cordon: the session could not be entered: step %s: %s\n", step_name(f->step),
	     strerror(-f->err));
	return EXIT_SETUP;
}

/* Only children are in the pid namespace. Ours takes its signals from its own process group. */
static pid_t child_start(struct enter *e, int *ret_pidfd, int *ret_sync)
{
	int sync[2], r = sync_pair(sync);
	pid_t pid;

	if (r == 0 && (e->got->state.flags & CLONE_NEWPID))
		r = sys_setns(e->got->fds[WIRE_HANDLES_INIT], CLONE_NEWPID);
	if (r < 0)
		return r;
	e->sync = sync[1];
	pid = sys_clone(0, ret_pidfd);
	if (pid == 0)
		enter_child(e);
	close_fd(&sync[1]); /* only the child holds this end now */
	*ret_sync = sync[0];
	return pid;
}

static int run(struct enter *e, struct relay *r)
{
	struct child_fail f = { 0 };
	cleanup_close int pidfd = -1, sync = -1;
	unsigned none;
	int status, got;
	const pid_t pid = child_start(e, &pidfd, &sync);

	for (int i = 0; i < 3; i++)
		close_fd(&e->std[i]);
	if (pid < 0) {
		sayf(stderr, "cordon: the session could not be entered: %s\n", strerror(-pid));
		return EXIT_SETUP;
	}
	/* end of file without a report: the program has been executed */
	got = sync_take(sync, NULL, 0, &none, NULL, WIRE_DEADLINE_MS, &f);
	if (got != -EPIPE && f.err == 0)
		(void)fail_set(&f, STEP_NONE, got < 0 ? got : -EPROTO, 0);
	if (f.err != 0)
		(void)sys_pidfd_kill(pidfd); /* it ends by itself, if it can */
	status = relay_run(r, pid, pidfd, e->got->fds[WIRE_HANDLES_INIT]);
	relay_close(r);
	if (f.err != 0)
		return failed(e, &f);
	return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int enter_file(const char *id, int file, char *name, int in, int out)
{
	static struct got got; /* large */
	static struct enter e;
	char *argv[] = { name, NULL };
	struct child_fail f = { 0 };
	cleanup_close int pidfd = -1, sync = -1;
	unsigned none;
	sigset_t blocked;
	int status = 0;
	pid_t pid;

	if (session_get(id, &got) < 0)
		return EXIT_SETUP;
	e = (struct enter){ .got = &got, .group = -1, .file = file };
	if (confined_prepare(&e, argv) < 0)
		return EXIT_SETUP;
	(void)sigfillset(&blocked);			/* cannot fail */
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL); /* cannot fail */
	e.std[0] = in;
	e.std[1] = out;
	e.std[2] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	log_enter(&e);
	pid = child_start(&e, &pidfd, &sync);
	for (int i = 0; i < 3; i++)
		close_fd(&e.std[i]);
	if (pid < 0)
		return EXIT_SETUP;
	(void)sync_take(sync, NULL, 0, &none, NULL, WIRE_DEADLINE_MS, &f); /* -EPIPE: it runs */
	if (f.err != 0)
		(void)sys_pidfd_kill(pidfd); /* it ends by itself, if it can */
	(void)waitpid(pid, &status, 0);
	if (f.err != 0)
		return failed(&e, &f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SETUP;
}

/* Fills closed standard descriptors, so that no end of a pipe becomes a standard output. */
static int standard_filled(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd < 0)
		return -errno;
	(void)close(fd); /* nothing was written */
	return 0;
}

static int enter(struct enter *e, char **argv)
{
	const int root = e->unconfined ? -1 : e->got->fds[WIRE_HANDLES_ROOT];
	struct relay relay;
	sigset_t blocked;
	int r = e->unconfined ? unconfined_prepare(e, argv) : confined_prepare(e, argv);

	if (r == 0)
		r = standard_filled();
	if (r < 0) {
		sayf(stderr, "cordon: the session cannot be entered: %s\n", strerror(-r));
		return EXIT_SETUP;
	}
	(void)sigfillset(&blocked);			/* cannot fail */
	(void)sigprocmask(SIG_SETMASK, &blocked, NULL); /* the relay reads them; cannot fail */
	(void)signal(SIGPIPE, SIG_IGN);			/* cannot fail */
	log_enter(e);
	if (relay_open(root, e->unconfined ? 0 : e->got->login->uid, &relay, e->std, &e->terminal) <
	    0)
		return EXIT_SETUP;
	return run(e, &relay);
}

int enter_main(int argc, char **argv)
{
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct enter_options, name, argument, member, help),
#include "ctl/options/enter.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	struct enter_options o = { .unconfined = false };
	const int first = options_parse(rows, n, &o, "+", argc, argv);
	static struct got got; /* large */
	static struct enter e;
	char **program;
	int code;

	if (first >= 0 && o.help) {
		ctl_help("enter", rows, n, "");
		return EXIT_YES;
	}
	if (first < 0)
		return EXIT_SETUP;
	if (first >= argc) {
		sayf(stderr, "cordon: enter requires a session; write 'cordon enter ID'\n");
		return EXIT_SETUP;
	}
	program = argv + first + 1;
	if (program[0] != NULL && strcmp(program[0], "--") == 0)
		program++;
	if (session_get(argv[first], &got) < 0)
		return EXIT_SETUP;
	e.got = &got;
	e.unconfined = o.unconfined;
	e.group = -1;
	code = enter(&e, program);
	session_put(&got);
	return code;
}
