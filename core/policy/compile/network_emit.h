/* SPDX-License-Identifier: Apache-2.0 */
/* network_emit.h - NetworkAllow= and NetworkDeny= of a rule */
#ifndef CORDON_POLICY_COMPILE_NETWORK_EMIT_H
#define CORDON_POLICY_COMPILE_NETWORK_EMIT_H

#include "policy/compile/plan_buf.h"
#include "policy/settings/settings.h"

/**
 * network_emit - put the rules of both lists into the plan
 *
 * Context: network_settings_check() has succeeded.
 */
void network_emit(const struct settings *set, struct plan_buf *b, struct span *ret);

#endif
