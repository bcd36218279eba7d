/* SPDX-License-Identifier: Apache-2.0 */
/* commands_env.c - the environment of a program that AllowCommands= or Command= starts */
#include "cordonsh.h"

#include "command/match.h"
#include "command/split.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

/*
 * All that such a program gets of what came with the login. The rest was chosen by the client
 * (SendEnv, ~/.ssh/environment): locales, pagers, paths, what GIT_*, RSYNC_* and their like make
 * programs run (CVE-2012-3478, CVE-2014-0475, CVE-2019-3464).
 */
static const char *const kept[] = { "MAIL",	     "TERM",
				    "SSH_CLIENT",    "SSH_CONNECTION",
				    "SSH_TTY",	     "SSH_AUTH_SOCK",
				    "SSH_USER_AUTH", "SSH_ORIGINAL_COMMAND" };

/* Room for a variable of the account's own. */
struct own {
	char text[PATH_MAX + 16];
};

static int name_is(const char *var, const char *name)
{
	const size_t len = strlen(name);

	return strncmp(var, name, len) == 0 && var[len] == '=';
}

static int from_rule(const struct plan_login *login, const char *var)
{
	const char *first = (const char *)login;

	return var >= first && var < first + login->head.size;
}

/* By a name of its own, or a glob of more than everything. */
static int passed(const struct plan_login *login, const char *var)
{
	char name[256];
	const size_t len = strcspn(var, "=");

	if (len >= sizeof name)
		return 0;
	memcpy(name, var, len);
	name[len] = '\0';
	if (strcmp(name, "PATH") == 0 || strcmp(name, "HOME") == 0)
		return 0;
	for (const char *glob = NULL;
	     (glob = plan_next(login, login->set.pass_environment, glob)) != NULL;)
		if (strcmp(glob, "*") != 0 && fnmatch(glob, name, 0) == 0)
			return 1;
	return 0;
}

static int keep(const struct plan_login *login, const char *var)
{
	if (from_rule(login, var) || passed(login, var))
		return 1;
	if (name_is(var, "TERM") && strchr(var, '/') != NULL)
		return 0; /* a path to a description of the client's own */
	for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (name_is(var, kept[i]))
			return 1;
	return 0;
}

static const char *own_set(struct own *o, const char *name, const char *value)
{
	const size_t len = strlen(name);

	if (value == NULL || len + strlen(value) >= sizeof o->text)
		value = ""; /* no account is like that */
	memcpy(o->text, name, len);
	memcpy(o->text + len, value, strlen(value) + 1);
	return o->text;
}

static int given(const char **env, size_t n, const char *var)
{
	const size_t len = strcspn(var, "=");

	for (size_t i = 0; i < n; i++)
		if (strncmp(env[i], var, len + 1) == 0)
			return 1;
	return 0;
}

int commands_env(const struct plan_login *login, const char **env, size_t max, unsigned flags,
		 const char *original)
{
	static const char name[] = "CORDON_ORIGINAL_COMMAND=";
	static const size_t prefix = sizeof "CORDON_" - 1, ssh = sizeof "SSH_" - 1;
	static char asked[sizeof name + COMMAND_SIZE_MAX]; /* zero: no part of the file */
	char *const asked_ssh = commands_room;		   /* shorter than the other */
	static struct own home, user, logname, shell;
	/* whatever came of these (su -m, ~/.ssh/environment): programs obey what they find in HOME */
	const char *const own[] = {
		own_set(&home,
			"HOME=", flags & COMMAND_HOME_ROOT ? "/" : plan_str(login, login->home)),
		own_set(&user, "USER=", plan_str(login, login->user)),
		own_set(&logname, "LOGNAME=", plan_str(login, login->user)),
		own_set(&shell, "SHELL=", plan_str(login, login->shell)),
		"PATH=" COMMAND_PATH,
	};
	size_t n = 0;

	for (const char **r = env; *r != NULL; r++)
		if (keep(login, *r) && !((flags & COMMAND_HOME_ROOT) && name_is(*r, "HOME")))
			env[n++] = *r;
	if (n + sizeof own / sizeof own[0] + 3 > max ||
	    (original != NULL && strlen(original) >= COMMAND_SIZE_MAX))
		return -E2BIG;
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (!given(env, n, own[i])) /* the rule may say otherwise */
			env[n++] = own[i];
	if (original != NULL) {
		memcpy(asked, name, sizeof name);
		memcpy(asked + sizeof name - 1, original, strlen(original) + 1);
		env[n++] = asked;
		/* as sshd has it for ForceCommand; what sshd put there because of one is the client's own */
		memcpy(asked_ssh, "SSH_", ssh);
		memcpy(asked_ssh + ssh, asked + prefix, strlen(asked + prefix) + 1);
		if (!given(env, n, asked_ssh)) /* nothing is refused any more */
			env[n++] = asked_ssh;
	}
	env[n] = NULL;
	return 0;
}
