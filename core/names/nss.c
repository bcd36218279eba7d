/* SPDX-License-Identifier: Apache-2.0 */
/* nss.c - ask the name service by libc; see policy/account/names.h */
#include "policy/account/names.h"

#include "base/libc.h"
#include "names/netgroup.h"

#include <errno.h>
#include <stdlib.h>

enum { LOOKUP_MAX = 1 << 24 };

/*
 * glibc returns 0 for an account that does not exist. Any errno, also ENOENT and ESRCH, means that a
 * service has failed, although getpwnam_r(3) says otherwise about other systems.
 */
int names_user(const char *name, uid_t uid, struct passwd *ret, char **buf)
{
	for (size_t size = 4096; size <= LOOKUP_MAX; size *= 4) {
		struct passwd *found = NULL;
		char *more = realloc(*buf, size);
		int r;

		if (more == NULL)
			return -ENOMEM;
		*buf = more;
		r = name != NULL ? getpwnam_r(name, ret, more, size, &found) :
				   getpwuid_r(uid, ret, more, size, &found);
		if (r != ERANGE)
			return found != NULL ? 1 : -r;
	}
	return -ERANGE;
}

int names_group(const char *name, gid_t gid, struct group *ret, char **buf)
{
	for (size_t size = 4096; size <= LOOKUP_MAX; size *= 4) {
		struct group *found = NULL;
		char *more = realloc(*buf, size);
		int r;

		if (more == NULL)
			return -ENOMEM;
		*buf = more;
		r = name != NULL ? getgrnam_r(name, ret, more, size, &found) :
				   getgrgid_r(gid, ret, more, size, &found);
		if (r != ERANGE)
			return found != NULL ? 1 : -r;
	}
	return -ERANGE;
}

int names_groups(const char *user, gid_t gid, gid_t *ret, int *n)
{
	errno = 0;
	return getgrouplist(user, gid, ret, n) >= 0 ? 0 : errno != 0 ? -errno : -E2BIG;
}

int names_netgroup(const char *netgroup, const char *user)
{
	int r;

	/* only errno distinguishes a failed service from "no" */
	errno = 0;
	r = innetgr(netgroup, NULL, user, NULL) != 0 ? 1 : -errno;
	if (r == -ENOENT && netgroup_sources_answer())
		r = innetgr(netgroup, NULL, user, NULL) != 0 ? 1 : 0;
	return r;
}
