/* SPDX-License-Identifier: Apache-2.0 */
/* sys_ns.h - joining namespaces and Landlock: wrappers in the manner of sys.h */
#ifndef CORDON_BASE_SYS_NS_H
#define CORDON_BASE_SYS_NS_H

#include <stdint.h>
#include <sys/types.h>

/* The kinds of namespaces, each a file of /proc/PID/ns. */
enum ns_kind {
#define NAMESPACE(KIND, word, flag, by) NS_##KIND,
#include "namespaces.def"
#undef NAMESPACE
	NS_N
};

/* The flags of all kinds. */
enum {
	NS_FLAGS_ALL = 0
#define NAMESPACE(KIND, word, flag, by) | (flag)
#include "namespaces.def"
#undef NAMESPACE
};

/**
 * struct ns_row - a kind of namespace, a row of namespaces.def
 * @word: its name in RestrictNamespaces=, in --namespaces and in /proc/PID/ns
 * @flag: of clone(2)
 */
struct ns_row {
	const char *word;
	uint64_t flag;
};

/**
 * ns_row - the word and the flag of @kind, which is below NS_N
 */
const struct ns_row *ns_row(enum ns_kind kind);

/* The words of all kinds, each with a blank before it, for messages. */
extern const char ns_words[];

/**
 * struct ns_ids - inode numbers of a process's namespaces; 0: the kernel has no such kind
 */
struct ns_ids {
	uint32_t ino[NS_N];
};

/**
 * ns_ids_read - the namespaces that a process is in, namespaces(7)
 * @procfd: descriptor of a proc file system's root (O_PATH will do)
 * @dir:    "self/ns", or another process's, relative to it
 *
 * Context: system calls only.
 * Return:  0; -errno of openat(2) and fstatat(2), @ret is not to be used then.
 */
int ns_ids_read(int procfd, const char *dir, struct ns_ids *ret);

/**
 * ns_user_initial - is a process in the kernel's first user namespace
 * @procfd: descriptor of a proc file system's root (O_PATH will do)
 * @path:   "self/ns/user", or another process's, relative to it
 *
 * Return: 1; 0: it is in another one, as in an unprivileged container, or the kernel does not say.
 */
int ns_user_initial(int procfd, const char *path);

/**
 * sys_pidfd_open - a descriptor of the process @pid, close-on-exec, the caller's
 */
int sys_pidfd_open(pid_t pid);

/**
 * sys_pidfd_getfd - a copy of the descriptor @fd of another process, close-on-exec, the caller's
 */
int sys_pidfd_getfd(int pidfd, int fd);

/**
 * sys_setns - join namespaces: the one behind @fd, or @flags of the process behind a pidfd
 *
 * Return: 0; -EINVAL also where the caller is multithreaded and @flags has CLONE_NEWNS or
 *         CLONE_NEWUSER; another -errno of setns(2).
 */
int sys_setns(int fd, int flags);

/**
 * sys_ns_owner - the uid that owns the user namespace @fd, as it is called where we are
 *
 * Return: 0; -errno of ioctl(2), NS_GET_OWNER_UID.
 */
int sys_ns_owner(int fd, uid_t *ret);

/**
 * sys_landlock_abi - the kernel's Landlock ABI, from 1
 *
 * Return: the version; -ENOSYS not built in; -EOPNOTSUPP not enabled at boot.
 */
int sys_landlock_abi(void);

/**
 * sys_landlock_create - a new ruleset that handles the given rights
 * @handled_fs:  LANDLOCK_ACCESS_FS_*; base/landlock_abi.h has the constants
 * @handled_net: LANDLOCK_ACCESS_NET_*, ABI 4 for TCP, 10 for UDP
 * @scoped:      LANDLOCK_SCOPE_*, ABI 6
 *
 * Return: a close-on-exec descriptor, the caller's; -E2BIG, -EINVAL when this kernel knows less
 *         than was asked for; another -errno.
 */
int sys_landlock_create(uint64_t handled_fs, uint64_t handled_net, uint64_t scoped);

/**
 * sys_landlock_add_path - allow @access at and beneath what @fd (O_PATH will do) is
 */
int sys_landlock_add_path(int ruleset_fd, int fd, uint64_t access);

/**
 * sys_landlock_add_port - allow @access (LANDLOCK_ACCESS_NET_*) for the port @port of its protocol
 */
int sys_landlock_add_port(int ruleset_fd, uint16_t port, uint64_t access);

/**
 * sys_landlock_restrict_self - put the calling thread, for good, under the ruleset
 * @flags: LL_LOG_*, ABI 7
 *
 * Needs no_new_privs or CAP_SYS_ADMIN in the caller's user namespace.
 */
int sys_landlock_restrict_self(int ruleset_fd, uint32_t flags);

#endif
