/* SPDX-License-Identifier: Apache-2.0 */
/* needs.h - features of the kernel that directives require, and whether the running kernel has them */
#ifndef CORDON_POLICY_COMPILE_NEEDS_H
#define CORDON_POLICY_COMPILE_NEEDS_H

#include "base/err.h"
#include "policy/settings/namespaces.h"

enum feature {
	FEATURE_LANDLOCK,     /* ABI 2, for every login */
	FEATURE_LANDLOCK_TCP, /* ABI 4 */
	FEATURE_LANDLOCK_LOG, /* ABI 7 */
	FEATURE_LANDLOCK_UDP, /* ABI 10 */
	FEATURE_MOUNT_API,
	FEATURE_SECCOMP,
	FEATURE_SECCOMP_LOG,
	FEATURE_MEMFD_NOEXEC,
	FEATURE_CORE_SCHEDULING,
	FEATURE_GROUP_ADDRESSES, /* programs of cgroup v2 */
	FEATURE_NFT,		 /* a program, as is pasta */
	FEATURE_PASTA,
	FEATURE_TUN,	      /* the device that pasta opens */
	FEATURE_GROUP_MEMORY, /* controllers of cgroup v2 */
	FEATURE_GROUP_PIDS,
	FEATURE_GROUP_CPU,
	FEATURE_GROUP_CPUSET,
	FEATURE_GROUP_IO,
	FEATURE_NS, /* FEATURE_NS + kind: a namespace of that kind */
	FEATURE_N = FEATURE_NS + NS_N
};

/**
 * needs_login - can this kernel confine a login at all
 *
 * Return: 0; -EOPNOTSUPP with @e naming the missing feature and the version that has it.
 */
int needs_login(struct err *e);

/**
 * needs_settings - has this kernel every feature that the directives of @set require
 *
 * Directives that are not set require nothing. NoExecPaths= with a "-" before each path does not
 * require a feature either: without it, files in memory stay executable.
 * Return: 0; -EOPNOTSUPP with @e naming file:line, the directive and the version of the kernel.
 */
int needs_settings(const struct settings *set, struct err *e);

/**
 * needs_has - has the running kernel @f
 */
bool needs_has(enum feature f);

/**
 * needs_controller - the name of the controller of cgroup v2 that is the feature @f
 */
const char *needs_controller(enum feature f);

/* For tests: bit n set means that the kernel counts as one without feature n. */
extern unsigned needs_masked;

/* For tests: bit n set means that the kernel counts as one with feature n. */
extern unsigned needs_granted;

/* For tests: the kernel counts as one with this ABI of Landlock; -errno: without Landlock; 0: it is asked. */
extern int needs_abi;

#endif
