/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c - find the rule for a login, and decide */
#include "policy/rules/decide.h"

#include "contract/words.h"
#include "policy/account/resolve.h"
#include "policy/account/stack.h"
#include "policy/rules/files.h"
#include "policy/settings/env_file.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSED "this account cannot log in: its session could not be set up as the rules require"

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

static int not_listed(struct decision *d, const struct login *login)
{
	tell_user(d, "this account may not be used with this service");
	if (login->by == LOGIN_BY_RUN)
		return err_at(
			&d->err, "", 0, -EPERM,
			"service '%s' of cordon run --as is not listed in Services=; add it there, or give another --service",
			login->service);
	if (type_service_past_session(login->service))
		return err_at(
			&d->err, "", 0, -EPERM,
			"service '%s' is not listed in Services=, and cannot be: it serves accounts outside of a session",
			login->service);
	return err_at(
		&d->err, "", 0, -EPERM,
		"service '%s' is not listed in Services=; if it starts a login shell, add it there and add pam_cordon.so to its session stack",
		login->service);
}

/* Can the login through its service be confined? */
static int by_service(const struct policy_paths *paths, struct decision *d,
		      const struct login *login)
{
	const char *const service = login->service;
	int r = 0;

	if (strcmp(service, FACTS_SERVICE_SHELL) == 0) /* the login shell asks, no PAM service does */
		return 0;
	if (!service_listed(&d->settings, service))
		return deny_login(d, not_listed(d, login));
	/* without the account line, only the session line refuses what is refused */
	if (login->by == LOGIN_BY_PAM)
		r = stack_check(paths->root, service, STACK_ACCOUNT, &d->err);
	if (r == 0 && login->by == LOGIN_BY_PAM)
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

/* When does the window close that lets the login in? Without Time=, there is none. */
static int window_end(struct decision *d, struct facts *facts)
{
	const struct origin *from = &d->settings.end_with_time.from;
	int r;

	if (!d->settings.end_with_time.v || d->section == NULL)
		return 0;
	r = match_time_end(d->section, facts, &d->until);
	if (r == 0 || r == -ENOENT)
		return 0;
	tell_user(d, REFUSED);
	return deny_login(d, err_at(&d->err, from->file, from->line, r,
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
	r = by_service(paths, d, &facts->login);
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

/* When does the window of an earlier rule open, so that this rule would decide? */
static int window_begin(const struct policy_paths *paths, const struct policy_name *name,
			struct facts *facts, struct match_names *names, struct decision *d)
{
	struct rule rule = { 0 };
	int r = policy_load(paths, name, 0, &rule, &d->err);

	if (r <= 0)
		return r < 0 ? deny_login(d, r) : 0;
	r = 0;
	for (size_t i = 0; r == 0 && i < rule.n_matches; i++) {
		struct err why = { 0 };
		time_t at;

		r = match_time_begin(&rule.matches[i], facts, names, &at, &why);
		if (r < 0) {
			tell_user(d, REFUSED);
			(void)deny_login(d, err_at(&d->err, rule.file, rule.matches[i].line, r,
						   "%s", why.msg));
		} else if (at != 0 && (d->until == 0 || at < d->until)) {
			d->until = at;
		}
	}
	rule_free(&rule);
	return r;
}

static int decide_once(const struct policy_paths *paths, struct facts *facts,
		       struct match_names *groups, struct decision *ret)
{
	struct policy_name *names = NULL;
	size_t n = 0, i = 0;
	int r;

	memset(ret, 0, sizeof *ret);
	ret->files = calloc(1, sizeof *ret->files);
	if (ret->files == NULL)
		return deny_login(ret, err_set(&ret->err, -ENOMEM, "out of memory"));
	r = policy_names(paths, &names, &n, &ret->err);
	if (r < 0)
		return deny_login(ret, r);
	for (; r == 0 && i < n; i++)
		r = try_file(paths, &names[i], facts, groups, ret);
	if (r > 0 && ret->verdict == VERDICT_CONFINE && ret->settings.end_with_time.v)
		for (size_t before = 0; r > 0 && before + 1 < i; before++)
			if (window_begin(paths, &names[before], facts, groups, ret) < 0)
				r = ret->err.code;
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
