/* sys_ns.h - namespaces by descriptor, and Landlock; in the manner of sys.h */
#ifndef CORDON_BASE_SYS_NS_H
#define CORDON_BASE_SYS_NS_H

#include <stdint.h>
#include <sys/types.h>

int sys_pidfd_open(pid_t pid);
int sys_setns(int fd, int flags);

/* landlock(7): the ABI the kernel has, 0 for none */
int sys_landlock_abi(void);
int sys_landlock_create(uint64_t handled_fs, uint64_t handled_net, uint64_t scoped);
int sys_landlock_beneath(int ruleset, int pathfd, uint64_t access);
int sys_landlock_restrict(int ruleset);

#endif
