/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.c - decide about a login and compile the plan of its session */
#include "login/login.h"
#include "login/names_ask.h"

#include "base/cleanup.h"
#include "contract/plan.h"
#include "contract/registry.h"
#include "policy/account/owners.h"
#include "policy/account/resolve.h"
#include "policy/compile/compile.h"
#include "policy/compile/needs.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int make_plan(struct attempt *a)
{
	const struct settings *set = &a->decision.settings;
	cleanup_free struct plan *plan = NULL;
	cleanup_free struct plan_login *login = NULL;

	if (needs_login(&a->failure) < 0 || plan_compile(set, &a->facts, &plan, &a->failure) < 0 ||
	    plan_login_compile(set, &a->facts, a->decision.rule, &login, &a->failure) < 0)
		return a->failure.code;
	login->until = (uint64_t)a->decision.until;
	a->plan_fd = plan_seal(plan, login);
	if (a->plan_fd < 0)
		return err_set(&a->failure, a->plan_fd, "the plan cannot be sealed: %s",
			       strerror(-a->plan_fd));
	return 0;
}

/*
 * An application that is not root works with its own rights. If it can read the rules, it learns
 * whether a rule names the account. It gets no session for an account that a rule confines.
 */
static enum verdict without_root(struct attempt *a)
{
	if (a->failure.code == 0)
		(void)err_set(
			&a->failure, -EPERM,
			"the application runs as uid %u, and only root's can confine an account; run it as root",
			geteuid());
	else if (a->failure.code == -EACCES)
		(void)err_at(
			&a->failure, a->decision.err.file, 0, -EACCES,
			"the application runs as uid %u and cannot read this; make it readable (chmod a+rX), or run the application as root",
			geteuid());
	return VERDICT_DENY;
}

/*
 * Counts the logins of the account, so that one too many is refused at the account step, where sshd can
 * tell every client. The session step counts again, with nobody in between.
 */
static int by_count(struct attempt *a)
{
	const uint64_t max = a->decision.settings.max_sessions.v;
	struct registry registry = REGISTRY_NONE;
	struct registry_full words;
	int count = -1;

	if (max > INT32_MAX)
		return 0;
	/* an error is the session step's to report */
	if (registry_lock(REGISTRY_DIR, a->login.uid, &registry) == 0)
		count = registry_count(&registry);
	registry_unlock(&registry);
	if (count < 0 || (uint64_t)count < max)
		return 0;
	words = registry_full(max, count);
	(void)snprintf(a->decision.user_text, sizeof a->decision.user_text, "%s",
		       words.user); /* fits */
	return err_set(&a->failure, -EUSERS, "%s", words.why);
}

static enum verdict decide(struct attempt *a, const struct login *login)
{
	(void)owners_load(&a->paths, NULL); /* an error is reported only if a session is made */
	if (facts_begin(login, &a->facts, &a->failure) < 0)
		return VERDICT_DENY;
	if (policy_decide(&a->paths, &a->facts, &a->decision) < 0) {
		a->failure = a->decision.err;
		return a->by_root ? VERDICT_DENY : without_root(a);
	}
	if (a->decision.verdict != VERDICT_CONFINE)
		return a->decision.verdict;
	if (!a->by_root)
		return without_root(a);
	if (facts_know(&a->facts, FACTS_GROUPS, &a->failure) < 0)
		return VERDICT_DENY;
	return make_plan(a) < 0 || by_count(a) < 0 ? VERDICT_DENY : VERDICT_CONFINE;
}

enum verdict attempt_prepare(struct attempt *a, const struct login *login)
{
	enum verdict verdict = VERDICT_UNCONFINED;

	a->login = *login;
	if (login->uid != 0)
		verdict = decide(a, login);
	names_end();
	return verdict;
}

int attempt_group(struct attempt *a)
{
	const struct plan *plan;
	const struct plan_login *login;
	int r = plan_open(a->plan_fd, &plan, &login); /* stays mapped until execve(2) */

	if (r < 0)
		return err_set(&a->failure, r, "the plan cannot be read: %s", strerror(-r));
	if (plan->group.len == 0)
		return 0;
	return group_make(plan, a->facts.login.uid, a->facts.session, false, &a->group, &a->failure);
}
