/* SPDX-License-Identifier: Apache-2.0 */
/* diff_side.c - see diff.h: find out whether a word is a user, a rule file or a profile, and read it */
#include "ctl/explain/diff.h"

#include "base/cleanup.h"
#include "contract/words.h"
#include "policy/text/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_UNKNOWN = 0, KIND_USER, KIND_FILE, KIND_PROFILE };

static const char user_prefix[] = "user:", profile_prefix[] = "profile:";

static int fail(int code, const char *what, const char *why)
{
	sayf(stderr, "cordon: %s: %s\n", what, why);
	return code;
}

/* Prints the errors of a file that cannot be compared. */
static int fail_all(const struct diag *d)
{
	char text[1024];

	for (size_t i = 0; i < d->n; i++)
		sayf(stderr, "cordon: %s\n", err_text(&d->list[i], text, sizeof text));
	return EXIT_CONFIG;
}

static bool profile_exists(const struct policy_paths *paths, const char *name)
{
	struct rule rule = { 0 };
	struct err e = { 0 };
	const int r = policy_find_profile(paths, name, 0, &rule, &e);

	if (r == 1)
		rule_free(&rule);
	return r == 1 || e.file[0] != '\0'; /* a broken profile exists, too */
}

/*
 * Sets @name to the operand without its prefix. A user precedes a profile of the same name, as explain is
 * about users. Returns KIND_UNKNOWN after a message.
 */
static enum kind kind_of(const struct explain *x, const char **name)
{
	cleanup_free char *buf = NULL;
	const char *text = *name;
	const size_t len = strlen(text);
	struct passwd pw;
	bool user, profile;

	if (strncmp(text, user_prefix, sizeof user_prefix - 1) == 0) {
		*name += sizeof user_prefix - 1;
		return KIND_USER;
	}
	if (strncmp(text, profile_prefix, sizeof profile_prefix - 1) == 0) {
		*name += sizeof profile_prefix - 1;
		return KIND_PROFILE;
	}
	if (strchr(text, '/') != NULL || (len > 5 && strcmp(text + len - 5, ".conf") == 0))
		return KIND_FILE;
	user = explain_account(x, text, &pw, &buf) != 0; /* an error is reported by the look-up */
	profile = !user && profile_exists(&x->paths, text);
	if (!user && !profile)
		(void)fail(0, text,
			   "there is no such user or profile; for a rule file, write its path");
	return user ? KIND_USER : profile ? KIND_PROFILE : KIND_UNKNOWN;
}

