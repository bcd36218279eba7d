/* commands_env.c - the environment of a program that AllowCommands= or Command= starts */
#include "cordonsh.h"

#include "../core/base/command.h"
#include "../core/base/command_match.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

/*
 * All that such a program gets of what came with the login. The rest was chosen by the client
 * (SendEnv, ~/.ssh/environment): locales, pagers, paths, what GIT_*, RSYNC_* and their like make
 * programs run (CVE-2012-3478, CVE-2014-0475, CVE-2019-3464).
 */
static const char *const kept[] = { "HOME",	  "USER",	 "LOGNAME",	 "SHELL",
				    "MAIL",	  "TERM",	 "SSH_CLIENT",	 "SSH_CONNECTION",
				    "SSH_TTY",	  "SSH_AUTH_SOCK", "SSH_USER_AUTH",
				    "SSH_ORIGINAL_COMMAND" };

static int name_is(const char *var, const char *name)
{
	const size_t len = strlen(name);

	return strncmp(var, name, len) == 0 && var[len] == '=';
}

static int from_rule(const struct plan *plan, const char *var)
{
	const char *first = (const char *)plan;

	return var >= first && var < first + plan->size;
}

/* By a name of its own, or a glob of more than everything. */
static int passed(const struct plan *plan, const char *var)
{
	char name[256];
	const size_t len = strcspn(var, "=");

	if (len >= sizeof name)
		return 0;
	memcpy(name, var, len);
	name[len] = '\0';
	for (const char *glob = NULL;
	     (glob = plan_next(plan, plan->set.pass_environment, glob)) != NULL;)
		if (strcmp(glob, "*") != 0 && strcmp(name, "PATH") != 0 && fnmatch(glob, name, 0) == 0)
			return 1;
	return 0;
}

static int keep(const struct plan *plan, const char *var)
{
	if (from_rule(plan, var) || passed(plan, var))
		return 1;
	if (name_is(var, "TERM") && strchr(var, '/') != NULL)
		return 0; /* a path to a description of the client's own */
	for (unsigned i = 0; i < sizeof kept / sizeof kept[0]; i++)
		if (name_is(var, kept[i]))
			return 1;
	return 0;
}

int commands_env(const struct plan *plan, const char **env, size_t max, unsigned flags,
		 const char *original)
{
	static const char name[] = "CORDON_ORIGINAL_COMMAND=";
	static char asked[sizeof name + COMMAND_SIZE_MAX]; /* zero: no part of the file */
	size_t n = 0;
	int path = 0;

	for (const char **r = env; *r != NULL; r++) {
		if (!keep(plan, *r))
			continue;
		path = path || name_is(*r, "PATH");
		env[n++] = name_is(*r, "HOME") && (flags & COMMAND_HOME_ROOT) ? "HOME=/" : *r;
	}
	if (n + 3 > max || (original != NULL && strlen(original) >= COMMAND_SIZE_MAX))
		return -E2BIG;
	if (!path)
		env[n++] = "PATH=" COMMAND_PATH;
	if (original != NULL) {
		memcpy(asked, name, sizeof name);
		memcpy(asked + sizeof name - 1, original, strlen(original) + 1);
		env[n++] = asked;
	}
	env[n] = NULL;
	return 0;
}
