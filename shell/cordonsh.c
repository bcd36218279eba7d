/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cordonsh.c - the program in place of the login shell
 *
 * The copy in a session has file capabilities, and its caller chooses arguments, environment,
 * descriptors and limits. cordonsh therefore reads only argv[0] before it has dropped everything, and
 * trusts only what comes from the keeper.
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

/* Sets argv[0] as the program at @path expects it: "-bash" for a login shell. */
static void name_program(char **argv, const char *path)
{
	static char name[NAME_MAX + 2];
	const int login = argv[0][0] == '-';
	const char *base = text_base(path);

	if (strcmp(text_base(argv[0] + login), base) == 0 || strlen(base) > NAME_MAX)
		return; /* keep the name exactly as given */
	name[0] = '-';
	memcpy(name + login, base, strlen(base) + 1);
	argv[0] = name;
}

static int exec_code(int err)
{
	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_REFUSED;
}

/* If sshd itself starts a program by /bin/sh, the name of cordonsh is "sh". */
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
 * Another program reads the rules and makes the namespaces, so that cordonsh stays small. The other
 * program has only the privileges of the user.
 */
static int standalone(char **argv)
{
	static char name[] = "cordon", command[] = "shell";
	/* zero, so it takes no room in the file that each session copies */
	static char *args[ARGS_MAX];
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

/* No session is prepared here: cordonsh runs inside of a session already, or without PAM. */
static int without_session(char **argv)
{
	char shell[PATH_MAX];
	const ssize_t n = readlink(SESSION_SHELL, shell, sizeof shell - 1);

	/* only root can write to the directory of the link */
	if (n > 0 && n < (ssize_t)sizeof shell - 1) {
		shell[n] = '\0';
		return exec_code(run_shell(argv, shell, environ));
	}
	if (getuid() == 0) /* root is never confined and never locked out */
		return exec_code(run_shell(argv, "/bin/sh", environ));
	return standalone(argv);
}

/*
 * If the password has expired, sshd executes passwd(1) in place of the shell. In a session, passwd
 * could change nothing, because set-id programs gain no privileges there. With PasswordChange=yes, the
 * session has cordon-passwd in its place, also for an account whose commands are restricted.
 */
static int password_expired(const struct plan_login *login, char **argv)
{
	return strcmp(argv[0], "passwd") == 0 && argv[1] == NULL && (login->flags & LOGIN_BY_SSHD) &&
	       strcmp(text_base(plan_str(login, login->shell)), "passwd") != 0;
}

static int confined(struct confine *c, char **argv)
{
	static const char *env[ENV_MAX];
	union {
		const char **from;
		char *const *to;
	} envp = { .from = env }; /* execve(2) changes neither */
	const struct plan_login *login = c->login;
	const int expired = password_expired(login, argv);
	const char *path = expired ? SESSION_PASSWD : pick(login, argv[0]);
	int err;

	terminal_name(environ);
	err = -env_build(c->plan, login, environ, env, ENV_MAX);

	if (expired && !c->plan->set.password_change) {
		complain("your password has expired, and cannot be changed in this session; log in with the "
			 "password by keyboard-interactive authentication or at the console, or ask the administrator",
			 "");
		return EXIT_REFUSED;
	}
	if (err == 0 && login->set.umask != MODE_UNSET)
		(void)umask((mode_t)login->set.umask); /* cannot fail */
	if (err == 0 && join_filter(c) < 0) {
		complain(WIRE_REFUSAL, "");
		return EXIT_SETUP;
	}
	if (err == 0 && !expired && commands_govern(login)) {
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
	r = join_session(argv, &c);
	if (r == 0)
		return confined(&c, argv);
	if (c.fail.step == STEP_CONNECT && (r == -ENOENT || r == -ENOTDIR))
		return without_session(argv);
	complain(WIRE_REFUSAL, "");
	return EXIT_SETUP;
}
