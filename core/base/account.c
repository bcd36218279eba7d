/* SPDX-License-Identifier: Apache-2.0 */
/* account.c - see account.h */
#include "base/account.h"

#include "base/sys.h"

#include <sys/resource.h>

int account_resource(enum account_limit limit)
{
	switch (limit) {
	case ACCOUNT_NPROC:
		return RLIMIT_NPROC;
	case ACCOUNT_SIGPENDING:
		return RLIMIT_SIGPENDING;
	case ACCOUNT_MSGQUEUE:
		return RLIMIT_MSGQUEUE;
	case ACCOUNT_MEMLOCK:
		return RLIMIT_MEMLOCK;
	case ACCOUNT_LIMITS:
		break;
	}
	return -1;
}

int account_limits_get(struct account_limits *ret)
{
	for (unsigned i = 0; i < ACCOUNT_LIMITS; i++) {
		uint64_t now[2];
		const int r = sys_getrlimit(account_resource((enum account_limit)i), now);

		if (r < 0)
			return r;
		ret->max[i] = now[1];
	}
	return 0;
}
