/* prepare.c - from a login's facts to the plan of its session */
#include "login.h"

#include "../base/plan.h"
#include "../policy/compile.h"
#include "../policy/needs.h"

#include <stdlib.h>
#include <string.h>

static int make_plan(struct attempt *a)
{
	struct plan *made = NULL;
	int r = needs_login(&a->failure);

	if (r == 0)
		r = plan_compile(&a->decision.settings, &a->facts, a->decision.rule, &made, &a->failure);
	if (r < 0)
		return r;
	r = a->plan_fd = plan_seal(made, made->size);
	free(made);
	if (r < 0)
		return err_set(&a->failure, r, "the plan can't be sealed: %s", strerror(-r));
	return 0;
}

enum verdict attempt_prepare(struct attempt *a, const struct login *login)
{
	a->login = *login;
	if (login->uid == 0)
		return VERDICT_UNCONFINED;
	if (facts_resolve(login, &a->facts, &a->failure) < 0)
		return VERDICT_DENY;
	if (policy_decide(&a->paths, &a->facts, &a->decision) < 0) {
		a->failure = a->decision.err;
		return VERDICT_DENY;
	}
	if (a->decision.verdict != VERDICT_CONFINE)
		return a->decision.verdict;
	return make_plan(a) < 0 ? VERDICT_DENY : VERDICT_CONFINE;
}
