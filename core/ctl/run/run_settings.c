/* SPDX-License-Identifier: Apache-2.0 */
/* run_settings.c - merge profiles, a rule and the settings of the command line, as for a login */
#include "ctl/run/run.h"

#include "base/cleanup.h"
#include "contract/words.h"
#include "policy/rules/foreign.h"
#include "policy/rules/match.h"
#include "policy/settings/env_file.h"
#include "policy/settings/namespaces.h"
#include "policy/text/trust.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int merge(struct run *r, struct rule *rule, struct err *e)
{
	struct diag d = { 0 };
	const int got = policy_merge_more(&r->paths, rule, &r->rules, &r->set, &d);

	if (got < 0)
		*e = d.first;
	diag_free(&d);
	return got;
}

static int merge_profiles(struct run *r, struct err *e)
{
	for (unsigned i = 0; i < r->o.profile.n; i++) {
		struct diag d = { 0 };
		const int got = policy_merge_profile(&r->paths, r->o.profile.item[i], "--profile",
						     &r->rules, &r->set, &d);

		if (got < 0)
			*e = d.first;
		diag_free(&d);
		if (got < 0)
			return got;
	}
	return 0;
}

/* Reports an error that belongs to no line with the path on the command line. */
static int rule_error(const char *path, int code, struct err *e)
{
	const char remedy[] = "give the path of a rule, such as /etc/cordon/rules.d/50-guests.conf";
	char msg[sizeof e->msg];

	if (e->line != 0)
		return code;
	(void)snprintf(msg, sizeof msg, "%s", e->code != 0 ? e->msg : strerror(-code)); /* fits */
	if (strchr(msg, ';') != NULL)
		return err_at(e, "--rule", 0, code, "%s: %s", path, msg);
	return err_at(e, "--rule", 0, code, "%s: %s; %s", path, msg, remedy);
}

/* The file must lie in a directory that only its owner or root can write to, as for all rules. */
static int merge_rule_file(struct run *r, struct err *e)
{
	struct policy_paths own = r->paths;
	struct rule rule = { 0 };
	const char *slash, *path = r->o.rule;
	char dir[PATH_MAX], real[PATH_MAX];
	struct policy_name name;
	struct stat st;
	int got;

	if (path == NULL)
		return 0;
	slash = strrchr(path, '/');
	if (strlen(path) >= sizeof dir)
		return err_set(e, -ENAMETOOLONG, "--rule: the path is too long; give another path");
	if (path[0] == '\0')
		return err_set(e, -EINVAL, "--rule: the path is empty; give the path of a rule");
	(void)snprintf(dir, sizeof dir, "%.*s",
		       slash == NULL ? 1 :
		       slash == path ? 1 :
				       (int)(slash - path),
		       slash == NULL ? "." : path); /* fits */
	if (realpath(dir, real) == NULL || stat(real, &st) < 0)
		return rule_error(path, -errno, e);
	name = (struct policy_name){ .name = strdup(slash != NULL ? slash + 1 : path) };
	own.rules_etc = real;
	own.files = NULL;
	if (!r->privileged && st.st_uid == getuid()) { /* one's own */
		own.root = real;
		own.rules_etc = "";
		own.owner = st.st_uid;
	}
	got = name.name == NULL ? -ENOMEM : policy_load(&own, &name, 0, &rule, e);
	free(name.name);
	if (got == 0)
		return err_at(e, "--rule", 0, -ENOENT, "%s: is masked; give another rule", path);
	if (got < 0)
		return rule_error(path, got, e);
	return merge(r, &rule, e);
}

/* Assigns one option, like one line of a file. @number counts options of the same name. */
static int assign(struct run *r, const char *name, const char *value, const char *option,
		  unsigned number, struct err *e)
{
	const struct setting *row = settings_find(name);
	cleanup_free char *copy = strdup(value);
	struct diag d = { 0 };
	int got;

	if (copy == NULL)
		return err_set(e, -ENOMEM, "out of memory");
	if (row == NULL) {
		struct err why = { 0 };

		if (match_key(name) >= 0)
			return err_at(e, option, number, -EINVAL,
				      "%s=: applies only to logins; remove it", name);
		(void)foreign_unknown(name, &why); /* the code is known to be -EINVAL */
		return err_at(e, option, number, -EINVAL, "%s", why.msg);
	}
	if (row->run == IN_RUN_LOGIN) {
		return err_at(e, option, number, -EINVAL, "%s=: applies only to logins; remove it",
			      name);
	}
	got = settings_assign(&r->set, row, copy, option, number, &d); /* the values are copied */
	if (got < 0)
		*e = d.first;
	diag_free(&d);
	return got;
}

/* Quotes a path of the command line, in which blanks, quotes and specifiers have no meaning. */
static int assign_path(struct run *r, const char *name, const char *path, const char *option,
		       struct err *e)
{
	char quoted[3 * PATH_MAX] = "\"";
	size_t at = 1;

	if (path[0] != '/') { /* seen from here */
		char cwd[PATH_MAX];

		if (getcwd(cwd, sizeof cwd) == NULL)
			return err_at(e, option, 0, -errno, "'%s': %s", path, strerror(errno));
		at += (size_t)snprintf(quoted + at, PATH_MAX + 2, "%s/", cwd);
	}
	if (strlen(path) >= PATH_MAX)
		return err_at(e, option, 0, -ENAMETOOLONG, "the path is too long");
	for (; *path != '\0'; path++) {
		if (*path == '"' || *path == '\\')
			quoted[at++] = '\\';
		if (*path == '%')
			quoted[at++] = '%';
		quoted[at++] = *path;
	}
	memcpy(quoted + at, "\"", 2);
	return assign(r, name, quoted, option, 0, e);
}

