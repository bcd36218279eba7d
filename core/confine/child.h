/* SPDX-License-Identifier: Apache-2.0 */
/* child.h - what every process between clone and exec does, a login's init and `cordon run` alike */
#ifndef CORDON_CONFINE_CHILD_H
#define CORDON_CONFINE_CHILD_H

#include "confine/steps.h"
#include "contract/plan.h"

#include <stdint.h>

/* All of these: after clone; no allocation, log, lock or stdio. 0, or -errno. */

/**
 * child_close_but - close every descriptor above 2 but the @n in @keep, which gets sorted
 *
 * The PAM caller's socket above all, whose end must be seen.
 */
int child_close_but(int *keep, unsigned n);

/**
 * child_die_with_parent - SIGKILL when the parent ends, and not to be looked into
 *
 * Cleared by every change of credentials (prctl(2)): to be called again after each.
 */
int child_die_with_parent(void);

/**
 * child_clone_flags - the namespaces that the clone makes
 *
 * All of the plan's, but a network that is there already: child_namespaces() joins that.
 */
uint64_t child_clone_flags(const struct plan *plan);

/**
 * child_namespaces - host name, network, memory files: what new namespaces start without
 */
int child_namespaces(const struct plan *plan, int procfd, struct child_fail *f);

/**
 * child_drop - every capability but those in @keep, and no_new_privs
 *
 * For a process that executes nothing any more: PID 1.
 */
int child_drop(const struct plan *plan, uint64_t keep);

#endif
