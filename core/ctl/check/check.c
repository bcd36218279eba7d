/* SPDX-License-Identifier: Apache-2.0 */
/* check.c - cordon check: report every error of every rule, and rules without effect */
#include "ctl/ctl.h"

#include "ctl/check/check_warn.h"

#include "base/cleanup.h"
#include "contract/words.h"
#include "policy/account/lookup.h"
#include "policy/account/owners.h"
#include "policy/compile/compile.h"
#include "policy/compile/group_emit.h"
#include "policy/compile/needs.h"
#include "policy/filter/filter.h"
#include "policy/settings/env_file.h"
#include "policy/text/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Diagnostics of all files together, so that a broken profile of several rules is one error. */
static struct diag found = { .max = 10 * DIAG_MAX }, warned = { .max = 10 * DIAG_MAX };
/* the rules read so far, in order, to find later rules that they shadow */
static struct rule *rules;
static size_t n_rules;
/* rules and profiles, or the files on the command line, that could be read */
static struct checked {
	size_t rules, profiles;
} n_checked;
static bool accounts;	  /* the account database of the root is readable */
static bool system_there; /* the root holds a whole system, so missing paths are errors */

int ctl_root(struct policy_paths *paths, const char *dir)
{
	static char root[4096];
	struct stat st;

	const int err = strlen(dir) >= sizeof root ? ENAMETOOLONG :
			stat(dir, &st) < 0	   ? errno :
			S_ISDIR(st.st_mode)	   ? 0 :
						     ENOTDIR;

	if (err != 0) {
		sayf(stderr, "cordon: --root: %s: %s; give a directory\n", dir, strerror(err));
		return -err;
	}
	(void)snprintf(root, sizeof root, "%s", dir);
	for (size_t len = strlen(root); len > 0 && root[len - 1] == '/'; len--)
		root[len - 1] = '\0';
	paths->root = root;
	paths->owner = st.st_uid;
	(void)owners_load(paths, NULL); /* an error is reported only if a plan is made */
	return 0;
}

void ctl_someone(struct facts *ret)
{
	memset(ret, 0, sizeof *ret);
	ret->login.uid = ret->gid = 65533;
	(void)snprintf(ret->login.user, sizeof ret->login.user, "user"); /* all of them fit */
	(void)snprintf(ret->group, sizeof ret->group, "user");
	(void)snprintf(ret->home, sizeof ret->home, "/home/user");
	(void)snprintf(ret->shell, sizeof ret->shell, "/bin/sh");
	(void)snprintf(ret->host, sizeof ret->host, "host");
	(void)snprintf(ret->session, sizeof ret->session, "0");
}

int ctl_try_plan(const struct policy_paths *paths, struct settings *s, const struct facts *facts,
		 struct err *e)
{
	struct plan *plan = NULL;
	struct plan_login *login = NULL;

	if (settings_expand(s, facts, e) == 0 &&
	    env_files_read(s, paths->root, paths->owner, false, e) == 0 &&
	    (s->action.v != ACTION_CONFINE || needs_login(e) == 0) &&
	    plan_compile(s, facts, &plan, e) == 0)
		(void)plan_login_compile(s, facts, "", &login, e); /* @e tells */
	free(plan);
	free(login);
	return e->code;
}

static bool has_limit(const struct settings *s)
{
	struct group_directive d;
	size_t at = 0;

	return group_directive_next(s, &at, &d);
}

/* Undoes a line with an error. Share= without a limit is an error only if the file has no limit. */
static bool forget(struct settings *s, const char *file, unsigned line)
{
	const bool limited = has_limit(s);

	if (settings_forget(s, file, line) == 0)
		return false;
	if (limited && !has_limit(s))
		s->share = (struct set_num){ .v = SHARE_SESSION };
	return true;
}

/*
 * Compiles the rule for an ordinary account, so that a setting that cannot be enforced shows now and
 * not at a login. The compiler stops at the first error, so each line with an error is removed to
 * find the next one.
 */
static void try_plan(const struct policy_paths *paths, struct settings *s, const char *file,
		     struct diag *d)
{
	static struct facts facts; /* large */

	ctl_someone(&facts);
	for (unsigned n = 0; n < DIAG_MAX; n++) {
		struct err e = { 0 };

		if (ctl_try_plan(paths, s, &facts, &e) == 0)
			return;
		(void)diag_add(d, e.file[0] != '\0' ? e.file : file, e.line, e.code, "%s", e.msg);
		if (e.line == 0 || !forget(s, e.file, e.line))
			return;
	}
}