static int assign_root(struct run *r, struct err *e)
{
	struct stat st;
	const int err = stat(r->o.root, &st) < 0 ? errno : S_ISDIR(st.st_mode) ? 0 : ENOTDIR;

	if (err == ENOENT || err == ENOTDIR)
		return err_at(e, "--root", 0, -err, "%s: %s; give a directory", r->o.root,
			      strerror(err));
	return assign_path(r, "RootDirectory", r->o.root, "--root", e);
}

static int merge_sets(struct run *r, struct err *e)
{
	int got = 0;

	for (unsigned i = 0; got == 0 && i < r->o.set.n; i++) {
		const char *equals = strchr(r->o.set.item[i], '=');
		char name[64];

		if (equals == NULL || (size_t)(equals - r->o.set.item[i]) >= sizeof name)
			return err_set(e, -EINVAL,
				       "--set: invalid setting '%s'; write DIRECTIVE=VALUE",
				       r->o.set.item[i]);
		memcpy(name, r->o.set.item[i], (size_t)(equals - r->o.set.item[i]));
		name[equals - r->o.set.item[i]] = '\0';
		got = assign(r, name, equals + 1, "--set", i + 1, e);
	}
	if (got == 0 && r->o.root != NULL)
		got = assign_root(r, e);
	if (got == 0 && r->o.chdir != NULL)
		got = assign_path(r, "WorkingDirectory", r->o.chdir, "--chdir", e);
	return got;
}

/* --namespaces sets the directives of all eight kinds. */
static int namespaces(struct run *r, struct err *e)
{
	char words[256], *save = NULL;

	r->ns = namespaces_wanted(&r->set);
	if (r->o.namespaces == NULL)
		return 0;
	r->ns = 0;
	if (strlen(r->o.namespaces) >= sizeof words)
		return err_set(e, -EINVAL,
			       "--namespaces: the list is too long; write each word once");
	memcpy(words, r->o.namespaces, strlen(r->o.namespaces) + 1);
	for (char *w = strtok_r(words, ", ", &save); w != NULL; w = strtok_r(NULL, ", ", &save)) {
		unsigned i = 0;

		while (i < NS_N && strcmp(w, ns_row(i)->word) != 0)
			i++;
		if (i == NS_N && strcmp(w, "none") != 0)
			return err_set(e, -EINVAL,
				       "--namespaces: invalid kind '%s'; expected some of%s, or none",
				       w, ns_words);
		r->ns |= i < NS_N ? ns_row(i)->flag : 0;
	}
	namespaces_take(&r->set, r->ns);
	return 0;
}

/* A list that was emptied asks for nothing. */
static bool is_empty(const struct run *r, const struct setting *row)
{
	char value[8];

	(void)settings_print(&r->set, row, value, sizeof value); /* cut: only its length counts */
	return value[0] == '\0';
}

static int refused(const struct run *r, const struct setting *row, const struct origin *o,
		   struct err *e)
{
	if (r->login)
		return err_at(e, o->file, o->line, -EOPNOTSUPP,
			      "%s=: is not possible without PAM and root; remove it", row->name);
	if (row->append && strncmp(o->file, "--", 2) != 0)
		return err_at(e, o->file, o->line, -EOPNOTSUPP,
			      "%s=: is not possible in cordon run; to leave it out, add --set %s=",
			      row->name, row->name);
	return err_at(e, o->file, o->line, -EOPNOTSUPP,
		      "%s=: is not possible in cordon run; remove it", row->name);
}

/* Refuses a directive that cannot be enforced here by its name. None is ignored. */
static int possible(const struct run *r, struct err *e)
{
	size_t n;
	const struct setting *row = settings_table(&n);

	for (size_t i = 0; i < n; i++, row++) {
		const struct origin o = settings_origin(&r->set, row);

		if (o.file == NULL)
			continue;
		if (row->run == IN_RUN_REFUSED && !is_empty(r, row))
			return refused(r, row, &o, e);
		if (row->run == IN_RUN_VIEW && !(r->ns & CLONE_NEWNS))
			return err_at(e, o.file, o.line, -EINVAL,
				      "%s=: requires a mount namespace; add mnt to --namespaces",
				      row->name);
	}
	if (r->set.action.v != ACTION_CONFINE)
		return err_at(e, r->set.action.from.file, r->set.action.from.line, -EPERM,
			      "Action=: the rule does not confine; give a rule with Action=confine");
	return 0;
}

int run_possible(struct run *r, struct err *e)
{
	const int got = namespaces(r, e);

	return got == 0 ? possible(r, e) : got;
}

int run_settings(struct run *r, struct err *e)
{
	int got = settings_init(&r->set);

	if (got < 0)
		return err_set(e, got, "out of memory");
	got = merge_profiles(r, e);
	if (got == 0)
		got = merge_rule_file(r, e);
	if (got == 0)
		got = merge_sets(r, e);
	if (got == 0)
		got = settings_expand(&r->set, &r->facts, e);
	if (got == 0)
		got = env_files_read(&r->set, r->paths.root,
				     r->privileged ? r->paths.owner : getuid(), true, e);
	return got == 0 ? run_possible(r, e) : got;
}
