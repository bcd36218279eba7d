/* SPDX-License-Identifier: Apache-2.0 */
/* child.h - what init of a login and PID 1 of `cordon run` do between clone and exec */
#ifndef CORDON_CONFINE_CHILD_H
#define CORDON_CONFINE_CHILD_H

#include "confine/steps.h"
#include "contract/plan.h"

#include <stdint.h>

/* Context of all: after clone; no allocation, log, lock or stdio. Return: 0; -errno. */

/**
 * child_close_but - close every descriptor above 2 except the @n in @keep, which is sorted
 *
 * Above all this closes the socket of the PAM application: its end must be seen.
 */
int child_close_but(int *keep, unsigned n);

/**
 * child_die_with_parent - be killed when the parent ends, and not be dumpable
 *
 * Every change of credentials clears the parent-death signal (prctl(2)), so this is called again after
 * each.
 */
int child_die_with_parent(void);

/**
 * child_clone_flags - the namespaces that the clone makes: CLONE_NEW*
 *
 * All of the plan, except a network namespace that exists already: network_join() joins that one; and
 * the cgroup namespace of a session with a control group: group_enter() makes it.
 */
uint64_t child_clone_flags(const struct plan *plan);

/**
 * child_drop - drop every capability except those in @keep, and set no_new_privs
 *
 * For PID 1, which executes nothing any more.
 */
int child_drop(const struct plan *plan, uint64_t keep);

/*
 * The steps that PID 1 of a login and `cordon run` have in common; see steps.def. New namespaces start
 * without host name, network and limits of memory files.
 */
int group_enter(struct confine *c);
int hostname_set(struct confine *c);
int network_join(struct confine *c);
int loopback_raise(struct confine *c);
int memfd_noexec(struct confine *c);
int die_with_parent(struct confine *c);

/**
 * await_map - report to the parent, which writes the map, and wait for its byte
 */
int await_map(struct confine *c);

/* The view of the plan, if there is one: view_start(), view_build(), view_seal(). */
int view_begin(struct confine *c);
int view_make(struct confine *c);
int view_nodes(struct confine *c); /* what DeviceAllow= names, as it is now */
int view_close(struct confine *c);

#endif
