/* SPDX-License-Identifier: Apache-2.0 */
/* new.c - cordon new: make a commented rule from profiles for one account or group */
#include "ctl/ctl.h"

#include "base/cleanup.h"
#include "base/libc.h"
#include "command/split.h"
#include "policy/account/resolve.h"
#include "policy/text/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPLETE "# Complete the rule with lines like these:\n"
#define SEE	 "to see what the rule does: cordon explain "

enum { PROFILES_MAX = 8, NAME_LEN_MAX = 200, RULE_MAX = 16384 };

struct new_options {
	struct option_list profiles;
	const char *user, *group, *write, *root;
	bool help;
};

/* The rule to make. @who is the name or the number by which the rule names the account or group. */
struct request {
	struct policy_paths paths;
	struct new_options o;
	char who[256];
	char name[NAME_LEN_MAX + 8];
	/* an account for the hint "cordon explain"; NULL: no account is known */
	const char *example;
};

static int say_failure(int code, const char *what, const char *why)
{
	sayf(stderr, "cordon: %s: %s\n", what, why);
	return code;
}

/* The account as the user types it in a shell, which would remove a backslash from the name. */
static const char *example_of(const struct request *q)
{
	static char text[600];
	char name[256];
	char *const words[] = { name };

	if (q->example == NULL)
		return "USER";
	(void)snprintf(name, sizeof name, "%s", q->example); /* cut: for people */
	command_text(words, 1, text, sizeof text);
	return text;
}

/* Writes the number in place of a name that the rule language would misread. */
static void name_or_number(struct request *q, const char *name, unsigned number)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-";

	if (name[strspn(name, plain)] == '\0' && name[0] != '-' && strlen(name) < sizeof q->who &&
	    name[strspn(name, "0123456789-")] != '\0')
		(void)snprintf(q->who, sizeof q->who, "%s", name); /* fits */
	else
		(void)snprintf(q->who, sizeof q->who, "%u", number); /* fits */
}

/* Reports a failed lookup; errno comes from getpwnam(3) or getgrnam(3). */
static int fail_lookup(bool user, const char *name)
{
	struct err e = { 0 };

	if (errno != 0 && errno != ENOENT)
		return say_failure(EXIT_SYSTEM, name,
				   "cannot be looked up; check the directory service with getent(1)");
	(void)ctl_no_such(user, name, &e); /* @e tells */
	return say_failure(EXIT_USAGE, user ? "--user" : "--group", e.msg);
}

static int find_who(struct request *q)
{
	const struct passwd *pw;
	const struct group *gr;

	errno = 0;
	if (q->o.user != NULL) {
		pw = getpwnam(q->o.user);
		if (pw == NULL)
			return fail_lookup(true, q->o.user);
		if (pw->pw_uid == 0)
			return say_failure(EXIT_USAGE, q->o.user,
					   "uid 0 is never confined; give another user");
		q->example = q->o.user;
		name_or_number(q, q->o.user, pw->pw_uid);
		return EXIT_YES;
	}
	gr = getgrnam(q->o.group);
	if (gr == NULL)
		return fail_lookup(false, q->o.group);
	q->example = gr->gr_mem[0];
	name_or_number(q, q->o.group, gr->gr_gid);
	return EXIT_YES;
}

static int take_name(struct request *q, const char *name)
{
	const size_t len = strlen(name);
	const size_t stem = len > 5 && strcmp(name + len - 5, ".conf") == 0 ? len - 5 : len;

	if (stem == 0 || stem > NAME_LEN_MAX || name[0] == '.' || strchr(name, '/') != NULL)
		return say_failure(
			EXIT_USAGE, name,
			"invalid name of a rule; write a name such as 50-guests, without a directory");
	(void)snprintf(q->name, sizeof q->name, "%.*s.conf", (int)stem, name); /* fits */
	return EXIT_YES;
}

