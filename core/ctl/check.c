/* check.c - cordon check: every error of every rule */
#include "ctl.h"

#include "../base/words.h"
#include "../policy/compile.h"
#include "../policy/env_file.h"
#include "../policy/filter.h"
#include "../policy/needs.h"
#include "../policy/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of all files together: a broken profile that several rules name is one error. */
static struct diag found = { .max = 10 * DIAG_MAX };

int ctl_root(struct policy_paths *paths, const char *dir)
{
	static char root[4096];
	struct stat st;

	if (strlen(dir) >= sizeof root || stat(dir, &st) < 0) {
		sayf(stderr, "cordon: %s: %s\n", dir, strerror(errno));
		return -errno;
	}
	(void)snprintf(root, sizeof root, "%s", dir);
	for (size_t len = strlen(root); len > 0 && root[len - 1] == '/'; len--)
		root[len - 1] = '\0';
	paths->root = root;
	paths->owner = st.st_uid;
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

	if (settings_expand(s, facts, e) == 0 && env_files_read(s, paths->root, paths->owner, false, e) == 0 &&
	    (s->action.v != ACTION_CONFINE || needs_login(e) == 0))
		(void)plan_compile(s, facts, "", &plan, e); /* @e tells */
	free(plan);
	return e->code;
}

/*
 * What the rule would give an ordinary account: what can't be enforced shows now, not at login. A
 * plan ends at its first error, so the line that has it is left out to find the next.
 */
static void try_plan(const struct policy_paths *paths, struct settings *s, const char *file, struct diag *d)
{
	static struct facts facts; /* large */

	ctl_someone(&facts);
	for (unsigned n = 0; n < DIAG_MAX; n++) {
		struct err e = { 0 };

		if (ctl_try_plan(paths, s, &facts, &e) == 0)
			return;
		(void)diag_add(d, e.file[0] != '\0' ? e.file : file, e.line, e.code, "%s", e.msg);
		if (e.line == 0 || settings_forget(s, e.file, e.line) == 0)
			return;
	}
}

/* All errors of @rule, its profiles and its plan, once each; the rule is used up. */
static void check_rule(const struct policy_paths *paths, struct rule *rule)
{
	struct diag d = { .max = DIAG_MAX };
	struct rule_set set = { 0 };
	struct settings s = { 0 };

	const int r = policy_merge(paths, rule, &set, &s, &d);
	const bool whole = r == 0 && d.total == 0;

	filter_words(&s, &d);
	if (whole)
		try_plan(paths, &s, rule->file, &d);
	diag_sort(&d);
	for (size_t i = 0; i < d.n; i++)
		(void)diag_err(&found, &d.list[i]); /* @found knows */
	settings_free(&s);
	rule_set_free(&set);
	diag_free(&d);
}

static void check_named(const struct policy_paths *paths, const struct policy_name *name, bool profile)
{
	struct rule rule = { 0 };
	struct err e = { 0 };
	const int r = profile ? policy_load_profile(paths, name, DIAG_MAX, &rule, &e) :
				policy_load(paths, name, DIAG_MAX, &rule, &e);

	if (r == -ENOENT && e.code == 0)
		err_at(&e, name->name, 0, r, "%s", strerror(-r));
	if (r < 0)
		(void)diag_err(&found, &e); /* @found knows */
	if (r != 1)
		return;
	check_rule(paths, &rule);
	rule_free(&rule);
}

/* A draft, wherever it lies: with the profiles of the system, and whoever it belongs to. */
static void check_draft(const struct policy_paths *paths, const char *path, const char *dir,
			const char *name, bool profile)
{
	const int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct rule rule = { 0 };
	struct err e = { 0 };
	struct stat st;
	char *text = NULL;
	size_t size = 0;
	bool masked = false;
	int r = 0;

	if (fd < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		r = err_at(&e, path, 0, -errno, "%s", strerror(errno));
	else
		r = trust_read(fd, dir, name, st.st_uid, &masked, &text, &size, &e);
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	if (r < 0) {
		(void)snprintf(e.file, sizeof e.file, "%s", path); /* as it was typed */
		(void)diag_err(&found, &e); /* @found knows */
	} else if (!masked && rule_parse(path, text, size, profile, DIAG_MAX, &rule) == 0) {
		check_rule(paths, &rule);
		rule_free(&rule);
	}
}

static void check_file(const struct policy_paths *paths, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	char *real;
	struct policy_name name = { .name = strdup(slash != NULL ? slash + 1 : path) };

	if (slash != NULL)
		(void)snprintf(dir, sizeof dir, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	real = realpath(dir, NULL);
	if (name.name == NULL || real == NULL)
		(void)diag_add(&found, path, 0, -errno, "%s", strerror(errno)); /* @found knows */
	else if (strcmp(real, paths->rules_etc) == 0)
		check_named(paths, &name, false);
	else if (strcmp(real, paths->profiles_etc) == 0)
		check_named(paths, &name, true);
	else
		check_draft(paths, path, dir, name.name,
			    strlen(real) > 9 && strcmp(real + strlen(real) - 9, "/profiles") == 0);
	free(name.name);
	free(real);
}

/* A service that admits everybody makes every rule vain. */
static void note_door(void *arg, const struct door *d)
{
	char text[800];

	(void)arg;
	(void)diag_add(&found, d->why.file, d->why.line, -EPERM, "%s", door_text(d, text, sizeof text)); /* @found knows */
}

/* Everything below the root: rules in their order, then profiles, named by a rule or not. */
static int check_all(const struct policy_paths *paths)
{
	struct policy_name *names = NULL;
	struct err e = { 0 };
	size_t n = 0;

	if (policy_names(paths, &names, &n, &e) < 0) {
		(void)diag_err(&found, &e); /* @found knows */
		return EXIT_CONFIG;
	}
	for (size_t i = 0; i < n; i++)
		check_named(paths, &names[i], false);
	policy_names_free(names, n);
	if (n > 0)
		(void)doors_open(paths->root, note_door, NULL); /* @found counts them */
	if (policy_profiles(paths, &names, &n, &e) < 0) {
		(void)diag_err(&found, &e); /* @found knows */
		return EXIT_CONFIG;
	}
	for (size_t i = 0; i < n; i++)
		check_named(paths, &names[i], true);
	policy_names_free(names, n);
	return EXIT_YES;
}

int check_main(int argc, char **argv)
{
	static const struct option options[] = { { "root", required_argument, NULL, 'r' },
						 { NULL, 0, NULL, 0 } };
	struct policy_paths paths;
	char text[1024];
	int option, code = EXIT_YES;

	policy_paths_default(&paths);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option != 'r' || ctl_root(&paths, optarg) < 0)
			return EXIT_USAGE;
	for (int i = optind; i < argc; i++)
		check_file(&paths, argv[i]);
	if (optind == argc)
		code = check_all(&paths);
	for (size_t i = 0; i < found.n; i++)
		sayf(stdout, "%s\n", err_text(&found.list[i], text, sizeof text));
	if (found.total > 0)
		sayf(stdout, "%zu error%s\n", found.total, found.total == 1 ? "" : "s");
	if (code == EXIT_YES && found.total > 0)
		code = EXIT_NO;
	diag_free(&found);
	return code;
}
