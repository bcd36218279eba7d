/* SPDX-License-Identifier: Apache-2.0 */
/* owner.h - the user namespace of a session, and the id that owns it */
#ifndef CORDON_CONFINE_SELF_OWNER_H
#define CORDON_CONFINE_SELF_OWNER_H

#include "base/account.h"
#include "confine/steps.h"
#include "contract/plan.h"

/* Processes and threads of an account in all its sessions, where nothing else says more. */
enum { ACCOUNT_NPROC_MAX = 16384 };

/**
 * owner_account - what the account's sessions may have together
 * @from: the hard limits of the process that asked for the session
 *
 * A rule that gives a session more than that gives the account as much; for processes, what @from
 * says is the most.
 */
struct account_limits owner_account(const struct plan *plan, const struct account_limits *from);

/*
 * Steps that make the user namespace, with all capabilities in it, where @c->makes_user. It belongs to
 * plan->owner, or to root where that is 0. The kernel charges its quotas (inotify, queued signals,
 * message queues, locked memory, processes) to the owner, within @c->account; the caller's own soft
 * limits are as before in the end. Its uid is plan->owner then, its parent-death signal is cleared.
 */
int owner_limits(struct confine *c);
int owner_become(struct confine *c);
int user_namespace_make(struct confine *c);
int owner_limits_end(struct confine *c);

#endif
