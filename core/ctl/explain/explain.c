/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - cordon explain: which rule decides, where each setting was written, what it does */
#include "ctl/ctl.h"

#include "ctl/check/check_warn.h"

#include "policy/account/lookup.h"
#include "policy/account/resolve.h"
#include "policy/compile/compile.h"
#include "policy/compile/needs.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool json;
static const char *command; /* to be judged, or NULL */
static unsigned listed;	    /* elements of the JSON array that is open */

static void passed_over(void *arg, const char *file, unsigned line, const char *why)
{
	(void)arg;
	if (json) {
		sayf(stdout, "%s{", listed++ > 0 ? "," : "");
		json_field("file", file, ",");
		sayf(stdout, "\"line\":%u,", line);
		json_field("why", why, "}");
	} else if (line == 0) {
		sayf(stdout, "%s: skipped: %s\n", file, why);
	} else {
		sayf(stdout, "%s:%u: skipped: %s= does not match\n", file, line, why);
	}
}

static void show_settings(const struct settings *s)
{
	size_t n;
	const struct setting *row = settings_table(&n);
	static char value[65536];
	char from[2048], replaced[512];

	for (size_t i = 0; i < n; i++, row++) {
		(void)settings_print(s, row, value, sizeof value); /* cut when too long */
		(void)settings_from(s, row, from, sizeof from);
		(void)settings_replaced(s, row, replaced, sizeof replaced);
		if (json) {
			sayf(stdout, "%s{", i > 0 ? "," : "");
			json_field("name", row->name, ",");
			json_field("value", value, ",");
			json_field("from", from, ",");
			json_field("replaced", replaced + (replaced[0] != '\0' ? 2 : 0), ",");
			json_field("help", row->help, "}");
		} else {
			sayf(stdout, "  %s=%s\n      %s%s; %s\n", row->name, value, from, replaced,
			     row->help);
		}
	}
}

static void show_line(void *arg, const char *text)
{
	(void)arg;
	if (json) {
		(void)fputs(listed++ > 0 ? "," : "", stdout);
		json_string(text);
	} else {
		sayf(stdout, "  %s\n", text);
	}
}

static bool unasked; /* no step of the service's PAM stack asks pam_cordon: whatever a rule says is vain */

static const char *verdict_word(enum verdict v)
{
	if (unasked)
		return "not confined";
	switch (v) {
	case VERDICT_CONFINE:
		return "confined";
	case VERDICT_UNCONFINED:
		return "left alone";
	case VERDICT_DENY:
		break;
	}
	return "refused";
}

/* Why, in words that a rule's error or the rule itself doesn't give. */
static const char *reason(const struct decision *d, const struct facts *facts)
{
	if (facts->login.uid == 0)
		return "uid 0 is never confined";
	if (d->verdict == VERDICT_UNCONFINED && d->rule[0] == '\0')
		return "no rule matches";
	return "";
}

/* What a login would find missing: the plan is made without looking at the host's files. */
static void find_warnings(const struct policy_paths *paths, const struct decision *d,
			  const struct facts *facts, struct diag *ret)
{
	struct stat st;

	if (check_find(paths->root, "/usr", &st, NULL) != 1) /* a tree of configuration alone */
		return;
	check_warn_paths(paths, &d->settings, facts->home, ret);
	check_warn_programs(paths, &d->settings, ret);
	diag_sort(ret);
}

static void show_warnings(const struct diag *d)
{
	char text[2048];

	for (size_t i = 0; i < d->n; i++) {
		(void)err_text(&d->list[i], text, sizeof text);
		if (json) {
			(void)fputs(i > 0 ? "," : "", stdout);
			json_string(text);
		} else {
			sayf(stdout, "%s\n", text);
		}
	}
}

static void show_text(const struct decision *d, const struct facts *facts, const struct plan *plan,
		      const char *why, const struct diag *warned)
{
	if (d->rule[0] != '\0')
		sayf(stdout, "%s: matches\n", d->rule);
	sayf(stdout, "%s (uid %u) by %s: %s%s%s\n", facts->login.user, facts->login.uid,
	     facts->login.service, verdict_word(d->verdict), why[0] != '\0' ? ": " : "", why);
	if (d->verdict == VERDICT_DENY && !unasked)
		sayf(stdout, "the user is told: %s\n", d->user_text);
	show_warnings(warned);
	if (d->rule[0] != '\0' && d->settings.services.n > 0) {
		sayf(stdout, "settings:\n");
		show_settings(&d->settings);
	}
	if (plan != NULL) {
		sayf(stdout, "what will be done:\n");
		explain_plan(plan, show_line, NULL);
		explain_kernel(plan, json);
	}
}

