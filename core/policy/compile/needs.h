/* SPDX-License-Identifier: Apache-2.0 */
/* needs.h - what directives ask of the running kernel, and whether it has that */
#ifndef CORDON_POLICY_COMPILE_NEEDS_H
#define CORDON_POLICY_COMPILE_NEEDS_H

#include "base/err.h"
#include "policy/settings/namespaces.h"

enum feature {
	FEATURE_LANDLOCK,     /* ABI 2 */
	FEATURE_LANDLOCK_NET, /* ABI 4 */
	FEATURE_MOUNT_API,
	FEATURE_SECCOMP,
	FEATURE_SECCOMP_LOG,
	FEATURE_MEMFD_NOEXEC,
	FEATURE_NS, /* FEATURE_NS + kind: a namespace of that kind */
	FEATURE_N = FEATURE_NS + NS_N
};

/**
 * needs_login - can this kernel confine a login at all
 *
 * Return: 0; -EOPNOTSUPP with @e saying what is missing, and the version that has it.
 */
int needs_login(struct err *e);

/**
 * needs_settings - has this kernel what the directives of @set can't be enforced without
 *
 * What is not asked for isn't looked at; NoExecPaths= with a "-" before each path isn't either:
 * the paths can be had, the files in memory are left out then.
 * Return: 0; -EOPNOTSUPP with @e naming file:line, the directive and the version of the kernel.
 */
int needs_settings(const struct settings *set, struct err *e);

/**
 * needs_has - has the running kernel @f
 */
bool needs_has(enum feature f);

/* For tests: the features (bit n: feature n) that the kernel is to be taken not to have. */
extern unsigned needs_masked;

#endif
