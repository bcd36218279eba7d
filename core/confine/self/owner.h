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

/**
 * owner_enter - make the user namespace and be in it, with all capabilities in it
 * @from: as for owner_account()
 *
 * The namespace belongs to plan->owner, or to root where that is 0. Kernel quotas (inotify, queued
 * signals, message queues, locked memory, processes) are charged to its owner. The caller's soft
 * limits are kept; its uid is plan->owner afterwards, its parent-death signal is cleared.
 *
 * Context: root; system calls only.
 * Return:  0; -errno with @f filled.
 */
int owner_enter(const struct plan *plan, const struct account_limits *from, struct child_fail *f);

#endif
