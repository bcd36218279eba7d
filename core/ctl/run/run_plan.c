/* SPDX-License-Identifier: Apache-2.0 */
/* run_plan.c - make the plan, the environment and the working directory from the settings */
#include "ctl/run/run.h"

#include "base/sys.h"
#include "contract/env.h"
#include "contract/words.h"
#include "policy/compile/compile.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

/* Refuses a limit by its name, because the error of the kernel has no name. */
static int limits_possible(const struct run *r, struct err *e)
{
	static const struct {
		const char *name;
		int resource;
		size_t at;
	} limits[] = {
#define LIMIT(RESOURCE, field, type, def, help) \
	{ "Limit" #RESOURCE, RLIMIT_##RESOURCE, offsetof(struct settings, limit_##field) },
#include "limits.def"
#undef LIMIT
	};
	const int may_raise = run_has_cap(CAP_SYS_RESOURCE);

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const struct set_pair *p = (const void *)((const char *)&r->set + limits[i].at);
		uint64_t now[2];

		if (!p->given || p->from.file == NULL || sys_getrlimit(limits[i].resource, now) < 0)
			continue;
		if (!may_raise && now[1] != RLIM_INFINITY && p->hard > now[1])
			return err_at(
				e, p->from.file, p->from.line, -EPERM,
				"%s=: exceeds %llu, the hard limit of the caller; write a lower value, or run as root",
				limits[i].name, (unsigned long long)now[1]);
	}
	return 0;
}

