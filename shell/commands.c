/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - AllowCommands= and Command=: run a command in place of the login shell */
#include "cordonsh.h"

#include "base/text.h"
#include "command/match.h"
#include "command/split.h"
#include "confine/program/exec.h"
#include "contract/log.h"
#include "contract/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char why_pattern[] = "no pattern admits this command";
static const char why_none[] = "an interactive shell is not allowed; send a command";
static const char why_odd[] = "shell options are not allowed, only -c and a command";
static const char why_own[] = "only the forced command runs";

int commands_govern(const struct plan_login *login)
{
	return login->set.allow_commands.len != 0 || login->set.command.len != 0 ||
	       (login->flags & LOGIN_PROGRAM);
}

static int shell_allowed(const struct plan_login *login)
{
	for (const char *l = NULL; (l = plan_next(login, login->set.allow_commands, l)) != NULL;)
		if (command_names(l, "@shell"))
			return 1;
	return 0;
}

static void add(char *line, size_t size, const char *text)
{
	const size_t at = strlen(line);
	size_t len = strlen(text);

	if (len > size - at - 1)
		len = size - at - 1;
	memcpy(line + at, text, len);
	line[at + len] = '\0';
}

/* Tells the user about a refused command in one line, and the keeper for the log. */
static int refuse(const struct plan_login *login, int keeper, const char *command, const char *why)
{
	static char line[4096], quoted[1024];
	struct wire_msg m;
	const char *before = "";
	ssize_t sent;

	wire_init(&m, WIRE_REFUSED);
	if (snprintf(m.text, sizeof m.text, "%s", command) >= (int)sizeof m.text)
		memcpy(m.text + sizeof m.text - 4, "...", 4);
	/* write(2) in place of wire_send(), because the filter may forbid sendmsg(2) */
	sent = wire_check(&m) == 0 ? write(keeper, &m, sizeof m) : -1;
	(void)sent; /* if the keeper is gone, the session ends anyway */
	add(line, sizeof line, "refused: ");
	add(line, sizeof line, log_quote(command, quoted, sizeof quoted));
	add(line, sizeof line, ": ");
	add(line, sizeof line, why);
	add(line, sizeof line, "; allowed here: ");
	for (const char *l = NULL; (l = plan_next(login, login->set.allow_commands, l)) != NULL;) {
		add(line, sizeof line, before);
		add(line, sizeof line, l);
		before = ", ";
	}
	if (before[0] == '\0')
		add(line, sizeof line, "the forced command");
	complain(line, "");
	return EXIT_REFUSED;
}

char commands_room[COMMANDS_ROOM];

static int refuse_words(const struct plan_login *login, int keeper, char *const *argv, int argc,
			const char *why)
{
	command_text(argv, argc, commands_room, sizeof commands_room);
	return refuse(login, keeper, commands_room, why);
}

static int match(const struct plan_login *login, char *const *argv, int argc,
		 struct command_match *m)
{
	memset(m, 0, sizeof *m);
	if (login->set.allow_commands.len == 0) {
		m->name = argv[0]; /* only Command=, whose words are the administrator's */
		return 1;
	}
	for (const char *l = NULL; (l = plan_next(login, login->set.allow_commands, l)) != NULL;)
		if (command_match(l, argc, argv, m))
			return 1;
	return 0;
}

/* @r: 0 if @program was found */
static int execute(int keeper, const char *name, const char *program, int r, char **argv,
		   const char **env)
{
	union {
		const char **from;
		char *const *to;
	} envp = { .from = env }; /* execve(2) changes neither */
	struct child_fail f = { 0 };

	if (r == 0) {
		(void)execve(program, argv, envp.to);
		r = -errno;
	}
	(void)fail_set(&f, STEP_EXEC, r, 0);
	join_fail(keeper, &f);
	complain(name, r == -ENOENT ? ": command not found" : ": cannot be started");
	return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_REFUSED;
}

static char program[PATH_MAX];
static char *words[COMMAND_WORDS_MAX];

