/* sys_ns.c - see sys_ns.h */
#include "sys_ns.h"
#include "sys.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * struct landlock_ruleset_attr as of ABI 6: the headers of the build may be older than the
 * kernel. Zero members that a kernel doesn't know are accepted by it (copy_struct_from_user()).
 */
struct ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int sys_pidfd_open(pid_t pid)
{
	SYS_FAULT();
	return result(syscall(SYS_pidfd_open, pid, 0));
}

int sys_setns(int fd, int flags)
{
	SYS_FAULT();
	return result(syscall(SYS_setns, fd, flags));
}

int sys_landlock_abi(void)
{
	SYS_FAULT();
	return result(syscall(SYS_landlock_create_ruleset, NULL, 0,
			      LANDLOCK_CREATE_RULESET_VERSION));
}

int sys_landlock_create(uint64_t handled_fs, uint64_t handled_net, uint64_t scoped)
{
	const struct ruleset_attr attr = {
		.handled_access_fs = handled_fs,
		.handled_access_net = handled_net,
		.scoped = scoped,
	};

	SYS_FAULT();
	return result(syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0));
}

int sys_landlock_add_path(int ruleset_fd, int fd, uint64_t access)
{
	const struct landlock_path_beneath_attr attr = {
		.allowed_access = access,
		.parent_fd = fd,
	};

	SYS_FAULT();
	return result(syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &attr,
			      0));
}

int sys_landlock_restrict_self(int ruleset_fd)
{
	SYS_FAULT();
	return result(syscall(SYS_landlock_restrict_self, ruleset_fd, 0));
}