/* Returns 0; 1 after --help; -1 after an error message. */
static int parse_options(int argc, char **argv, struct new_options *o)
{
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct new_options, name, argument, member, help),
#include "ctl/options/new.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	const int first = options_parse(rows, n, o, "", argc, argv);
	const char *problem = NULL;

	if (first < 0)
		return -1;
	if (o->help) {
		ctl_help("new", rows, n, "");
		return 1;
	}
	if (first != argc)
		problem =
			"unexpected argument; a name for --write follows an equals sign: --write=NAME";
	else if (o->profiles.n == 0)
		problem = "no profile given; add --profile PROFILE";
	else if (o->user != NULL && o->group != NULL)
		problem = "--user and --group exclude each other; give one";
	else if (o->user == NULL && o->group == NULL)
		problem = "no user or group given; add --user USER or --group GROUP";
	if (problem == NULL)
		return 0;
	(void)say_failure(EXIT_USAGE, first != argc ? argv[first] : "new", problem);
	return -1;
}

static int take_options(struct request *q)
{
	char own[300];
	int r;

	if (q->o.root != NULL && ctl_root(&q->paths, q->o.root) < 0)
		return EXIT_USAGE;
	if (q->o.profiles.n > PROFILES_MAX)
		return say_failure(EXIT_USAGE, "--profile", "too many profiles; give at most 8");
	r = find_who(q);
	if (r != EXIT_YES)
		return r;
	(void)snprintf(own, sizeof own, "50-%s", q->who); /* fits */
	return take_name(q, q->o.write != NULL && q->o.write != options_no_argument ? q->o.write :
										      own);
}

/* Copies the lines after "Profile=" of the example rule at the top of a profile, as comments. */
static void take_examples(const char *text, char *buf, size_t size)
{
	static const char session[] = "#\t[Session]\n";
	const char *line = strstr(text, session);

	if (line == NULL)
		return;
	for (line += strlen(session); strncmp(line, "#\t", 2) == 0; line += line[0] == '\n') {
		const size_t len = strcspn(line, "\n"), used = strlen(buf);

		if (strncmp(line + 2, "Profile=", 8) != 0 && len < size - used - 2)
			(void)snprintf(buf + used, size - used, "#%.*s\n", (int)len - 2,
				       line + 2); /* fits */
		line += len;
	}
}

/* Writes the first line of a profile that is not the license. */
static void put_title(const char *text, FILE *out)
{
	static const char license[] = "# SPDX-License-Identifier:";

	if (strncmp(text, license, sizeof license - 1) == 0)
		text += strcspn(text, "\n") + 1;
	if (strncmp(text, "# ", 2) == 0)
		(void)fprintf(out, "%.*s\n", (int)strcspn(text, "\n"), text);
}

/*
 * Writes the description of the profile from its first line, "# NAME: ...", and its path. @examples
 * gets the result of take_examples().
 */
static int describe(const struct policy_paths *paths, const char *profile, FILE *out,
		    char *examples, size_t room)
{
	const char *const where[] = { paths->profiles_etc, paths->profiles_vendor };
	char file[300];
	struct rule rule = { 0 };
	struct err e = { 0 };
	int r = policy_find_profile(paths, profile, 0, &rule, &e);

	if (r < 0)
		return e.file[0] != '\0' ? say_failure(EXIT_CONFIG, e.file, e.msg) :
					   say_failure(EXIT_USAGE, "--profile", e.msg);
	rule_free(&rule);
	(void)snprintf(file, sizeof file, "%s.conf", profile); /* fits */
	r = -ENOENT;
	for (unsigned i = 0; i < 2 && r == -ENOENT && e.code == 0; i++) {
		cleanup_close const int dir = trust_dir(paths->root, where[i], paths->owner, &e);
		cleanup_free char *text = NULL;
		size_t size = 0;
		bool masked = false;

		r = dir < 0 ?
			    dir :
			    trust_read(dir, where[i], file, paths->owner, &masked, &text, &size, &e);
		if (r < 0)
			continue;
		put_title(text, out);
		sayf(out, "# The settings, with reasons: %s/%s\n", where[i], file);
		take_examples(text, examples, room);
	}
	return r < 0 ? say_failure(EXIT_CONFIG, e.file[0] != '\0' ? e.file : profile,
				   e.code != 0 ? e.msg : "was removed while being read; try again") :
		       EXIT_YES;
}

