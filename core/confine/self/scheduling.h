/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling.h - how much of the CPU, the disk and the memory killer's attention a login gets */
#ifndef CORDON_CONFINE_SELF_SCHEDULING_H
#define CORDON_CONFINE_SELF_SCHEDULING_H

#include "confine/steps.h"
#include "contract/plan.h"

/*
 * Steps: what the plan's scheduling directives say, for the process @c->pid as @c->procfd calls it: 0
 * for the caller, else one that waits for us and cannot be another by then. Raising needs
 * CAP_SYS_NICE and CAP_SYS_RESOURCE in the first user namespace. What is not given stays.
 */
int cpu_affinity_set(struct confine *c);
int nice_set(struct confine *c);
int cpu_scheduling_set(struct confine *c);
int io_scheduling_set(struct confine *c);
int oom_score_set(struct confine *c);

/**
 * scheduling_prove - a step: the caller has it, or -EPERM
 */
int scheduling_prove(struct confine *c);

#endif
