/* SPDX-License-Identifier: Apache-2.0 */
/* scheduling.h - how much of the CPU, the disk and the memory killer's attention a login gets */
#ifndef CORDON_CONFINE_SELF_SCHEDULING_H
#define CORDON_CONFINE_SELF_SCHEDULING_H

#include "confine/steps.h"
#include "contract/plan.h"

#include <sys/types.h>

/**
 * scheduling_apply - give the process @pid what the plan's scheduling directives say
 * @procfd: O_PATH, a /proc in which @pid is called that
 * @pid:    0 for the caller, else a process that waits for us and can't be another by then
 *
 * Raising needs CAP_SYS_NICE and CAP_SYS_RESOURCE in the first user namespace. What isn't given
 * stays.
 *
 * Return: 0; -errno with @f filled.
 */
int scheduling_apply(const struct plan *plan, int procfd, pid_t pid, struct child_fail *f);

/**
 * scheduling_prove - does the caller have it
 * @procfd: O_PATH, a /proc that shows the caller
 *
 * Return: 0; -EPERM or another -errno with @f filled.
 */
int scheduling_prove(const struct plan *plan, int procfd, struct child_fail *f);

#endif
