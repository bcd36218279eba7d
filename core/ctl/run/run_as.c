/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_as.c - cordon run --as: run a program for a daemon, confined by the rule of its user
 *
 * The program is a login. cordon is its application, as sshd and su are of theirs, and does by
 * core/caller what the PAM module does in them; PAM is not asked. cordonsh then executes the program in
 * place of the login shell. The session ends when this process ends, however that is.
 */
#include "ctl/ctl.h"
#include "ctl/run/run.h"

#include "base/cleanup.h"
#include "base/sys.h"
#include "base/sys_ns.h"
#include "caller/enter.h"
#include "caller/request.h"
#include "command/match.h"
#include "contract/log.h"
#include "policy/account/lookup.h"
#include "policy/account/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <syslog.h>
#include <unistd.h>

/**
 * struct as - a program that is started as a login
 * @request: the keeper of the session; NULL: no rule confines the user
 * @argv:    for execve(2)
 * @pipes:   what the program writes, if it is read here
 */
struct as {
	struct run *run;
	const struct login *login;
	struct request *request;
	char *const *argv;
	int pipes[2];
};

/* ---- who, by which service, from where ---- */

static int take_user(struct run *r, struct login *l, struct err *e)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;
	const int got = lookup_user(r->o.as, 0, &pw, &buf);

	if (got == 0)
		return run_no_such("--as", true, r->o.as, e);
	if (got < 0)
		return err_set(e, got, "--as: the user cannot be looked up: %s", strerror(-got));
	if (pw.pw_uid == 0)
		return err_set(
			e, -EPERM,
			"--as: '%s' is root, whom no rule confines; start the program without cordon",
			r->o.as);
	if (strlen(pw.pw_name) >= sizeof l->user)
		return err_set(e, -ENAMETOOLONG, "--as: the name is too long; choose another user");
	l->uid = pw.pw_uid;
	memcpy(l->user, pw.pw_name, strlen(pw.pw_name) + 1);
	return 0;
}

static int take_text(const char *option, const char *text, char ret[FACTS_NAME_MAX], struct err *e)
{
	if (text[0] == '\0' || strlen(text) >= FACTS_NAME_MAX)
		return err_set(e, -EINVAL, "%s: the name is empty or too long; write 1 to %d bytes",
			       option, FACTS_NAME_MAX - 1);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

/* Rules treat the two reserved names in another way than those of services. */
static int take_service(const char *name, struct login *l, struct err *e)
{
	if (strcmp(name, FACTS_SERVICE_SHELL) == 0 || strcmp(name, FACTS_SERVICE_MANAGER) == 0 ||
	    strchr(name, '/') != NULL)
		return err_set(e, -EINVAL,
			       "--service: '%s' is no name for a daemon; write another name", name);
	return take_text("--service", name, l->service, e);
}

static int take_login(struct run *r, struct err *e)
{
	const struct run_options *o = &r->o;
	struct login l = { .by = LOGIN_BY_RUN };
	int got = take_user(r, &l, e);

	if (got == 0)
		got = take_service(o->service != NULL ? o->service : FACTS_SERVICE_RUN, &l, e);
	if (got == 0 && o->rhost != NULL)
		got = take_text("--rhost", o->rhost, l.rhost, e);
	if (got < 0)
		return got;
	got = facts_resolve(&l, &r->facts, e);
	if (got == 0)
		run_terminal(&r->facts);
	return got;
}

/* ---- the session ---- */

enum { TRIES = 2 };

/*
 * A keeper that gives no answer may belong to a session that ends just now, by a changed rule; the next
 * keeper makes another session.
 */
static int session_open(struct as *a, struct wire_msg *m, int fds[WIRE_FDS_MAX], struct err *e)
{
	static const struct request_options options = { .rules = NULL };
	int r = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		request_free(a->request);
		a->request = NULL;
		r = request_start(a->login, &options, &a->request, m, e);
		if (r < 0 || m->verdict != VERDICT_CONFINE)
			return r;
		r = request_open(a->request, m, fds, e);
		if (r == 0 || r == -ETIMEDOUT)
			return r;
	}
	return r;
}

static int session_enter(struct as *a, struct wire_msg *m, struct err *e)
{
	int fds[WIRE_FDS_MAX];
	int r;

	wire_no_fds(fds);
	r = session_open(a, m, fds, e);
	if (r == 0 && m->kind == WIRE_READY) {
		r = enter_view(m, fds, 1, e);
		if (r < 0)
			request_fail(a->request, e);
	}
	wire_close(fds, WIRE_FDS_MAX);
	return r;
}