/* Runs the @argc words in @words if the rule admits them. */
static int run_words(const struct plan_login *login, int keeper, int argc, const char **env,
		     size_t max, const char *original)
{
	struct command_match m;
	const char *why = "";

	if (!match(login, words, argc, &m))
		return refuse_words(login, keeper, words, argc, m.why != NULL ? m.why : why_pattern);
	if (m.flags & COMMAND_SECLUDED) {
		const int all = secluded_read(words, argc, &why);

		if (all < 0)
			return refuse_words(login, keeper, words, argc, why);
		if (!match(login, words, all, &m))
			return refuse_words(login, keeper, words, all,
					    m.why != NULL ? m.why : why_pattern);
	}
	if (commands_env(login, env, max, m.flags, original) < 0)
		return refuse_words(login, keeper, words, argc, "the environment is too large");
	return execute(keeper, m.name, program, command_program(m.name, program), words, env);
}

static int run_line(const struct plan_login *login, int keeper, const char *line, const char **env,
		    size_t max, const char *original)
{
	static char buf[COMMAND_SIZE_MAX];
	const char *why = "";
	const int argc = command_split(line, plan_str(login, login->home), buf, sizeof buf, words,
				       COMMAND_WORDS_MAX, &why);

	return argc < 0 ? refuse(login, keeper, line, why) :
			  run_words(login, keeper, argc, env, max, original);
}

static const char *path_of(const char *const *env)
{
	for (; *env != NULL; env++)
		if (strncmp(*env, "PATH=", 5) == 0)
			return *env + 5;
	return NULL;
}

/* cordon run --as: the arguments are a program and its arguments, which no shell has seen. */
static int run_program(const struct plan_login *login, int keeper, char **argv, const char **env,
		       size_t max)
{
	const char *forced = plan_next(login, login->set.command, NULL);
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	if (argc == 0)
		return refuse(login, keeper, "", why_none);
	if (forced != NULL) {
		command_text(argv, argc, commands_room, sizeof commands_room);
		return run_line(login, keeper, forced, env, max, commands_room);
	}
	if (login->set.allow_commands.len != 0) {
		if (argc >= COMMAND_WORDS_MAX)
			return refuse_words(login, keeper, argv, argc,
					    "the command is too long; send fewer or shorter words");
		memcpy(words, argv, ((size_t)argc + 1) * sizeof *words);
		return run_words(login, keeper, argc, env, max, NULL);
	}
	return execute(keeper, argv[0], program,
		       exec_find(&(struct exec_spec){ .program = argv[0], .path = path_of(env) },
				 program),
		       argv, env);
}

/*
 * Is @line one that sshd itself starts by /bin/sh before the command: ~/.ssh/rc, sshrc or xauth? If the
 * login shell is sh, a command of the user comes by the same name, so only the words tell.
 */
static int sshd_own(const char *line)
{
	const size_t len = strlen(line);
	static const char *const ends[] = { "/.ssh/rc'", " .ssh/rc'", "/bin/sh /etc/ssh/sshrc",
					    "/xauth -q -" };

	for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (len >= strlen(ends[i]) && strcmp(line + len - strlen(ends[i]), ends[i]) == 0)
			return 1;
	return 0;
}

int commands_run(const struct plan_login *login, int keeper, char **argv, const char **env,
		 size_t max)
{
	const char *forced = plan_next(login, login->set.command, NULL);
	const char *asked = NULL;
	const char *shell = plan_str(login, login->shell);
	const int as_sh = strcmp(text_base(argv[0] + (argv[0][0] == '-')), "sh") == 0 &&
			  shell != NULL && strcmp(text_base(shell), "sh") != 0;

	if (login->flags & LOGIN_PROGRAM)
		return run_program(login, keeper, argv + 1, env, max);
	if (argv[1] != NULL && strcmp(argv[1], "-c") == 0 && argv[2] != NULL && argv[3] == NULL)
		asked = argv[2];
	if (forced != NULL) {
		if (as_sh || (asked != NULL && sshd_own(asked)))
			return refuse(login, keeper, asked != NULL ? asked : "", why_own);
		return run_line(login, keeper, forced, env, max, asked);
	}
	if (shell_allowed(login) && (as_sh || argv[1] == NULL))
		return COMMANDS_SHELL;
	if (argv[1] == NULL)
		return refuse(login, keeper, "", why_none);
	if (asked == NULL)
		return refuse(login, keeper, argv[1], why_odd);
	return run_line(login, keeper, asked, env, max, NULL);
}
