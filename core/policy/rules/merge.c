/* SPDX-License-Identifier: Apache-2.0 */
/* merge.c - find rules and profiles, and merge a rule with the profiles that it includes */
#include "base/near.h"
#include "policy/rules/decide.h"
#include "policy/rules/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void policy_paths_default(struct policy_paths *ret)
{
	*ret = (struct policy_paths){
		.root = "",
		.rules_etc = CORDON_SYSCONFDIR "/rules.d",
		.rules_vendor = CORDON_VENDORDIR "/rules.d",
		.profiles_etc = CORDON_SYSCONFDIR "/profiles",
		.profiles_vendor = CORDON_DATADIR "/profiles",
	};
}

/* ---- the files ---- */

int policy_names(const struct policy_paths *paths, struct policy_name **ret, size_t *ret_n,
		 struct err *e)
{
	struct policy_files own = { 0 };
	const int r = files_names(paths->files != NULL ? paths->files : &own, paths, DIR_RULES_ETC,
				  ret, ret_n, e);

	files_close(&own);
	if (r == -ENOENT && e->code == 0)
		return err_at(
			e, paths->rules_etc, 0, r,
			"directory does not exist%s%s; create it (an empty directory confines nobody)",
			paths->root[0] != '\0' ? " below " : "", paths->root);
	return r;
}

int policy_profiles(const struct policy_paths *paths, struct policy_name **ret, size_t *ret_n,
		    struct err *e)
{
	struct policy_files own = { 0 };
	const int r = files_names(&own, paths, DIR_PROFILES_ETC, ret, ret_n, e);

	files_close(&own);
	if (r == -ENOENT && e->code == 0) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	return r;
}

static int load_file(const struct policy_paths *paths, enum files_dir dir, const char *name,
		     size_t max, struct rule *ret, struct err *e)
{
	struct policy_files own = { 0 };
	const int r = files_load(paths->files != NULL ? paths->files : &own, paths, dir, name, max,
				 ret, e);

	files_close(&own);
	return r;
}

int policy_load(const struct policy_paths *paths, const struct policy_name *name, size_t max,
		struct rule *ret, struct err *e)
{
	return load_file(paths, name->vendor ? DIR_RULES_VENDOR : DIR_RULES_ETC, name->name, max,
			 ret, e);
}

int policy_load_profile(const struct policy_paths *paths, const struct policy_name *name,
			size_t max, struct rule *ret, struct err *e)
{
	return load_file(paths, name->vendor ? DIR_PROFILES_VENDOR : DIR_PROFILES_ETC, name->name,
			 max, ret, e);
}

/* ---- profiles ---- */

enum { PROFILE_DEPTH_MAX = 16 };

void rule_set_free(struct rule_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		rule_free(&set->rules[i]);
	free(set->rules);
	*set = (struct rule_set){ 0 };
}

/* There is no profile @name: which one is near? Names have ".conf" at their end. */
static int no_profile(const struct policy_paths *paths, const char *name, struct err *e)
{
	struct policy_name *names = NULL;
	struct err ignored = { 0 }; /* who cannot list the directory gets no name */
	struct near near;
	size_t n = 0;

	near_start(&near, name);
	if (policy_profiles(paths, &names, &n, &ignored) < 0)
		n = 0;
	for (size_t i = 0; i < n; i++) {
		names[i].name[strlen(names[i].name) - strlen(".conf")] = '\0';
		near_try(&near, names[i].name);
	}
	if (near.best != NULL)
		err_set(e, -ENOENT, "profile '%s' does not exist; did you mean '%s'?", name,
			near.best);
	else
		err_set(e, -ENOENT,
			"profile '%s' does not exist; correct the name, or create %s/%s.conf", name,
			paths->profiles_etc, name);
	policy_names_free(names, n);
	return -ENOENT;
}

int policy_find_profile(const struct policy_paths *paths, const char *name, size_t max,
			struct rule *ret, struct err *e)
{
	char file[300];

	if (strchr(name, '/') != NULL || name[0] == '.' || strlen(name) > 128)
		return err_set(
			e, -EINVAL,
			"invalid profile name '%s'; write the name without directory and '.conf'",
			name);
	(void)snprintf(file, sizeof file, "%s.conf", name); /* fits */
	for (enum files_dir dir = DIR_PROFILES_ETC; dir <= DIR_PROFILES_VENDOR; dir++) {
		const int r = load_file(paths, dir, file, max, ret, e);

		if (r == 0)
			return err_set(
				e, -ENOENT,
				"profile '%s' is masked; remove the mask, or remove the name from Profile=",
				name);
		if (r != -ENOENT || e->code != 0)
			return r;
	}
	if (name[0] == '@')
		return err_set(
			e, -ENOENT,
			"'%s' is not a profile; for a group of system calls write SystemCallFilter=%s",
			name, name);
	if (strlen(name) > 5 && strcmp(name + strlen(name) - 5, ".conf") == 0)
		return err_set(e, -ENOENT,
			       "profile '%s' does not exist; write its name without '.conf'", name);
	return no_profile(paths, name, e);
}

