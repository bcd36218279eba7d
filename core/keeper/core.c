/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.c - CoreScheduling=user: all programs of an account have one cookie of core scheduling
 *
 * Each keeper of such a session has the cookie itself, and gives it to the programs of its session. A
 * later keeper takes it from one that lives. The lock of the registry is held from the look to the
 * entry, so that two first logins share one cookie. The directory is that of one uid, so no keeper ever
 * looks at another account's.
 */
#include "keeper/keeper.h"

#include "base/sys.h"
#include "contract/registry.h"
#include "contract/words.h"

#include <unistd.h>

/* Keepers of sessions by other rules have none. */
static bool take_from(pid_t keeper)
{
	uint64_t cookie;

	return keeper != getpid() && sys_core_take(keeper) == 0 && sys_core_cookie(&cookie) == 0 &&
	       cookie != 0;
}

int core_take(struct keeper *k)
{
	const struct keeper_login *l = &k->logins[0];
	struct registry registry = REGISTRY_NONE;
	int r;

	if (k->plan->set.core_scheduling != CORE_SCHEDULING_USER || k->core)
		return 0;
	r = registry_lock(REGISTRY_DIR, l->who.uid, &registry);
	if (r == 0)
		r = registry_find(&registry, take_from);
	if (r == 0)
		r = sys_core_own(0);
	if (r >= 0)
		r = control_enter_locked(k, &registry);
	registry_unlock(&registry);
	k->core = r == 0;
	return r;
}
