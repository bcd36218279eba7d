/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - cordon explain: show which rule decides, and the origin and effect of each setting */
#include "ctl/explain/explain.h"

#include "ctl/explain/diff.h"
#include "ctl/explain/exposure.h"

#include "base/cleanup.h"
#include "policy/account/lookup.h"
#include "policy/account/resolve.h"
#include "policy/settings/types.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Records a section that does not match, or a masked file. */
static void on_skipped(void *arg, const char *file, unsigned line, const char *why)
{
	struct explain *x = arg;

	x->n_skipped++;
	if (x->o.json) {
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

	/* mktime(3) turns a day that the month does not have into a day of the next month */
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
		sayf(stderr, "cordon: an argument is too long; write at most %zu characters\n",
		     size - 1);
		return -EINVAL;
	}
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

/* Copies the facts that the options give about the login. */
static int take_options(struct explain *x)
{
	const struct explain_options *o = &x->o;
	const char *tty = o->tty;
	int r = 0;

	if (tty != NULL && strncmp(tty, "/dev/", 5) == 0) /* as the module does with PAM_TTY */
		tty += 5;
	if (o->run_as) {
		x->login.by = LOGIN_BY_RUN;
		(void)snprintf(x->login.service, sizeof x->login.service,
			       FACTS_SERVICE_RUN); /* fits */
	}
	if (o->service != NULL)
		r = copy_arg(x->login.service, sizeof x->login.service, o->service);
	if (r == 0 && o->rhost != NULL)
		r = copy_arg(x->login.rhost, sizeof x->login.rhost, o->rhost);
	if (r == 0 && tty != NULL)
		r = copy_arg(x->login.tty, sizeof x->login.tty, tty);
	if (r == 0 && o->at != NULL)
		r = parse_time(o->at, &x->at);
	return r == 0 && o->root != NULL ? ctl_root(&x->paths, o->root) : r;
}

/* Returns 1 after --help. */
static int options_of(int argc, char **argv, struct explain *x)
{
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct explain_options, name, argument, member, help),
#include "ctl/options/explain.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	const int first = options_parse(rows, n, &x->o, "", argc, argv);

	if (first >= 0 && x->o.help) {
		ctl_help("explain", rows, n, "");
		return 1;
	}
	if (first < 0 || take_options(x) < 0)
		return -EINVAL;
	if (x->o.diff || x->o.exposure)
		return diff_options(x, argc - first, argv + first);
	if (x->o.user != NULL || x->o.threshold != NULL) {
		sayf(stderr, "cordon: %s\n",
		     x->o.user != NULL ?
			     "--user requires --diff or --exposure; write 'cordon explain --exposure --user USER FILE'" :
			     "--threshold requires --exposure; write 'cordon explain --exposure --threshold NUMBER USER'");
		return -EINVAL;
	}
	if (first != argc - 1 || argv[first][0] == '\0') {
		sayf(stderr, "cordon: explain requires one user, by name or uid; "
			     "write 'cordon explain USER'\n");
		return -EINVAL;
	}
	return copy_arg(x->login.user, sizeof x->login.user, argv[first]);
}

/* As lookup_user(), but @text may be a uid if no account has the number for a name. */
static int account(const char *text, struct passwd *ret, char **buf)
{
	const char *end;
	uint64_t uid;
	const int r = lookup_user(text, 0, ret, buf);

	if (r != 0 || type_number(text, &end, &uid) < 0 || *end != '\0' || uid >= UINT32_MAX)
		return r;
	return lookup_user(NULL, (uid_t)uid, ret, buf);
}

int explain_account(const struct explain *x, const char *name, struct passwd *ret, char **buf)
{
	char passwd[4200];

	(void)snprintf(passwd, sizeof passwd, "%s/etc/passwd",
		       x->paths.root); /* a truncated path does not exist */
	if (x->paths.root[0] != '\0' && access(passwd, F_OK) == 0)
		lookup_below(x->paths.root);
	return account(name, ret, buf);
}

int explain_facts(const struct explain *x, struct login *login, struct facts *facts)
{
	cleanup_free char *buf = NULL;
	struct passwd pw;
	struct err e = { 0 };
	const int r = explain_account(x, login->user, &pw, &buf);

	if (r != 1) {
		if (r == 0)
			ctl_no_such(true, login->user, &e);
		else
			err_set(&e, r,
				"user '%s' cannot be looked up: %s; check the directory service with getent(1)",
				login->user, strerror(-r));
		sayf(stderr, "cordon: %s\n", e.msg);
		return r == 0 ? EXIT_USAGE : EXIT_SYSTEM;
	}
	login->uid = pw.pw_uid;
	if (copy_arg(login->user, sizeof login->user, pw.pw_name) < 0)
		return EXIT_SYSTEM;
	if (facts_resolve(login, facts, &e) < 0) {
		sayf(stderr, "cordon: %s\n", e.msg);
		return EXIT_SYSTEM;
	}
	if (x->at != 0)
		facts->now = x->at;
	return EXIT_YES;
}

/* JSON begins before the rules are read, because the skipped sections are its first member. */
static int trace_start(struct explain *x)
{
	x->paths.trace_arg = x;
	if (x->o.json && x->o.command != NULL)
		return 0;
	x->paths.trace = on_skipped;
	if (x->o.json) {
		json_object(&x->json, NULL);
		json_array(&x->json, "skipped");
		return 0;
	}
	x->skipped = open_memstream(&x->skipped_text, &x->skipped_size);
	return x->skipped != NULL ? 0 : -ENOMEM;
}

static int show_answer(struct explain *x, struct decision *d, const struct facts *facts)
{
	if (x->skipped != NULL && fclose(x->skipped) != 0)
		return EXIT_SYSTEM;
	if (x->o.command == NULL || d->verdict != VERDICT_CONFINE) {
		if (x->o.command != NULL && x->o.json) {
			json_object(&x->json, NULL);
			json_array(&x->json, "skipped");
		}
		return explain_show(x, d, facts);
	}
	if (!x->o.json)
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
	r = options_of(argc, argv, &x);
	if (r != 0)
		return r < 0 ? EXIT_USAGE : EXIT_YES;
	if (x.o.diff || x.o.exposure)
		return x.o.diff ? diff_main(&x) : exposure_main(&x);
	r = explain_facts(&x, &x.login, &facts);
	if (r != EXIT_YES)
		return r;
	if (trace_start(&x) < 0)
		return EXIT_SYSTEM;
	(void)policy_decide(&x.paths, &facts, &d); /* @d says what failed */
	r = show_answer(&x, &d, &facts);
	/* a login reads the rules as root, so this error is not the verdict */
	if (d.err.code == -EACCES && geteuid() != 0) {
		sayf(stderr, "cordon: some rules are not readable; run 'sudo cordon explain'\n");
		r = EXIT_SYSTEM;
	}
	decision_free(&d);
	free(x.skipped_text);
	return r;
}