/* Reads a rule or profile in any directory, of any owner. */
static int read_rule(const char *path, struct rule *ret)
{
	const char *slash = strrchr(path, '/');
	char dir[4096] = ".";
	cleanup_close int fd = -1;
	struct err e = { 0 };
	char *text = NULL, line[1024];
	struct stat st;
	size_t size = 0, len;
	bool masked = false;

	if (slash != NULL)
		(void)snprintf(dir, sizeof dir, "%.*s", slash == path ? 1 : (int)(slash - path),
			       path); /* a truncated path does not exist */
	len = strlen(dir);
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	slash = slash != NULL ? slash + 1 : path;
	if (fd < 0 || fstatat(fd, slash, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(EXIT_USAGE, path, strerror(errno));
	if (trust_read(fd, dir, slash, st.st_uid, &masked, &text, &size, &e) < 0) {
		sayf(stderr, "cordon: %s\n", err_text(&e, line, sizeof line));
		return EXIT_CONFIG;
	}
	if (masked)
		return fail(EXIT_USAGE, path, "the file is masked; name a rule");
	if (rule_parse(path, text, size, len >= 8 && strcmp(dir + len - 8, "profiles") == 0,
		       DIAG_MAX, ret) < 0)
		return EXIT_SYSTEM;
	return EXIT_YES;
}

/* Does a [Match] section of the file hold for the user? Sets the verdict by Action=. */
static int judge(struct rule *rule, struct facts *facts, struct side *ret)
{
	static const char *const verdicts[] = {
		[ACTION_DENY] = "refused", [ACTION_ALLOW] = "left alone", [ACTION_CONFINE] = "confined"
	};
	struct match_names names = { 0 };
	const struct match *section = NULL;
	struct err e = { 0 };
	char line[1024];
	const int r = rule_match(rule, facts, &names, &section, &e);

	match_names_free(&names);
	if (r < 0) {
		sayf(stderr, "cordon: %s\n", err_text(&e, line, sizeof line));
		return EXIT_SYSTEM;
	}
	if (r == 0) {
		ret->verdict = "no match";
		(void)snprintf(ret->why, sizeof ret->why, "%s= does not match",
			       rule->n_matches > 0 && rule->matches[0].why != NULL ?
				       rule->matches[0].why :
				       "[Match]"); /* fits */
		return EXIT_YES;
	}
	ret->settled = ret->d.settings.action.v == ACTION_CONFINE;
	ret->verdict = verdicts[ret->d.settings.action.v];
	(void)snprintf(ret->why, sizeof ret->why, "%s:%u", rule->file,
		       section != NULL ? section->line : rule->session_line); /* cut: for people */
	return EXIT_YES;
}

/* Settings of @rule, or of the profile @name if @rule is NULL, for the user @facts or for nobody. */
static int settle(const struct explain *x, const char *name, struct rule *rule, struct facts *facts,
		  struct side *ret)
{
	__attribute__((cleanup(diag_free))) struct diag d = { .max = DIAG_MAX };
	struct settings *s = &ret->d.settings;
	struct err e = { 0 };
	int r;

	ret->d.files = calloc(1, sizeof *ret->d.files);
	if (ret->d.files == NULL)
		return EXIT_SYSTEM;
	if (rule != NULL) {
		r = policy_merge(&x->paths, rule, ret->d.files, s, &d);
	} else {
		r = settings_init(s);
		if (r == 0)
			r = policy_merge_profile(&x->paths, name, "explain", ret->d.files, s, &d);
	}
	if (r < 0 || d.total > 0)
		return fail_all(&d);
	ret->verdict = "";
	ret->settled = true;
	if (facts == NULL)
		return EXIT_YES;
	ret->settled = false;
	if (settings_expand(s, facts, &e) < 0) {
		(void)diag_err(&d, &e);
		return fail_all(&d);
	}
	if (rule != NULL)
		return judge(rule, facts, ret);
	ret->verdict = "confined";
	(void)snprintf(ret->why, sizeof ret->why, "profile %s", name); /* fits */
	ret->settled = true;
	return EXIT_YES;
}

/* Looks up @name into @facts, which the caller has allocated. */
static int facts_of(const struct explain *x, const char *name, struct facts *facts)
{
	struct login login = x->login;

	if (name[0] == '\0' || strlen(name) >= sizeof login.user)
		return fail(EXIT_USAGE, name, "invalid user; give a name or a uid");
	(void)snprintf(login.user, sizeof login.user, "%s", name); /* fits */
	return explain_facts(x, &login, facts);
}

int side_find(const struct explain *x, const char *name, struct rule *rule, struct side *ret)
{
	cleanup_free struct facts *facts = calloc(1, sizeof *facts); /* large */
	const char *user = x->o.user;
	enum kind kind;
	int r;

	(void)snprintf(ret->name, sizeof ret->name, "%s", name); /* cut: for people */
	kind = kind_of(x, &name);
	if (kind == KIND_UNKNOWN || facts == NULL)
		return facts == NULL ? EXIT_SYSTEM : EXIT_USAGE;
	user = kind == KIND_USER ? name : user;
	r = user != NULL ? facts_of(x, user, facts) : EXIT_YES;
	if (r != EXIT_YES)
		return r;
	if (kind == KIND_USER) {
		side_decide(&x->paths, facts, ret);
		return EXIT_YES;
	}
	if (kind == KIND_PROFILE)
		return settle(x, name, NULL, user != NULL ? facts : NULL, ret);
	r = read_rule(name, rule);
	return r != EXIT_YES ? r : settle(x, name, rule, user != NULL ? facts : NULL, ret);
}

static int usage(const char *problem, const char *write)
{
	sayf(stderr, "cordon: %s; write 'cordon explain %s'\n", problem, write);
	return -EINVAL;
}

int diff_options(struct explain *x, int n, char **operands)
{
	const struct explain_options *const o = &x->o;
	const int wanted = o->diff ? 2 : 1;

	if (o->diff && o->exposure)
		return usage("--diff and --exposure exclude each other", "--diff A B");
	if (o->threshold != NULL && !o->exposure)
		return usage("--threshold requires --exposure", "--exposure USER");
	if (n != wanted || operands[0][0] == '\0' || operands[n - 1][0] == '\0')
		return o->diff ? usage("--diff requires two users, rule files or profiles",
				       "--diff A B") :
				 usage("--exposure requires one user, rule file or profile",
				       "--exposure USER");
	if (o->command != NULL || (o->diff && o->all))
		return o->diff ? usage("--diff excludes --command and --all", "--diff A B") :
				 usage("--exposure excludes --command", "--exposure USER");
	for (int i = 0; i < n; i++)
		x->sides[i] = operands[i];
	return 0;
}

int diff_main(struct explain *x)
{
	static struct side a, b; /* large */
	struct rule rule_a = { 0 }, rule_b = { 0 };
	int r = side_find(x, x->sides[0], &rule_a, &a);

	if (r == EXIT_YES)
		r = side_find(x, x->sides[1], &rule_b, &b);
	/* settings without a user compare with those of a user, who is not asked about the match */
	if (r == EXIT_YES && a.settled && b.settled && (a.verdict[0] == '\0' || b.verdict[0] == '\0'))
		a.verdict = b.verdict = "";
	if (r == EXIT_YES)
		r = diff_sides(x, &a, &b);
	side_free(&a);
	side_free(&b);
	rule_free(&rule_a);
	rule_free(&rule_b);
	return r;
}
