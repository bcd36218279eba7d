/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_trace.c - find the system call for which the filter killed a program
 *
 * The kernel tells the system call only to the audit log and to a tracer. If the call is wanted, PID 1
 * traces the program: when a thread dies by SIGSYS, PID 1 runs the same filter on the registers of the
 * thread. The filter itself is not changed. See ptrace(2), PTRACE_SEIZE.
 */
#include "confine/program/exec.h"

#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* A raw call, because the wrappers of glibc and musl have different types. */
static long trace(long request, pid_t pid, unsigned long addr, const void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data) < 0 ? -errno : 0;
}

int exec_trace_start(pid_t pid)
{
	const uintptr_t options = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXIT | PTRACE_O_TRACECLONE;

	return (int)trace(PTRACE_SEIZE, pid, 0, (const void *)options);
}

/* Gets the last system call of the thread; 0 if the registers of this machine are not supported. */
static int last_call(pid_t pid, struct seccomp_data *ret)
{
#if defined(__x86_64__)
	struct user_regs_struct regs;
	struct iovec iov = { .iov_base = &regs, .iov_len = sizeof regs };

	if (trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) < 0)
		return 0;
	*ret = (struct seccomp_data){ .nr = (int)regs.orig_rax,
				      .arch = AUDIT_ARCH_X86_64,
				      .instruction_pointer = regs.rip,
				      .args = { regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8,
						regs.r9 } };
	return 1;
#elif defined(__aarch64__)
	struct user_regs_struct regs;
	struct iovec iov = { .iov_base = &regs, .iov_len = sizeof regs };

	if (trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) < 0)
		return 0;
	*ret = (struct seccomp_data){ .nr = (int)regs.regs[8],
				      .arch = AUDIT_ARCH_AARCH64,
				      .instruction_pointer = regs.pc,
				      .args = { regs.regs[0], regs.regs[1], regs.regs[2],
						regs.regs[3], regs.regs[4], regs.regs[5] } };
	return 1;
#else
	(void)pid;
	(void)ret;
	return 0;
#endif
}

/* Runs one instruction and returns the next; -1 for an instruction that our filters do not use. */
static int step(const struct sock_filter *i, const struct seccomp_data *data, uint32_t *a,
		size_t *pc)
{
	bool taken;

	switch (i->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		if (i->k > sizeof *data - sizeof *a)
			return -1;
		memcpy(a, (const char *)data + i->k, sizeof *a);
		return 0;
	case BPF_ALU | BPF_AND | BPF_K:
		*a &= i->k;
		return 0;
	case BPF_JMP | BPF_JA:
		*pc += i->k;
		return 0;
	case BPF_JMP | BPF_JEQ | BPF_K:
		taken = *a == i->k;
		break;
	case BPF_JMP | BPF_JGT | BPF_K:
		taken = *a > i->k;
		break;
	case BPF_JMP | BPF_JGE | BPF_K:
		taken = *a >= i->k;
		break;
	case BPF_JMP | BPF_JSET | BPF_K:
		taken = (*a & i->k) != 0;
		break;
	default:
		return -1;
	}
	*pc += taken ? i->jt : i->jf;
	return 0;
}

int exec_filter_kills(const struct plan *plan, const struct seccomp_data *data)
{
	size_t n;
	const struct sock_filter *insns = plan_array(plan, plan->filter, sizeof *insns, &n);
	uint32_t a = 0;

	for (size_t pc = 0; pc < n; pc++) {
		if (insns[pc].code == (BPF_RET | BPF_K))
			return insns[pc].k == SECCOMP_RET_KILL_PROCESS ||
			       insns[pc].k == SECCOMP_RET_KILL_THREAD;
		if (step(&insns[pc], data, &a, &pc) < 0)
			return 0;
	}
	return 0;
}

static void look(const struct exec_spec *spec, pid_t pid, int *ret_call)
{
	unsigned long code = 0;
	struct seccomp_data data;

	if (trace(PTRACE_GETEVENTMSG, pid, 0, &code) < 0 || !WIFSIGNALED((int)code) ||
	    WTERMSIG((int)code) != SIGSYS)
		return;
	/* all threads end together; the filter kills for the last call of one of them */
	if (last_call(pid, &data) && exec_filter_kills(spec->plan, &data))
		*ret_call = data.nr;
}

int exec_trace_event(const struct exec_spec *spec, pid_t pid, int status, int *ret_call)
{
	const int sig = WSTOPSIG(status), event = status >> 16;
	uintptr_t deliver = 0;

	if (event == PTRACE_EVENT_EXIT)
		look(spec, pid, ret_call);
	else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		/* if the thread is gone, its end is reported next */
		(void)trace(PTRACE_LISTEN, pid, 0, NULL);
		return 1;
	} else if (event == 0) {
		deliver = (uintptr_t)sig;
	}
	(void)trace(PTRACE_CONT, pid, 0, (const void *)deliver); /* as above */
	return 0;
}
