/* SPDX-License-Identifier: Apache-2.0 */
/* group_emit.h - the directives about control groups: which are given, and the limits they come to */
#ifndef CORDON_POLICY_COMPILE_GROUP_EMIT_H
#define CORDON_POLICY_COMPILE_GROUP_EMIT_H

#include "policy/compile/plan_buf.h"
#include "policy/compile/needs.h"
#include "policy/settings/settings.h"

/* The maximum number of tasks of a session that has a group, if TasksMax= is not given. */
enum { GROUP_TASKS_DEFAULT = 4096 };

/**
 * struct group_directive - a directive that gives the session a control group
 * @needs: the controller of cgroup v2 that enforces it, see needs_controller(), or FEATURE_GROUP_ADDRESSES
 */
struct group_directive {
	const char *name;
	enum feature needs;
	struct origin from;
};

/**
 * group_directive_next - the next directive of @set that gives the session a group
 * @at: 0 at first; moves on
 *
 * Return: true; false: there is none left.
 */
bool group_directive_next(const struct settings *set, size_t *at, struct group_directive *ret);

/**
 * group_needs - does cgroup v2 of this host have the controllers of all given directives
 *
 * Return: 0; -EOPNOTSUPP with @e naming file:line, the directive and the controller.
 */
int group_needs(const struct settings *set, struct err *e);

/**
 * group_emit - put the limits into the plan, as one struct group_limits
 * @ret: the empty span if the session has no group
 *
 * Percentages become numbers of this host.
 * Return: 0; -EINVAL with @e filled.
 */
int group_emit(const struct settings *set, struct plan_buf *b, struct span *ret, struct err *e);

/**
 * group_emit_addresses - put IPAddressAllow= and IPAddressDeny= into the plan, as struct group_address
 *
 * Return: 0; -EINVAL with @e filled.
 */
int group_emit_addresses(const struct settings *set, struct plan_buf *b, struct span *ret,
			 struct err *e);

#endif