static void show_json(const struct decision *d, const struct facts *facts, const struct plan *plan,
		      const char *why)
{
	json_field("user", facts->login.user, ",");
	sayf(stdout, "\"uid\":%u,", facts->login.uid);
	json_field("service", facts->login.service, ",");
	json_field("verdict", verdict_word(d->verdict), ",");
	json_field("rule", d->rule, ",");
	json_field("error", d->verdict == VERDICT_DENY ? why : "", ",");
	json_field("reason", why, ",");
	json_field("message", d->verdict == VERDICT_DENY ? d->user_text : "", ",");
	if (plan != NULL)
		explain_kernel(plan, json);
	(void)fputs("\"settings\":[", stdout);
	if (d->rule[0] != '\0' && d->settings.services.n > 0)
		show_settings(&d->settings);
	(void)fputs("],\"plan\":[", stdout);
	listed = 0;
	if (plan != NULL)
		explain_plan(plan, show_line, NULL);
	(void)fputs("]}\n", stdout);
}

static void show_door(void *arg, const struct door *d)
{
	char text[800], line[1200];
	struct err e = d->why;

	(void)arg;
	(void)snprintf(e.msg, sizeof e.msg, "%.500s",
		       door_text(d, text, sizeof text)); /* cut: for people */
	(void)err_text(&e, line, sizeof line);
	if (json) {
		(void)fputs(listed++ > 0 ? "," : "", stdout);
		json_string(line);
	} else {
		sayf(stdout, "open: %s\n", line);
	}
}

/* The services that don't ask; of an account that is left alone nobody need ask. */
static size_t show_doors(const char *root, const struct decision *d)
{
	size_t n = 0;

	listed = 0;
	if (json)
		(void)fputs("\"open\":[", stdout);
	if (d->verdict != VERDICT_UNCONFINED)
		n = doors_open(root, show_door, NULL);
	if (json)
		(void)fputs("],", stdout);
	return n;
}

static int show(const struct policy_paths *paths, struct decision *d, const struct facts *facts)
{
	const char *const root = paths->root;
	struct diag warned = { .max = DIAG_MAX };
	struct plan *plan = NULL;
	struct err e = d->err, door;
	char text[1024];
	size_t open;

	if (d->verdict == VERDICT_CONFINE &&
	    (needs_login(&e) < 0 || plan_compile(&d->settings, facts, d->rule, &plan, &e) < 0)) {
		d->verdict = VERDICT_DENY;
		decision_refuse(d);
	}
	if (d->verdict != VERDICT_UNCONFINED && !door_check(root, facts->login.service, &door)) {
		unasked = true;
		e = door;
		free(plan);
		plan = NULL;
	}
	if (e.code != 0)
		(void)err_text(&e, text, sizeof text);
	else
		(void)snprintf(text, sizeof text, "%s", reason(d, facts)); /* fits */
	if (plan != NULL)
		find_warnings(paths, d, facts, &warned);
	if (json) {
		(void)fputs("],\"warnings\":[", stdout); /* after the files passed over */
		show_warnings(&warned);
		(void)fputs("],", stdout);
		open = show_doors(root, d);
		show_json(d, facts, plan, text);
	} else {
		show_text(d, facts, plan, text, &warned);
		open = show_doors(root, d);
	}
	diag_free(&warned);
	free(plan);
	return d->verdict == VERDICT_DENY || unasked || open > 0 ? EXIT_NO : EXIT_YES;
}

static int parse_time(const char *text, time_t *ret)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%d %H:%M", &tm);
	const int day = tm.tm_mday;

	/* a day that a month doesn't have would become one of the next */
	if (end == NULL || *end != '\0' || (*ret = mktime(&tm)) == (time_t)-1 || tm.tm_mday != day) {
		sayf(stderr, "cordon: --at '%s': write it like '2026-11-24 08:30'\n", text);
		return -EINVAL;
	}
	return 0;
}

