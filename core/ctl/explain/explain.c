/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - cordon explain: which rule decides, where each setting was written, what it does */
#include "ctl/explain/explain.h"

#include "base/cleanup.h"
#include "policy/account/lookup.h"
#include "policy/account/resolve.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A section that doesn't match, or a file that is masked. */
static void on_skipped(void *arg, const char *file, unsigned line, const char *why)
{
	struct explain *x = arg;

	x->n_skipped++;
	if (x->as_json) {
		json_object(&x->json, NULL);
		json_string(&x->json, "file", file);
		json_number(&x->json, "line", line);
		json_string(&x->json, "why", why);
		json_end(&x->json);
	} else if (line == 0) {
		sayf(x->skipped, "%s: skipped: %s\n", file, why);
	} else {
		sayf(x->skipped, "%s:%u: skipped: %s= does not match\n", file, line, why);
	}
}

static int parse_time(const char *text, time_t *ret)
{
	struct tm tm = { .tm_isdst = -1 };
	const char *end = strptime(text, "%Y-%m-%d %H:%M", &tm);
	const int day = tm.tm_mday;

	/* a day that a month doesn't have would become one of the next */
	if (end == NULL || *end != '\0' || (*ret = mktime(&tm)) == (time_t)-1 || tm.tm_mday != day) {
		sayf(stderr, "cordon: --at: invalid time '%s'; write it like '2026-11-24 08:30'\n",
		     text);
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

static int option_of(struct explain *x, int option, const char *arg)
{
	switch (option) {
	case 's':
		return copy_arg(x->login.service, sizeof x->login.service, arg);
	case 'h':
		return copy_arg(x->login.rhost, sizeof x->login.rhost, arg);
	case 't': /* as PAM's is taken */
		return copy_arg(x->login.tty, sizeof x->login.tty,
				arg + (strncmp(arg, "/dev/", 5) == 0 ? 5 : 0));
	case 'a':
		return parse_time(arg, &x->at);
	case 'r':
		return ctl_root(&x->paths, arg);
	case 'c':
		x->command = arg;
		return 0;
	case 'l':
		x->all = true;
		return 0;
	case 'j':
		x->as_json = true;
		return 0;
	default:
		return -EINVAL; /* next_option() has said what */
	}
}

static int options_of(int argc, char **argv, struct explain *x)
{
	static const struct option options[] = { { "service", required_argument, NULL, 's' },
						 { "rhost", required_argument, NULL, 'h' },
						 { "tty", required_argument, NULL, 't' },
						 { "at", required_argument, NULL, 'a' },
						 { "root", required_argument, NULL, 'r' },
						 { "json", no_argument, NULL, 'j' },
						 { "all", no_argument, NULL, 'l' },
						 { "command", required_argument, NULL, 'c' },
						 { NULL, 0, NULL, 0 } };
	int option, r = 0;

	while (r == 0 && (option = next_option(argc, argv, "", options)) != -1)
		r = option_of(x, option, optarg);
	if (r == 0 && (optind != argc - 1 || argv[optind][0] == '\0')) {
		sayf(stderr,
		     "cordon: explain requires one user, by name or uid; cordon explain --help shows the usage\n");
		r = -EINVAL;
	}
	return r < 0 ? r : copy_arg(x->login.user, sizeof x->login.user, argv[optind]);
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

static void say_no_account(const char *name, int r)
{
	cleanup_free char *near = r == 0 ? ctl_near(true, name) : NULL;

	if (r < 0)
		sayf(stderr, "cordon: user '%s' cannot be looked up: %s\n", name, strerror(-r));
	else if (near != NULL)
		sayf(stderr, "cordon: there is no user '%s'; did you mean '%s'?\n", name, near);
	else
		sayf(stderr, "cordon: there is no user '%s'; 'getent passwd' lists the users\n",
		     name);
}

/* Who it is. Accounts are the tree's own where it has some: an image knows other people. */
static int resolve(struct explain *x, struct facts *facts)
{
	cleanup_free char *buf = NULL;
	char passwd[4200];
	struct passwd pw;
	struct err e = { 0 };
	int r;

	(void)snprintf(passwd, sizeof passwd, "%s/etc/passwd",
		       x->paths.root); /* cut: then it isn't there */
	if (x->paths.root[0] != '\0' && access(passwd, F_OK) == 0)
		lookup_below(x->paths.root);
	r = account(x->login.user, &pw, &buf);
	if (r != 1) {
		say_no_account(x->login.user, r);
		return r < 0 ? r : -ENOENT;
	}
	x->login.uid = pw.pw_uid;
	r = copy_arg(x->login.user, sizeof x->login.user, pw.pw_name);
	if (r < 0)
		return r;
	r = facts_resolve(&x->login, facts, &e);
	if (r < 0)
		sayf(stderr, "cordon: %s\n", e.msg);
	else if (x->at != 0)
		facts->now = x->at;
	return r;
}

/* JSON begins before the rules are read: what they skip is its first member. */
static int trace_start(struct explain *x)
{
	x->paths.trace_arg = x;
	if (x->as_json && x->command != NULL)
		return 0;
	x->paths.trace = on_skipped;
	if (x->as_json) {
		json_object(&x->json, NULL);
		json_array(&x->json, "skipped");
		return 0;
	}
	x->skipped = open_memstream(&x->skipped_text, &x->skipped_size);
	return x->skipped != NULL ? 0 : -ENOMEM;
}

static int answer(struct explain *x, struct decision *d, const struct facts *facts)
{
	if (x->skipped != NULL && fclose(x->skipped) != 0)
		return EXIT_SYSTEM;
	if (x->command == NULL || d->verdict != VERDICT_CONFINE) {
		if (x->command != NULL && x->as_json) {
			json_object(&x->json, NULL);
			json_array(&x->json, "skipped");
		}
		return explain_show(x, d, facts);
	}
	if (!x->as_json)
		(void)fwrite(x->skipped_text, 1, x->skipped_size, stdout);
	return explain_command(x, &d->settings, facts->home);
}

int explain_main(int argc, char **argv)
{
	static struct facts facts; /* large */
	struct explain x = { .login.service = "sshd", .json.f = stdout };
	struct decision d;
	int r;

	policy_paths_default(&x.paths);
	if (options_of(argc, argv, &x) < 0)
		return EXIT_USAGE;
	if (resolve(&x, &facts) < 0 || trace_start(&x) < 0)
		return EXIT_SYSTEM;
	(void)policy_decide(&x.paths, &facts, &d); /* the decision itself says what failed */
	r = answer(&x, &d, &facts);
	if (d.err.code == -EACCES && geteuid() != 0) { /* a login would have read them */
		sayf(stderr, "cordon: some rules are not readable; run 'sudo cordon explain'\n");
		r = EXIT_SYSTEM;
	}
	decision_free(&d);
	free(x.skipped_text);
	return r;
}
