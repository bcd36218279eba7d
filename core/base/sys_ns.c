/* sys_ns.c - see sys_ns.h */
#include "sys_ns.h"

#include "sys.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As of Linux 6.12; Debian 12's header ends before `scoped`. */
struct ruleset {
	uint64_t handled_fs, handled_net, scoped;
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
	const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
				 LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

int sys_landlock_create(uint64_t handled_fs, uint64_t handled_net, uint64_t scoped)
{
	const struct ruleset set = { handled_fs, handled_net, scoped };
	/* An older kernel refuses a longer record, unless the rest is zero. */
	const size_t size = scoped != 0 ? sizeof set : handled_net != 0 ? 16 : 8;

	SYS_FAULT();
	return result(syscall(SYS_landlock_create_ruleset, &set, size, 0));
}

int sys_landlock_beneath(int ruleset, int pathfd, uint64_t access)
{
	const struct landlock_path_beneath_attr rule = { .allowed_access = access,
							 .parent_fd = pathfd };

	SYS_FAULT();
	return result(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0));
}

int sys_landlock_restrict(int ruleset)
{
	SYS_FAULT();
	return result(syscall(SYS_landlock_restrict_self, ruleset, 0));
}