/* Finds all errors and warnings of @rule, its profiles and its plan. Changes the settings of @rule. */
static void check_rule(const struct policy_paths *paths, struct rule *rule, bool profile)
{
	struct diag d = { .max = DIAG_MAX };
	struct rule_set set = { 0 };
	struct settings s = { 0 };

	const int r = policy_merge(paths, rule, &set, &s, &d);
	const bool whole = r == 0 && d.total == 0;

	filter_words(&s, &d);
	if (profile)
		n_checked.profiles++;
	else
		n_checked.rules++;
	if (whole && system_there)
		check_warn_settings(paths, rule, profile, &s, &warned);
	if (whole)
		check_warn_commands(&s, &warned);
	if (whole)
		check_warn_scheduling(paths, &s, &warned);
	if (whole && !profile) {
		check_warn_effect(rule, &s, &warned);
		check_warn_override(paths, rule, &s, &warned);
		if (s.action.v == ACTION_CONFINE)
			check_warn_window(rule, &s, rules, n_rules, &warned);
		check_warn_network(paths, &s, &warned);
	}
	if (whole && system_there && !profile)
		check_warn_programs(paths, &s, &d, &warned);
	if (accounts)
		check_warn_match(rule, &warned);
	check_warn_login(paths, rule, &warned);
	if (whole)
		try_plan(paths, &s, rule->file, &d);
	diag_sort(&d);
	for (size_t i = 0; i < d.n; i++)
		(void)diag_err(&found, &d.list[i]); /* @found knows */
	settings_free(&s);
	rule_set_free(&set);
	diag_free(&d);
}

/* Keeps the sections of @rule, to compare later rules with them. */
static int keep_rule(const struct rule *rule)
{
	struct rule *more = reallocarray(rules, n_rules + 1, sizeof *more);

	if (more == NULL)
		return -ENOMEM;
	rules = more;
	check_warn_shadowed(rule, rules, n_rules, &warned);
	rules[n_rules++] = *rule;
	return 0;
}

/* @path was typed and cannot be opened. */
static void no_file(const char *path, int err)
{
	(void)diag_add(&found, path, 0, -err, "%s; correct the path",
		       strerror(err)); /* @found knows */
}

static void check_named(const struct policy_paths *paths, const struct policy_name *name,
			bool profile)
{
	struct rule rule = { 0 };
	struct err e = { 0 };
	char path[PATH_MAX];
	const int r = profile ? policy_load_profile(paths, name, DIAG_MAX, &rule, &e) :
				policy_load(paths, name, DIAG_MAX, &rule, &e);

	if (r == -ENOENT && e.code == 0) {
		(void)snprintf(path, sizeof path, "%s/%s",
			       profile ? paths->profiles_etc : paths->rules_etc, name->name);
		no_file(path, -r);
		return;
	}
	if (r < 0)
		(void)diag_err(&found, &e); /* @found knows */
	if (r != 1)
		return;
	check_rule(paths, &rule, profile);
	if (profile || rule.match_bad || keep_rule(&rule) < 0)
		rule_free(&rule);
}

/* Checks a draft in any directory and of any owner, with the profiles of the system. */
static void check_draft(const struct policy_paths *paths, const char *path, const char *dir,
			const char *name, bool profile)
{
	cleanup_close const int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct rule rule = { 0 };
	struct err e = { 0 };
	struct stat st;
	char *text = NULL;
	size_t size = 0;
	bool masked = false;
	int r;

	if (fd < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		no_file(path, errno);
		return;
	}
	r = trust_read(fd, dir, name, st.st_uid, &masked, &text, &size, &e);
	if (r < 0) {
		/* the path as the user typed it */
		(void)snprintf(e.file, sizeof e.file, "%s", path);
		(void)diag_err(&found, &e); /* @found knows */
	} else if (!masked && rule_parse(path, text, size, profile, DIAG_MAX, &rule) == 0) {
		check_rule(paths, &rule, profile);
		rule_free(&rule);
	}
}

static void check_file(const struct policy_paths *paths, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	cleanup_free char *base = strdup(slash != NULL ? slash + 1 : path), *real = NULL;
	const struct policy_name name = { .name = base };

	if (slash != NULL)
		(void)snprintf(dir, sizeof dir, "%.*s", slash == path ? 1 : (int)(slash - path),
			       path);
	real = realpath(dir, NULL);
	if (name.name == NULL || real == NULL)
		no_file(path, errno);
	else if (strcmp(real, paths->rules_etc) == 0)
		check_named(paths, &name, false);
	else if (strcmp(real, paths->profiles_etc) == 0)
		check_named(paths, &name, true);
	else
		check_draft(paths, path, dir, name.name,
			    strlen(real) > 9 && strcmp(real + strlen(real) - 9, "/profiles") == 0);
}

/*
 * Reports a service that admits everybody, which makes every rule ineffective. @arg: is there a rule;
 * before the first one, nothing is ineffective yet.
 */
static void note_door(void *arg, const struct door *d)
{
	const bool *any_rule = arg;
	char text[800];

	(void)door_text(d, text, sizeof text);
	if (*any_rule)
		(void)diag_add(&found, d->why.file, d->why.line, -EPERM, "%s",
			       text); /* @found knows */
	else
		check_warn(&warned, d->why.file, d->why.line, "%s", text);
}

