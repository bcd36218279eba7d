/* SPDX-License-Identifier: Apache-2.0 */
/* hooks_emit.h - ExecStartPre= and ExecStopPost= of a rule */
#ifndef CORDON_POLICY_COMPILE_HOOKS_EMIT_H
#define CORDON_POLICY_COMPILE_HOOKS_EMIT_H

#include "policy/compile/plan_buf.h"
#include "policy/settings/settings.h"

/**
 * hooks_check - can the programs be executed, and can only root change them
 *
 * Specifiers have been replaced.
 * Return: 0; -errno with @e naming file:line.
 */
int hooks_check(const struct settings *set, struct err *e);

/**
 * hooks_emit - put the words of each line into the plan
 *
 * Context: hooks_check() has succeeded.
 */
void hooks_emit(const struct set_list *lines, struct plan_buf *b, struct span *ret);

#endif