struct merge {
	const struct policy_paths *paths;
	struct rule_set *set;
	struct settings *settings;
	struct diag *d;
	const char *open[PROFILE_DEPTH_MAX];
	unsigned depth;
};

static int merge_rule(struct merge *m, struct rule *rule);

/* @line: 0: an option names the profile, and no line of a file does */
static int merge_profile(struct merge *m, const char *name, const char *file, unsigned line)
{
	struct rule *rules;
	struct err e = { 0 };
	int r;

	for (unsigned i = 0; i < m->depth; i++)
		if (strcmp(m->open[i], name) == 0)
			return diag_add(
				m->d, file, line, -ELOOP,
				"Profile=: profile '%s' includes itself; remove one of the Profile= lines",
				name);
	if (m->depth == PROFILE_DEPTH_MAX)
		return diag_add(m->d, file, line, -ELOOP,
				"Profile=: profiles are nested more than %d deep; merge some of them",
				PROFILE_DEPTH_MAX);
	rules = realloc(m->set->rules, (m->set->n + 1) * sizeof *rules);
	if (rules == NULL)
		return diag_add(m->d, file, line, -ENOMEM, "out of memory");
	m->set->rules = rules;
	r = policy_find_profile(m->paths, name, m->d->max, &rules[m->set->n], &e);
	if (r < 0) {
		if (e.file[0] != '\0')
			return diag_err(m->d, &e);
		return diag_add(m->d, file, line, r, "%s%s", line != 0 ? "Profile=: " : "", e.msg);
	}
	m->set->n++;
	m->open[m->depth++] = name;
	r = merge_rule(m, &m->set->rules[m->set->n - 1]);
	m->depth--;
	return r;
}

/* Merge the profiles that the Profile= lines of @own name, from first to last. */
static int merge_profiles(struct merge *m, const struct rule *own)
{
	struct settings names = { 0 };
	const struct set_list *l = &names.profile;
	int first = 0, r;

	for (size_t i = 0; i < own->n_lines; i++) {
		const struct rule_line *line = &own->lines[i];

		if (strcmp(line->row->name, "Profile") != 0)
			continue;
		r = settings_assign(&names, line->row, line->value, own->file, line->line, m->d);
		first = first != 0 ? first : r;
	}
	if (m->depth > 0 && l->n > 1)
		first = diag_add(
			m->d, own->file, l->items[1].from.line, -EINVAL,
			"Profile=: a profile can include only one profile; name the others in the rule");
	for (size_t k = 0; k < l->n && (m->depth == 0 || l->n == 1); k++) {
		r = merge_profile(m, l->items[k].text, own->file, l->items[k].from.line);
		first = first != 0 ? first : r;
	}
	if (m->depth == 0 && l->from.file != NULL) { /* `cordon explain` shows the names in the rule */
		const struct set_list before = m->settings->profile;

		m->settings->profile = *l;
		names.profile = before;
	}
	settings_free(&names);
	return first;
}

/* Merge the profiles of @rule first, then its own lines, so that its own lines win. */
static int merge_rule(struct merge *m, struct rule *rule)
{
	const struct rule own = *rule; /* a copy: the array with @rule may move */
	int first = 0, r;

	for (size_t i = 0; i < own.diag.n; i++)
		(void)diag_err(m->d, &own.diag.list[i]); /* counted below */
	if (own.diag.n == 0 && own.diag.first.code != 0)
		(void)diag_err(m->d, &own.diag.first);
	first = own.diag.first.code;
	r = merge_profiles(m, &own);
	first = first != 0 ? first : r;
	r = rule_apply(&(struct rule){ .file = own.file, .lines = own.lines, .n_lines = own.n_lines },
		       m->settings, m->d);
	return first != 0 ? first : r;
}

int policy_merge(const struct policy_paths *paths, struct rule *rule, struct rule_set *set,
		 struct settings *ret, struct diag *d)
{
	struct merge m = { .paths = paths, .set = set, .settings = ret, .d = d };
	const int r = settings_init(ret);

	if (r < 0)
		return diag_add(d, rule->file, 0, r, "out of memory");
	return merge_rule(&m, rule);
}

int policy_merge_more(const struct policy_paths *paths, struct rule *rule, struct rule_set *set,
		      struct settings *settings, struct diag *d)
{
	struct merge m = { .paths = paths, .set = set, .settings = settings, .d = d };

	return merge_rule(&m, rule);
}

int policy_merge_profile(const struct policy_paths *paths, const char *name, const char *option,
			 struct rule_set *set, struct settings *settings, struct diag *d)
{
	struct merge m = { .paths = paths, .set = set, .settings = settings, .d = d };

	return merge_profile(&m, name, option, 0);
}
