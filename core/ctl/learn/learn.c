/* SPDX-License-Identifier: Apache-2.0 */
/* learn.c - cordon learn: watch a session, and print the rule that it would have needed */
#include "ctl/learn/learn.h"

#include "base/cleanup.h"
#include "policy/account/lookup.h"
#include "policy/account/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROFILES_MAX = 8 };

struct learn_options {
	struct option_list profiles;
	bool calls, help;
};

static int fail(int code, const char *what, const char *why)
{
	sayf(stderr, "cordon: %s: %s\n", what, why);
	return code;
}

static int find_user(struct learn *l, const char *name)
{
	struct login login = { .service = "sshd" };
	cleanup_free char *buf = NULL;
	struct passwd pw;
	struct err e = { 0 };
	const int r = lookup_user(name, 0, &pw, &buf);

	if (r == 0)
		(void)ctl_no_such(true, name, &e);
	if (r != 1)
		return fail(r == 0 ? EXIT_USAGE : EXIT_SYSTEM, "learn",
			    r == 0 ? e.msg : strerror(-r));
	if (pw.pw_uid == 0)
		return fail(EXIT_USAGE, name, "uid 0 is never confined; give another user");
	if (strlen(pw.pw_name) >= sizeof login.user)
		return fail(EXIT_USAGE, name, "the name is too long");
	login.uid = pw.pw_uid;
	(void)snprintf(login.user, sizeof login.user, "%s", pw.pw_name); /* fits */
	if (facts_resolve(&login, l->facts, &e) < 0)
		return fail(EXIT_SYSTEM, name, e.msg);
	return EXIT_YES;
}

static int print_errors(const struct diag *d)
{
	char line[1024];

	for (size_t i = 0; i < d->n; i++)
		sayf(stderr, "cordon: %s\n", err_text(&d->list[i], line, sizeof line));
	return EXIT_NO;
}

int learn_base(struct learn *l, struct rule_set *set, struct settings *ret)
{
	__attribute__((cleanup(diag_free))) struct diag d = { .max = DIAG_MAX };
	struct err e = { 0 };

	if (settings_init(ret) < 0)
		return EXIT_SYSTEM;
	for (unsigned i = 0; i < l->profiles.n; i++)
		(void)policy_merge_profile(&l->paths, l->profiles.item[i], "--profile", set, ret,
					   &d); /* @d tells */
	if (d.total == 0 && settings_expand(ret, l->facts, &e) < 0)
		(void)diag_err(&d, &e);
	return d.total > 0 ? print_errors(&d) : EXIT_YES;
}

/* Parses, merges and compiles the draft as a login does. */
static int check_draft(const struct learn *l, const char *text)
{
	__attribute__((cleanup(diag_free))) struct diag d = { .max = DIAG_MAX };
	struct rule_set set = { 0 };
	struct settings s = { 0 };
	struct rule rule = { 0 };
	struct err e = { 0 };
	char *const copy = strdup(text);

	if (copy == NULL || rule_parse("draft", copy, strlen(copy), false, DIAG_MAX, &rule) < 0)
		return EXIT_SYSTEM;
	if (policy_merge(&l->paths, &rule, &set, &s, &d) == 0 && d.total == 0 &&
	    ctl_try_plan(&l->paths, &s, l->facts, &e) < 0)
		(void)diag_err(&d, &e);
	settings_free(&s);
	rule_set_free(&set);
	rule_free(&rule);
	return d.total > 0 ? print_errors(&d) : EXIT_YES;
}

static int print_draft(struct learn *l, const struct settings *base)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	FILE *const out = open_memstream(&text, &size);
	int r;

	if (out == NULL)
		return EXIT_SYSTEM;
	learn_draft(l, base, out);
	if (fclose(out) != 0)
		return EXIT_SYSTEM;
	r = check_draft(l, text);
	/* a draft with an error is printed as well: what was learned is not lost */
	if (fputs(text, stdout) < 0 || fflush(stdout) != 0)
		return EXIT_SYSTEM;
	return r;
}

static int learn(struct learn *l)
{
	struct rule_set set = { 0 };
	struct settings base = { 0 };
	int r = learn_base(l, &set, &base);

	if (r == EXIT_YES && learn_calls(l) < 0)
		r = EXIT_SYSTEM;
	if (r == EXIT_YES)
		r = learn_run(l);
	if (r == EXIT_YES && l->all_calls && learn_groups(l) < 0)
		r = EXIT_SYSTEM;
	if (r == EXIT_YES)
		r = print_draft(l, &base);
	settings_free(&base);
	rule_set_free(&set);
	return r;
}

int learn_main(int argc, char **argv)
{
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct learn_options, name, argument, member, help),
#include "ctl/options/learn.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	static struct learn_options o; /* large */
	static struct learn l;
	const int first = options_parse(rows, n, &o, "+", argc, argv);
	int at = first + 1, r;

	if (first < 0)
		return EXIT_USAGE;
	if (o.help) {
		ctl_help("learn", rows, n, "");
		return EXIT_YES;
	}
	if (first >= argc)
		return fail(EXIT_USAGE, "learn",
			    "requires a user; write 'cordon learn USER [-- PROGRAM [ARG...]]'");
	if (at < argc && strcmp(argv[at], "--") == 0)
		at++;
	if (geteuid() != 0)
		return fail(EXIT_NO, "learn",
			    "only root can watch a session; run 'sudo cordon learn'");
	if (o.profiles.n > PROFILES_MAX)
		return fail(EXIT_USAGE, "--profile", "too many profiles; give at most 8");
	policy_paths_default(&l.paths);
	l.profiles = o.profiles;
	l.all_calls = o.calls;
	l.command = at < argc ? argv + at : NULL;
	l.facts = calloc(1, sizeof *l.facts);
	if (l.facts == NULL)
		return EXIT_SYSTEM;
	r = find_user(&l, argv[first]);
	if (r == EXIT_YES)
		r = learn(&l);
	seen_free(&l.seen);
	words_free(&l.left_out);
	words_free(&l.groups);
	free(l.facts);
	return r;
}
