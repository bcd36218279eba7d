/* SPDX-License-Identifier: Apache-2.0 */
/* sys.h - one wrapper for each privileged system call: 0 (or a descriptor) or -errno
 *
 * None logs, allocates or retries (but on EINTR, where the call may be repeated). Every wrapper
 * holds the one fault hook of test builds (FAULT=1): fault_next() answers the error that this
 * call is to fail with. All descriptors that are returned are close-on-exec.
 */
#ifndef CORDON_BASE_SYS_H
#define CORDON_BASE_SYS_H

#include <linux/mount.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef CORDON_FAULT
/**
 * fault_next - the error with which the wrapper @name is to fail now, 0 for none; positive: it is
 * to claim that it succeeded
 *
 * Test builds only; see core/base/fault.c.
 */
int fault_next(const char *name);

/**
 * fault_size - how many of the @size bytes that the wrapper @name is to write really go out
 */
size_t fault_size(const char *name, size_t size);
#define SYS_SIZE(size) fault_size(__func__, size)
#define SYS_FAULT() \
	do { \
		const int fault_ = fault_next(__func__); \
		if (fault_ != 0) \
			return fault_ < 0 ? fault_ : 0; \
	} while (0)
#else
#define SYS_SIZE(size) (size)
#define SYS_FAULT() \
	do { \
	} while (0)
#endif

struct rlimit;
struct sock_filter;

/* clone3(2) with @flags, without CLONE_VM: child gets 0; *ret_pidfd is the parent's. */
pid_t sys_clone(uint64_t flags, int *ret_pidfd);
/* The same, and the child begins in the control group @cgroup (Linux 5.7); -1: in the caller's. */
pid_t sys_clone_into(uint64_t flags, int cgroup, int *ret_pidfd);
int sys_unshare(int flags);
int sys_pidfd_kill(int pidfd);
int sys_pidfd_signal(int pidfd, int sig);
int sys_chroot(const char *path); /* and to its root */

/* mount API: open_tree(2), move_mount(2), fsopen(2) ... by descriptor only */
int sys_open_tree(int dirfd, const char *path, unsigned flags);
int sys_move_mount(int fromfd, int tofd);
int sys_mount_setattr(int fd, uint64_t set);	   /* with all mounts below; made private */
int sys_mount_setattr_one(int fd, uint64_t set);   /* this mount alone */
int sys_mount_setattr_exact(int fd, uint64_t set); /* and read-only, noexec off where not in @set */
int sys_mount_private(void);
int sys_fsopen(const char *type);
int sys_fsconfig_string(int fsfd, const char *key, const char *value);
int sys_fsconfig_flag(int fsfd, const char *key);
int sys_fsconfig_create(int fsfd);
int sys_fsmount(int fsfd, unsigned attr);
int sys_umount(const char *path);      /* detach the last mount at @path; no symlink at its end */
int sys_umount_link(const char *name); /* detach the mount that a link of /proc/self/fd leads to */
int sys_pivot_root_here(void);	       /* pivot_root(".", ".") and detach of the old root */

/* nodes of a view and what belongs to them, by descriptor */
int sys_mkdirat(int dirfd, const char *name, mode_t mode);
int sys_mknodat(int dirfd, const char *name, mode_t mode, dev_t dev);
int sys_symlinkat(const char *text, int dirfd, const char *name);
int sys_fchown(int fd, uid_t uid, gid_t gid);
int sys_fchmod(int fd, mode_t mode);
int sys_setxattr_fd(int fd, const char *name, const void *value, size_t size);
int sys_sethostname(const char *name);
int sys_loopback_up(void);

/*
 * struct statx as of Linux 5.8, which has the mount's number: the C library's may be older, or there
 * may be none. See statx(2).
 */
struct sys_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare;
	uint64_t ino, size, blocks, attributes_mask, times[8];
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id, more[13];
};
enum { SYS_STATX_MOUNT_ROOT = 0x2000 };	      /* of attributes */
int sys_statx(int fd, struct sys_statx *ret); /* what is known already: no file server is asked */

int sys_write_at(int dirfd, const char *path, const char *text); /* whole, or -EIO */
int sys_send_byte(int fd, unsigned char byte);
int sys_send(int fd, const void *data, size_t size); /* one packet, whole, or -EIO */

/* identity; see credentials(7), capabilities(7) */
int sys_setresuid(uid_t ruid, uid_t euid, uid_t suid);
int sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid);
/* For the file system alone, groups included; proven by asking. From root, or back to it. */
int sys_setfsids(uid_t uid, gid_t gid, size_t n, const gid_t *groups);
int sys_setgroups(size_t n, const gid_t *groups);
int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int sys_capget(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable);
int sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int sys_setrlimit(int resource, uint64_t soft, uint64_t hard);
int sys_getrlimit(int resource, uint64_t ret[2]); /* soft, hard */
int sys_seccomp_load(const struct sock_filter *insns, size_t n);
int sys_seccomp_load_all(const struct sock_filter *insns, size_t n); /* all threads, or none */
int sys_keyring_private(void); /* an empty session keyring; its serial number */
int sys_keyring_session(void); /* the serial number of the one that is in use */
/* scheduling; @pid 0: the caller. Masks have a bit a CPU, the lowest first; @size in bytes */
int sys_setpriority(pid_t pid, int nice);
int sys_sched_setscheduler(pid_t pid, int policy, int priority);
int sys_sched_getscheduler(pid_t pid);
int sys_sched_setaffinity(pid_t pid, const uint64_t *mask, size_t size);
int sys_sched_getaffinity(pid_t pid, uint64_t *ret_mask, size_t size);
int sys_sched_copy(pid_t from, pid_t to); /* policy, nice, CPUs and I/O priority */
int sys_ioprio_set(pid_t pid, int value); /* class << 13 | level */
int sys_ioprio_get(pid_t pid);
enum { SYS_PR_SCHED_CORE = 62 }; /* of prctl(2), Linux 5.14; musl's headers do not have the name */
int sys_core_own(pid_t pid); /* core scheduling, for all threads of @pid: a cookie that nobody else has */
int sys_core_take(pid_t pid);		    /* the caller gets the cookie of @pid */
int sys_core_give(pid_t pid);		    /* and all threads of @pid that of the caller */
int sys_core_cookie(uint64_t *ret_cookie);  /* of the caller; 0: no cookie */
int sys_personality(unsigned long persona); /* the one before */
int sys_close_range(unsigned first, unsigned last);

/**
 * sys_stack_trim - give back the pages of the stack that deeper calls have used and left
 *
 * For a process that stays: what they wrote would be kept as long, and copied by a clone. By the
 * main thread alone.
 */
void sys_stack_trim(void);

#endif
