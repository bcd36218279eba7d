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
 * All of the plan's, but a network that is there already: network_join() joins that.
 */
uint64_t child_clone_flags(const struct plan *plan);

/**
 * child_drop - every capability but those in @keep, and no_new_privs
 *
 * For a process that executes nothing any more: PID 1.
 */
int child_drop(const struct plan *plan, uint64_t keep);

/*
 * The steps that PID 1 of a login and `cordon run` have in common; see steps.def. New namespaces start
 * without host name, network and limits of memory files.
 */
int hostname_set(struct confine *c);
int network_join(struct confine *c);
int loopback_raise(struct confine *c);
int memfd_noexec(struct confine *c);
int die_with_parent(struct confine *c);

/**
 * await_map - "I am where the map belongs": the parent writes it and sends its byte
 */
int await_map(struct confine *c);

/* The view of the plan, where there is to be one: view_start(), view_build(), view_seal(). */
int view_begin(struct confine *c);
int view_make(struct confine *c);
int view_close(struct confine *c);

#endif
