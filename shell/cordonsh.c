/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cordonsh.c - the login shell's stand-in
 *
 * The copy that a session shows has file capabilities, and whoever runs it chose its arguments,
 * environment, descriptors and limits. So: nothing is looked at but argv[0] before everything is
 * dropped, and nothing is trusted that did not come from the keeper.
 */
#include "cordonsh.h"

#include "base/text.h"
#include "confine/session/session.h"
#include "contract/env.h"
#include "contract/places.h"
#include "contract/wire.h"
#include "contract/words.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENV_MAX = 4096, ARGS_MAX = 4096 };

extern char **environ;

/* argv[0] as the program at @path expects it: "-bash" for a login shell. */
static void name_program(char **argv, const char *path)
{
	static char name[NAME_MAX + 2];
	const int login = argv[0][0] == '-';
	const char *base = text_base(path);

	if (strcmp(text_base(argv[0] + login), base) == 0 || strlen(base) > NAME_MAX)
		return; /* as it was given, to the byte */
	name[0] = '-';
	memcpy(name + login, base, strlen(base) + 1);
	argv[0] = name;
}

static int exec_code(int err)
{
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_REFUSED;
}

/* Programs that sshd itself starts by /bin/sh come here as "sh". */
static const char *pick(const struct plan_login *login, const char *argv0)
{
	const char *base = text_base(argv0 + (argv0[0] == '-'));

	return strcmp(base, "sh") == 0 ? "/bin/sh" : plan_str(login, login->shell);
}

static int run_shell(char **argv, const char *path, char *const *envp)
{
	name_program(argv, path);
	(void)execve(path, argv, envp);
	return errno;
}

/*
 * What reads rules and makes namespaces is another program, so that this one stays small. It gets
 * no privilege that the user does not have.
 */
static int standalone(char **argv)
{
	static char name[] = "cordon", command[] = "shell";
	static char *args[ARGS_MAX]; /* zero: no part of the file, of which each session has a copy */
	static const char path[] = CORDON_BINDIR "/cordon";
	unsigned n = 0;

	args[0] = name;
	args[1] = command;
	while (argv[n] != NULL) {
		if (n + 3 == ARGS_MAX) {
			complain("too many arguments", "");
			return EXIT_SETUP;
		}
		args[n + 2] = argv[n];
		n++;
	}
	(void)execve(path, args, environ);
	complain(WIRE_REFUSAL ": ", strerror(errno));
	return EXIT_SETUP;
}

/* No session was prepared: inside of one already, or started by something that never asks PAM. */
static int without_session(char **argv)
{
	char shell[PATH_MAX];
	const ssize_t n = readlink(SESSION_SHELL, shell, sizeof shell - 1);

	if (n > 0 && n < (ssize_t)sizeof shell - 1) { /* root's directory: it cannot be made up */
		shell[n] = '\0';
		return exec_code(run_shell(argv, shell, environ));
	}
	if (getuid() == 0) /* never confined, never locked out */
		return exec_code(run_shell(argv, "/bin/sh", environ));
	return standalone(argv);
}

/*
 * sshd executes passwd(1) in place of the shell when the password has expired. In a session it could
 * not change anything: set-id programs gain nothing there.
 */
static int passwd_expired(const struct plan *plan, const struct plan_login *login, char **argv)
{
	if (strcmp(argv[0], "passwd") != 0 || argv[1] != NULL || !(plan->flags & PLAN_BY_SSHD) ||
	    strcmp(text_base(plan_str(login, login->shell)), "passwd") == 0)
		return 0;
	complain("your password has expired, and cannot be changed in this session; log in with the "
		 "password by keyboard-interactive authentication or at the console, or ask the administrator",
		 "");
	return 1;
}

static int confined(struct confine *c, char **argv)
{
	static const char *env[ENV_MAX];
	union {
		const char **from;
		char *const *to;
	} envp = { .from = env }; /* execve(2) writes to neither */
	const struct plan_login *login = c->login;
	const char *path = pick(login, argv[0]);
	int err;

	terminal_name(environ);
	err = -env_build(c->plan, login, environ, env, ENV_MAX);

	if (passwd_expired(c->plan, login, argv))
		return EXIT_REFUSED;
	if (err == 0 && login->set.umask != MODE_UNSET)
		(void)umask((mode_t)login->set.umask); /* cannot fail */
	if (err == 0 && join_filter(c) < 0) {
		complain(WIRE_REFUSAL, "");
		return EXIT_SETUP;
	}
	if (err == 0 && commands_govern(login)) {
		const int code = commands_run(login, c->sync, argv, env, ENV_MAX);

		if (code != COMMANDS_SHELL)
			return code;
	}
	if (err == 0)
		err = run_shell(argv, path, envp.to);
	fail_set(&c->fail, STEP_EXEC, -err, PLAN_OBJECT_LOGIN | login->shell.off);
	join_fail(c->sync, &c->fail);
	complain("the login shell cannot be started: ", strerror(err));
	return exec_code(err);
}

int main(int argc, char **argv)
{
	struct confine c;
	int r;

	if (argc < 1 || argv[0] == NULL) /* CVE-2021-4034 */
		return EXIT_SETUP;
	env_clean(environ);
	if (state_reset() < 0)
		return EXIT_SETUP;
	r = getuid() == 0 ? helper_ask(argc, argv) : -ENOENT;
	if (r >= 0)
		return r;
	r = join_session(&c);
	if (r == 0)
		return confined(&c, argv);
	if (c.fail.step == STEP_CONNECT && (r == -ENOENT || r == -ENOTDIR))
		return without_session(argv);
	complain(WIRE_REFUSAL, "");
	return EXIT_SETUP;
}