/* Checks all files below the root: rules in order, then all profiles, also unused ones. */
static int check_all(const struct policy_paths *paths)
{
	struct policy_name *names = NULL;
	struct err e = { 0 };
	bool any;
	size_t n = 0;

	if (policy_names(paths, &names, &n, &e) < 0) {
		(void)diag_err(&found, &e); /* @found knows */
		return EXIT_CONFIG;
	}
	for (size_t i = 0; i < n; i++)
		check_named(paths, &names[i], false);
	policy_names_free(names, n);
	any = n > 0;
	(void)doors_open(paths->root, note_door, &any); /* @found or @warned counts them */
	check_host(paths, &found, &warned);
	if (policy_profiles(paths, &names, &n, &e) < 0) {
		(void)diag_err(&found, &e); /* @found knows */
		return EXIT_CONFIG;
	}
	for (size_t i = 0; i < n; i++)
		check_named(paths, &names[i], true);
	policy_names_free(names, n);
	check_warn_names(paths, paths->rules_etc, &warned);
	check_warn_names(paths, paths->profiles_etc, &warned);
	return EXIT_YES;
}

/* Finds out what the root holds, which decides what can be checked. */
static void look_at_root(const struct policy_paths *paths)
{
	struct stat st;

	/* a tree may hold a whole system or only its configuration */
	system_there = check_find(paths->root, "/usr", &st, NULL) == 1;
	accounts = paths->root[0] == '\0' || check_find(paths->root, "/etc/passwd", &st, NULL) == 1;
	if (paths->root[0] != '\0' && accounts)
		lookup_below(paths->root);
}

static void forget_rules(void)
{
	for (size_t i = 0; i < n_rules; i++)
		rule_free(&rules[i]);
	free(rules);
	rules = NULL;
	n_rules = 0;
}

int check_whole(const struct policy_paths *paths, struct diag *errors, struct diag *warnings)
{
	int code;

	look_at_root(paths);
	code = check_all(paths);
	owners_check(paths, &found);
	diag_sort(&warned);
	*errors = found;
	*warnings = warned;
	found = warned = (struct diag){ .max = 10 * DIAG_MAX };
	forget_rules();
	return code;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* Names what was checked: @all rules and profiles, or the files on the command line. */
static void print_checked(bool all)
{
	const struct checked *n = &n_checked;

	if (!all)
		sayf(stdout, "%zu file%s", n->rules + n->profiles, plural(n->rules + n->profiles));
	else if (n->rules == 0)
		sayf(stdout, "no rules");
	else
		sayf(stdout, "%zu rule%s", n->rules, plural(n->rules));
	if (all && n->profiles > 0)
		sayf(stdout, "%s %zu profile%s", n->rules == 0 ? ";" : ",", n->profiles,
		     plural(n->profiles));
	sayf(stdout, ", no errors");
}

/* Prints the findings and their number; a check without findings prints a line, too. */
static void print_report(bool all)
{
	char text[2048];

	diag_sort(&warned);
	say_style(stdout, STYLE_BAD);
	for (size_t i = 0; i < found.n; i++)
		sayf(stdout, "%s\n", err_text(&found.list[i], text, sizeof text));
	say_style(stdout, STYLE_NOTE);
	for (size_t i = 0; i < warned.n; i++)
		sayf(stdout, "%s\n", err_text(&warned.list[i], text, sizeof text));
	say_style(stdout, found.total > 0 ? STYLE_BAD : STYLE_GOOD);
	if (found.total > 0)
		sayf(stdout, "%zu error%s", found.total, plural(found.total));
	else
		print_checked(all);
	say_style(stdout, STYLE_PLAIN);
	if (warned.total > 0)
		sayf(stdout, ", %zu warning%s", warned.total, plural(warned.total));
	sayf(stdout, "\n");
}

int check_main(int argc, char **argv)
{
	struct options {
		const char *root;
		bool help;
	} o = { 0 };
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct options, name, argument, member, help),
#include "ctl/options/check.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	const int first = options_parse(rows, n, &o, "", argc, argv);
	struct policy_paths paths;
	int code = EXIT_YES;

	if (first >= 0 && o.help) {
		ctl_help("check", rows, n, "");
		return EXIT_YES;
	}
	policy_paths_default(&paths);
	if (first < 0 || (o.root != NULL && ctl_root(&paths, o.root) < 0))
		return EXIT_USAGE;
	look_at_root(&paths);
	for (int i = first; i < argc; i++)
		check_file(&paths, argv[i]);
	if (first == argc) {
		code = check_all(&paths);
		owners_check(&paths, &found);
	}
	if (code == EXIT_YES || found.total > 0)
		print_report(first == argc);
	if (code == EXIT_YES && found.total > 0)
		code = EXIT_NO;
	forget_rules();
	diag_free(&found);
	diag_free(&warned);
	return code;
}
