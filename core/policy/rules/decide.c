/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c - find the rule for a login, merge its profiles and lines, and decide */
#include "policy/rules/decide.h"

#include "base/near.h"
#include "contract/words.h"
#include "policy/account/resolve.h"
#include "policy/account/stack.h"
#include "policy/rules/files.h"
#include "policy/settings/env_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSED "this account cannot log in: its session could not be set up as the rules require"

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

/* ---- the decision ---- */

void decision_refuse(struct decision *d)
{
	d->verdict = VERDICT_DENY;
	if (d->user_text[0] == '\0')
		(void)snprintf(d->user_text, sizeof d->user_text, "%s", REFUSED); /* fits */
}

static int deny_login(struct decision *d, int code)
{
	decision_refuse(d);
	return code;
}

static bool service_listed(const struct settings *s, const char *service)
{
	for (size_t i = 0; i < s->services.n; i++)
		if (strcmp(s->services.items[i].text, service) == 0)
			return true;
	return false;
}

/* Tell the user Message= of the rule, or @text if the rule has none. */
static void tell_user(struct decision *d, const char *text)
{
	const struct set_list *message = &d->settings.message;

	(void)snprintf(d->user_text, sizeof d->user_text, "%s",
		       message->n > 0 ? message->items[0].text :
					text); /* fits: the type limits its length */
}

/* Can the login through @service be confined? */
static int by_service(const struct policy_paths *paths, struct decision *d, const char *service)
{
	int r;

	if (strcmp(service, FACTS_SERVICE_SHELL) == 0) /* the login shell asks, no PAM service does */
		return 0;
	if (!service_listed(&d->settings, service)) {
		tell_user(d, "this account may not be used with this service");
		return deny_login(
			d,
			err_at(&d->err, "", 0, -EPERM,
			       "service '%s' is not listed in Services=; if it starts a login shell, add it there and add pam_cordon.so to its session stack",
			       service));
	}
	/* without the account line, only the session line refuses what is refused */
	r = stack_check(paths->root, service, STACK_ACCOUNT, &d->err);
	if (r == 0)
		r = stack_check(paths->root, service, STACK_SESSION, &d->err);
	/* another service must not run, unconfined, what the session writes */
	if (r == 0)
		r = stack_starters_closed(paths->root, &d->err);
	if (r < 0) {
		tell_user(d, REFUSED);
		return deny_login(d, r);
	}
	return 0;
}

static bool is_manager(const struct facts *facts)
{
	return strcmp(facts->login.service, FACTS_SERVICE_MANAGER) == 0;
}

/*
 * A user manager belongs to the account, not to one login. It starts by itself, and would run
 * unconfined what a session has left in the home.
 */
static int refuse_manager(struct decision *d)
{
	tell_user(d, REFUSED);
	return deny_login(
		d,
		err_at(&d->err, "", 0, -EOPNOTSUPP,
		       "the rule confines logins of this account, so the account has no user manager; see USER MANAGERS in pam_cordon(8)"));
}

/* When does the window close that lets the login in? */
static int window_end(struct decision *d, struct facts *facts)
{
	const struct origin *from = &d->settings.end_with_time.from;
	int r;

	if (!d->settings.end_with_time.v)
		return 0;
	r = d->section == NULL ? -ENOENT : match_time_end(d->section, facts, &d->until);
	if (r == 0)
		return 0;
	tell_user(d, REFUSED);
	return deny_login(
		d,
		err_at(&d->err, from->file, from->line, r,
		       r == -ENOENT ?
			       "EndWithTime=: yes requires Time= in [Match]; add that line, or remove EndWithTime=" :
			       "EndWithTime=: the local time is unknown; see tzset(3)"));
}

static int by_settings(const struct policy_paths *paths, struct decision *d, struct facts *facts)
{
	int r;

	switch ((enum action)d->settings.action.v) {
	case ACTION_ALLOW:
		d->verdict = VERDICT_UNCONFINED;
		return 0;
	case ACTION_DENY:
		d->verdict = VERDICT_DENY;
		tell_user(d, "this account may not log in here");
		return 0;
	case ACTION_CONFINE:
		if (is_manager(facts))
			return refuse_manager(d);
		break;
	}
	r = by_service(paths, d, facts->login.service);
	if (r == 0)
		r = window_end(d, facts);
	if (r == 0)
		d->verdict = VERDICT_CONFINE;
	return r;
}

/* Merge the settings of @rule, replace their specifiers, and read the files of EnvironmentFile=. */
static int settings_of(const struct policy_paths *paths, struct rule *rule, struct facts *facts,
		       struct decision *d)
{
	__attribute__((cleanup(diag_free))) struct diag diag = { 0 };
	int r = policy_merge(paths, rule, d->files, &d->settings, &diag);

	if (r < 0) {
		d->err = diag.first;
		return r;
	}
	if (settings_ask(&d->settings, 'g')) {
		r = facts_know(facts, FACTS_GROUP, &d->err);
		if (r < 0)
			return r;
	}
	r = settings_expand(&d->settings, facts, &d->err);
	if (r < 0 || d->settings.action.v != ACTION_CONFINE)
		return r;
	return env_files_read(&d->settings, paths->root, paths->owner, true, &d->err);
}

static int by_rule(const struct policy_paths *paths, struct rule *rule, struct facts *facts,
		   struct decision *d)
{
	const unsigned line = d->section != NULL ? d->section->line : rule->session_line;
	int r;

	(void)snprintf(d->rule, sizeof d->rule, "%s:%u", rule->file,
		       line != 0 ? line : 1); /* cut: for people */
	r = settings_of(paths, rule, facts, d);
	return r < 0 ? deny_login(d, r) : by_settings(paths, d, facts);
}