static int not_confined(const struct as *a, FILE *json)
{
	struct err e = { 0 };

	(void)err_set(
		&e, -EPERM,
		"no rule confines '%s' here, so the program is not started; see 'cordon explain --run-as %s', or add --allow-unconfined",
		a->login->user, a->login->user); /* said below */
	return run_report_error(&e, json);
}

/* Return: 0; EXIT_SETUP after a report: the program must not be started. */
static int admit(struct as *a, FILE *json)
{
	struct err e = { 0 };
	struct wire_msg m = { .verdict = VERDICT_DENY };
	char why[1024];

	if (session_enter(a, &m, &e) < 0) {
		log_login(a->login, m.session, NULL, LOG_ERR, "deny",
			  log_fields(log_text("why", err_text(&e, why, sizeof why))));
		return run_report_error(&e, json);
	}
	switch ((enum verdict)m.verdict) {
	case VERDICT_CONFINE:
		memcpy(a->run->session, m.session, sizeof a->run->session);
		return 0;
	case VERDICT_UNCONFINED:
		request_free(a->request);
		a->request = NULL;
		return a->run->o.allow_unconfined ? 0 : not_confined(a, json);
	case VERDICT_DENY:
		break;
	}
	return run_report_refused(m.text[0] != '\0' ? m.text : WIRE_REFUSAL, json);
}

static void session_close(struct as *a)
{
	struct err e = { 0 };
	char why[1024];

	if (a->request != NULL && request_close(a->request, &e) < 0) {
		/* the keeper, which would have logged this, is gone or hangs */
		log_login(a->login, a->run->session, NULL, LOG_ERR, "end",
			  log_fields(log_word("by", "keeper"),
				     log_text("why", err_text(&e, why, sizeof why))));
		sayf(stderr, "cordon: %s\n", e.msg);
	}
	request_free(a->request);
	a->request = NULL;
}

/* ---- the program ---- */