const char *run_env_value(char *const *env, const char *name)
{
	const size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

/* Puts @var in place of another value of the variable, or at the end of the @n variables. */
static size_t env_put(const char **env, size_t n, const char *var)
{
	const size_t len = strcspn(var, "=") + 1;

	for (size_t i = 0; i < n; i++)
		if (strncmp(env[i], var, len) == 0) {
			env[i] = var;
			return n;
		}
	env[n] = var;
	return n + 1;
}

size_t run_env_put(const char **env, size_t n, const char *name, const char *value)
{
	char *var = NULL;

	return asprintf(&var, "%s=%s", name, value) < 0 ? n : env_put(env, n, var);
}

/* Without a value, the variable is that of the caller: a command line is no place for secrets. */
int run_env_given(const struct run_options *o, const char **env, size_t n, struct err *e)
{
	for (unsigned i = 0; i < o->env.n; i++) {
		const char *const var = o->env.item[i];
		const char *value = NULL;

		if (var[0] == '=' || var[0] == '\0')
			return err_set(e, -EINVAL,
				       "--env: invalid variable '%s'; write NAME=VALUE or NAME",
				       var);
		if (strchr(var, '=') != NULL) {
			n = env_put(env, n, var);
			continue;
		}
		value = run_env_value(environ, var);
		if (value == NULL)
			return err_set(e, -ENOENT,
				       "--env: '%s' is not set, or not passed on; write %s=VALUE",
				       var, var);
		n = run_env_put(env, n, var, value);
	}
	env[n] = NULL;
	return 0;
}

/* Merges the caller's variables, without dangerous ones, then the rule's, then the command line's. */
static int environment(struct run *r, struct err *e)
{
	const struct plan_login *l = r->login_plan;
	static char *none[] = { NULL };
	char **from = r->o.clear_env ? none : environ;
	const char **env;
	size_t n = 0;
	int got;

	env_clean(from);
	while (from[n] != NULL)
		n++;
	for (const char *s = NULL; (s = plan_next(l, l->set.environment, s)) != NULL;)
		n++;
	env = calloc(n + r->o.env.n + 8, sizeof *env);
	if (env == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	got = env_build(r->plan, l, from, env, n + 1);
	if (got < 0)
		return err_set(e, got,
			       "the environment is too large; add --clear-env, or unset variables");
	for (n = 0; env[n] != NULL;)
		n++;
	if (r->o.user != NULL && !r->o.clear_env) {
		n = run_env_put(env, n, "HOME", r->facts.home);
		n = run_env_put(env, n, "USER", r->facts.login.user);
		n = run_env_put(env, n, "LOGNAME", r->facts.login.user);
		n = run_env_put(env, n, "SHELL", r->facts.shell);
	}
	got = run_env_given(&r->o, env, n, e);
	if (got < 0)
		return got;
	r->spec.envp = (char *const *)(void *)env; /* execve(2) does not change the strings */
	r->spec.path = run_env_value(r->spec.envp, "PATH");
	return 0;
}

/* A program in an unexpected directory is dangerous ("rm -r build"), so a missing one is an error. */
static int directory(struct run *r, struct err *e)
{
	r->spec.cwd = NULL;
	if (r->set.working_directory.n > 0) {
		const char *dir = r->set.working_directory.items[0].text;

		/* with "-", a missing directory becomes "/", as in systemd.exec(5) */
		r->spec.or_root = dir[0] == '-';
		r->spec.cwd = dir + r->spec.or_root;
		return 0;
	}
	r->spec.or_root = r->login;
	if (r->set.root_directory.n > 0) {
		r->spec.cwd = "/";
		return 0;
	}
	if (r->login && (getcwd(r->cwd, sizeof r->cwd) == NULL || r->cwd[0] != '/'))
		memcpy(r->cwd, "/", 2); /* "(unreachable)": the directory is not in the session */
	else if (getcwd(r->cwd, sizeof r->cwd) == NULL || r->cwd[0] != '/')
		return err_set(e, errno != 0 ? -errno : -ENOENT,
			       "the current directory has no path here; add --chdir DIR");
	r->spec.cwd = r->cwd;
	return 0;
}

/* Removes the directory that only logins need, on a host whose /run is visible. */
static void without_session_dir(struct run *r)
{
	struct plan *p = r->plan;
	struct view_op *op = (struct view_op *)(void *)((char *)p + p->view.off);
	const size_t n = p->view.len / sizeof *op;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const char *target = plan_str(p, op[i].target);

		if (target == NULL || strncmp(target, "/run/cordon", 11) != 0)
			op[kept++] = op[i];
	}
	p->view.len = (uint32_t)(kept * sizeof *op);
}

int run_plan(struct run *r, struct err *e)
{
	struct plan_login *l;
	struct plan *p;
	int got = limits_possible(r, e);

	if (got == 0)
		got = plan_compile(&r->set, &r->facts, &r->plan, e);
	if (got == 0)
		got = plan_login_compile(&r->set, &r->facts, "", &r->login_plan, e);
	if (got < 0)
		return got;
	p = r->plan;
	l = r->login_plan;
	if (!r->set.private_run.v && access("/run/cordon", F_OK) < 0)
		without_session_dir(r);
	p->clone_flags = r->ns & ~(uint64_t)CLONE_NEWUSER;
	got = run_maps(r, e);
	if (got < 0)
		return got;
	if (r->facts.n_groups == 0)
		p->view_groups = l->groups = (struct span){ 0 };
	l->flags |= r->privileged && !(r->spec.uid_map != NULL && r->spec.deny_groups) ?
			    LOGIN_SET_GROUPS :
			    0u;
	p->flags |= !r->privileged && r->spec.uid_map == NULL ? PLAN_NO_CAPS : 0u;
	p->flags |= !r->privileged ? PLAN_USER_VIEW : 0u;
	if (!r->privileged && r->set.no_exec_paths.from.file != NULL && r->set.no_exec_paths.n > 0)
		return err_at(
			e, r->set.no_exec_paths.from.file, r->set.no_exec_paths.from.line, -EPERM,
			"NoExecPaths=: requires root, because only root may set vm.memfd_noexec; remove NoExecPaths=");
	if (p->flags & PLAN_NO_CAPS && r->set.capability_bounding_set.from.file != NULL)
		return err_at(
			e, r->set.capability_bounding_set.from.file,
			r->set.capability_bounding_set.from.line, -EPERM,
			"CapabilityBoundingSet=: requires root or a user namespace; add user to --namespaces");
	if (plan_check(p, p->head.size) < 0 || plan_login_check(l, l->head.size) < 0)
		return err_set(
			e, -EPROTO,
			"the plan is inconsistent; this is a defect of cordon, please report it");
	r->spec.plan = p;
	r->spec.login = l;
	r->spec.privileged = r->privileged;
	r->spec.argv = r->o.argv;
	r->spec.program = r->program != NULL ? r->program : r->o.argv[0];
	if (!(r->ns & CLONE_NEWNS) && r->set.root_directory.n > 0)
		r->spec.chroot = r->set.root_directory.items[0].text;
	r->spec.trace = r->o.name_call;
	if (r->o.name_call && !(r->ns & CLONE_NEWPID))
		return err_set(e, -EINVAL,
			       "--name-call: requires a pid namespace; add pid to --namespaces");
	if (r->o.why && (!(r->ns & CLONE_NEWPID) || r->o.name_call))
		return err_set(e, -EINVAL, "--why: %s",
			       r->o.name_call ? "names the calls as well; remove --name-call" :
						"requires a pid namespace; add pid to --namespaces");
	got = environment(r, e);
	return got < 0 ? got : directory(r, e);
}
