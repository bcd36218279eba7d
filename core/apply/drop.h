/* drop.h - the user's half of the steps: limits, identity, privileges, and their proof */
#ifndef CORDON_APPLY_DROP_H
#define CORDON_APPLY_DROP_H

#include "../base/plan.h"
#include "steps.h"

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
 * privileges_drop - securebits, bounding set, ids, all capability sets
 *
 * The supplementary groups stay, as the PAM caller has set them, but with PLAN_SET_GROUPS. See
 * capabilities(7).
 */
int privileges_drop(const struct plan *plan, struct child_fail *f);

/**
 * surface_drop - no_new_privs, keyring, Landlock's scope
 */
int surface_drop(const struct plan *plan, struct child_fail *f);

/**
 * privileges_prove - read back what was dropped, and try to climb
 * @mount_ns: inode number of the mount namespace that this has to be
 */
int privileges_prove(const struct plan *plan, ino_t mount_ns, struct child_fail *f);

/**
 * filter_load - the system-call filter, the last step before exec; proven to be on
 */
int filter_load(const struct plan *plan, struct child_fail *f);

#endif