static int write_text(const struct request *q, FILE *out)
{
	const char *const name = q->o.user != NULL ? q->o.user : q->o.group;
	char examples[2048] = "";

	sayf(out, "# %s %s: %s", q->o.user != NULL ? "the user" : "the group", name,
	     q->o.profiles.item[0]);
	for (unsigned i = 1; i < q->o.profiles.n; i++)
		sayf(out, " %s", q->o.profiles.item[i]);
	sayf(out, "\n#\n");
	if (strcmp(q->who, name) != 0)
		sayf(out, "# %s=%s is the id of '%s'; a rule would read that name differently.\n#\n",
		     q->o.user != NULL ? "User" : "Group", q->who, name);
	for (unsigned i = 0; i < q->o.profiles.n; i++) {
		const int r =
			describe(&q->paths, q->o.profiles.item[i], out, examples, sizeof examples);

		if (r != EXIT_YES)
			return r;
	}
	sayf(out,
	     "#\n# The first file of rules.d, by name, whose [Match] section matches decides. To see\n"
	     "# which file decides, and where each setting is written: cordon explain %s\n\n",
	     example_of(q));
	sayf(out, "[Match]\n%s=%s\n\n[Session]\nProfile=", q->o.user != NULL ? "User" : "Group",
	     q->who);
	for (unsigned i = 0; i < q->o.profiles.n; i++)
		sayf(out, "%s%s", i > 0 ? " " : "", q->o.profiles.item[i]);
	sayf(out, "\n\n# Lines below are read after the profile. A value replaces the value of the\n"
		  "# profile. A list is added to the list of the profile; if the profile has none,\n"
		  "# it replaces the default. 'Directive=' without a value empties a list.\n");
	if (examples[0] != '\0')
		(void)fprintf(out, COMPLETE "%s", examples);
	return EXIT_YES;
}

static void who_logs_in(const struct request *q, struct facts *facts, struct err *e)
{
	struct login login = { .service = "sshd" };
	const struct passwd *pw = q->example != NULL ? getpwnam(q->example) : NULL;

	if (pw != NULL && strlen(q->example) < sizeof login.user) {
		(void)snprintf(login.user, sizeof login.user, "%s", q->example); /* fits */
		login.uid = pw->pw_uid;
		(void)facts_resolve(&login, facts, e); /* @e tells */
		return;
	}
	ctl_someone(facts); /* a made-up account also shows settings that cannot be enforced */
}

/* Parses, merges and compiles the rule as a login does. */
static int check_text(const struct request *q, const char *text)
{
	static struct facts facts; /* large */
	struct diag d = { .max = DIAG_MAX };
	struct rule_set set = { 0 };
	struct settings s = { 0 };
	struct rule rule = { 0 };
	struct err e = { 0 };
	char line[1024];
	char *copy = strdup(text);
	int code;

	if (copy == NULL || rule_parse(q->name, copy, strlen(copy), false, DIAG_MAX, &rule) < 0)
		return EXIT_SYSTEM;
	if (policy_merge(&q->paths, &rule, &set, &s, &d) == 0 && d.total == 0) {
		who_logs_in(q, &facts, &e);
		if (e.code != 0 || ctl_try_plan(&q->paths, &s, &facts, &e) < 0)
			(void)diag_err(&d, &e);
	}
	code = d.first.code == 0 && d.total == 0 ? EXIT_YES : EXIT_NO;
	for (size_t i = 0; i < d.n; i++)
		sayf(stderr, "cordon: %s\n", err_text(&d.list[i], line, sizeof line));
	settings_free(&s);
	rule_set_free(&set);
	rule_free(&rule);
	diag_free(&d);
	return code;
}

/* Writes the whole file or none, and never replaces an existing file. */
static int put_file(int dir, const char *name, const char *text)
{
	char temp[NAME_LEN_MAX + 32];
	const size_t len = strlen(text);
	int fd, r = 0;

	(void)snprintf(temp, sizeof temp, ".%s.%ld", name,
		       (long)getpid()); /* fits; no rule has such a name */
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	errno = EIO; /* for a short write */
	if (write(fd, text, len) != (ssize_t)len || fchmod(fd, 0644) < 0 || fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat2(dir, temp, dir, name, RENAME_NOREPLACE) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(dir, temp, 0); /* failing anyway */
	else
		(void)fsync(dir); /* if this fails, a power failure may lose the file */
	return r;
}

static bool vendor_has(const struct policy_paths *paths, const char *name)
{
	struct err e = { 0 };
	cleanup_close const int dir = trust_dir(paths->root, paths->rules_vendor, paths->owner, &e);

	return dir >= 0 && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A service of the rule, if the rule refuses the default of `cordon explain`; NULL: it does not. */
static const char *other_service(const struct decision *d)
{
	const struct set_list *l = &d->settings.services;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].text, "sshd") == 0)
			return NULL;
	return l->n > 0 ? l->items[0].text : NULL;
}

