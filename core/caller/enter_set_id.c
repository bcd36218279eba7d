/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter_set_id.c - prevent set-id files made by sshd's internal-sftp, for RestrictSUIDSGID=
 *
 * chmod and open of sftp accept all bits of a mode. A server that serves a session without executing a
 * program (sshd, ftp servers) has no other filter. The bits are those of core/filter/args.c.
 * The filter stays on sshd's part of the connection, which needs no such files.
 */
#include "caller/enter.h"
#include "caller/filter.h"

#include "base/sys.h"

#include <errno.h>
#include <sys/syscall.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

#define SUID	   04000u
#define SET_ID	   06000u
#define OPEN_MAKES (0100u | 020000000u) /* O_CREAT, and the bit that O_TMPFILE adds */

#define ONLY_IF(nr, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, skip)
#define ANY(bits, skip)	  BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, skip)
#define ALLOW		  RETURN(SECCOMP_RET_ALLOW)
#define REFUSE		  RETURN(SECCOMP_RET_ERRNO | EPERM)

/* Each macro returns an answer for its call; for other calls, the number stays loaded. */
#define MODE(nr, arg, bits) ONLY_IF(nr, 4), LOAD_ARG(arg), ANY(bits, 1), REFUSE, ALLOW
#define MAKES(nr, flags, arg) \
	ONLY_IF(nr, 6), LOAD_ARG(flags), ANY(OPEN_MAKES, 3), LOAD_ARG(arg), ANY(SET_ID, 1), \
		REFUSE, ALLOW

#ifdef SYS_chmod /* arm64 has only the calls with a directory descriptor */
#define OLDER(bits) \
	MODE(SYS_chmod, 1, bits), MODE(SYS_creat, 1, SET_ID), MODE(SYS_mknod, 1, SET_ID), \
		MAKES(SYS_open, 1, 2),
#else
#define OLDER(bits)
#endif

/* Allows calls of other ABIs, because no code of the user runs here, and sshd has one ABI. */
#define FILTER(bits) \
	{ \
		LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_NATIVE, 1, 0), ALLOW, \
			LOAD(nr), OLDER(bits) MODE(SYS_fchmod, 1, bits), \
			MODE(SYS_fchmodat, 2, bits), MODE(SYS_fchmodat2, 2, bits), \
			MODE(SYS_mknodat, 2, SET_ID), MAKES(SYS_openat, 2, 3), \
			ONLY_IF(SYS_openat2, 1), RETURN(SECCOMP_RET_ERRNO | ENOSYS), ALLOW, \
	}

int enter_no_set_id(int sgid)
{
	static const struct sock_filter suid_only[] = FILTER(SUID), both[] = FILTER(SET_ID);

	return sgid ? sys_seccomp_load(both, sizeof both / sizeof both[0]) :
		      sys_seccomp_load(suid_only, sizeof suid_only / sizeof suid_only[0]);
}