static int copy_arg(char *to, size_t size, const char *from)
{
	if (strlen(from) >= size) {
		sayf(stderr, "cordon: an argument is too long\n");
		return -EINVAL;
	}
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

/* What is asked for: a login, by rules, at a time. */
struct question {
	struct policy_paths paths;
	struct login login;
	time_t at;
};

static int option_of(struct question *q, int option, const char *arg)
{
	switch (option) {
	case 's':
		return copy_arg(q->login.service, sizeof q->login.service, arg);
	case 'h':
		return copy_arg(q->login.rhost, sizeof q->login.rhost, arg);
	case 't': /* as PAM's is taken */
		return copy_arg(q->login.tty, sizeof q->login.tty,
				arg + (strncmp(arg, "/dev/", 5) == 0 ? 5 : 0));
	case 'a':
		return parse_time(arg, &q->at);
	case 'r':
		return ctl_root(&q->paths, arg);
	case 'c':
		command = arg;
		return 0;
	case 'j':
		json = true;
		return 0;
	default:
		return -EINVAL; /* next_option() has said what */
	}
}

static int options_of(int argc, char **argv, struct question *q)
{
	static const struct option options[] = { { "service", required_argument, NULL, 's' },
						 { "rhost", required_argument, NULL, 'h' },
						 { "tty", required_argument, NULL, 't' },
						 { "at", required_argument, NULL, 'a' },
						 { "root", required_argument, NULL, 'r' },
						 { "json", no_argument, NULL, 'j' },
						 { "command", required_argument, NULL, 'c' },
						 { NULL, 0, NULL, 0 } };
	int option, r = 0;

	while (r == 0 && (option = next_option(argc, argv, "", options)) != -1)
		r = option_of(q, option, optarg);
	if (r == 0 && (optind != argc - 1 || argv[optind][0] == '\0')) {
		sayf(stderr, "cordon: explain wants one user, by name or uid\n");
		r = -EINVAL;
	}
	return r < 0 ? r : copy_arg(q->login.user, sizeof q->login.user, argv[optind]);
}

/* An account by its name, or by its uid where nobody has the number for a name; as lookup_user(). */
static int account(const char *text, struct passwd *ret, char **buf)
{
	const char *end;
	uint64_t uid;
	const int r = lookup_user(text, 0, ret, buf);

	if (r != 0 || type_number(text, &end, &uid) < 0 || *end != '\0' || uid >= UINT32_MAX)
		return r;
	return lookup_user(NULL, (uid_t)uid, ret, buf);
}

/* Who it is. Accounts are the tree's own where it has some: an image knows other people. */
static int resolve(struct question *q, struct facts *facts)
{
	char passwd[4200];
	struct passwd pw;
	struct err e = { 0 };
	char *buf = NULL;
	int r;

	(void)snprintf(passwd, sizeof passwd, "%s/etc/passwd",
		       q->paths.root); /* then it isn't there */
	if (q->paths.root[0] != '\0' && access(passwd, F_OK) == 0)
		lookup_below(q->paths.root);
	r = account(q->login.user, &pw, &buf);
	if (r == 1)
		q->login.uid = pw.pw_uid;
	if (r == 1 && copy_arg(q->login.user, sizeof q->login.user, pw.pw_name) < 0)
		r = -ENAMETOOLONG;
	free(buf);
	if (r == 1)
		r = facts_resolve(&q->login, facts, &e);
	else
		r = err_set(&e, -ENOENT, "%s: %s", q->login.user,
			    r == 0 ? "there is no such account" : strerror(-r));
	if (r < 0) {
		sayf(stderr, "cordon: %s\n", e.msg);
		return r;
	}
	if (q->at != 0)
		facts->now = q->at;
	return 0;
}

int explain_main(int argc, char **argv)
{
	static struct facts facts; /* large */
	struct question q = { .login.service = "sshd" };
	struct decision d;
	int r;

	policy_paths_default(&q.paths);
	if (options_of(argc, argv, &q) < 0)
		return EXIT_USAGE;
	if (resolve(&q, &facts) < 0)
		return EXIT_SYSTEM;
	if (command == NULL || !json)
		q.paths.trace = passed_over;
	if (command == NULL && json)
		(void)fputs("{\"passed_over\":[", stdout);
	(void)policy_decide(&q.paths, &facts, &d); /* the decision itself says what failed */
	if (command != NULL && d.verdict == VERDICT_CONFINE) {
		r = explain_command(&d.settings, facts.home, command, json);
	} else {
		if (command != NULL && json)
			(void)fputs("{\"passed_over\":[", stdout);
		r = show(&q.paths, &d, &facts);
	}
	if (d.err.code == -EACCES && geteuid() != 0) { /* a login would have read them */
		sayf(stderr, "cordon: you can't read all rules; ask as root\n");
		r = EXIT_SYSTEM;
	}
	decision_free(&d);
	return r;
}
