/* SPDX-License-Identifier: Apache-2.0 */
/* commands_env.c - make the environment of a program that AllowCommands= or Command= starts */
#include "cordonsh.h"

#include "command/match.h"
#include "command/split.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

/*
 * Such a program gets only these variables of the login. A client can choose all others (SendEnv,
 * ~/.ssh/environment): locales, pagers, paths, GIT_* and RSYNC_*, which make programs run other
 * programs (CVE-2012-3478, CVE-2014-0475, CVE-2019-3464).
 */
static const char *const kept[] = { "MAIL",	     "TERM",
				    "SSH_CLIENT",    "SSH_CONNECTION",
				    "SSH_TTY",	     "SSH_AUTH_SOCK",
				    "SSH_USER_AUTH", "SSH_ORIGINAL_COMMAND" };

/* Room for a variable that the account decides. */
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

/* Does PassEnvironment= pass the variable by its name, or by a glob other than "*"? */
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
		return 0; /* a path to a terminal description that the client wrote */
	for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (name_is(var, kept[i]))
			return 1;
	return 0;
}

static const char *own_set(struct own *o, const char *name, const char *value)
{
	const size_t len = strlen(name);

	if (value == NULL || len + strlen(value) >= sizeof o->text)
		value = ""; /* no account has such long values */
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
	/* zero, so it takes no room in the file */
	static char asked[sizeof name + COMMAND_SIZE_MAX];
	char *const asked_ssh = commands_room; /* shorter than the other */
	static struct own home, user, logname, shell;
	/* replaces what the login brought (su -m, ~/.ssh/environment), because programs obey files in HOME */
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
		if (!given(env, n, own[i])) /* the rule may set another value */
			env[n++] = own[i];
	if (original != NULL) {
		memcpy(asked, name, sizeof name);
		memcpy(asked + sizeof name - 1, original, strlen(original) + 1);
		env[n++] = asked;
		/* as sshd sets it for ForceCommand; the value that sshd itself set comes from the client */
		memcpy(asked_ssh, "SSH_", ssh);
		memcpy(asked_ssh + ssh, asked + prefix, strlen(asked + prefix) + 1);
		/* no command is refused from here on, so commands_room is free */
		if (!given(env, n, asked_ssh))
			env[n++] = asked_ssh;
	}
	env[n] = NULL;
	return 0;
}
