/* SPDX-License-Identifier: Apache-2.0 */
/* landlock_abi.h - the kernel's Landlock interface up to ABI 10, and the release of each ABI */
#ifndef CORDON_BASE_LANDLOCK_ABI_H
#define CORDON_BASE_LANDLOCK_ABI_H

/*
 * From include/uapi/linux/landlock.h and Documentation/userspace-api/landlock.rst of Linux 7.2. The
 * headers of a build may be much older than the kernel that runs, so the names here are cordon's
 * own. tests/unit/landlock_test compares the values with the header of the build, as far as that
 * header has them.
 */

/* LANDLOCK_ACCESS_FS_* */
enum {
	LL_FS_EXECUTE = 1 << 0,
	LL_FS_WRITE_FILE = 1 << 1,
	LL_FS_READ_FILE = 1 << 2,
	LL_FS_READ_DIR = 1 << 3,
	LL_FS_REMOVE_DIR = 1 << 4,
	LL_FS_REMOVE_FILE = 1 << 5,
	LL_FS_MAKE_CHAR = 1 << 6,
	LL_FS_MAKE_DIR = 1 << 7,
	LL_FS_MAKE_REG = 1 << 8,
	LL_FS_MAKE_SOCK = 1 << 9,
	LL_FS_MAKE_FIFO = 1 << 10,
	LL_FS_MAKE_BLOCK = 1 << 11,
	LL_FS_MAKE_SYM = 1 << 12,
	LL_FS_REFER = 1 << 13,
	LL_FS_TRUNCATE = 1 << 14,
	LL_FS_IOCTL_DEV = 1 << 15,
	LL_FS_RESOLVE_UNIX = 1 << 16, /* connect or send to a unix socket by its path */
};

/*
 * LANDLOCK_ACCESS_NET_*. CONNECT_SEND_UDP is asked when a socket gets a remote address, and for each
 * datagram that names one. A UDP socket without a local port gets one at its first connect or send:
 * where BIND_UDP is handled, that takes BIND_UDP of port 0.
 */
enum {
	LL_NET_BIND_TCP = 1 << 0,
	LL_NET_CONNECT_TCP = 1 << 1,
	LL_NET_BIND_UDP = 1 << 2,
	LL_NET_CONNECT_SEND_UDP = 1 << 3,
};

/* LANDLOCK_SCOPE_* */
enum {
	LL_SCOPE_ABSTRACT_UNIX = 1 << 0,
	LL_SCOPE_SIGNAL = 1 << 1,
};

/* LANDLOCK_RESTRICT_SELF_*; see landlock_apply() for those that cordon leaves alone. */
enum {
	LL_LOG_SAME_EXEC_OFF = 1 << 0,
	LL_LOG_NEW_EXEC_ON = 1 << 1, /* audit what programs are refused that are executed later */
	LL_LOG_SUBDOMAINS_OFF = 1 << 2,
	LL_TSYNC = 1 << 3,
};

/* LANDLOCK_RULE_NET_PORT */
enum { LL_RULE_NET_PORT = 2 };

/* The ABI that brought each of these. */
enum {
	LL_ABI_FIRST = 1,
	LL_ABI_REFER = 2,
	LL_ABI_TRUNCATE = 3,
	LL_ABI_TCP = 4,
	LL_ABI_IOCTL_DEV = 5,
	LL_ABI_SCOPE = 6,
	LL_ABI_LOG = 7,
	LL_ABI_TSYNC = 8,
	LL_ABI_RESOLVE_UNIX = 9,
	LL_ABI_UDP = 10,
	LL_ABI_LAST = LL_ABI_UDP
};

/**
 * landlock_release - the first release of Linux with Landlock @abi, such as "6.7"
 * @abi: LL_ABI_FIRST to LL_ABI_LAST
 */
const char *landlock_release(int abi);

#endif