/* Warns if an earlier file decides for the same user, because the new rule then has no effect. */
static void say_written(const struct request *q, const char *path, const char *text)
{
	static struct facts facts; /* large */
	struct decision d;
	struct err e = { 0 };
	const size_t len = strlen(path);
	const char *service;

	sayf(stdout, "%s\n", path);
	if (strstr(text, COMPLETE) != NULL)
		sayf(stdout,
		     "complete the rule: correct the lines at its end, and remove their #\n");
	if (q->o.user == NULL || q->paths.root[0] != '\0') {
		sayf(stdout, SEE "%s\n", example_of(q));
		return;
	}
	who_logs_in(q, &facts, &e);
	if (e.code != 0)
		return;
	(void)policy_decide(&q->paths, &facts, &d); /* @d says what failed */
	if (strncmp(d.rule, path, len) != 0 || d.rule[len] != ':')
		sayf(stderr,
		     "cordon: warning: for user '%s', %s decides before this rule; choose a name "
		     "that sorts earlier: --write=NAME\n",
		     q->o.user, d.rule[0] != '\0' ? d.rule : "a file with an error");
	service = other_service(&d);
	sayf(stdout, SEE "%s%s%s%s\n", service != NULL ? "--service " : "",
	     service != NULL ? service : "", service != NULL ? " " : "", example_of(q));
	decision_free(&d);
}

static int write_rule(const struct request *q, const char *text)
{
	char path[1024];
	cleanup_close int dir = -1;
	struct err e = { 0 };
	int r;

	(void)snprintf(path, sizeof path, "%s%s/%s", q->paths.root, q->paths.rules_etc,
		       q->name); /* for messages */
	if (geteuid() != q->paths.owner)
		return say_failure(
			EXIT_NO, path,
			q->paths.owner == 0 ?
				"only root can write rules; run 'sudo cordon new'" :
				"the rule must belong to the owner of the tree; run cordon as that user");
	if (vendor_has(&q->paths, q->name))
		return say_failure(
			EXIT_NO, path,
			"would replace the shipped rule of that name; choose another: --write=NAME");
	dir = trust_dir(q->paths.root, q->paths.rules_etc, q->paths.owner, &e);
	if (dir < 0)
		return say_failure(EXIT_CONFIG, e.code != 0 ? e.file : path,
				   e.code != 0 ? e.msg : "the directory does not exist; create it");
	r = put_file(dir, q->name, text);
	if (r == -EEXIST)
		return say_failure(
			EXIT_NO, path,
			"already exists; edit the file, or choose another name: --write=NAME");
	if (r < 0)
		return say_failure(EXIT_SYSTEM, path, strerror(-r));
	say_written(q, path, text);
	return EXIT_YES;
}

int new_main(int argc, char **argv)
{
	static char text[RULE_MAX];
	static struct request q; /* large */
	FILE *out;
	int r;

	policy_paths_default(&q.paths);
	r = parse_options(argc, argv, &q.o);
	if (r != 0)
		return r < 0 ? EXIT_USAGE : EXIT_YES;
	r = take_options(&q);
	if (r != EXIT_YES)
		return r;
	out = fmemopen(text, sizeof text, "w");
	if (out == NULL)
		return EXIT_SYSTEM;
	r = write_text(&q, out);
	if (fclose(out) != 0 || (r == EXIT_YES && strlen(text) >= sizeof text - 1))
		return say_failure(EXIT_SYSTEM, "new", "the rule is too long; give fewer profiles");
	if (r == EXIT_YES)
		r = check_text(&q, text);
	if (r != EXIT_YES)
		return r;
	if (q.o.write != NULL)
		return write_rule(&q, text);
	return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_SYSTEM : EXIT_YES;
}
