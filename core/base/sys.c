/* SPDX-License-Identifier: Apache-2.0 */
/* sys.c - see sys.h */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

pid_t sys_clone_into(uint64_t flags, int cgroup, int *ret_pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup >= 0 ? (unsigned)cgroup : 0u,
	};

	if (cgroup >= 0)
		args.flags |= CLONE_INTO_CGROUP;

	SYS_FAULT();
	return result(syscall(SYS_clone3, &args, sizeof args));
}

pid_t sys_clone(uint64_t flags, int *ret_pidfd)
{
	return sys_clone_into(flags, -1, ret_pidfd);
}

int sys_unshare(int flags)
{
	SYS_FAULT();
	return result(syscall(SYS_unshare, flags));
}

int sys_chroot(const char *path)
{
	SYS_FAULT();
	return result(chroot(path)) < 0 ? -errno : result(chdir("/"));
}

int sys_pidfd_signal(int pidfd, int sig)
{
	return result(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

int sys_pidfd_kill(int pidfd)
{
	return result(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
}

int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	SYS_FAULT();
	return result(syscall(SYS_open_tree, dirfd, path,
			      flags | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC |
				      (path[0] == '\0' ? (unsigned)AT_EMPTY_PATH : 0)));
}

int sys_move_mount(int fromfd, int tofd)
{
	SYS_FAULT();
	return result(syscall(SYS_move_mount, fromfd, "", tofd, "",
			      MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

static int mount_setattr_how(int fd, uint64_t set, uint64_t clear, unsigned flags)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = MS_PRIVATE };

	return result(syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, &attr, sizeof attr));
}

int sys_mount_setattr(int fd, uint64_t set)
{
	SYS_FAULT();
	return mount_setattr_how(fd, set, 0, AT_RECURSIVE);
}

int sys_mount_setattr_one(int fd, uint64_t set)
{
	SYS_FAULT();
	return mount_setattr_how(fd, set, 0, 0);
}

int sys_mount_setattr_exact(int fd, uint64_t set)
{
	SYS_FAULT();
	return mount_setattr_how(fd, set, (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC) & ~set, 0);
}

int sys_mount_private(void)
{
	SYS_FAULT();
	return result(syscall(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

int sys_fsopen(const char *type)
{
	SYS_FAULT();
	return result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}

int sys_fsconfig_string(int fsfd, const char *key, const char *value)
{
	SYS_FAULT();
	return result(syscall(SYS_fsconfig, fsfd, FSCONFIG_SET_STRING, key, value, 0));
}

int sys_fsconfig_flag(int fsfd, const char *key)
{
	SYS_FAULT();
	return result(syscall(SYS_fsconfig, fsfd, FSCONFIG_SET_FLAG, key, NULL, 0));
}

int sys_fsconfig_create(int fsfd)
{
	SYS_FAULT();
	return result(syscall(SYS_fsconfig, fsfd, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
}

int sys_fsmount(int fsfd, unsigned attr)
{
	SYS_FAULT();
	return result(syscall(SYS_fsmount, fsfd, FSMOUNT_CLOEXEC, attr));
}

int sys_umount(const char *path)
{
	SYS_FAULT();
	return result(syscall(SYS_umount2, path, 2 | 8 /* MNT_DETACH | UMOUNT_NOFOLLOW */));
}

int sys_umount_link(const char *name)
{
	SYS_FAULT();
	return result(syscall(SYS_umount2, name, 2 /* MNT_DETACH */));
}

int sys_pivot_root_here(void)
{
	int r;

	SYS_FAULT();
	r = result(syscall(SYS_pivot_root, ".", "."));
	if (r == 0) /* the old root is now mounted over "." */
		r = result(syscall(SYS_umount2, ".", 2 /* MNT_DETACH */));
	return r < 0 ? r : result(chdir("/"));
}

int sys_mkdirat(int dirfd, const char *name, mode_t mode)
{
	SYS_FAULT();
	return result(mkdirat(dirfd, name, mode));
}

int sys_mknodat(int dirfd, const char *name, mode_t mode, dev_t dev)
{
	SYS_FAULT();
	return result(mknodat(dirfd, name, mode, dev));
}

int sys_symlinkat(const char *text, int dirfd, const char *name)
{
	SYS_FAULT();
	return result(symlinkat(text, dirfd, name));
}

int sys_fchown(int fd, uid_t uid, gid_t gid)
{
	SYS_FAULT();
	return result(fchownat(fd, "", uid, gid, AT_EMPTY_PATH));
}

int sys_fchmod(int fd, mode_t mode)
{
	SYS_FAULT();
	return result(fchmod(fd, mode));
}

int sys_setxattr_fd(int fd, const char *name, const void *value, size_t size)
{
	SYS_FAULT();
	return result(syscall(SYS_fsetxattr, fd, name, value, size, 0));
}

int sys_sethostname(const char *name)
{
	SYS_FAULT();
	return result(syscall(SYS_sethostname, name, strlen(name)));
}

int sys_loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd, r;

	SYS_FAULT();
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = result(ioctl(fd, SIOCSIFFLAGS, &ifr));
	(void)close(fd); /* nothing was written */
	return r;
}

_Static_assert(sizeof(struct sys_statx) == 256, "wrong struct statx");

int sys_statx(int fd, struct sys_statx *ret)
{
	enum {
		ASK = 0x1000 | 0x100 | 0x1 | 0x2 | 0x8,
		DONT_SYNC = 0x4000
	}; /* mount, inode, type, mode, uid */

	return result(syscall(SYS_statx, fd, "", AT_EMPTY_PATH | DONT_SYNC, ASK, ret));
}

int sys_write_at(int dirfd, const char *path, const char *text)
{
	const size_t len = strlen(text);
	ssize_t n;
	int fd, r;

	SYS_FAULT();
	fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, SYS_SIZE(len)); /* /proc accepts the whole text or nothing */
	r = n < 0 ? -errno : n == (ssize_t)len ? 0 : -EIO;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

int sys_send_byte(int fd, unsigned char byte)
{
	SYS_FAULT();
	return send(fd, &byte, SYS_SIZE(1), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int sys_send(int fd, const void *data, size_t size)
{
	ssize_t n;

	SYS_FAULT();
	n = send(fd, data, SYS_SIZE(size), MSG_NOSIGNAL);
	return n < 0 ? -errno : n == (ssize_t)size ? 0 : -EIO;
}

/* 32-bit processors have two calls of each kind: those with the plain names take ids of 16 bits. */
#ifdef SYS_setresuid32
enum {
	SETRESUID = SYS_setresuid32,
	SETRESGID = SYS_setresgid32,
	SETGROUPS = SYS_setgroups32,
	SETFSUID = SYS_setfsuid32,
	SETFSGID = SYS_setfsgid32
};
#else
enum {
	SETRESUID = SYS_setresuid,
	SETRESGID = SYS_setresgid,
	SETGROUPS = SYS_setgroups,
	SETFSUID = SYS_setfsuid,
	SETFSGID = SYS_setfsgid
};
#endif

/* A raw call changes only this thread, with musl and with glibc. */
int sys_setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
	SYS_FAULT();
	return result(syscall(SETRESUID, ruid, euid, suid));
}

int sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid)
{
	SYS_FAULT();
	return result(syscall(SETRESGID, rgid, egid, sgid));
}

int sys_setgroups(size_t n, const gid_t *groups)
{
	SYS_FAULT();
	return result(syscall(SETGROUPS, n, groups));
}

int sys_setfsids(uid_t uid, gid_t gid, size_t n, const gid_t *groups)
{
	int r;

	SYS_FAULT();
	r = result(syscall(SETGROUPS, n, groups));
	if (r < 0)
		return r;
	(void)syscall(SETFSGID, gid); /* these two calls return the old value, even if they fail */
	(void)syscall(SETFSUID, uid);
	return (uid_t)syscall(SETFSUID, -1) == uid && (gid_t)syscall(SETFSGID, -1) == gid ? 0 :
											    -EPERM;
}

int sys_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	SYS_FAULT();
	for (unsigned i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(effective >> (32 * i));
		data[i].permitted = (uint32_t)(permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	return result(syscall(SYS_capset, &head, data));
}

int sys_capget(uint64_t *ret_effective, uint64_t *ret_permitted, uint64_t *ret_inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	const int r = result(syscall(SYS_capget, &head, data));

	if (r < 0)
		return r;
	*ret_effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*ret_permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	*ret_inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

enum { CORE_GET = 0, CORE_CREATE, CORE_SHARE_TO, CORE_SHARE_FROM };
enum { CORE_THREAD = 0, CORE_THREADS };

int sys_core_own(pid_t pid)
{
	return sys_prctl(SYS_PR_SCHED_CORE, CORE_CREATE, (unsigned long)pid, CORE_THREADS, 0);
}

int sys_core_take(pid_t pid)
{
	return sys_prctl(SYS_PR_SCHED_CORE, CORE_SHARE_FROM, (unsigned long)pid, CORE_THREAD, 0);
}

int sys_core_give(pid_t pid)
{
	return sys_prctl(SYS_PR_SCHED_CORE, CORE_SHARE_TO, (unsigned long)pid, CORE_THREADS, 0);
}

int sys_core_cookie(uint64_t *ret_cookie)
{
	_Alignas(8) uint64_t cookie = 0;
	const int r = sys_prctl(SYS_PR_SCHED_CORE, CORE_GET, 0, CORE_THREAD, (unsigned long)&cookie);

	*ret_cookie = cookie;
	return r;
}

int sys_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	SYS_FAULT();
	return result(prctl(option, a, b, c, d));
}

int sys_setrlimit(int resource, uint64_t soft, uint64_t hard)
{
	const uint64_t limit[2] = { soft, hard };

	SYS_FAULT();
	return result(syscall(SYS_prlimit64, 0, resource, limit, NULL));
}

int sys_getrlimit(int resource, uint64_t ret[2])
{
	SYS_FAULT();
	return result(syscall(SYS_prlimit64, 0, resource, NULL, ret));
}

static long seccomp_load(const struct sock_filter *insns, size_t n, unsigned flags)
{
	union {
		const struct sock_filter *from;
		struct sock_filter *to;
	} p = { .from = insns }; /* the kernel only reads it */
	const struct sock_fprog prog = { .len = (unsigned short)n, .filter = p.to };

	if (n == 0 || n > BPF_MAXINSNS) {
		errno = EINVAL;
		return -1;
	}
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

int sys_seccomp_load(const struct sock_filter *insns, size_t n)
{
	SYS_FAULT();
	return result(seccomp_load(insns, n, 0));
}

int sys_seccomp_load_all(const struct sock_filter *insns, size_t n)
{
	long r;

	SYS_FAULT();
	r = seccomp_load(insns, n, SECCOMP_FILTER_FLAG_TSYNC);
	return r > 0 ? -ESRCH : result(r); /* the id of a thread that has another filter already */
}

int sys_keyring_private(void)
{
	SYS_FAULT();
	return result(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
}

int sys_keyring_session(void)
{
	SYS_FAULT();
	return result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
}

int sys_close_range(unsigned first, unsigned last)
{
	SYS_FAULT();
	return result(syscall(SYS_close_range, first, last, 0));
}

enum { STACK_TRIM_BYTES = 512 * 1024 }; /* a multiple of every page size */

void sys_stack_trim(void)
{
	/* the page of this frame and one more for the call are in use */
	const uintptr_t page = getauxval(AT_PAGESZ);
	const uintptr_t here = (uintptr_t)__builtin_frame_address(0) / page * page;
	union {
		uintptr_t number;
		void *address;
	} from = { .number = here - page - STACK_TRIM_BYTES };

	/*
	 * The call fails for pages that the stack never reached, but only after it has freed the
	 * others. No other mapping is hit, because the kernel keeps 1 MiB below a stack free
	 * (stack_guard_gap).
	 */
	(void)madvise(from.address, STACK_TRIM_BYTES, MADV_DONTNEED);
}
