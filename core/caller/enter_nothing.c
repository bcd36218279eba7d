/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter_nothing.c - let a refused application execute nothing any more
 *
 * This is a filter, because the kernel can put one on all threads at once, while Landlock before
 * ABI 8 restricts only the calling thread. The kernel may also lack Landlock, which may be the reason
 * of the refusal.
 */
#include "caller/enter.h"
#include "caller/filter.h"

#include "base/sys.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define X32_BIT 0x40000000u

/* Jumps over @refused instructions, to the last one, if the condition holds; else goes on. */
#define IF_EQUAL(value, refused)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, refused, 0)
#define IF_NOT_EQUAL(value, refused) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, refused)
#define IF_AT_LEAST(value, refused)  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, refused, 0)

int enter_nothing(void)
{
	static const struct sock_filter insns[] = {
		LOAD(arch),
		IF_NOT_EQUAL(AUDIT_NATIVE, 5),
		LOAD(nr),
		IF_AT_LEAST(X32_BIT, 3),
		IF_EQUAL(SYS_execve, 2),
		IF_EQUAL(SYS_execveat, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_ERRNO | EACCES),
	};
	const size_t n = sizeof insns / sizeof insns[0];
	int r = sys_seccomp_load_all(insns, n);

	/* an application without CAP_SYS_ADMIN, for example one that root has started as another user */
	if (r == -EACCES && (r = sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) == 0)
		r = sys_seccomp_load_all(insns, n);
	return r;
}
