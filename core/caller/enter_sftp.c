/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter_sftp.c - prevent internal-sftp of sshd if the rule does not allow sftp
 *
 * sftp_server_main() gives up unless it can make its process undumpable (OpenSSH since 6.7,
 * platform_disable_tracing(1)). The filter refuses that one call in the children of sshd, because
 * nothing else can refuse internal-sftp. Programs of the session lose only a protection against their
 * own user. If another sshd did without the call, the caller view would have no files to serve, see
 * core/policy/compile/fs_caller.c.
 */
#include "caller/enter.h"
#include "caller/filter.h"

#include "base/sys.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* Goes on if equal, else skips to the instruction before the last one, which allows. */
#define ONLY_IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

int enter_no_sftp(void)
{
	static const struct sock_filter insns[] = {
		LOAD(arch),
		ONLY_IF(AUDIT_NATIVE, 7),
		LOAD(nr),
		ONLY_IF(SYS_prctl, 5),
		LOAD_ARG(0),
		ONLY_IF(PR_SET_DUMPABLE, 3),
		LOAD_ARG(1),
		ONLY_IF(0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return sys_seccomp_load(insns, sizeof insns / sizeof insns[0]);
}
