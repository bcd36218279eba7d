/* SPDX-License-Identifier: Apache-2.0 */
/* landlock_abi.c - see landlock_abi.h */
#include "base/landlock_abi.h"

const char *landlock_release(int abi)
{
	static const char *const releases[LL_ABI_LAST + 1] = {
		[LL_ABI_FIRST] = "5.13", [LL_ABI_REFER] = "5.19",     [LL_ABI_TRUNCATE] = "6.2",
		[LL_ABI_TCP] = "6.7",	 [LL_ABI_IOCTL_DEV] = "6.10", [LL_ABI_SCOPE] = "6.12",
		[LL_ABI_LOG] = "6.15",	 [LL_ABI_TSYNC] = "7.0",      [LL_ABI_RESOLVE_UNIX] = "7.1",
		[LL_ABI_UDP] = "7.2",
	};

	return releases[abi];
}
