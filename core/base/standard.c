/* SPDX-License-Identifier: Apache-2.0 */
/* standard.c - see standard.h */
#include "base/standard.h"

#include "base/landlock_abi.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* mem(4), random(4): null, zero, full, random and urandom */
enum { MEMORY_MAJOR = 1, MEMORY_MINORS = 1 << 3 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 };

static int may_stay(int fd, int flags, const struct stat *st)
{
	if (flags & O_PATH)
		return 0;
	switch (st->st_mode & S_IFMT) {
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		return 1;
	case S_IFCHR:
		return (major(st->st_rdev) == MEMORY_MAJOR && minor(st->st_rdev) < 32 &&
			(MEMORY_MINORS >> minor(st->st_rdev) & 1)) ||
		       isatty(fd);
	default:
		return 0;
	}
}

int standard_clean(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		const int flags = fcntl(fd, F_GETFL);
		struct stat st;
		int null, r;

		if (flags < 0) /* closed */
			continue;
		/* what cannot be looked at is replaced as well */
		if (fstat(fd, &st) == 0 && may_stay(fd, flags, &st))
			continue;
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null < 0)
			return -errno;
		r = dup2(null, fd) < 0 ? -errno : 0;
		(void)close(null); /* nothing to lose */
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the descriptor @fd is open for, as rights; 0: there is nothing to open a second time. */
static uint64_t rights_of(int fd)
{
	const int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || (flags & O_PATH) || fstat(fd, &st) < 0)
		return 0;
	if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode) && !S_ISFIFO(st.st_mode))
		return 0;
	return ((flags & O_ACCMODE) != O_WRONLY ? LL_FS_READ_FILE : 0u) |
	       ((flags & O_ACCMODE) != O_RDONLY ? LL_FS_WRITE_FILE | LL_FS_TRUNCATE : 0u) |
	       (S_ISCHR(st.st_mode) ? LL_FS_IOCTL_DEV : 0u);
}

int standard_allow(int ruleset, int reading)
{
	const int abi = sys_landlock_abi();
	const uint64_t handled = LL_FS_WRITE_FILE | (reading ? LL_FS_READ_FILE : 0u) |
				 (abi >= LL_ABI_TRUNCATE ? LL_FS_TRUNCATE : 0u) |
				 (abi >= LL_ABI_IOCTL_DEV ? LL_FS_IOCTL_DEV : 0u);

	if (abi < 0)
		return abi;
	for (int fd = 0; fd <= 2; fd++) {
		const uint64_t rights = rights_of(fd) & handled;
		const int r = rights != 0 ? sys_landlock_add_path(ruleset, fd, rights) : 0;

		if (r < 0 && r != -EBADFD) /* pipes and memfds: never refused, and take no rule */
			return r;
	}
	return 0;
}
