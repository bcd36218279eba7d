/* SPDX-License-Identifier: Apache-2.0 */
/* namespaces.h - the namespaces that the directives give a session; namespaces.def */
#ifndef CORDON_POLICY_SETTINGS_NAMESPACES_H
#define CORDON_POLICY_SETTINGS_NAMESPACES_H

#include "base/sys_ns.h"
#include "policy/settings/settings.h"

/**
 * struct ns_directive - the directive that gives a session a namespace of one kind
 * @name:  NULL: no directive is about this namespace alone
 * @value: the directive's value is here
 * @with, @without: values of the directive
 * @needs: what the kernel needs for it
 */
struct ns_directive {
	const char *name;
	const struct set_num *value;
	uint64_t with, without;
	const char *needs;
};

/**
 * namespaces_directive - the directive about namespaces of @kind alone, with its value in @set
 */
struct ns_directive namespaces_directive(const struct settings *set, enum ns_kind kind);

/**
 * namespaces_wanted - the namespaces that a session of @set has of its own, as flags of clone(2)
 */
uint64_t namespaces_wanted(const struct settings *set);

/**
 * namespaces_take - change the directives of @set that are about one namespace alone, so that the
 *                   session has the namespaces @flags
 */
void namespaces_take(struct settings *set, uint64_t flags);

#endif
