/* SPDX-License-Identifier: Apache-2.0 */
/* drop_test.c - leave out each drop in turn: the proof must notice and name it */
#include <string.h>

static const char *skipped;
#define DROP_SKIP(what) (skipped != NULL && strcmp(skipped, (what)) == 0)
#include "confine/self/drop.c"
#include "confine/child.h"
#include "own_filter.h"

#include "policy/compile/compile.h"
#include "policy/compile/needs.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

enum { USER = 12345, GROUP = 12346, EXTRA = 12347 };

static struct plan *plan;
static struct plan_login *login;
static int procfd;

/* The state that a child of root starts from. */
struct weather {
	const char *skip;
	int unshare_flags;     /* after the namespaces to be in were looked at */
	bool roots_groups;     /* the PAM application forgot to change them */
	bool filtered_already; /* by the machine that all this runs on */
};

/* The steps of every user's process, at a login and in `cordon run`. */
static const struct step_row rows[] = {
#define WALKS_SHELL_PROGRAM STEP_ROW
#include "confine/rows.h"
};

static int walk(struct confine *c, enum step last)
{
	return steps_walk(c, rows, sizeof rows / sizeof rows[0], last);
}

static int drop_all(const struct weather *w)
{
	static const gid_t groups[] = { EXTRA }, forgotten[] = { EXTRA, 0 };
	static const struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = 0x7fff0000u };
	struct confine c = { .plan = plan, .login = login, .sync = -1, .procfd = procfd };
	uint64_t caps, none;
	int r;

	skipped = w->skip;
	/* a session keyring of an earlier login, and capabilities in every set that there is */
	r = sys_keyring_private() < 0 || sys_capget(&none, &caps, &none) < 0 ||
	    sys_capset(caps, caps, caps) < 0 ||
	    sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0, 0, 0) < 0 ||
	    setgroups(w->roots_groups ? 2 : 1, w->roots_groups ? forgotten : groups) < 0 ||
	    setresgid(GROUP, 0, 0) < 0 || ns_ids_read(procfd, "self/ns", &c.ns) < 0 ||
	    unshare(w->unshare_flags) < 0;
	if (r != 0)
		return 255;
	if (w->unshare_flags & (CLONE_NEWPID | 0x80)) { /* these are for children */
		const pid_t pid = fork();
		int status;

		if (pid > 0 && waitpid(pid, &status, 0) == pid)
			return WEXITSTATUS(status);
	}
	r = walk(&c, STEP_KEYRING);
	if (r == 0 && w->filtered_already)
		r = sys_seccomp_load(&allow, 1);
	if (r == 0)
		r = walk(&c, STEP_NONE);
	return r < 0 ? (int)c.fail.step : 0;
}

static const char *outcome(const struct weather *w)
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		/* a second process, so that the filter does not affect the end of the first one */
		const pid_t again = fork();
		if (again == 0)
			_exit(drop_all(w));
		if (waitpid(again, &status, 0) < 0 || !WIFEXITED(status))
			_exit(254);
		_exit(WEXITSTATUS(status));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 255); /* set-up failed */
	return WEXITSTATUS(status) == 0 ? "all held" : step_name((uint32_t)WEXITSTATUS(status));
}

static void nothing_left_out(void **state)
{
	const struct weather fair = { 0 }, filtered = { .filtered_already = true };

	(void)state;
	assert_string_equal(outcome(&fair), "all held");
	assert_string_equal(outcome(&filtered), "all held");
}

static void each_drop_left_out(void **state)
{
	static const struct {
		const char *skip, *step;
	} cases[] = {
		{ "limits", "prove-limits" },
		{ "gid", "prove-ids" },
		{ "uid", "prove-ids" },
		{ "capset", "prove-ids" }, /* with capabilities, regaining privilege succeeds */
		{ "bounding", "prove-bounding-set" },
		{ "securebits", "prove-securebits" },
		{ "no_new_privs", "prove-no-new-privs" },
		{ "keyring", "prove-keyring" },
		{ "filter", "prove-filter" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct weather w = { .skip = cases[i].skip };

		if (strcmp(outcome(&w), cases[i].step) != 0)
			fail_msg("without %s: %s", cases[i].skip, outcome(&w));
	}
}

/* Every DROP_SKIP() of drop.c is in the test above. */
static void no_drop_forgotten(void **state)
{
	FILE *f = popen("grep -o 'DROP_SKIP(\"[a-z_]*' core/confine/self/drop.c | sort -u | wc -l",
			"r");
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	if (fscanf(f, "%u", &n) != 1 || n == 0)
		skip(); /* not started at the top of the tree */
	(void)pclose(f);
	assert_int_equal(n, 9);
}

static void a_filter_of_others_is_no_filter(void **state)
{
	const struct weather w = { .skip = "filter", .filtered_already = true };

	(void)state;
	assert_string_equal(outcome(&w), "prove-filter");
}

static void groups_of_root(void **state)
{
	const struct weather w = { .roots_groups = true };

	(void)state;
	assert_string_equal(outcome(&w), "prove-groups");
}

static void each_namespace_another(void **state)
{
	static const struct {
		int flag;
		const char *step;
	} kinds[] = {
		{ CLONE_NEWNS, "prove-mount-namespace" },
		{ CLONE_NEWPID, "prove-pid-namespace" },
		{ CLONE_NEWIPC, "prove-ipc-namespace" },
		{ CLONE_NEWUTS, "prove-uts-namespace" },
		{ CLONE_NEWNET, "prove-network-namespace" },
		{ CLONE_NEWCGROUP, "prove-cgroup-namespace" },
		{ 0x80, "prove-time-namespace" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const struct weather w = { .unshare_flags = kinds[i].flag };

		if (strcmp(outcome(&w), kinds[i].step) != 0)
			fail_msg("%s: %s", kinds[i].step, outcome(&w));
	}
}

static int prepare(void **state)
{
	static struct facts facts;
	struct settings s;
	struct err e = { 0 };

	(void)state;
	if (geteuid() != 0)
		return 0;
	facts.login.uid = USER;
	facts.gid = GROUP;
	facts.n_groups = 2;
	facts.groups[0] = GROUP;
	facts.groups[1] = EXTRA;
	(void)strcpy(facts.login.user, "user");
	(void)strcpy(facts.home, "/home/user");
	(void)strcpy(facts.shell, "/bin/sh");
	(void)strcpy(facts.session, "0");
	use_own_filter();
	if (settings_init(&s) < 0)
		return -1;
	s.limit_nofile = (struct set_pair){ .soft = 64, .hard = 64, .given = true };
	if (plan_compile(&s, &facts, &plan, &e) < 0 ||
	    plan_login_compile(&s, &facts, "", &login, &e) < 0)
		print_message("%s\n", e.msg);
	settings_free(&s);
	procfd = open("/proc", O_PATH | O_DIRECTORY);
	return login != NULL && procfd >= 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_left_out),
		cmocka_unit_test(each_drop_left_out),
		cmocka_unit_test(no_drop_forgotten),
		cmocka_unit_test(a_filter_of_others_is_no_filter),
		cmocka_unit_test(groups_of_root),
		cmocka_unit_test(each_namespace_another),
	};

	if (geteuid() != 0) {
		(void)fprintf(stderr, "drop_test: SKIPPED, needs root\n");
		return 0;
	}
	if (!needs_has(FEATURE_SECCOMP)) { /* as below qemu-user */
		(void)fprintf(stderr, "drop_test: SKIPPED, this kernel has no seccomp(2)\n");
		return 0;
	}
	return cmocka_run_group_tests_name("drop", tests, prepare, NULL);
}
