/* SPDX-License-Identifier: Apache-2.0 */
/* owner.h - the user namespace of a session, and the id that owns it */
#ifndef CORDON_CONFINE_SELF_OWNER_H
#define CORDON_CONFINE_SELF_OWNER_H

#include "base/account.h"
#include "confine/steps.h"
#include "contract/plan.h"

/* The default bound of processes and threads of an account in all its sessions. */
enum { ACCOUNT_NPROC_MAX = 16384 };

/**
 * owner_account - the limits that hold for all sessions of the account together
 * @from: the hard limits of the process that asked for the session
 *
 * If a rule gives one session more than the bound, the account gets as much. For processes, @from is
 * the maximum.
 */
struct account_limits owner_account(const struct plan *plan, const struct account_limits *from);

/*
 * Steps that make the user namespace if @c->makes_user is set; the caller has all capabilities in it.
 * The namespace belongs to plan->owner, or to root if that is 0. The kernel charges its quotas
 * (inotify, queued signals, message queues, locked memory, processes) to the owner, within
 * @c->account. Afterwards the caller has its own soft limits again, the uid plan->owner, and no
 * parent-death signal.
 */
int owner_limits(struct confine *c);
int owner_become(struct confine *c);
int user_namespace_make(struct confine *c);
int owner_limits_end(struct confine *c);

#endif
