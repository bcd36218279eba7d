/* SPDX-License-Identifier: Apache-2.0 */
/* account.h - the resource limits that the kernel counts for all sessions of an account together */
#ifndef CORDON_BASE_ACCOUNT_H
#define CORDON_BASE_ACCOUNT_H

#include <stdint.h>

/*
 * The kernel counts these four for a user in a user namespace, and again for the namespace's owner
 * in the parent namespace: include/linux/user_namespace.h, enum rlimit_type.
 */
enum account_limit {
	ACCOUNT_NPROC = 0,
	ACCOUNT_SIGPENDING,
	ACCOUNT_MSGQUEUE,
	ACCOUNT_MEMLOCK,
	ACCOUNT_LIMITS
};

/**
 * struct account_limits - hard limits, UINT64_MAX for none; see setrlimit(2) for the units
 */
struct account_limits {
	uint64_t max[ACCOUNT_LIMITS];
};

/**
 * account_resource - the RLIMIT_* of @limit
 */
int account_resource(enum account_limit limit);

/**
 * account_limits_get - the hard limits of the calling process
 *
 * Return: 0; -errno of getrlimit(2).
 */
int account_limits_get(struct account_limits *ret);

#endif
