/* SPDX-License-Identifier: Apache-2.0 */
/* sys_ns.c - see sys_ns.h */
#include "base/landlock_abi.h"
#include "base/sys.h"
#include "base/sys_ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/nsfs.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * struct landlock_ruleset_attr of ABI 6, because the headers of the build may be older than the
 * kernel. A kernel accepts members that it does not know if they are zero (copy_struct_from_user()).
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

const struct ns_row *ns_row(enum ns_kind kind)
{
	static const struct ns_row types[NS_N] = {
#define NAMESPACE(KIND, word, flag, by) [NS_##KIND] = { word, flag },
#include "namespaces.def"
#undef NAMESPACE
	};

	return &types[kind];
}

const char ns_words[] =
#define NAMESPACE(KIND, word, flag, by) " " word
#include "namespaces.def"
#undef NAMESPACE
	;

int ns_ids_read(int procfd, const char *dir, struct ns_ids *ret)
{
	const int fd = openat(procfd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : 0;

	for (unsigned i = 0; r == 0 && i < NS_N; i++) {
		struct stat st;

		ret->ino[i] = 0;
		if (fstatat(fd, ns_row(i)->word, &st, 0) == 0)
			ret->ino[i] = (uint32_t)st.st_ino; /* nsfs numbers have 32 bits */
		else if (errno != ENOENT)
			r = -errno;
	}
	if (fd >= 0)
		(void)close(fd); /* O_PATH, so closing cannot lose data */
	return r;
}

int ns_user_initial(int procfd, const char *path)
{
	const ino_t initial =
		0xEFFFFFFDu; /* USER_NS_INIT_INO of linux/nsfs.h, also before Linux 6.18 */
	struct stat st;

	return fstatat(procfd, path, &st, 0) == 0 && st.st_ino == initial;
}

int sys_pidfd_open(pid_t pid)
{
	SYS_FAULT();
	return result(syscall(SYS_pidfd_open, pid, 0));
}

int sys_pidfd_getfd(int pidfd, int fd)
{
	SYS_FAULT();
	return result(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
}

int sys_setns(int fd, int flags)
{
	SYS_FAULT();
	return result(syscall(SYS_setns, fd, flags));
}

int sys_ns_owner(int fd, uid_t *ret)
{
	SYS_FAULT();
	return result(ioctl(fd, NS_GET_OWNER_UID, ret));
}

int sys_landlock_abi(void)
{
	SYS_FAULT();
	return result(syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION));
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
	return result(
		syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0));
}

int sys_landlock_add_port(int ruleset_fd, uint16_t port, uint64_t access)
{
	/* struct landlock_net_port_attr, ABI 4: as above */
	const uint64_t attr[2] = { access, port };

	SYS_FAULT();
	return result(syscall(SYS_landlock_add_rule, ruleset_fd, LL_RULE_NET_PORT, attr, 0));
}

int sys_landlock_restrict_self(int ruleset_fd, uint32_t flags)
{
	SYS_FAULT();
	return result(syscall(SYS_landlock_restrict_self, ruleset_fd, flags));
}