static void trace_file(const struct policy_paths *paths, const struct policy_name *name,
		       const struct rule *rule, bool masked)
{
	char file[512];

	if (paths->trace == NULL)
		return;
	(void)snprintf(file, sizeof file, "%s%s/%s", paths->root,
		       name->vendor ? paths->rules_vendor : paths->rules_etc,
		       name->name); /* cut when too long */
	if (masked)
		paths->trace(paths->trace_arg, file, 0, "masked");
	for (size_t i = 0; !masked && i < rule->n_matches; i++)
		paths->trace(paths->trace_arg, file, rule->matches[i].line, rule->matches[i].why);
}

static int keep_rule(struct decision *d, const struct rule *rule)
{
	struct rule *more = reallocarray(d->files->rules, d->files->n + 1, sizeof *more);

	if (more == NULL)
		return err_set(&d->err, -ENOMEM, "out of memory");
	d->files->rules = more;
	more[d->files->n++] = *rule; /* origins of the settings point into the rule */
	return 0;
}

/* Return: enum rule_reach; -errno. A login that is not of a user manager is one login only. */
static int reach_of(struct rule *rule, struct facts *facts, struct match_names *names,
		    struct decision *d)
{
	int r;

	if (rule->match_bad) {
		d->err = rule->diag.first;
		return rule->diag.first.code;
	}
	if (is_manager(facts))
		return rule_reach(rule, facts, names, &d->section, &d->err);
	r = rule_match(rule, facts, names, &d->section, &d->err);
	return r > 0 ? REACH_EVERY : r;
}

/* A rule about some logins of the account does not admit the user manager, nor deny other logins. */
static bool is_open(const struct decision *d, int reach)
{
	const enum action action = (enum action)d->settings.action.v;

	return (reach == REACH_SOME && action != ACTION_CONFINE) ||
	       (reach == REACH_OWN && action == ACTION_ALLOW);
}

/* Forget what a rule has decided, except the files. */
static void decide_again(struct decision *d)
{
	struct rule_set *files = d->files;

	settings_free(&d->settings);
	memset(d, 0, sizeof *d);
	d->files = files;
}

/* Return: 1: decided; 0: the file does not decide; -errno. */
static int try_file(const struct policy_paths *paths, const struct policy_name *name,
		    struct facts *facts, struct match_names *names, struct decision *d)
{
	struct rule rule = { 0 };
	int reach, r = policy_load(paths, name, 0, &rule, &d->err);

	if (r < 0) {
		if (r == -ENOENT && d->err.code == 0)
			err_at(&d->err, name->name, 0, r,
			       "file was removed while being read; try again");
		return deny_login(d, r);
	}
	if (r == 0) {
		trace_file(paths, name, &rule, true);
		return 0;
	}
	reach = reach_of(&rule, facts, names, d);
	if (reach <= REACH_NONE) {
		if (reach == REACH_NONE)
			trace_file(paths, name, &rule, false);
		rule_free(&rule);
		return reach < 0 ? deny_login(d, reach) : 0;
	}
	r = by_rule(paths, &rule, facts, d);
	if (keep_rule(d, &rule) < 0) {
		d->section = NULL;
		rule_free(&rule);
		return deny_login(d, -ENOMEM);
	}
	if (r < 0 || !is_open(d, reach))
		return r < 0 ? r : 1;
	decide_again(d);
	return 0;
}

static int decide_once(const struct policy_paths *paths, struct facts *facts,
		       struct match_names *groups, struct decision *ret)
{
	struct policy_name *names = NULL;
	size_t n = 0;
	int r;

	memset(ret, 0, sizeof *ret);
	ret->files = calloc(1, sizeof *ret->files);
	if (ret->files == NULL)
		return deny_login(ret, err_set(&ret->err, -ENOMEM, "out of memory"));
	r = policy_names(paths, &names, &n, &ret->err);
	if (r < 0)
		return deny_login(ret, r);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = try_file(paths, &names[i], facts, groups, ret);
	policy_names_free(names, n);
	if (r == 0)
		ret->verdict = VERDICT_UNCONFINED; /* no file matches */
	return r < 0 ? r : 0;
}

enum { TRIES = 20 };

static bool is_shortage(int r)
{
	return r == -EMFILE || r == -ENFILE || r == -ENOMEM;
}

int policy_decide(const struct policy_paths *paths, struct facts *facts, struct decision *ret)
{
	struct match_names groups = { 0 };
	int r = -EAGAIN;

	memset(ret, 0, sizeof *ret);
	if (facts->login.uid == 0) { /* root, independent of the rules */
		ret->verdict = VERDICT_UNCONFINED;
		return 0;
	}
	/* The decision must follow the rules of one moment: if they change meanwhile, read them again. */
	for (unsigned i = 0; i < TRIES; i++) {
		struct policy_files files = { 0 };
		struct policy_paths own = *paths;
		int same;

		own.files = &files;
		r = decide_once(&own, facts, &groups, ret);
		same = files_same(&files, paths);
		files_close(&files);
		if (same == 1 ||
		    is_shortage(r)) /* without descriptors or memory, the comparison says nothing */
			break;
		decision_free(ret);
		memset(ret, 0, sizeof *ret);
		if (same < 0) {
			r = deny_login(ret, err_at(&ret->err, paths->rules_etc, 0, same,
						   "cannot be read: %s", strerror(-same)));
			break;
		}
		r = deny_login(ret, err_at(&ret->err, paths->rules_etc, 0, -EAGAIN,
					   "kept changing while being read; try again"));
	}
	match_names_free(&groups);
	return r;
}

void decision_free(struct decision *d)
{
	settings_free(&d->settings);
	if (d->files != NULL)
		rule_set_free(d->files);
	free(d->files);
	d->files = NULL;
}