static int environment(struct run *r, struct err *e)
{
	const struct facts *f = &r->facts;
	const char *term = f->login.tty[0] != '\0' ? getenv("TERM") : NULL;
	const char **env = calloc(r->o.env.n + 8, sizeof *env);
	size_t n = 0;
	int got;

	if (env == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	n = run_env_put(env, n, "HOME", f->home);
	n = run_env_put(env, n, "USER", f->login.user);
	n = run_env_put(env, n, "LOGNAME", f->login.user);
	n = run_env_put(env, n, "SHELL", f->shell);
	n = run_env_put(env, n, "PATH", COMMAND_PATH);
	if (term != NULL)
		n = run_env_put(env, n, "TERM", term);
	got = run_env_given(&r->o, env, n, e);
	r->spec.envp = (char *const *)(void *)env; /* execve(2) does not change the strings */
	r->spec.path = run_env_value(r->spec.envp, "PATH");
	r->spec.program = r->o.argv[0];
	return got;
}

/* cordonsh gets the program as its arguments. */
static int arguments(struct as *a, struct err *e)
{
	static char name[] = "cordonsh";
	char *const *from = a->run->o.argv;
	size_t n = 0;
	char **argv;

	while (from[n] != NULL)
		n++;
	argv = calloc(n + 2, sizeof *argv);
	if (argv == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	argv[0] = name;
	memcpy(argv + 1, from, n * sizeof *argv);
	a->argv = argv;
	return 0;
}

/*
 * Without a terminal, the program leads a session and a process group of its own, so that a signal to the
 * group of this process reaches the program once, through this process.
 */
static int lead(const struct as *a)
{
	if (a->run->facts.login.tty[0] != '\0' && !a->run->spec.lead)
		return 0;
	if (setsid() < 0)
		return -errno;
	for (int fd = 0; fd <= 2 && a->run->spec.lead; fd++)
		if (isatty(fd))
			return ioctl(fd, TIOCSCTTY, 0) < 0 ? -errno : 0;
	return 0;
}

static int become(const struct as *a)
{
	const struct exec_spec *spec = &a->run->spec;
	const struct facts *f = &a->run->facts;
	int r = 0;

	if ((spec->out >= 0 && dup2(spec->out, 1) < 0) || (spec->err >= 0 && dup2(spec->err, 2) < 0))
		r = -errno;
	if (r == 0)
		r = lead(a);
	if (r == 0)
		r = sys_close_range(3, ~0u);
	if (r == 0)
		r = sys_setgroups(f->n_groups, f->groups);
	if (r == 0)
		r = sys_setresgid(f->gid, f->gid, f->gid);
	if (r == 0)
		r = sys_setresuid(f->login.uid, f->login.uid, f->login.uid);
	/* that of this process belongs to root; a kernel without keyrings has none */
	if (r == 0 && (r = sys_keyring_private()) == -ENOSYS)
		r = 0;
	/* nobody else would end an unconfined program with this process */
	if (r >= 0 && a->request == NULL)
		r = sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (r >= 0 && sigprocmask(SIG_SETMASK, spec->mask, NULL) < 0)
		r = -errno;
	return r < 0 ? r : 0;
}

/* --chdir must be there; a missing home becomes "/", as with su. */
static int directory(const struct run *r)
{
	if (r->o.chdir != NULL)
		return chdir(r->o.chdir) < 0 ? -errno : 0;
	return chdir(r->facts.home) < 0 && chdir("/") < 0 ? -errno : 0;
}

static int execute_unconfined(const struct exec_spec *spec)
{
	char path[PATH_MAX];
	const int r = exec_find(spec, path);

	if (r < 0)
		return r;
	(void)execve(path, spec->argv, spec->envp); /* returns only to fail */
	return -errno;
}

/* The child; a confined one is in the caller view, where it can execute only cordonsh. */
_Noreturn static void child(const struct as *a)
{
	const struct exec_spec *spec = &a->run->spec;
	const char *what = "the program cannot be started";
	int r = become(a), code = EXIT_SETUP;

	if (r == 0 && (r = directory(a->run)) < 0)
		what = a->run->o.chdir != NULL ? a->run->o.chdir : "/";
	if (r == 0 && a->request != NULL) {
		(void)execve(WIRE_CORDONSH, a->argv, spec->envp); /* returns only to fail */
		r = -errno;
	} else if (r == 0) {
		r = execute_unconfined(spec);
		code = r == -ENOENT || r == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_REFUSED;
		what = spec->program;
	}
	sayf(stderr, "cordon: %s: %s\n", what,
	     code == EXIT_NOT_FOUND && strchr(what, '/') == NULL ? "command not found" :
								   strerror(-r));
	_exit(code);
}

static int start(const struct as *a, struct exec *x)
{
	const pid_t pid = sys_clone(0, &x->childfd);

	if (pid == 0)
		child(a);
	x->child = x->pid = pid;
	if (a->run->spec.out >= 0)
		(void)close(a->run->spec.out); /* with our copy open, we would see no end of file */
	if (a->run->spec.err >= 0)
		(void)close(a->run->spec.err);
	return pid < 0 ? pid : 0;
}

/* Starts the program and waits for it, with all signals blocked. */
static int run(struct as *a, FILE *json)
{
	struct exec x = EXEC_NONE;
	struct run_result res = { 0 };
	sigset_t all, mask;
	int r;

	(void)sigfillset(&all);			     /* cannot fail */
	(void)sigprocmask(SIG_SETMASK, &all, &mask); /* cannot fail */
	a->run->spec.mask = &mask;
	a->run->spec.lead = run_give_up_terminal();
	r = start(a, &x);
	if (r == 0)
		r = run_wait(a->run, &x, &all, a->pipes, &res);
	if (r < 0)
		exec_end(&x);
	session_close(a);
	if (r < 0)
		return run_report_error(
			&(struct err){ .code = r,
				       .msg = "the program cannot be started or waited for" },
			json);
	r = run_report_end(a->run, &res, json);
	if (r < 0)
		sayf(stderr, "cordon: the captured output cannot be written: %s\n", strerror(-r));
	return r < 0 ? EXIT_SETUP : run_code(&res);
}

int run_as(struct run *r, FILE *json)
{
	struct as a = { .run = r, .login = &r->facts.login };
	struct err e = { 0 };
	int code;

	log_open("cordon", 0);
	if (!r->privileged)
		(void)err_set(&e, -EPERM, "--as: requires root; run 'sudo cordon run --as %s'",
			      r->o.as);
	else if (take_login(r, &e) == 0 && environment(r, &e) == 0 && arguments(&a, &e) == 0 &&
		 run_pipes(r->o.how, a.pipes, &r->spec, &e) == 0)
		e.code = 0;
	if (e.code != 0)
		return run_report_error(&e, json);
	r->spec.argv = r->o.argv;
	code = admit(&a, json);
	if (code == 0)
		return run(&a, json);
	request_free(a.request);
	return code;
}
