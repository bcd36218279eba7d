/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_trace.c - find the system call for which the filter killed a program
 *
 * The kernel tells the system call only to the audit log and to a tracer. If the call is wanted, PID 1
 * traces the program: when a thread dies by SIGSYS, PID 1 runs the same filter on the registers of the
 * thread. The filter itself is not changed. See ptrace(2), PTRACE_SEIZE.
 */
#include "confine/program/exec.h"

#include "base/native.h"

#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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

/*
 * The general registers (NT_PRSTATUS) are an array of long on every processor. This is where a call
 * has its number, the address that it was made from, and its arguments.
 */
static const struct {
	unsigned nr, ip, args[6];
} place =
#if defined(__x86_64__)
	{ 15, 16, { 14, 13, 12, 7, 9, 8 } };
#elif defined(__i386__)
	{ 11, 12, { 0, 1, 2, 3, 4, 5 } };
#elif defined(__aarch64__)
	{ 8, 32, { 0, 1, 2, 3, 4, 5 } };
#elif defined(__arm__)
	{ 7, 15, { 17, 1, 2, 3, 4, 5 } };
#elif defined(__riscv)
	{ 17, 0, { 10, 11, 12, 13, 14, 15 } };
#elif defined(__powerpc64__)
	{ 0, 32, { 34, 4, 5, 6, 7, 8 } };
#elif defined(__s390x__)
	{ 0, 1, { 26, 5, 6, 7, 8, 9 } }; /* the number is no register */
#else
#error "the registers of this processor are not known; add them here"
#endif

/* Gets the last system call of the thread; 0 if the kernel does not tell its registers. */
static int last_call(pid_t pid, struct seccomp_data *ret)
{
	unsigned long regs[128] = { 0 };
	struct iovec iov = { .iov_base = regs, .iov_len = sizeof regs };

	if (trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov) < 0)
		return 0;
#ifdef __s390x__
	unsigned code;
	struct iovec call = { .iov_base = &code, .iov_len = sizeof code };

	if (trace(PTRACE_GETREGSET, pid, NT_S390_SYSTEM_CALL, &call) < 0)
		return 0;
	regs[place.nr] = code & 0xffff;
#endif
	*ret = (struct seccomp_data){ .nr = (int)regs[place.nr],
				      .arch = AUDIT_NATIVE,
				      .instruction_pointer = regs[place.ip] };
	for (unsigned i = 0; i < 6; i++)
		ret->args[i] = regs[place.args[i]];
	return 1;
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

uint32_t exec_filter_answer(const struct plan *plan, const struct seccomp_data *data)
{
	size_t n;
	const struct sock_filter *insns = plan_array(plan, plan->filter, sizeof *insns, &n);
	uint32_t a = 0;

	for (size_t pc = 0; pc < n; pc++) {
		if (insns[pc].code == (BPF_RET | BPF_K))
			return insns[pc].k;
		if (step(&insns[pc], data, &a, &pc) < 0)
			break;
	}
	return SECCOMP_RET_ALLOW;
}

int exec_filter_kills(const struct plan *plan, const struct seccomp_data *data)
{
	const uint32_t answer = exec_filter_answer(plan, data);

	return answer == SECCOMP_RET_KILL_PROCESS || answer == SECCOMP_RET_KILL_THREAD;
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
