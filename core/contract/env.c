/* SPDX-License-Identifier: Apache-2.0 */
/* env.c - see env.h */
#include "contract/env.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

/*
 * Loaders, shells and interpreters obey these variables before the program itself runs. A user can
 * send them by ~/.ssh/environment, AcceptEnv and su -m (CVE-2014-6271, CVE-2015-8325, CVE-2023-4911).
 */
static const char *const dangerous[] = {
	"LD_*",
	"DYLD_*",
	"GLIBC_TUNABLES",
	"GCONV_PATH",
	"GETCONF_DIR",
	"HOSTALIASES",
	"LOCALDOMAIN",
	"LOCPATH",
	"MALLOC_TRACE",
	"NIS_PATH",
	"NLSPATH",
	"RESOLV_HOST_CONF",
	"RES_OPTIONS",
	"TMPDIR",
	"TZDIR",
	"BASH_ENV",
	"ENV",
	"BASH_FUNC_*",
	"SHELLOPTS",
	"BASHOPTS",
	"PS4",
	"IFS",
	"CDPATH",
	"GLOBIGNORE",
	"PROMPT_COMMAND",
	"PYTHON*",
	"PERL*",
	"RUBY*",
	"NODE_OPTIONS",
	"JAVA_TOOL_OPTIONS",
	"_JAVA_OPTIONS",
	"LUA_*",
	"GIT_*",
	"RSYNC_*",
	"ZDOTDIR",
	"TERMINFO",
	"TERMINFO_DIRS",
	"TERMCAP",
	"TERMPATH",
	"GIO_*",
};

/*
 * These variables name places below the host's /run/user, which no session has. The plan has the
 * XDG_RUNTIME_DIR of the session.
 */
static const char *const of_user[] = { "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS" };

/* The same for the host's /run. */
static const char *const of_run[] = { "DBUS_SYSTEM_BUS_ADDRESS" };

/* Every session needs these variables, so they pass whatever PassEnvironment= says. */
static const char *const always[] = { "HOME", "USER", "LOGNAME", "SHELL", "PATH", "TERM", "SSH_*" };

/* Does the name of @var, a string NAME=value, match @glob? */
static int named(const char *var, const char *glob)
{
	char name[256];
	const size_t len = strcspn(var, "=");

	if (len >= sizeof name)
		return -1; /* no variable's name is that long */
	if (glob[0] != var[0] && strchr("*?[\\", glob[0]) == NULL)
		return 0; /* the first letter settles most comparisons cheaply */
	memcpy(name, var, len);
	name[len] = '\0';
	return fnmatch(glob, name, 0) == 0;
}

static int in_table(const char *var, const char *const *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (named(var, table[i]) != 0)
			return 1;
	return 0;
}

static int in_list(const struct plan_login *login, struct span list, const char *var)
{
	for (const char *glob = NULL; (glob = plan_next(login, list, glob)) != NULL;)
		if (named(var, glob) == 1)
			return 1;
	return 0;
}

#define N(table) (sizeof(table) / sizeof(table)[0])

void env_clean(char **envp)
{
	char **w = envp;

	for (char **r = envp; *r != NULL; r++)
		if (strchr(*r, '=') != NULL && !in_table(*r, dangerous, N(dangerous)))
			*w++ = *r;
	*w = NULL;
}

/* Does the rule set the name of @var again after its own variable @set? With NULL: anywhere? */
static int set_later(const struct plan_login *login, const char *set, const char *var)
{
	const size_t len = strcspn(var, "=");

	while ((set = plan_next(login, login->set.environment, set)) != NULL)
		if (strcspn(set, "=") == len && strncmp(set, var, len) == 0)
			return 1;
	return 0;
}

/* In the caller view, SHELL is the path of cordonsh; in the session, it is the real shell. */
static const char *real_shell_var(const struct plan_login *login, const char *var)
{
	static char buf[4096 + 8];
	const char *shell = plan_str(login, login->shell);
	const char *base = strrchr(var, '/');

	if (strncmp(var, "SHELL=", 6) != 0 || base == NULL || strcmp(base, "/cordonsh") != 0 ||
	    shell == NULL || strlen(shell) >= sizeof buf - 6)
		return var;
	memcpy(buf, "SHELL=", 6);
	memcpy(buf + 6, shell, strlen(shell) + 1);
	return buf;
}

static int passes(const struct plan *plan, const struct plan_login *login, const char *var)
{
	if (in_table(var, of_user, N(of_user)) ||
	    (plan->set.private_run && in_table(var, of_run, N(of_run))))
		return 0;
	if (set_later(login, NULL, var) || in_list(login, login->set.unset_environment, var))
		return 0;
	return in_table(var, always, N(always)) || in_list(login, login->set.pass_environment, var);
}

int env_build(const struct plan *plan, const struct plan_login *login, char **envp,
	      const char **out, size_t max)
{
	size_t n = 0;

	for (; *envp != NULL; envp++) {
		if (!passes(plan, login, *envp))
			continue;
		if (n + 1 >= max)
			return -E2BIG;
		out[n++] = real_shell_var(login, *envp);
	}
	for (const char *set = NULL; (set = plan_next(login, login->set.environment, set)) != NULL;) {
		if (in_list(login, login->set.unset_environment, set) || set_later(login, set, set))
			continue;
		if (n + 1 >= max)
			return -E2BIG;
		out[n++] = set;
	}
	out[n] = NULL;
	return 0;
}
