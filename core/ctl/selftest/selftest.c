/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.c - cordon selftest: try to break each setting of a rule from inside a real session */
#include "ctl/selftest/selftest.h"

#include "policy/account/resolve.h"
#include "policy/compile/compile.h"
#include "policy/text/diag.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what is expected ---- */

static int take(char *to, size_t size, const char *from)
{
	if (strlen(from) >= size) {
		sayf(stderr, "cordon: '%s' is too long; write at most %zu characters\n", from,
		     size - 1);
		return -EINVAL;
	}
	memcpy(to, from, strlen(from) + 1);
	return 0;
}

static int facts_take(struct selftest *t, const char *user, struct err *e)
{
	const char *service = t->o.service != NULL ? t->o.service : "sshd";
	struct login login = { .uid = 0 };
	const struct passwd *pw = getpwnam(user);

	if (pw == NULL)
		return ctl_no_such(true, user, e);
	if (pw->pw_uid == 0)
		return err_set(e, -EPERM, "'%s' is root, whom no rule confines", user);
	login.uid = pw->pw_uid;
	if (take(login.user, sizeof login.user, pw->pw_name) < 0 ||
	    take(login.service, sizeof login.service, service) < 0 ||
	    take(login.rhost, sizeof login.rhost, t->o.rhost != NULL ? t->o.rhost : "") < 0)
		return err_set(e, -EINVAL, "an argument is too long");
	return facts_resolve(&login, &t->facts, e);
}

/* What another rule says is what is expected: its file may be a draft, or the rule of before. */
static int other_rule(struct selftest *t, struct err *e)
{
	struct policy_paths own = t->paths;
	struct rule rule = { 0 };
	char *dir = realpath(t->o.rule, NULL), *slash = dir != NULL ? strrchr(dir, '/') : NULL;
	struct policy_name name = { .name = NULL };
	struct diag d = { 0 };
	int r;

	if (slash == NULL)
		return err_set(e, -ENOENT, "--rule: %.300s: %s", t->o.rule, strerror(errno));
	name.name = strdup(slash + 1);
	slash[slash == dir] = '\0';
	own.rules_etc = dir;
	own.files = NULL;
	r = policy_load(&own, &name, 0, &rule, e);
	if (r > 0)
		r = policy_merge(&t->paths, &rule, &t->rules, &t->own, &d);
	else if (r == 0)
		r = err_set(e, -ENOENT, "--rule: %.300s is masked; give another rule", t->o.rule);
	if (d.first.code != 0)
		*e = d.first;
	diag_free(&d);
	if (r < 0)
		return e->code != 0 ? r :
				      err_set(e, r, "--rule: %.300s: %s", t->o.rule, strerror(-r));
	t->set = &t->own;
	return settings_expand(&t->own, &t->facts, e);
}

static int plans_make(struct selftest *t, struct err *e)
{
	int r = 0;

	t->set = &t->d.settings;
	if (t->o.rule != NULL)
		r = other_rule(t, e);
	if (r == 0)
		r = plan_compile(t->set, &t->facts, &t->plan, e);
	return r < 0 ? r : plan_login_compile(t->set, &t->facts, t->d.rule, &t->login, e);
}

/* ---- the run ---- */

static int failed(const struct err *e, int code)
{
	char text[1024];

	sayf(stderr, "cordon: %s\n", err_text(e, text, sizeof text));
	return code;
}

static int run(struct selftest *t)
{
	struct err e = { 0 };
	size_t gave_way;
	int r;

	if (bait_lay(t) < 0) {
		bait_remove(&t->bait);
		return failed(
			&(struct err){
				.msg = "no socket or process can be made to try the session with" },
			EXIT_SYSTEM);
	}
	expect_all(t);
	r = t->failed ? err_set(&e, -ENOMEM, "out of memory") : session_try(t, &e);
	bait_remove(&t->bait);
	if (r < 0)
		return failed(&e, EXIT_SETUP);
	if (!t->answered[WAY_LOGIN] && !t->answered[WAY_ENTERED])
		return failed(
			&(struct err){
				.msg = "the session began, but nothing could be tried in it; 'cordon log' says more" },
			EXIT_SETUP);
	gave_way = judge(t);
	selftest_print(t, gave_way);
	if (!t->answered[WAY_ENTERED])
		sayf(stderr,
		     "cordon: no session of cordon began; see 'cordon check' about the PAM stack of %s\n",
		     t->facts.login.service);
	else if (t->unsure > 0)
		sayf(stderr,
		     "cordon: %zu attempts by root who entered were ended before their answer; see which programs of the user run in the session, and try again\n",
		     t->unsure);
	return gave_way > 0 || t->unsure > 0 || !t->answered[WAY_ENTERED] ? EXIT_NO : EXIT_YES;
}

static int selftest(struct selftest *t, const char *user)
{
	struct err e = { 0 };
	int r = facts_take(t, user, &e);

	if (r < 0)
		return failed(&e, r == -ENOENT ? EXIT_USAGE : EXIT_SETUP);
	(void)policy_decide(&t->paths, &t->facts, &t->d); /* d.err says what failed */
	if (t->d.verdict == VERDICT_UNCONFINED)
		return failed(
			&(struct err){
				.msg = "no rule confines this login; 'cordon explain' says why" },
			EXIT_SETUP);
	if (t->d.verdict == VERDICT_DENY)
		return failed(
			t->d.err.code != 0 ?
				&t->d.err :
				&(struct err){
					.msg = "the rule denies this login; 'cordon explain' says why" },
			EXIT_SETUP);
	if (plans_make(t, &e) < 0)
		return failed(&e, EXIT_SETUP);
	return run(t);
}

int selftest_main(int argc, char **argv)
{
	static const struct option_row rows[] = {
#define OPTION(name, argument, member, help) \
	OPTION_ROW(struct selftest_options, name, argument, member, help),
#include "ctl/options/selftest.def"
#undef OPTION
	};
	const size_t n = sizeof rows / sizeof rows[0];
	static struct selftest t; /* large */
	const int first = options_parse(rows, n, &t.o, "", argc, argv);
	int code;

	if (first >= 0 && t.o.help) {
		ctl_help("selftest", rows, n, "");
		return EXIT_YES;
	}
	if (first < 0)
		return EXIT_USAGE;
	if (first != argc - 1) {
		sayf(stderr, "cordon: selftest requires one user; write 'cordon selftest USER'\n");
		return EXIT_USAGE;
	}
	if (geteuid() != 0) {
		sayf(stderr, "cordon: selftest opens a session, as login(1) does; run it as root\n");
		return EXIT_USAGE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	policy_paths_default(&t.paths);
	code = selftest(&t, argv[first]);
	decision_free(&t.d);
	rule_set_free(&t.rules);
	settings_free(&t.own);
	return code;
}
