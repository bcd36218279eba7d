/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling.h - CPU and I/O scheduling and the OOM score of a login */
#ifndef CORDON_CONFINE_SELF_SCHEDULING_H
#define CORDON_CONFINE_SELF_SCHEDULING_H

#include "confine/steps.h"
#include "contract/plan.h"

/*
 * Steps that apply the scheduling directives of the plan to the process @c->pid of @c->procfd. 0 is the
 * caller; any other process waits for us, so its number cannot have become another's. To raise a value
 * needs CAP_SYS_NICE and CAP_SYS_RESOURCE in the first user namespace. What no directive gives stays.
 */
int cpu_affinity_set(struct confine *c);
int nice_set(struct confine *c);
int cpu_scheduling_set(struct confine *c);
int io_scheduling_set(struct confine *c);
int core_scheduling_set(struct confine *c);
int oom_score_set(struct confine *c);

/**
 * scheduling_prove - a step: check that the caller has these values; -EPERM if not
 */
int scheduling_prove(struct confine *c);

#endif
