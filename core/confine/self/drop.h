/* SPDX-License-Identifier: Apache-2.0 */
/* drop.h - the user's half of the steps: limits, identity, privileges, and their proof */
#ifndef CORDON_CONFINE_SELF_DROP_H
#define CORDON_CONFINE_SELF_DROP_H

#include "base/sys_ns.h"
#include "confine/steps.h"
#include "contract/plan.h"

#include <sys/types.h>

/*
 * All of these: in the process to be confined, before exec; no allocation, log, lock or stdio.
 * 0, or -errno with @f filled; then the only legal next act is to die.
 */

/**
 * limits_apply - the limits that the rule gives, soft and hard; see setrlimit(2)
 *
 * -EPERM for one above the caller's without CAP_SYS_RESOURCE: the session is refused then.
 */
int limits_apply(const struct plan *plan, struct child_fail *f);

/**
 * limits_text - which limit it was that could not be set, its values, and the one that is in force
 * @buf: of 160 bytes or more; "" where @f is about something else
 */
void limits_text(const struct plan *plan, const struct child_fail *f, char *buf, size_t size);

/**
 * limits_last - the limit of open files where it is so low that the steps between would fail
 *
 * Context: after the last step that opens a file.
 */
int limits_last(const struct plan *plan, struct child_fail *f);

/**
 * privileges_drop - securebits, bounding set, ids, all capability sets
 *
 * The supplementary groups stay, as the PAM caller has set them, but with PLAN_SET_GROUPS;
 * privileges_prove() looks at them. See capabilities(7).
 */
int privileges_drop(const struct plan *plan, const struct plan_login *login, struct child_fail *f);

/**
 * surface_drop - no_new_privs, keyring
 */
int surface_drop(const struct plan *plan, struct child_fail *f);

/**
 * privileges_prove - read back what was dropped, and try to climb
 *
 * Limits, ids, groups (those of the account or fewer: a PAM application that forgot to change
 * them would have left root's), the five capability sets, securebits, no_new_privs, keyring.
 * Where one doesn't hold, its own step is in @f.
 *
 * Context: between surface_drop() and filter_load(), in the process that did both drops.
 */
int privileges_prove(const struct plan *plan, const struct plan_login *login, struct child_fail *f);

/**
 * namespaces_prove - is this process where it was to be?
 * @procfd: descriptor of the root of a proc file system that shows the caller
 * @want:   the namespaces that this has to be in, as the privileged parent saw them
 *
 * Context: as privileges_prove()
 */
int namespaces_prove(int procfd, const struct ns_ids *want, struct child_fail *f);

/**
 * filter_load - the system-call filter, the last step before exec; proven to be on
 *
 * Proven by a call that the plan's own filter answers as nothing else does: that some filter is
 * on says nothing where the whole machine lives under one.
 */
int filter_load(const struct plan *plan, struct child_fail *f);

#endif
