/* check.c - cordon check: every error of every rule */
#include "ctl.h"

#include "../policy/compile.h"
#include "../policy/trust.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int ctl_root(struct policy_paths *paths, const char *dir)
{
	struct stat st;

	if (stat(dir, &st) < 0) {
		(void)fprintf(stderr, "cordon: %s: %s\n", dir, strerror(errno));
		return -errno;
	}
	paths->root = strcmp(dir, "/") == 0 ? "" : dir;
	paths->owner = st.st_uid;
	return 0;
}

static void show(const struct err *e)
{
	char text[1024];

	(void)printf("%s\n", err_text(e, text, sizeof text));
}

/* What the rule would give an ordinary account: what can't be enforced shows now, not at login. */
static void try_plan(struct settings *s, const char *file, struct diag *d)
{
	static struct facts facts; /* large */
	struct plan *plan = NULL;
	struct err e = { 0 };

	memset(&facts, 0, sizeof facts);
	facts.login.uid = facts.gid = 65533;
	(void)snprintf(facts.login.user, sizeof facts.login.user, "user");
	(void)snprintf(facts.group, sizeof facts.group, "user");
	(void)snprintf(facts.home, sizeof facts.home, "/home/user");
	(void)snprintf(facts.shell, sizeof facts.shell, "/bin/sh");
	(void)snprintf(facts.host, sizeof facts.host, "host");
	(void)snprintf(facts.session, sizeof facts.session, "0");
	if (settings_expand(s, &facts, &e) == 0)
		(void)plan_compile(s, &facts, &plan, &e); /* @e tells */
	free(plan);
	if (e.code != 0)
		(void)diag_add(d, e.file[0] != '\0' ? e.file : file, e.line, e.code, "%s", e.msg);
}

/* All errors of @rule, its profiles and its plan; the rule is used up. */
static size_t check_rule(const struct policy_paths *paths, struct rule *rule)
{
	struct diag d = { .max = DIAG_MAX };
	struct rule_set set = { 0 };
	struct settings s = { 0 };
	size_t total;

	if (policy_merge(paths, rule, &set, &s, &d) == 0 && d.total == 0)
		try_plan(&s, rule->file, &d);
	diag_sort(&d);
	for (size_t i = 0; i < d.n; i++)
		show(&d.list[i]);
	total = d.total;
	settings_free(&s);
	rule_set_free(&set);
	diag_free(&d);
	return total;
}

static size_t check_named(const struct policy_paths *paths, const struct policy_name *name)
{
	struct rule rule = { 0 };
	struct err e = { 0 };
	const int r = policy_load(paths, name, DIAG_MAX, &rule, &e);
	size_t total = 0;

	if (r < 0) {
		show(&e);
		return 1;
	}
	if (r == 1) {
		total = check_rule(paths, &rule);
		rule_free(&rule);
	}
	return total;
}

static size_t check_file(const struct policy_paths *paths, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	char *real;
	size_t total = 1;

	if (slash != NULL)
		(void)snprintf(dir, sizeof dir, "%.*s", slash == path ? 1 : (int)(slash - path), path);
	real = realpath(dir, NULL);
	if (real != NULL) {
		struct policy_paths own = *paths;
		struct policy_name name = { .name = strdup(slash != NULL ? slash + 1 : path) };
		struct stat st;

		own.root = "";
		own.rules_etc = real;
		if (stat(real, &st) == 0 && geteuid() != 0)
			own.root = real, own.rules_etc = "/", own.owner = st.st_uid;
		total = name.name != NULL ? check_named(&own, &name) : 1;
		free(name.name);
	} else {
		(void)printf("%s: %s\n", path, strerror(errno));
	}
	free(real);
	return total;
}

int check_main(int argc, char **argv)
{
	static const struct option options[] = { { "root", required_argument, NULL, 'r' },
						 { NULL, 0, NULL, 0 } };
	struct policy_paths paths;
	struct policy_name *names = NULL;
	struct err e = { 0 };
	size_t n = 0, total = 0;
	int option;

	policy_paths_default(&paths);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option != 'r' || ctl_root(&paths, optarg) < 0)
			return EXIT_USAGE;
	if (optind < argc) {
		for (int i = optind; i < argc; i++)
			total += check_file(&paths, argv[i]);
	} else if (policy_names(&paths, &names, &n, &e) < 0) {
		show(&e);
		return EXIT_CONFIG;
	}
	for (size_t i = 0; i < n; i++)
		total += check_named(&paths, &names[i]);
	policy_names_free(names, n);
	if (total > 0)
		(void)printf("%zu error%s\n", total, total == 1 ? "" : "s");
	return total > 0 ? EXIT_NO : EXIT_YES;
}
