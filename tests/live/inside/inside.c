/* SPDX-License-Identifier: Apache-2.0 */
/* inside.c - see inside.h */
#include "inside.h"

#include "base/sys.h"
#include "policy/account/resolve.h"
#include "policy/compile/compile.h"
#include "policy/rules/decide.h"
#include "policy/text/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int assign(struct settings *set, const char *rule, struct err *e)
{
	struct diag d = { 0 };
	char text[8192];
	char *save = NULL;
	unsigned line = 0;
	int r = 0;

	(void)snprintf(text, sizeof text, "%s", rule);
	for (char *l = strtok_r(text, "\n", &save); r == 0 && l != NULL;
	     l = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(l, '=');
		const struct setting *row;

		*value++ = '\0';
		row = settings_find(l);
		r = row == NULL ? -ENOENT : settings_assign(set, row, value, "rule", ++line, &d);
	}
	if (r < 0)
		*e = d.first;
	diag_free(&d);
	return r;
}

static int compile(const char *user, const char *rule, struct inside *ret)
{
	static struct facts facts; /* large */
	struct login login = { .service = "test" };
	const struct passwd *pw = getpwnam(user);
	struct settings set;
	int r = pw == NULL ? -ENOENT : 0;

	if (r < 0)
		return r;
	login.uid = pw->pw_uid;
	(void)snprintf(login.user, sizeof login.user, "%s", user);
	r = facts_resolve(&login, &facts, &ret->err);
	if (r < 0 || (r = settings_init(&set)) < 0)
		return r;
	r = assign(&set, rule, &ret->err);
	if (r == 0)
		r = settings_expand(&set, &facts, &ret->err);
	if (r == 0)
		r = plan_compile(&set, &facts, &ret->plan, &ret->err);
	if (r == 0)
		r = plan_login_compile(&set, &facts, "", &ret->login, &ret->err);
	settings_free(&set);
	return r;
}

int inside_start(const char *user, const char *rule, struct inside *ret)
{
	static const struct session none = SESSION_NONE;
	struct account_limits limits;
	int proc, shell, r;

	*ret = (struct inside){ .session = none };
	r = compile(user, rule, ret);
	if (r < 0)
		return r;
	proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	shell = open("/usr/bin/cordonsh", O_RDONLY | O_CLOEXEC);
	r = session_begin(ret->plan, ret->login, proc, shell, -1, -1, &ret->session, &ret->fail);
	if (r == 0)
		r = account_limits_get(&limits);
	while (r == 0 && ret->session.stage != SESSION_COMPLETE)
		r = ret->session.stage == SESSION_WAITS ?
			    session_release(&ret->session, &limits, &ret->fail) :
			    session_step(ret->plan, proc, &ret->session, WIRE_DEADLINE_MS,
					 &ret->fail);
	if (r < 0)
		session_end(&ret->session);
	(void)close(proc);
	(void)close(shell);
	if (r < 0)
		(void)snprintf(ret->object, sizeof ret->object, "%s",
			       plan_object(ret->plan, ret->login, ret->fail.object));
	return r;
}

static int become(const struct inside *in)
{
	size_t n;
	const gid_t *groups = plan_array(in->login, in->login->groups, sizeof *groups, &n);

	if (sys_setgroups(n, groups) < 0)
		return -1;
	if (setns(in->session.fd[FD_SESSION_NS], CLONE_NEWNS) <
	    0) /* the host's: not to be had from within the next */
		return -1;
	if (in->session.fd[FD_USER_NS] >= 0 && setns(in->session.fd[FD_USER_NS], CLONE_NEWUSER) < 0)
		return -1;
	return sys_setresgid(in->login->gid, in->login->gid, in->login->gid) < 0 ||
			       sys_setresuid(in->login->uid, in->login->uid, in->login->uid) < 0 ?
		       -1 :
		       0;
}

static int wait_code(pid_t pid)
{
	int status;

	return pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ?
		       -1 :
		       WEXITSTATUS(status);
}

int inside_look(const struct inside *in, int (*look)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid == 0) { /* the next child is in the pid namespace, where /proc knows it */
		if (setns(in->session.pidfd, CLONE_NEWPID) < 0 || (pid = fork()) < 0)
			abort();
		if (pid > 0) {
			const int code = wait_code(pid);

			if (code < 0)
				abort();
			_exit(code);
		}
		if (become(in) < 0) {
			perror("inside");
			abort();
		}
		_exit(look(arg));
	}
	return wait_code(pid);
}

struct shell {
	const char *command;
	int out;
};

static int shell(void *arg)
{
	const struct shell *s = arg;

	(void)dup2(open("/dev/null", O_RDONLY), 0);
	(void)dup2(s->out, 1);
	(void)dup2(s->out, 2);
	(void)execle("/bin/sh", "sh", "-c", s->command, (char *)NULL,
		     (char *[]){ (char[]){ "PATH=/usr/bin:/bin" }, NULL });
	return 127;
}

const char *inside_sh(const struct inside *in, const char *command)
{
	static char text[65536];
	struct shell s = { command, memfd_create("out", MFD_CLOEXEC) };
	ssize_t n;

	if (inside_look(in, shell, &s) < 0)
		return "inside_sh: failed";
	n = pread(s.out, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	(void)close(s.out);
	return text;
}

void inside_end(struct inside *in)
{
	session_end(&in->session);
	free(in->plan);
	free(in->login);
	in->plan = NULL;
	in->login = NULL;
}

const char *inside_says(const char *user, const char *rule, const char *command)
{
	static char why[5000];
	char line[2000];
	const char *text = why;
	struct inside in;

	if (inside_start(user, rule, &in) == 0)
		text = inside_sh(&in, command);
	else
		(void)snprintf(why, sizeof why, "refused: %.1500s step %s %.300s %s",
			       err_text(&in.err, line, sizeof line), step_name(in.fail.step),
			       in.object, strerror(-in.fail.err));
	inside_end(&in);
	return text;
}

bool inside_told(const char *text, const char *wanted, const char *about)
{
	if (wanted[0] == '!' ? strstr(text, wanted + 1) == NULL : strstr(text, wanted) != NULL)
		return true;
	(void)fprintf(stderr, "%s: wanted '%s', got:\n%s\n", about, wanted, text);
	return false;
}
